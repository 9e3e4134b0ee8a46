"""After sending: the receipt shows, and takes back until the month is settled."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from consortium.periods import Period
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from surveys.fielding import dispositions
from surveys.invariants import check_surveys
from surveys.models import Answer, Response, Tally
from surveys.responses import open_ticket, record_answer, response_by_receipt, send_response, withdraw_response
from surveys.sittings import sitting
from surveys.tallies import counts, recount, satisfaction
from tests.surveys.cast import BEST, JIA, NOW, fill, said

CODE = "7Q2M-0KXD-94TB"
OCTOBER = Period.parse("2026-10")


def sent(session, visit: str = "v1", code: str = CODE, **answers: str) -> str:
    response = fill(session, {**BEST, **said(answers)}, visit)
    send_response(session, response_id=response, receipt_code=code, now=NOW)
    return response


def withdraw(session, code: str = CODE, *, is_settled: bool = False):
    return withdraw_response(session, receipt_code=code, is_settled=is_settled, now=NOW)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    assert all("{" not in explain(language, refused.value) for language in ("zh", "en"))
    return refused.value.code


def test_receipt_shows_what_was_sent(ready):
    response = sent(ready, comment="很好")
    found = response_by_receipt(ready, receipt_code=CODE)
    assert (found.response_id, found.answers) == (response, {**BEST, "comment": ("很好",)})
    assert (found.sent, found.withdrawn, found.period, found.sent_at) == (True, False, "2026-10", NOW)
    assert (found.stream, found.notice_version, found.unit_code) == ("visit", "1", JIA)


@pytest.mark.parametrize("written", [CODE, CODE.lower(), "7q2mokxd94tb", " 7Q2M 0KXD 94TB ", "7Q2M-OKXD-94TB"])
def test_receipt_is_read_as_people_write_it(ready, written):
    sent(ready)
    assert response_by_receipt(ready, receipt_code=written).response_id == "r-jia-v1"


@pytest.mark.parametrize("written", ["", "7Q2M-0KXD-94TC", "r-jia-v1", "x" * 10**5, "\ud800", "' or 1=1 --", "%"])
def test_receipt_of_nobody_is_not_found(ready, written):
    sent(ready)
    fill(ready, BEST, "v2")  # a draft has no receipt
    assert code_of(lambda: response_by_receipt(ready, receipt_code=written)) == "receipt_unfound"
    assert code_of(lambda: withdraw(ready, written)) == "receipt_unfound"


def test_withdrawn_response_is_gone_from_answers_and_tallies(ready):
    response = sent(ready, comment="请删掉")
    sent(ready, "v2", "another", clean="1")
    before = counts(ready, period=OCTOBER)
    found = withdraw(ready)
    assert (found.withdrawn, found.sent, found.answers) == (True, False, {})
    assert ready.scalar(select(func.count()).select_from(Answer).where(Answer.response_id == response)) == 0
    after = counts(ready, period=OCTOBER)
    assert after == recount(ready, period=OCTOBER)
    assert sum(before.values()) - sum(after.values()) == len(BEST) + 2
    assert satisfaction(ready, period=OCTOBER)[JIA].n == 1
    assert check_surveys(ready) == []


def test_only_response_of_a_month_withdrawn_leaves_nothing_counted(ready):
    sent(ready)
    withdraw(ready)
    assert counts(ready, period=OCTOBER) == recount(ready, period=OCTOBER) == {}
    figures = satisfaction(ready, period=OCTOBER)[JIA]
    assert (figures.n, figures.invited, figures.score) == (0, 1, None)
    assert ready.scalar(select(func.max(Tally.count))) == 0


def test_withdrawing_again_says_it_was_withdrawn_and_takes_nothing_twice(ready):
    sent(ready)
    sent(ready, "v2", "another")
    withdraw(ready)
    assert code_of(lambda: withdraw(ready)) == "response_withdrawn"
    assert code_of(lambda: withdraw(ready, is_settled=True)) == "response_withdrawn"
    assert satisfaction(ready, period=OCTOBER)[JIA].n == 1
    assert response_by_receipt(ready, receipt_code=CODE).withdrawn


def test_settled_month_gives_nothing_back(ready):
    response = sent(ready)
    with pytest.raises(DomainError) as refused:
        withdraw(ready, is_settled=True)
    assert (refused.value.code, refused.value.details) == ("response_settled", {"period": "2026-10"})
    assert sitting(ready, response_id=response).answers == BEST
    assert satisfaction(ready, period=OCTOBER)[JIA].n == 1


def test_withdrawn_response_is_not_open_again(ready):
    response = sent(ready)
    withdraw(ready)
    assert code_of(lambda: open_ticket(ready, ticket="t-jia-v1", mode="page", new_id="x", now=NOW)) == "ticket_used"
    assert (
        code_of(
            lambda: record_answer(
                ready, response_id=response, question_id="clean", values=["1"], revision=None, now=NOW
            )
        )
        == "response_sent"
    )
    assert code_of(lambda: send_response(ready, response_id=response, receipt_code="x", now=NOW)) == "response_sent"


def test_withdrawal_is_audited_without_receipt_or_answers_and_noted(ready):
    response = sent(ready, comment="机密")
    withdraw(ready)
    row = ready.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert (row.actor, row.action, row.subject) == ("patient", "withdraw_response", f"response:{response}")
    assert row.details == {"period": "2026-10", "unit": JIA}
    steps = [each.disposition for each in dispositions.history(ready, invitation_id="i-jia-v1")]
    assert steps == ["invited", "started", "partial", "complete", "withdrawn"]


@pytest.mark.parametrize("stream", ["poster", "held"])
def test_withdrawal_takes_from_the_stream_where_it_counts(ready, stream):
    response = fill(ready, BEST, "v1")
    ready.execute(update(Response).where(Response.id == response).values(stream=stream))
    send_response(ready, response_id=response, receipt_code=CODE, now=NOW)
    sent(ready, "v2", "another")
    assert len(counts(ready, period=OCTOBER, stream=stream)) == len(BEST) + 2
    withdraw(ready)
    assert counts(ready, period=OCTOBER, stream=stream) == recount(ready, period=OCTOBER, stream=stream) == {}
    assert satisfaction(ready, period=OCTOBER)[JIA].n == 1


def test_answers_of_old_times_stay_readable(ready):
    """A response sent before answers had places and consent to text was asked apart."""
    response = sent(ready, comment="从前")
    ready.execute(update(Response).where(Response.id == response).values(text_consented_at=None))
    found = response_by_receipt(ready, receipt_code=CODE)
    assert found.answers["comment"] == ("从前",)
    assert check_surveys(ready) == []
    assert withdraw(ready).withdrawn
