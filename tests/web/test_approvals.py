"""The committee's decision on results on its page: members speak by name, it is closed with minutes, auditors look."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bulletins.approval_notices import put_before_committee
from bulletins.models import Bulletin
from consortium.models import Role
from evaluation.models import SchemeVersion, Settlement
from evaluation.office_models import ApprovalVoice, ResultApproval
from locales.errors import DomainError, explain
from tests.evaluation.cast import OCTOBER, example
from tests.web.cast import signed_in

PATH = "/office/approvals"
REASON = "互评结果<b>需要</b>再核对"
MINUTES = "第十次会议：\n<script>alert(1)</script>同意发布。"


@pytest.fixture
def season(town):
    """October is settled by a scheme that asks for two voices; Sun and Li (who represents 甲) are the committee."""
    town.has_a_season()
    with town.database.transaction() as session:
        session.execute(update(SchemeVersion).values(content=example() | {"approval": {"quorum": 2}}))
        session.add(Role(person_id="li", role="committee", unit_code=None))
        put_before_committee(session, period=OCTOBER, actor="schedule", now=town.now)
    return town


@pytest.fixture
def person(season, browse):
    return lambda name: signed_in(browse(season.site()), season, name)


def press(browser, act, words=""):
    """The button with this act, with the fields of its form and these words."""
    form = next(form for form in browser.page.one("main").every("form")
                if any(button["value"] == act for button in form.every("button")))  # fmt: skip
    hidden = {each["name"]: each["value"] for each in form.every("input")}
    browser.post(form["action"], {"words": words, **hidden, "act": act} | ({"words": words} if words else {}))
    return browser._followed() if browser.status == 303 else browser.page


def state(town):
    with town.database.transaction() as session:
        return session.scalars(select(ResultApproval.state).order_by(ResultApproval.id.desc())).first()


def test_members_speak_and_the_office_closes_it_with_minutes(season, person):
    sun, li, chen, gao = person("sun"), person("li"), person("chen"), person("gao")
    page = sun.opens(PATH)
    sun.opens(page.one("main").one("a", href=f"{PATH}/1")["href"])
    assert "至少 2 位委员表态；其中过半数同意即通过" in sun.page.text
    page = press(sun, "approve")
    assert page.one("p", role="status").text == "您的意见已记下。"
    assert "您现在的意见：同意" in page.text
    assert "还差 1 位委员表态" in page.text
    li.opens(f"{PATH}/1")
    page = press(li, "return", REASON)
    assert REASON in page.text
    assert page.one("main").every("b") == []
    page = press(li, "approve")  # and thinks again
    page = chen.opens(f"{PATH}/1")
    assert page.every("button", value="approve") == []  # Chen is not of the committee
    assert "现在结束：2 位表态，2 位同意，结果审定通过" in page.text
    page = press(chen, "close", MINUTES)
    assert state(season) == "approved"
    assert page.one("p", role="status").text == "审定已结束，纪要已保存。"
    assert "<script>alert(1)</script>同意发布。" in page.text
    assert page.one("main").every("script") == []
    assert page.one("main").every("form") == []
    looks = gao.opens(f"{PATH}/1")
    assert "孙建国" in looks.text
    assert "李敏" in looks.text
    assert looks.one("main").every("form") == []
    assert "通过" in gao.opens(PATH).text


def test_a_draft_says_that_it_waits_and_is_proposed_once_approved(season, person):
    chen, sun, li = person("chen"), person("sun"), person("li")
    with season.database.transaction() as session:
        number = session.scalars(select(Bulletin.id)).one()
    page = chen.opens(f"/office/bulletins/{number}")
    assert "等待管理委员会审定：已有 0 位委员表态（需要 2 位）" in page.text
    assert page.one("main").every("form", action=f"/office/bulletins/{number}/propose") == []
    token = page.one("footer").one("input", name="csrf")["value"]
    with season.database.transaction() as session:
        seen = session.get_one(Bulletin, number).content_hash
    refused = chen.post(f"/office/bulletins/{number}/propose", {"csrf": token, "seen": seen})
    assert refused.status_code == 409
    assert chen.heading == explain("zh", DomainError("result_not_approved", period="2026-10"))
    for member in (sun, li):
        member.opens(f"{PATH}/1")
        press(member, "approve")
    chen.opens(f"{PATH}/1")
    press(chen, "close", MINUTES)
    page = chen.opens(f"/office/bulletins/{number}")
    assert "结果已经管理委员会审定通过（2 位表态，2 位同意）" in page.text
    chen.sends(f"/office/bulletins/{number}/propose")
    steps = [each.text for each in chen.page.one("ol", class_="trail").every("li")]
    assert [step.split()[0] for step in steps] == [
        "起草", "提请管理委员会审定", "委员同意", "委员同意", "审定通过", "提议发布",
    ]  # fmt: skip


def test_results_that_went_back_are_put_again_by_the_office(season, person):
    sun, li, chen = person("sun"), person("li"), person("chen")
    for member in (sun, li):
        member.opens(f"{PATH}/1")
        press(member, "return", REASON)
    chen.opens(f"{PATH}/1")
    press(chen, "close", MINUTES)
    assert state(season) == "returned"
    assert sun.opens(f"{PATH}/1").every("button", value="again") == []
    chen.opens(f"{PATH}/1")
    page = press(chen, "again", "已逐条核对，数字无误。")
    assert chen.path.startswith(f"{PATH}/2")
    assert "已逐条核对，数字无误。" in page.text
    assert state(season) == "open"
    assert "本次审定不再有效" not in page.text
    assert sun.opens(f"{PATH}/1").one("main").every("form") == []


def test_what_can_be_mended_is_told_beside_the_form(season, person):
    sun = person("sun")
    sun.opens(f"{PATH}/1")
    page = press(sun, "return", "短")
    fault = explain("zh", DomainError("approval_words_length", length=1, low=5, high=500))
    assert (sun.status, page.one("p", role="alert").text) == (409, fault)
    assert page.one("textarea", id="reason").text == "短"
    with season.database.transaction() as session:
        session.execute(update(Settlement).values(digest="f" * 64))
        assert session.scalars(select(ApprovalVoice)).all() == []
    page = press(sun, "approve")
    assert (sun.status, page.one("p", role="alert").text) == (
        409, explain("zh", DomainError("approval_superseded", period="2026-10")),
    )  # fmt: skip


def test_acts_are_for_committee_and_office(season, person):
    for name, status in (("gao", 403), ("wang", 403), ("he", 403), ("sun", 303)):
        browser = person(name)
        token = browser.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
        with season.database.transaction() as session:
            mark = session.scalars(select(ResultApproval.digest)).one()[:12]
        fields = {"csrf": token, "act": "approve", "mark": mark, "words": ""}
        assert browser.post(f"{PATH}/1", fields).status_code == status, name
        for path, act, expected in (
            (f"{PATH}/999", "approve", 404),
            (f"{PATH}/{2**40}", "approve", 404),
            (f"{PATH}/1", "x", 400),
        ):
            got = browser.post(path, {**fields, "act": act}).status_code
            assert got in {expected, 403}, (name, path, act)
            assert (got == expected) or name != "sun"


def test_nothing_waits_where_the_scheme_does_not_ask(town, browse):
    page = signed_in(browse(town.has_a_season().site()), town, "chen").opens(PATH)
    assert "没有等待审定的结果。" in page.text
    assert page.one("main").every("form") == []
