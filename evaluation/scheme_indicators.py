"""One indicator of a scheme, read from its table in the file, and what indicators say of each other. PURE.

Knows which keys go with which input and direction. Refuses to know tiers and points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from consortium.document import CODE, Form, Table
from evaluation.computed import circles
from evaluation.curves import is_whole
from evaluation.elements import (
    ASPECT_OF,
    ASPECTS,
    BY_SHARE,
    BY_VALUE,
    CHECKLIST,
    COMPLEMENT,
    COMPUTED,
    COUNT,
    CURVES,
    DIRECTIONS,
    DOWN,
    FLAGS,
    FULL,
    INPUTS,
    MEAN,
    MEANS,
    OVER_TIME,
    PANEL,
    PERSPECTIVES,
    QUALITATIVE,
    READING,
    REGION,
    RELATIVE,
    SCORE,
    SUM,
    SURVEY,
    THIRD_PARTY,
    TIER_MEDIAN,
    UNITS_OF_MEASURE,
    WATCH,
    Indicator,
    PanelTerms,
    Tier,
    Wording,
)
from evaluation.scheme_curves import check_ends, read_curve, read_pair, usual_curve
from reviews.panel_figures import MINIMUM_EXPERTS
from surveys.scoring import DEFINITION, DEFINITIONS

_MOST_EXPERTS = 50
_MOST_PARTS = 100
_LONGEST_ANCHOR = 200
_SURVEYOR = Form(re.compile(r"\S(?:.{0,58}\S)?"), "scheme_surveyor_malformed")
_STANDARD = Form(re.compile(r"\S(?:.{0,38}\S)?"), "scheme_standard_malformed")
_DEFINITION = Form(
    re.compile("|".join((*map(re.escape, DEFINITIONS), r"~\S(?:.{0,57}\S)?"))), "scheme_definition_unknown"
)
_REFERENCE = Form(re.compile(r"[a-z0-9][a-z0-9_-]{0,23}"), "scheme_reference_malformed")
MONTH_FORM = Form(re.compile(r"20\d\d-(?:0[1-9]|1[0-2])"), "scheme_month_malformed")
_RESERVED = (REGION, TIER_MEDIAN)


def read_indicator(code: str, table: Table, dimensions: tuple[str, ...], parties: tuple[str, ...]) -> Indicator:
    """One `[indicators.<code>]`, with every fault of its own; what it says of others is looked at by `relate`."""
    source = table.choice("input", INPUTS, default=READING)
    unit, unit_wording = _unit(table)
    direction = table.choice("direction", DIRECTIONS)
    dimension = table.choice("dimension", dimensions)
    definition = _definition(table, source)
    of, by = _parts(table, source)
    kinds = (CHECKLIST,) if by == BY_SHARE and source == MEAN and direction in {"up", QUALITATIVE} else CURVES
    stated = read_curve(table, direction=direction, unit=unit, kinds=kinds)
    indicator = Indicator(
        code=code,
        name=table.wording("name"),
        dimension=dimension,
        party=table.choice("party", parties),
        direction=direction,
        unit=unit,
        unit_wording=unit_wording,
        source=table.wording("source", required=False) or None,
        owner=table.wording("owner", required=False) or None,
        flags=table.choices("flags", FLAGS),
        input=source,
        questionnaire=table.string("questionnaire", _REFERENCE) if source == SURVEY else None,
        measure=table.string("measure", _REFERENCE, default=SCORE) if source == SURVEY else None,
        curve=usual_curve(stated, direction=direction, unit=unit, definition=definition),
        surveyor=table.string("surveyor", _SURVEYOR) if source == THIRD_PARTY else None,
        definition=definition,
        panel=_panel_terms(table) if source == PANEL else None,
        standard=table.string("standard", _STANDARD) if table.has("standard") else None,
        aspect=table.choice("aspect", ASPECTS, default=ASPECT_OF.get(dimension, ASPECTS[0])),
        perspective=table.choice("perspective", PERSPECTIVES) if table.has("perspective") else None,
        of=of,
        by=by,
        over_time=_over_time(table, source, stated.kind),
        range=read_pair(table, "range"),
        target_by=table.string("target_by", MONTH_FORM) if table.has("target_by") else None,
        method=table.wording("method", required=False) or None,
        needs_evidence=table.truth("evidence", default=False),
        is_bonus=table.truth("bonus", default=False),
    )
    _check_kind(table, indicator)
    return indicator


def relate(indicators: Mapping[str, Indicator], tables: Mapping[str, Table]) -> None:
    """Find what does not fit between indicators: unknown codes, circles, figures that cannot be averaged."""
    going_round = circles(indicators)
    for code, indicator in indicators.items():
        table = tables[code]
        for place, part in enumerate(indicator.of):
            if part not in indicators:
                table.fault(f"of[{place}]", "scheme_indicator_undefined")
        _check_reference(table, indicator, indicators)
        if code in going_round:
            table.fault("of" if indicator.of else "against", "scheme_circle")
        elif indicator.input == COMPLEMENT or (indicator.input == MEAN and indicator.by == BY_VALUE):
            _check_parts(table, indicator, indicators)


def check_shares(indicators: Mapping[str, Indicator], tiers: Mapping[str, Tier], tables: Mapping[str, Table]) -> None:
    """A mean by share needs shares: each part a curve, its own or that of every tier whose table has the mean."""
    told: set[str] = set()
    for code, indicator in indicators.items():
        if indicator.input != MEAN or indicator.by != BY_SHARE:
            continue
        using = [tier for tier in tiers.values() if code in _codes(tier)]
        for place, part in enumerate(indicator.of):
            found = indicators.get(part)
            if found is None or (using and found.direction != WATCH and all(part in _codes(tier) for tier in using)):
                continue
            if found.direction == WATCH or not is_whole(found.curve):
                tables[code].fault(f"of[{place}]", "scheme_part_without_share")
            elif part not in told:
                told.add(part)
                check_ends(tables[part], found.curve, found)


def _codes(tier: Tier) -> frozenset[str]:
    return frozenset(line.indicator for line in tier.lines)


def _check_kind(table: Table, indicator: Indicator) -> None:
    if indicator.code in _RESERVED:
        table.findings.add(table.path, "scheme_code_reserved")
    if indicator.input == PANEL and indicator.direction != QUALITATIVE:
        table.fault("direction", "scheme_panel_direction")
    if indicator.direction == QUALITATIVE and indicator.unit not in FULL:
        table.fault("unit", "scheme_qualitative_unit", known=", ".join(FULL))
    if indicator.input == COMPLEMENT and indicator.unit not in {*FULL, ""}:
        table.fault("unit", "scheme_complement_unit", known=", ".join(FULL))
    if indicator.input == MEAN and indicator.by == BY_SHARE:
        if indicator.unit not in {*FULL, ""}:
            table.fault("unit", "scheme_mean_share_unit", known=", ".join(FULL))
        if indicator.direction == DOWN:
            table.fault("direction", "scheme_mean_share_direction")
    if indicator.is_bonus and indicator.direction == WATCH:
        table.fault("bonus", "scheme_bonus_on_watch")


def _unit(table: Table) -> tuple[str | None, Wording | None]:
    """The unit of measure: a code that the product knows, or the scheme's own wording for another."""
    if isinstance(table.values.get("unit"), Mapping):
        return None, table.wording("unit")
    return table.choice("unit", UNITS_OF_MEASURE), None


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


def _parts(table: Table, source: str) -> tuple[tuple[str, ...], str]:
    """What a computed indicator is made of, and how."""
    if source not in COMPUTED:
        return (), BY_VALUE
    of = table.strings("of", CODE, 1 if source == COMPLEMENT else _MOST_PARTS)
    return of, table.choice("by", MEANS, default=BY_VALUE) if source == MEAN else BY_VALUE


def _over_time(table: Table, source: str, kind: str) -> str | None:
    """How months become a quarter or year: not for what is computed anew, and a count adds up."""
    if source in COMPUTED or not table.has("over_time"):
        return None
    found = table.choice("over_time", OVER_TIME) or None
    if kind == COUNT and found not in {None, SUM}:
        table.fault("over_time", "scheme_count_adds_up")
    return found


def _check_reference(table: Table, indicator: Indicator, indicators: Mapping[str, Indicator]) -> None:
    against = indicator.curve.against
    if indicator.curve.kind != RELATIVE or against in {None, "", *_RESERVED}:
        return
    other = indicators.get(against or "")
    if other is None:
        table.fault("against", "scheme_reference_unknown", allowed=", ".join(_RESERVED))
    elif _measure(other) != _measure(indicator):
        table.fault("against", "scheme_units_differ", other=other.code)


def _check_parts(table: Table, indicator: Indicator, indicators: Mapping[str, Indicator]) -> None:
    """Only figures of one unit of measure, and of one definition, are averaged (decision 3)."""
    there = [(place, indicators[code]) for place, code in enumerate(indicator.of) if code in indicators]
    for place, part in there:
        if "" not in {part.unit, indicator.unit} and _measure(part) != _measure(indicator):
            table.fault(f"of[{place}]", "scheme_units_differ", other=part.code)
    made = {(each.surveyor, each.definition) for each in _leaves((part for _, part in there), indicators)}
    if len(made - {(None, None)}) > 1:
        table.fault("of", "scheme_definitions_differ")


def _leaves(parts: Iterable[Indicator], indicators: Mapping[str, Indicator]) -> Iterator[Indicator]:
    """The figures that a figure is made of by value, through means of means; each once."""
    waiting, seen = list(parts), set[str]()
    while waiting:
        found = waiting.pop()
        if found.code in seen:
            continue
        seen.add(found.code)
        if found.input not in COMPUTED:
            yield found
        elif found.by == BY_VALUE:
            waiting += [indicators[code] for code in found.of if code in indicators]


def _measure(indicator: Indicator) -> tuple[str | None, Wording | None]:
    return indicator.unit, indicator.unit_wording
