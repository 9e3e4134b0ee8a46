"""A scheme 考核方案 read from its document (`scheme-YYYY.toml`, or the JSON it was stored as). PURE.

Knows the keys of the file and what must fit together for a score to be possible at all. Whether the scheme keeps the
bounds of the rules is a second question, answered by `check_bounds`: a scheme may be well formed and still be refused.
Everything is put into one order of its own, so that a scheme reads the same whatever order its file had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from consortium.definition import TIERS
from consortium.document import Findings, Table
from evaluation.bounds import BoundSum, bound_sums, check_bounds
from evaluation.elements import (
    BOUNDS,
    DIMENSIONS,
    MAJORITIES,
    OWN,
    PANEL,
    PARTIES,
    SIMPLE,
    WATCH,
    YEAR_RULES,
    Actions,
    Approval,
    Indicator,
    Line,
    Note,
    Override,
    Scheme,
    Tier,
    Watching,
    Wording,
)
from evaluation.scheme_curves import line_curve, read_pair
from evaluation.scheme_indicators import MONTH_FORM, check_shares, read_indicator, relate
from locales.errors import Finding
from reviews.panel_figures import MOST_INDICATORS

__all__ = ["BoundSum", "Indicator", "Line", "Note", "Scheme", "Tier", "bound_sums", "check_bounds", "parse_scheme"]

_FIRST_YEAR, _LAST_YEAR, _LAST_VERSION = 2000, 2099, 9999
_MOST_ENTRIES = 1000  # indicators of a scheme
_MOST_OVERRIDES = 50
_SHORTEST_REASON = 10  # characters of a written reason, in each language
_MOST_RATERS = 3000
_LAST_DUE_DAY, _MOST_WORKDAYS, _MOST_PERIODS = 28, 60, 24
_HIGHEST_TOTAL = Fraction(100)
_LARGEST_QUORUM = 100


def parse_scheme(document: Mapping[str, Any], *, file: str) -> tuple[Scheme | None, list[Finding]]:
    """The scheme, or None and what is wrong, each fault by key. Numbers: int, Decimal or text, never float (rule 1)."""
    findings = Findings(file)
    top = Table(document, "", findings)
    head = top.table("scheme")
    dimensions = _names(top.table("dimensions"), DIMENSIONS)
    parties = _names(top.table("parties"), PARTIES)
    notes = _notes(head, assumable=False)
    listed = top.table("indicators")
    if len(listed.values) > _MOST_ENTRIES:
        top.fault("indicators", "scheme_table_too_long", most=_MOST_ENTRIES)
        return None, findings.found
    tables = dict(listed.entries())
    indicators: dict[str, Indicator] = {}
    for code, table in tables.items():
        indicators[code] = read_indicator(code, table, tuple(dimensions), tuple(parties))
        notes += _notes(table, indicator=code)
        table.refuse_unread()
    relate(indicators, tables)
    tiers = {code: _tier(code, table, indicators, notes) for code, table in top.table("tiers").entries()}
    check_shares(indicators, tiers, tables)
    scheme = Scheme(
        year=head.whole("year", _FIRST_YEAR, _LAST_YEAR),
        version=head.whole("version", 1, _LAST_VERSION),
        title=head.wording("title"),
        dimensions=dimensions,
        parties=parties,
        indicators={code: indicators[code] for code in sorted(indicators)},
        tiers={code: tiers[code] for code in _ordered(tiers, TIERS)},
        notes=_ordered_notes(notes),
        effective=_effective(head),
        year_rule=head.choice("year_rule", YEAR_RULES, default=OWN),
        overrides=_overrides(top, tuple(tiers)),
        watching=_watching(top.table("watching", required=False)),
        approval=_approval(top.table("approval")) if top.has("approval") else None,
        actions=_actions(top.table("actions")) if top.has("actions") else None,
    )
    for code in sorted(code for code, each in indicators.items() if each.input == PANEL)[MOST_INDICATORS:]:
        listed.fault(code, "scheme_panel_too_long", most=MOST_INDICATORS)
    head.refuse_unread()
    top.refuse_unread()
    for name, entries in (("indicators", indicators), ("tiers", tiers)):
        if not entries and isinstance(document.get(name), Mapping):
            top.fault(name, "scheme_table_empty")
    return (None if findings.found else scheme), findings.found


def _effective(head: Table) -> str:
    """The first month that is scored by this version: one of the scheme's own year, January if none is named."""
    year = str(head.values.get("year"))
    effective = head.string("effective", MONTH_FORM, default=f"{year}-01")
    if effective and not effective.startswith(f"{year}-"):
        head.fault("effective", "scheme_effective_elsewhere", year=year)
    return effective


def _overrides(top: Table, tiers: tuple[str, ...]) -> tuple[Override, ...]:
    """`[[overrides]]`: bounds that the scheme may break, each with its reason; the same one once."""
    found: dict[tuple[str, str], Override] = {}
    for table in top.tables("overrides", least=0, most=_MOST_OVERRIDES):
        bound = table.choice("bound", BOUNDS)
        tier = table.choice("tier", tiers) if table.has("tier") else ""
        reason = table.wording("reason")
        for language, words in reason.items():
            if len(words.strip()) < _SHORTEST_REASON:
                table.fault(f"reason.{language}", "scheme_reason_short", least=_SHORTEST_REASON)
        if (bound, tier) in found:
            table.fault("bound", "value_twice", value=bound)
        found[bound, tier] = Override(bound, tier or None, reason)
        table.refuse_unread()
    return tuple(found[key] for key in sorted(found))


def _watching(table: Table) -> Watching:
    usual = Watching()
    below = table.number("below")
    if below is not None and not 0 <= below <= _HIGHEST_TOTAL:
        table.fault("below", "out_of_range", low=0, high=_HIGHEST_TOTAL)
    watching = Watching(
        readings_due=table.whole("readings_due", 1, _LAST_DUE_DAY, default=usual.readings_due),
        explanation_workdays=table.whole("explanation_workdays", 1, _MOST_WORKDAYS, default=usual.explanation_workdays),
        below=usual.below if below is None else below,
        periods=table.whole("periods", 1, _MOST_PERIODS, default=usual.periods),
    )
    table.refuse_unread()
    return watching


def _approval(table: Table) -> Approval:
    approval = Approval(
        quorum=table.whole("quorum", 1, _LARGEST_QUORUM),
        majority=table.choice("majority", MAJORITIES, default=SIMPLE),
    )
    table.refuse_unread()
    return approval


def _actions(table: Table) -> Actions:
    usual = Actions()
    below = table.number("below")
    if below is not None and not 0 < below <= _HIGHEST_TOTAL:
        table.fault("below", "out_of_range", low=0, high=_HIGHEST_TOTAL)
    actions = Actions(
        below=usual.below if below is None else below,
        targets=table.truth("targets", default=usual.targets),
        workdays=table.whole("workdays", 1, _MOST_WORKDAYS, default=usual.workdays),
    )
    table.refuse_unread()
    return actions


def _names(table: Table, first: tuple[str, ...]) -> dict[str, Wording]:
    """`[dimensions.<code>]` and `[parties.<code>]`: a code and its name; the known ones first."""
    names: dict[str, Wording] = {}
    for code, entry in table.entries():
        names[code] = entry.wording("name")
        entry.refuse_unread()
    return {code: names[code] for code in _ordered(names, first)}


def _notes(
    table: Table, *, tier: str | None = None, indicator: str | None = None, assumable: bool = True
) -> list[Note]:
    assumed = table.truth("assumed", default=False) if assumable else False
    text = table.wording("note", required=False) or None
    return [Note(tier, indicator, assumed, text)] if assumed or text else []


def _tier(code: str, table: Table, indicators: Mapping[str, Indicator], notes: list[Note]) -> Tier:
    lines: list[Line] = []
    rows = table.table("indicators")
    for indicator_code, entry in rows.entries():
        indicator = indicators.get(indicator_code)
        if indicator is None:
            rows.fault(indicator_code, "scheme_indicator_undefined")
            continue
        lines.append(_line(entry, indicator))
        notes += _notes(entry, tier=code, indicator=indicator_code)
        entry.refuse_unread()
    tier = Tier(
        code=code,
        name=table.wording("name"),
        ranked=table.truth("ranked", default=True),
        collaboration=table.number("collaboration"),
        lines=_ordered_lines(lines, indicators),
        raters=table.whole("raters", 0, _MOST_RATERS) if table.has("raters") else None,
    )
    table.refuse_unread()
    return tier


def _line(table: Table, indicator: Indicator) -> Line:
    return Line(
        indicator=indicator.code,
        points=_points(table, indicator),
        curve=line_curve(table, indicator),
        range=read_pair(table, "range") if table.has("range") else indicator.range,
    )


def _points(table: Table, indicator: Indicator) -> Fraction:
    if not table.has("points"):
        table.fault("points", "key_missing")
    points = table.number("points") or Fraction(0)
    if points < 0:
        table.fault("points", "scheme_points_negative")
    if points > 0 and indicator.direction == WATCH:
        table.fault("points", "scheme_points_on_watch")
    return points


def _ordered(codes: Iterable[str], first: tuple[str, ...]) -> list[str]:
    """The codes of `first` as they stand there, all others behind them by code."""
    return sorted(codes, key=lambda code: (first.index(code) if code in first else len(first), code))


def _ordered_lines(lines: Iterable[Line], indicators: Mapping[str, Indicator]) -> tuple[Line, ...]:
    """By dimension, within it the weightiest first."""
    by_weight = sorted(lines, key=lambda line: (-line.points, line.indicator))
    dimensions = _ordered({indicators[line.indicator].dimension for line in by_weight}, DIMENSIONS)
    return tuple(sorted(by_weight, key=lambda line: dimensions.index(indicators[line.indicator].dimension)))


def _ordered_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """First what concerns the whole scheme and single indicators, then tier by tier."""
    by_code = sorted(notes, key=lambda note: note.indicator or "")
    tiers = ["", *_ordered({note.tier for note in by_code if note.tier}, TIERS)]
    return tuple(sorted(by_code, key=lambda note: tiers.index(note.tier or "")))
