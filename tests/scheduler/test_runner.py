"""The schedule at work: a whole month, crashes, several processes, missed runs, clocks that jump, what goes wrong."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bulletins.editions import latest
from consortium.models import Installation
from evaluation.models import Settlement
from locales.errors import DomainError
from outbox.models import Delivery
from reviews.ballot_store import stores
from reviews.models import ReviewRound
from reviews.rounds import close_round
from scheduler import runner
from scheduler.jobs import JOBS, Job
from scheduler.models import Occurrence
from scheduler.occurrences import claim
from scheduler.runner import LEASE, tick
from storage.audit import AuditRow
from tests.scheduler.cast import CHATS, OCTOBER, UNITS, Clock, Office, at, only

MONTH = ["2026-10-22 09:00", "2026-10-22 09:30", "2026-10-25 10:00", "2026-10-28 10:00", "2026-10-31 10:00",
         "2026-11-02 18:00", "2026-11-02 18:10", "2026-11-03 06:00", "2026-11-03 09:00"]  # fmt: skip


def season_of(here: Office) -> None:
    """A month in which everybody scores, look by look."""
    for moment in MONTH[:2]:
        here.ticks(moment)
    for unit in UNITS:
        here.votes(unit)
    for moment in MONTH[2:]:
        here.ticks(moment)


def counted(here: Office, model: type, **where: object) -> int:
    with here.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


def stub(monkeypatch: pytest.MonkeyPatch, job: str, step, **more: object) -> None:
    """Put another step behind a job's name."""
    monkeypatch.setattr(runner, "JOBS", {**JOBS, job: Job(step, **more)})


# ── a month ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_runs_by_itself_from_opening_to_draft(office):
    here = office()
    season_of(here)
    assert here.ledger() == {
        "open 10-22": ("done", "opened"),
        "invite 10-22": ("done", "told"),
        "remind 10-25": ("done", "nobody_to_tell"),
        "remind 10-28": ("done", "nobody_to_tell"),
        "remind 10-31": ("done", "nobody_to_tell"),
        "close 11-02": ("done", "closed"),
        "count 11-02": ("done", "counted"),
        "settle 11-03": ("done", "settled"),
        "draft 11-03": ("done", "drafted"),
    }
    with here.database.transaction() as session:
        round_ = session.get_one(ReviewRound, "2026-10")
        assert (round_.state, round_.closes_at, round_.ballots_counted) == ("erased", at("2026-11-02 18:00"), 30)
        assert latest(session, OCTOBER).state == "draft"
        assert stores(session) == []


def test_nothing_runs_before_its_time_and_nothing_twice(office):
    here = office()
    assert here.ticks("2026-10-22 08:59") == []
    assert here.ticks("2026-10-22 09:00") == [("open", "done")]
    assert here.ticks("2026-10-22 09:00") == []
    assert here.ticks("2026-10-22 09:29") == []


def test_an_installation_that_is_not_applied_is_left_alone(database):
    clock = Clock(at("2026-10-22 09:00"))
    assert asyncio.run(tick(database, clock=clock, owner="a")) == []


def test_runs_from_before_the_first_apply_are_not_made_up_for(office):
    here = office(start="2026-10-22 09:01")
    here.ticks("2026-10-22 12:00")
    assert list(here.ledger()) == ["invite 10-22"]


def test_every_step_leaves_its_audit_rows(office):
    here = office(only("open"))
    here.ticks("2026-10-22 09:00")
    with here.database.transaction() as session:
        rows = session.execute(select(AuditRow.actor, AuditRow.action, AuditRow.subject).order_by(AuditRow.id)).all()
    ours = [tuple(row) for row in rows if row[0] == "schedule"]
    assert ours == [
        ("schedule", "note_run", "open:2026-10-22T01:00Z"),
        ("schedule", "import_cooperation", "cooperation"),
        ("schedule", "open_round", "round:2026-10"),
        ("schedule", "finish_run", "open:2026-10-22T01:00Z"),
    ]


# ── missed runs ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missed_runs_are_caught_up_in_order_or_skipped_as_their_lines_say(office):
    here = office()
    with capture_logs() as logs:
        seen = here.ticks("2026-10-28 15:00")  # nobody looked for a week; the reminder of the 28th is five hours late
    assert seen == [("open", "done"), ("invite", "done"), ("remind", "skipped"), ("remind", "done")]
    assert here.ledger()["remind 10-25"] == ("skipped", "too_late")
    assert [entry["run"] for entry in logs if entry["event"] == "run.skipped"] == ["remind:2026-10-25T02:00Z"]


@pytest.mark.parametrize(("moment", "state"), [("2026-10-25 16:00", "done"), ("2026-10-25 16:00:01", "skipped")])
def test_a_run_that_may_be_skipped_has_exactly_six_hours(office, moment, state):
    here = office(only("open", "remind"))
    here.ticks("2026-10-22 09:00")
    assert here.ticks(moment) == [("remind", state)]


def test_a_whole_month_missed_is_done_as_far_as_it_still_makes_sense(office):
    here = office()
    here.ticks("2026-11-10 12:00")
    ledger = here.ledger()
    assert ledger["open 10-22"] == ("failed", "closing_in_the_past")
    assert ledger["invite 10-22"] == ("done", "no_open_round")
    assert ledger["close 11-02"] == ("done", "no_round")
    assert ledger["settle 11-03"] == ("done", "settled")  # without a round, without peer scores
    assert ledger["draft 11-03"] == ("done", "drafted")


def test_what_became_due_more_than_forty_days_ago_is_not_made_up_for_and_said_so(office):
    here = office(only("remind"))
    here.ticks("2026-10-20 09:00")
    with capture_logs() as logs:
        here.ticks("2027-01-20 09:00")
    assert list(here.ledger()) == ["remind 12-25", "remind 12-28", "remind 12-31"]
    assert "schedule.gap" in [entry["event"] for entry in logs]


def test_a_new_timetable_holds_from_the_next_look_on_and_does_not_reach_back(office):
    here = office(only("remind"))
    here.ticks("2026-10-23 09:00")
    earlier = {"name": "invite", "day": 21, "time": "09:00", "month": "this", "late": "run"}
    with here.database.transaction() as session:
        session.execute(update(Installation).values(schedule={"jobs": [earlier, {**earlier, "day": 24}]}))
    here.ticks("2026-10-24 09:00")
    assert list(here.ledger()) == ["invite 10-24"]


# ── clocks that jump ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_set_back_repeats_nothing(office):
    here = office()
    season_of(here)
    settled = counted(here, Settlement)
    for moment in ("2026-11-03 08:00", "2026-10-22 09:00", "2026-11-02 18:10", "2026-11-03 09:30"):
        assert here.ticks(moment) == []
    assert counted(here, Settlement) == settled == 1


def test_a_run_noted_by_a_clock_that_was_ahead_waits_for_its_time(office, monkeypatch):
    here = office(only("remind"))
    stub(monkeypatch, "remind", _fails("round_unknown"))
    assert here.ticks("2026-10-25 10:00") == [("remind", "retrying")]
    assert here.ticks("2026-10-20 10:00") == []
    assert here.ticks("2026-10-25 10:02") == [("remind", "retrying")]


def test_a_lease_written_by_a_clock_that_was_ahead_holds_nobody_up(office):
    here = office(only("open"))
    here.clock.moves_to("2026-10-22 09:00")
    with here.database.transaction() as session:
        assert runner._note(session, here.clock())
        claim(session, owner="dead", now=at("2026-12-01 09:00"), lease=LEASE)
    assert here.ticks() == [("open", "done")]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_clock_does_a_month_is_closed_counted_and_settled_once(office, seed):
    here = office()
    chance = random.Random(seed)
    here.ticks("2026-10-22 09:30")
    for unit in UNITS:
        here.votes(unit)
    moment = at("2026-10-22 09:30")
    for _ in range(25):
        moment += chance.choice(
            [timedelta(hours=2), timedelta(hours=-2), timedelta(days=3), timedelta(days=-4), timedelta(hours=20)]
        )
        moment = min(max(moment, at("2026-10-22 09:30")), at("2026-11-06 00:00"))
        here.clock.moment = moment
        here.ticks()
    here.ticks("2026-11-20 10:00")
    assert counted(here, Settlement, period="2026-10") == 1
    with here.database.transaction() as session:
        steps = session.scalars(select(AuditRow.action).where(AuditRow.subject == "round:2026-10")).all()
    assert sorted(step for step in steps if step != "cast_ballot") == [
        "close_round", "count_round", "erase_round", "open_round",
    ]  # fmt: skip
    assert [state for job, state in here.log if job == "settle" and state == "done"] == ["done"]


# ── crashes and several processes ──────────────────────────────────────────────────────────────────────────────────


def test_a_claim_whose_process_died_is_taken_over_after_its_lease_and_not_before(office):
    here = office(only("open"))
    here.clock.moves_to("2026-10-22 09:00")
    with here.database.transaction() as session:
        runner._note(session, here.clock())
        assert claim(session, owner="dead", now=here.clock(), lease=LEASE) is not None
    here.clock.passes(seconds=44)
    assert here.ticks() == []
    here.clock.passes(seconds=1)
    assert here.ticks() == [("open", "done")]
    with here.database.transaction() as session:
        run = session.scalars(select(Occurrence)).one()
        assert (run.owner, run.fence, run.failures) == ("process-1", 2, 0)


def test_a_process_that_comes_back_late_changes_nothing(office):
    here = office(only("open", "invite"))
    here.clock.moves_to("2026-10-22 09:00")
    with here.database.transaction() as session:
        runner._note(session, here.clock())
        stopped = claim(session, owner="stopped", now=here.clock(), lease=LEASE)
    here.clock.passes(minutes=2)
    here.ticks()
    with pytest.raises(runner.LeaseLost):
        asyncio.run(runner._attempt(here.database, stopped, here.clock))
    assert here.ledger() == {"open 10-22": ("done", "opened")}


def test_effect_and_done_are_one_transaction(office, monkeypatch):
    """The step does its work, then the lease turns out to be lost: nothing of the work remains."""
    here = office(only("open"))
    here.ticks("2026-10-22 08:00")

    def opens_and_loses_its_lease(session, run):
        outcome = JOBS["open"].step(session, run)
        session.execute(update(Occurrence).values(fence=Occurrence.fence + 1))
        return outcome

    stub(monkeypatch, "open", opens_and_loses_its_lease, reads="cooperation")
    with capture_logs() as logs:
        assert here.ticks("2026-10-22 09:00") == []
    assert counted(here, ReviewRound) == 0
    assert "run.taken_over" in [entry["event"] for entry in logs]


DYING = """
import asyncio, os, signal, sys
from datetime import datetime
from scheduler import runner
from scheduler.jobs import JOBS, Job
from storage.database import Database

def dies(session, run):
    JOBS["open"].step(session, run)
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)

runner.JOBS = {**JOBS, "open": Job(dies, reads="cooperation")}
moment = datetime.fromisoformat(sys.argv[2])
asyncio.run(runner.tick(Database(sys.argv[1]), clock=lambda: moment, owner="dying"))
"""


def test_a_process_killed_between_effect_and_done_leaves_nothing_but_its_claim(office):
    here = office(only("open"))
    here.clock.moves_to("2026-10-22 09:00")
    program = [sys.executable, "-c", DYING, here.database.url, here.clock().isoformat()]
    assert subprocess.run(program, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert counted(here, ReviewRound) == 0
    with here.database.transaction() as session:
        run = session.scalars(select(Occurrence)).one()
        assert (run.state, run.owner, run.fence) == ("running", "dying", 1)
    assert here.ticks() == []
    here.clock.passes(seconds=45)
    assert here.ticks() == [("open", "done")]
    assert counted(here, ReviewRound) == 1


def test_two_processes_that_look_at_the_same_time_do_everything_once(office):
    here = office()
    here.ticks("2026-10-22 09:30")
    for unit in UNITS:
        here.votes(unit)
    here.clock.moves_to("2026-11-03 09:00")

    async def both():
        return await asyncio.gather(*(tick(here.database, clock=here.clock, owner=f"p{n}") for n in range(4)))

    done = [name for seen in asyncio.run(both()) for name, state in seen if state in ("done", "skipped")]
    for _ in range(3):  # whoever found another at work leaves the rest to the next look
        done += [name for seen in asyncio.run(both()) for name, state in seen if state in ("done", "skipped")]
    assert sorted(done) == sorted(set(done))
    assert len(done) == 7
    assert counted(here, Settlement) == 1
    assert {state for state, _ in here.ledger().values()} == {"done", "skipped"}


# ── what goes wrong ────────────────────────────────────────────────────────────────────────────────────────────────


def _fails(code: str):
    def step(session, run):
        raise DomainError(code, period=str(run.period))

    return step


def test_a_failing_run_is_repeated_with_growing_waits_then_given_up_and_told(office, monkeypatch):
    here = office(only("close"))
    stub(monkeypatch, "close", _fails("round_unknown"))
    here.clock.moves_to("2026-11-02 18:00")
    tries = []
    while here.ledger().get("close 11-02", ("due",))[0] != "failed":
        if here.ticks():
            tries.append(here.clock() - at("2026-11-02 18:00"))
        here.clock.passes(minutes=1)
    minutes = [int(each.total_seconds() // 60) for each in tries]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123]
    assert here.ledger() == {"close 11-02": ("failed", "round_unknown")}
    for person in ("chen", "zhao"):
        [said] = here.told(CHATS[person])
        assert "截止互评" in said
        assert "2026年10月" in said
        assert "2026-11-02 18:00" in said
        assert "还没有互评轮次" in said
    assert here.told(CHATS["li"]) == []


def test_a_run_that_recovers_is_done_and_nobody_is_bothered(office):
    here = office(only("open"))
    (here.folder / "cooperation.csv").rename(here.folder / "away.csv")
    assert here.ticks("2026-10-22 09:00") == [("open", "retrying")]
    assert here.ledger() == {"open 10-22": ("due", "schedule_file_unreadable")}
    (here.folder / "away.csv").rename(here.folder / "cooperation.csv")
    assert here.ticks("2026-10-22 09:00:59") == []
    assert here.ticks("2026-10-22 09:01") == [("open", "done")]
    assert here.told() == []


def test_opening_waits_for_the_office_to_join_what_cannot_be_compared(office):
    here = office(only("open"))
    whole = (here.folder / "cooperation.csv").read_text("utf-8")
    kept = [line for line in whole.splitlines() if line.startswith(("unit_a", "jia,yi", "jia,bing", "yi,wu", "yi,ji"))]
    (here.folder / "cooperation.csv").write_text("\n".join(kept), "utf-8")
    assert here.ticks("2026-10-22 09:00") == [("open", "waiting")]
    assert here.ledger() == {"open 10-22": ("due", "round_unconnected")}
    assert here.told() == []
    assert here.ticks("2026-10-22 10:10") == [("open", "waiting")]
    [said] = here.told(CHATS["chen"])
    assert "补入协作表" in said
    assert "–" in said
    (here.folder / "cooperation.csv").write_text(whole, "utf-8")
    assert here.ticks("2026-10-22 10:30") == [("open", "done")]


def test_a_fault_of_the_program_is_logged_kept_and_told_without_its_words(office, monkeypatch):
    here = office(only("close", "settle"))

    def breaks(session, run):
        session.add(
            ReviewRound(
                period="2026-10", state="open", public_key="secret", criteria=[], thresholds={}, opened_at=run.now
            )
        )
        session.flush()
        raise RuntimeError("secret detail")

    stub(monkeypatch, "close", breaks, never=frozenset({"schedule_fault"}))
    with capture_logs() as logs:
        assert here.ticks("2026-11-02 18:00") == [("close", "failed")]
    assert counted(here, ReviewRound) == 0
    assert here.ledger()["close 11-02"] == ("failed", "schedule_fault")
    assert any(entry["event"] == "run.fault" and isinstance(entry["exc_info"], RuntimeError) for entry in logs)
    assert all("secret" not in said for said in here.told())
    assert here.ticks("2026-11-03 06:00") == [("settle", "done")]  # the next run does not suffer


def test_settling_waits_for_the_count_and_the_office_is_told_once(office):
    here = office(has_key=False)
    with here.database.transaction() as session:
        session.execute(update(Installation).values(review={"public_key": None, "key_file": None}))
        session.add(
            ReviewRound(
                period="2026-10", state="closed", public_key="{}", criteria=[], thresholds={}, opened_at=here.clock(),
                closed_at=here.clock(),
            )
        )  # fmt: skip
    for moment in ("2026-11-02 18:10", "2026-11-03 06:00", "2026-11-03 07:00"):
        here.ticks(moment)
    assert here.told() == []  # an hour may pass
    for moment in ("2026-11-03 07:30", "2026-11-03 09:30"):
        here.ticks(moment)
    assert here.ledger()["count 11-02"] == ("done", "no_key_file")
    assert here.ledger()["settle 11-03"] == ("due", "round_not_counted")
    assert here.ledger()["draft 11-03"] == ("due", None)  # it waits for the settlement without trying
    said = [each for each in here.told(CHATS["chen"]) if "月度结算" in each]
    assert len(said) == 1
    assert "还在等待" in said[0]
    with here.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="counted"))
    assert here.ticks("2026-11-03 09:45") == [("settle", "done"), ("draft", "done")]


def test_waiting_ends_after_fourteen_days(office):
    here = office(only("settle"))
    with here.database.transaction() as session:
        session.add(
            ReviewRound(
                period="2026-10", state="open", public_key="{}", criteria=[], thresholds={}, opened_at=here.clock()
            )
        )
    here.ticks("2026-11-03 06:00")
    assert here.ticks("2026-11-17 06:00") == [("settle", "waiting")]
    assert here.ticks("2026-11-17 06:11") == [("settle", "failed")]
    assert here.ledger() == {"settle 11-03": ("failed", "round_open")}


def test_a_run_waits_for_what_it_builds_on(office, monkeypatch):
    here = office(only("open", "invite"))
    (here.folder / "cooperation.csv").unlink()
    assert here.ticks("2026-10-22 09:30") == [("open", "retrying")]
    assert here.ledger()["invite 10-22"] == ("due", None)


def test_a_schedule_that_cannot_be_read_stops_the_schedule_and_says_so(office):
    here = office()
    with here.database.transaction() as session:
        session.execute(update(Installation).values(schedule={"jobs": [{"name": "?"}]}))
    with capture_logs() as logs:
        assert here.ticks("2026-10-22 09:00") == []
    assert [entry["event"] for entry in logs] == ["schedule.refused"]
    assert here.ledger() == {}


def test_steps_done_by_hand_are_not_done_again(office):
    here = office()
    with here.database.transaction() as session:
        JOBS["open"].step(session, _run_of(here, "2026-10-21 08:00"))
    assert here.ticks("2026-10-22 09:00") == [("open", "done")]
    with here.database.transaction() as session:
        close_round(session, period=OCTOBER, actor="command_line", now=at("2026-11-01 08:00"))
    here.ticks("2026-11-02 18:00")
    assert (here.ledger()["open 10-22"], here.ledger()["close 11-02"]) == (
        ("done", "already_opened"),
        ("done", "already_closed"),
    )


def test_opening_waits_while_another_months_round_is_open(office):
    here = office(only("open"))
    with here.database.transaction() as session:
        JOBS["open"].step(session, _run_of(here, "2026-10-21 08:00"))
    here.ticks("2026-10-22 09:00")
    assert here.ticks("2026-11-22 09:00") == [("open", "waiting")]
    assert here.ledger()["open 11-22"] == ("due", "round_still_open")


def _run_of(here: Office, written: str):
    from scheduler.jobs import Inputs, Run

    content = (here.folder / "cooperation.csv").read_bytes()
    return Run(OCTOBER, at(written), at(written), Inputs(cooperation=content))


def test_no_owed_message_of_the_schedule_carries_a_link_or_a_mark(office):
    here = office()
    season_of(here)
    with here.database.transaction() as session:
        for row in session.scalars(select(Delivery)):
            assert "http" not in str(row.message)
            assert "44244" not in str(row.message)


# ── every day ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_surveys_are_looked_after_every_day_and_missed_days_are_made_good_once(office):
    here = office(only("survey"))
    assert here.ticks("2026-10-20 10:29") == []
    assert here.ticks("2026-10-20 10:30") == [("survey", "done")]
    assert here.ticks("2026-10-20 23:59") == []
    assert here.ticks("2026-10-28 03:00") == [("survey", "done")]
    assert here.ticks("2026-10-28 10:30") == [("survey", "done")]
    assert here.ledger() == {
        "survey 10-20": ("done", "nobody_to_tell"),
        "survey 10-27": ("done", "quiet_hours"),
        "survey 10-28": ("done", "nobody_to_tell"),
    }


# ── what takes long ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_takes_long_is_done_with_no_transaction_open_and_the_run_stays_ours(office, monkeypatch):
    here = office(only("close"))
    monkeypatch.setattr(runner, "_PROLONGED_EVERY", 0.01)
    leases = []

    def takes_long(database, run, clock):
        for _ in range(3):
            with database.transaction() as session:
                leases.append(session.scalars(select(Occurrence.lease_until)).one())
            here.clock.passes(seconds=30)
            wait_until(lambda: lease_of(database) > leases[-1])
        return True

    stub(monkeypatch, "close", lambda session, run: f"worked {run.has_worked}", work=takes_long)
    assert here.ticks("2026-11-02 18:00") == [("close", "done")]
    assert here.ledger()["close 11-02"] == ("done", "worked True")
    assert leases == sorted(set(leases))


def test_what_takes_long_and_fails_is_tried_again(office, monkeypatch):
    here = office(only("close"))
    outcomes = [DomainError("fit_failed", reason="reading_too_slow"), None]

    def fails_once(database, run, clock):
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return True

    stub(monkeypatch, "close", lambda session, run: "done", work=fails_once)
    assert here.ticks("2026-11-02 18:00") == [("close", "retrying")]
    assert here.ticks("2026-11-02 18:30") == [("close", "done")]


def test_a_step_is_told_that_there_was_nothing_long_to_do(office, monkeypatch):
    here = office(only("close"))
    stub(monkeypatch, "close", lambda session, run: f"worked {run.has_worked}", work=lambda *_: False)
    assert here.ticks("2026-11-02 18:00") == [("close", "done")]
    assert here.ledger()["close 11-02"] == ("done", "worked False")


def lease_of(database):
    with database.transaction() as session:
        return session.scalars(select(Occurrence.lease_until)).one()


def wait_until(holds) -> None:
    """Nothing to hear of but the row itself: look again and again, and not for ever."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
