"""Stories on pages: a patient after the survey, somebody who signed in, the receipt, the office's desk."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select

from bulletins.editions import content_of, latest
from bulletins.honour_models import Story
from locales.errors import DomainError, explain
from tests.bot.phone import everything_stored
from tests.evaluation.cast import OCTOBER
from tests.web.cast import BEST, GROWN, answered, signed_in

WORDS = "医生把检查结果直接传给了社区，我不用再跑一趟医院，省了半天时间。"
HOSTILE = "<script>alert(1)</script>{{7*7}} **粗** 王医生的电话13812345678，结果直接传给了社区。"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
OFFER, RECEIPT, DESK = "/stories/offer", "/stories/receipt", "/office/stories"


def after_survey(town, browser, **ticket):
    """The address that the thanks offer."""
    path = f"/s/{town.ticket(**ticket)}"
    browser.opens(path)
    browser.sends(f"{path}/consent", change=GROWN)
    browser.sends(path, change=answered(BEST))
    while not browser.path.endswith("/review"):
        browser.sends(path)
    browser.sends(f"{path}/send")
    link = next(each for each in browser.page.every("a") if each.attributes.get("href", "").startswith(OFFER))
    return link["href"]


def offer(browser, address, **fields):
    browser.opens(address)
    hidden = {
        each["name"]: each["value"] for each in browser.page.one("form", action=OFFER).every("input", type="hidden")
    }
    browser.post(OFFER, hidden | {"words": WORDS, "agree": "yes", "unit": "jia", "byline": "梅女士"} | fields)
    return browser._followed()


def stories(town):
    with town.database.transaction() as session:
        return list(session.scalars(select(Story)))


@pytest.fixture
def person(town, browse):
    return lambda name: signed_in(browse(town.site()), town, name)


def test_a_patient_offers_once_and_takes_it_back(town, browse):
    mei = browse(town.site())
    address = after_survey(town, mei)
    page = offer(mei, address)
    assert mei.status == 200
    assert f"“{WORDS}” —— 梅女士（患者，人民医院）" in page.text
    code = CODE.search(page.text)[0]
    assert mei.response.headers["cache-control"] == "no-store"
    assert CODE.search(offer(mei, address).text)[0] == code  # the same form again, the same receipt
    page = offer(mei, address, words=f"{WORDS}改了。")
    assert mei.status == 409
    assert page.one("p", role="alert").text == explain("zh", DomainError("story_offered_already"))
    (story,) = stories(town)
    assert (story.words, story.byline, story.person_id, story.unit_code) == (WORDS, "梅女士", None, "jia")
    stored = everything_stored(town.database)
    assert code.encode() not in stored
    assert address.split(".")[1].encode() not in stored
    other = browse(town.site())
    other.opens(RECEIPT)
    other.post(RECEIPT, {"code": code.lower()})
    page = other._followed()
    assert WORDS in page.text
    other.post(f"{RECEIPT}/withdraw", {"code": code})
    assert other._followed().one("p", role="status").text == "已撤回，文字已删除。"
    other.post(f"{RECEIPT}/withdraw", {"code": code})
    assert other._followed().one("p", role="status").text == "这个故事已经撤回或过期，文字已删除。"
    assert stories(town)[0].words is None
    assert WORDS.encode() not in everything_stored(town.database)


def test_a_reload_of_the_thanks_is_the_same_pass(town, browse):
    mei = browse(town.site())
    address = after_survey(town, mei)
    again = mei.opens(mei.path)
    assert address in [link.attributes.get("href") for link in again.every("a")]
    assert after_survey(town, mei) != address


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"agree": ""}, "story_consent_missing"),
        ({"words": "短"}, "story_length"),
        ({"words": "字" * 601}, "story_length"),
        ({"byline": "名" * 31}, "story_byline_length"),
    ],
)
def test_what_does_not_do_is_said_and_stays_in_its_field(town, browse, fields, code):
    mei = browse(town.site())
    page = offer(mei, after_survey(town, mei), **fields)
    assert mei.status == 409
    assert page.one("p", role="alert").text[:6] == explain("zh", DomainError(code, low=20, high=30, length=1))[:6]
    assert page.one("textarea", id="words").text == fields.get("words", WORDS)
    assert stories(town) == []


def test_without_a_pass_or_with_a_made_up_one_nothing_opens(hamlet, browse):
    stranger = browse(hamlet.site())
    for address, status in ((OFFER, 401), (f"{OFFER}?of=p.x", 401), (f"{OFFER}?of=p.{'n' * 22}.jia.{'0' * 16}", 410)):
        stranger.get(address)
        assert stranger.status in ((status, 410) if "=p.x" in address else (status,))
    stranger.post(OFFER, {"of": f"p.{'n' * 22}.jia.{'0' * 16}", "words": WORDS, "agree": "yes", "unit": "jia"})
    assert stranger.status == 410
    stranger.post(RECEIPT, {"code": "7Q2M-0KXD-94TB"})
    assert stranger.status == 404
    assert stories(hamlet) == []


def test_a_patient_s_unit_is_the_one_of_the_visit_or_none(town, browse):
    mei = browse(town.site())
    address = after_survey(town, mei)
    offer(mei, address, unit="yi")
    assert mei.status == 400
    offer(mei, address, unit="-", byline="")
    assert [(each.unit_code, each.byline) for each in stories(town)] == [(None, None)]


def test_somebody_who_signed_in_tells_with_or_without_a_name(town, person):
    li = person("li")
    page = offer(li, OFFER, named="yes", byline="")
    assert "—— 李敏（医务人员，人民医院）" in page.text
    offer(li, OFFER, named="no", unit="yi", words=f"{WORDS}二")
    assert li.status == 409
    assert [(each.teller, each.person_id, each.byline) for each in stories(town)] == [("doctor", "li", "李敏")]
    li.post(OFFER, {"csrf": "0" * 32, "of": "", "words": WORDS, "agree": "yes"})
    assert li.status == 403


def test_telling_twice_is_two_stories_and_a_double_click_one(town, person):
    li = person("li")
    first = CODE.search(offer(li, OFFER, byline="").text)[0]
    li.post(OFFER, dict(parse_qsl(li.response.request.content.decode())))
    assert CODE.search(li._followed().text)[0] == first
    assert CODE.search(offer(li, OFFER, words=f"{WORDS}二", byline="").text)[0] != first
    assert len(stories(town)) == 2


def press(browser, act, **fields):
    form = next(form for form in browser.page.every("form", action=DESK)
                if any(button["value"] == act for button in form.every("button")))  # fmt: skip
    hidden = {each["name"]: each["value"] for each in form.every("input")}
    browser.post(DESK, {**hidden, "act": act, **fields})
    return browser._followed()


def test_the_office_chooses_and_the_draft_takes_it_up(town, browse, person):
    town.has_a_season()
    mei = browse(town.site())
    offer(mei, after_survey(town, mei), words=HOSTILE)
    chen = person("chen")
    page = chen.opens(DESK)
    assert HOSTILE in page.text
    assert "<script>alert" not in chen.response.text
    assert "像电话号码" in page.text
    assert "像有人名" in page.text
    page = press(chen, "choose", period="2026-10")
    assert page.one("p", role="status").text == "已选用，草稿已更新。"
    with town.database.transaction() as session:
        assert [each.words for each in content_of(latest(session, OCTOBER)).stories] == [HOSTILE]
    page = press(chen, "decline")
    assert "已记为不选用。" in page.text
    with town.database.transaction() as session:
        assert content_of(latest(session, OCTOBER)).stories == ()


def test_released_months_are_not_offered_and_an_old_page_says_so(town, browse, person):
    town.has_a_season()
    mei = browse(town.site())
    offer(mei, after_survey(town, mei))
    chen = person("chen")
    chen.opens(DESK)
    town.has_released()
    page = press(chen, "choose", period="2026-10")
    assert chen.status == 409
    assert page.one("p", role="alert").text == explain("zh", DomainError("story_month_released", period="2026-10"))
    assert [option["value"] for option in page.every("option")] == ["2026-11"]


@pytest.mark.parametrize(("name", "status"), [("sun", 200), ("gao", 200), ("li", 403), ("he", 403)])
def test_others_look_or_do_not_and_change_nothing(town, browse, person, name, status):
    mei = browse(town.site())
    offer(mei, after_survey(town, mei))
    other = person(name)
    page = other.opens(DESK)
    assert other.status == status
    assert page.one("main").every("button") == []
    token = other.page.every("input", name="csrf")
    number = stories(town)[0].id
    other.post(DESK, {"csrf": token[0]["value"] if token else "", "act": "decline", "story": str(number)})
    assert other.status == 403
    assert stories(town)[0].state == "offered"


def test_empty_desk_in_both_languages(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    assert "没有故事在等选用。" in chen.opens(DESK).text
    assert "No story waits." in chen.opens(f"{DESK}?language=en").text
