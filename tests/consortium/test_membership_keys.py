"""When a unit joined and left, as `consortium.toml` says it: days, both inclusive, loaded and taken back."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from sqlalchemy.orm import Session

from consortium.application import apply_consortium
from consortium.definition import parse_consortium
from consortium.models import Unit
from locales.errors import explain
from tests.evaluation.cast import IN_OCTOBER

HEAD = '[consortium]\nname = { zh = "医联体", en = "Group" }\naims = { zh = "宗旨", en = "Aims" }\n'


def unit(more: str) -> str:
    return f'{HEAD}[[units]]\ncode = "jia"\nname = {{ zh = "甲", en = "Jia" }}\ntier = "tertiary"\n{more}\n'


def parsed(more: str):
    return parse_consortium(tomllib.loads(unit(more)), file="consortium.toml")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("joined = 2026-07-01\nleft = 2026-07-01", (date(2026, 7, 1), date(2026, 7, 1))),
        ('joined = "2026-07-01"', (date(2026, 7, 1), None)),
        ("", (None, None)),
    ],
)
def test_days_are_read_and_loaded(session: Session, more: str, expected: tuple[date | None, date | None]) -> None:
    definition, findings = parsed(more)
    assert findings == []
    for given in ("left = 2027-01-01", more):  # what is no longer written is taken back
        apply_consortium(
            session, definition=parsed(given)[0], schedule={}, folder=".", actor="command_line", now=IN_OCTOBER
        )
    row = session.get_one(Unit, "jia", populate_existing=True)
    assert (row.joined_on, row.left_on) == expected
    assert (definition.units[0].joined, definition.units[0].left) == expected


@pytest.mark.parametrize(
    ("more", "key", "code"),
    [
        ("joined = 2026-07-01\nleft = 2026-06-30", "units[0].left", "unit_left_before_joined"),
        ("joined = 2026-07-01T08:00:00", "units[0].joined", "day_expected"),
        ('joined = "2026-02-30"', "units[0].joined", "day_expected"),
        ('left = "20260701"', "units[0].left", "day_expected"),
        ("left = 2026", "units[0].left", "day_expected"),
    ],
)
def test_what_is_no_day_is_named_by_its_key(more: str, key: str, code: str) -> None:
    _, findings = parsed(more)
    assert [(finding.key, finding.code) for finding in findings] == [(key, code)]
    assert explain("zh", findings[0]) != explain("en", findings[0])
