"""Writing to a draft: several values, both consents, what comes of the invitation, values of every type."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from consortium.models import Account, Person, Role
from locales.errors import DomainError, Reask, explain
from storage.audit import AuditRow
from surveys.conversation import SKIPPED
from surveys.fielding import dispositions
from surveys.models import Answer, Invitation, Response
from surveys.responses import (
    Sent,
    Sitting,
    consent_to_text,
    give_consent,
    open_ticket,
    record_answer,
    record_page,
    send_response,
    sitting,
)
from tests.surveys.cast import NOW, choice, free_text, invite_visit, set_up, small_document, wording

EVERY_TYPE = small_document(
    choice("several", "a", "b", "c", "none", repeats=True, least=2),
    choice("other", "a", constraint="optionsOrString", max_length=10),
    {"id": "yes", "type": "boolean", "text": wording("yes")},
    {"id": "count", "type": "integer", "text": wording("count"), "minimum": 0, "maximum": 10},
    {"id": "weight", "type": "decimal", "text": wording("weight")},
    {"id": "day", "type": "date", "text": wording("day")},
    {"id": "hour", "type": "time", "text": wording("hour")},
    {"id": "moment", "type": "dateTime", "text": wording("moment")},
    {"id": "line", "type": "string", "text": wording("line")},
    free_text("words"),
    {"id": "site", "type": "string", "text": wording("site"), "hidden": True, "initial": ["ward 3"]},
    {"id": "wave", "type": "integer", "text": wording("wave"), "read_only": True, "initial": [2]},
)
EVERY_ANSWER = {
    "several": ("a", "c"), "other": ("~别的",), "yes": ("true",), "count": ("7",), "weight": ("3.50",),
    "day": ("2026-03-01",), "hour": ("08:30:00",), "moment": ("2026-03-01T08:30:00+08:00",), "line": ("一行",),
    "words": ("两\n行",),
}  # fmt: skip


@pytest.fixture
def draft(session) -> str:
    """A page opened with consent to the notice only."""
    set_up(session, EVERY_TYPE)
    invite_visit(session, ticket="t")
    open_ticket(session, ticket="t", mode="page", new_id="r1", now=NOW)
    give_consent(session, response_id="r1", now=NOW)
    return "r1"


def record(session, question: str, *values: str, revision: int | None = None):
    return record_answer(session, response_id="r1", question_id=question, values=values, revision=revision, now=NOW)


def rows(session) -> list[tuple[str, int, str]]:
    found = session.execute(
        select(Answer.question_id, Answer.place, Answer.value).order_by(Answer.question_id, Answer.place)
    )
    return [tuple(row) for row in found]


def test_answer_of_every_type_is_kept_and_read_back(session, draft):
    consent_to_text(session, response_id=draft, now=NOW)
    saved, refused = record_page(session, response_id=draft, answers=EVERY_ANSWER, now=NOW)
    assert (saved.answers, refused) == (EVERY_ANSWER, {})
    assert sitting(session, response_id=draft).answers == EVERY_ANSWER
    for question, values in EVERY_ANSWER.items():  # and in chat the same
        stored = record(session, question, *values)
        assert isinstance(stored, Sitting)
        assert stored.answers == EVERY_ANSWER
    assert stored.revision == 1


def test_several_answers_have_a_row_each_in_their_order(session, draft):
    record(session, "several", "c", "a")
    assert rows(session) == [("several", 0, "a"), ("several", 1, "c")]
    record(session, "several", "b")
    assert rows(session) == [("several", 0, "b")]
    saved = record(session, "several")
    assert isinstance(saved, Sitting)
    assert (saved.answers, saved.revision, rows(session)) == ({"several": SKIPPED}, 3, [("several", 0, "")])
    assert sitting(session, response_id=draft).answers == {"several": SKIPPED}


def test_the_same_several_in_another_order_is_no_change(session, draft):
    record(session, "several", "c", "a")
    again = record(session, "several", "a", "c")
    assert isinstance(again, Sitting)
    assert again.revision == 1


def test_too_few_are_kept_but_not_sent(session, draft):
    record(session, "several", "a")
    refused = send_response(session, response_id=draft, receipt_code="code", now=NOW)
    assert refused == Reask("too_few_answers", {"least": 2, "questions": ("several",)})
    assert all("{" not in explain(language, refused) for language in ("zh", "en"))
    record(session, "several", "a", "b")
    assert send_response(session, response_id=draft, receipt_code="code", now=NOW) == Sent("code")


def test_hidden_and_fixed_values_are_kept_when_the_response_is_sent(session, draft):
    record(session, "yes", "true")
    assert [question for question, _, _ in rows(session)] == ["yes"]
    send_response(session, response_id=draft, receipt_code="code", now=NOW)
    assert sitting(session, response_id=draft).answers == {"yes": ("true",), "site": ("ward 3",), "wave": ("2",)}


def test_nobody_sets_what_is_hidden(session, draft):
    assert record(session, "site", "elsewhere") == Reask("question_not_asked")
    saved, refused = record_page(session, response_id=draft, answers={"site": ["x"], "wave": ["9"]}, now=NOW)
    assert (saved.answers, refused) == ({}, {})


# --- consent to free text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "value"), [("words", "好"), ("line", "好"), ("other", "~好")])
def test_own_words_need_a_consent_of_their_own(session, draft, question, value):
    assert record(session, question, value) == Reask("text_consent_missing")
    assert rows(session) == []
    agreed = consent_to_text(session, response_id=draft, now=NOW)
    assert agreed.text_consented
    saved = record(session, question, value)
    assert isinstance(saved, Sitting)
    assert saved.answers == {question: (value,)}


def test_what_is_not_in_own_words_needs_none(session, draft):
    for question in ("several", "other", "yes", "count", "day"):
        values = ("a", "b") if question == "several" else ("a",) if question == "other" else EVERY_ANSWER[question]
        assert isinstance(record(session, question, *values), Sitting)
    for question in ("words", "line"):
        saved = record(session, question)
        assert isinstance(saved, Sitting)  # passing over needs none either
        assert saved.answers[question] == SKIPPED


def test_page_keeps_all_but_the_words_without_consent(session, draft):
    saved, refused = record_page(session, response_id=draft, answers=EVERY_ANSWER, now=NOW)
    without = {name: values for name, values in EVERY_ANSWER.items() if name not in ("words", "line", "other")}
    assert saved.answers == without
    assert refused == dict.fromkeys(("other", "line", "words"), Reask("text_consent_missing"))


def test_unreadable_words_without_consent_are_first_asked_again(session, draft):
    assert record(session, "words", "x" * 501) == Reask("answer_too_long", {"limit": 500})


def test_consent_to_text_is_kept_once_with_the_notice_and_after_the_first(session, draft):
    consent_to_text(session, response_id=draft, now=NOW)
    consent_to_text(session, response_id=draft, now=NOW)
    assert session.scalar(select(Response.text_consented_at)) == NOW
    audited = session.execute(select(AuditRow.details).where(AuditRow.action == "consent_to_text")).all()
    assert [tuple(row) for row in audited] == [({"notice": "1"},)]


def test_consent_to_text_needs_the_first_consent(session):
    set_up(session, EVERY_TYPE)
    invite_visit(session, ticket="t")
    open_ticket(session, ticket="t", mode="page", new_id="r1", now=NOW)
    with pytest.raises(DomainError) as refused:
        consent_to_text(session, response_id="r1", now=NOW)
    assert refused.value.code == "consent_missing"


# --- what has come of the invitation --------------------------------------------------------------------------------


def steps(session) -> list[str]:
    return [each.disposition for each in dispositions.history(session, invitation_id="i-jia-v1")]


def test_invitation_is_started_partial_and_complete_once_each(session, draft):
    assert steps(session) == ["invited", "started"]
    record(session, "yes", "true")
    record(session, "yes", "false")
    record_page(session, response_id=draft, answers={"count": ["1"]}, now=NOW)
    assert steps(session) == ["invited", "started", "partial"]
    send_response(session, response_id=draft, receipt_code="code", now=NOW)
    assert steps(session) == ["invited", "started", "partial", "complete"]


def test_refused_answer_is_no_step(session, draft):
    record(session, "count", "11")
    assert steps(session) == ["invited", "started"]
    assert session.scalar(select(func.count()).select_from(Answer)) == 0


# --- staff ----------------------------------------------------------------------------------------------------------


def works_for(session, unit: str, account: str) -> None:
    """Li represents a unit and is known in chat by an account."""
    session.add(Person(id="li", name="Li", language="zh", active=True))
    session.flush()
    session.add(Role(person_id="li", role="representative", unit_code=unit))
    session.add(
        Account(
            channel="telegram", account=account, person_id="li", display_name="Li", requested_at=NOW, confirmed_at=NOW
        )
    )
    session.flush()


def open_in_chat(session):
    return open_ticket(session, ticket="t", mode="chat", channel="telegram", account="70001", new_id="r1", now=NOW)


def test_staff_do_not_answer_for_their_own_unit_and_nothing_is_opened(session):
    set_up(session, EVERY_TYPE)
    invite_visit(session, ticket="t")
    works_for(session, "jia", "70001")
    for act in (
        lambda: open_in_chat(session),
        lambda: open_ticket(session, ticket="t", mode="page", person_id="li", new_id="r1", now=NOW),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "staff_of_unit"
    assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_staff_of_another_unit_are_patients_as_others(session):
    set_up(session, EVERY_TYPE)
    invite_visit(session, ticket="t")
    works_for(session, "yi", "70001")
    assert open_in_chat(session).response_id == "r1"


def test_staff_may_try_a_draft(session):
    set_up(session, EVERY_TYPE)
    invitation = invite_visit(session, ticket="t")
    session.execute(update(Invitation).where(Invitation.id == invitation).values(stream="test"))
    works_for(session, "jia", "70001")
    assert open_in_chat(session).stream == "test"
