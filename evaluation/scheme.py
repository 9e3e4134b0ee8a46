"""A scheme 考核方案 read from its document (`scheme-YYYY.toml`, or the JSON it was stored as). PURE.

Knows the keys of the file and what must fit together for a score to be possible at all. Whether the scheme keeps the
bounds of the rules is a second question, answered by `check_bounds`: a scheme may be well formed and still be refused.
Everything is put into one order of its own, so that a scheme reads the same whatever order its file had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from consortium.definition import TIERS
from consortium.document import Findings, Form, Table
from evaluation.bounds import BoundSum, bound_sums, check_bounds
from evaluation.elements import (
    CURVES,
    DIMENSIONS,
    DIRECTIONS,
    DOWN,
    FLAGS,
    FULL,
    INPUTS,
    LINEAR,
    PANEL,
    PARTIES,
    QUALITATIVE,
    READING,
    SCORE,
    SURVEY,
    THIRD_PARTY,
    UNITS_OF_MEASURE,
    UP,
    WATCH,
    Curve,
    Indicator,
    Line,
    Note,
    PanelTerms,
    Scheme,
    Tier,
    Wording,
)
from locales.errors import Finding
from locales.numbers import plain
from reviews.panel_figures import MINIMUM_EXPERTS, MOST_INDICATORS
from surveys.scoring import DEFINITION, DEFINITIONS, NPS

__all__ = ["BoundSum", "Indicator", "Line", "Note", "Scheme", "Tier", "bound_sums", "check_bounds", "parse_scheme"]

_FIRST_YEAR, _LAST_YEAR, _LAST_VERSION = 2000, 2099, 9999
_FULL_SCORE = Fraction(100)  # of a satisfaction figure
_MOST_EXPERTS = 50
_LONGEST_ANCHOR = 200
_SURVEYOR = Form(re.compile(r"\S(?:.{0,58}\S)?"), "scheme_surveyor_malformed")
_DEFINITION = Form(
    re.compile("|".join((*map(re.escape, DEFINITIONS), r"~\S(?:.{0,57}\S)?"))), "scheme_definition_unknown"
)
_REFERENCE = Form(re.compile(r"[a-z0-9][a-z0-9_-]{0,23}"), "scheme_reference_malformed")


def parse_scheme(document: Mapping[str, Any], *, file: str) -> tuple[Scheme | None, list[Finding]]:
    """The scheme, or None and what is wrong, each fault by key. Numbers: int, Decimal or text, never float (rule 1)."""
    findings = Findings(file)
    top = Table(document, "", findings)
    head = top.table("scheme")
    dimensions = _names(top.table("dimensions"), DIMENSIONS)
    parties = _names(top.table("parties"), PARTIES)
    notes = _notes(head, assumable=False)
    indicators: dict[str, Indicator] = {}
    for code, table in top.table("indicators").entries():
        indicators[code] = _indicator(code, table, tuple(dimensions), tuple(parties))
        notes += _notes(table, indicator=code)
        table.refuse_unread()
    tiers: dict[str, Tier] = {}
    for code, table in top.table("tiers").entries():
        tiers[code] = _tier(code, table, indicators, notes)
    scheme = Scheme(
        year=head.whole("year", _FIRST_YEAR, _LAST_YEAR),
        version=head.whole("version", 1, _LAST_VERSION),
        title=head.wording("title"),
        dimensions=dimensions,
        parties=parties,
        indicators={code: indicators[code] for code in sorted(indicators)},
        tiers={code: tiers[code] for code in _ordered(tiers, TIERS)},
        notes=_ordered_notes(notes),
        effective=f"{head.whole('year', _FIRST_YEAR, _LAST_YEAR)}-01",
    )
    for code in [code for code, each in indicators.items() if each.input == PANEL][MOST_INDICATORS:]:
        top.table("indicators").fault(code, "scheme_panel_too_long", most=MOST_INDICATORS)
    head.refuse_unread()
    top.refuse_unread()
    for name, entries in (("indicators", indicators), ("tiers", tiers)):
        if not entries and isinstance(document.get(name), Mapping):
            top.fault(name, "scheme_table_empty")
    return (None if findings.found else scheme), findings.found


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


def _indicator(code: str, table: Table, dimensions: tuple[str, ...], parties: tuple[str, ...]) -> Indicator:
    source = table.choice("input", INPUTS, default=READING)
    unit, unit_wording = _unit(table)
    indicator = Indicator(
        code=code,
        name=table.wording("name"),
        dimension=table.choice("dimension", dimensions),
        party=table.choice("party", parties),
        direction=table.choice("direction", DIRECTIONS),
        unit=unit,
        unit_wording=unit_wording,
        source=table.wording("source", required=False) or None,
        owner=table.wording("owner", required=False) or None,
        flags=table.choices("flags", FLAGS),
        input=source,
        questionnaire=table.string("questionnaire", _REFERENCE) if source == SURVEY else None,
        measure=table.string("measure", _REFERENCE, default=SCORE) if source == SURVEY else None,
        curve=Curve(
            table.choice("curve", CURVES, default=LINEAR), floor=table.number("floor"), target=table.number("target")
        ),
        surveyor=table.string("surveyor", _SURVEYOR) if source == THIRD_PARTY else None,
        definition=_definition(table, source),
        panel=_panel_terms(table) if source == PANEL else None,
    )
    if source == PANEL and indicator.direction != QUALITATIVE:
        table.fault("direction", "scheme_panel_direction")
    if indicator.direction == QUALITATIVE and unit not in FULL:
        table.fault("unit", "scheme_qualitative_unit", known=", ".join(FULL))
    _refuse_ends(table, indicator)
    return indicator


def _definition(table: Table, source: str) -> str | None:
    """How a survey's figure is made, chosen by the scheme; of a third party, which of its figures is meant."""
    if source == SURVEY:
        return table.choice("definition", DEFINITIONS, default=DEFINITION)
    return table.string("definition", _DEFINITION) if source == THIRD_PARTY else None


def _panel_terms(table: Table) -> PanelTerms:
    """From how many experts on there is a figure, and the scheme's own words for 1 and 5."""
    return PanelTerms(
        minimum=table.whole("experts", MINIMUM_EXPERTS, _MOST_EXPERTS, default=MINIMUM_EXPERTS),
        low=table.wording("low", longest=_LONGEST_ANCHOR, required=False) or None,
        high=table.wording("high", longest=_LONGEST_ANCHOR, required=False) or None,
    )


def _unit(table: Table) -> tuple[str | None, Wording | None]:
    """The unit of measure: a code that the product knows, or the scheme's own wording for another."""
    if isinstance(table.values.get("unit"), Mapping):
        return None, table.wording("unit")
    return table.choice("unit", UNITS_OF_MEASURE), None


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
    )
    table.refuse_unread()
    return tier


def _line(table: Table, indicator: Indicator) -> Line:
    floor, target = _ends(table, indicator)
    curve = None if indicator.direction == WATCH else Curve(LINEAR, floor, target)
    return Line(indicator=indicator.code, points=_points(table, indicator), curve=curve)


def _points(table: Table, indicator: Indicator) -> Fraction:
    if not table.has("points"):
        table.fault("points", "key_missing")
    points = table.number("points") or Fraction(0)
    if points < 0:
        table.fault("points", "scheme_points_negative")
    if points > 0 and indicator.direction == WATCH:
        table.fault("points", "scheme_points_on_watch")
    return points


def _refuse_ends(table: Table, indicator: Indicator) -> None:
    """A watched indicator earns nothing, and a qualitative one runs from nothing to full: neither takes other ends."""
    if indicator.direction in {WATCH, QUALITATIVE}:
        for name in ("floor", "target"):
            if table.take(name) is not None:
                table.fault(name, "scheme_end_not_taken", direction=indicator.direction)


def _ends(table: Table, indicator: Indicator) -> tuple[Fraction | None, Fraction | None]:
    """Floor and target of the curve in this tier: the line's own, else the indicator's; floor 0 when up is better."""
    _refuse_ends(table, indicator)
    if indicator.direction == WATCH:
        return None, None
    if indicator.direction == QUALITATIVE:
        return Fraction(0), FULL.get(indicator.unit or "")
    stated = {"floor": table.number("floor"), "target": table.number("target")}
    usual = {"floor": indicator.curve.floor, "target": indicator.curve.target}
    if indicator.direction == UP and usual["floor"] is None and indicator.definition != NPS:
        usual["floor"] = Fraction(0)
    floor, target = (stated[name] if table.has(name) else usual[name] for name in ("floor", "target"))
    for name, end in (("floor", floor), ("target", target)):
        if end is None and not table.has(name):
            table.fault(name, "scheme_end_missing", direction=indicator.direction)
    if floor is not None and target is not None:
        wrong = target >= floor if indicator.direction == DOWN else target <= floor
        if wrong:
            code = "scheme_target_not_below" if indicator.direction == DOWN else "scheme_target_not_above"
            table.fault("target", code, floor=plain(floor), target=plain(target))
    _refuse_out_of_reach(table, indicator, floor, target)
    return floor, target


def _refuse_out_of_reach(table: Table, indicator: Indicator, floor: Fraction | None, target: Fraction | None) -> None:
    """A satisfaction figure lies between 0 and 100, a net promoter score between -100 and 100: so must its ends."""
    if indicator.definition not in DEFINITIONS:
        return
    low = -_FULL_SCORE if indicator.definition == NPS else Fraction(0)
    for name, end in (("floor", floor), ("target", target)):
        if end is not None and not low <= end <= _FULL_SCORE:
            details = {"definition": indicator.definition, "low": plain(low), "high": plain(_FULL_SCORE)}
            table.fault(name, "scheme_end_out_of_reach", **details)


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
