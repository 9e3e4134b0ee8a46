"""An honour as a page shows it: how it stands, its nominations, whom its reader may vote for, its result (rule 48)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.honour_models import Honour, Nomination
from bulletins.honour_notices import title_of
from bulletins.honour_votes import (
    NOBODY,
    choices_for,
    is_counted,
    may_vote_now,
    result_list,
    result_mark,
    told_in_month,
    voters_of,
)
from bulletins.honour_wording import gate_words, result_words, rule_words, state_words, unit_wordings, who_words
from bulletins.honours import DECIDED, NOMINATING, PERSON, VOTING, result_of
from bulletins.nominations import may_nominate, nominations, passing
from bulletins.wording import name_in, period_name
from consortium.people import units_of
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, may_run_season
from consortium.polls import is_due, poll, published_slips, standing_of
from consortium.units import all_units
from locales.texts import text


@dataclass(frozen=True, slots=True)
class NomineeView:
    """A nomination. `may_withdraw` is about whoever looks."""

    number: int
    who: str
    words: str
    gate: str
    is_barred: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class HonourView:
    """One honour for whoever looks: what they may do, and what there is to see."""

    number: int
    title: str
    state: str
    rule: str
    is_for_people: bool
    nominees: tuple[NomineeView, ...]
    units: tuple[tuple[str, str], ...]
    may_nominate: bool
    choices: tuple[tuple[str, str], ...]
    may_vote: bool
    standing: str | None
    winners: tuple[str, ...]
    told_in: str | None
    is_decided: bool
    slips: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DeskView:
    """What the office may do about an honour, and what that does."""

    honour: HonourView
    eligible: int
    voters: int
    is_nominating: bool
    may_end: bool
    is_voting: bool
    result: tuple[str, ...]
    mark: str | None
    told_in: str | None


def honour_view(session: Session, found: Honour, *, actor: Actor, language: str, now: datetime) -> HonourView:
    """The honour as this person sees it."""
    units = unit_wordings(session)
    can_nominate = found.state == NOMINATING and now < found.nominate_until and may_nominate(actor)
    can_vote = may_vote_now(session, found, actor, now)
    result = result_of(found)
    return HonourView(
        number=found.id,
        title=title_of(found, language),
        state=state_words(session, found, language),
        rule=rule_words(found, language),
        is_for_people=found.goes_to == PERSON,
        nominees=tuple(
            NomineeView(
                number=each.id,
                who=who_words(units, each.unit_code, each.candidate, language),
                words=each.words,
                gate=gate_words(each.bar, language),
                is_barred=each.bar is not None,
                may_withdraw=can_nominate and (may_run_season(actor) or each.nominated_by == actor.person_id),
            )
            for each in nominations(session, found.id)
        ),
        units=_units_for(session, found, actor, language) if can_nominate else (),
        may_nominate=can_nominate,
        choices=_choices(session, found, actor, language) if can_vote else (),
        may_vote=can_vote,
        standing=_standing(session, found, actor, language),
        winners=tuple(
            who_words(units, each["unit"], each["candidate"], language) for each in result.get("winners", ())
        ),
        told_in=_told_in(result.get("told_in"), language),
        is_decided=found.state == DECIDED,
        slips=_slips(session, found, language),
    )


def desk_view(session: Session, found: Honour, *, actor: Actor, language: str, now: datetime) -> DeskView:
    """The same for the office, with the list that waits to be decided."""
    is_voting, counted = found.state == VOTING, is_counted(session, found)
    result = result_list(session, found) if is_voting and counted else None
    return DeskView(
        honour=honour_view(session, found, actor=actor, language=language, now=now),
        eligible=len(passing(session, found)) if found.state == NOMINATING else 0,
        voters=len(voters_of(session, found)) if found.state == NOMINATING else 0,
        is_nominating=found.state == NOMINATING,
        may_end=is_voting and found.poll_id is not None and is_due(session, poll(session, found.poll_id), now),
        is_voting=is_voting and not counted,
        result=tuple(result_words(unit_wordings(session), result, language)) if result is not None else (),
        mark=result_mark(found, result) if result is not None else None,
        told_in=period_name(told_in_month(session, now), language) if result is not None else None,
    )


def _units_for(session: Session, found: Honour, actor: Actor, language: str) -> tuple[tuple[str, str], ...]:
    units = all_units(session)
    if found.goes_to == PERSON and OFFICE not in actor.roles:
        own = units_of(session, actor.person_id)
        units = [each for each in units if each.code in own]
    return tuple((each.code, name_in(each.name, language, each.code)) for each in units)


def _choices(session: Session, found: Honour, actor: Actor, language: str) -> tuple[tuple[str, str], ...]:
    offered = [(str(each.id), _who(session, each, language)) for each in choices_for(session, found, actor)]
    return (*offered, (NOBODY, text(language, "honours.vote_none")))


def _who(session: Session, each: Nomination, language: str) -> str:
    return who_words(unit_wordings(session), each.unit_code, each.candidate, language)


def _standing(session: Session, found: Honour, actor: Actor, language: str) -> str | None:
    if found.state != VOTING or found.poll_id is None or is_counted(session, found):
        return None
    voted = standing_of(session, found.poll_id, actor.person_id)
    if voted is None:
        return text(language, "honours.may_not_vote")
    return text(language, "honours.has_voted") if voted else None


def _told_in(written: str | None, language: str) -> str | None:
    if written is None:
        return None
    return text(language, "honours.told_in", period=period_name(Period.parse(written), language))


def _slips(session: Session, found: Honour, language: str) -> tuple[tuple[str, str], ...]:
    """The published receipts of a decided honour, with whom each chose; none of fewer than five votes."""
    if found.state != DECIDED or found.poll_id is None:
        return ()
    named = {str(each.id): _who(session, each, language) for each in nominations(session, found.id)}
    nobody = text(language, "honours.vote_none")
    return tuple((each.slip, named.get(each.choice, nobody)) for each in published_slips(session, found.poll_id))
