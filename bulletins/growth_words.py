"""Growth in words of one language: points, percent and times told apart; places with their field. PURE.

Numbers are rounded here, once. Refuses to compute growth.
"""

from __future__ import annotations

from fractions import Fraction

from evaluation.growth import TIMES, Climb, Growth, SameMonths, yearly
from locales.numbers import rounded
from locales.texts import text


def signed(value: Fraction, places: int = 1) -> str:
    """A change with its sign: +27.0, −3.5, ±0.0."""
    shown = rounded(abs(value), places)
    if not any(digit in "123456789" for digit in shown):
        return f"±{shown}"
    return f"{'+' if value > 0 else '−'}{shown}"


def growth_text(growth: Growth, language: str) -> str:
    """`+50.0 个百分点`, `6.4 倍`, `+13.7 %`: never percent where points are meant."""
    if growth.kind == TIMES:
        return text(language, "growth.times", by=rounded(growth.by, 1))
    return text(language, f"growth.{growth.kind}", by=signed(growth.by))


def yearly_text(growth: Growth, years: int, language: str) -> str:
    """What growth in percent or times makes a year, "" where a single year or points are told."""
    each = yearly(growth.before, growth.after, years) if growth.kind != "points" and years > 1 else None
    return "" if each is None else text(language, "growth.yearly", by=signed(each), years=years)


def months_text(found: SameMonths, language: str) -> str:
    """Which months of which years are compared; a part of a year is called one."""
    if not found.is_partial:
        return text(language, "growth.years", year=found.year, against=found.against)
    runs = [
        text(language, f"growth.month.{first}") if first == last
        else text(language, "growth.run", first=text(language, f"growth.month.{first}"),
                  last=text(language, f"growth.month.{last}"))
        for first, last in found.runs
    ]  # fmt: skip
    named = text(language, "growth.run_separator").join(runs)
    return text(language, "growth.part", months=named, year=found.year, against=found.against)


def climb_text(climb: Climb, language: str) -> str:
    """`由第 39 名到第 22 名，上升 17 名，共 120 家`; two fields of other sizes are both told."""
    way = "up" if climb.by > 0 else "down" if climb.by < 0 else "same"
    field = "one" if climb.is_same_field else "two"
    return text(
        language, f"growth.climb.{way}.{field}", before=climb.before, after=climb.after, by=abs(climb.by),
        of=climb.after_of, before_of=climb.before_of,
    )  # fmt: skip
