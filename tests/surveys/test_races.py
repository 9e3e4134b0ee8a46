"""Several people, doors and taps at the same moment, as threads in transactions of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import DomainError, Reask
from storage.audit import AuditRow
from surveys.models import Answer, Invitation, Response, Ticket
from surveys.questionnaires import apply_questionnaire
from surveys.responses import (
    Sent,
    Sitting,
    give_consent,
    open_ticket,
    record_answer,
    record_page,
    send_response,
    sitting,
    withdraw_response,
)
from surveys.tallies import counts, recount, satisfaction
from tests.surveys.cast import BEST, JIA, NOW, TICKET, begin_in_chat, choice, fill, invite_visit, set_up, small_document

pytestmark = pytest.mark.both_databases

AT_ONCE = 8
OCTOBER = Period.parse("2026-10")


def together(database, *acts: Callable[[Session], Any]) -> list[Any]:
    """Each act in its own thread and transaction, all started by one barrier; a refusal gives its code."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            with database.transaction() as session:
                return act(session)
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def prepared(database, act: Callable[[Session], Any]) -> Any:
    with database.transaction() as session:
        set_up(session)
        return act(session)


def look(database, act: Callable[[Session], Any]) -> Any:
    with database.transaction() as session:
        return act(session)


def test_ticket_opened_by_many_accounts_at_once_belongs_to_one(database):
    prepared(database, invite_visit)

    def opening(number: int) -> Callable[[Session], Any]:
        return lambda session: open_ticket(
            session, ticket=TICKET, mode="chat", channel="telegram", account=str(number), new_id=f"r{number}", now=NOW
        )

    results = together(database, *(opening(number) for number in range(AT_ONCE)))
    won = [result for result in results if isinstance(result, Sitting)]
    assert len(won) == 1
    assert sorted(result for result in results if isinstance(result, str)) == ["ticket_taken"] * (AT_ONCE - 1)
    rows = look(database, lambda session: session.execute(select(Response.id, Response.account)).all())
    assert [tuple(row) for row in rows] == [(won[0].response_id, won[0].account)]


def test_ticket_opened_by_chat_and_page_at_once_is_one_mixed_response(database):
    prepared(database, invite_visit)
    results = together(
        database,
        lambda session: begin_in_chat(session, new_id="r-chat"),
        *(
            (
                lambda session, number=number: open_ticket(
                    session, ticket=TICKET, mode="page", new_id=f"p{number}", now=NOW
                )
            )
            for number in range(3)
        ),
    )
    ids = {result if isinstance(result, str) else result.response_id for result in results}
    assert len(ids) == 1
    rows = look(database, lambda session: session.execute(select(Response.mode, Response.account)).all())
    assert [tuple(row) for row in rows] == [("mixed", "70001")]


def test_double_send_is_sent_once_and_counted_once(database):
    response = prepared(database, lambda session: fill(session, BEST, "v1"))
    results = together(
        database,
        *(
            (lambda session, n=n: send_response(session, response_id=response, receipt_code=f"code-{n}", now=NOW))
            for n in range(AT_ONCE)
        ),
    )
    assert sum(isinstance(result, Sent) for result in results) == 1
    assert sum(result == "response_sent" for result in results) == AT_ONCE - 1
    figures = look(database, lambda session: satisfaction(session, period=OCTOBER)[JIA])
    assert figures.n == 1
    audited = look(
        database,
        lambda session: session.scalar(select(func.count()).where(AuditRow.action == "send_response")),
    )
    assert audited == 1


def test_double_tap_is_stored_once(database):
    def begin(session):
        invite_visit(session)
        return begin_in_chat(session)

    response = prepared(database, begin)
    results = together(
        database,
        *(
            (
                lambda session, value=value: record_answer(
                    session, response_id=response, question_id="clean", values=[value], revision=0, now=NOW
                )
            )
            for value in "12345123"
        ),
    )
    stored = [result for result in results if isinstance(result, Sitting)]
    assert len(stored) == 1
    assert [result for result in results if isinstance(result, Reask)] == [Reask("button_stale")] * 7
    found = look(database, lambda session: sitting(session, response_id=response))
    assert (found.answers, found.revision) == (stored[0].answers, 1)


def test_answer_and_send_at_once_never_change_what_was_sent(database):
    for number in range(4):
        response = (prepared if number == 0 else look)(
            database, lambda session, number=number: fill(session, BEST, f"v{number}")
        )
        together(
            database,
            lambda session, r=response: send_response(session, response_id=r, receipt_code=f"code {r}", now=NOW),
            lambda session, r=response: record_answer(
                session, response_id=r, question_id="clean", values=["1"], revision=None, now=NOW
            ),
            lambda session, r=response: record_page(session, response_id=r, answers={"clean": ["2"]}, now=NOW),
        )
    tallied, recounted = look(
        database, lambda session: (counts(session, period=OCTOBER), recount(session, period=OCTOBER))
    )
    assert tallied == recounted
    assert look(database, lambda session: satisfaction(session, period=OCTOBER)[JIA].n) == 4


def test_many_patients_of_one_unit_send_at_once_and_all_are_counted(database):
    def several(session):
        other_order = {**BEST, "clean": "1", "overall": "1", "signs": "na"}
        return [fill(session, answers, f"v{n}") for n, answers in enumerate([BEST, other_order] * (AT_ONCE // 2))]

    responses = prepared(database, several)
    results = together(
        database,
        *(
            (lambda session, r=r: send_response(session, response_id=r, receipt_code=f"code {r}", now=NOW))
            for r in responses
        ),
    )
    assert all(isinstance(result, Sent) for result in results)
    tallied, recounted = look(
        database, lambda session: (counts(session, period=OCTOBER), recount(session, period=OCTOBER))
    )
    assert tallied == recounted
    assert look(database, lambda session: satisfaction(session, period=OCTOBER)[JIA].n) == AT_ONCE


def test_response_withdrawn_twice_at_once_is_taken_back_once(database):
    def sent(session):
        for number in range(3):
            response = fill(session, BEST, f"v{number}")
            send_response(session, response_id=response, receipt_code=f"code {number}", now=NOW)

    prepared(database, sent)
    results = together(
        database,
        *[lambda session: withdraw_response(session, receipt_code="code 0", is_settled=False, now=NOW)] * AT_ONCE,
    )
    assert sum(isinstance(result, Sitting) for result in results) == 1
    assert results.count("response_withdrawn") == AT_ONCE - 1
    tallied, recounted = look(
        database, lambda session: (counts(session, period=OCTOBER), recount(session, period=OCTOBER))
    )
    assert tallied == recounted
    assert look(database, lambda session: satisfaction(session, period=OCTOBER)[JIA].n) == 2


def test_sending_and_withdrawing_at_once_never_lock_up(database):
    def some(session):
        responses = [fill(session, {**BEST, "clean": str(1 + n % 5)}, f"v{n}") for n in range(AT_ONCE)]
        for n in range(AT_ONCE // 2):
            send_response(session, response_id=responses[n], receipt_code=f"code {n}", now=NOW)
        return responses

    responses = prepared(database, some)
    results = together(
        database,
        *(
            (lambda s, n=n: withdraw_response(s, receipt_code=f"code {n}", is_settled=False, now=NOW))
            for n in range(AT_ONCE // 2)
        ),
        *(
            (lambda s, n=n: send_response(s, response_id=responses[n], receipt_code=f"code {n}", now=NOW))
            for n in range(AT_ONCE // 2, AT_ONCE)
        ),
    )
    assert all(isinstance(result, Sitting | Sent) for result in results)
    tallied, recounted = look(
        database, lambda session: (counts(session, period=OCTOBER), recount(session, period=OCTOBER))
    )
    assert tallied == recounted
    assert look(database, lambda session: satisfaction(session, period=OCTOBER)[JIA].n) == AT_ONCE // 2


def test_visit_invited_by_many_at_once_is_invited_once(database):
    prepared(database, lambda session: None)
    results = together(
        database,
        *((lambda session, n=n: invite_visit(session, ticket=f"ticket {n}")) for n in range(AT_ONCE)),
    )
    assert set(results) == {"i-jia-v1"}
    rows = look(
        database,
        lambda session: [session.scalar(select(func.count()).select_from(model)) for model in (Invitation, Ticket)],
    )
    assert rows == [1, 1]


def test_questionnaire_applied_by_many_at_once_is_one_version(database):
    prepared(database, lambda session: None)
    document = small_document(choice("a"), kinds=["inpatient"])
    results = together(
        database,
        *[lambda session: apply_questionnaire(session, document=document, now=NOW)] * AT_ONCE,
    )
    assert sorted(results) == [False] * (AT_ONCE - 1) + [True]


def test_consent_and_answers_through_the_servers_door_share_commits(database):
    def begin(session):
        for number in range(AT_ONCE):
            invite_visit(session, f"v{number}", ticket=f"t{number}")

    prepared(database, begin)

    def one(number: int) -> Callable[[Session], Any]:
        def act(session: Session) -> Any:
            draft = open_ticket(session, ticket=f"t{number}", mode="page", new_id=f"r{number}", now=NOW)
            give_consent(session, response_id=draft.response_id, now=NOW)
            if number == 0:
                raise DomainError("not_allowed")
            return record_page(session, response_id=draft.response_id, answers=BEST, now=NOW)[0].response_id

        return act

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(database.run(one(n)) for n in range(AT_ONCE)), return_exceptions=True)

    failed, *stored = asyncio.run(all_at_once())
    assert isinstance(failed, DomainError)
    assert sorted(stored) == [f"r{number}" for number in range(1, AT_ONCE)]
    answers = look(database, lambda session: session.scalar(select(func.count()).select_from(Answer)))
    assert answers == len(BEST) * (AT_ONCE - 1)
    assert look(database, lambda session: session.get(Response, "r0")) is None
