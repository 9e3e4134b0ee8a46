"""`[[honours]]` of the configuration: what is read, what is refused by key, and that it is kept as it was."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest

from consortium.document import Findings, Table
from consortium.honour_kinds import from_stored, parse_honours, to_stored
from consortium.periods import Period
from locales.errors import explain

GOOD = """
[[honours]]
code = "star"
name = { zh = "协同之星", en = "Star" }
goes_to = "person"
every = "month"
places = 3
minimum = 84.5
two_years = true
voters = ["staff", "head"]
"""
LEAST = '[[honours]]\ncode = "a"\nname = { zh = "甲", en = "A" }\ngoes_to = "unit"\nevery = "year"\n'


def read(document):
    findings = Findings("consortium.toml")
    root = Table(tomllib.loads(document, parse_float=Decimal), "", findings)
    return parse_honours(root), [(each.key, each.code) for each in findings.found], findings.found


def test_every_key_is_read_and_kept():
    kinds, codes, _ = read(GOOD + LEAST)
    star, least = kinds
    assert codes == []
    assert (star.code, star.goes_to, star.every, star.places, star.minimum, star.two_years) == (
        "star", "person", "month", 3, Fraction("84.5"), True,
    )  # fmt: skip
    assert set(star.voters) == {"staff", "head"}
    assert (least.places, least.minimum, least.two_years, least.voters) == (1, None, False, ("representative",))
    assert from_stored({"honours": to_stored(kinds)}) == kinds
    assert from_stored({}) == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ('goes_to = "person"', 'goes_to = "all"', "honours[0].goes_to", "value_unknown"),
        ('every = "month"', 'every = "week"', "honours[0].every", "value_unknown"),
        ("places = 3", "places = 0", "honours[0].places", "out_of_range"),
        ("places = 3", "places = 21", "honours[0].places", "out_of_range"),
        ("minimum = 84.5", "minimum = 100.01", "honours[0].minimum", "out_of_range"),
        ("minimum = 84.5", "minimum = -1", "honours[0].minimum", "out_of_range"),
        ("minimum = 84.5", "minimum = nan", "honours[0].minimum", "number_expected"),
        ('["staff", "head"]', '["auditor"]', "honours[0].voters[0]", "value_unknown"),
        ("places = 3", "no_veto = false", "honours[0].no_veto", "key_unknown"),
        ('code = "star"', 'code = "Star!"', "honours[0].code", "code_malformed"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(old, new, key, code):
    _, codes, found = read(GOOD.replace(old, new))
    assert (key, code) in codes
    assert all(explain("zh", each) != explain("en", each) for each in found)


def test_a_code_stands_once():
    _, codes, found = read(GOOD + GOOD)
    assert codes == [("honours[1].code", "honour_twice")]
    assert "star" in explain("en", found[0])


@pytest.mark.parametrize(("every", "fits"), [("month", "2026-10"), ("quarter", "2026-Q4"), ("year", "2026")])
def test_a_kind_is_for_its_own_periods(every, fits):
    kind = read(GOOD.replace('"month"', f'"{every}"'))[0][0]
    assert [each for each in ("2026-10", "2026-Q4", "2026") if kind.fits(Period.parse(each))] == [fits]
