"""What people do in the demo's season: patients answer, units vote, the office imports and releases.

Every act is a use case of the product, called as its own door calls it; only the people and their figures are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.configuration import Configuration
from app.demo import figures
from app.example_folder import COOPERATION
from bulletins.editions import latest, propose, release
from consortium.definition import UnitDefinition
from consortium.links import new_token
from consortium.people import actor_of, representatives
from consortium.periods import Period
from consortium.units import all_units, zone
from evaluation.elements import READING, WATCH
from evaluation.indicators import import_readings
from evaluation.readings import WHOLE_CONSORTIUM
from locales.errors import DomainError, Finding, Reask
from locales.texts import text
from reviews.ballots import assignments_of, cast_ballot
from reviews.cooperation import import_cooperation
from reviews.rounds import criteria_of, open_round, open_round_of, round_of
from scheduler.held_decisions import propose_held
from scheduler.timetable import CLOSE, due_time
from surveys.honesty.holds import held_responses
from surveys.invitations import invite
from surveys.questionnaires import for_kind
from surveys.responses import consent_to_text, give_consent, open_ticket, record_page, send_response

KIND = "outpatient"
LEAST_RESPONSES, MOST_RESPONSES = 28, 40
SILENT, ENGLISH = 0.15, 0.1  # for each who answers, how many do not; and how many read English
USUAL_SECONDS, CAREFUL_SECONDS, HASTY_SECONDS = 110.0, (50.0, 260.0), 3.0
HASTY = 0.008
"""How many are clicked through without reading: they are held out of the points until two people have looked."""

_OFFICE = "chen"
_SECOND = "zhao"
"""The two of the example who release: one proposes, the other agrees."""


def patients_answer(
    session: Session, *, unit: UnitDefinition, month: Period, number: int, until: datetime, seed: int
) -> int:
    """A month's patients of one unit: invited by the hospital's system, answering on the page; how many answered."""
    random = Random(f"{seed}:{unit.code}:{month}")  # noqa: S311 - invented people, no secret
    questionnaire = for_kind(session, KIND)
    assert questionnaire is not None
    quality = figures.qualities(_codes(session), seed)[unit.code]
    start, end = month.bounds(zone(session))
    comments = text("zh", "demo.comments").split("|"), text("en", "demo.comments").split("|")
    answered = 0
    for visit in range(round(random.randint(LEAST_RESPONSES, MOST_RESPONSES) * (1 + SILENT))):
        left = start + (end - start) * random.uniform(0.01, 0.95)
        sent = min(left + timedelta(hours=random.uniform(2, 40)), end - timedelta(minutes=random.randint(1, 60)))
        speaks_english, is_silent = random.random() < ENGLISH, visit % round(1 + 1 / SILENT) == 0
        if sent >= until:
            continue  # in the present month some visits still lie ahead
        ticket = new_token()
        invite(
            session,
            unit_code=unit.code,
            visit=f"{month}-{visit:04}",
            kind=KIND,
            discharged_at=left,
            language="en" if speaks_english else "zh",
            ticket=ticket,
            new_id=new_token(),
            actor="api:demo",
            now=left,
        )
        if not is_silent:
            answers = figures.patient_answers(
                random, questionnaire, quality=quality, month=number, comments=comments[speaks_english]
            )
            seconds = HASTY_SECONDS if random.random() < HASTY else random.uniform(*CAREFUL_SECONDS)
            answer_page(session, ticket, answers, now=sent, seconds=seconds)
            answered += 1
    return answered


def answer_page(
    session: Session, ticket: str, answers: dict[str, tuple[str, ...]], *, now: datetime, seconds: float = USUAL_SECONDS
) -> None:
    """Somebody opens their link, agrees, takes so many seconds to fill the page in, and sends it at `now`."""
    begun = now - timedelta(seconds=seconds)
    sitting = open_ticket(session, ticket=ticket, mode="page", new_id=new_token(), now=begun)
    give_consent(session, response_id=sitting.response_id, now=begun)
    consent_to_text(session, response_id=sitting.response_id, now=begun)
    _, refused = record_page(session, response_id=sitting.response_id, answers=answers, now=now)
    sent = send_response(session, response_id=sitting.response_id, receipt_code=new_token(), now=now)
    if refused or isinstance(sent, Reask):
        raise DomainError("demo_refused", code=getattr(sent, "code", "answers"))


def units_vote(session: Session, *, period: Period, share: float, now: datetime, seed: int) -> int:
    """The representatives score the units they worked with, up to `share` of their tasks; how many ballots."""
    round_ = round_of(session, period)
    if round_ is None:
        return 0
    criteria = len(criteria_of(round_))
    quality = figures.qualities(_codes(session), seed)
    cast = 0
    for unit in all_units(session):
        random = Random(f"{seed}:{period}:{unit.code}")  # noqa: S311 - invented marks
        severity = random.gauss(0, 0.35)
        actor = actor_of(session, representatives(session, unit.code)[0].id)
        tasks = assignments_of(session, period=period, unit_code=unit.code)
        for task in tasks[: round(len(tasks) * share)]:
            if not task.done:
                marks = figures.marks(random, quality=quality[task.target], severity=severity, criteria=criteria)
                cast_ballot(session, actor=actor, assignment_id=task.id, marks=marks, ballot_id=new_token(), now=now)
                cast += 1
    return cast


def import_readings_of(
    session: Session, *, configuration: Configuration, month: Period, number: int, now: datetime, seed: int
) -> None:
    """The month's indicator readings, as the CSV that the office imports."""
    scheme = next(scheme for scheme, _ in configuration.schemes if scheme.year == month.year)
    wanted = {
        unit.code: [
            line.indicator
            for line in scheme.tiers[unit.tier].lines
            if scheme.indicators[line.indicator].input == READING
            and scheme.indicators[line.indicator].direction != WATCH
        ]
        for unit in configuration.consortium.units
    }
    quality = figures.qualities(tuple(wanted), seed)
    _import(session, figures.readings_table(wanted, period=month, month=number, quality=quality, seed=seed), now)


def import_history(session: Session, *, last_year: int, now: datetime) -> None:
    """The figures of the years before, of their own definitions (rules 64 and 73)."""
    _import(session, figures.history_table(last_year, WHOLE_CONSORTIUM), now)


def two_people_release(session: Session, *, period: Period, now: datetime) -> None:
    """Chen proposes the month's bulletin, Zhao releases it."""
    bulletin = latest(session, period)
    assert bulletin is not None
    propose(session, actor=actor_of(session, _OFFICE), bulletin_id=bulletin.id, now=now)
    release(
        session,
        actor=actor_of(session, _SECOND),
        bulletin_id=bulletin.id,
        content_hash=bulletin.content_hash,
        now=now + timedelta(minutes=20),
    )


def open_present_round(session: Session, *, configuration: Configuration, month: Period, now: datetime) -> None:
    """Open the present month's round before its day, so that whoever looks can score."""
    if round_of(session, month) is not None or open_round_of(session) is not None:
        return
    content = (configuration.folder / COOPERATION).read_bytes()
    report = import_cooperation(session, content=content, file=COOPERATION, actor=f"person:{_OFFICE}", now=now)
    _refuse_findings(report)
    closes_at = due_time(configuration.timetable, job=CLOSE, period=month, zone=zone(session))
    open_round(session, period=month, closes_at=closes_at, actor=f"person:{_OFFICE}", now=now)


def propose_a_held_one(session: Session, *, month: Period, now: datetime) -> None:
    """Chen finds that one of a month's held answers should count; Zhao has not looked yet."""
    held = held_responses(session, period=month)
    if held:
        actor = actor_of(session, _OFFICE)
        propose_held(session, period=month, response_ids=[held[0].response_id], actor=actor, now=now)


def _import(session: Session, table: str, now: datetime) -> None:
    report = import_readings(session, content=table.encode(), file="readings.csv", actor=f"person:{_OFFICE}", now=now)
    _refuse_findings(report)


def _refuse_findings(report: object) -> None:
    if isinstance(report, list) and report and isinstance(report[0], Finding):
        raise DomainError("demo_refused", code=f"{report[0].key} {report[0].code}")


def _codes(session: Session) -> Sequence[str]:
    return tuple(unit.code for unit in all_units(session))
