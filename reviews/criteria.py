"""PURE: the criteria on which one unit marks another, and what a legal set of marks is (rule 22).

Knows the wording in `criteria.toml` and the alphabet of marks. Refuses to know whose marks they are. A round keeps its
own copy of the criteria (`criteria_document`), so a later change of wording never touches a round that is under way.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

MARKS = "12345"
NOT_MARKED = "-"

_WORDINGS = ("name", "text", "low", "high")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to mark: `text` asks, `low` says what 1 means, `high` what 5 means, `name` is for narrow screens."""

    code: str
    name: Mapping[str, str]
    text: Mapping[str, str]
    low: Mapping[str, str]
    high: Mapping[str, str]


def parse_criteria(document: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """The criteria of a document in the shape of `criteria.toml`'s list; ValueError names the entry and the key."""
    criteria = tuple(_parse_criterion(number, entry) for number, entry in enumerate(document, start=1))
    codes = [criterion.code for criterion in criteria]
    if not codes or len(set(codes)) != len(codes):
        msg = f"criteria must be there and have different codes, not {codes}"
        raise ValueError(msg)
    return criteria


def criteria_document(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """The criteria as JSON values, to be kept with a round; `parse_criteria` reads them back."""
    return [
        {"code": criterion.code, **{key: dict(getattr(criterion, key)) for key in _WORDINGS}} for criterion in criteria
    ]


def no_dealings(criteria_count: int) -> str:
    """The marks of a rater who had nothing to do with the unit: one dash a criterion, never a middle mark."""
    return NOT_MARKED * criteria_count


def are_legal_marks(marks: str, criteria_count: int, *, with_gaps: bool = False) -> bool:
    """Whether `marks` is one of 1–5 for every criterion, or "no dealings" for all of them.

    `with_gaps`: a dash may also stand for single criteria, as an expert's "no basis to judge".
    """
    if len(marks) != criteria_count or not are_marks(marks):
        return False
    return with_gaps or marks == no_dealings(criteria_count) or NOT_MARKED not in marks


def are_marks(marks: str) -> bool:
    """Whether these are marks at all: one or more of 1–5 and the dash."""
    return bool(marks) and all(mark in MARKS + NOT_MARKED for mark in marks)


def _parse_criterion(number: int, entry: Mapping[str, Any]) -> Criterion:
    expected = {"code", *_WORDINGS}
    if set(entry) != expected:
        msg = f"criterion {number}: the keys are {sorted(expected)}, not {sorted(entry)}"
        raise ValueError(msg)
    code = entry["code"]
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        msg = f"criterion {number}: {code!r} is no code"
        raise ValueError(msg)
    return Criterion(code=code, **{key: _parse_wording(code, key, entry[key]) for key in _WORDINGS})


def _parse_wording(code: str, key: str, wording: Any) -> dict[str, str]:
    complete = isinstance(wording, Mapping) and set(wording) == {"zh", "en"}
    if not complete or not all(isinstance(text, str) and text.strip() for text in wording.values()):
        msg = f"criterion {code}: {key} needs a wording in zh and in en"
        raise ValueError(msg)
    return dict(wording)


CRITERIA: tuple[Criterion, ...] = parse_criteria(
    tomllib.loads(files("reviews").joinpath("criteria.toml").read_text(encoding="utf-8"))["criteria"]
)
