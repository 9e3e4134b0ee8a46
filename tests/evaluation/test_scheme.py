"""Reading a scheme: what a sound file says, and every fault by its key."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from evaluation.elements import Curve
from evaluation.scheme import Line, Note, parse_scheme
from storage.base import canonical
from surveys.scoring import DEFINITIONS
from tests.evaluation.cast import changed, example, faults, indicator, parsed, small, without, wording

RATE = "indicators.rate"
LINE = "tiers.only.indicators.rate"


def one(line: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A scheme with one indicator, `rate`, in one tier."""
    return small({"rate": indicator(**more)}, {"rate": {"points": 100} if line is None else line})


def line_of(document: dict[str, Any]) -> Line:
    return parsed(document).tiers["only"].lines[0]


def test_parse_scheme_reads_what_the_file_says() -> None:
    scheme = parsed(example())
    assert (scheme.year, scheme.version, scheme.title["zh"]) == (2026, 1, "协同绩效考核方案")
    assert list(scheme.tiers) == ["tertiary", "secondary", "primary", "partner"]
    assert [tier.ranked for tier in scheme.tiers.values()] == [True, True, True, False]
    referral = scheme.indicators["down_referral"]
    assert (referral.dimension, referral.party, referral.direction, referral.unit, referral.flags) == (
        "collaboration", "committee", "up", "percent", ("service", "strengthen_primary"),
    )  # fmt: skip
    survey = scheme.indicators["outpatient_satisfaction"]
    assert (survey.input, survey.questionnaire, survey.measure) == ("survey", "outpatient", "score")


def test_parse_scheme_reads_the_stored_json_as_the_file() -> None:
    stored = json.loads(canonical(example()))
    assert parsed(stored) == parsed(example())


def test_parse_scheme_does_not_depend_on_the_order_of_the_file() -> None:
    def backwards(value: Any) -> Any:
        return {key: backwards(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    assert parsed(backwards(example())) == parsed(example())
    assert list(parsed(backwards(example())).parties) == list(parsed(example()).parties)


@pytest.mark.parametrize("written", [12, Decimal(12), "12", "12.0", Decimal("12.000")])
def test_number_may_be_whole_decimal_or_text(written: object) -> None:
    assert line_of(one({"points": written})).points == Fraction(12)


@pytest.mark.parametrize(
    "written",
    [12.5, float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999999"), Decimal("1e-999999"),
     True, "twelve", "1e3", "", " 12", "１２", [12], {"a": 1}, 10**40],
)  # fmt: skip
def test_number_refuses_floats_and_all_that_is_no_plain_number(written: object) -> None:
    assert (f"{LINE}.points", "number_expected") in faults(one({"points": written}))


def line(code: str, points: Fraction, floor: Fraction | None, target: Fraction | None) -> Line:
    curve = None if target is None else Curve("linear", floor, target)
    return Line(code, points, curve)


def test_line_takes_its_own_ends_before_the_indicators() -> None:
    assert line_of(one({"points": 9, "floor": 5, "target": 7}, floor=1)) == line(
        "rate", Fraction(9), Fraction(5), Fraction(7)
    )
    assert line_of(one({"points": 9}, floor=1)) == line("rate", Fraction(9), Fraction(1), Fraction(50))
    assert line_of(one({"points": 9})) == line("rate", Fraction(9), Fraction(0), Fraction(50))
    assert line_of(one({"points": 9, "floor": -5})) == line("rate", Fraction(9), Fraction(-5), Fraction(50))


def test_line_of_a_falling_indicator_has_its_target_below() -> None:
    assert line_of(one({"points": 9}, direction="down", floor=6, target=2)).target == Fraction(2)


@pytest.mark.parametrize(("unit", "full"), [("percent", 100), ("share", 1)])
def test_line_of_a_qualitative_indicator_runs_from_nothing_to_full(unit: str, full: int) -> None:
    document = without(one(direction="qualitative", unit=unit), f"{RATE}.target")
    assert line_of(document) == line("rate", Fraction(100), Fraction(0), Fraction(full))


def test_line_of_a_watched_indicator_has_no_ends() -> None:
    document = without(one({"points": 0}, direction="watch"), f"{RATE}.target")
    assert line_of(document) == line("rate", Fraction(0), None, None)


@pytest.mark.parametrize(
    ("line", "more", "code"),
    [
        ({"points": 9, "floor": 50}, {}, "scheme_target_not_above"),
        ({"points": 9, "floor": 51}, {}, "scheme_target_not_above"),
        ({"points": 9, "target": 0}, {}, "scheme_target_not_above"),
        ({"points": 9}, {"direction": "down", "floor": 50}, "scheme_target_not_below"),
        ({"points": 9}, {"direction": "down", "floor": 49}, "scheme_target_not_below"),
    ],
)
def test_ends_that_meet_or_cross_are_refused(line: dict[str, Any], more: dict[str, Any], code: str) -> None:
    assert faults(one(line, **more)) == [(f"{LINE}.target", code)]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (one({"points": 9}, direction="down"), (f"{LINE}.floor", "scheme_end_missing")),
        (without(one(), f"{RATE}.target"), (f"{LINE}.target", "scheme_end_missing")),
        (one({"points": -1}), (f"{LINE}.points", "scheme_points_negative")),
        (one({}), (f"{LINE}.points", "key_missing")),
        (one({"points": 9, "weight": 1}), (f"{LINE}.weight", "key_unknown")),
        (one({"points": 1, "assumed": "yes"}), (f"{LINE}.assumed", "truth_expected")),
        (one(direction="upwards"), (f"{RATE}.direction", "value_unknown")),
        (one(unit="precent"), (f"{RATE}.unit", "value_unknown")),
        (one(dimension="nonsense"), (f"{RATE}.dimension", "value_unknown")),
        (one(party="nobody"), (f"{RATE}.party", "value_unknown")),
        (one(flags=["outcome", "outcom"]), (f"{RATE}.flags[1]", "value_unknown")),
        (one(flags="outcome"), (f"{RATE}.flags", "list_expected")),
        (one(curve="stairs"), (f"{RATE}.curve", "value_unknown")),
        (one(input="guess"), (f"{RATE}.input", "value_unknown")),
        (one(input="survey"), (f"{RATE}.questionnaire", "key_missing")),
        (one(input="survey", questionnaire="Out Patient"), (f"{RATE}.questionnaire", "scheme_reference_malformed")),
        (one(questionnaire="outpatient"), (f"{RATE}.questionnaire", "key_unknown")),
        (one(name={"zh": "率"}), (f"{RATE}.name.en", "key_missing")),
        (one(name={"zh": "率", "en": " "}), (f"{RATE}.name.en", "text_expected")),
        (one(direction="qualitative", unit="days"), (f"{RATE}.unit", "scheme_qualitative_unit")),
        (changed(one(), "scheme.year", 1999), ("scheme.year", "out_of_range")),
        (changed(one(), "scheme.version", 0), ("scheme.version", "out_of_range")),
        (changed(one(), "scheme.version", "1"), ("scheme.version", "out_of_range")),
        (changed(one(), "scheme.author", "x"), ("scheme.author", "key_unknown")),
        (changed(one(), "weights", {}), ("weights", "key_unknown")),
        (changed(one(), "tiers.only.lines", {}), ("tiers.only.lines", "key_unknown")),
        (changed(one(), "tiers.only.ranked", 1), ("tiers.only.ranked", "truth_expected")),
        (changed(one(), "tiers", {}), ("tiers", "scheme_table_empty")),
        (changed(one(), "tiers", 5), ("tiers", "table_expected")),
        (without(one(), "scheme"), ("scheme", "key_missing")),
        (without(one(), "tiers.only.name"), ("tiers.only.name", "key_missing")),
        (changed(one(), "tiers.only.indicators.ghost", {"points": 1}),
         ("tiers.only.indicators.ghost", "scheme_indicator_undefined")),
        (changed(one(), "indicators.Bad-Code", indicator()), ("indicators.Bad-Code", "code_malformed")),
        (changed(one(), "indicators.odd", 5), ("indicators.odd", "table_expected")),
    ],
)  # fmt: skip
def test_fault_is_named_by_its_key(document: dict[str, Any], found: tuple[str, str]) -> None:
    assert found in faults(document)


def test_watched_indicator_takes_neither_points_nor_ends() -> None:
    assert faults(one({"points": 1, "floor": 1}, direction="watch")) == [
        (f"{RATE}.target", "scheme_end_not_taken"),
        (f"{LINE}.points", "scheme_points_on_watch"),
        (f"{LINE}.floor", "scheme_end_not_taken"),
    ]


def test_all_faults_are_told_at_once() -> None:
    document = changed(changed(one({"points": -1}), "scheme.year", 1), "extra", 1)
    assert {key for key, _ in faults(document)} == {f"{LINE}.points", "scheme.year", "extra"}


def test_unit_of_measure_may_be_worded_by_the_scheme() -> None:
    rate = parsed(one(unit=wording("元/人次"))).indicators["rate"]
    assert (rate.unit, rate.unit_wording) == (None, wording("元/人次"))


def test_notes_list_what_is_assumed_and_what_is_remarked() -> None:
    document = one({"points": 100, "assumed": True}, note=wording("why"))
    document["scheme"]["note"] = wording("whole")
    assert parsed(document).notes == (
        Note(None, None, assumed=False, text=wording("whole")),
        Note(None, "rate", assumed=False, text=wording("why")),
        Note("only", "rate", assumed=True, text=None),
    )


def test_broken_note_is_told_once() -> None:
    assert faults(one({"points": 100, "note": "text"})) == [(f"{LINE}.note", "wording_expected")]


@pytest.mark.parametrize("document", [{}, {"scheme": 1}, {"scheme": [], "tiers": []}, {"indicators": {"a": {"b": {}}}}])
def test_hostile_shapes_are_findings_not_crashes(document: dict[str, Any]) -> None:
    scheme, findings = parse_scheme(document, file="x")
    assert scheme is None
    assert findings != []


SURVEYED = {"input": "survey", "questionnaire": "outpatient", "unit": "score", "target": 90}


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_scheme_chooses_how_a_survey_figure_is_made(definition: str) -> None:
    """Decision 3: a figure carries its definition. Without a choice it is the usual one."""
    chosen = parsed(one(**SURVEYED, definition=definition, floor=10)).indicators["rate"]
    assert chosen.definition == definition
    assert parsed(one(**SURVEYED)).indicators["rate"].definition == "linear-0-100"
    assert parsed(one()).indicators["rate"].definition is None


@pytest.mark.parametrize("wrong", ["linear", "top-box", "~own words", "", 5])
def test_definition_of_a_survey_is_one_of_ours(wrong: object) -> None:
    assert faults(one(**SURVEYED, definition=wrong)) == [(f"{RATE}.definition", "value_unknown")]


def test_net_promoter_score_has_no_usual_floor() -> None:
    """Its lowest figure is -100: nothing says that points begin at 0."""
    assert faults(one(**SURVEYED, definition="nps")) == [(f"{LINE}.floor", "scheme_end_missing")]
    line = line_of(one(**SURVEYED, definition="nps", floor=-50))
    assert (line.floor, line.target) == (-50, 90)


@pytest.mark.parametrize(
    ("definition", "ends", "wrong"),
    [
        ("nps", {"floor": -100, "target": 100}, []),
        ("nps", {"floor": -101, "target": 100}, ["floor"]),
        ("nps", {"floor": -100, "target": "100.01"}, ["target"]),
        ("topbox", {"floor": 0, "target": 100}, []),
        ("topbox", {"floor": -1, "target": 100}, ["floor"]),
        ("linear-0-100", {"floor": 0, "target": 101}, ["target"]),
        ("mean5", {"floor": 20, "target": "100.5"}, ["target"]),
        ("positive", {"floor": -1, "target": 101}, ["floor", "target"]),
    ],
)
def test_ends_lie_where_the_definition_can_reach(definition: str, ends: dict[str, Any], wrong: list[str]) -> None:
    found = faults(one(**{**SURVEYED, **ends}, definition=definition)) if wrong else []
    assert found == [(f"{LINE}.{name}", "scheme_end_out_of_reach") for name in wrong]
    if not wrong:
        assert line_of(one(**{**SURVEYED, **ends}, definition=definition)).target == 100


def test_ends_of_other_inputs_are_not_bound_to_a_hundred() -> None:
    assert line_of(one(target=4000, unit="visits")).target == 4000
