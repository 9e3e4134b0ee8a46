"""Held answers in chat: Chen proposes, Zhao is told and decides; twice, late, by the proposer, after the settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.people import actor_of
from consortium.periods import Period
from evaluation.models import Settlement
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from locales.errors import DomainError, explain
from outbox.message import from_json
from outbox.models import Delivery
from scheduler.examination import examination
from scheduler.held_decisions import keep_held_out, propose_held
from storage.audit import AuditRow
from surveys.honesty.models import Hold
from surveys.honesty.proposals import open_proposal, open_proposals, proposal_mark
from surveys.models import Response
from surveys.receipted import withdraw_response
from surveys.responses import give_consent, open_ticket, record_page, send_response
from tests.cast import NOW
from tests.evaluation.cast import example

MONTH = Period.parse("2026-10")
LATER = NOW + timedelta(hours=1)
OVER = explain("zh", DomainError("hold_proposal_over"))
SAME = explain("zh", DomainError("hold_same_person"))
NOT_ALLOWED = explain("zh", DomainError("not_allowed"))


@pytest.fixture
def held(consortium, ticket):
    """Two answers of 甲 and one of 乙 came too fast and were held; their ids."""
    for number, unit in enumerate(("jia", "jia", "yi"), start=1):
        way = ticket(unit=unit)
        with consortium.transaction() as session:
            opened = open_ticket(session, ticket=way, mode="page", new_id=f"fast{number}", now=NOW)
            give_consent(session, response_id=opened.response_id, now=NOW)
            record_page(session, response_id=opened.response_id, answers={"clean": ("5",), "waited": ("s",)}, now=NOW)
            send_response(session, response_id=opened.response_id, receipt_code=f"receipt {number}", now=NOW)
    with consortium.transaction() as session:
        for part in examination(session, months=(MONTH,)):
            part(session, NOW)
    assert states(consortium) == {"fast1": "held", "fast2": "held", "fast3": "held"}
    return ["fast1", "fast2", "fast3"]


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


def states(database):
    with database.transaction() as session:
        return dict(session.execute(select(Hold.response_id, Hold.state)).all())


def streams(database):
    with database.transaction() as session:
        return dict(session.execute(select(Response.id, Response.stream)).all())


def proposes(database, person, *ids, now=NOW):
    with database.transaction() as session:
        return propose_held(session, period=MONTH, response_ids=ids, actor=actor_of(session, person), now=now)


def arrives(device, database, *, number=-1):
    """The newest notice owed to this phone lands on its screen."""
    with database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.address == device.chat).order_by(Delivery.id)).all()
    ref = f"notice{rows[number].id}"
    device.messages[ref] = from_json(rows[number].message)
    return ref


def settled(database):
    with database.transaction() as session:
        apply_scheme(session, document=example(), now=NOW)
        settle_period(session, period=MONTH, actor="schedule", now=NOW + timedelta(days=30))


def test_others_of_the_office_are_told_of_a_proposal_and_one_of_them_releases_it(held, chen, zhao, consortium):
    assert proposes(consortium, "chen", "fast1", "fast3") == 1
    ref = arrives(zhao, consortium)
    told = zhao.messages[ref]
    assert told.text == (
        "陈静提议放行2026年10月留存的 2 份答卷：\n人民医院　1 份\n二院　1 份\n\n"
        "确认放行后重新计入得分；放行要两个人，提议人不能自己确认。"
    )
    assert [button.text for row in told.buttons for button in row] == ["确认放行", "不予放行", "查看留存答卷"]
    with consortium.transaction() as session:
        assert not session.scalars(select(Delivery).where(Delivery.address == chen.chat)).all()
    zhao.taps("确认放行", ref=ref)
    assert zhao.messages[ref].text == "2026年10月的 2 份答卷已放行，重新计入得分。"
    assert states(consortium) == {"fast1": "released", "fast2": "held", "fast3": "released"}
    assert streams(consortium) == {"fast1": "visit", "fast2": "held", "fast3": "visit"}


def test_a_proposal_is_told_once_and_another_one_anew(held, chen, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    assert proposes(consortium, "chen", "fast2", now=LATER) == 1
    with consortium.transaction() as session:
        assert len(session.scalars(select(Delivery).where(Delivery.address == zhao.chat)).all()) == 2
        first, second = open_proposals(session, period=MONTH)
        assert (first.response_ids, second.response_ids) == (("fast1",), ("fast2",))
        assert (first.units, first.proposed_by) == ({"jia": 1}, "chen")


def test_two_acts_of_two_people_at_one_moment_are_two_proposals(held, consortium):
    proposes(consortium, "chen", "fast1")
    proposes(consortium, "zhao", "fast2")
    with consortium.transaction() as session:
        assert {each.response_ids for each in open_proposals(session, period=MONTH)} == {("fast1",), ("fast2",)}


def test_the_same_button_twice_has_one_effect_and_one_sentence(held, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    button = zhao.find("确认放行", ref)
    for _ in range(2):
        zhao.does(zhao.tap(*button))
    assert zhao.toast == OVER
    with consortium.transaction() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "release_answers")).all()) == 1


def test_the_update_that_released_delivered_once_more_changes_nothing(held, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    zhao.taps("确认放行", ref=ref)
    before = states(consortium)
    zhao.again()
    assert states(consortium) == before


def test_proposers_cannot_agree_with_themselves(held, chen, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    chen.messages["forwarded"] = zhao.messages[ref]
    chen.taps("确认放行", ref="forwarded")
    assert chen.toast == SAME
    assert states(consortium)["fast1"] == "proposed"


def test_a_second_person_may_keep_out_what_was_proposed(held, zhao, consortium):
    proposes(consortium, "chen", "fast1", "fast2")
    ref = arrives(zhao, consortium)
    zhao.taps("不予放行", ref=ref)
    assert zhao.messages[ref].text == "2026年10月的 2 份答卷不予放行，不计入得分。"
    assert states(consortium) == {"fast1": "kept", "fast2": "kept", "fast3": "held"}
    zhao.messages["old"] = replace(zhao.messages[ref], buttons=from_notice(consortium, zhao))
    zhao.taps("确认放行", ref="old")
    assert zhao.toast == OVER


def from_notice(database, device):
    with database.transaction() as session:
        row = session.scalars(select(Delivery).where(Delivery.address == device.chat).order_by(Delivery.id)).all()[-1]
    return from_json(row.message).buttons


def test_what_is_left_of_a_proposal_is_decided_with_it(held, zhao, consortium):
    proposes(consortium, "chen", "fast1", "fast2")
    ref = arrives(zhao, consortium)
    with consortium.transaction() as session:
        withdraw_response(session, receipt_code="receipt 1", is_settled=False, now=LATER)
    zhao.taps("确认放行", ref=ref)
    assert "1 份答卷已放行" in zhao.messages[ref].text
    assert states(consortium)["fast2"] == "released"


def test_after_everything_was_withdrawn_there_is_nothing_left_to_do(held, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    with consortium.transaction() as session:
        withdraw_response(session, receipt_code="receipt 1", is_settled=False, now=LATER)
    zhao.taps("确认放行", ref=ref)
    assert zhao.toast == OVER


def test_after_the_settlement_nothing_moves(held, zhao, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    settled(consortium)
    for label in ("确认放行", "不予放行"):
        zhao.taps(label, ref=ref)
        assert zhao.toast == explain("zh", DomainError("hold_settled", period="2026-10"))
    assert states(consortium)["fast1"] == "proposed"
    with consortium.transaction() as session:
        assert session.get(Settlement, "2026-10") is not None
    zhao.taps("查看留存答卷", ref=ref)  # looking goes on, without buttons for what is over
    assert [button for button in zhao.buttons if "提议" in button] == []


def test_the_desk_counts_by_unit_and_leads_to_what_waits(held, chen, zhao, consortium):
    chen.taps("绩效办")
    assert "留存答卷（待定 3）" in chen.buttons
    chen.taps("留存答卷（待定 3）")
    assert chen.screen == (
        "2026年9月留存答卷\n没有留存的答卷。\n\n"
        "2026年10月留存答卷\n人民医院　2 份，留存 2 份（100.0%），待定 2 份\n二院　1 份，留存 1 份（100.0%），待定 1 份\n\n"
        "逐份查看、提议放行，请在网页上打开：https://tongping.example/office/held"
    )
    proposes(consortium, "zhao", "fast1", "fast2")
    chen.taps("‹ 绩效办")
    chen.taps("留存答卷（待定 3）")
    chen.taps("赵磊的提议（2 份）")
    assert "留存的 2 份答卷" in chen.screen
    chen.taps("确认放行")
    assert states(consortium) == {"fast1": "released", "fast2": "released", "fast3": "held"}
    chen.taps("查看留存答卷")
    assert "人民医院　2 份，留存 2 份（100.0%），待定 0 份" in chen.screen


def test_who_has_no_part_in_it_decides_nothing(held, zhao, phone, bind, consortium):
    proposes(consortium, "chen", "fast1")
    ref = arrives(zhao, consortium)
    li = phone("Li", "301")
    bind(li, "li")
    li.messages["shown"] = zhao.messages[ref]
    for label in ("确认放行", "不予放行", "查看留存答卷"):
        li.taps(label, ref="shown")
        assert li.toast == NOT_ALLOWED
    assert states(consortium)["fast1"] == "proposed"


@pytest.mark.parametrize(
    "action",
    [
        ("o", "hrel", "2026-10", "1-00000000"),
        ("o", "hrel", "2026-10", ""),
        ("o", "hrel", "2026-10"),
        ("o", "hprop", "2026-10", "99999999999999999-abcdef12"),
        ("o", "hout", "2026-13", "1-00000000"),
        ("o", "hrel", "x", "1-00000000"),
        ("o", "held", "2026"),
    ],
)
def test_buttons_about_nothing_get_one_sentence(held, chen, action, consortium):
    from outbox.message import Button, Message

    proposes(consortium, "zhao", "fast1")
    chen.messages["made"] = Message("x", ((Button("tap", action),),))
    chen.taps("tap", ref="made")
    assert chen.toast in (OVER, explain("zh", DomainError("button_expired")))
    assert states(consortium)["fast1"] == "proposed"


def test_a_mark_fits_a_button_and_finds_only_its_own_proposal(held, consortium):
    mark = proposal_mark(NOW, "a-person-with-quite-a-long-name-indeed")
    assert len(f"o:hprop:2026-10:{mark}") <= 52
    proposes(consortium, "chen", "fast1")
    with consortium.transaction() as session:
        found = open_proposal(session, period=MONTH, mark=proposal_mark(NOW, "chen"))
        assert (found.response_ids, found.proposed_at) == (("fast1",), NOW)
        with pytest.raises(DomainError, match="hold_proposal_over"):
            open_proposal(session, period=MONTH, mark=proposal_mark(NOW, "zhao"))
        with pytest.raises(DomainError, match="hold_proposal_over"):
            open_proposal(session, period=MONTH.next(), mark=proposal_mark(NOW, "chen"))


def test_kept_out_may_be_proposed_again_until_the_settlement(held, consortium):
    with consortium.transaction() as session:
        keep_held_out(session, period=MONTH, response_ids=["fast1"], actor=actor_of(session, "zhao"), now=NOW)
    proposes(consortium, "chen", "fast1")
    settled(consortium)
    for act in (propose_held, keep_held_out):
        with consortium.transaction() as session, pytest.raises(DomainError, match="hold_settled"):
            act(session, period=MONTH, response_ids=["fast2"], actor=actor_of(session, "zhao"), now=LATER)
