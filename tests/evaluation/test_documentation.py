"""The page on the scheme file is enough to write one: its example is sound, and every key and code stands in it."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from evaluation import elements
from evaluation.ranking import UNRANKED_REASONS
from evaluation.scheme import bound_sums, check_bounds
from evaluation.scoring import REASONS, Input, score_unit
from tests.evaluation.cast import EXAMPLE, example, indicator, parsed, small

ROOT = EXAMPLE.parents[2]
PAGES = [
    path for path in (ROOT / "docs" / "configuration-scheme.md", ROOT / "docs" / "configuration.md") if path.exists()
]


def page() -> str:
    return next(text for text in map(read, PAGES) if "scheme-YYYY.toml" in text)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def keys_of_the_example() -> set[str]:
    document = example()
    found = set(document["scheme"])
    for entry in document["indicators"].values():
        found |= set(entry)
    for tier in document["tiers"].values():
        found |= set(tier)
        for line in tier["indicators"].values():
            found |= set(line)
    return found


def test_example_of_the_page_keeps_every_bound() -> None:
    found = next(block for block in re.findall(r"```toml\n(.*?)```", page(), re.DOTALL) if "[tiers." in block)
    scheme = parsed(tomllib.loads(found, parse_float=Decimal))
    assert check_bounds(scheme, file="page") == []
    assert score_unit(scheme, "primary", {"first_visit": Input(Fraction(15))}).total == 50


def test_every_key_of_the_example_scheme_is_on_the_page() -> None:
    assert {key for key in keys_of_the_example() if not re.search(rf"[`.]{key}[`.]", page())} == set()


def test_example_scheme_shows_every_key_there_is() -> None:
    """`init` writes every key that exists."""
    assert keys_of_the_example() == {
        "year", "version", "title", "note",
        "name", "dimension", "party", "direction", "unit", "source", "owner", "flags", "input", "questionnaire", "measure",
        "definition", "curve", "floor", "target", "assumed",
        "ranked", "collaboration", "indicators", "points",
    }  # fmt: skip


@pytest.mark.parametrize(
    "codes",
    [elements.DIMENSIONS, elements.PARTIES, elements.DIRECTIONS, elements.INPUTS, elements.FLAGS, elements.CURVES,
     elements.UNITS_OF_MEASURE, REASONS, UNRANKED_REASONS],
)  # fmt: skip
def test_every_code_is_on_the_page(codes: tuple[str, ...]) -> None:
    assert [code for code in codes if f"`{code}`" not in page()] == []


def test_every_bound_is_on_the_page() -> None:
    assert {bound.bound for bound in bound_sums(parsed(example())) if f"| `{bound.bound}` |" not in page()} == set()


def test_worked_example_of_the_page_is_right() -> None:
    scheme = parsed(
        small(
            {"referral": indicator(target=15), "stay": indicator(direction="down", unit="days", floor=12, target=8)},
            {"referral": {"points": 15}, "stay": {"points": 5}},
        )
    )
    score = score_unit(scheme, "only", {"referral": Input(Fraction("13.5")), "stay": Input(Fraction(9))})
    assert [line.points for line in score.lines] == [Fraction("13.5"), Fraction("3.75")]
    assert score.total == Fraction("86.25")
    assert "86.25" in page()
