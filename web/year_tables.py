"""The tables of a year as rows of a file: figures exact, codes beside names. PURE."""

from __future__ import annotations

from fractions import Fraction

from consortium.tables_out import Cell
from evaluation.year_report import Trouble, YearReport
from locales.numbers import plain
from locales.texts import text
from web.scheme_lines import indicator_name, target_text

Table = tuple[tuple[str, ...], list[tuple[Cell, ...]]]
"""Header and rows."""


def completion_rows(report: YearReport, names: dict[str, str], language: str) -> Table:
    """Every figure beside its target."""
    header = (
        "year", "state", "tier", "unit", "name", "indicator", "indicator_name", "value", "target", "reference", "share",
        "points", "of", "met", "reason", "cause", "measure",
    )  # fmt: skip
    tiers = {each.unit_code: each.tier for each in report.units}
    rows: list[tuple[Cell, ...]] = []
    for each in report.completed:
        note = report.notes.get(each.subject)
        words = target_text(each.curve, report.scheme, language) if report.scheme is not None else ""
        met = "" if each.is_met is None else "yes" if each.is_met else "no"
        rows.append((
            report.year, report.state, tiers.get(each.unit_code, ""), each.unit_code,
            names.get(each.unit_code, each.unit_code), each.indicator, _name(report, each.indicator, language),
            _exact(each.value), words, _exact(each.reference), _exact(each.share), _exact(each.points), _exact(each.of),
            met, each.reason or "", note.cause if note else "", note.measure if note else "",
        ))  # fmt: skip
    return header, rows


def trouble_rows(report: YearReport, names: dict[str, str], language: str) -> Table:
    """What fell short, was asked, warned of or objected to; the note of the year as a whole comes first."""
    header = (
        "year", "unit", "name", "indicator", "indicator_name", "missed", "explanations", "alerts", "objections",
        "vetoes", "cause", "measure",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    whole = report.notes.get("")
    if whole is not None:
        rows.append((report.year, *("",) * 9, whole.cause, whole.measure))
    for each in report.troubles:
        note = report.notes.get(each.subject)
        rows.append((
            report.year, each.unit_code, names.get(each.unit_code, each.unit_code), each.indicator,
            _name(report, each.indicator, language) if each.indicator else "", "yes" if each.missed else "",
            *_happened(each), note.cause if note else "", note.measure if note else "",
        ))  # fmt: skip
    return header, rows


def standing_rows(report: YearReport, names: dict[str, str], language: str) -> Table:
    """Total, rank and the two-year standard of every unit, unrounded."""
    header = ("year", "tier", "unit", "name", "total", "rank", "of", "unranked", "two_years", "failures")
    rows: list[tuple[Cell, ...]] = []
    for each in report.units:
        failures = [f"{year}: {text(language, f'year.failure.{why}')}" for year, why in each.standard.failures]
        rows.append((
            report.year, each.tier, each.unit_code, names.get(each.unit_code, each.unit_code), _exact(each.total),
            each.rank, each.rank_of if each.rank is not None else None, each.unranked_reason or "",
            "yes" if each.standard.is_met else "no", "; ".join(failures),
        ))  # fmt: skip
    return header, rows


def below_rows(report: YearReport, names: dict[str, str], _language: str) -> Table:
    """Who stayed below the limit for too long: the list for the authority."""
    header = ("year", "unit", "name", "from", "to", "months", "lowest", "limit")
    limit = report.scheme.watching.below if report.scheme is not None else None
    rows: list[tuple[Cell, ...]] = [
        (report.year, each.unit_code, names.get(each.unit_code, each.unit_code), str(each.first), str(each.last),
         each.length, _exact(each.lowest), _exact(limit))
        for each in report.below
    ]  # fmt: skip
    return header, rows


def _happened(trouble: Trouble) -> tuple[Cell, ...]:
    return (
        "; ".join(f"{each.period} {each.state}: {each.words or ''}".rstrip(": ") for each in trouble.explanations),
        "; ".join(f"{each.period} {each.kind}: {each.reason or ''}".rstrip(": ") for each in trouble.alerts),
        "; ".join(f"{each.number} {each.state}" for each in trouble.objections),
        "; ".join(f"{each.period} {each.state}" for each in trouble.vetoes),
    )


def _name(report: YearReport, code: str, language: str) -> str:
    return code if report.scheme is None else indicator_name(code, (report.scheme,), language)


def _exact(value: Fraction | None) -> str:
    """Short where it can be, else the fraction itself: nothing is lost in a file."""
    if value is None:
        return ""
    short = plain(value)
    return short if Fraction(short) == value else str(value)
