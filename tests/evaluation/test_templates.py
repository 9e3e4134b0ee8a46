"""The templates: every one reads, none says anything twice, and what each lacks is known."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from fractions import Fraction

import pytest

from evaluation.elements import ASPECTS, DIMENSIONS, DIRECTIONS, RELATIVE, UP, WATCH
from evaluation.figures import Input
from evaluation.lints import check_scheme
from evaluation.scheme import parse_scheme
from evaluation.scoring import score_units
from evaluation.templates import READY, TEMPLATES, template_document, template_text, templates
from locales.errors import DomainError, explain
from tests.evaluation.cast import parsed

COUNTS = {"five_dimensions": 41, "tertiary_55_1": 56, "secondary_28": 28, "county_14": 14, "lead_hospital_50": 50}
LACKS = {
    "five_dimensions": set(),
    "tertiary_55_1": {"points", "peers", "patients", "outcomes", "collaboration", "promote_health"},
    "secondary_28": {"points", "peers", "patients", "outcomes", "collaboration", "dimension_empty",
                     "strengthen_primary", "promote_health"},
    "county_14": {"points", "peers", "patients", "outcomes", "collaboration", "dimension_empty"},
    "lead_hospital_50": {"peers", "outcomes", "collaboration"},
}  # fmt: skip


def schemes():
    return {name: parsed(template_document(name)) for name in TEMPLATES}


def test_every_template_has_as_many_indicators_as_its_list():
    assert {each.name: each.indicators for each in templates()} == COUNTS
    assert {name: len(scheme.indicators) for name, scheme in schemes().items()} == COUNTS
    assert {each.name for each in templates() if each.is_ready} == set(READY) == {"five_dimensions"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_lacks_is_what_check_says_of_it(name):
    findings = check_scheme(parsed(template_document(name)), file=f"{name}.toml")
    assert {each.code.removeprefix("bound_") for each in findings} == LACKS[name]
    assert all("{" not in explain(language, each) for each in findings for language in ("zh", "en"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_code_name_or_number_stands_twice_and_everybody_is_answered_for(name):
    text = template_text(name)
    codes = re.findall(r"^\[indicators\.([a-z0-9_]+)\]$", text, re.MULTILINE)
    scheme = parsed(template_document(name))
    assert codes == list(dict.fromkeys(codes))
    for language in ("zh", "en"):
        names = Counter(each.name[language].casefold() for each in scheme.indicators.values())
        assert [said for said, times in names.items() if times > 1] == []
    numbers = [each.standard for each in scheme.indicators.values() if each.standard is not None]
    assert len(numbers) == len(set(numbers)) == (0 if name == "five_dimensions" else COUNTS[name])
    for each in scheme.indicators.values():
        assert all(wording and wording["zh"] and wording["en"] for wording in (each.source, each.owner))
        assert each.direction in DIRECTIONS
        assert each.aspect in ASPECTS
        assert each.dimension in DIMENSIONS


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_indicator_says_its_national_aspect_itself_and_stands_in_a_table(name):
    """Rule 124: written, and not left to a default."""
    document = template_document(name)
    assert [code for code, each in document["indicators"].items() if "aspect" not in each] == []
    used = {code for tier in document["tiers"].values() for code in tier["indicators"]}
    assert set(document["indicators"]) == used


def test_national_lists_have_the_blocks_that_are_known():
    found = schemes()
    blocks = Counter(each.aspect for each in found["tertiary_55_1"].indicators.values())
    assert blocks == {"quality": 24, "efficiency": 20, "development": 9, "satisfaction": 3}  # one of the 20 was added
    starred = [each for each in found["tertiary_55_1"].indicators.values() if "★" in each.name["zh"]]
    marked = [each for each in found["secondary_28"].indicators.values() if "▲" in each.name["zh"]]
    assert (len(starred), len(marked)) == (26, 21)
    assert {each.standard for each in found["tertiary_55_1"].indicators.values()} == {
        f"national-{number:02d}" for number in range(1, 57)
    }
    directions = Counter(each.direction for each in found["tertiary_55_1"].indicators.values())
    assert directions == {"watch": 20, "up": 24, "down": 10, "qualitative": 2}


def test_income_is_never_rewarded_by_a_template():
    for name, scheme in schemes().items():
        assert [
            each.code for each in scheme.indicators.values() if "income" in each.flags and each.direction != WATCH
        ] == [], name
        findings = check_scheme(scheme, file=name)
        assert "lint_income" not in {each.code for each in findings}


def test_city_group_gives_each_tier_its_points_for_collaboration():
    scheme = schemes()["five_dimensions"]
    points = {}
    for code, tier in scheme.tiers.items():
        lines = [line for line in tier.lines if scheme.indicators[line.indicator].dimension == "collaboration"]
        points[code] = sum(line.points for line in lines)
    assert points == {"tertiary": 40, "secondary": 30, "primary": 50, "partner": 20}
    tables = {code: {line.indicator: line.points for line in tier.lines} for code, tier in scheme.tiers.items()}
    assert (tables["tertiary"]["down_referral"], tables["tertiary"]["teaching_satisfaction"]) == (15, 10)
    assert (tables["secondary"]["referrals_received"], tables["secondary"]["joint_projects"]) == (15, 10)
    assert (tables["primary"]["first_visit"], tables["primary"]["standard_management"]) == (20, 20)


def test_frames_invent_no_target():
    """Beside the targets of the documents, whatever is counted is measured against the region."""
    for name in ("tertiary_55_1", "secondary_28", "county_14"):
        for each in schemes()[name].indicators.values():
            if each.direction in (UP, "down"):
                assert (each.curve.kind, each.curve.against, each.curve.target) == (RELATIVE, "region", 0)


def test_fifty_items_score_a_whole_consortium():
    """Rule 98: 50 items, 26 units; better than the region everywhere is full, worse everywhere nothing."""
    scheme = schemes()["lead_hospital_50"]
    units = {f"u{number}": "tertiary" for number in range(26)}
    region = {code: Input(value=Fraction(10)) for code in scheme.indicators}
    best = {code: Input(Fraction(0 if each.direction == "down" else 1000)) for code, each in scheme.indicators.items()}
    scores = score_units(scheme, units, dict.fromkeys(units, best), region=region)
    assert {score.total for score in scores.values()} == {100}
    missing = score_units(scheme, units, {}, region=region)
    assert {score.total for score in missing.values()} == {None}


def test_a_template_can_be_had_for_another_year():
    text = template_text("five_dimensions", year=2031)
    document = tomllib.loads(text)
    assert document["scheme"]["year"] == 2031
    assert document["indicators"]["record_sharing"]["target_by"] == "2031-12"
    scheme, findings = parse_scheme(template_document("county_14", year=2031), file="x")
    assert (scheme.year if scheme else None, findings) == (2031, [])


@pytest.mark.parametrize("name", ["nothing", "../templates", "", "county_14.toml"])
def test_a_template_that_does_not_exist_is_refused(name):
    with pytest.raises(DomainError) as refusal:
        template_text(name)
    assert refusal.value.code == "scheme_template_unknown"
