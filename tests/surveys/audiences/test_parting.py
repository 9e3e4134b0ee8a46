"""Blind responses: once sent, nothing that is stored joins a visit or a ticket to an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from app.schema import metadata
from consortium.links import token_hash
from consortium.models import Person, Role
from consortium.periods import Period
from locales.errors import DomainError, Reask
from storage.audit import AuditRow
from surveys.audiences.invariants import CHECKS
from surveys.audiences.models import BlindTicket, BlindVisit
from surveys.fielding.invariants import check_fielding
from surveys.honesty.models import SenderTrace
from surveys.honesty.senders import note_sender
from surveys.invariants import check_surveys
from surveys.invitations import BLIND, NewVisit, invite, invite_many
from surveys.models import Answer, Invitation, Response, Ticket
from surveys.responses import (
    Sent,
    open_ticket,
    record_answer,
    response_by_receipt,
    send_response,
    view_ticket,
    withdraw_response,
)
from surveys.tallies import counts, recount
from tests.surveys.audiences.cast import answer, begin, invite_staff
from tests.surveys.cast import JIA, LEFT, NOW, YI, agree

OCTOBER = Period(2026, 10)
FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)  # 1 October in Shanghai
LATER = NOW + timedelta(days=1)


def dump(session) -> dict[str, list[dict[str, object]]]:
    """Everything that is stored."""
    session.flush()
    return {
        table.name: [dict(row._mapping) for row in session.execute(select(table))] for table in metadata().sorted_tables
    }


def cells(rows) -> set[str]:
    return {str(value) for row in rows for value in row.values() if value is not None}


def doctor(session):
    session.expire_all()
    return (
        [finding for check in CHECKS for finding in check(session)] + check_surveys(session) + check_fielding(session)
    )


def test_nothing_stored_joins_a_number_of_staff_to_an_answer(ready):
    invite_staff(ready, "E1001", "E1002", "E1003", group="外科")
    for number in ("E1002", "E1001", "E1003"):
        answer(ready, number, comment=f"words of {number}")
    stored = dump(ready)
    numbers = {"E1001", "E1002", "E1003"}
    # where a number stands, nothing else stands beside it but the unit
    for name, rows in stored.items():
        named = [row for row in rows if numbers & cells([row]) or any(n in str(row) for n in numbers)]
        if name == "blind_visit":
            assert [set(row) for row in named] == [{"unit_code", "visit"}] * 3
        elif name == "answer":
            assert all(row["value"].startswith("words of") for row in named)
        elif name == "audit":  # ids of what is gone
            assert all(row["subject"].split(":")[0] in {"invitation", "response"} for row in named)
        else:
            assert named == [], name
    # and no key of what was answered stands anywhere but in its own rows
    responses = {row["id"] for row in stored["response"]}
    invitations = {row["id"] for row in stored["invitation"]}
    assert len(responses) == len(invitations) == 3
    own = {"response", "answer", "invitation", "fielded", "disposition_change"}
    for name, rows in stored.items():
        if name not in own:
            assert not any(key in str(row) for key in responses | invitations for row in rows), name
    assert stored["ticket"] == stored["sender_trace"] == []


def test_no_time_of_a_parted_response_is_finer_than_a_month(ready):
    invite_staff(ready, "E1001")
    answer(ready, "E1001", comment="words", now=LATER)
    stored = dump(ready)
    for name in ("invitation", "response", "fielded", "disposition_change"):
        times = {value for row in stored[name] for value in row.values() if isinstance(value, datetime)}
        expected = {FIRST, datetime(2026, 12, 31, 16, tzinfo=UTC)} if name == "invitation" else {FIRST}
        assert {time.astimezone(UTC) for time in times} <= expected | {datetime(2026, 11, 30, 16, tzinfo=UTC)}, name
    assert {row["revision"] for row in stored["response"]} == {0}


def test_places_of_rows_do_not_follow_the_order_of_sending(ready):
    if ready.get_bind().dialect.name != "sqlite":
        pytest.skip("only SQLite numbers its rows")
    numbers = [f"E{n}" for n in range(12)]
    invite_staff(ready, *numbers)
    for number in numbers:
        answer(ready, number, comment=number)
    by_place = [
        value
        for (value,) in ready.execute(text("select value from answer where question_id = 'comment' order by rowid"))
    ]
    responses = [
        value
        for (value,) in ready.execute(
            text(
                "select a.value from response r join answer a on a.response_id = r.id"
                " where a.question_id = 'comment' order by r.rowid"
            )
        )
    ]
    assert sorted(by_place) == sorted(responses) == sorted(numbers)
    assert by_place != numbers
    assert responses != numbers
    assert responses != by_place


def test_audit_of_sending_names_the_questionnaire_only(ready):
    invite_staff(ready, "E1001")
    answer(ready, "E1001")
    row = ready.scalars(select(AuditRow).where(AuditRow.action == "send_response")).one()
    assert (row.subject, row.details) == ("questionnaire:small:1", {"period": "2026-10", "unit": JIA})


def test_visit_cannot_be_invited_again_whether_it_has_answered_or_not(ready):
    invite_staff(ready, "E1001", "E1002")
    answer(ready, "E1001")
    seen = []
    for number in ("E1001", "E1002"):
        again = invite(
            ready, unit_code=JIA, visit=number, kind="staff", discharged_at=LEFT, language="zh",
            ticket=f"again-{number}", new_id=f"again-{number}", actor="api:his", now=LATER,
        )  # fmt: skip
        seen.append(again)
        with pytest.raises(DomainError) as refused:
            open_ticket(ready, ticket=f"again-{number}", mode="page", new_id="x", now=LATER)
        assert refused.value.code == "ticket_unknown"
    assert seen[0] == seen[1]  # nobody learns who has answered
    assert (seen[0].is_new, seen[0].invitation_id) == (False, BLIND)
    [other] = invite_many(ready, unit_code=YI, visits=[NewVisit("E1001", "staff", LEFT, "zh", "o", None)], now=LATER)
    assert other.is_new


def test_used_ticket_says_so_and_an_unknown_one_is_unknown(ready):
    invite_staff(ready, "E1001")
    answer(ready, "E1001")
    for ticket, code in (("t-E1001", "ticket_used"), ("t-E1009", "ticket_unknown")):
        for look in (
            lambda t: view_ticket(ready, ticket=t, now=LATER),
            lambda t: open_ticket(ready, ticket=t, mode="page", new_id="n", now=LATER),
        ):
            with pytest.raises(DomainError) as refused:
                look(ticket)
            assert refused.value.code == code
    assert ready.scalars(select(Ticket.hash)).all() == []
    assert ready.scalars(select(BlindTicket.hash)).all() == [token_hash("t-E1001")]


def test_old_response_is_nobodys_after_sending(ready):
    invite_staff(ready, "E1001")
    answer(ready, "E1001")
    for act in (
        lambda: record_answer(ready, response_id="r-E1001", question_id="pay", values=["1"], revision=None, now=LATER),
        lambda: send_response(ready, response_id="r-E1001", receipt_code="x", now=LATER),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "response_unknown"


def test_tallies_equal_a_recount_and_the_doctor_finds_nothing(ready):
    invite_staff(ready, "E1001", "E1002", "E1003")
    answer(ready, "E1001", "5")
    answer(ready, "E1002", "1")
    begin(ready, "E1003", {"pay": ("3",)})
    assert counts(ready, period=OCTOBER) == recount(ready, period=OCTOBER) != {}
    assert doctor(ready) == []


def test_receipt_still_shows_and_withdraws(ready):
    invite_staff(ready, "E1001")
    code = answer(ready, "E1001", "4", comment="words")
    shown = response_by_receipt(ready, receipt_code=code)
    assert shown.answers == {"pay": ("4",), "whole": ("4",), "comment": ("words",)}
    withdraw_response(ready, receipt_code=code, is_settled=False, now=LATER)
    ready.expire_all()
    row = ready.scalars(select(Response)).one()
    assert (row.state, row.touched_at) == ("withdrawn", FIRST)
    assert counts(ready, period=OCTOBER) == {}
    assert doctor(ready) == []


def test_draft_in_chat_leaves_no_account_and_no_sender(ready):
    invite_staff(ready, "E1001")
    draft = open_ticket(ready, ticket="t-E1001", mode="chat", channel="telegram", account="70009", new_id="r1", now=NOW)
    agree(ready, draft.response_id)
    for question in ("pay", "whole"):
        record_answer(ready, response_id="r1", question_id=question, values=["5"], revision=None, now=NOW)
    note_sender(ready, response_id="r1", sender="telegram:70009", key=b"k", now=NOW)
    assert ready.scalars(select(SenderTrace)).all() == []
    assert send_response(ready, response_id="r1", receipt_code="c", now=NOW) == Sent("c")
    stored = dump(ready)
    assert "70009" not in cells(row for rows in stored.values() for row in rows)
    assert {row["mode"] for row in stored["response"]} == {"chat"}


def test_unfinished_response_stays_as_it_is(ready):
    invite_staff(ready, "E1001")
    response = begin(ready, "E1001", {"pay": ("3",)})
    outcome = send_response(ready, response_id=response, receipt_code="c", now=NOW)
    assert isinstance(outcome, Reask)
    assert ready.scalars(select(Invitation.visit)).all() == ["E1001"]
    assert ready.scalars(select(Answer.value)).all() == ["3"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (update(Response).values(sent_at=NOW), "blind_response_not_parted"),
        (update(Response).values(consented_at=NOW), "blind_response_not_parted"),
        (update(Invitation).values(visit="E1001"), "blind_response_not_parted"),
        (update(Invitation).values(created_at=NOW), "blind_response_not_parted"),
        (update(Invitation).values(person_key="p"), "blind_response_not_parted"),
    ],
)
def test_doctor_finds_what_joins(ready, statement, code):
    invite_staff(ready, "E1001")
    answer(ready, "E1001")
    ready.execute(statement)
    ready.expire_all()
    assert [finding.code for check in CHECKS for finding in check(ready)] == [code]


def test_doctor_finds_tickets_and_trails_that_join(ready):
    invite_staff(ready, "E1001")
    answer(ready, "E1001")
    ready.expire_all()
    response = ready.scalars(select(Response)).one()
    for row in (
        Ticket(hash="h", invitation_id=response.invitation_id, created_at=NOW),
        SenderTrace(response_id=response.id, period="2026-10", sender="s"),
        AuditRow(at=NOW, actor="patient", action="x", subject=f"response:{response.id}", details={}),
    ):
        ready.add(row)
        ready.flush()
        assert [finding.code for check in CHECKS for finding in check(ready)] == ["blind_response_not_parted"]
        ready.delete(row)
        ready.flush()
    assert doctor(ready) == []


def test_doctor_finds_visits_that_were_forgotten(ready):
    invite_staff(ready, "E1001")
    ready.delete(ready.get(BlindVisit, (JIA, "E1001")))
    ready.flush()
    assert [finding.code for check in CHECKS for finding in check(ready)] == ["blind_visit_forgotten"]


def test_staff_may_answer_about_their_own_unit(ready):
    """The refusal of staff is for surveys of patients."""
    ready.add(Person(id="li", name="李", language="zh", active=True))
    ready.flush()
    ready.add(Role(person_id="li", role="staff", unit_code=JIA))
    ready.flush()
    invite_staff(ready, "E1001")
    assert open_ticket(ready, ticket="t-E1001", mode="page", person_id="li", new_id="r", now=NOW).response_id == "r"
