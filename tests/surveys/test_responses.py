"""One response from ticket to receipt: opening, answering, correcting, mixing chat and page, sending once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from locales.errors import DomainError, Reask, explain
from storage.audit import AuditRow
from surveys.conversation import SKIPPED, Ask, accept, next_step
from surveys.invitations import WINDOW
from surveys.models import Answer, Response
from surveys.receipts import receipt_hash
from surveys.responses import (
    Sent,
    Sitting,
    give_consent,
    open_ticket,
    record_answer,
    record_page,
    remember_message,
    send_response,
    set_language,
    sitting,
    sitting_in_chat,
    view_ticket,
)
from tests.surveys.cast import (
    BEST,
    HER_SISTER,
    JIA,
    LEFT,
    MEI,
    NOW,
    TICKET,
    agree,
    begin_in_chat,
    fill,
    invite_visit,
    outpatient,
    said,
)
from tests.surveys.hostile import HOSTILE

EXPIRY = LEFT + WINDOW
TICK = timedelta(microseconds=1)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    for language in ("zh", "en"):
        assert "{" not in explain(language, refused.value)
    return refused.value.code


def chat(session, who=MEI, *, ticket=TICKET, new_id="r1", now=NOW) -> Sitting:
    channel, account = who
    return open_ticket(session, ticket=ticket, mode="chat", channel=channel, account=account, new_id=new_id, now=now)


def page(session, *, ticket=TICKET, new_id="r1", now=NOW) -> Sitting:
    return open_ticket(session, ticket=ticket, mode="page", new_id=new_id, now=now)


def answer(session, response_id, question, *values, revision=None, now=NOW) -> Sitting:
    result = record_answer(
        session, response_id=response_id, question_id=question, values=values, revision=revision, now=now
    )
    assert isinstance(result, Sitting), result
    return result


def send(session, response_id, *, code="7Q2M-0KXD-94T1", now=NOW):
    return send_response(session, response_id=response_id, receipt_code=code, now=now)


def answers_in_database(session, response_id) -> dict[str, tuple[str, ...]]:
    rows = session.execute(
        select(Answer.question_id, Answer.value).where(Answer.response_id == response_id).order_by(Answer.place)
    )
    found: dict[str, tuple[str, ...]] = {}
    for question, value in rows:
        found[question] = (*found.get(question, ()), value)
    return {question: () if values == ("",) else values for question, values in found.items()}


# --- opening ------------------------------------------------------------------------------------------------------


def test_open_ticket_in_chat_begins_a_draft_for_that_account(ready):
    invite_visit(ready)
    draft = chat(ready)
    assert draft == Sitting(
        response_id="r1", questionnaire=outpatient(), answers={}, revision=0, language="zh", consented=False,
        sent=False, unit_code=JIA, unit_name={"zh": "人民医院", "en": "jia"}, mode="chat", channel="telegram",
        account="70001", message_ref=None, expires_at=EXPIRY, notice_version="1", invitation_id="i-jia-v1",
    )  # fmt: skip
    assert sitting(ready, response_id="r1") == draft
    assert sitting_in_chat(ready, channel="telegram", account="70001") == draft


def test_open_ticket_speaks_the_language_of_the_invitation(ready):
    invite_visit(ready, language="en")
    assert page(ready).language == "en"


def test_open_ticket_again_in_the_same_chat_resumes(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    again = chat(ready, new_id="r2", now=NOW + timedelta(days=5))
    assert (again.response_id, again.answers, again.consented, again.mode) == ("r1", said({"clean": "4"}), True, "chat")


def test_open_ticket_from_another_account_is_refused_and_changes_nothing(ready):
    invite_visit(ready)
    chat(ready)
    for other in (HER_SISTER, ("local", "70001"), ("telegram", "7000")):
        assert code_of(lambda other=other: chat(ready, other, new_id="r2")) == "ticket_taken"
        assert sitting_in_chat(ready, channel=other[0], account=other[1]) is None
    assert sitting(ready, response_id="r1").account == "70001"


def test_page_of_a_ticket_taken_in_chat_is_allowed_and_mixes(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    on_page = page(ready, new_id="r2")
    assert (on_page.response_id, on_page.mode, on_page.answers) == ("r1", "mixed", said({"clean": "4"}))
    assert sitting_in_chat(ready, channel=MEI[0], account=MEI[1]) == on_page


def test_chat_after_the_page_takes_the_draft_over_and_mixes(ready):
    invite_visit(ready)
    page(ready)
    draft = chat(ready, new_id="r2")
    assert (draft.response_id, draft.mode, draft.account) == ("r1", "mixed", "70001")
    assert code_of(lambda: chat(ready, HER_SISTER)) == "ticket_taken"


def test_page_opened_twice_stays_a_page_and_writes_one_audit_row(ready):
    invite_visit(ready)
    page(ready)
    assert page(ready, new_id="r2").mode == "page"
    actions = ready.scalars(select(AuditRow.action).where(AuditRow.subject == "response:r1")).all()
    assert actions == ["open_response"]


def test_mixed_stays_mixed_through_any_door(ready):
    invite_visit(ready)
    page(ready)
    assert [chat(ready).mode, page(ready).mode, chat(ready).mode] == ["mixed"] * 3


def test_open_ticket_that_does_not_exist_is_unknown(ready):
    invite_visit(ready)
    for ticket in ("", "nonsense", TICKET + "x", TICKET.upper(), *HOSTILE):
        assert code_of(lambda ticket=ticket: page(ready, ticket=ticket)) == "ticket_unknown"
        assert code_of(lambda ticket=ticket: chat(ready, ticket=ticket)) == "ticket_unknown"
        assert code_of(lambda ticket=ticket: view_ticket(ready, ticket=ticket, now=NOW)) == "ticket_unknown"


@pytest.mark.parametrize(
    ("now", "code"), [(EXPIRY - TICK, None), (EXPIRY, "ticket_expired"), (EXPIRY + TICK, "ticket_expired")]
)
def test_ticket_expires_at_the_exact_instant(ready, now, code):
    invite_visit(ready)
    for open_it in (lambda: page(ready, now=now), lambda: chat(ready, now=now)):
        if code is None:
            assert open_it().response_id == "r1"
        else:
            assert code_of(open_it) == code


def test_ticket_of_a_sent_response_is_used_even_when_it_is_expired_too(ready):
    send(ready, fill(ready, BEST, "v1"))
    for now in (NOW, NOW + WINDOW * 2):
        assert code_of(lambda now=now: page(ready, ticket="t-jia-v1", now=now)) == "ticket_used"
        assert code_of(lambda now=now: chat(ready, ticket="t-jia-v1", now=now)) == "ticket_used"
        assert code_of(lambda now=now: view_ticket(ready, ticket="t-jia-v1", now=now)) == "ticket_used"


def test_open_ticket_through_half_a_door_is_a_fault_of_the_caller(ready):
    invite_visit(ready)
    for door in (
        {"mode": "chat"},
        {"mode": "chat", "account": "1"},
        {"mode": "page", "channel": "local", "account": "1"},
        {"mode": "fax"},
    ):
        with pytest.raises(ValueError, match="opened by"):
            open_ticket(ready, ticket=TICKET, new_id="r1", now=NOW, **door)


def test_view_ticket_opens_nothing(ready):
    invite_visit(ready, language="en")
    seen = view_ticket(ready, ticket=TICKET, now=NOW)
    assert (seen.response_id, seen.questionnaire, seen.answers, seen.language) == ("", outpatient(), {}, "en")
    assert (seen.consented, seen.sent, seen.unit_name["zh"]) == (False, False, "人民医院")
    assert ready.scalar(select(func.count()).select_from(Response)) == 0


def test_view_ticket_shows_an_open_draft_without_mixing(ready):
    invite_visit(ready)
    answer(ready, begin_in_chat(ready), "clean", "4")
    assert view_ticket(ready, ticket=TICKET, now=NOW).answers == said({"clean": "4"})
    assert sitting(ready, response_id="r1").mode == "chat"


def test_sitting_in_chat_is_the_draft_touched_last(ready):
    invite_visit(ready, "v1", ticket="t1")
    invite_visit(ready, "v2", ticket="t2")
    first = begin_in_chat(ready, "t1", new_id="r1")
    begin_in_chat(ready, "t2", new_id="r2", now=NOW + TICK)
    channel, account = MEI

    def current() -> str:
        found = sitting_in_chat(ready, channel=channel, account=account)
        assert found is not None
        return found.response_id

    assert current() == "r2"
    answer(ready, first, "clean", "5", now=NOW + 2 * TICK)
    assert current() == "r1"
    chat(ready, ticket="t2", now=NOW + 3 * TICK)
    assert current() == "r2"


def test_sitting_of_nobody_is_unknown(ready):
    assert code_of(lambda: sitting(ready, response_id="nobody")) == "response_unknown"
    assert sitting_in_chat(ready, channel="telegram", account="70001") is None


# --- consent ------------------------------------------------------------------------------------------------------


def test_without_consent_nothing_is_taken(ready):
    invite_visit(ready)
    chat(ready)
    assert code_of(lambda: answer(ready, "r1", "clean", "5")) == "consent_missing"
    assert code_of(lambda: record_page(ready, response_id="r1", answers=BEST, now=NOW)) == "consent_missing"
    assert code_of(lambda: send(ready, "r1")) == "consent_missing"
    assert answers_in_database(ready, "r1") == {}


def test_consent_is_stored_once_with_the_version_of_the_notice(ready):
    invite_visit(ready)
    chat(ready)
    assert give_consent(ready, response_id="r1", now=NOW).consented
    give_consent(ready, response_id="r1", now=NOW + TICK)
    stored = ready.execute(select(Response.consented_at, Response.notice_version, Response.revision)).one()
    assert tuple(stored) == (NOW, "1", 0)
    assert ready.scalars(select(AuditRow.action).where(AuditRow.action == "give_consent")).all() == ["give_consent"]


# --- answering ----------------------------------------------------------------------------------------------------


def test_record_answer_stores_and_raises_the_revision(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    first = answer(ready, response, "clean", "4", revision=0)
    second = answer(ready, response, "signs", "na", revision=1)
    assert (first.revision, second.revision) == (1, 2)
    assert second.answers == said({"clean": "4", "signs": "na"}) == answers_in_database(ready, response)
    assert sitting(ready, response_id=response) == second


def test_record_answer_by_a_double_tap_stores_once(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4", revision=0)
    again = record_answer(ready, response_id=response, question_id="clean", values=("4",), revision=0, now=NOW)
    assert again == Reask("button_stale")
    assert sitting(ready, response_id=response).revision == 1


def test_record_answer_by_a_stale_button_changes_nothing(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    for revision in (-1, 0, 2, 10**9):
        stale = record_answer(
            ready, response_id=response, question_id="clean", values=("1",), revision=revision, now=NOW
        )
        assert stale == Reask("button_stale")
    assert answers_in_database(ready, response) == said({"clean": "4"})


def test_record_answer_given_again_is_no_change(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    rows = ready.scalar(select(func.count()).select_from(AuditRow))
    assert answer(ready, response, "clean", "4", revision=1).revision == 1
    assert ready.scalar(select(func.count()).select_from(AuditRow)) == rows


def test_record_answer_corrects_and_drops_the_follow_up(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    for question, value in (("longer", "yes"), ("where", "doctor"), ("comment", "久等")):
        answer(ready, response, question, value)
    corrected = answer(ready, response, "longer", "no", revision=3)
    assert corrected.answers == said({"longer": "no", "comment": "久等"}) == answers_in_database(ready, response)
    assert corrected.revision == 4


def test_record_answer_asks_again_and_stores_nothing(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    for question, value, code in (
        ("clean", "6", "answer_not_an_option"),
        ("clean", "", "answer_required"),
        ("where", "doctor", "question_not_asked"),
        ("nobody", "x", "question_not_asked"),
        ("comment", "好" * 501, "answer_too_long"),
        ("comment", "\ud800", "answer_unreadable"),
    ):
        again = record_answer(ready, response_id=response, question_id=question, values=[value], revision=None, now=NOW)
        assert isinstance(again, Reask)
        assert again.code == code
        assert all("{" not in explain(language, again) for language in ("zh", "en"))
    assert (answers_in_database(ready, response), sitting(ready, response_id=response).revision) == ({}, 0)


def test_record_answer_keeps_hostile_text_alike_on_every_database(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    for value in HOSTILE:
        result = record_answer(
            ready, response_id=response, question_id="comment", values=[value], revision=None, now=NOW
        )
        if isinstance(result, Reask):
            assert (value, result.code) == ("\ud800", "answer_unreadable") or value == "好\udfff"
        else:
            expected = accept(outpatient(), {}, "comment", [value])
            assert answers_in_database(ready, response) == result.answers == expected


def test_record_answer_ends_with_the_window(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4", now=EXPIRY - TICK)
    assert code_of(lambda: answer(ready, response, "clean", "5", now=EXPIRY)) == "ticket_expired"
    assert code_of(lambda: give_consent(ready, response_id=response, now=EXPIRY)) == "ticket_expired"
    assert code_of(lambda: send(ready, response, now=EXPIRY)) == "ticket_expired"


# --- the page -----------------------------------------------------------------------------------------------------


def test_record_page_stores_all_at_once(ready):
    invite_visit(ready)
    page(ready)
    agree(ready, "r1")
    saved, refused = record_page(ready, response_id="r1", answers={**BEST, "comment": [" 谢谢 "]}, now=NOW)
    assert refused == {}
    assert saved.answers == {**BEST, "comment": ("谢谢",)} == answers_in_database(ready, "r1")
    assert saved.revision == 1


def test_record_page_says_what_cannot_be_taken_and_keeps_the_rest(ready):
    invite_visit(ready)
    page(ready)
    agree(ready, "r1")
    sent = {"clean": "4", "signs": "9", "listening": "", "comment": "x" * 501, "where": "doctor", "csrf": "abc"}
    saved, refused = record_page(ready, response_id="r1", answers=said(sent), now=NOW)
    assert saved.answers == said({"clean": "4"})
    assert refused == {
        "signs": Reask("answer_not_an_option"),
        "listening": Reask("answer_required"),
        "comment": Reask("answer_too_long", {"limit": 500}),
    }


@pytest.mark.parametrize(("longer", "kept"), [("yes", {"where": "doctor"}), ("no", {})])
def test_record_page_takes_a_follow_up_only_if_it_is_asked(ready, longer, kept):
    invite_visit(ready)
    page(ready)
    agree(ready, "r1")
    saved, refused = record_page(ready, response_id="r1", answers=said({"where": "doctor", "longer": longer}), now=NOW)
    assert (saved.answers, refused) == (said({"longer": longer, **kept}), {})


def test_record_page_leaves_what_it_does_not_bring_and_lets_a_comment_be_emptied(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    answer(ready, response, "comment", "hello")
    saved, _ = record_page(ready, response_id=response, answers={"signs": ["3"], "comment": [""]}, now=NOW)
    assert saved.answers == said({"clean": "4", "signs": "3", "comment": ""})


def test_chat_button_is_stale_after_the_page_was_saved(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    page(ready)
    record_page(ready, response_id=response, answers={"clean": ["1"]}, now=NOW)
    stale = record_answer(ready, response_id=response, question_id="clean", values=("5",), revision=0, now=NOW)
    assert stale == Reask("button_stale")


def test_same_answers_by_chat_and_by_page_are_stored_alike_and_ask_the_same(ready):
    final = {**BEST, "longer": ("yes",), "where": ("tests",), "comment": SKIPPED}
    invite_visit(ready)
    in_chat = begin_in_chat(ready)
    for question, value in (("longer", "yes"), ("where", "desk"), ("longer", "no"), ("clean", "1")):
        answer(ready, in_chat, question, value)  # a mind that changes
    for question in reversed(["where", *(name for name in final if name != "where")]):
        answer(ready, in_chat, question, *final[question])
    on_page = fill(ready, final, "v2")
    one, other = (sitting(ready, response_id=each) for each in (in_chat, on_page))
    assert one.answers == other.answers == final
    assert next_step(one.questionnaire, one.answers) == next_step(other.questionnaire, other.answers)


# --- sending ------------------------------------------------------------------------------------------------------


def test_send_gives_the_receipt_and_closes_the_response(ready):
    response = fill(ready, BEST, "v1")
    assert send(ready, response) == Sent("7Q2M-0KXD-94T1")
    stored = ready.execute(select(Response.state, Response.sent_at, Response.period, Response.receipt_hash)).one()
    assert tuple(stored) == ("sent", NOW, "2026-10", receipt_hash("7Q2M-0KXD-94T1"))
    after = sitting(ready, response_id=response)
    assert (after.sent, after.answers) == (True, BEST)


def test_send_names_what_is_missing_in_the_language_of_the_response(ready):
    answers = {name: value for name, value in BEST.items() if name not in ("clean", "overall")}
    response = fill(ready, answers, "v1")
    refused = send(ready, response)
    clean, *_, overall, _ = outpatient().questions
    assert refused == Reask(
        "answers_missing", {"names": f"{clean.text['zh']}；{overall.text['zh']}", "questions": ("clean", "overall")}
    )
    set_language(ready, response_id=response, language="en", now=NOW)
    refused = send(ready, response)
    assert isinstance(refused, Reask)
    assert refused.details["names"] == f"{clean.text['en']}; {overall.text['en']}"
    assert not sitting(ready, response_id=response).sent


def test_send_needs_a_required_follow_up_only_if_it_is_asked(ready):
    assert isinstance(send(ready, fill(ready, {**BEST, "longer": ("yes",)}, "v1")), Sent)  # the follow-up is optional


def test_nothing_changes_a_sent_response(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    send(ready, response)
    for act in (
        lambda: answer(ready, "r1", "clean", "1"),
        lambda: record_page(ready, response_id="r1", answers={"clean": ["1"]}, now=NOW),
        lambda: send(ready, "r1", code="another"),
        lambda: give_consent(ready, response_id="r1", now=NOW),
        lambda: set_language(ready, response_id="r1", language="en", now=NOW),
        lambda: answer(ready, "r1", "clean", "1", now=EXPIRY),
    ):
        assert code_of(act) == "response_sent"
    assert answers_in_database(ready, response) == BEST
    assert ready.scalar(select(Response.receipt_hash)) == receipt_hash("7Q2M-0KXD-94T1")


def test_send_lets_go_of_the_chat_account(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    remember_message(ready, response_id=response, message_ref="88")
    send(ready, response)
    remember_message(ready, response_id=response, message_ref="89")
    assert sitting_in_chat(ready, channel=MEI[0], account=MEI[1]) is None
    after = sitting(ready, response_id=response)
    assert (after.channel, after.account, after.message_ref) == (None, None, None)
    assert MEI[1] not in str(ready.execute(text("select * from response")).all())


@pytest.mark.parametrize(
    ("sent_at", "period"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, 999999, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "2026-11"),
    ],
)
def test_period_is_the_month_of_sending_on_the_consortiums_calendar(ready, sent_at, period):
    send(ready, fill(ready, BEST, "v1"), now=sent_at)
    assert ready.scalar(select(Response.period)) == period


def test_receipt_code_and_answers_never_reach_the_audit_trail(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    record_page(ready, response_id=response, answers={**BEST, "comment": ["机密的话"]}, now=NOW)
    answer(ready, response, "clean", "1")
    send(ready, response)
    rows = ready.scalars(select(AuditRow).where(AuditRow.subject == f"response:{response}").order_by(AuditRow.id)).all()
    assert [(row.actor, row.action) for row in rows] == [
        ("patient", action)
        for action in (
            "open_response",
            "give_consent",
            "consent_to_text",
            "record_page",
            "record_answer",
            "send_response",
        )
    ]
    written = str([(row.subject, row.details) for row in rows])
    for secret in ("机密", "7Q2M", TICKET, MEI[1], "clean"):
        assert secret not in written


def test_tickets_and_receipts_stand_nowhere_in_the_tables(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    send(ready, response)
    for table in ("ticket", "invitation", "response", "answer", "tally", "audit"):
        everything = str(ready.execute(text(f"select * from {table}")).all())
        assert TICKET not in everything
        assert "7Q2M" not in everything


# --- around -------------------------------------------------------------------------------------------------------


def test_set_language_keeps_answers_and_buttons(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    answer(ready, response, "clean", "4")
    changed = set_language(ready, response_id=response, language="en", now=NOW)
    assert (changed.language, changed.answers, changed.revision) == ("en", said({"clean": "4"}), 1)
    assert sitting(ready, response_id=response) == changed
    assert code_of(lambda: set_language(ready, response_id=response, language="fr", now=NOW)) == "response_language"


def test_remember_message_is_part_of_the_sitting(ready):
    invite_visit(ready)
    response = begin_in_chat(ready)
    remember_message(ready, response_id=response, message_ref="88")
    assert sitting(ready, response_id=response).message_ref == "88"
    remember_message(ready, response_id=response, message_ref=None)
    assert sitting(ready, response_id=response).message_ref is None


def test_whole_conversation_in_chat_from_ticket_to_thanks(ready):
    invite_visit(ready)
    draft = sitting(ready, response_id=begin_in_chat(ready))
    values = {**BEST, "longer": ("yes",), "where": SKIPPED, "comment": ("医生很耐心",)}
    seen = []
    while isinstance(step := next_step(draft.questionnaire, draft.answers), Ask):
        seen.append(f"{step.number}/{step.total}")
        draft = answer(ready, draft.response_id, step.question.id, *values[step.question.id], revision=draft.revision)
    assert seen == [f"{number}/{11 if number < 8 else 12}" for number in range(1, 13)]
    assert step.missing == ()
    assert isinstance(send(ready, draft.response_id), Sent)


def test_new_version_does_not_change_a_draft_that_has_begun(ready):
    from surveys.questionnaires import apply_questionnaire
    from tests.surveys.cast import outpatient_document

    invite_visit(ready)
    response = begin_in_chat(ready)
    document = outpatient_document()
    document["questions"] = [each for each in document["questions"] if each["id"] != "comment"]
    apply_questionnaire(ready, document={**document, "version": "2"}, now=NOW)
    assert sitting(ready, response_id=response).questionnaire.version == "1"
    invite_visit(ready, "v2", ticket="t2")
    assert page(ready, ticket="t2", new_id="r2").questionnaire.version == "2"
