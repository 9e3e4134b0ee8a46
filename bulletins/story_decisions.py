"""What happens to a story: offered with consent, chosen for a month or declined by the office, taken back.

A patient's story is tied to nothing: no response, ticket, account or chat; the row and the trail know the day, and the
number of the row is drawn by lot, so that no order tells who came when. Whoever holds the receipt takes it back; then
its words are erased here, and an edition that is printed already is for the office to correct. Refuses to change words.
Draws the number of a row from the system's random source.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bulletins.editions import RELEASED, draft, latest, released
from bulletins.honour_models import Story
from bulletins.models import Bulletin, Rendering
from bulletins.notices import tell
from bulletins.stories import (
    CHOSEN,
    DECLINED,
    DOCTOR,
    MOST_TOLD,
    OFFERED,
    PATIENT,
    WITHDRAWN,
    chosen_for,
    stories_of,
    story,
    story_by_receipt,
    story_receipt_hash,
)
from bulletins.story_words import CONSENT, LONGEST_BYLINE, LONGEST_KNOWN_NAME, tidy_byline, tidy_story
from bulletins.wording import period_name
from consortium.people import people_with_role, units_of
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, may_run_season, require
from consortium.units import unit, zone
from locales.errors import DomainError
from locales.texts import text
from outbox.message import Message
from storage.audit import record
from storage.database import insert_new, serialize

MOST_OF_PATIENTS_A_DAY = 60
"""How many stories patients may offer on one day, all of them together: who they are is not known."""

UNUSED_LIFETIME = timedelta(days=180)
"""After which a story that no bulletin tells is erased; the notice says so (`stories.consent.common`)."""

MOST_WAITING_OF_ONE = 5
"""How many stories of one person known by name may wait for the office at a time."""

_NUMBERS = 2**31 - 2


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A story that was taken back. `printed_in`: the month whose released bulletin tells it; None where none does."""

    story: Story
    printed_in: Period | None


def offer_patient_story(
    session: Session, *, words: str, byline: str, unit_code: str | None, language: str, consent: str, receipt: str,
    now: datetime,
) -> Story:  # fmt: skip
    """A patient offers a story. `receipt` is the code that its teller keeps; the same code again offers nothing new.

    Errors: `story_consent_missing`, those of the words, `story_offered_already` (with this code, other words),
    `story_day_full`, `unit_unknown`.
    """
    day = day_of(session, now)
    serialize(session, "stories:patients")
    tidied = _tidied(session, words, byline, unit_code, consent=consent, longest=LONGEST_BYLINE)
    before = story_by_receipt(session, receipt)
    if before is not None:
        if (before.words, before.byline, before.unit_code) == tidied:
            return before
        raise DomainError("story_offered_already")
    of_today = select(func.count()).select_from(Story).where(Story.teller == PATIENT, Story.offered_at == day)
    if session.scalars(of_today).one() >= MOST_OF_PATIENTS_A_DAY:
        raise DomainError("story_day_full")
    values = {"teller": PATIENT, "person_id": None, "language": language}
    return _kept(session, tidied, values, receipt=receipt, actor="patient", at=day)


def offer_doctor_story(
    session: Session, *, words: str, byline: str, unit_code: str | None, language: str, consent: str, receipt: str,
    actor: Actor, now: datetime,
) -> Story:  # fmt: skip
    """Somebody known by name offers a story, of a unit of theirs or of none. The same receipt again: the same story.

    Errors: `story_consent_missing`, those of the words, `story_not_own_unit`, `story_too_many`.
    """
    serialize(session, f"stories:{actor.person_id}")
    tidied = _tidied(session, words, byline, unit_code, consent=consent, longest=LONGEST_KNOWN_NAME)
    if unit_code is not None and unit_code not in units_of(session, actor.person_id):
        raise DomainError("story_not_own_unit")
    before = story_by_receipt(session, receipt)
    if before is not None:
        return before
    waiting = [each for each in stories_of(session, actor.person_id) if each.state == OFFERED]
    if len(waiting) >= MOST_WAITING_OF_ONE:
        raise DomainError("story_too_many", most=MOST_WAITING_OF_ONE)
    values = {"teller": DOCTOR, "person_id": actor.person_id, "language": language}
    return _kept(session, tidied, values, receipt=receipt, actor=actor.ref, at=now)


def choose_story(session: Session, *, story_id: int, period: Period, actor: Actor, now: datetime) -> Story:
    """The office puts a story that was offered or declined into a month's bulletin; its draft takes it up.

    Errors: `not_allowed`, `story_unknown`, `story_withdrawn`, `story_chosen_already`, `story_month_full`,
    `story_month_released`.
    """
    require(may_run_season(actor))
    _refuse_printed(session, period)
    serialize(session, f"stories:{period}")
    if len(chosen_for(session, period)) >= MOST_TOLD:
        raise DomainError("story_month_full", most=MOST_TOLD, period=str(period))
    values = {"state": CHOSEN, "period": str(period), "decided_by": actor.person_id, "decided_at": now}
    if not _step(session, story_id, (OFFERED, DECLINED), values):
        raise _not_decided(session, story_id)
    return _decided(session, story_id, "choose_story", period=period, actor=actor, now=now)


def decline_story(session: Session, *, story_id: int, actor: Actor, now: datetime) -> Story:
    """The office will not print a story, or takes one out again that it had chosen, as long as that is not released.

    Errors: `not_allowed`, `story_unknown`, `story_withdrawn`, `story_declined_already`, `story_month_released`.
    """
    require(may_run_season(actor))
    before = story(session, story_id)
    period = Period.parse(before.period) if before.state == CHOSEN and before.period is not None else None
    if period is not None:
        _refuse_printed(session, period)
    values = {"state": DECLINED, "period": None, "decided_by": actor.person_id, "decided_at": now}
    if not _step(session, story_id, (OFFERED, CHOSEN), values):
        raise _not_decided(session, story_id)
    return _decided(session, story_id, "decline_story", period=period, actor=actor, now=now)


def take_back_story(session: Session, *, receipt: str, now: datetime) -> TakenBack:
    """Whoever holds the receipt takes the story back, at any time: its words and the name beneath it are erased, a
    draft loses it, and of an edition that was released the office is told. `receipt_unfound`, `story_withdrawn`.
    """
    if (found := story_by_receipt(session, receipt)) is None:
        raise DomainError("receipt_unfound")
    return _taken_back(session, found, now)


def take_back_own_story(session: Session, *, story_id: int, actor: Actor, now: datetime) -> TakenBack:
    """The same for one's own, without the receipt, where one is known by name. `story_unknown` for anybody else."""
    found = story(session, story_id)
    if found.person_id is None or found.person_id != actor.person_id:
        raise DomainError("story_unknown")
    return _taken_back(session, found, now)


def erase_unused_stories(session: Session, *, actor: str, now: datetime) -> int:
    """Erase the words of stories that half a year after they were offered are told in no bulletin, though one was
    perhaps chosen for a month that was never released; how many. Drafts lose them.
    """
    released = select(Bulletin.period).where(Bulletin.state == RELEASED)
    is_untold = Story.state.in_((OFFERED, DECLINED)) | ((Story.state == CHOSEN) & Story.period.not_in(released))
    is_old = (Story.offered_at <= now - UNUSED_LIFETIME) & is_untold
    drafts = session.scalars(select(Story.period).where(is_old, Story.state == CHOSEN).distinct()).all()
    erasing = update(Story).where(is_old).values(state=WITHDRAWN, words=None, byline=None).returning(Story.id)
    erased = session.scalars(erasing.execution_options(synchronize_session=False)).all()
    for period in drafts:
        _refresh(session, Period.parse(str(period)), actor, now)
    if erased:
        details = {"stories": len(erased)}
        record(session, actor=actor, action="erase_unused_stories", subject="stories", now=now, details=details)
    return len(erased)


def open_months(session: Session, now: datetime) -> list[Period]:
    """The months whose bulletin can still take a story: the last one and this one, unless they are released."""
    this = Period.month_of(now, zone(session))
    found = (this.previous(), this)
    return [each for each in found if (standing := latest(session, each)) is None or standing.state != RELEASED]


def _taken_back(session: Session, found: Story, now: datetime) -> TakenBack:
    words, chosen_in = found.words, found.period if found.state == CHOSEN else None
    values = {"state": WITHDRAWN, "words": None, "byline": None}
    if words is None or not _step(session, found.id, (OFFERED, CHOSEN, DECLINED), values):
        raise DomainError("story_withdrawn")
    gone = story(session, found.id)
    at = day_of(session, now) if gone.teller == PATIENT else now
    actor = "patient" if gone.person_id is None else f"person:{gone.person_id}"
    record(session, actor=actor, action="withdraw_story", subject=_subject(gone), now=at)
    if chosen_in is not None:
        _refresh(session, Period.parse(chosen_in), "schedule", at)
    if (printed_in := _printed_in(session, words)) is not None:
        _tell_office(session, gone, printed_in, at)
    return TakenBack(gone, printed_in)


def day_of(session: Session, now: datetime) -> datetime:
    """The first moment of the day on the consortium's calendar: all that is kept of when a patient spoke."""
    place = zone(session)
    return datetime.combine(now.astimezone(place).date(), time(), place).astimezone(UTC)


_Tidied = tuple[str, str | None, str | None]


def _tidied(session: Session, words: str, byline: str, unit_code: str | None, *, consent: str, longest: int) -> _Tidied:
    if consent != CONSENT:
        raise DomainError("story_consent_missing")
    if unit_code is not None:
        unit(session, unit_code)
    return tidy_story(words), tidy_byline(byline, longest), unit_code


def _kept(
    session: Session, tidied: _Tidied, who: Mapping[str, str | None], *, receipt: str, actor: str, at: datetime
) -> Story:
    words, byline, unit_code = tidied
    values: dict[str, object] = {
        **who, "unit_code": unit_code, "words": words, "byline": byline, "consent": CONSENT, "offered_at": at,
        "receipt_hash": story_receipt_hash(receipt), "state": OFFERED, "period": None, "decided_by": None,
        "decided_at": None,
    }  # fmt: skip
    while not insert_new(session, Story, {"id": 1 + secrets.randbelow(_NUMBERS), **values}, ["id"]):
        continue  # the number is taken: another one
    made = session.scalars(select(Story).where(Story.receipt_hash == values["receipt_hash"])).one()
    details = {"consent": CONSENT, "unit": unit_code or "", "signed": byline is not None}
    record(session, actor=actor, action="offer_story", subject=_subject(made), now=at, details=details)
    return made


def _step(session: Session, story_id: int, states: tuple[str, ...], values: Mapping[str, object]) -> bool:
    """Change a story if it stands so: the condition is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(Story)
        .where(Story.id == story_id, Story.state.in_(states))
        .values(**values)
        .returning(Story.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _not_decided(session: Session, story_id: int) -> DomainError:
    state = story(session, story_id).state
    return DomainError(
        {WITHDRAWN: "story_withdrawn", DECLINED: "story_declined_already"}.get(state, "story_chosen_already")
    )


def _decided(
    session: Session, story_id: int, action: str, *, period: Period | None, actor: Actor, now: datetime
) -> Story:
    decided = story(session, story_id)
    details = {"period": str(period or "")}
    record(session, actor=actor.ref, action=action, subject=f"story:{story_id}", now=now, details=details)
    if period is not None:
        _refresh(session, period, actor.ref, now)
    return decided


def _refuse_printed(session: Session, period: Period) -> None:
    standing = latest(session, period)
    if standing is not None and standing.state == RELEASED:
        raise DomainError("story_month_released", period=str(period))


def _refresh(session: Session, period: Period, actor: str, now: datetime) -> None:
    """Bring a draft to what it tells now, and forget what was drawn of it before."""
    standing = latest(session, period)
    if standing is None or standing.state == RELEASED:
        return
    standing = draft(session, period=period, actor=actor, now=now)
    old = (Rendering.bulletin_id == standing.id) & (Rendering.content_hash != standing.content_hash)
    session.execute(delete(Rendering).where(old).execution_options(synchronize_session=False))


def _printed_in(session: Session, words: str) -> Period | None:
    """The newest month whose bulletin, as it was released last, tells these words."""
    seen: set[str] = set()
    for edition in released(session):
        told = [each["words"] for each in edition.content.get("stories", ())]
        if edition.period not in seen and words in told:
            return Period.parse(edition.period)
        seen.add(edition.period)
    return None


def _tell_office(session: Session, gone: Story, period: Period, now: datetime) -> None:
    def message(language: str) -> Message:
        return Message(text(language, "stories.notice.taken_back", period=period_name(period, language)))

    key = f"story_back:{gone.id}"
    tell(session, people=people_with_role(session, OFFICE), key=key, kind="notice", message=message, now=now)


def _subject(found: Story) -> str:
    """How the trail names a story that is offered or taken back: a patient's has no number there."""
    return "story" if found.teller == PATIENT else f"story:{found.id}"
