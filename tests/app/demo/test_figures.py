"""The invented figures: the same from the same seed, legal at every door, and never a score."""

from __future__ import annotations

import csv
import io
import tomllib
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from app.demo import figures
from app.example_folder import EXAMPLE, QUESTIONNAIRE_FOLDER
from consortium.imports import exact_number
from consortium.periods import Period
from evaluation.elements import READING, WATCH
from evaluation.scheme import Scheme, parse_scheme
from locales.errors import Reask
from surveys.conversation import accept, review
from surveys.definition import parse_questionnaire
from surveys.structure import Questionnaire

OCTOBER = Period.parse("2026-10")
UNITS = ("jia", "yi", "bing")
COMMENTS = ("很好", "排队太久")


def document(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    found, findings = parse_scheme(document(EXAMPLE / "scheme.toml"), file="scheme.toml")
    assert found is not None, findings
    return found


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    found, findings = parse_questionnaire(document(QUESTIONNAIRE_FOLDER / "outpatient.toml"), file="outpatient.toml")
    assert found is not None, findings
    return found


def test_qualities_come_from_the_seed() -> None:
    assert figures.qualities(UNITS, 1) == figures.qualities(UNITS, 1) != figures.qualities(UNITS, 2)
    assert list(figures.qualities(UNITS, 1)) == list(UNITS)
    assert all(-1 <= quality <= 1 for quality in figures.qualities(tuple(map(str, range(500))), 7).values())


@pytest.mark.parametrize(("quality", "severity"), [(-1, -3), (0, 0), (1, 3), (-50, 0), (50, 0)])
def test_marks_are_legal_or_no_dealings_throughout(quality: float, severity: float) -> None:
    random = Random(3)
    given = [figures.marks(random, quality=quality, severity=severity, criteria=5) for _ in range(2000)]
    assert {len(marks) for marks in given} == {5}
    assert set("".join(given)) <= set("12345-")
    assert {"-" in marks for marks in given if marks != "-----"} == {False}
    assert 0 < given.count("-----") < 200


def test_better_units_get_better_marks() -> None:
    def mean(quality: float) -> float:
        random = Random(5)
        given = [figures.marks(random, quality=quality, severity=0, criteria=5) for _ in range(500)]
        digits = [int(mark) for marks in given for mark in marks if mark != "-"]
        return sum(digits) / len(digits)

    assert mean(-1) < mean(0) < mean(1)


def test_patients_answer_what_is_asked_and_nothing_else(questionnaire: Questionnaire) -> None:
    random = Random(11)
    comments = set()
    for month in range(300):
        answers = figures.patient_answers(
            random, questionnaire, quality=random.uniform(-1, 1), month=month % 4, comments=COMMENTS
        )
        taken: dict[str, tuple[str, ...]] = {}
        for question_id, value in answers.items():
            outcome = accept(questionnaire, taken, question_id, value)
            assert not isinstance(outcome, Reask), (question_id, value)
            taken = outcome
        assert taken == answers
        assert review(questionnaire, answers).missing == ()
        comments.add(answers["comment"])
    assert comments == {(), *((comment,) for comment in COMMENTS)}  # some say nothing


def test_patients_of_better_units_are_more_content(questionnaire: Questionnaire) -> None:
    def content(quality: float) -> int:
        random = Random(13)
        responses = [
            figures.patient_answers(random, questionnaire, quality=quality, month=0, comments=COMMENTS)
            for _ in range(300)
        ]
        return sum(int(answers["overall"][0]) for answers in responses)

    assert content(-1) < content(0) < content(1)


def test_every_reading_of_the_example_scheme_has_a_course(scheme: Scheme) -> None:
    from_tables = {
        code for code, each in scheme.indicators.items() if each.input == READING and each.direction != WATCH
    }
    in_the_demo = {line.indicator for tier in ("tertiary", "secondary", "primary") for line in scheme.tiers[tier].lines}
    assert set(figures.COURSES) == from_tables & in_the_demo


@pytest.mark.parametrize("quality", [-1.0, 0.0, 1.0])
def test_readings_are_plain_numbers_that_an_import_takes(quality: float, scheme: Scheme) -> None:
    units = dict.fromkeys(UNITS, tuple(figures.COURSES))
    for month in range(4):
        table = figures.readings_table(
            units, period=OCTOBER, month=month, quality=dict.fromkeys(UNITS, quality), seed=1
        )
        rows = list(csv.DictReader(io.StringIO(table)))
        assert len(rows) == len(UNITS) * len(figures.COURSES)
        for row in rows:
            if row["value"]:
                assert (row["numerator"], row["denominator"], exact_number(row["value"]) >= 0) == ("", "", True)
            else:
                assert 0 <= exact_number(row["numerator"]) <= exact_number(row["denominator"])
            is_rate = scheme.indicators[row["indicator"]].unit == "percent"
            assert is_rate or row["value"], row


def test_readings_of_a_month_come_from_the_seed() -> None:
    def table(seed: int, month: int) -> str:
        return figures.readings_table(
            {"jia": ["first_visit"]}, period=OCTOBER, month=month, quality={"jia": 0.0}, seed=seed
        )

    assert table(1, 0) == table(1, 0)
    assert table(1, 0) != table(2, 0)
    assert table(1, 0) != table(1, 3)


def test_readings_that_should_rise_rise_over_the_months() -> None:
    def sum_of(code: str, month: int) -> float:
        units = {f"u{number}": [code] for number in range(40)}
        table = figures.readings_table(units, period=OCTOBER, month=month, quality=dict.fromkeys(units, 0.0), seed=4)
        return sum(
            float(row["value"]) if row["value"] else 100 * int(row["numerator"]) / int(row["denominator"])
            for row in csv.DictReader(io.StringIO(table))
        )

    for code, course in figures.COURSES.items():
        assert (sum_of(code, 6) > sum_of(code, 0)) is (course.rises > 0), code


def test_history_runs_from_before_the_reform_to_the_newest_year() -> None:
    rows = list(csv.DictReader(io.StringIO(figures.history_table(2025, "*"))))
    by_indicator = {
        code: [(row["period"], row["value"]) for row in rows if row["indicator"] == code] for code in figures.HISTORY
    }
    assert {row["unit"] for row in rows} == {"*"}
    assert (by_indicator["history_satisfaction"][0], by_indicator["history_satisfaction"][-1]) == (
        ("2018", "65.0"),
        ("2025", "92.0"),
    )
    referral = [float(value) for _, value in by_indicator["history_referral"]]
    assert (referral[0] < 8, referral[-1] > 15, referral == sorted(referral)) == (True, True, True)


def test_history_of_a_single_year_is_possible() -> None:
    assert len(list(csv.DictReader(io.StringIO(figures.history_table(figures.FIRST_YEAR, "*"))))) == 2
