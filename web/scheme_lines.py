"""One row of a scheme's table as a page shows it: the curve in words, and everything else laid down about it. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.curve_wording import curve_text
from evaluation.curves import is_whole
from evaluation.elements import COMPUTED, COUNT, QUALITATIVE, READING, WATCH, Curve, Indicator, Line, Scheme
from locales.numbers import plain
from locales.texts import pick, text


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of a tier's table."""

    code: str
    name: str
    direction: str
    points: str
    is_bonus: bool
    curve: str
    party: str
    behind: str
    facts: tuple[str, ...]


def line_view(scheme: Scheme, line: Line, language: str) -> LineView:
    """A row in words."""
    indicator = scheme.indicators[line.indicator]
    parts = [pick(each, language) for each in (indicator.source, indicator.owner) if each]
    return LineView(
        code=indicator.code,
        name=pick(indicator.name, language),
        direction=text(language, f"evaluation.direction.{indicator.direction}"),
        points=plain(line.points),
        is_bonus=indicator.is_bonus,
        curve=_curve(scheme, indicator, line, language),
        party=pick(scheme.parties.get(indicator.party, {}), language) or indicator.party,
        behind=" · ".join(parts),
        facts=(*_tags(indicator, language), *_made(scheme, indicator, language), *_asked(indicator, line, language)),
    )


def indicator_name(code: str, schemes: Sequence[Scheme], language: str) -> str:
    """What an indicator is called, by the first scheme that has it."""
    found = next((scheme.indicators[code] for scheme in schemes if code in scheme.indicators), None)
    return pick(found.name, language) if found is not None else code


def target_text(curve: Curve | None, scheme: Scheme, language: str) -> str:
    """What a curve asks for, in words; "" where there is nothing to reach."""
    if curve is None or not is_whole(curve):
        return ""
    against = scheme.indicators.get(curve.against or "")
    return curve_text(curve, language, against=against.name if against is not None else None)


def _curve(scheme: Scheme, indicator: Indicator, line: Line, language: str) -> str:
    """The curve, what a count is for, and the unit of measure."""
    if indicator.direction == WATCH or line.curve is None:
        return ""
    words = target_text(line.curve, scheme, language)
    if line.curve.kind == COUNT and line.curve.per:
        words = text(language, "schemes.for_each", words=words, per=text(language, f"schemes.per.{line.curve.per}"))
    own = indicator.unit_wording if indicator.unit is None else None
    unit = pick(own, language) if own is not None else text(language, f"schemes.unit.{indicator.unit}")
    return text(language, "schemes.in_unit", words=words, unit=unit)


def _tags(indicator: Indicator, language: str) -> list[str]:
    """What the indicator counts as: national aspect, flags, perspective, its number in a public list."""
    tags = [text(language, f"explain.aspect.{indicator.aspect}")]
    tags += [text(language, f"schemes.flag.{flag}") for flag in indicator.flags]
    if indicator.perspective is not None:
        tags.append(text(language, f"schemes.perspective.{indicator.perspective}"))
    if indicator.standard is not None:
        tags.append(_said(language, "standard", code=indicator.standard))
    return tags


def _made(scheme: Scheme, indicator: Indicator, language: str) -> list[str]:
    """How the figure is made."""
    made = []
    if indicator.input not in {READING, *COMPUTED}:
        made.append(_said(language, f"input.{indicator.input}"))
    if indicator.of:
        names = [indicator_name(code, (scheme,), language) for code in indicator.of]
        made.append(_said(language, indicator.input, names=text(language, "schemes.separator").join(names)))
    if indicator.definition is not None:
        made.append(_said(language, "definition", definition=indicator.definition))
    if indicator.over_time is not None:
        made.append(_said(language, f"over_time.{indicator.over_time}"))
    if indicator.method is not None:
        made.append(_said(language, "method", method=pick(indicator.method, language)))
    if indicator.direction == QUALITATIVE and indicator.panel is not None:
        made.append(_said(language, "experts", n=indicator.panel.minimum))
    return made


def _asked(indicator: Indicator, line: Line, language: str) -> list[str]:
    """What follows from the figure beside points."""
    asked = []
    if line.range is not None:
        asked.append(_said(language, "range", low=plain(line.range[0]), high=plain(line.range[1])))
    if indicator.target_by is not None:
        asked.append(_said(language, "target_by", month=indicator.target_by))
    if indicator.needs_evidence:
        asked.append(_said(language, "evidence"))
    if indicator.is_bonus:
        asked.append(_said(language, "bonus"))
    return asked


def _said(language: str, key: str, **values: object) -> str:
    return text(language, f"schemes.fact.{key}", **values)
