"""What is different between two schemes: every changed weight, target, curve, flag and text, one line each. PURE.

Both are laid out as rows of keys, as their files have them, and compared row by row. Year and version are not compared,
and the first month only within a year: next year's scheme that says the same has no differences. Refuses to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import Curve, Indicator, Line, Note, Scheme, Tier, Wording
from locales.numbers import plain
from locales.texts import LANGUAGES

Place = tuple[str | None, str | None, str]
"""Tier, indicator and key; None: of the scheme as a whole, of every tier."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs. `before` is "" where it is new, `after` where it is gone."""

    tier: str | None
    indicator: str | None
    key: str
    before: str
    after: str


def diff_schemes(old: Scheme, new: Scheme) -> tuple[Change, ...]:
    """Every difference in the order of the schemes: the head, the indicators, then tier by tier and line by line."""
    before, after = _laid_out(old), _laid_out(new)
    if old.year != new.year:
        for rows in (before, after):
            del rows[None, None, "effective"]
    return tuple(
        Change(*place, before.get(place, ""), after.get(place, ""))
        for place in _merged(list(before), list(after))
        if before.get(place, "") != after.get(place, "")
    )


def _merged(before: list[Place], after: list[Place]) -> Iterator[Place]:
    """The places of both, those of one thing together: as the new scheme stands, with what is gone behind it."""
    known = set(after)
    things: dict[tuple[int, str | None, str | None], list[Place]] = {}
    for place in [*after, *(each for each in before if each not in known)]:
        things.setdefault((_part(place), *place[:2]), []).append(place)
    order = {thing: number for number, thing in enumerate(things)}
    tiers = {tier: number for number, tier in enumerate(dict.fromkeys(thing[1] for thing in things))}
    for thing in sorted(things, key=lambda each: (each[0], tiers[each[1]], order[each])):
        yield from things[thing]


def _part(place: Place) -> int:
    """Head, indicators, tables."""
    tier, indicator, _ = place
    if tier is not None:
        return 2
    return 0 if indicator is None else 1


def _laid_out(scheme: Scheme) -> dict[Place, str]:
    """Every key with what it says, in order."""
    rows: dict[Place, str] = {(None, None, key): value for key, value in _head(scheme)}
    for code, indicator in scheme.indicators.items():
        rows |= {(None, code, key): value for key, value in _indicator(indicator)}
    for code, tier in scheme.tiers.items():
        rows |= {(code, None, key): value for key, value in _tier(tier)}
        for line in tier.lines:
            rows |= {(code, line.indicator, key): value for key, value in _line(line)}
    for note in scheme.notes:
        rows |= {(note.tier, note.indicator, key): value for key, value in _note(note)}
    return rows


def _head(scheme: Scheme) -> Iterator[tuple[str, str]]:
    yield from _worded("title", scheme.title)
    yield "effective", scheme.effective
    yield "year_rule", scheme.year_rule
    watching = scheme.watching
    yield "watching.readings_due", str(watching.readings_due)
    yield "watching.explanation_workdays", str(watching.explanation_workdays)
    yield "watching.below", _number(watching.below)
    yield "watching.periods", str(watching.periods)
    if scheme.approval is not None:
        yield "approval.quorum", str(scheme.approval.quorum)
        yield "approval.majority", scheme.approval.majority
    if scheme.actions is not None:
        yield "actions.below", _number(scheme.actions.below)
        yield "actions.targets", "true" if scheme.actions.targets else "false"
        yield "actions.workdays", str(scheme.actions.workdays)
    for override in scheme.overrides:
        yield from _worded(f"overrides.{override.bound}.{override.tier or '*'}", override.reason)
    for name, entries in (("dimensions", scheme.dimensions), ("parties", scheme.parties)):
        for code, wording in entries.items():
            yield from _worded(f"{name}.{code}", wording)


def _indicator(indicator: Indicator) -> Iterator[tuple[str, str]]:
    yield from _worded("name", indicator.name)
    for key in ("dimension", "party", "direction", "input", "aspect"):
        yield key, str(getattr(indicator, key))
    for key in ("unit", "questionnaire", "measure", "definition", "surveyor", "standard", "perspective", "over_time"):
        yield key, getattr(indicator, key) or ""
    yield "target_by", indicator.target_by or ""
    yield "flags", ", ".join(sorted(indicator.flags))
    for key in ("unit_wording", "source", "owner", "method"):
        yield from _worded("unit" if key == "unit_wording" else key, getattr(indicator, key))
    yield "of", ", ".join(indicator.of)
    yield "by", indicator.by if indicator.of else ""
    yield "range", _numbers(indicator.range or ())
    yield "evidence", _truth(indicator.needs_evidence)
    yield "bonus", _truth(indicator.is_bonus)
    if indicator.panel is not None:
        yield "experts", str(indicator.panel.minimum)
        yield from _worded("low", indicator.panel.low)
        yield from _worded("high", indicator.panel.high)
    yield from _curve(indicator.curve)


def _tier(tier: Tier) -> Iterator[tuple[str, str]]:
    yield from _worded("name", tier.name)
    yield "ranked", _truth(tier.ranked)
    yield "collaboration", _number(tier.collaboration)
    yield "raters", "" if tier.raters is None else str(tier.raters)


def _line(line: Line) -> Iterator[tuple[str, str]]:
    yield "points", _number(line.points)
    yield "range", _numbers(line.range or ())
    if line.curve is not None:
        yield from _curve(line.curve)


def _curve(curve: Curve) -> Iterator[tuple[str, str]]:
    yield "curve", curve.kind
    for key in ("floor", "target", "ceiling"):
        yield key, _number(getattr(curve, key))
    yield "band", _numbers(curve.band or ())
    yield "steps", ", ".join(f"{_number(limit)} → {_number(share)}" for limit, share in curve.steps)
    yield "against", curve.against or ""
    yield "per", curve.per or ""


def _note(note: Note) -> Iterator[tuple[str, str]]:
    if note.assumed:
        yield "assumed", _truth(note.assumed)
    yield from _worded("note", note.text)


def _worded(key: str, wording: Wording | None) -> Iterator[tuple[str, str]]:
    """A text in each of its languages, those of the product first."""
    languages: Mapping[str, str] = wording or {}
    for language in dict.fromkeys((*LANGUAGES, *sorted(languages))):
        if language in languages:
            yield f"{key}.{language}", languages[language]


def _number(value: Fraction | None) -> str:
    """Exact: a finite decimal in full, anything else as a fraction."""
    if value is None:
        return ""
    short = plain(value)
    return short if Fraction(short) == value else str(value)


def _numbers(values: Iterable[Fraction]) -> str:
    return " – ".join(_number(value) for value in values)


def _truth(value: bool) -> str:  # noqa: FBT001 - the value itself
    return "true" if value else "false"
