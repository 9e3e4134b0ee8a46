"""Each invariant holds for honest tables and finds the fault it is there for."""

from __future__ import annotations

from sqlalchemy import delete, insert, update

from locales.errors import Finding
from surveys.invariants import CHECKS, check_surveys
from surveys.models import Answer, Response, Tally
from surveys.responses import send_response, withdraw_response
from tests.surveys.cast import BEST, NOW, choice, fill, invite_visit, set_up, small_document, wording


def prepare(session) -> None:
    send_response(session, response_id=fill(session, BEST, "v1"), receipt_code="one", now=NOW)
    send_response(session, response_id=fill(session, BEST, "v2"), receipt_code="two", now=NOW)
    fill(session, {"longer": "yes", "where": "desk"}, "v3")
    invite_visit(session, "v4", ticket="t4")


def test_honest_tables_have_no_findings(ready):
    assert check_surveys(ready) == []
    prepare(ready)
    assert check_surveys(ready) == []
    assert len(CHECKS) == 3


def test_tally_that_differs_is_found(ready):
    prepare(ready)
    ready.execute(update(Tally).where(Tally.question_id == "clean").values(count=9))
    ready.execute(delete(Tally).where(Tally.question_id == "signs"))
    assert check_surveys(ready) == [Finding("database", "tally:2026-10", "tally_differs_from_answers", {"figures": 2})]


def test_tally_of_a_month_without_responses_is_found(ready):
    prepare(ready)
    ready.execute(update(Tally).where(Tally.question_id == "clean").values(period="2026-11"))
    assert [finding.key for finding in check_surveys(ready)] == ["tally:2026-10", "tally:2026-11"]


def test_sent_response_that_misses_an_answer_is_found(ready):
    prepare(ready)
    ready.execute(delete(Answer).where(Answer.response_id == "r-jia-v1", Answer.question_id == "overall"))
    assert Finding(
        "database", "response:r-jia-v1", "response_not_as_asked", {"needless": 0, "missing": 1}
    ) in check_surveys(ready)


def test_needless_answer_is_found(ready):
    prepare(ready)
    ready.execute(
        update(Answer).where(Answer.response_id == "r-jia-v3", Answer.question_id == "longer").values(value="no")
    )
    assert check_surveys(ready) == [
        Finding("database", "response:r-jia-v3", "response_not_as_asked", {"needless": 1, "missing": 0})
    ]


def test_answer_to_no_question_is_found(ready):
    prepare(ready)
    ready.execute(insert(Answer).values(response_id="r-jia-v3", question_id="nobody", place=0, value="x"))
    assert [finding.key for finding in check_surveys(ready)] == ["response:r-jia-v3"]


def test_answers_without_consent_are_found(ready):
    prepare(ready)
    ready.execute(update(Response).where(Response.id == "r-jia-v3").values(consented_at=None))
    assert [finding.key for finding in check_surveys(ready)] == ["response:r-jia-v3"]


def test_answer_left_behind_by_a_withdrawal_is_found(ready):
    prepare(ready)
    withdraw_response(ready, receipt_code="one", is_settled=False, now=NOW)
    assert check_surveys(ready) == []
    ready.execute(insert(Answer).values(response_id="r-jia-v1", question_id="clean", place=0, value="5"))
    assert check_surveys(ready) == [
        Finding("database", "response:r-jia-v1", "response_not_as_asked", {"needless": 1, "missing": 0})
    ]


def test_hidden_value_that_was_not_kept_is_found(session):
    hidden = {"id": "site", "type": "string", "text": wording("site"), "hidden": True, "initial": "ward 3"}
    set_up(session, small_document(choice("a"), hidden))
    response = fill(session, {"a": "yes"}, "v1")
    assert check_surveys(session) == []  # a draft keeps what was given, no more
    send_response(session, response_id=response, receipt_code="one", now=NOW)
    assert check_surveys(session) == []
    session.execute(delete(Answer).where(Answer.question_id == "site"))
    assert [finding.details for finding in check_surveys(session)] == [{"needless": 0, "missing": 1}]
