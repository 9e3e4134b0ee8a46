"""The content as a value: its JSON form, its digest, and pooling."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from bulletins.content import content_hash, document_hash, from_json, to_json
from storage.base import canonical
from tests.bulletins.samples import group_of_26, satisfaction_of, season


def test_content_survives_json_unchanged(content):
    stored = json.loads(canonical(to_json(content)), parse_float=Decimal)
    assert from_json(stored) == content
    assert content_hash(from_json(stored)) == content_hash(content)


def test_a_correction_survives_json_unchanged():
    corrected = group_of_26(edition=2, corrects=1, note="两家单位的下转率\n已更正")
    assert from_json(json.loads(canonical(to_json(corrected)))) == corrected


def test_the_digest_is_that_of_what_is_stored(content):
    assert content_hash(content) == document_hash(to_json(content))
    assert len(content_hash(content)) == 64


@pytest.mark.parametrize(
    "changed",
    [{"edition": 2}, {"period": "2026-11"}, {"note": "x"}, {"digest": "f" * 64}, {"aims": {"zh": "另", "en": "other"}},
     {"history": ()}, {"scheme_version": 2}, {"tiers": ()}],
)  # fmt: skip
def test_every_part_of_the_content_is_in_the_digest(content, changed):
    assert content_hash(replace(content, **changed)) != content_hash(content)


def test_the_smallest_change_of_one_score_is_in_the_digest(content):
    [hospital] = content.tiers[0].units
    moved = replace(content.tiers[0], units=(replace(hospital, total=hospital.total + Fraction(1, 10**9)),))
    assert content_hash(replace(content, tiers=(moved, *content.tiers[1:]))) != content_hash(content)


@pytest.mark.parametrize("broken", [{"shape": 2}, {"shape": None}, {"surprise": 1}])
def test_what_is_not_ours_is_not_read(content, broken):
    with pytest.raises((ValueError, TypeError)):
        from_json({**to_json(content), **broken})


def test_missing_keys_are_not_read(content):
    for key in to_json(content):
        document = {name: value for name, value in to_json(content).items() if name != key}
        if key in ("corrects", "note", "modes", "peers_waived", "overrides"):
            continue
        with pytest.raises((ValueError, TypeError, KeyError)):
            from_json(document)


def test_an_edition_without_units_is_a_content_too():
    empty = season()
    assert from_json(to_json(empty)) == empty
    assert empty.overall.satisfaction is None
    assert satisfaction_of(1).responses == 31


def test_an_edition_from_before_intervals_is_still_read(content):
    """What later versions note besides is empty in it, and its hash is that of what is stored."""
    old = to_json(content)
    del old["modes"]
    for figures in (
        old["overall"]["satisfaction"],
        *(unit["satisfaction"] for each in old["tiers"] for unit in each["units"]),
    ):
        for name in ("low", "high", "invited") if figures else ():
            del figures[name]
    for each in old["tiers"]:
        for unit in each["units"]:
            del unit["is_unanswered"]
    read = from_json(json.loads(canonical(old)))
    assert read.modes == ()
    assert (read.overall.satisfaction.low, read.overall.satisfaction.invited) == (None, None)
    assert read.overall.satisfaction.score == content.overall.satisfaction.score
    assert document_hash(old) != content_hash(read)
