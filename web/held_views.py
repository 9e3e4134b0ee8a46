"""Held answers as pages show them: numbers by unit, and each answer with what speaks against it. Reads nothing.

An answer is known here by a few letters of its random id, so that two people can speak of the same one. Nothing here
says what was answered, by whose visit, or when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from locales.texts import text
from surveys.figure_wording import hold_name, signal_name
from surveys.honesty.holds import DOUBTED, KEPT, PROPOSED, RELEASED, HeldResponse, HoldRate
from surveys.honesty.signals import SIGNALS
from surveys.honesty.words import share_text

PROPOSE, RELEASE, KEEP = "propose", "release", "keep"
ACTS = (PROPOSE, RELEASE, KEEP)
MOST_LISTED = 200
"""Of one unit at once; those that wait for somebody come first."""

_ORDER = (PROPOSED, DOUBTED, KEPT, RELEASED)
_MARKS = {PROPOSED: "is-waiting", DOUBTED: "is-bad", RELEASED: "is-good"}
_POSSIBLE = {PROPOSE: (DOUBTED, KEPT), RELEASE: (PROPOSED,), KEEP: (DOUBTED, PROPOSED)}
_SHORT = 6


@dataclass(frozen=True, slots=True)
class RateView:
    """A unit's month in numbers. `code` and `name` are "" for all units together; `share` says "—" without answers."""

    code: str
    name: str
    answers: int
    flagged: int
    released: int
    share: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """One held answer. `by` says in words who has proposed or decided, "" where nobody has."""

    id: str
    short: str
    signals: tuple[str, ...]
    state: str
    mark: str
    by: str
    may_be_chosen: bool


@dataclass(frozen=True, slots=True)
class UnitHeld:
    """A unit's held answers and which buttons make sense for them; `more` are not listed."""

    code: str
    name: str
    count: int
    answers: tuple[HeldView, ...]
    acts: tuple[str, ...]
    more: int


def rate_view(rate: HoldRate, code: str = "", name: str = "") -> RateView:
    """Rounded here, once."""
    return RateView(code, name, rate.answers, rate.flagged, rate.released, share_text(rate.rate))


def together(rates: Iterable[HoldRate]) -> HoldRate:
    """All units as one."""
    kept = list(rates)
    return HoldRate(
        answers=sum(rate.answers for rate in kept),
        flagged=sum(rate.flagged for rate in kept),
        released=sum(rate.released for rate in kept),
    )


def unit_held(
    held: Sequence[HeldResponse], *, code: str, name: str, people: Mapping[str, str], may_act: bool, language: str
) -> UnitHeld:
    """One unit's answers, those first that wait for somebody. `people`: id → name."""
    ordered = sorted(held, key=lambda each: _ORDER.index(each.state))  # a stable sort: the heaviest stay first
    states = {each.state for each in held}
    return UnitHeld(
        code=code,
        name=name,
        count=len(held),
        answers=tuple(_held_view(each, people, may_act, language) for each in ordered[:MOST_LISTED]),
        acts=tuple(act for act in ACTS if may_act and states.intersection(_POSSIBLE[act])),
        more=max(len(held) - MOST_LISTED, 0),
    )


def _held_view(held: HeldResponse, people: Mapping[str, str], may_act: bool, language: str) -> HeldView:  # noqa: FBT001 - a fact of one page
    return HeldView(
        id=held.response_id,
        short=held.response_id[:_SHORT],
        signals=tuple(signal_name(signal, language) for signal in SIGNALS if signal in held.signals),
        state=hold_name(held.state, language),
        mark=_MARKS.get(held.state, ""),
        by=_by(held, people, language),
        may_be_chosen=may_act and held.state != RELEASED,
    )


def _by(held: HeldResponse, people: Mapping[str, str], language: str) -> str:
    proposer, decider = (people.get(each or "", each or "") for each in (held.proposed_by, held.decided_by))
    if held.state == PROPOSED:
        return text(language, "held.proposed_by", name=proposer)
    if held.state == RELEASED:
        return text(language, "held.released_by", proposer=proposer, name=decider)
    return text(language, "held.kept_by", name=decider) if held.state == KEPT else ""
