"""Can everybody use the pages? The rules of WCAG 2.1 A and AA by axe, the keyboard alone, and a very narrow screen.

axe looks at every screen of a survey, of a receipt, of the desk and of the bulletin, on a phone and at a desk, light
and dark, in both languages. What a machine cannot see, such as the order of focus, is walked by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.barriers import barriers
from tests.web.cast import Town
from tests.web.chromium import DESK, PHONE, Window, find, served, started, window
from tests.web.every_type import KIND, PLACES, every_type, own
from tests.web.test_alerts import rings
from tests.web.test_objections import hands_in
from web import bulletins

pytestmark = pytest.mark.browser
EXECUTABLE = find()
LOOKS = [(PHONE, False, "zh"), (DESK, True, "zh")]
FEW_LOOKS = [(PHONE, True, "zh"), (DESK, False, "en")]
WARD = 'ward "7"'
NARROW = (320, 640)  # a desk's window at 400 %


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started(EXECUTABLE) as browser:
        yield browser


@pytest.fixture
def base(hamlet: Town, monkeypatch) -> Iterator[str]:
    async def nothing(_database, _key):
        return b""

    monkeypatch.setattr(bulletins, "picture", nothing)
    with served(hamlet.asks(every_type()).site(simulator=True)) as address:
        yield address


def has_no_barrier(seen: Window) -> None:
    """Axe finds nothing, and nothing sticks out, is faint, small or without a name."""
    assert barriers(seen.page) == [], seen.path
    seen.is_sound()


def field(page: Page, name: str, value: str | None = None):
    chosen = f'[value="{value}"]' if value is not None else ""
    return page.locator(f'[name="a.{PLACES[name]}"]{chosen}')


def agrees(page: Page) -> None:
    page.locator("button[value=grown]").click()


def fills(page: Page) -> None:
    """Everything that is required, and a little of every type."""
    field(page, "first-time", "false").check()
    field(page, WARD, "~").check()
    page.locator(f"[name='{own(WARD)}']").fill("ICU")
    field(page, "help<b>", "walk").check()
    field(page, "times").fill("十二")
    field(page, "rate", "5").check()
    field(page, "why").fill("吵")
    field(page, "left").fill("2026-11-05T10:20")
    field(page, "drugs").fill("aspirin")
    field(page, "drugs").dispatch_event("change")
    field(page, "values").fill("120")


def goes_on(page: Page) -> None:
    page.locator("main form.questions > button.primary").click()


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_of_a_survey_is_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(language=language, kind=KIND)}")
        has_no_barrier(mei)
        page.locator("button[value=young]").click()
        has_no_barrier(mei)
        page.locator("main a.button").click()
        agrees(page)
        has_no_barrier(mei)
        fills(page)
        has_no_barrier(mei)
        field(page, "weight").fill("三千")
        goes_on(page)  # without the tick, and with a weight that nobody has
        expect(page.locator("#open")).to_be_focused()
        mei.faults.clear()  # the browser notes the 422
        has_no_barrier(mei)
        field(page, "weight").fill("70.5")
        page.locator("[name=text]").check()
        goes_on(page)
        expect(page.locator("#open")).to_be_visible()  # one reading of two
        has_no_barrier(mei)
        field(page, "values").last.fill("130")
        goes_on(page)
        expect(page.locator(".send")).to_be_visible()
        has_no_barrier(mei)
        page.locator(".send button").click()
        code = page.locator(".receipt").inner_text()
        has_no_barrier(mei)
        has_no_barrier_behind(mei, code)


@pytest.mark.parametrize("look", LOOKS)
def test_saying_no_is_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(language=language)}")
        page.locator("main a[href$=refuse]").click()
        has_no_barrier(mei)
        page.locator("button[value=for_good]").click()
        expect(page.locator("[role=status]")).to_be_visible()
        has_no_barrier(mei)
        page.locator("main a").last.click()
        expect(page.locator("button[value=young]")).to_be_visible()


def has_no_barrier_behind(mei: Window, code: str) -> None:
    """The pages of a receipt: the field, a code that is none, the answers, taking them back."""
    page = mei.page
    page.locator("main a[href='/receipt']").click()
    has_no_barrier(mei)
    page.locator("#code").fill("0000-0000-0000")
    page.locator("main button").click()
    expect(page.locator("#fault")).to_be_visible()
    expect(page.locator("#code")).to_be_focused()
    mei.faults.clear()  # the browser notes the 404
    has_no_barrier(mei)
    page.locator("#code").fill(code.lower().replace("-", " "))
    page.locator("main button").click()
    page.locator("summary").click()
    has_no_barrier(mei)
    page.locator(".danger").click()
    has_no_barrier(mei)
    page.locator(".danger").click()
    expect(page.locator("[role=status]")).to_be_visible()
    has_no_barrier(mei)


@pytest.mark.parametrize("look", FEW_LOOKS)
def test_pages_of_a_trial_and_of_faults_are_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as chen:
        page = chen.opens(f"/s/{hamlet.trial(every_type(version='2'), language=language)}")
        expect(page.locator(".trial")).to_be_visible()
        has_no_barrier(chen)
        for path in ("/s/nothing", "/nothing", f"/?language={language}", "/sign-in"):
            chen.opens(path)
            chen.faults.clear()  # the browser notes the 404
            has_no_barrier(chen)


@pytest.mark.parametrize("look", FEW_LOOKS)
def test_bulletin_units_and_office_are_open_to_all(hamlet, base, chromium, look):
    size, dark, language = look
    hamlet.has_a_season().has_released().has_corrected()
    hands_in(hamlet)
    rings(hamlet)
    with window(chromium, base, size, dark=dark, language=language) as chen:
        for path in ("/bulletins", "/bulletins/2026-10", "/bulletins/2026-10/1"):
            page = chen.opens(path)
            chen.faults.clear()  # the picture of nothing
            for each in page.locator("details").all():
                each.evaluate("each => { each.open = true }")
            has_no_barrier(chen)
        page = chen.opens(f"/sign-in/{hamlet.link('chen')}")
        has_no_barrier(chen)
        page.get_by_role("button", name=re.compile("登录|Sign in")).first.click()
        page.wait_for_load_state()
        for path in ("/office", "/office/bulletins", "/office/bulletins/1", "/office/deliveries", "/office/people",
                     "/office/chats", "/units", "/units/jia", "/units/bing",
                     "/office/readings", "/office/readings/jia/2026-10/down_referral", "/units/jia/readings",
                     "/office/objections/2026-001", "/office/vetoes", "/office/alerts", "/units/jia/explanations",
                     "/office/schemes", "/office/schemes/2026/1", "/office/year/2026"):  # fmt: skip
            chen.opens(f"{path}?language={language}")
            has_no_barrier(chen)


def test_survey_fits_a_very_narrow_screen(hamlet, base, chromium):
    with window(chromium, base, NARROW) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(kind=KIND)}")
        mei.is_sound()
        agrees(page)
        fills(page)
        mei.is_sound()
        goes_on(page)
        expect(page.locator("#open")).to_be_focused()
        mei.faults.clear()
        mei.is_sound()
        page.locator("[name=text]").check()
        field(page, "values").last.fill("130")
        goes_on(page)
        expect(page.locator(".send")).to_be_visible()
        mei.is_sound()


def test_focus_goes_through_the_questions_in_the_order_in_which_they_stand(hamlet, base, chromium):
    with window(chromium, base, DESK) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(kind=KIND)}")
        agrees(page)
        fills(page)
        tops = []
        page.locator("h1").click()
        page.locator("main").focus()
        for _ in range(60):
            page.keyboard.press("Tab")
            place = page.evaluate("document.activeElement.getBoundingClientRect().top + window.scrollY")
            is_seen = page.evaluate("""() => {
              const each = document.activeElement;
              const outlined = [each, each.closest("label")].filter(Boolean).map((one) => getComputedStyle(one));
              return outlined.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
            }""")
            assert is_seen, page.evaluate("document.activeElement.outerHTML")
            tops.append(place)
            if page.evaluate("document.activeElement.matches('form.questions > .primary')"):
                break
        assert tops == sorted(tops)
        assert len(tops) > 20


def test_survey_is_answered_by_keyboard_alone(hamlet, base, chromium):
    with window(chromium, base, DESK) as mei:
        page = mei.opens(f"/s/{hamlet.ticket()}")
        press = page.keyboard.press

        def tabs_to(selector: str) -> None:
            for _ in range(80):
                press("Tab")
                if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                    return
            raise AssertionError(selector)

        tabs_to("button[value=grown]")
        press("Enter")
        page.wait_for_selector(".questions")
        for place in [*range(7), 8, 9, 10]:
            tabs_to(f'[name="a.{place}"]')
            press("Space")
        tabs_to("form.questions > .primary")
        press("Enter")
        page.wait_for_selector(".send, #q-7.is-new")
        if page.locator("#q-7.is-new").count():
            tabs_to("form.questions > .primary")
            press("Enter")
        page.wait_for_selector(".send")
        tabs_to(".send button")
        press("Enter")
        expect(page.locator(".receipt")).to_be_visible()


def test_enter_in_a_field_goes_on_and_never_adds_a_line(hamlet, base, chromium):
    with window(chromium, base, scripts=False) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(kind=KIND)}")
        agrees(page)
        page.locator("[name=text]").check()
        field(page, "drugs").fill("aspirin")
        field(page, "drugs").press("Enter")
        page.wait_for_url("**#*")  # to what is still open; a line that was added would have led to its question
        assert "?more=" in mei.path or "?check=" in mei.path


def test_what_explains_a_field_is_there_and_said_with_it(hamlet, base, chromium):
    with window(chromium, base) as mei:
        page = mei.opens(f"/s/{hamlet.ticket(kind=KIND)}")
        agrees(page)
        fills(page)
        goes_on(page)
        expect(page.locator("#open")).to_be_focused()
        mei.faults.clear()
        dangling = page.evaluate("""() => [...document.querySelectorAll("[aria-describedby], [aria-labelledby]")].flatMap(
          (each) => `${each.getAttribute("aria-describedby") || ""} ${each.getAttribute("aria-labelledby") || ""}`.split(" ")
        ).filter((id) => id && !document.getElementById(id))""")
        assert dangling == []
        twice = page.evaluate("""() => { const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
          return ids.filter((id, place) => ids.indexOf(id) !== place) }""")
        assert twice == []
        why = field(page, "why")
        assert why.get_attribute("aria-invalid") == "true"
        described = why.get_attribute("aria-describedby")
        assert described == f"fault-{PLACES['why']} limit-{PLACES['why']}"
