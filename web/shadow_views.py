"""A shadow run as a page and as a file show it: places by both schemes, and every line that differs. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bulletins.wording import period_name
from consortium.tables_out import Cell
from evaluation.elements import Scheme
from evaluation.explanation_text import reason_text
from evaluation.shadow import NO_TIER, LineShadow, Place, Side, UnitShadow
from evaluation.shadow_runs import Shadow
from locales.numbers import plain, rounded
from locales.texts import pick, text
from web.scheme_lines import indicator_name, target_text

_HEADER = (
    "unit", "name", "tier", "indicator", "indicator_name", "total_before", "total_after", "rank_before", "rank_after",
    "value_before", "value_after", "share_before", "share_after", "points_before", "points_after", "of_before",
    "of_after", "reason_before", "reason_after",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SideView:
    """A line by one of the schemes, or that it has none."""

    points: str
    figure: str
    curve: str


@dataclass(frozen=True, slots=True)
class LineShadowView:
    """A line that differs."""

    name: str
    before: SideView
    after: SideView


@dataclass(frozen=True, slots=True)
class UnitShadowView:
    """A unit by both schemes."""

    name: str
    total_before: str
    total_after: str
    change: str
    rank_before: str
    rank_after: str
    lines: tuple[LineShadowView, ...]


@dataclass(frozen=True, slots=True)
class ShadowView:
    """A whole run, by tier."""

    period: str
    old: str
    new: str
    tiers: tuple[tuple[str, tuple[UnitShadowView, ...]], ...]
    differing: int


def shadow_view(run: Shadow, names: Mapping[str, str], language: str) -> ShadowView:
    """The run in words of one language; rounded here, once."""
    tiers: dict[str, list[UnitShadowView]] = {}
    for each in run.units:
        tiers.setdefault(_tier(run, each.tier, language), []).append(_unit(run, each, names, language))
    return ShadowView(
        period=period_name(run.period, language),
        old=_title(run.old, language),
        new=_title(run.new, language),
        tiers=tuple((name, tuple(units)) for name, units in tiers.items()),
        differing=sum(len(each.lines) for each in run.units),
    )


def shadow_rows(run: Shadow, names: Mapping[str, str], language: str) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """The run as a table: a row for each unit, and one for each of its lines that differs; figures are exact."""
    rows: list[tuple[Cell, ...]] = []
    for each in run.units:
        head = (each.unit_code, names.get(each.unit_code, each.unit_code), each.tier)
        places = (_exact(each.before.total), _exact(each.after.total), each.before.rank, each.after.rank)
        rows.append((*head, "", "", *places, *("",) * 10))
        for line in each.lines:
            name = indicator_name(line.indicator, (run.new, run.old), language)
            rows.append((*head, line.indicator, name, *("",) * 4, *_line_cells(line)))
    return _HEADER, rows


def _line_cells(line: LineShadow) -> tuple[Cell, ...]:
    sides = (line.before, line.after)
    cells: list[Cell] = []
    for name in ("value", "share", "points", "of", "reason"):
        for side in sides:
            found = getattr(side, name) if side is not None else None
            cells.append(_exact(found) if isinstance(found, Fraction) else found or "")
    return tuple(cells)


def _unit(run: Shadow, unit: UnitShadow, names: Mapping[str, str], language: str) -> UnitShadowView:
    return UnitShadowView(
        name=names.get(unit.unit_code, unit.unit_code),
        total_before=_number(unit.before.total),
        total_after=_number(unit.after.total),
        change=_signed(unit.change),
        rank_before=_rank(unit.before, language),
        rank_after=_rank(unit.after, language),
        lines=tuple(
            LineShadowView(
                name=indicator_name(line.indicator, (run.new, run.old), language),
                before=_side(line.before, run.old, language),
                after=_side(line.after, run.new, language),
            )
            for line in unit.lines
        ),
    )


def _side(side: Side | None, scheme: Scheme, language: str) -> SideView:
    if side is None:
        return SideView("—", text(language, "schemes.shadow.no_line"), "")
    points = text(language, "schemes.shadow.points", points=_number(side.points), of=plain(side.of))
    shown = "" if side.value is None else text(language, "schemes.shadow.figure", value=rounded(side.value))
    figure = shown or reason_text(side.reason, language)
    if side.value is not None and side.reason is not None:
        figure = f"{figure} · {reason_text(side.reason, language)}"
    return SideView(points, figure, target_text(side.curve, scheme, language))


def _rank(place: Place, language: str) -> str:
    if place.rank is not None:
        return text(language, "schemes.shadow.rank", rank=place.rank, of=place.rank_of)
    if place.unranked_reason == NO_TIER:
        return text(language, "schemes.shadow.no_tier")
    return text(language, f"evaluation.unranked.{place.unranked_reason}")


def _tier(run: Shadow, code: str, language: str) -> str:
    tier = run.new.tiers.get(code) or run.old.tiers.get(code)
    return pick(tier.name, language) if tier is not None else code


def _title(scheme: Scheme, language: str) -> str:
    return text(language, "schemes.named", year=scheme.year, version=scheme.version, title=pick(scheme.title, language))


def _number(value: Fraction | None) -> str:
    return "—" if value is None else rounded(value)


def _signed(value: Fraction | None) -> str:
    if value is None:
        return "—"
    shown = rounded(value)
    return f"+{shown}" if value > 0 and not shown.startswith("-") else shown.replace("-", "−")


def _exact(value: Fraction | None) -> str:
    """Short where it can be, else the fraction itself: nothing is lost in a file."""
    if value is None:
        return ""
    short = plain(value)
    return short if Fraction(short) == value else str(value)
