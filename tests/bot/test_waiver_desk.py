"""Settling without peers in chat: the office is told, Chen and Zhao agree by buttons, once each, and it can be undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from consortium.models import Chat, Role
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.models import PeerWaiver
from locales.errors import DomainError, explain
from outbox.message import from_json
from outbox.models import Delivery
from reviews.models import ReviewRound
from scheduler.waiver_decisions import propose_without_peers
from storage.audit import AuditRow
from tests.cast import NOW

SEPTEMBER = Period.parse("2026-09")
REASON = "两位保管人的份额都丢失，无法计票。"
PROPOSED = f"命令行 提议：2026年9月不计互评结算。\n理由：{REASON}\n\n要绩效办两位不同的同事同意；同意后按可得分值结算，成绩单和简报都会注明。"
OVER = explain("zh", DomainError("waiver_over"))
OWN = explain("zh", DomainError("waiver_own_agreement"))


@pytest.fixture
def waiting(consortium):
    """September's round is closed and nobody can count it."""
    with consortium.transaction() as session:
        session.add(ReviewRound(period="2026-09", state="closed", public_key="{}", criteria=[], thresholds={},
                                opened_at=datetime(2026, 9, 1, tzinfo=UTC)))  # fmt: skip
    return consortium


@pytest.fixture
def chen(phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


@pytest.fixture
def zhao(phone, bind):
    zhao = phone("Zhao", "202")
    bind(zhao, "zhao")
    return zhao


def proposes(database, by="command_line", reason=REASON, now=NOW):
    with database.transaction() as session:
        proposer = actor_of(session, by) if by != "command_line" else by
        return propose_without_peers(session, period=SEPTEMBER, reason=reason, proposer=proposer, now=now)[1]


def arrives(device, database):
    """The newest notice owed to this phone lands on its screen."""
    with database.transaction() as session:
        row = session.scalars(select(Delivery).where(Delivery.address == device.chat).order_by(Delivery.id)).all()[-1]
    device.messages[f"notice{row.id}"] = from_json(row.message)
    return f"notice{row.id}"


def standing(database):
    with database.transaction() as session:
        found = session.get(PeerWaiver, "2026-09")
        return None if found is None else (found.first_by, found.second_by)


def labels(message):
    return [button.text for row in message.buttons for button in row]


def test_the_whole_office_is_told_and_two_agree_by_buttons(waiting, chen, zhao):
    assert proposes(waiting) == 2
    first, second = arrives(chen, waiting), arrives(zhao, waiting)
    assert chen.messages[first].text == PROPOSED
    assert labels(chen.messages[first]) == ["同意不计互评", "撤回提议"]
    chen.taps("同意不计互评", ref=first)
    assert "陈静 已同意，还需要绩效办的另一位同事同意" in chen.messages[first].text
    assert labels(chen.messages[first]) == ["撤回提议", "‹ 绩效办"]
    zhao.taps("同意不计互评", ref=second)
    assert zhao.messages[second].text.startswith("2026年9月不计互评结算，陈静 和 赵磊 已同意。")
    assert standing(waiting) == ("chen", "zhao")
    told = chen.messages[arrives(chen, waiting)]
    assert told.text.startswith("2026年9月不计互评结算，陈静 和 赵磊 已同意。")


def test_the_first_cannot_be_the_second(waiting, chen, zhao):
    proposes(waiting)
    ref = arrives(chen, waiting)
    button = chen.find("同意不计互评", ref)
    chen.does(chen.tap(*button))
    chen.does(chen.tap(*button))
    assert chen.toast == OWN
    assert standing(waiting) == ("chen", None)


def test_who_proposed_on_the_page_has_agreed(waiting, chen, zhao):
    assert proposes(waiting, by="chen") == 2
    ref = arrives(zhao, waiting)
    assert "陈静 提议" in zhao.messages[ref].text
    assert "陈静 已同意" in zhao.messages[ref].text
    zhao.taps("同意不计互评", ref=ref)
    assert standing(waiting) == ("chen", "zhao")


def test_the_same_update_delivered_again_changes_nothing(waiting, chen, zhao):
    proposes(waiting)
    ref = arrives(chen, waiting)
    chen.taps("同意不计互评", ref=ref)
    chen.again()
    assert standing(waiting) == ("chen", None)
    with waiting.transaction() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "agree_to_waiver")).all()) == 1


def test_one_takes_it_back_and_the_others_are_told(waiting, chen, zhao):
    proposes(waiting)
    ref, old = arrives(chen, waiting), arrives(zhao, waiting)
    chen.taps("撤回提议", ref=ref)
    assert chen.messages[ref].text == "2026年9月不计互评的提议已撤回，结算继续等计票。"
    assert standing(waiting) is None
    assert zhao.messages[arrives(zhao, waiting)].text == "陈静 撤回了2026年9月不计互评的提议，结算继续等计票。"
    zhao.taps("同意不计互评", ref=old)
    assert zhao.toast == OVER


def test_an_old_button_does_not_agree_to_another_reason(waiting, chen, zhao):
    proposes(waiting)
    old = arrives(zhao, waiting)
    chen.taps("撤回提议", ref=arrives(chen, waiting))
    proposes(waiting, reason="换了一个理由，再提一次看看。", now=NOW + timedelta(hours=1))
    zhao.taps("同意不计互评", ref=old)
    assert zhao.toast == OVER
    assert standing(waiting) == (None, None)


def test_the_menu_counts_what_waits_and_leads_there(waiting, chen):
    chen.starts()
    chen.taps("绩效办")
    assert not any("不计互评" in label for label in chen.buttons)
    proposes(waiting)
    chen.starts()
    chen.taps("绩效办")
    chen.taps("不计互评的提议（1）")
    assert chen.screen == PROPOSED
    chen.taps("同意不计互评")
    assert standing(waiting) == ("chen", None)


def test_who_is_not_of_the_office_any_more_decides_nothing(waiting, chen, zhao):
    proposes(waiting)
    ref = arrives(chen, waiting)
    with waiting.transaction() as session:
        session.delete(session.scalars(select(Role).where(Role.person_id == "chen")).one())
    chen.taps("同意不计互评", ref=ref)
    assert chen.toast == explain("zh", DomainError("not_allowed"))
    chen.taps("撤回提议", ref=ref)
    assert standing(waiting) == (None, None)


def test_english_reads_it_too(waiting, zhao, consortium):
    with consortium.transaction() as session:
        chat = session.scalars(select(Chat).where(Chat.person_id == "zhao")).one()
        chat.language = "en"
    proposes(waiting)
    told = zhao.messages[arrives(zhao, waiting)]
    assert told.text.startswith("Proposed by the command line: settle September 2026 without peers.")
    assert labels(told) == ["Agree to settle without peers", "Withdraw the proposal"]
