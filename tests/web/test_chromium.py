"""The pages in a real browser: with and without scripts, on a phone and at a desk, light and dark, in both languages."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from outbox.models import Delivery
from surveys.models import Answer, Response
from tests.web.cast import BEST, PLACES, Town
from tests.web.chromium import DESK, PHONE, Window, find, served, started, window
from web import bulletins

pytestmark = pytest.mark.browser
EXECUTABLE = find()

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LOOKS = [(PHONE, False, "zh"), (DESK, True, "en")]
CHANGED = "before => [...document.querySelectorAll('.bubble')].at(-1).innerText !== before"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started(EXECUTABLE) as browser:
        yield browser


@pytest.fixture
def drawn(monkeypatch):
    """A picture of one point, at once: drawing has its own tests."""

    async def picture(_database, _key):
        return PICTURE

    monkeypatch.setattr(bulletins, "picture", picture)


@pytest.fixture
def base(hamlet: Town, drawn) -> Iterator[str]:
    with served(hamlet.has_a_season().site(simulator=True)) as address:
        yield address


def field(page, question, value):
    return page.locator(f'[name="a.{PLACES[question]}"][value="{value}"]')


def answers(page, chosen):
    for question, value in chosen.items():
        field(page, question, value).check()


def enters(seen: Window, hamlet: Town, person: str) -> None:
    seen.opens(f"/sign-in/{hamlet.link(person)}")
    seen.page.get_by_role("button", name=re.compile("登录|Sign in")).first.click()
    seen.page.wait_for_load_state()


def test_survey_without_scripts_on_a_phone(hamlet, base, chromium):
    with window(chromium, base, scripts=False) as mei:
        page = mei.opens(f"/s/{hamlet.ticket()}")
        page.get_by_role("button", name="同意，我已满 14 周岁").click()
        expect(page.locator("fieldset.question:visible")).to_have_count(12)  # eleven and the tick for words
        answers(page, BEST | {"longer": "yes"})
        page.get_by_role("button", name="下一步：核对").click()
        assert mei.path.endswith(f"?more={PLACES['where']}#q-{PLACES['where']}")
        expect(page.locator(f"#q-{PLACES['where']}")).to_be_in_viewport()
        page.get_by_label("检查、检验或等报告").check()
        page.locator("textarea").fill("<b>谢谢</b>")
        page.get_by_label("我同意保存我写的文字").check()
        page.get_by_role("button", name="下一步：核对").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("请核对您的回答")
        expect(page.locator("dd.plain").last).to_have_text("<b>谢谢</b>")
        page.get_by_role("link", name="修改 候诊").click()
        expect(page.locator(f"#q-{PLACES['clean']}")).to_be_in_viewport()
        field(page, "clean", "3").check()
        page.get_by_role("button", name="下一步：核对").click()
        page.get_by_role("button", name="提交答卷").click()
        assert CODE.fullmatch(page.locator(".receipt").inner_text())
        page.reload()
        assert CODE.fullmatch(page.locator(".receipt").inner_text())
    assert hamlet.one(Response).state == "sent"
    assert hamlet.one(Answer, Answer.question_id == "clean").value == "3"
    assert hamlet.one(Answer, Answer.question_id == "where").value == "tests"


def test_survey_with_scripts_shows_what_follows_at_once(hamlet, base, chromium):
    with window(chromium, base) as mei:
        page = mei.opens(f"/s/{hamlet.ticket()}")
        page.get_by_role("button", name="同意，我已满 14 周岁").click()
        where = page.locator(f"#q-{PLACES['where']}")
        expect(where).to_be_hidden()
        field(page, "longer", "yes").check()
        expect(where).to_be_visible()
        expect(page.locator("#done-words")).to_have_text("必答题已答 1 / 10")
        field(page, "where", "desk").check()
        field(page, "longer", "no").check()
        expect(where).to_be_hidden()
        answers(page, BEST)
        expect(page.locator("#done-words")).to_have_text("必答题已答 10 / 10")
        page.get_by_role("button", name="下一步：核对").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("请核对您的回答")
        page.get_by_role("button", name="提交答卷").dblclick()
        expect(page.locator(".receipt")).to_have_text(CODE)
        page.go_back()  # to the review, which is no more
        page.wait_for_load_state()
        mei.faults.clear()  # the browser notes the 410
    assert hamlet.count(Answer, Answer.question_id == "where") == 0
    assert hamlet.audited("send_response") == ["patient"]


def test_survey_by_keyboard_alone(hamlet, base, chromium):
    with window(chromium, base, DESK) as mei:
        page = mei.opens(f"/s/{hamlet.ticket()}")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="同意，我已满 14 周岁")).to_be_focused()
        page.keyboard.press("Enter")
        page.locator(f'[name="a.{PLACES["clean"]}"]').first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        expect(field(page, "clean", "4")).to_be_checked()
        outline = page.locator(f"#q-{PLACES['clean']} .option:focus-within").evaluate(
            "each => getComputedStyle(each).outlineWidth"
        )
        assert outline == "3px"


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_the_survey_are_sound(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as mei:
        ticket = hamlet.ticket(language=language)
        page = mei.opens(f"/s/{ticket}")
        mei.is_sound()
        page.locator("main form button").first.click()
        field(page, "longer", "yes").check()
        mei.is_sound()
        page.locator(".questions > .primary").click()
        expect(page.locator("#open")).to_be_visible()
        mei.is_sound()
        answers(page, BEST)
        page.locator("textarea").fill("长" * 500)
        page.locator("[name=text]").check()
        page.locator(".questions > .primary").click()
        mei.is_sound()
        page.locator(".send button").click()
        expect(page.locator(".receipt")).to_be_visible()
        mei.is_sound()
        assert page.evaluate("document.documentElement.lang") == ("zh-Hans" if language == "zh" else "en")


@pytest.mark.parametrize("look", LOOKS)
def test_pages_for_everybody_are_sound(hamlet, base, chromium, look):
    size, dark, language = look
    hamlet.has_released().has_corrected("错" * 300)
    with window(chromium, base, size, dark=dark, language=language) as seen:
        for path in ("/", "/bulletins", "/bulletins/2026-10", "/bulletins/2026-10/1", "/sign-in"):
            page = seen.opens(path)
            for each in page.locator("details").all():
                each.evaluate("each => { each.open = true }")
            for picture in page.locator("img").all():
                picture.scroll_into_view_if_needed()
                expect(picture).to_have_js_property("complete", value=True)
                assert picture.evaluate("each => each.naturalWidth") == 1
            seen.is_sound()
        seen.opens("/nothing")
        seen.faults.clear()  # the browser notes the 404
        seen.is_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_the_desk_are_sound(hamlet, base, chromium, look):
    size, dark, language = look
    with window(chromium, base, size, dark=dark, language=language) as chen:
        enters(chen, hamlet, "chen")
        for path in ("/office", "/office/bulletins", "/office/bulletins/1", "/office/deliveries", "/office/people", "/office/chats",
                     "/units", "/units/jia", "/units/bing"):  # fmt: skip
            chen.opens(f"{path}?language={language}")
            chen.is_sound()
        chen.opens("/office/people")
        chen.page.locator("button[value=web]").first.click()
        expect(chen.page.locator(".address")).to_be_visible()
        chen.is_sound()


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_patient_talks_with_the_bot_in_the_simulator(hamlet, base, chromium, size):
    with window(chromium, base, size) as mei:
        page = mei.opens("/simulator")
        mei.is_sound()
        page.get_by_role("button", name="新来一位患者").click()
        page.get_by_role("button", name="同意").click()
        send = page.get_by_role("button", name="提交", exact=True)
        while not send.count():
            last = page.locator(".bubble").last
            expect(last.locator(".tap").first).to_be_visible()
            before, skip = last.inner_text(), last.get_by_role("button", name="跳过")
            (skip if skip.count() else last.locator(".tap").first).click()
            page.wait_for_function(CHANGED, arg=before)
        mei.is_sound()
        send.click()
        expect(page.locator(".bubble").last).to_contain_text(CODE)
        assert hamlet.one(Response).mode == "chat"
        expect(page.locator(".bubble")).to_have_count(1)  # one message, edited in place
        page.reload()
        page.locator("#patients .somebody").click()
        expect(page.locator(".bubble").last).to_contain_text(CODE)  # kept in this tab
    assert hamlet.one(Response).state == "sent"


def test_two_of_the_office_release_and_the_group_reads(hamlet, base, chromium):
    with window(chromium, base, DESK) as seen:
        page = seen.opens("/simulator")

        def becomes(name):
            page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
            expect(page.locator("#name")).to_have_text(name)
            expect(page.locator(".bubble").first).to_be_visible()

        def taps(label):
            page.locator(".tap").filter(has_text=label).last.click()

        becomes("赵磊")
        becomes("陈静")
        taps("绩效办")
        taps(re.compile("^协同简报$"))  # the office's own: the menu before it has 最新协同简报
        taps("2026年10月协同简报")
        expect(page.locator(".bubble img").last).to_have_js_property("complete", value=True)
        taps(re.compile("^提议|^提请|提议发布"))
        expect(page.locator(".bubble").last).to_contain_text("陈静")
        becomes("赵磊")
        page.locator(".tap").filter(has_text=re.compile("^发布")).last.click()
        expect(page.locator(".bubble").last).to_contain_text("已")
        page.get_by_role("button", name=re.compile("集团职工群")).click()
        expect(page.locator(".bubble").first).to_contain_text("2026年10月协同简报")
        expect(page.locator(".bubble img")).to_have_count(2)
        expect(page.locator("#read-only")).to_be_visible()
        seen.is_sound()
    assert hamlet.count(Delivery, Delivery.kind == "bulletin", Delivery.state == "sent") >= 2


def test_representative_votes_by_the_phone_and_words_are_never_markup(hamlet, base, chromium):
    with window(chromium, base) as li:
        page = li.opens("/simulator")
        page.locator("summary").first.click()
        page.get_by_role("button", name=re.compile("^李敏")).click()
        expect(page.locator(".bubble").first).to_contain_text("李敏")
        page.locator("#words").fill("<img src=x onerror=alert(1)>")
        page.keyboard.press("Enter")
        expect(page.locator(".bubble.mine")).to_have_text("<img src=x onerror=alert(1)>")
        expect(page.locator(".bubble")).to_have_count(3)
        assert page.locator(".bubble img").count() == 0
        li.is_sound()
        page.get_by_role("button", name="返回名单").click()
        expect(page.locator("#new-patient")).to_be_visible()


def test_simulator_tells_when_the_program_is_gone(hamlet, drawn, chromium):
    with served(hamlet.site(simulator=True)) as base, window(chromium, base) as seen:
        page = seen.opens("/simulator")
        page.route("**/simulator/patients", lambda route: route.abort())
        page.get_by_role("button", name="新来一位患者").click()
        expect(page.locator("#toast")).to_have_count(1)
        page.unroute("**/simulator/patients")
        seen.faults.clear()  # the browser notes the broken connection
