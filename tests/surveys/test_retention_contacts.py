"""Visits, tickets, exact times and persons: gone some months after the window closed; a late report changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.periods import Period
from locales.errors import DomainError
from surveys.audiences.models import BlindVisit
from surveys.fielding.dispositions import history
from surveys.fielding.models import Fielded, PastVisit, PastVisitKey, UndrawnVisit
from surveys.fielding.progress import progress
from surveys.fielding.sampling import is_drawn
from surveys.fielding.upkeep import expire_invitations
from surveys.fielding.visits import KNOWN, NEW, RECENT, Reported, known_visits
from surveys.models import Invitation, Response, Ticket
from surveys.responses import open_ticket, response_by_receipt, send_response
from surveys.retention import remove_overdue
from surveys.tallies import satisfaction
from tests.surveys.audiences.cast import BLIND, answer, begin, invite_staff
from tests.surveys.cast import BEST, JIA, LEFT, NOW, fill, set_up
from tests.surveys.fielding.cast import SEED, fielded, half, launch, report, set_surveys, stands
from tests.surveys.retention_cast import CLOSED, CODE, DAY, doctor, holds, stored

DUE = CLOSED + 90 * DAY
OCTOBER = Period(2026, 10)
FIRST_OF_OCTOBER = datetime(2026, 9, 30, 16, tzinfo=UTC)  # midnight in Shanghai
FIRST_OF_DECEMBER = datetime(2026, 11, 30, 16, tzinfo=UTC)
PERSON = "5" * 64


def test_number_tickets_and_times_go_ninety_days_after_the_window_and_not_sooner(ready):
    report(ready, "Z-2026-0817")
    assert "visits" not in remove_overdue(ready, now=DUE - timedelta(seconds=1))
    assert ready.scalars(select(Invitation.visit)).all() == ["Z-2026-0817"]
    assert remove_overdue(ready, now=DUE) == {"visits": 1}
    row = ready.get_one(Invitation, "i-Z-2026-0817", populate_existing=True)
    assert (row.visit, row.discharged_at, row.created_at, row.expires_at, row.contact_removed_at) == (
        "removed:i-Z-2026-0817", FIRST_OF_OCTOBER, FIRST_OF_OCTOBER, FIRST_OF_DECEMBER, DUE,
    )  # fmt: skip
    assert ready.scalars(select(Ticket)).all() == []


def test_no_exact_time_is_left_on_what_leads_to_a_visit(ready):
    report(ready)
    expire_invitations(ready, now=CLOSED)
    remove_overdue(ready, now=DUE)
    months = {FIRST_OF_OCTOBER, datetime(2026, 10, 31, 16, tzinfo=UTC)}
    row = fielded(ready)
    assert {row.changed_at, row.contacted_at} - {None} <= months
    assert {step.at for step in history(ready, invitation_id="i-v1")} <= months
    assert stands(ready) == ("expired", "delivered")
    assert doctor(ready) == []


def test_counts_of_the_month_stay(ready):
    for visit in ("v1", "v2", "v3"):
        report(ready, visit)
    expire_invitations(ready, now=CLOSED)
    before = progress(ready, now=DUE, period=OCTOBER), progress(ready, now=DUE), satisfaction(ready, period=OCTOBER)
    assert before[0][JIA].invited == 3
    remove_overdue(ready, now=DUE)
    assert (
        progress(ready, now=DUE, period=OCTOBER),
        progress(ready, now=DUE),
        satisfaction(ready, period=OCTOBER),
    ) == before


def test_answers_lose_their_way_back_to_the_visit_and_keep_their_receipt(ready):
    response = fill(ready, BEST, "v1")
    send_response(ready, response_id=response, receipt_code=CODE, now=NOW)
    closed = ready.scalars(select(Invitation.expires_at)).one()
    assert remove_overdue(ready, now=closed + 90 * DAY)["visits"] == 1
    found = response_by_receipt(ready, receipt_code=CODE)
    assert (found.answers, found.sent_at) == (BEST, NOW)
    visits = set(ready.scalars(select(Invitation.visit)))
    assert visits == {f"removed:{found.invitation_id}"}
    assert doctor(ready) == []


def test_an_old_link_opens_nothing(ready):
    report(ready)
    remove_overdue(ready, now=DUE)
    with pytest.raises(DomainError) as refused:
        open_ticket(ready, ticket="t-v1", mode="page", new_id="r", now=DUE)
    assert refused.value.code == "ticket_unknown"


@pytest.mark.parametrize("after", [timedelta(), 400 * DAY])
def test_a_report_again_is_answered_without_links_and_stored_nowhere(ready, after):
    report(ready)
    remove_overdue(ready, now=DUE)
    again = report(ready, now=DUE + after, new_id="again", ticket="t-again")
    assert again == Reported(KNOWN, None, None)
    assert ready.scalars(select(Invitation.id)).all() == ["i-v1"]
    assert holds(ready, "again") == []


def test_a_report_again_the_day_before_is_known_by_its_number(ready):
    report(ready)
    again = report(ready, now=DUE - DAY, new_id="again", ticket="t-again")
    assert again == Reported(KNOWN, "i-v1", CLOSED)


def test_a_late_first_report_is_counted_like_any_other(ready):
    late = report(ready, "late", now=DUE)
    assert (late.outcome, late.expires_at) == (NEW, CLOSED)  # expired from the start, and the caller sees it
    assert remove_overdue(ready, now=DUE) == {"visits": 1}
    assert report(ready, "late", now=DUE, new_id="again") == Reported(KNOWN, None, None)


def test_a_visit_of_another_unit_with_the_same_number_is_another(ready):
    report(ready, "0001")
    remove_overdue(ready, now=DUE)
    elsewhere = report(ready, "0001", unit_code="yi", now=DUE, discharged_at=DUE - DAY, new_id="i-yi", ticket="t-yi")
    assert (elsewhere.outcome, elsewhere.invitation_id) == (NEW, "i-yi")
    here = report(ready, "0001", now=DUE, discharged_at=DUE - DAY, new_id="i-jia", ticket="t-jia")
    assert here == Reported(KNOWN, None, None)


def test_what_remembers_a_visit_leads_nowhere(ready):
    half(ready)
    for number in range(20):
        report(ready, f"N-{number}")
    remove_overdue(ready, now=DUE)
    rows = ready.scalars(select(PastVisit)).all()
    assert len(rows) == 20  # drawn and passed over alike
    assert {row.unit_code for row in rows} == {JIA}
    marks = {row.mark for row in rows}
    others = {name: str(rows) for name, rows in stored(ready).items() if name != "past_visit"}
    assert [name for name, written in others.items() if any(mark in written for mark in marks)] == []
    assert len(known_visits(ready, unit_code=JIA, visits=[f"N-{number}" for number in range(40)])) == 20


def test_two_nights_have_one_key(ready):
    report(ready, "a")
    remove_overdue(ready, now=DUE)
    [key] = ready.scalars(select(PastVisitKey.key)).all()
    report(ready, "b", discharged_at=LEFT + 20 * DAY, now=NOW + 20 * DAY)
    remove_overdue(ready, now=DUE + 20 * DAY)
    assert ready.scalars(select(PastVisitKey.key)).all() == [key]
    assert set(known_visits(ready, unit_code=JIA, visits=["a", "b", "c"])) == {"a", "b"}


def test_posters_and_blind_surveys_leave_no_mark(session):
    set_up(session, BLIND)
    invite_staff(session, "E1001", "E1002")
    answer(session, "E1001")
    remove_overdue(session, now=NOW + 200 * DAY)
    assert session.scalars(select(PastVisit)).all() == []


def test_the_window_that_counts_is_the_visits_own(ready):
    set_surveys(ready, kinds={"outpatient": {"window_days": 200}})
    report(ready)
    assert remove_overdue(ready, now=DUE) == {}
    assert report(ready, now=DUE, new_id="again").invitation_id == "i-v1"
    assert remove_overdue(ready, now=LEFT + 290 * DAY) == {"visits": 1}
    assert report(ready, now=LEFT + 290 * DAY, new_id="again") == Reported(KNOWN, None, None)


def test_a_person_is_forgotten_with_the_visit_by_default(ready):
    report(ready, person_key=PERSON)
    assert remove_overdue(ready, now=DUE) == {"visits": 1, "persons": 1}
    assert holds(ready, PERSON) == []
    row = ready.get_one(Invitation, "i-v1", populate_existing=True)
    assert (row.person_key, row.created_at) == (None, FIRST_OF_OCTOBER)


def test_a_person_is_known_as_long_as_they_are_not_to_be_invited_again(ready):
    set_surveys(ready, person_days=400)
    report(ready, person_key=PERSON)
    assert remove_overdue(ready, now=DUE) == {"visits": 1}
    soon = NOW + 400 * DAY - timedelta(seconds=1)
    assert remove_overdue(ready, now=soon) == {}
    later = {"now": soon, "discharged_at": soon - DAY, "person_key": PERSON}
    assert report(ready, "v2", **later).outcome == RECENT  # the moment of the invitation was not blurred
    assert remove_overdue(ready, now=NOW + 400 * DAY) == {"persons": 1}
    assert ready.get_one(Invitation, "i-v1", populate_existing=True).created_at == FIRST_OF_OCTOBER
    assert report(ready, "v3", **{**later, "now": NOW + 400 * DAY}).outcome in (NEW, RECENT)


def test_persons_go_at_once_where_there_is_no_interval(ready):
    set_surveys(ready, person_days=0)
    report(ready, person_key=PERSON)
    assert remove_overdue(ready, now=DUE) == {"visits": 1, "persons": 1}


def test_visits_a_wave_passed_over_lose_their_numbers_and_stay_counted(ready):
    half(ready)
    for number in range(40):
        report(ready, f"N-{number}")
    undrawn = len(ready.scalars(select(UndrawnVisit)).all())
    assert 0 < undrawn < 40
    before = progress(ready, now=DUE, period=OCTOBER)[JIA]
    assert remove_overdue(ready, now=DUE - timedelta(seconds=1)) == {}
    assert remove_overdue(ready, now=DUE) == {"visits": 40 - undrawn, "undrawn_visits": undrawn}
    ready.expire_all()
    rows = ready.scalars(select(UndrawnVisit)).all()
    assert len({row.visit for row in rows}) == undrawn
    assert {(row.visit[:8], row.discharged_at, row.noted_at) for row in rows} == {
        ("removed:", FIRST_OF_OCTOBER, FIRST_OF_OCTOBER)
    }
    assert [table for table in holds(ready, "'N-") if table != "audit"] == []
    after = progress(ready, now=DUE, period=OCTOBER)[JIA]
    assert (after.undrawn, after.invited) == (before.undrawn, before.invited)
    assert doctor(ready) == []  # nobody can draw again, and nothing says they were drawn wrongly
    assert remove_overdue(ready, now=DUE + DAY) == {}


def test_window_of_a_wave_counts_for_what_it_passed_over(ready):
    launch(ready, window_days=10, fraction=Fraction(1, 1000))
    report(ready, "N-1")
    assert remove_overdue(ready, now=LEFT + 100 * DAY) == {"undrawn_visits": 1}
    assert report(ready, "N-1", now=LEFT + 100 * DAY, new_id="again") == Reported(KNOWN, None, None)


def test_doctor_still_sees_a_wrong_draw_of_visits_that_have_numbers(ready):
    half(ready)
    for number in range(10):
        report(ready, f"N-{number}")
    one = ready.scalars(select(UndrawnVisit)).first()
    one.visit = next(f"x{n}" for n in range(99) if _is_drawn(f"x{n}"))
    assert [finding.code for finding in doctor(ready)] == ["draw_differs"]


def _is_drawn(visit: str) -> bool:
    return is_drawn(seed=SEED, unit_code=JIA, visit=visit, fraction=Fraction(1, 2))


def test_a_night_takes_so_many_and_the_next_one_the_rest(ready):
    half(ready)
    for number in range(30):
        report(ready, f"N-{number}", person_key=f"{number:064}")
    undrawn = len(ready.scalars(select(UndrawnVisit)).all())
    counts: dict[str, int] = {}
    for _ in range(12):
        for name, count in remove_overdue(ready, now=DUE, most=4).items():
            assert count <= 4
            counts[name] = counts.get(name, 0) + count
    assert counts == {"visits": 30 - undrawn, "persons": 30 - undrawn, "undrawn_visits": undrawn}


def test_blind_surveys_lose_what_was_never_answered_and_are_not_doubted(session):
    set_up(session, BLIND)
    invite_staff(session, "E1001", "E1002")
    answer(session, "E1001")
    begin(session, "E1002", {"pay": ("5",)})
    expire_invitations(session, now=NOW + 60 * DAY)
    counts = remove_overdue(session, now=NOW + 200 * DAY)
    assert (counts["visits"], counts["drafts"]) == (2, 1)
    assert all(visit.startswith("removed:") for visit in session.scalars(select(Invitation.visit)))
    assert set(session.scalars(select(BlindVisit.visit))) == {"E1001", "E1002"}
    assert doctor(session) == []
    invite_staff(session, "E1002", now=NOW + 201 * DAY)
    assert len(session.scalars(select(Invitation.id)).all()) == 2
    assert len(session.scalars(select(Response.id)).all()) == 1


def test_invitations_in_use_are_left_alone(ready):
    report(ready, "old")
    report(ready, "young", discharged_at=DUE - 5 * DAY, now=DUE - 4 * DAY)
    assert remove_overdue(ready, now=DUE) == {"visits": 1}
    row = ready.get_one(Invitation, "i-young", populate_existing=True)
    assert (row.visit, row.discharged_at, row.contact_removed_at) == ("young", DUE - 5 * DAY, None)
    assert ready.scalars(select(Ticket.invitation_id)).all() == ["i-young"]
    assert ready.get_one(Fielded, "i-young").changed_at == DUE - 4 * DAY
