"""Dispositions: one at a time, in an order that makes sense, with the whole history; and what responses bring about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from storage.audit import AuditRow
from surveys.fielding import dispositions
from surveys.fielding.dispositions import note
from surveys.fielding.models import DispositionChange, Fielded
from surveys.fielding.steps import DISPOSITIONS, FOLLOWS
from surveys.models import Invitation
from surveys.responses import record_page, send_response, withdraw_response
from tests.surveys.cast import BEST, NOW, begin_in_chat, fill, invite_visit
from tests.surveys.fielding.cast import report, stands

MINUTE = timedelta(minutes=1)
WAYS = {
    "invited": (), "delivered": ("delivered",), "started": ("started",), "partial": ("partial",),
    "complete": ("complete",), "refused": ("refused",), "expired": ("expired",), "ineligible": ("ineligible",),
    "unreachable": ("unreachable",), "withdrawn": ("complete", "withdrawn"),
}  # fmt: skip


def steps(session, invitation: str) -> list[tuple[str, str | None]]:
    return [(step.disposition, step.reason) for step in dispositions.history(session, invitation_id=invitation)]


def test_an_invitation_begins_as_invited(ready):
    invitation = invite_visit(ready)
    assert stands(ready, invitation) == ("invited", None)
    assert [
        (step.number, step.disposition, step.at) for step in dispositions.history(ready, invitation_id=invitation)
    ] == [(0, "invited", NOW)]


@pytest.mark.parametrize("before", DISPOSITIONS)
def test_only_what_makes_sense_follows(ready, before):
    for number, after in enumerate(DISPOSITIONS):
        invitation = invite_visit(ready, f"v{number}", ticket=f"t{number}")
        for step in WAYS[before]:
            note(ready, invitation_id=invitation, disposition=step, now=NOW)
        assert stands(ready, invitation)[0] == before
        history = steps(ready, invitation)
        note(ready, invitation_id=invitation, disposition=after, now=NOW + MINUTE, reason="why")
        if before in FOLLOWS[after]:
            assert stands(ready, invitation) == (after, "why")
            assert steps(ready, invitation) == [*history, (after, "why")]
        else:
            assert stands(ready, invitation)[0] == before
            assert steps(ready, invitation) == history


def test_what_may_come_next_is_written_down_a_second_time():
    """By hand, so that a change of the table is a change of two."""
    following = {before: {after for after, those in FOLLOWS.items() if before in those} for before in DISPOSITIONS}
    still_open = {"started", "partial", "complete", "refused", "expired", "unreachable"}
    assert following == {
        "invited": still_open | {"delivered", "ineligible"},
        "delivered": still_open | {"ineligible"},
        "started": still_open - {"started"},
        "partial": still_open - {"started", "partial"},
        "unreachable": (still_open | {"delivered", "ineligible"}) - {"unreachable"},
        "refused": {"started", "partial", "complete"},
        "complete": {"withdrawn"},
        "withdrawn": set(),
        "expired": set(),
        "ineligible": set(),
    }
    assert set(FOLLOWS) == set(DISPOSITIONS)


def test_the_same_again_is_no_step(ready):
    invitation = invite_visit(ready)
    for minute in range(3):
        note(ready, invitation_id=invitation, disposition="started", now=NOW + minute * MINUTE)
    assert steps(ready, invitation) == [("invited", None), ("started", None)]
    assert ready.scalar(select(Fielded.changed_at)) == NOW


def test_who_refused_may_still_change_their_mind(ready):
    invitation = invite_visit(ready)
    for step in ("refused", "delivered", "started", "refused", "partial", "complete", "refused"):
        note(ready, invitation_id=invitation, disposition=step, now=NOW)
    assert [name for name, _ in steps(ready, invitation)] == [
        "invited", "refused", "started", "refused", "partial", "complete",
    ]  # fmt: skip


def test_an_invitation_from_before_there_were_dispositions_gets_its_history_with_the_first_step(ready):
    invitation = invite_visit(ready)
    for table in (DispositionChange, Fielded):
        ready.execute(delete(table))
    note(ready, invitation_id=invitation, disposition="started", now=NOW + MINUTE)
    history = dispositions.history(ready, invitation_id=invitation)
    assert [(step.number, step.disposition, step.at) for step in history] == [
        (0, "invited", NOW),
        (1, "started", NOW + MINUTE),
    ]


def test_an_invitation_that_does_not_exist_is_left_alone(ready):
    note(ready, invitation_id="nobody", disposition="started", now=NOW)
    assert ready.scalar(select(func.count()).select_from(DispositionChange)) == 0


@pytest.mark.parametrize(
    ("disposition", "reason"),
    [("lost", None), ("", None), ("started", "Mei said no"), ("started", ""), ("started", "x" * 41)],
)
def test_what_is_no_disposition_or_no_code_is_a_fault(ready, disposition, reason):
    invitation = invite_visit(ready)
    with pytest.raises(ValueError):
        note(ready, invitation_id=invitation, disposition=disposition, reason=reason, now=NOW)


def test_a_response_moves_its_invitation_from_started_to_complete_and_withdrawn(ready):
    invitation = invite_visit(ready)
    response = begin_in_chat(ready)
    assert stands(ready, invitation)[0] == "started"
    record_page(ready, response_id=response, answers={"clean": ("5",)}, now=NOW)
    assert stands(ready, invitation)[0] == "partial"
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    send_response(ready, response_id=response, receipt_code="7Q2M-0KXD-94TB", now=NOW)
    assert stands(ready, invitation)[0] == "complete"
    withdraw_response(ready, receipt_code="7Q2M-0KXD-94TB", is_settled=False, now=NOW)
    assert [name for name, _ in steps(ready, invitation)] == [
        "invited", "started", "partial", "complete", "withdrawn",
    ]  # fmt: skip


def test_dispositions_are_no_audit_rows_and_hold_nothing_of_the_answers(ready):
    response = fill(ready, {**BEST, "comment": ("geheim",)}, "v9")
    before = ready.scalar(select(func.count()).select_from(AuditRow))
    note(ready, invitation_id="i-jia-v9", disposition="refused", now=NOW)
    assert ready.scalar(select(func.count()).select_from(AuditRow)) == before
    assert response
    assert "geheim" not in str([vars(row) for row in ready.scalars(select(DispositionChange))])


def test_reported_visits_are_delivered_with_their_link(ready):
    report(ready)
    assert steps(ready, "i-v1") == [("invited", None), ("delivered", "reported")]
    assert ready.scalar(select(Invitation.stream)) == "visit"
