"""Reported visits: invited once, a person only so often, and what a repeated report finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.fielding.models import UndrawnVisit
from surveys.fielding.settings import FieldingSettings
from surveys.fielding.visits import Reported, known_visits, person_key
from surveys.models import Invitation, Ticket
from tests.surveys.cast import JIA, LEFT, NOW, YI
from tests.surveys.fielding.cast import DAY, SECRET, half, report, set_surveys, stands

MEIS, SISTERS = "a" * 64, "b" * 64


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_a_visit_is_invited_and_its_link_delivered(ready):
    assert report(ready) == Reported("new", "i-v1", LEFT + 42 * DAY)
    assert stands(ready) == ("delivered", "reported")
    assert ready.scalar(select(Ticket.invitation_id)) == "i-v1"


def test_without_a_ticket_nothing_is_delivered_yet(ready):
    assert report(ready, ticket=None).outcome == "new"
    assert stands(ready) == ("invited", None)
    assert ready.scalar(select(func.count()).select_from(Ticket)) == 0


def test_the_same_visit_again_is_known_and_makes_no_ticket(ready):
    report(ready)
    assert report(ready, ticket="other", new_id="other", language="en") == Reported("known", "i-v1", LEFT + 42 * DAY)
    assert ready.scalar(select(func.count()).select_from(Ticket)) == 1
    assert report(ready, unit_code=YI, ticket="t2", new_id="i2").outcome == "new"


def test_kinds_have_windows_of_their_own(ready):
    set_surveys(ready, kinds={"outpatient": {"window_days": 7}})
    assert report(ready).expires_at == LEFT + 7 * DAY


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_code": "nobody"}, "unit_unknown"),
        ({"kind": "inpatient"}, "kind_without_questionnaire"),
        ({"visit": " v1"}, "visit_invalid"),
        ({"language": "fr"}, "invitation_language"),
        ({"discharged_at": NOW + timedelta(days=2)}, "discharge_ahead"),
    ],
)
def test_what_cannot_be_meant_is_refused_even_if_the_draw_would_pass_it_over(ready, changes, code):
    half(ready)
    assert code_of(lambda: report(ready, **({"visit": "v1"} | changes))) == code
    for table in (Invitation, UndrawnVisit):
        assert ready.scalar(select(func.count()).select_from(table)) == 0


def test_a_visit_that_is_not_drawn_leaves_a_row_and_no_invitation(ready):
    half(ready)
    visits = [f"v{n}" for n in range(20)]
    undrawn = [visit for visit in visits if report(ready, visit).outcome == "undrawn"]
    assert report(ready, undrawn[0]) == Reported("undrawn", None, None)
    assert known_visits(ready, unit_code=JIA, visits=undrawn[:1]) == {undrawn[0]: Reported("undrawn", None, None)}
    assert known_visits(ready, unit_code=YI, visits=undrawn) == {}
    rows = ready.scalars(select(AuditRow).where(AuditRow.action == "pass_over_visit")).all()
    assert len(rows) == len(undrawn)
    assert rows[0].details == {"unit": JIA, "kind": "outpatient"}


# ── one invitation for a person ────────────────────────────────────────────────────────────────────────────────────


def test_a_person_is_invited_once_in_the_interval(ready):
    assert report(ready, "v1", person_key=MEIS).outcome == "new"
    assert report(ready, "v2", person_key=MEIS, now=NOW + 89 * DAY) == Reported("recent", "i-v2", LEFT + 42 * DAY)
    assert stands(ready, "i-v2") == ("ineligible", "recently_invited")
    assert ready.scalars(select(Ticket.invitation_id)).all() == ["i-v1"]
    assert report(ready, "v3", person_key=MEIS, now=NOW + 90 * DAY).outcome == "new"
    assert report(ready, "v2", person_key=MEIS, now=NOW + 91 * DAY).outcome == "known"


def test_being_found_ineligible_does_not_begin_the_interval_anew(ready):
    report(ready, "v1", person_key=MEIS)
    report(ready, "v2", person_key=MEIS, now=NOW + 60 * DAY)
    assert report(ready, "v3", person_key=MEIS, now=NOW + 100 * DAY).outcome == "new"


def test_others_and_visits_without_a_person_are_not_held_back(ready):
    report(ready, "v1", person_key=MEIS)
    assert report(ready, "v2", person_key=SISTERS).outcome == "new"
    assert {report(ready, f"n{n}").outcome for n in range(3)} == {"new"}


def test_an_interval_of_nothing_invites_for_every_visit(ready):
    set_surveys(ready, person_days=0)
    assert [report(ready, f"v{n}", person_key=MEIS).outcome for n in range(3)] == ["new"] * 3


def test_who_was_not_drawn_was_not_invited(ready):
    """The draw comes first: a visit passed over says nothing about later ones."""
    half(ready)
    undrawn = next(f"v{n}" for n in range(60) if report(ready, f"v{n}", person_key=f"{n}").outcome == "undrawn")
    key = undrawn.removeprefix("v")
    drawn = next(
        f"w{n}" for n in range(60) if report(ready, f"w{n}", person_key=key if n == 0 else f"x{n}").outcome != "undrawn"
    )
    assert drawn
    assert ready.scalar(select(func.count()).select_from(Invitation).where(Invitation.person_key == key)) in (0, 1)


def test_a_person_key_is_keyed_and_of_a_unit_unless_the_consortium_shares_its_references():
    own, shared = FieldingSettings(), FieldingSettings(persons="consortium")
    mine = person_key(SECRET, own, unit_code=JIA, person="4711")
    assert mine == person_key(SECRET, own, unit_code=JIA, person="4711")
    assert len(mine) == 64
    assert "4711" not in mine
    assert mine != person_key(SECRET, own, unit_code=YI, person="4711")
    assert mine != person_key(b"another secret", own, unit_code=JIA, person="4711")
    assert mine != person_key(SECRET, own, unit_code=JIA, person="4712")
    both = {person_key(SECRET, shared, unit_code=unit, person="4711") for unit in (JIA, YI)}
    assert len(both) == 1
    assert both != {mine}


def test_two_units_with_a_shared_reference_invite_a_person_once(ready):
    set_surveys(ready, persons="consortium")
    settings = FieldingSettings(persons="consortium")
    keys = [person_key(SECRET, settings, unit_code=unit, person="4711") for unit in (JIA, YI)]
    assert report(ready, "v1", person_key=keys[0]).outcome == "new"
    assert report(ready, "v1", unit_code=YI, new_id="i2", ticket="t2", person_key=keys[1]).outcome == "recent"


def test_no_table_holds_the_persons_reference(ready):
    report(ready, person_key=person_key(SECRET, FieldingSettings(), unit_code=JIA, person="330106199901011234"))
    for row in ready.execute(select(Invitation.__table__)).all() + ready.execute(select(AuditRow.__table__)).all():
        assert "330106199901011234" not in str(row)
