"""What a scheme names inside a questionnaire must be there."""

from __future__ import annotations

import pytest

from evaluation.references import check_measures
from tests.evaluation.cast import assert_told, changed, example, parsed
from tests.surveys.cast import outpatient

MEASURE = "indicators.outpatient_satisfaction.measure"


@pytest.mark.parametrize("measure", ["score", "overall", "environment", "communication", "waiting", "continuity"])
def test_measures_of_the_questionnaire_are_accepted(measure: str) -> None:
    scheme = parsed(changed(example(), MEASURE, measure))
    assert check_measures(scheme, file="s.toml", questionnaires={"outpatient": outpatient()}) == []


def test_measure_that_the_questionnaire_does_not_have_is_named() -> None:
    scheme = parsed(changed(example(), MEASURE, "food"))
    findings = check_measures(scheme, file="s.toml", questionnaires={"outpatient": outpatient()})
    assert [(finding.file, finding.key, finding.code) for finding in findings] == [
        ("s.toml", MEASURE, "scheme_measure_unknown")
    ]
    assert findings[0].details == {
        "value": "food", "known": "score, overall, environment, communication, waiting, continuity",
    }  # fmt: skip
    assert_told(findings[0])


def test_questionnaire_that_is_not_there_is_somebody_elses_finding() -> None:
    assert check_measures(parsed(example()), file="s.toml", questionnaires={}) == []
