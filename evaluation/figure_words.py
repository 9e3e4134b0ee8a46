"""A figure as people write it in one line: `81/600`, `13.5`, `13.5%`. PURE.

Knows full-width digits and signs, and separators between thousands. Refuses to guess: what is no plain number is asked
for again, and a comma never stands for a point.
"""

from __future__ import annotations

import re
from fractions import Fraction

from consortium.imports import exact_number
from evaluation.elements import PERCENT, Indicator
from evaluation.figures import rate
from evaluation.strata import Counts
from locales.errors import Reask
from locales.numbers import plain

LONGEST = 80
_NARROW = str.maketrans("０１２３４５６７８９．，／％－＋÷：", "0123456789.,/%-+//")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)


def read_figure(written: str, indicator: Indicator) -> Counts | Reask:
    """Numerator and denominator, or a value; `figure_unreadable`, `figure_denominator_negative`, `figure_no_percent`.

    A denominator of 0 is taken: the figure is known to be missing then.
    """
    if len(written) > LONGEST:
        return Reask("figure_unreadable")
    tidy = "".join(written.translate(_NARROW).split())
    if tidy.endswith("%"):
        if indicator.unit != PERCENT or "/" in tidy:
            return Reask("figure_no_percent")
        tidy = tidy.removesuffix("%")
    numbers = [_number(part) for part in tidy.split("/")]
    if None in numbers or len(numbers) > 2:  # noqa: PLR2004 - a numerator and a denominator
        return Reask("figure_unreadable")
    return counts_of(numbers[0], numbers[1] if len(numbers) > 1 else None, None, indicator)


def read_cells(written: tuple[str, str, str], indicator: Indicator) -> Counts | Reask:
    """The same from the fields numerator, denominator and value of a form; all empty: `figure_missing`, half of a pair:
    `figure_pair`, a value that is not numerator ÷ denominator: `figure_differs`.
    """
    cells = [cell.strip() for cell in written]
    if any(len(cell) > LONGEST for cell in cells):
        return Reask("figure_unreadable")
    if not any(cells):
        return Reask("figure_missing")
    if bool(cells[0]) != bool(cells[1]):
        return Reask("figure_pair")
    numbers = [_number("".join(cell.translate(_NARROW).split()).removesuffix("%")) if cell else None for cell in cells]
    if any(cell and number is None for cell, number in zip(cells, numbers, strict=True)):
        return Reask("figure_unreadable")
    return counts_of(numbers[0] if cells[0] else numbers[2], numbers[1], numbers[2], indicator)


def counts_of(
    first: Fraction | None, denominator: Fraction | None, stated: Fraction | None, indicator: Indicator
) -> Counts | Reask:
    """`first` is the numerator where there is a denominator, else the value."""
    if first is None:
        return Reask("figure_missing")
    if denominator is None:
        return None, None, first
    if denominator < 0:
        return Reask("figure_denominator_negative")
    computed = rate(first, denominator, indicator.unit)
    if stated is not None and stated != computed:
        return Reask("figure_differs", {"computed": "—" if computed is None else plain(computed, 4)})
    return first, denominator, computed


def written_figure(figure: Counts) -> str:
    """How a figure is written in one line, so that `read_figure` reads it again exactly."""
    numerator, denominator, value = figure
    if numerator is not None and denominator is not None:
        return f"{plain(numerator, 12)}/{plain(denominator, 12)}"
    return "" if value is None else plain(value, 12)


def is_beyond_whole(figure: Counts, indicator: Indicator) -> bool:
    """Whether a share is of more than there is: allowed, and worth asking twice."""
    numerator, denominator, _ = figure
    is_share = indicator.unit in {"percent", "share"}
    return is_share and numerator is not None and denominator is not None and numerator > denominator


def _number(written: str) -> Fraction | None:
    tidy = written.replace(",", "") if _THOUSANDS.fullmatch(written) else written
    try:
        return exact_number(tidy)
    except ValueError:
        return None
