"""What a scheme names inside a questionnaire must be there."""

from __future__ import annotations

import pytest

from evaluation.references import check_measures
from tests.evaluation.cast import assert_told, changed, example, parsed
from tests.surveys.cast import outpatient

MEASURE = "indicators.outpatient_satisfaction.measure"
DEFINED = "indicators.outpatient_satisfaction.definition"


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


@pytest.mark.parametrize(
    ("definition", "measure", "unfit"),
    [
        ("linear-0-100", "score", None),
        ("topbox", "communication", None),
        ("positive", "overall", None),
        ("mean5", "communication", None),
        ("nps", "score", "clean, signs, listening, explaining, booking, queue, next, handover"),
        ("nps", "waiting", "booking, queue"),
    ],
)
def test_definition_must_fit_the_scale_of_every_question_of_the_measure(
    definition: str, measure: str, unfit: str | None
) -> None:
    document = changed(changed(example(), MEASURE, measure), DEFINED, definition)
    document = changed(document, "indicators.outpatient_satisfaction.floor", 20)
    findings = check_measures(parsed(document), file="s.toml", questionnaires={"outpatient": outpatient()})
    assert [(finding.key, finding.code) for finding in findings] == (
        [(DEFINED, "scheme_definition_unfit")] if unfit else []
    )
    if unfit:
        assert findings[0].details == {"definition": definition, "questionnaire": "outpatient", "questions": unfit}
        assert_told(findings[0])
