"""What `doctor` finds when the tables of fielding do not agree; and nothing when they do."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, update

from locales.errors import explain
from surveys.fielding.dispositions import note
from surveys.fielding.invariants import check_fielding
from surveys.fielding.models import DispositionChange, Fielded, UndrawnVisit, Wave
from surveys.models import Invitation, Response
from surveys.responses import send_response, withdraw_response
from tests.surveys.cast import BEST, NOW, fill
from tests.surveys.fielding.cast import half, report

RECEIPT = "7Q2M-0KXD-94TB"


@pytest.fixture
def lively(ready):
    """A bit of everything, all in order."""
    half(ready)
    for number in range(12):
        report(ready, f"v{number}", person_key="a" * 64 if number < 6 else None)
    response = fill(ready, BEST, "sent")
    send_response(ready, response_id=response, receipt_code=RECEIPT, now=NOW)
    withdrawn = fill(ready, BEST, "withdrawn")
    send_response(ready, response_id=withdrawn, receipt_code="8Q2M-0KXD-94TB", now=NOW)
    withdraw_response(ready, receipt_code="8Q2M-0KXD-94TB", is_settled=False, now=NOW)
    note(ready, invitation_id="i-jia-sent", disposition="expired", now=NOW)
    ready.flush()
    return ready


def found(session) -> list[tuple[str, str]]:
    session.expire_all()
    findings = check_fielding(session)
    assert all(explain(language, finding) for finding in findings for language in ("zh", "en"))
    return [(finding.key, finding.code) for finding in findings]


def test_nothing_is_found_where_everything_agrees(lively):
    assert found(lively) == []


def test_nothing_is_found_where_there_is_nothing(session):
    assert check_fielding(session) == []


BROKEN = [
    (delete(Fielded).where(Fielded.invitation_id == "i-jia-sent"), "disposition_missing"),
    (update(Fielded).where(Fielded.invitation_id == "i-jia-sent").values(disposition="partial"),
     "disposition_without_history"),
    (update(Fielded).where(Fielded.invitation_id == "i-jia-sent").values(changes=9), "disposition_without_history"),
    (update(Fielded).where(Fielded.invitation_id == "i-jia-sent").values(reason="x"), "disposition_without_history"),
    (delete(DispositionChange).where(DispositionChange.invitation_id == "i-jia-sent", DispositionChange.number == 1),
     "disposition_without_history"),
    (delete(DispositionChange).where(DispositionChange.invitation_id == "i-jia-sent"), "disposition_without_history"),
    (update(DispositionChange).where(DispositionChange.invitation_id == "i-jia-sent", DispositionChange.number == 0)
     .values(disposition="expired"), "disposition_without_history"),
    (update(Response).where(Response.invitation_id == "i-jia-sent").values(state="withdrawn"),
     "disposition_not_of_response"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "code"), BROKEN, ids=range(len(BROKEN)))
def test_an_invitation_whose_disposition_does_not_agree_is_named(lively, damage, code):
    lively.execute(damage)
    assert ("invitation:i-jia-sent", code) in found(lively)


def test_a_draw_that_was_tampered_with_is_named_by_its_wave(lively):
    lively.execute(update(Wave).values(seed="another"))
    assert found(lively) == [("wave:w1", "draw_differs")]


def test_a_visit_put_among_the_drawn_or_undrawn_is_found(lively):
    undrawn = lively.query(UndrawnVisit).first()
    lively.execute(
        update(Invitation).where(Invitation.id == "i-jia-sent").values(visit=f"{undrawn.visit}'", kind="outpatient")
    )
    lively.execute(update(Fielded).where(Fielded.invitation_id == "i-jia-sent").values(wave_id="w1"))
    swapped = found(lively)
    from surveys.fielding.sampling import is_drawn

    wave = lively.get_one(Wave, "w1")
    is_right = is_drawn(seed=wave.seed, unit_code="jia", visit=f"{undrawn.visit}'", fraction=Fraction(1, 2))
    assert swapped == ([] if is_right else [("wave:w1", "draw_differs")])


def test_a_ticket_for_somebody_ineligible_is_found(lively):
    from sqlalchemy import select

    ineligible = lively.scalar(select(Fielded.invitation_id).where(Fielded.disposition == "ineligible"))
    assert ineligible is not None
    from surveys.invitations import add_ticket

    add_ticket(lively, invitation_id=ineligible, ticket="bought", now=NOW)
    assert found(lively) == [(f"invitation:{ineligible}", "ineligible_with_ticket")]
