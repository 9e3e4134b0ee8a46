"""What a sound form from anywhere still lacks before patients can be asked with it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from locales.errors import explain
from surveys.fitness import (
    LONGEST_ANSWER,
    LONGEST_MARK,
    LONGEST_NOTICE,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    unfit,
)
from surveys.structure import Condition, Dimension, Option, Question, Questionnaire, Unit
from tests.surveys.cast import outpatient

WORDS = {"zh": "字", "en": "word"}
FIT = Questionnaire(
    "fit", "1", WORDS, ("zh", "en"), (Question("a", "boolean", WORDS),), notice=WORDS, notice_version="1",
    thanks=WORDS, kinds=("outpatient",),
)  # fmt: skip


def faults(questionnaire: Questionnaire) -> list[tuple[str, str]]:
    findings = unfit(questionnaire, file="f.toml")
    for finding in findings:
        assert finding.file == "f.toml"
        assert all("{" not in explain(language, finding) for language in ("zh", "en"))
    return [(finding.key, finding.code) for finding in findings]


def asking(*questions: Question) -> list[tuple[str, str]]:
    return faults(replace(FIT, questions=questions))


def test_what_is_fit_has_no_faults():
    assert faults(FIT) == faults(outpatient()) == []


def test_form_from_elsewhere_is_told_all_that_it_lacks():
    foreign = Questionnaire("http://x|1", "", {"en": "t"}, ("en",), (Question("1", "boolean", {"en": "?"}),))
    assert faults(foreign) == [
        ("id", "questionnaire_id_malformed"),
        ("version", "key_missing"),
        ("notice_version", "key_missing"),
        ("kinds", "key_missing"),
        ("notice", "key_missing"),
        ("thanks", "key_missing"),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": "a" * 25}, [("id", "questionnaire_id_malformed")]),
        ({"version": "1 b"}, [("version", "questionnaire_version_malformed")]),
        ({"notice_version": "v" * 21}, [("notice_version", "questionnaire_version_malformed")]),
        ({"notice": {**WORDS, "zh": "字" * (LONGEST_NOTICE + 1)}}, [("notice.zh", "text_expected")]),
        ({"thanks": {"zh": "谢"}}, [("thanks.en", "key_missing")]),
        ({"title": {}}, [("title", "key_missing")]),
        ({"questions": ()}, [("questions", "list_length")]),
        ({"questions": (Question("t", "display", WORDS),)}, [("questions", "list_length")]),
        ({"dimensions": (Dimension("x", {"zh": "字"}),)}, [("dimensions[0].name.en", "key_missing")]),
    ],
)  # fmt: skip
def test_whole_form_must_be_complete(change, expected):
    assert faults(replace(FIT, **change)) == expected


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (("zh",), []),
        (("en", "sw"), []),
        (("sw",), [("languages", "questionnaire_language_unspoken")]),
        (("und",), [("languages[0]", "questionnaire_language_malformed"), ("languages", "questionnaire_language_unspoken")]),
        (("zh", "zh-Hans"), [("languages[1]", "questionnaire_language_malformed")]),
    ],
)  # fmt: skip
def test_languages_must_be_spoken_here(languages, expected):
    words = dict.fromkeys(languages, "word")
    questionnaire = replace(
        FIT, languages=languages, title=words, notice=words, thanks=words, questions=(Question("a", "boolean", words),)
    )
    assert faults(questionnaire) == expected


def test_question_must_have_words_in_every_language_and_a_group_need_not():
    assert asking(Question("a", "boolean")) == [("questions[0].text", "key_missing")]
    assert asking(Question("a", "boolean", {"zh": "字"})) == [("questions[0].text.en", "key_missing")]
    assert asking(Question("g", "group"), Question("a", "boolean", WORDS, parent="g")) == []
    assert asking(Question("t", "display"), FIT.questions[0]) == [("questions[0].text", "key_missing")]
    assert asking(Question("a", "boolean", {"zh": "字" * 501, "en": "w"})) == [
        ("questions[0].text.zh", "text_expected")
    ]


def test_option_must_have_words_unless_it_is_a_number_or_a_date():
    assert asking(Question("a", "coding", WORDS, options=(Option("x", {}),))) == [
        ("questions[0].options[0].text", "key_missing")
    ]
    assert asking(Question("a", "integer", WORDS, options=(Option("1", {}, value_type="integer"),))) == []
    long = {"zh": "字" * 101, "en": "w"}
    assert asking(Question("a", "coding", WORDS, options=(Option("x", long),))) == [
        ("questions[0].options[0].text.zh", "text_expected")
    ]


def test_chat_cannot_repeat_groups_nor_ask_below_a_repeating_question():
    group = Question("g", "group", WORDS, repeats=True)
    assert asking(group, Question("a", "boolean", WORDS, parent="g")) == [
        ("questions[0].repeats", "questionnaire_group_repeats")
    ]
    several = Question("a", "integer", WORDS, repeats=True)
    assert asking(several, Question("b", "boolean", WORDS, parent="a")) == [
        ("questions[1].parent", "questionnaire_parent_repeats")
    ]


@pytest.mark.parametrize("count", [MOST_QUESTIONS, MOST_QUESTIONS + 1])
def test_questions_are_bounded_and_texts_between_them_are_not(count):
    questions = [Question(f"q{n}", "boolean", WORDS) for n in range(count)]
    texts = [Question(f"t{n}", "display", WORDS) for n in range(50)]
    assert asking(*questions, *texts) == ([] if count == MOST_QUESTIONS else [("questions", "list_length")])


@pytest.mark.parametrize("count", [MOST_OPTIONS, MOST_OPTIONS + 1])
def test_options_are_bounded(count):
    options = tuple(Option(str(n), WORDS) for n in range(count))
    assert asking(Question("a", "coding", WORDS, options=options)) == (
        [] if count == MOST_OPTIONS else [("questions[0].options", "list_length")]
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("a", "coding", WORDS), [("options", "questionnaire_options_missing")]),
        (Question("a", "string", WORDS, constraint="optionsOrString"), [("options", "questionnaire_options_missing")]),
        (
            Question("a", "coding", WORDS, options=(Option("x", WORDS, is_exclusive=True),)),
            [("options[0].is_exclusive", "questionnaire_exclusive_alone")],
        ),
        (Question("a", "coding", WORDS, options=(Option("x", WORDS, is_exclusive=True),), repeats=True), []),
        (Question("a", "coding", WORDS, options=(Option("x" * 256, WORDS),)), [("options[0].code", "text_expected")]),
        (
            Question("a", "coding", WORDS, options=(Option("x", WORDS, Fraction(2001, 2)), Option("y", WORDS, -1000))),
            [("options[0].score", "questionnaire_score_out_of_range")],
        ),
        (Question("a", "integer", WORDS, minimum="3", maximum="2"), [("minimum", "questionnaire_bounds_crossed")]),
        (Question("a", "decimal", WORDS, minimum="2.50", maximum="2.5"), []),
        (Question("a", "date", WORDS, minimum="2026-03", maximum="2026-02-28"), [("minimum", "questionnaire_bounds_crossed")]),
        (Question("a", "text", WORDS, min_length=3, max_length=2), [("min_length", "questionnaire_bounds_crossed")]),
        (Question("a", "date", WORDS, repeats=True, least=3, most=2), [("least", "questionnaire_bounds_crossed")]),
        (Question("a", "date", WORDS, most=2), [("most", "questionnaire_repeats_missing")]),
        (Question("a", "date", WORDS, least=2), [("least", "questionnaire_repeats_missing")]),
        (Question("a", "date", WORDS, least=1, most=1), []),
    ],
)  # fmt: skip
def test_question_must_leave_room_for_an_answer(question, expected):
    assert asking(question) == [(f"questions[0].{key}", code) for key, code in expected]


def test_answers_and_marks_are_bounded():
    assert asking(Question("a", "text", WORDS, max_length=LONGEST_ANSWER)) == []
    assert asking(Question("a", "text", WORDS, max_length=LONGEST_ANSWER + 1)) == [
        ("questions[0].max_length", "out_of_range")
    ]
    long = "x" * (LONGEST_MARK + 1)
    assert asking(Question("a", "integer", WORDS, prefix=long, entry_format=long, unit=Unit("cm", text=long))) == [
        ("questions[0].prefix", "text_expected"),
        ("questions[0].entry_format", "text_expected"),
        ("questions[0].unit", "text_expected"),
    ]


@pytest.mark.parametrize(
    ("constraint", "operator", "value", "is_fit"),
    [
        ("optionsOnly", "=", "x", True),
        ("optionsOnly", "=", "y", False),
        ("optionsOnly", "!=", "y", False),
        ("optionsOnly", "exists", True, True),
        ("optionsOrString", "=", "y", True),
    ],
)
def test_condition_must_be_about_an_option_that_there_is(constraint, operator, value, is_fit):
    about = Question("a", "coding", WORDS, options=(Option("x", WORDS),), constraint=constraint)
    found = asking(about, Question("b", "boolean", WORDS, enable_when=(Condition("a", operator, value),)))
    assert found == ([] if is_fit else [("questions[1].enable_when[0].value", "questionnaire_condition_value_unknown")])


@pytest.mark.parametrize(
    ("system", "named", "is_fit"),
    [
        (None, None, True),
        ("http://x", None, True),
        ("http://x", "http://x", True),
        ("http://x", "http://y", False),
        (None, "http://x", False),
    ],
)
def test_condition_must_be_about_a_code_of_the_same_system(system, named, is_fit):
    about = Question("a", "coding", WORDS, options=(Option("x", WORDS, system=system),))
    found = asking(about, Question("b", "boolean", WORDS, enable_when=(Condition("a", "=", "x", named),)))
    assert found == ([] if is_fit else [("questions[1].enable_when[0].value", "questionnaire_condition_value_unknown")])
