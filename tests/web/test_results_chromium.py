"""Results and previews in a real browser: nothing sticks out, axe finds no barrier, two columns at a desk and one on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

import pytest
from playwright.sync_api import Browser

from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from surveys.models import Tally
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.results_cast import patients_answer
from tests.web.barriers import barriers
from tests.web.cast import LONG_AGO, NOW, Town
from tests.web.chromium import DESK, PHONE, Window, find, served, started, window
from tests.web.every_type import PLACES, every_type

pytestmark = pytest.mark.browser
EXECUTABLE = find()
LOOKS = [(PHONE, False, "zh"), (DESK, True, "zh")]
IN_OCTOBER = LONG_AGO + timedelta(days=10)
LONG = "医生讲得很清楚，就是排队时间长了一点，希望以后能在手机上看到前面还有几个人。" * 3
PREVIEW = "/surveys/previews/every-type/1"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started(EXECUTABLE) as browser:
        yield browser


@pytest.fixture
def base(hamlet: Town) -> Iterator[str]:
    hamlet.asks(every_type()).asks(BLIND)
    with hamlet.database.transaction() as session:
        patients_answer(session, 7, 8)
        patients_answer(session, 12, 9)
        patients_answer(session, 4, 10, unit="yi")
        patients_answer(session, 12, 10, words=LONG)
        for row in session.query(Tally).filter(Tally.period == "2026-10", Tally.option_code == "page"):
            row.option_code = "chat"
        for staff, marks in (
            ("外科一病区、二病区和日间手术室", "55555"),
            ("内科", "444433"),
            ("检验科", "22"),
            ("药剂科", "111"),
        ):
            numbers = [f"{staff}-{place}" for place in range(len(marks))]
            invite_staff(session, *numbers, group=staff, now=IN_OCTOBER)
            for number, mark in zip(numbers, marks, strict=True):
                answer(session, number, mark, comment=LONG, now=IN_OCTOBER)
        imported = ThirdPartyImport(id="t", file_digest="0", rows=[], created_at=LONG_AGO, expires_at=NOW, made_by="chen",
                                    imported_at=LONG_AGO)  # fmt: skip
        session.add(imported)
        session.flush()
        for definition, n, low in (("topbox", 400, Fraction(60)), ("~" + "住院患者满意率" * 8, 3, None)):
            session.add(
                ThirdPartyResult(unit_code="jia", period="2026-10", source="省卫生健康委员会委托的第三方满意度调查机构" * 2,
                                 definition=definition[:60], score=Fraction("70.5"), n=n, low=low,
                                 high=Fraction(80) if low else None, import_id="t")
            )  # fmt: skip
        for name, option in (("", ""), ("", "page"), ("overall", "2"), ("clean", "3")):
            session.add(
                Tally(period="2026-10", unit_code="jia", questionnaire_id="outpatient", questionnaire_version="1",
                      question_id=name, option_code=option, count=7, stream="poster")
            )  # fmt: skip
    with served(hamlet.site()) as address:
        yield address


def signs_in(seen: Window, town: Town, person: str = "chen") -> None:
    page = seen.opens(f"/sign-in/{town.link(person)}")
    page.get_by_role("button", name=re.compile("登录|Sign in")).first.click()
    page.wait_for_load_state()


def has_no_barrier(seen: Window) -> None:
    for each in seen.page.locator("details").all():
        each.evaluate("each => { each.open = true }")
    assert barriers(seen.page) == [], seen.path
    seen.is_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_results_and_previews_are_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as chen:
        signs_in(chen, hamlet)
        for path in ("/surveys/audiences", "/surveys/audiences?period=2026-10", "/units/jia/audiences?period=2026-10",
                     "/units/yi/audiences", "/office/third-party", "/surveys/questionnaires", "/units/jia/surveys",
                     "/surveys/results?period=2026-10", "/surveys/results", "/units/jia/results", "/units/yi/results", "/units/jia/results?definition=nps",
                     "/surveys/previews", PREVIEW, f"{PREVIEW}?a.{PLACES['rate']}=2&a.{PLACES['weight']}=9999"):  # fmt: skip
            chen.opens(f"{path}{'&' if '?' in path else '?'}language={language}")
            has_no_barrier(chen)


@pytest.mark.parametrize(("size", "is_beside"), [(DESK, True), (PHONE, False)])
def test_chat_and_page_stand_side_by_side_where_there_is_room(hamlet, base, chromium, size, is_beside):
    with window(chromium, base, size) as chen:
        signs_in(chen, hamlet)
        page = chen.opens(PREVIEW)
        pair = page.locator(f"[aria-labelledby=s-{PLACES['rate']}] .pair")
        chat, form = pair.locator(".as-chat").bounding_box(), pair.locator(".as-page").bounding_box()
        assert (form["x"] >= chat["x"] + chat["width"]) == is_beside
        assert (form["y"] >= chat["y"] + chat["height"]) != is_beside


def test_a_walk_goes_on_from_its_button(hamlet, base, chromium):
    with window(chromium, base, DESK) as chen:
        signs_in(chen, hamlet)
        page = chen.opens(PREVIEW)
        page.locator(f"[name='a.{PLACES['rate']}'][value='3']").check()
        page.locator(".walk button").click()
        page.wait_for_load_state()
        assert page.locator("[role=status]").count() == 1
        assert page.locator(f"[name='a.{PLACES['rate']}'][value='3']").is_checked()
        assert page.locator(f"section.is-left-out[aria-labelledby=s-{PLACES['why']}]").count() == 0


def test_a_file_is_kept_and_never_opened_in_the_page(hamlet, base, chromium):
    with window(chromium, base, DESK) as chen:
        signs_in(chen, hamlet)
        page = chen.opens("/units/jia/results")
        with page.expect_download() as kept:
            page.locator("form:has([value=answers]) button[value=xlsx]").click()
        assert kept.value.suggested_filename == "answers-jia-2026-10.xlsx"


TABLE = (
    "unit,period,source,definition,score,n\njia,2026-10,省卫健委,topbox,92.5,400\nyi,2026-10,省卫健委,topbox,920,1\n"
)


@pytest.mark.parametrize("look", LOOKS[:2])
def test_import_of_third_parties_results_is_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as chen:
        signs_in(chen, hamlet)
        page = chen.opens("/office/third-party")
        for content in (TABLE, TABLE.partition("yi,")[0]):
            page.locator("#file").set_input_files({"name": "t.csv", "mimeType": "text/csv", "buffer": content.encode()})
            page.locator("main form button").click()
            page.wait_for_load_state()
            chen.faults.clear()  # the browser notes the 422
            has_no_barrier(chen)
        page.locator("main form[action$=import] button").click()
        page.wait_for_load_state()
        has_no_barrier(chen)
        assert page.locator("[role=status]").count() == 1


def test_results_are_printed_without_what_is_only_for_the_screen(hamlet, base, chromium):
    with window(chromium, base, DESK) as chen:
        signs_in(chen, hamlet)
        page = chen.opens("/units/jia/results")
        page.emulate_media(media="print")
        for hidden in ("header nav", ".choose", "#files", "footer form", "nav.desk"):
            assert not [each for each in page.locator(hidden).all() if each.is_visible()], hidden
        assert page.locator(".result-bar svg").first.is_visible()
        assert page.locator(".comments blockquote").first.is_visible()


@pytest.mark.parametrize(
    "path", ["/units/jia/results", "/units/jia/audiences", "/surveys/audiences", "/office/third-party"]
)
def test_focus_goes_down_the_page(hamlet, base, chromium, path):
    with window(chromium, base, DESK) as chen:
        signs_in(chen, hamlet)
        page = chen.opens(path)
        page.locator("main").focus()
        tops = []
        for _ in range(80):
            page.keyboard.press("Tab")
            if not page.evaluate("document.activeElement.closest('main') !== null"):
                break
            top = page.evaluate("document.activeElement.getBoundingClientRect().top + window.scrollY")
            tops.append(round(top / 60))  # what stands in one row may differ by a few pixels
        assert len(tops) > 3
        assert tops == sorted(tops)
