"""Bringing together what the signals look at, from what is stored: first what all units share, then unit by unit.

So that a night's work on a large consortium can be done in short transactions, one for each unit. Reads only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, not_, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.units import zone
from surveys.audiences.blindness import of_blind_survey
from surveys.fielding.models import Fielded
from surveys.honesty.facts import Facts, content_of, words_of
from surveys.honesty.models import SenderTrace
from surveys.honesty.rhythm import SLOT, Audience, Moment, Rhythm, audience, expectation, learn_rhythm
from surveys.honesty.signals import UnitMonth
from surveys.honesty.texts import plain, used_phrases
from surveys.models import Answer, Invitation, Response
from surveys.questionnaires import load
from surveys.sittings import HELD, SENT, VISIT
from surveys.structure import OTHER, STRING, TEXT

_SAME_CONTACT = 120.0  # seconds between an invitation and the first message about it
_COUNTED = (VISIT, HELD)  # what would carry points if nobody doubted it


@dataclass(frozen=True, slots=True)
class Common:
    """What the units of a consortium share in a month: the rhythm of answering, and what comments say alike."""

    period: Period
    rhythm: Rhythm
    audiences: Mapping[str, Audience]
    used: frozenset[str]
    wholes: frozenset[str]

    @property
    def units(self) -> list[str]:
        return sorted(self.audiences)


def gather_common(session: Session, *, period: Period) -> Common:
    """From the times of all answers and invitations, and from the comments; nothing of any other answer."""
    clock = _Clock(period, zone(session))
    contacts = _contacts(session, clock)
    moments: dict[str, list[Moment]] = defaultdict(list)
    for row in session.execute(_responses(session, period)):
        moments[row.unit_code].append(clock.moment(row))
    hours = clock.hours()
    audiences = {unit: audience(contacts.get(unit, ()), hours) for unit in sorted(contacts.keys() | moments.keys())}
    rhythm = learn_rhythm([(reached, moments.get(unit, [])) for unit, reached in audiences.items()])
    used, wholes = used_phrases(plain(words) for words in _comments(session, period))
    return Common(period, rhythm, audiences, used, wholes)


def gather_unit(session: Session, *, common: Common, unit_code: str, visits: int | None = None) -> UnitMonth:
    """One unit's responses of the month, in the order they came."""
    clock = _Clock(common.period, zone(session))
    rows = session.execute(_responses(session, common.period, unit_code)).all()
    answers = _answers(session, common.period, unit_code)
    moments = [clock.moment(row) for row in rows]
    return UnitMonth(
        responses=[_facts(session, row, answers.get(row.id, {})) for row in rows],
        moments=moments,
        expected=expectation(common.rhythm, common.audiences[unit_code], len(moments)),
        used=common.used,
        wholes=common.wholes,
        visits=visits,
    )


class _Clock:
    """Seconds since the month began, on the consortium's calendar."""

    def __init__(self, period: Period, place: ZoneInfo) -> None:
        self.start, self.end = period.bounds(place)
        self._place = place

    def seconds(self, moment: datetime) -> float:
        return (moment - self.start).total_seconds()

    def moment(self, row: Row[*tuple[Any, ...]]) -> Moment:
        contacts = [each for each in (row.created_at, row.contacted_at) if each is not None and each <= row.sent_at]
        contact_at = max(contacts, default=row.sent_at)
        return Moment(self.seconds(row.sent_at), row.sent_at.astimezone(self._place).hour, self.seconds(contact_at))

    def hours(self) -> list[int]:
        """The hour of each slot of the month."""
        slots = int((self.end - self.start).total_seconds()) // SLOT
        return [(self.start + timedelta(seconds=SLOT * slot)).astimezone(self._place).hour for slot in range(slots)]


def _responses(session: Session, period: Period, unit_code: str | None = None) -> Select[*tuple[Any, ...]]:
    """Blind responses have no times that could be looked at, and nobody looks at them one by one."""
    statement = (
        select(
            Response.id,
            Response.unit_code,
            Response.mode,
            Response.language,
            Response.consented_at,
            Response.sent_at,
            Invitation.created_at,
            Invitation.questionnaire_id,
            Invitation.questionnaire_version,
            Fielded.contacted_at,
            SenderTrace.sender,
        )
        .join(Invitation, Invitation.id == Response.invitation_id)
        .outerjoin(Fielded, Fielded.invitation_id == Response.invitation_id)
        .outerjoin(SenderTrace, SenderTrace.response_id == Response.id)
        .where(
            Response.state == SENT,
            Response.stream.in_(_COUNTED),
            Response.period == str(period),
            not_(of_blind_survey(session)),
        )
        .order_by(Response.sent_at, Response.id)
    )
    return statement if unit_code is None else statement.where(Response.unit_code == unit_code)


def _contacts(session: Session, clock: _Clock) -> dict[str, list[float]]:
    """When the people of each unit who could answer in the month were written to."""
    rows = session.execute(
        select(Invitation.unit_code, Invitation.created_at, Fielded.contacted_at)
        .outerjoin(Fielded, Fielded.invitation_id == Invitation.id)
        .where(
            Invitation.stream == VISIT,
            Invitation.created_at < clock.end,
            Invitation.expires_at > clock.start,
            not_(of_blind_survey(session)),
        )
    )
    contacts: dict[str, list[float]] = defaultdict(list)
    for unit_code, created_at, contacted_at in rows:
        created = clock.seconds(created_at)
        contacts[unit_code].append(created)
        if contacted_at is not None and abs(clock.seconds(contacted_at) - created) > _SAME_CONTACT:
            contacts[unit_code].append(clock.seconds(contacted_at))
    return contacts


def _answers(session: Session, period: Period, unit_code: str) -> dict[str, dict[str, tuple[str, ...]]]:
    rows = session.execute(
        select(Answer.response_id, Answer.question_id, Answer.value)
        .join(Response, Response.id == Answer.response_id)
        .where(
            Response.unit_code == unit_code,
            Response.state == SENT,
            Response.stream.in_(_COUNTED),
            Response.period == str(period),
            Answer.value != "",
        )
        .order_by(Answer.response_id, Answer.question_id, Answer.place)
    )
    return _grouped(rows)


def _comments(session: Session, period: Period) -> Iterable[str]:
    """Everything that was written in own words in the month, one text for each response."""
    versions = session.execute(
        select(Invitation.questionnaire_id, Invitation.questionnaire_version)
        .join(Response, Response.invitation_id == Invitation.id)
        .where(
            Response.state == SENT,
            Response.stream.in_(_COUNTED),
            Response.period == str(period),
            not_(of_blind_survey(session)),
        )
        .distinct()
    ).all()
    for questionnaire_id, version in sorted(tuple(row) for row in versions):
        form = load(session, questionnaire_id, version)
        written = [question.id for question in form.questions if question.type in (STRING, TEXT)]
        rows = session.execute(
            select(Answer.response_id, Answer.question_id, Answer.value)
            .join(Response, Response.id == Answer.response_id)
            .join(Invitation, Invitation.id == Response.invitation_id)
            .where(
                Invitation.questionnaire_id == questionnaire_id,
                Invitation.questionnaire_version == version,
                Response.state == SENT,
                Response.stream.in_(_COUNTED),
                Response.period == str(period),
                Answer.question_id.in_(written) | Answer.value.startswith(OTHER, autoescape=True),
            )
            .order_by(Answer.response_id, Answer.question_id, Answer.place)
        )
        for answers in _grouped(rows).values():
            yield words_of(form, answers)


def _grouped(rows: Iterable[Row[str, str, str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Response → question → stored values in their order."""
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for response_id, question_id, value in rows:
        answers = found[response_id]
        answers[question_id] = (*answers.get(question_id, ()), value)
    return found


def _facts(session: Session, row: Row[*tuple[Any, ...]], answers: Mapping[str, tuple[str, ...]]) -> Facts:
    form = load(session, row.questionnaire_id, row.questionnaire_version)
    return Facts(
        response_id=row.id,
        form=f"{row.questionnaire_id}:{row.questionnaire_version}",
        mode=row.mode,
        seconds=(row.sent_at - row.consented_at).total_seconds(),
        content=content_of(form, answers, row.language),
        sender=row.sender,
    )
