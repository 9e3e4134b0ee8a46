"""Drafts of questionnaires and their trials: content that changes until launch, answers that vanish."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.models import TextPrompt
from locales.errors import DomainError
from storage.audit import AuditRow
from storage.base import Base
from surveys.fielding import dispositions
from surveys.invariants import check_surveys
from surveys.models import Answer, Invitation, QuestionnaireVersion, Response, Ticket
from surveys.questionnaires import apply_questionnaire, in_use, load
from surveys.responses import Sent, open_ticket, record_answer, response_by_receipt, send_response, sitting
from tests.surveys.cast import NOW, agree, choice, fill, invite_visit, set_up, small_document

CODE = "7Q2M-0KXD-94TB"
LAUNCHED = small_document(choice("a"))
DRAFT = small_document(choice("a"), choice("b"), version="2", is_draft=True)


def apply(session, document) -> bool:
    return apply_questionnaire(session, document=document, now=NOW)


@pytest.fixture
def prepared(session):
    set_up(session, LAUNCHED)
    apply(session, DRAFT)
    return session


def begin_trial(session) -> str:
    """Somebody tries the draft by a test link."""
    invitation = invite_visit(session, "try", ticket="try")
    session.execute(
        update(Invitation).where(Invitation.id == invitation).values(stream="test", questionnaire_version="2")
    )
    session.expire_all()
    draft = open_ticket(session, ticket="try", mode="page", new_id="r-try", now=NOW)
    assert (draft.stream, draft.questionnaire.version) == ("test", "2")
    agree(session, draft.response_id)
    return draft.response_id


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_draft_stands_beside_what_is_in_use(prepared):
    assert in_use(prepared, "outpatient") == ("small", "1")
    found = load(prepared, "small", "2")
    assert (found.is_draft, len(found.questions)) == (True, 2)


def test_draft_may_change_and_is_then_the_new_one(prepared):
    changed = small_document(choice("c"), version="2", is_draft=True, kinds=["inpatient"])
    assert apply(prepared, changed)
    assert not apply(prepared, changed)
    assert [question.id for question in load(prepared, "small", "2").questions] == ["c"]
    assert prepared.scalar(select(QuestionnaireVersion.kinds).where(QuestionnaireVersion.version == "2")) == [
        "inpatient"
    ]


def test_launch_freezes(prepared):
    launched = {**DRAFT, "is_draft": False}
    assert apply(prepared, launched)
    assert in_use(prepared, "outpatient") == ("small", "2")
    assert not load(prepared, "small", "2").is_draft
    assert not apply(prepared, launched)
    for other in (DRAFT, small_document(choice("c"), version="2"), {**LAUNCHED, "is_draft": True}):
        with pytest.raises(DomainError) as refused:
            apply(prepared, other)
        assert refused.value.code == "questionnaire_version_frozen"
    assert in_use(prepared, "outpatient") == ("small", "2")


def test_draft_that_may_not_be_asked_is_refused_too(prepared):
    with pytest.raises(DomainError) as refused:
        apply(prepared, {**DRAFT, "thanks": {"zh": "谢"}})
    assert refused.value.code == "key_missing"


def test_changed_draft_forgets_the_answers_of_its_trials(prepared):
    response = begin_trial(prepared)
    record_answer(prepared, response_id=response, question_id="a", values=["yes"], revision=0, now=NOW)
    apply(prepared, small_document(choice("a", "maybe"), version="2", is_draft=True))
    found = sitting(prepared, response_id=response)
    assert (found.answers, found.revision) == ({}, 2)  # and the buttons of before are stale


def test_draft_is_audited_as_such(prepared):
    details = prepared.scalars(select(AuditRow.details).where(AuditRow.subject == "questionnaire:small:2")).all()
    assert [each["draft"] for each in details] == ["yes"]


# --- trials ---------------------------------------------------------------------------------------------------------


def tables_with(session, *words: str) -> list[str]:
    """The tables, but for the audit trail, in which one of the words stands."""
    return [
        table.name
        for table in Base.metadata.sorted_tables
        if table.name != "audit" and any(word in str(session.execute(select(table)).all()) for word in words)
    ]


def test_sent_trial_leaves_nothing_and_is_counted_nowhere(prepared):
    response = begin_trial(prepared)
    record_answer(prepared, response_id=response, question_id="a", values=["yes"], revision=0, now=NOW)
    prepared.add(TextPrompt(channel="local", chat="1", response_id=response, question_id="a", revision=1))
    dispositions.note(prepared, invitation_id="i-jia-try", disposition=dispositions.STARTED, now=NOW)
    prepared.flush()
    assert send_response(prepared, response_id=response, receipt_code=CODE, now=NOW) == Sent(CODE)
    assert tables_with(prepared, "r-try", "i-jia-try") == []
    for model in (Response, Answer, Ticket, Invitation):
        assert prepared.scalars(select(model)).all() == []
    assert "tally" not in tables_with(prepared, "small")
    with pytest.raises(DomainError) as refused:
        response_by_receipt(prepared, receipt_code=CODE)
    assert refused.value.code == "receipt_unfound"
    assert check_surveys(prepared) == []


def test_trial_leaves_the_others_alone(prepared):
    real = fill(prepared, {"a": "yes"}, "v1")
    send_response(prepared, response_id=begin_trial(prepared), receipt_code=CODE, now=NOW)
    send_response(prepared, response_id=real, receipt_code="other", now=NOW)
    assert prepared.scalars(select(Response.id)).all() == [real]
    assert prepared.scalars(select(Invitation.id)).all() == ["i-jia-v1"]
    steps = [each.disposition for each in dispositions.history(prepared, invitation_id="i-jia-v1")]
    assert steps == ["invited", "started", "partial", "complete"]


def test_trial_misses_what_is_required_as_others_do(session):
    set_up(session, LAUNCHED)
    apply(session, small_document(choice("a", required=True), version="2", is_draft=True))
    refused = send_response(session, response_id=begin_trial(session), receipt_code=CODE, now=NOW)
    assert getattr(refused, "code", None) == "answers_missing"


def test_trial_is_audited_without_answers(prepared):
    response = begin_trial(prepared)
    send_response(prepared, response_id=response, receipt_code=CODE, now=NOW)
    actions = prepared.scalars(
        select(AuditRow.action).where(AuditRow.subject == f"response:{response}").order_by(AuditRow.id)
    ).all()
    assert actions == ["open_response", "give_consent", "consent_to_text", "send_trial"]


def test_trial_under_way_is_no_fault_of_the_tables(prepared):
    response = begin_trial(prepared)
    prepared.add(Answer(response_id=response, question_id="gone", place=0, value="x"))
    prepared.flush()
    assert check_surveys(prepared) == []
