"""The page on the scheme file is enough to write one: its example is sound, and every key and code stands in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from evaluation import elements
from evaluation.lints import check_scheme
from evaluation.ranking import UNRANKED_REASONS
from evaluation.scheme import bound_sums
from evaluation.scoring import REASONS, Input, score_unit
from tests.app.command_line import CommandLine
from tests.evaluation.cast import EXAMPLE, example, indicator, parsed, small

ROOT = EXAMPLE.parents[2]
PAGES = [
    path for path in (ROOT / "docs" / "configuration-scheme.md", ROOT / "docs" / "configuration.md") if path.exists()
]


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def page() -> str:
    return next(text for text in map(read, PAGES) if "scheme-YYYY.toml" in text)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


HEAD = ("year", "version", "title", "note", "effective", "year_rule")
INDICATOR = (
    "name", "dimension", "party", "direction", "unit", "input", "of", "by", "surveyor", "definition", "experts", "low",
    "high", "questionnaire", "measure", "source", "owner", "flags", "standard", "aspect", "perspective", "curve",
    "against", "over_time", "range", "target_by", "method", "evidence", "bonus", "assumed", "note",
)  # fmt: skip
ENDS = ("floor", "target", "band", "ceiling", "steps", "per")
TIER = ("name", "ranked", "collaboration", "raters", "indicators", "points")
OTHERS = ("overrides", "bound", "tier", "reason", "watching", *(field.name for field in fields(elements.Watching)),
          "approval", *(field.name for field in fields(elements.Approval)),
          "actions", *(field.name for field in fields(elements.Actions)))  # fmt: skip
KEYS = dict.fromkeys((*HEAD, *INDICATOR, *ENDS, *TIER, *OTHERS))
"""Every key that a scheme file may have."""


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


def example_of_the_page() -> str:
    return next(block for block in re.findall(r"```toml\n(.*?)```", page(), re.DOTALL) if "[tiers." in block)


def test_example_of_the_page_keeps_every_bound() -> None:
    scheme = parsed(tomllib.loads(example_of_the_page(), parse_float=Decimal))
    assert check_scheme(scheme, file="page") == []
    assert score_unit(scheme, "primary", {"first_visit": Input(Fraction(15))}).total == 50


def test_every_key_is_on_the_page() -> None:
    assert keys_of_the_example() <= set(KEYS)
    assert [key for key in KEYS if not re.search(rf"[`.\[]{key}[`.\]]", page())] == []


def test_example_scheme_shows_every_key_there_is() -> None:
    """`init` writes every key that exists, those that it does not use in a comment."""
    written = EXAMPLE.read_text(encoding="utf-8")
    assert [key for key in KEYS if not re.search(rf"\b{key}\b", written)] == []


@pytest.mark.parametrize(
    "codes",
    [elements.DIMENSIONS, elements.PARTIES, elements.DIRECTIONS, elements.INPUTS, elements.FLAGS, elements.CURVES,
     elements.UNITS_OF_MEASURE, elements.MEANS, elements.ASPECTS, elements.PERSPECTIVES, elements.OVER_TIME,
     elements.YEAR_RULES, elements.MAJORITIES, REASONS, UNRANKED_REASONS, elements.BOUNDS],
)  # fmt: skip
def test_every_code_is_on_the_page(codes: tuple[str, ...]) -> None:
    assert [code for code in codes if f"`{code}`" not in page()] == []


@pytest.mark.parametrize("word", [*elements.SPANS, elements.REGION, elements.TIER_MEDIAN])
def test_every_word_of_a_curve_is_on_the_page(word: str) -> None:
    assert f'"{word}"' in page()


def test_every_bound_is_on_the_page() -> None:
    table = page()[page().index("### Bounds") :].partition("\n###")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {bound.bound for bound in bound_sums(parsed(example()))} <= {
        code for row in rows for code in re.findall(r"`(\w+)`", row)
    }


def test_example_of_the_page_is_scored_as_the_page_says(shell: CommandLine) -> None:
    """Whoever copies the scheme and the readings gets the two totals."""
    readings = page()[page().index("### A whole file") :].partition("```csv\n")[2].partition("```")[0]
    for name, content in (("scheme.toml", example_of_the_page()), ("readings.csv", readings)):
        (shell.folder / name).write_text(content, encoding="utf-8")
    found = shell.done("scheme", "score", "scheme.toml", "readings.csv", "--json").document
    totals = {unit["unit"]: (unit["total"], unit["complete"]) for unit in found["units"]}
    assert totals == {"c01": (75.75, True), "c02": (pytest.approx(100 * (72 + 5 / 6) / 80, abs=1e-12), False)}
    assert "**75.75**" in page()
    assert "**91.04**" in page()
    first = [line["points"] for line in found["units"][0]["indicators"] if line["points"] is not None]
    assert sorted(first) == [0.5, 1, 2, 4, 4.75, 7.5, 8, 9, 15, 24]
    assert shell.done("scheme", "check", "scheme.toml", "--json").document["accepted"] is True


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
