"""The jobs of the timetable: each a function that does one step of a season and says in a code what came of it.

Knows which use case a job is, and that a step somebody has done by hand is not done again. Refuses to read files, to
know when a job is due and what happens if it fails: `scheduler.runner` reads files before the transaction; they come in
as `Inputs`. Whom a job tells something is `scheduler.telling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.approval_notices import put_before_committee, remind_committee
from bulletins.editions import DRAFT as DRAFTED
from bulletins.editions import draft
from bulletins.honour_votes import advance_honours
from bulletins.story_decisions import erase_unused_stories
from consortium.periods import Period
from consortium.units import installation, zone
from evaluation.models import Settlement
from evaluation.schemes import move_schemes
from evaluation.scorecards import settle_period
from locales.errors import DomainError
from reviews.cooperation import ImportReport, cooperating_pairs, import_cooperation
from reviews.round_changes import extensions_of
from reviews.rounds import COUNTED, ERASED, OPEN, close_round, open_round, raters_missing, round_of, takes_ballots
from reviews.trustees import is_wrapped
from scheduler import timetable as names
from scheduler.audit_keeping import remove_old_audit
from scheduler.count_notices import remind_of_counts, tell_of_count, tell_that_count_waits, tell_who_was_not_told
from scheduler.counting import run_count
from scheduler.due_dates import recompute_due_dates
from scheduler.examination import Part, examination, examination_before_settling, months_to_examine
from scheduler.held_notices import tell_of_held
from scheduler.objection_notices import remind_of_objections, warn_of_calendar
from scheduler.quarter_settling import figure_peers, quarter_ending, settle_quarter
from scheduler.staff_work import follow_staff_work
from scheduler.telling import invite_raters, remind_patients, remind_raters, tell_of_draft, tell_of_settlement
from scheduler.timetable import Timetable, due_time, parse_schedule
from scheduler.watching import watch
from storage.database import Database
from surveys.fielding.applied import settings_of
from surveys.fielding.upkeep import expire_invitations, note_unreachable, remove_leftovers
from surveys.fielding.windows import is_quiet

SCHEDULE_FILE = "schedule.toml"
ACTOR = "schedule"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read for a job outside the transaction; None where there was nothing to read or it could not be read."""

    cooperation: bytes | None = None
    private_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: for which month, when it was due, who does it and when."""

    period: Period
    due_at: datetime
    now: datetime
    inputs: Inputs = Inputs()
    actor: str = ACTOR
    has_worked: bool = False


Step = Callable[[Session, Run], str]
"""What a job does. Returns a code; raises DomainError when it cannot be done (now, or at all)."""


Before = Callable[[Session, Run], Sequence[Part]]
"""What is to be done before a step, each part in a transaction of its own."""


Work = Callable[[Database, Run, Callable[[], datetime]], bool]
"""What takes long and needs no transaction while it does: called in a thread, before the step; whether there was any.
It can be done twice.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A step, what comes before it, the file it needs, the refusals that only mean "not yet", and those that no
    repetition mends.
    """

    step: Step
    before: Before | None = None
    work: Work | None = None
    reads: Literal["cooperation", "key"] | None = None
    not_yet: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


def timetable_of(session: Session) -> Timetable:
    """The timetable as applied. It was checked then; one that no longer reads is refused as `schedule_refused`."""
    timetable, findings = parse_schedule(installation(session).schedule, file=SCHEDULE_FILE)
    if findings:
        raise DomainError("schedule_refused", faults=len(findings), key=findings[0].key)
    return timetable


def is_by_hand(session: Session, *, job: str, period: Period, due_at: datetime) -> bool:
    """Whether somebody ordered a run: no line of the timetable has it at this moment."""
    return due_time(timetable_of(session), job=job, period=period, zone=zone(session)) != due_at


def open_step(session: Session, run: Run) -> str:
    """Open the month's round until the time of `close`; import who cooperated, if that is not on record yet."""
    if round_of(session, run.period) is not None:
        return "already_opened"
    timetable = timetable_of(session)
    if not cooperating_pairs(session, run.period):
        _import_cooperation(session, timetable.cooperation_file or "", run)
    closes_at = due_time(timetable, job=names.CLOSE, period=run.period, zone=zone(session))
    open_round(session, period=run.period, closes_at=closes_at, actor=run.actor, now=run.now)
    return "opened"


def invite_step(session: Session, run: Run) -> str:
    """Tell the representatives of every unit that has others to score."""
    round_ = round_of(session, run.period)
    if round_ is None or not takes_ballots(round_, run.now):
        return "no_open_round"
    return "told" if invite_raters(session, round_=round_, due_at=run.due_at, now=run.now) else "nobody_to_tell"


def remind_step(session: Session, run: Run) -> str:
    """Remind units that are missing in an open round, patients who stopped in the middle of a survey, and trustees of
    a round that waits for them.

    Patients have their own rules of how often and when: in quiet hours none is told.
    """
    told = remind_patients(session, now=run.now)
    round_ = round_of(session, run.period)
    if round_ is not None and takes_ballots(round_, run.now):
        missing = raters_missing(session, run.period)
        told += remind_raters(session, round_=round_, units=missing, due_at=run.due_at, now=run.now)
    told += remind_of_counts(session, now=run.now)
    return "told" if told else "nobody_to_tell"


def close_step(session: Session, run: Run) -> str:
    """End the month's round; if its closing time was moved to a later one, that one has a run of its own."""
    round_ = round_of(session, run.period)
    if round_ is None:
        return "no_round"
    if round_.state != OPEN:
        return "already_closed"
    if round_.closes_at is not None and run.now < round_.closes_at and extensions_of(session, run.period):
        return "closing_moved"
    close_round(session, period=run.period, actor=run.actor, now=run.now)
    return "closed"


def count_work(database: Database, run: Run, clock: Callable[[], datetime]) -> bool:
    """Count the month's round with the configured key file, and erase its ballots; what is counted needs no key."""
    key = run.inputs.private_key
    with database.transaction() as session:
        round_ = round_of(session, run.period)
        state = round_.state if round_ is not None else ERASED
    if state == ERASED or (state != COUNTED and (key is None or is_wrapped(key))):
        return False
    run_count(database, period=run.period, private_key=key or "", actor=run.actor, clock=clock)
    return True


def count_step(session: Session, run: Run) -> str:
    """Say what came of the count: two trustees do it where the key is wrapped, people where there is no key file."""
    round_ = round_of(session, run.period)
    if round_ is None:
        return "no_round"
    if round_.state == ERASED:
        if not run.has_worked:
            return "already_counted"
        tell_of_count(session, period=run.period, now=run.now)
        return "counted"
    key_file = installation(session).review.get("key_file")
    if key_file and run.inputs.private_key is None:
        raise DomainError("schedule_key_unreadable", file=str(key_file))
    tell_that_count_waits(session, period=run.period, now=run.now)
    return "waits_for_trustees" if key_file else "no_key_file"  # people count; the settlement waits for them


def before_settling(session: Session, run: Run) -> Sequence[Part]:
    """The month's answers are looked through before its figures are taken."""
    return examination_before_settling(session, period=run.period, now=run.now)


def settle_work(database: Database, run: Run, _clock: Callable[[], datetime]) -> bool:
    """The peer figures of a quarter that the month ends: they take a while."""
    return figure_peers(database, quarter_ending(run.period))


def settle_step(session: Session, run: Run) -> str:
    """Settle the month, and after the third one of a quarter the quarter."""
    is_new = session.get(Settlement, str(run.period)) is None
    if is_new:
        settle_period(session, period=run.period, actor=run.actor, now=run.now)
    put_before_committee(session, period=run.period, actor=run.actor, now=run.now)
    has_quarter = settle_quarter(session, month=run.period, actor=run.actor, now=run.now)
    if is_new and is_by_hand(session, job=names.SETTLE, period=run.period, due_at=run.due_at):
        tell_of_settlement(session, period=run.period, due_at=run.due_at, now=run.now)
    if has_quarter is None:
        return "quarter_not_settled"
    return "settled_with_quarter" if has_quarter else "settled" if is_new else "already_settled"


def draft_step(session: Session, run: Run) -> str:
    """Draft the month's bulletin and tell the office that it waits."""
    bulletin = draft(session, period=run.period, actor=run.actor, now=run.now)
    if bulletin.state != DRAFTED:
        return "already_drafted"
    tell_of_draft(session, bulletin=bulletin, now=run.now)
    return "drafted"


def survey_step(session: Session, run: Run) -> str:
    """What invitations need every day: they expire, lost chats are noted, leftovers go, patients are reminded."""
    expire_invitations(session, now=run.now)
    note_unreachable(session, now=run.now)
    tell_who_was_not_told(session, now=run.now)
    remove_old_audit(session, now=run.now)
    remove_leftovers(session, now=run.now, settled=set(session.scalars(select(Settlement.period))))
    if is_quiet(run.now, settings_of(session).quiet, zone(session)):
        return "quiet_hours"
    return "told" if remind_patients(session, now=run.now) else "nobody_to_tell"


def before_examining(session: Session, run: Run) -> Sequence[Part]:
    """The month that runs and the one before it, unless that is settled."""
    return examination(session, months=months_to_examine(session, now=run.now))


def examine_step(session: Session, run: Run) -> str:
    """The answers have been looked through: tell the office how many are newly held."""
    return tell_of_held(session, now=run.now)


def follow_up_step(session: Session, run: Run) -> str:
    """What follows from objections day by day: due dates that a newer calendar moves, reminders, what is overdue; and
    that the official calendar ends. Schemes go on through their loop; votes, honours, actions, duties and signatures
    on theirs.
    """
    move_schemes(session, actor=run.actor, now=run.now)
    recompute_due_dates(session, actor=run.actor, now=run.now)
    told = remind_of_objections(session, now=run.now) + warn_of_calendar(session, now=run.now)
    told += remind_committee(session, actor=run.actor, now=run.now)
    told += advance_honours(session, actor=run.actor, now=run.now)
    erase_unused_stories(session, actor=run.actor, now=run.now)
    told += follow_staff_work(session, actor=run.actor, now=run.now)
    return "told" if told else "nobody_to_tell"


def watch_step(session: Session, run: Run) -> str:
    """Look for abnormal changes, figures outside their range and figures that have not come; remind of explanations."""
    return "told" if watch(session, actor=run.actor, now=run.now) else "nothing_new"


JOBS: Mapping[str, Job] = MappingProxyType(
    {
        names.OPEN: Job(
            open_step,
            reads="cooperation",
            not_yet=frozenset({"round_still_open", "round_unconnected"}),
            never=frozenset({"closing_in_the_past"}),
        ),
        names.INVITE: Job(invite_step),
        names.REMIND: Job(remind_step),
        names.CLOSE: Job(close_step),
        names.COUNT: Job(count_step, work=count_work, reads="key", not_yet=frozenset({"round_is_open"})),
        names.EXAMINE: Job(examine_step, before=before_examining),
        names.SETTLE: Job(
            settle_step,
            before=before_settling,
            work=settle_work,
            not_yet=frozenset(
                {"round_open", "round_not_counted", "panel_open", "panel_not_counted", "period_not_over"}
            ),
        ),
        names.DRAFT: Job(draft_step, not_yet=frozenset({"not_settled"})),
        names.SURVEY: Job(survey_step),
        names.FOLLOW_UP: Job(follow_up_step),
        names.WATCH: Job(watch_step),
    }
)
"""Every job by the name that `schedule.toml` uses."""


def _import_cooperation(session: Session, file: str, run: Run) -> None:
    if run.inputs.cooperation is None:
        raise DomainError("schedule_file_unreadable", file=file)
    outcome = import_cooperation(session, content=run.inputs.cooperation, file=file, actor=run.actor, now=run.now)
    if not isinstance(outcome, ImportReport):
        raise DomainError("schedule_cooperation_refused", file=file, faults=len(outcome), key=outcome[0].key)
