"""Votes, signatures, duties and actions on pages: each does its work once, and nobody sees or does what is not theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from consortium.models import Person, Role
from consortium.office_models import DutyEvidence, OnDuty, PollSlip
from consortium.people import actor_of
from evaluation.actions import open_action
from evaluation.models import Settlement
from evaluation.office_models import Action, SchemeVote, Signature
from evaluation.scheme_votes import open_scheme_vote
from outbox.models import Delivery
from storage.audit import AuditRow
from tests.cast import found_consortium
from tests.evaluation.cast import OCTOBER
from tests.web.cast import CHATS, LONG_AGO, PEOPLE, signed_in

DUTIES = [
    {"code": "care", "name": {"zh": "医疗<b>统一", "en": "Care"}, "party": "lead", "owner": "li", "unit": "jia"},
    {"code": "culture", "name": {"zh": "文化", "en": "Culture"}, "party": "member"},
]
MORE = [
    {"id": "fang", "name": "方志远", "roles": ["accountant"]},
    {"id": "ma", "name": "马骏", "roles": ["head"], "units": ["jia"]},
]


@pytest.fixture
def person(hamlet, browse):
    with hamlet.database.transaction() as session:
        found_consortium(session, now=LONG_AGO, people=[*PEOPLE, *MORE], chats=CHATS, duties=DUTIES)
    hamlet.has_a_season()
    return lambda name: signed_in(browse(hamlet.site()), hamlet, name)


def rows(town, model) -> list[Any]:
    with town.database.transaction() as session:
        return list(session.scalars(select(model)))


def sends(browser, path, **fields):
    """A form of the page that is open, with its token."""
    token = browser.page.every("input", name="csrf")[0]["value"]
    browser.post(path, {"csrf": token, **fields})
    return browser._followed()


# ── votes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TERMS = {"scheme": "2026/1/", "electorate": "units", "comment_days": "2", "voting_days": "3"}


def test_the_office_looks_a_vote_over_and_opens_it_once(hamlet, person):
    chen = person("chen")
    page = chen.opens("/office/votes")
    assert "还没有发起过表决。" in page.text
    page = sends(chen, "/office/votes", act="preview", **TERMS)
    assert "向 3 人（单位代表和单位负责人）发起表决：评议到 2026-11-08，投票到 2026-11-11" in page.text
    assert rows(hamlet, SchemeVote) == []
    page = sends(chen, "/office/votes", act="open", **TERMS)
    assert page.one("p", role="status").text == "表决已发起，已通知投票人。"
    chen.opens("/office/votes")
    page = sends(chen, "/office/votes", act="open", **TERMS)
    assert (chen.status, len(rows(hamlet, SchemeVote))) == (409, 1)
    assert "正在投票" in page.one("p", role="alert").text
    page = sends(chen, "/office/votes/1", act="call_off")
    assert "已撤销" in page.text


@pytest.mark.parametrize("wrong", [{"comment_days": "0"}, {"voting_days": "61"}, {"voting_days": "²"}, {"scheme": "2026/9/"},
                                   {"electorate": "all"}])  # fmt: skip
def test_a_vote_that_makes_no_sense_is_refused_in_a_sentence(hamlet, person, wrong):
    chen = person("chen")
    chen.opens("/office/votes")
    page = sends(chen, "/office/votes", act="open", **(TERMS | wrong))
    assert chen.status == 409
    assert page.one("p", role="alert").text
    assert rows(hamlet, SchemeVote) == []


def opens_a_vote(town) -> int:
    with town.database.transaction() as session:
        found = open_scheme_vote(
            session, year=2026, version=1, draft_id=None, electorate="units", comment_days=1, voting_days=3,
            actor=actor_of(session, "chen"), now=town.now,
        )  # fmt: skip
        return found.id


def test_voters_comment_under_their_name_and_vote_in_secret(hamlet, person):
    number = opens_a_vote(hamlet)
    ma = person("ma")
    page = ma.opens(f"/votes/{number}")
    assert not page.every("button", name="choice")
    page = sends(ma, f"/votes/{number}/comments", words="分值<b>偏高\n建议降")
    assert "分值<b>偏高" in page.text
    assert "马骏 · 2026-11-06 11:30" in page.text
    hamlet.now += timedelta(days=2)
    ma = person("ma")  # who signs in for a day at most
    page = ma.opens(f"/votes/{number}")
    assert [button["value"] for button in page.every("button", name="choice")] == ["for", "against", "abstain"]
    page = sends(ma, f"/votes/{number}/vote", choice="against", slip="")
    assert "您选的是“反对”" in page.text
    assert rows(hamlet, PollSlip) == []
    slip = page.one("input", name="slip")["value"]
    page = sends(ma, f"/votes/{number}/vote", choice="against", slip=slip)
    assert f"回执：{slip}" in page.text
    page = ma.opens(f"/votes/{number}")
    assert "您已投票。" in page.text
    assert not page.every("button", name="choice")
    page = sends(ma, f"/votes/{number}/vote", choice="for", slip="AAAA-BBBB-CCCC-DDDD")
    assert "您已经投过票" in page.one("p", role="alert").text
    assert [each.slip for each in rows(hamlet, PollSlip)] == [slip]
    assert "against" not in str([(row.subject, row.details) for row in rows(hamlet, AuditRow)])


def test_nothing_is_shown_before_the_end_and_few_votes_are_not_split(hamlet, person):
    number = opens_a_vote(hamlet)
    hamlet.now += timedelta(days=2)
    chen, li = person("chen"), person("li")
    li.opens(f"/votes/{number}")
    page = sends(li, f"/votes/{number}/vote", choice="for", slip="")
    sends(li, f"/votes/{number}/vote", choice="for", slip=page.one("input", name="slip")["value"])
    for browser in (chen, li):
        page = browser.opens(f"/votes/{number}")
        assert "投票不足" not in page.text
        assert "未通过" not in page.text
        browser.opens(f"/votes/{number}/slips.csv")
        assert browser.status == 409
    chen.opens(f"/votes/{number}")
    page = sends(chen, f"/office/votes/{number}", act="count")
    assert "投票还没有结束" in page.one("p", role="alert").text
    hamlet.now += timedelta(days=3)
    chen = person("chen")
    chen.opens(f"/votes/{number}")
    page = sends(chen, f"/office/votes/{number}", act="count")
    assert "未通过" in page.text
    assert "投票不足 5 人，只公布结果，不公布票数。" in page.text
    assert "赞成 1" not in page.text
    chen.opens(f"/votes/{number}/slips.csv")
    assert chen.status == 200


def test_a_vote_does_not_exist_for_others(hamlet, person):
    number = opens_a_vote(hamlet)
    he = person("he")
    assert "现在没有表决。" in he.opens("/votes").text
    he.opens(f"/votes/{number}")
    assert he.status == 404


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_accountant_signs_and_only_then_pay_leaves(hamlet, person):
    chen, fang = person("chen"), person("fang")
    page = chen.opens("/office/signatures")
    assert not page.every("button", class_="primary")
    sends(chen, "/office/results/2026-10/pay.csv")
    assert chen.status == 409
    page = fang.opens("/office/signatures")
    assert "您将以自己的姓名" in page.text
    digest = page.one("input", name="digest")["value"]
    page = sends(fang, "/office/signatures", period="2026-10", digest=digest)
    assert page.one("p", role="status").text == "已签字。"
    page = sends(fang, "/office/signatures", period="2026-10", digest=digest)  # a second click
    assert len(rows(hamlet, Signature)) == 1
    chen.opens("/office/signatures")
    response = sends(chen, "/office/results/2026-10/pay.csv")
    assert chen.status == 200
    assert "jia,人民医院,tertiary" in response.text
    assert [row.details for row in rows(hamlet, AuditRow) if row.action == "export_pay"] == [{"form": "csv"}]


def test_a_stale_digest_is_refused(hamlet, person):
    fang = person("fang")
    digest = fang.opens("/office/signatures").one("input", name="digest")["value"]
    with hamlet.database.transaction() as session:
        session.get_one(Settlement, "2026-10").digest = "f" * 64
    page = sends(fang, "/office/signatures", period="2026-10", digest=digest)
    assert fang.status == 409
    assert "更正过" in page.one("p", role="alert").text
    assert rows(hamlet, Signature) == []


# ── duties ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_owners_give_evidence_and_the_office_sees_what_lacks(hamlet, person):
    li, chen = person("li"), person("chen")
    page = li.opens("/duties")
    assert "医疗<b>统一" in page.text
    assert "文化" not in page.text
    for _ in range(2):
        page = sends(li, "/duties", code="care", year="2026", words="质控十二次")
    assert [each.words for each in rows(hamlet, DutyEvidence)] == ["质控十二次"]
    page = sends(li, "/duties", code="care", year="2026", words=" ")
    assert (li.status, page.one("p", role="alert").text) == (409, "材料不能为空，请写下做了什么。")
    page = chen.opens("/office/duties")
    assert "1/2 项已有材料" in page.text
    assert "0/2 项已有材料" in chen.opens("/office/duties?year=2025").text
    sends(li, "/duties", code="culture", year="2026", words="x")
    assert li.status == 403


def test_duty_changes_hands_on_the_page(hamlet, person):
    chen = person("chen")
    page = chen.opens("/office/duties")
    assert "现在没有人值班。" in page.text
    sends(chen, "/office/duties", act="take")
    page = sends(chen, "/office/duties", act="hand", to="zhao")
    assert "现在值班：赵磊" in page.text
    page = sends(chen, "/office/duties", act="end")
    assert "现在值班的不是您" in page.one("p", role="alert").text
    assert [each.person_id for each in rows(hamlet, OnDuty)] == ["chen", "zhao"]


# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def opens_an_action(town, unit="jia", indicator="down_referral") -> int:
    with town.database.transaction() as session:
        return open_action(
            session, unit_code=unit, indicator=indicator, period=OCTOBER, words="请说明<b>", workdays=5,
            actor=actor_of(session, "chen"), now=town.now,
        ).id  # fmt: skip


def test_the_office_opens_one_for_an_indicator_of_a_unit(hamlet, person):
    chen = person("chen")
    page = chen.opens("/actions?unit=jia&period=2026-10")
    assert "down_referral" in [option["value"] for option in page.every("option")]
    page = sends(
        chen, "/actions", unit="jia", period="2026-10", indicator="down_referral", words="核对名单", workdays="5"
    )
    assert page.one("p", role="status").text == "整改已发起，已通知单位。"
    chen.opens("/actions")
    page = sends(
        chen, "/actions", unit="jia", period="2026-10", indicator="down_referral", words="核对名单", workdays="5"
    )
    assert (chen.status, len(rows(hamlet, Action))) == (409, 1)
    assert rows(hamlet, Delivery) == []  # nobody of the unit has a chat here


def test_a_unit_sees_its_own_and_carries_them_out(hamlet, person):
    number = opens_an_action(hamlet)
    other = opens_an_action(hamlet, "yi", "readmission")
    ma = person("ma")
    page = ma.opens("/actions")
    assert "人民医院 · 下转率" in page.text
    assert "二院" not in page.text
    ma.opens(f"/actions/{other}")
    assert ma.status == 404
    ma.opens(f"/actions/{number}")
    page = sends(ma, f"/actions/{number}", act="plan", words="每周核对")
    assert "每周核对" in page.text
    page = sends(ma, f"/actions/{number}", act="done", words="核对四次")
    assert "已完成，待复核" in page.text
    page = ma.opens(f"/actions/{number}")
    assert not page.every("textarea")
    (found, _) = rows(hamlet, Action)
    assert (found.state, found.words, found.done_words, found.owner_id) == ("done", "每周核对", "核对四次", "ma")


def test_filters_show_what_they_say(hamlet, person):
    opens_an_action(hamlet)
    gao = person("gao")
    assert "A2026-001" in gao.opens("/actions").text
    assert "A2026-001" not in gao.opens("/actions?show=overdue").text
    assert "A2026-001" not in gao.opens("/actions?unit=yi").text
    assert "A2026-001" not in gao.opens("/actions?show=over").text
    hamlet.now += timedelta(days=9)
    gao = person("gao")
    assert "逾期" in gao.opens("/actions?show=overdue&unit=jia").text
    assert gao.opens("/actions?show=nonsense&unit=<script>").text.count("A2026-001") == 1


def test_others_have_no_list(hamlet, person):
    he = person("he")
    he.opens("/actions")
    assert he.status == 403


def test_all_pages_speak_english(hamlet, person):
    opens_a_vote(hamlet)
    opens_an_action(hamlet)
    chen, fang, ma = person("chen"), person("fang"), person("ma")
    for browser, paths in (
        (
            chen,
            ("/office/votes", "/votes/1", "/office/signatures", "/office/duties", "/duties", "/actions", "/actions/1"),
        ),
        (fang, ("/office/signatures",)),
        (ma, ("/votes", "/votes/1", "/actions", "/actions/1", "/duties")),
    ):
        for path in paths:
            page = browser.opens(f"{path}?language=en")
            assert browser.status == 200, path
            assert "errors." not in page.text


def test_people_without_a_chat_or_a_role_keep_their_names(hamlet, person):
    """Whoever left stays in the history by name."""
    opens_an_action(hamlet)
    with hamlet.database.transaction() as session:
        session.delete(session.scalars(select(Role).where(Role.person_id == "ma")).one())
        session.get_one(Person, "ma").active = False
    assert "责任人：马骏" in person("chen").opens("/actions").text
