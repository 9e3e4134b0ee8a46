"""Alerts and written explanations as pages show them. Knows the words; refuses to know who may see a page."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.permissions import Actor
from consortium.workdays import local_date
from evaluation.alerts import FEED, KINDS, RANGE, arrived, may_explain
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.objections import is_of_unit
from evaluation.range_explanations import ACCEPTED, GIVEN, explanation_mark, is_overdue
from scheduler.watch_wording import (
    Words,
    alert_history,
    alert_text,
    due_text,
    explanation_text,
    state_text,
    words_for,
)


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert, or all figures of a unit's month that have not come. `indicator` "" stands for the whole group."""

    id: int
    kind: str
    unit_code: str
    unit: str
    period: str
    period_name: str
    indicator: str
    said: str
    history: tuple[tuple[str, str], ...]
    reason: str
    state: str
    may_say: bool


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """One written explanation as it stands, for whoever looks."""

    id: int
    unit: str
    period_name: str
    said: str
    due: str
    state: str
    mood: str
    words: str
    by: str
    answer: str
    mark: str
    is_own_unit: bool
    may_write: bool


def open_views(session: Session, alerts: Sequence[Alert], language: str) -> list[tuple[str, list[AlertView]]]:
    """By kind, what nobody has seen; figures that have not come stand together by unit and month."""
    words = words_for(session, language, alerts)
    found = []
    for kind in KINDS:
        same = sorted((each for each in alerts if each.kind == kind), key=_place)
        groups = [list(group) for _, group in itertools.groupby(same, key=_place if kind == FEED else _single)]
        if groups:
            found.append((kind, [_open_view(words, group) for group in groups]))
    return found


def past_views(session: Session, alerts: Sequence[Alert], language: str, actor: Actor | None = None) -> list[AlertView]:
    """Alerts one by one, with what has become of them; with `actor`, whether they may say what lies behind one."""
    words, come = words_for(session, language, alerts), arrived(session, alerts)
    return [_view(words, each, come, actor) for each in alerts]


def explanation_views(
    session: Session, found: Sequence[WrittenExplanation], *, actor: Actor, language: str, today: date
) -> list[ExplanationView]:
    """Explanations in the order given."""
    words = Words(session, language)
    return [_explanation(words, each, actor, today) for each in found]


def _place(alert: Alert) -> tuple[str, str]:
    return alert.period, alert.unit_code


def _single(alert: Alert) -> int:
    return alert.id


def _open_view(words: Words, group: list[Alert]) -> AlertView:
    first = group[0]
    if first.kind != FEED:
        return _view(words, first, frozenset(), None)
    names = words.say("page.alerts.separator").join(words.name(each.period, each.indicator) for each in group)
    reasons = dict.fromkeys(each.reason for each in group if each.reason)
    return AlertView(
        id=first.id, kind=FEED, unit_code=first.unit_code, unit=words.unit(first.unit_code), period=first.period,
        period_name=words.period(first.period), indicator="", said=words.say("page.alerts.missing", names=names),
        history=(), reason="\n".join(reasons), state="", may_say=False,
    )  # fmt: skip


def _view(words: Words, alert: Alert, come: Collection[int], actor: Actor | None) -> AlertView:
    may_say = actor is not None and alert.kind != RANGE and alert.id not in come
    return AlertView(
        id=alert.id,
        kind=alert.kind,
        unit_code=alert.unit_code,
        unit=words.unit(alert.unit_code),
        period=alert.period,
        period_name=words.period(alert.period),
        indicator=alert.indicator,
        said=alert_text(words, alert),
        history=tuple(alert_history(words, alert)),
        reason=alert.reason or "",
        state=_state(words, alert, come),
        may_say=may_say and actor is not None and may_explain(actor, alert.unit_code),
    )


def _state(words: Words, alert: Alert, come: Collection[int]) -> str:
    if alert.id in come:
        return words.say("page.alerts.come")
    if alert.seen_at is None or alert.seen_by is None:
        return ""
    day = local_date(words.session, alert.seen_at).isoformat()
    return words.say("page.alerts.seen_by", name=_person(words.session, alert.seen_by), date=day)


def _explanation(words: Words, found: WrittenExplanation, actor: Actor, today: date) -> ExplanationView:
    session = words.session
    by = ""
    if found.given_by is not None and found.given_at is not None:
        day = local_date(session, found.given_at).isoformat()
        by = words.say("page.explanations.by", name=_person(session, found.given_by), date=day)
    return ExplanationView(
        id=found.id,
        unit=words.unit(found.unit_code),
        period_name=words.period(found.period),
        said=explanation_text(words, found),
        due=words.say("page.explanations.due", due=due_text(words, found)),
        state=state_text(words, found, today),
        mood="is-good" if found.state == ACCEPTED else "is-bad" if is_overdue(found, today) else "is-waiting",
        words=found.words or "",
        by=by,
        answer=found.answer or "",
        mark=explanation_mark(found) if found.state == GIVEN else "",
        is_own_unit=is_of_unit(session, actor.person_id, found.unit_code),
        may_write=found.state != ACCEPTED and may_explain(actor, found.unit_code),
    )


def _person(session: Session, person_id: str) -> str:
    found = session.get(Person, person_id)
    return found.name if found is not None else person_id
