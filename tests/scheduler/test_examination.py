"""Answers are looked through every night and before a month is settled, unit by unit; the office is told once a day."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update

from consortium.periods import Period
from evaluation.models import Reading, Scorecard, Settlement
from reviews.models import ReviewRound
from scheduler import runner
from scheduler.examination import examination, examination_before_settling, is_settled, months_to_examine
from scheduler.jobs import JOBS, Job
from scheduler.models import Occurrence
from scheduler.runner import LEASE, tick
from storage.audit import AuditRow
from surveys.honesty.models import Hold
from surveys.honesty.staff import note_refused_staff
from surveys.models import Response
from tests.scheduler.cast import OCTOBER, Office, at, only
from tests.surveys.honesty.clinic import answered

NOVEMBER = OCTOBER.next()


def answers(here: Office, *visits: str, on: str = "2026-10-21 10:00", unit: str = "jia", seconds: float = 80) -> None:
    """Patients who answer on one morning, twenty minutes apart."""
    with here.database.transaction() as session:
        for place, visit in enumerate(visits):
            answered(session, visit, at(on) + timedelta(minutes=20 * place), unit=unit, seconds=seconds)


def held(here: Office) -> list[str]:
    with here.database.transaction() as session:
        return list(session.scalars(select(Hold.response_id).order_by(Hold.response_id)))


def parts(here: Office, *months: Period) -> list:
    with here.database.transaction() as session:
        return list(examination(session, months=months))


def settled(here: Office, month: str) -> None:
    with here.database.transaction() as session:
        JOBS["settle"].step(session, _run(month))


def _run(month: str):
    from scheduler.jobs import Run

    period = Period.parse(month)
    moment = at(f"{period.next()}-03 06:00")
    return Run(period, moment, moment)


# ── every night ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_came_too_fast_is_held_at_night_and_the_office_hears_of_it_once(office):
    here = office(only("examine"))
    answers(here, "a", "b")
    answers(here, "x", "y", on="2026-10-21 14:00", seconds=1)
    answers(here, "z", on="2026-10-21 15:00", seconds=1, unit="yi")
    assert here.ticks("2026-10-22 07:29") == [("examine", "done")]  # that of the 21st, missed
    assert held(here) == ["r-jia-x", "r-jia-y", "r-yi-z"]
    assert here.ticks("2026-10-22 07:30") == [("examine", "done")]
    assert here.ledger() == {"examine 10-21": ("done", "told"), "examine 10-22": ("done", "told_today")}
    told = here.told("101")
    assert told == here.told("102")
    assert len(told) == 1
    assert "2026年10月新留存 3 份" in told[0]
    assert "人民医院　2 份\n二院　1 份" in told[0]
    assert here.buttons("101") == [["o", "held", "2026-10"]]
    assert here.told("103") == here.told("104") == []  # representatives are not told
    assert here.ticks("2026-10-23 07:30") == [("examine", "done")]
    assert here.ledger()["examine 10-23"] == ("done", "nothing_new")
    assert len(here.told("101")) == 1


def test_what_a_second_look_of_a_day_finds_is_told_the_day_after(office):
    here = office({"jobs": [
        {"name": "examine", "day": "every", "time": time, "month": "this", "late": "run"} for time in ("07:30", "13:00")
    ]})  # fmt: skip
    answers(here, "x", seconds=1)
    here.ticks("2026-10-22 07:30")
    answers(here, "y", on="2026-10-22 10:00", seconds=1)
    here.ticks("2026-10-22 13:00")
    assert held(here) == ["r-jia-x", "r-jia-y"]
    assert len(here.told("101")) == 1
    here.ticks("2026-10-23 07:30")
    assert [text.count("　1 份") for text in here.told("101")] == [1, 1]


def test_a_decided_answer_is_no_news(office):
    here = office(only("examine"))
    answers(here, "x", seconds=1)
    for part in parts(here, OCTOBER):
        with here.database.transaction() as session:
            part(session, at("2026-10-21 20:00"))
    with here.database.transaction() as session:
        session.execute(update(Hold).values(state="kept", decided_by="chen", decided_at=at("2026-10-21 21:00")))
    here.ticks("2026-10-22 07:30")
    assert here.told("101") == []


def test_the_month_before_is_looked_through_as_long_as_it_is_not_settled(office):
    here = office(only("examine"))
    answers(here, "x", on="2026-10-31 10:00", seconds=1)
    answers(here, "y", on="2026-11-01 10:00", seconds=1)
    with here.database.transaction() as session:
        assert months_to_examine(session, now=at("2026-11-02 07:30")) == (OCTOBER, NOVEMBER)
    here.ticks("2026-11-02 07:30")
    assert held(here) == ["r-jia-x", "r-jia-y"]
    said = here.told("101")[0]
    assert said.index("2026年10月新留存 1 份") < said.index("2026年11月新留存 1 份")
    assert here.buttons("101") == [["o", "held", "2026-11"]]


def test_a_settled_month_is_left_alone_even_if_it_is_settled_halfway(office):
    here = office(only("examine"))
    answers(here, "x", on="2026-10-31 10:00", seconds=1)
    work = parts(here, OCTOBER)
    assert len(work) == 1
    settled(here, "2026-10")
    for part in work:
        with here.database.transaction() as session:
            part(session, at("2026-11-03 07:00"))
    here.ticks("2026-11-04 07:30")
    assert held(here) == []
    with here.database.transaction() as session:
        assert is_settled(session, OCTOBER)
        assert months_to_examine(session, now=at("2026-11-04 07:30")) == (NOVEMBER,)


def test_nobody_answered_is_nothing_to_do(office):
    here = office(only("examine"))
    assert parts(here, OCTOBER, NOVEMBER) == []
    here.ticks("2026-10-22 07:30")
    assert here.ledger()["examine 10-22"] == ("done", "nothing_new")


# ── before a settlement ────────────────────────────────────────────────────────────────────────────────────────────


def test_settling_by_schedule_looks_first_and_counts_without_what_is_held(office):
    here = office(only("settle"))
    answers(here, *"abcdef")
    answers(here, "x", on="2026-10-31 23:00", seconds=1)
    assert here.ticks("2026-11-03 06:00") == [("settle", "done")]
    assert held(here) == ["r-jia-x"]
    with here.database.transaction() as session:
        assert session.get_one(Scorecard, ("2026-10", "jia")).responses == 6
        assert session.get_one(Response, "r-jia-x").stream == "held"


def test_settling_by_schedule_does_not_look_while_it_cannot_settle(office):
    here = office(only("settle"))
    answers(here, "x", seconds=1)
    with here.database.transaction() as session:
        session.add(
            ReviewRound(
                period="2026-10", state="open", public_key="{}", criteria=[], thresholds={}, opened_at=here.clock()
            )
        )
    assert here.ticks("2026-11-03 06:00") == [("settle", "waiting")]
    assert held(here) == []
    with here.database.transaction() as session:
        assert examination_before_settling(session, period=OCTOBER, now=at("2026-10-30 06:00")) == ()
        session.execute(update(ReviewRound).values(state="erased"))
        assert examination_before_settling(session, period=OCTOBER, now=at("2026-10-30 06:00")) == ()  # not over yet
        assert len(examination_before_settling(session, period=OCTOBER, now=at("2026-11-03 06:00"))) == 1


# ── part by part ───────────────────────────────────────────────────────────────────────────────────────────────────


def a_trace(unit: str):
    return lambda session, now: note_refused_staff(session, unit_code=unit, now=now)


def traces(here: Office) -> list[str]:
    with here.database.transaction() as session:
        rows = select(AuditRow.subject).where(AuditRow.action == "refuse_staff").order_by(AuditRow.id)
        return list(session.scalars(rows))


def with_parts(monkeypatch: pytest.MonkeyPatch, *work) -> None:
    job = Job(lambda _session, _run: "whole", before=lambda _session, _run: work)
    monkeypatch.setattr(runner, "JOBS", {**JOBS, "examine": job})


def test_parts_that_were_done_stay_done_when_a_later_one_fails_and_are_repeated(office, monkeypatch):
    here = office(only("examine"))

    def fails(_session, _now):
        raise RuntimeError("torn")

    with_parts(monkeypatch, a_trace("jia"), fails, a_trace("yi"))
    assert here.ticks("2026-10-21 07:30") == [("examine", "retrying")]
    assert traces(here) == ["unit:jia"]
    with_parts(monkeypatch, a_trace("jia"), a_trace("yi"))
    assert here.ticks("2026-10-21 07:31") == [("examine", "done")]
    assert traces(here) == ["unit:jia", "unit:jia", "unit:yi"]


def test_long_work_keeps_its_lease_and_whoever_lost_it_does_no_more(office, monkeypatch):
    here = office(only("examine"))
    seen: list[list[tuple[str, str]]] = []

    def takes_long(_session, _now):
        here.clock.passes(seconds=40)

    def is_looked_at_by_another(session, _now):
        lease = session.scalars(select(Occurrence.lease_until)).one()
        seen.append([(str(lease - here.clock()), "left")])

    def is_taken_over(session, _now):
        session.execute(update(Occurrence).values(fence=Occurrence.fence + 1, owner="another"))

    with_parts(
        monkeypatch, takes_long, takes_long, is_looked_at_by_another, is_taken_over, a_trace("jia"), a_trace("yi")
    )
    here.clock.moves_to("2026-10-21 07:30")
    assert asyncio.run(tick(here.database, clock=here.clock, owner="one")) == []
    assert seen == [[(str(LEASE), "left")]]
    assert traces(here) == []
    assert here.ledger() == {"examine 10-21": ("running", None)}


def test_settlement_is_not_there_before_anybody_settles(office):
    here = office(only("settle"))
    with here.database.transaction() as session:
        assert not is_settled(session, OCTOBER)
        assert session.get(Settlement, "2026-10") is None


def reads(here: Office, visits: int, unit: str = "jia") -> None:
    with here.database.transaction() as session:
        session.add(
            Reading(
                period=str(OCTOBER), scope=unit, unit_code=unit, indicator="visits", numerator=None, denominator=None,
                value=Fraction(visits), origin="imported", recorded_by="system", recorded_at=at("2026-10-31 20:00"),
                digest="",
            )
        )  # fmt: skip


@pytest.mark.parametrize(("counted", "held_out"), [(2, ["r-jia-c"]), (3, []), (None, [])])
def test_answers_beyond_the_visits_that_another_source_counted_are_held(office, counted, held_out):
    here = office(only("examine") | {"surveys": {"visits": "visits"}})
    answers(here, "a", "b", "c")
    if counted is not None:
        reads(here, counted)
    here.ticks("2026-11-01 07:30")
    assert held(here) == held_out


def test_where_no_indicator_counts_visits_none_is_looked_at(office):
    here = office(only("examine"))
    answers(here, "a", "b", "c")
    reads(here, 1)
    here.ticks("2026-11-01 07:30")
    assert held(here) == []
