"""Honesty of answers in chat: what an account sends is told apart within a month; staff are refused their own unit."""

from __future__ import annotations

import tomllib
from datetime import timedelta

from sqlalchemy import select, update

from consortium.models import Installation
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from surveys.honesty.models import SenderTrace
from surveys.honesty.senders import sender_key
from surveys.invitations import invite_aside
from surveys.models import Response
from surveys.questionnaires import apply_questionnaire
from tests.bot.conftest import SHORT
from tests.bot.phone import SECRET
from tests.cast import NOW

AGREE, NO_WORDS, SEND, STAFF = "同意并开始（我已满14周岁）", "不同意，跳过文字题", "提交", "staff_of_unit"


def senders(database):
    with database.transaction() as session:
        return [
            (row.period, row.sender) for row in session.scalars(select(SenderTrace).order_by(SenderTrace.response_id))
        ]


def answers(phone, ticket):
    phone.starts(ticket)
    phone.taps(AGREE)
    phone.taps("非常满意")
    phone.taps("不到半小时")
    phone.taps(NO_WORDS)
    phone.taps(SEND)


def tries(database, document, stream):
    """A ticket of a poster or of a trial."""
    with database.transaction() as session:
        apply_questionnaire(session, document=document, now=NOW)
        invite_aside(
            session, stream=stream, unit_code="jia", visit=f"{stream}1", kind=document["kinds"][0], language="zh",
            questionnaire=(document["id"], document["version"]), lifetime=timedelta(days=2),
            ticket=f"ticket-{stream:0>15}", new_id=f"aside-{stream}", actor="chen", now=NOW,
        )  # fmt: skip
    return f"ticket-{stream:0>15}"


def test_two_answers_of_one_account_bear_one_sender_and_nobody_elses(phone, ticket, consortium):
    mei, an = phone("Mei", "111"), phone("An", "112")
    answers(mei, ticket())
    answers(mei, ticket(unit="yi"))
    answers(an, ticket())
    found = senders(consortium)
    assert len(found) == 3
    assert sorted(sender for _, sender in found) == sorted(
        [sender_key(SECRET, "2026-10", "telegram:111")] * 2 + [sender_key(SECRET, "2026-10", "telegram:112")]
    )
    assert {period for period, _ in found} == {"2026-10"}


def test_what_was_not_sent_has_no_sender(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps(AGREE)
    mei.taps("不满意")  # and why: required, left open
    mei.taps("不到半小时") if "不到半小时" in mei.buttons else None
    assert senders(consortium) == []


def test_poster_and_trial_leave_no_sender(phone, consortium):
    mei = phone("Mei", "111")
    answers(mei, tries(consortium, tomllib.loads(SHORT), "poster"))
    draft = tomllib.loads(SHORT) | {"id": "tried", "kinds": ["tried"], "is_draft": True}
    answers(mei, tries(consortium, draft, "test"))
    assert senders(consortium) == []


def test_sending_that_is_refused_leaves_no_sender(phone, ticket, consortium, monkeypatch):
    from bot import patients
    from locales.errors import Reask

    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps(AGREE)
    mei.taps("非常满意")
    mei.taps("不到半小时")
    mei.taps(NO_WORDS)
    monkeypatch.setattr(
        patients.responses, "send_response", lambda *_args, **_more: Reask("answers_missing", {"names": "x"})
    )
    mei.taps(SEND)
    assert senders(consortium) == []


def test_staff_are_refused_the_way_to_the_page_too(phone, bind, ticket, consortium):
    li = phone("Li", "301")
    bind(li, "li")
    with consortium.transaction() as session:
        review = session.get_one(Installation, 1).review
        session.execute(update(Installation).values(review={**review, "patients": {"chat": False}}))
    own, other = ticket(unit="jia"), ticket(unit="yi")
    li.starts(own)
    if li.said[-1] != explain("zh", DomainError(STAFF)):  # how the switch is stored is not this test's business
        raise AssertionError(li.said[-1])
    li.starts(other)
    assert li.said[-1] != explain("zh", DomainError(STAFF))
    with consortium.transaction() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "refuse_staff")).all()
        assert [(row.actor, row.subject, row.details) for row in rows] == [("staff", "unit:jia", {})]
        assert session.scalars(select(Response)).all() == []
