"""Senders: the same account in a month is told, whose it is and the next month are not; and it is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.audit import AuditRow
from surveys.honesty.models import SenderTrace
from surveys.honesty.senders import forget_senders, note_sender, sender_key
from surveys.models import Invitation, Response
from surveys.responses import open_ticket
from tests.surveys.honesty.clinic import NIGHT, OCTOBER, answered, invited, october, open_clinic

KEY = b"a secret of the installation"


@pytest.fixture
def clinic(session):
    open_clinic(session)
    return session


def draft(session, visit, at):
    invited(session, visit, at - timedelta(hours=1))
    open_ticket(
        session, ticket=f"ticket jia {visit}", mode="chat", channel="telegram", account="7", new_id=visit, now=at
    )
    return visit


def senders(session):
    return {row.response_id: (row.period, row.sender) for row in session.scalars(select(SenderTrace))}


def test_one_account_is_told_again_within_a_month_and_no_further(clinic):
    for visit, at in (("a", october(3)), ("b", october(9)), ("c", october(35))):
        note_sender(clinic, response_id=draft(clinic, visit, at), sender="telegram:7", key=KEY, now=at)
    found = senders(clinic)
    assert found["a"] == found["b"]
    assert found["a"][0] == "2026-10"
    assert found["c"][0] == "2026-11"
    assert found["c"][1] != found["a"][1]
    assert all(key != "7" and len(key) == 64 for _, key in found.values())


def test_keys_differ_by_account_month_and_secret():
    keys = {
        sender_key(KEY, "2026-10", "telegram:7"),
        sender_key(KEY, "2026-10", "telegram:8"),
        sender_key(KEY, "2026-11", "telegram:7"),
        sender_key(b"another", "2026-10", "telegram:7"),
    }
    assert len(keys) == 4


def test_noting_again_changes_nothing(clinic):
    response = draft(clinic, "a", october(3))
    note_sender(clinic, response_id=response, sender="telegram:7", key=KEY, now=october(3))
    before = senders(clinic)
    note_sender(clinic, response_id=response, sender="telegram:8", key=KEY, now=october(3))
    assert senders(clinic) == before


@pytest.mark.parametrize("stream", ["poster", "test"])
def test_answers_without_points_are_not_told_apart(clinic, stream):
    response = draft(clinic, "a", october(3))
    clinic.get(Response, response).stream = stream
    clinic.get(Invitation, "i-jia-a").stream = stream
    clinic.flush()
    note_sender(clinic, response_id=response, sender="telegram:7", key=KEY, now=october(3))
    assert senders(clinic) == {}


def test_what_is_sent_or_unknown_is_not_noted(clinic):
    sent = answered(clinic, "a", october(3))
    for response in (sent, "unknown"):
        note_sender(clinic, response_id=response, sender="telegram:7", key=KEY, now=october(3))
    assert senders(clinic) == {}


def test_a_settled_month_is_forgotten(clinic):
    for visit, at in (("a", october(3)), ("b", october(35))):
        note_sender(clinic, response_id=draft(clinic, visit, at), sender="telegram:7", key=KEY, now=at)
    assert forget_senders(clinic, period=OCTOBER, now=NIGHT) == 1
    assert list(senders(clinic)) == ["b"]
    assert forget_senders(clinic, period=OCTOBER, now=NIGHT) == 0
    row = clinic.scalars(select(AuditRow).where(AuditRow.action == "forget_senders")).one()
    assert (row.subject, row.details) == ("period:2026-10", {"rows": 1})
