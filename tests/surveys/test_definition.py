"""Reading questionnaires: what is sound, and every fault named by its key."""

from __future__ import annotations

import copy
import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest

from locales.errors import Finding, explain
from surveys.definition import Condition, Dimension, Option, parse_questionnaire
from surveys.document import to_document
from surveys.fitness import LONGEST_OPTION, LONGEST_QUESTION, MOST_OPTIONS, MOST_QUESTIONS, unfit
from tests.surveys.cast import choice, free_text, outpatient, parsed, scored, small_document, when, wording


def found_in(document) -> list[Finding]:
    """What keeps a document from being asked: what is unsound in it, or else what it lacks."""
    questionnaire, findings = parse_questionnaire(document, file="q.toml")
    assert (questionnaire is None) == bool(findings)
    return findings if questionnaire is None else unfit(questionnaire, file="q.toml")


def faults(document) -> list[tuple[str, str]]:
    findings = found_in(document)
    assert {finding.file for finding in findings} == {"q.toml"}
    return [(finding.key, finding.code) for finding in findings]


def test_parse_gives_questions_with_options_scores_and_conditions():
    document = small_document(
        choice("a"),
        scored("b", "x", 1, "2.5", Decimal("4.25")),
        free_text("c", max_length=80, enable_when=[when("a", "=", "yes")]),
        choice("d", enable_when=[when("a", "!=", "no"), when("c", "exists", False)], enable_behavior="any"),
    )
    questionnaire = parsed(document)
    a, b, c, d = questionnaire.questions
    assert (a.required, a.max_length, a.enable_behavior, a.is_scored) == (False, None, "all", False)
    assert b.options == (
        Option("1", wording("1"), Fraction(1)),
        Option("2-5", wording("2.5"), Fraction(5, 2)),
        Option("4-25", wording("4.25"), Fraction(17, 4)),
        Option("na", wording("na"), None),
    )
    assert (b.dimension, b.is_scored) == ("x", True)
    assert (c.type, c.max_length, c.enable_when) == ("text", 80, (Condition("a", "=", "yes"),))
    assert d.enable_when == (Condition("a", "!=", "no"), Condition("c", "exists", value=False))
    assert d.enable_behavior == "any"
    assert questionnaire.dimensions == (Dimension("x", wording("x")),)
    assert (questionnaire.id, questionnaire.version, questionnaire.kinds) == ("small", "1", ("outpatient",))


def test_parse_joins_a_shared_scale_and_own_options():
    scale = {"code": "s", "options": [{"code": "1", "text": wording("one"), "score": 1}]}
    own = [{"code": "na", "text": wording("none")}]
    question = {"id": "q", "type": "choice", "text": wording("q"), "scale": "s"}
    questionnaire = parsed(small_document({**question, "options": own}, {**question, "id": "p"}, scales=[scale]))
    assert [[option.code for option in each.options] for each in questionnaire.questions] == [["1", "na"], ["1"]]


def test_parse_cleans_wording():
    questionnaire = parsed(small_document(choice("a"), title={"zh": " e\u0301\u202e\r\n ", "en": "x"}))
    assert questionnaire.title == {"zh": "é", "en": "x"}


@pytest.mark.parametrize("source", ["outpatient", "small"])
def test_document_of_a_questionnaire_reads_back_as_the_same(source):
    questionnaire = (
        outpatient()
        if source == "outpatient"
        else parsed(
            small_document(
                choice("a", enable_behavior="any"),
                scored("b", "x", 1, "2.5", enable_when=[when("a", "exists", True)], enable_behavior="any"),
                scored("c", is_overall=True),
                free_text("d", required=True, max_length=2000),
            )
        )
    )
    again, findings = parse_questionnaire(to_document(questionnaire), file="stored")
    assert findings == []
    assert again == questionnaire
    assert to_document(again) == to_document(questionnaire)


def changed(path: str, value: object) -> dict:
    """A sound document with one place changed; value ... removes it."""
    document = copy.deepcopy(
        small_document(
            choice("a"),
            scored("b", "x"),
            free_text("c", enable_when=[when("a", "=", "yes")]),
            scored("d", is_overall=True),
        )
    )
    place = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


FAULTS = [
    ("id", ..., [("id", "key_missing")]),
    ("id", "Ünfug!", [("id", "questionnaire_id_malformed")]),
    ("id", "a" * 25, [("id", "questionnaire_id_malformed")]),
    ("id", 7, [("id", "questionnaire_name_malformed")]),
    ("version", 1, [("version", "questionnaire_name_malformed")]),
    ("version", "1 b", [("version", "questionnaire_version_malformed")]),
    ("version", ..., [("version", "key_missing")]),
    ("notice_version", "", [("notice_version", "key_missing")]),
    ("author", "me", [("author", "key_unknown")]),
    ("kinds", [], [("kinds", "key_missing")]),
    ("kinds", "outpatient", [("kinds", "list_length")]),
    ("kinds", ["outpatient", "outpatient"], [("kinds[1]", "value_twice")]),
    ("kinds", ["out patient"], [("kinds[0]", "questionnaire_id_malformed")]),
    ("title", "only one", [("title", "wording_expected")]),
    ("title", {"zh": "只有中文"}, [("title.en", "key_missing")]),
    ("title", {"zh": "题", "en": "t", "fr": "t"}, [("title.fr", "key_unknown")]),
    ("title", {"zh": "题", "en": "   "}, [("title.en", "key_missing")]),
    ("title", {"zh": "题", "en": "\u200b"}, [("title.en", "text_expected")]),
    ("title", {"zh": "题", "en": "\ud800"}, [("title.en", "text_expected")]),
    ("title", {"zh": "题", "en": 5}, [("title.en", "text_expected")]),
    ("title", {"zh": "题", "en": "x" * 121}, [("title.en", "text_expected")]),
    ("notice", ..., [("notice", "key_missing")]),
    ("thanks", ..., [("thanks", "key_missing")]),
    ("questions", ..., [("dimensions[0].code", "questionnaire_dimension_unused")]),
    ("questions", [], [("dimensions[0].code", "questionnaire_dimension_unused")]),
    ("questions", {"id": "a"}, [("questions", "list_length")]),
    ("questions.0", "a", [("questions[0]", "table_expected")]),
    ("questions.0.id", ..., [("questions[0].id", "key_missing")]),
    ("questions.0.type", ..., [("questions[0].type", "key_missing")]),
    ("questions.0.type", "slider", [("questions[0].type", "value_unknown")]),
    ("questions.0.type", ["choice"], [("questions[0].type", "value_unknown")]),
    ("questions.0.text", {"zh": "甲"}, [("questions[0].text.en", "key_missing")]),
    ("questions.0.text", {"zh": "甲" * (LONGEST_QUESTION + 1), "en": "a"}, [("questions[0].text.zh", "text_expected")]),
    ("questions.0.required", "yes", [("questions[0].required", "truth_expected")]),
    ("questions.0.colour", "red", [("questions[0].colour", "key_unknown")]),
    ("questions.0.max_length", 9, [("questions[0].max_length", "key_unknown")]),
    ("questions.0.options", ..., [("questions[0].options", "key_missing")]),
    ("questions.0.options", [], [("questions[0].options", "questionnaire_options_missing")]),
    ("questions.0.options.0.code", ..., [("questions[0].options[0].code", "key_missing")]),
    ("questions.0.options.0.code", 5, [("questions[0].options[0].code", "questionnaire_code_malformed")]),
    ("questions.0.options.0.code", " ", [("questions[0].options[0].code", "questionnaire_code_malformed")]),
    ("questions.0.options.0.code", "a\x00b", [("questions[0].options[0].code", "questionnaire_code_malformed")]),
    ("questions.0.id", "a\tb", [("questions[0].id", "questionnaire_name_malformed")]),
    ("questions.0.id", "a" * 256, [("questions[0].id", "questionnaire_name_malformed")]),
    ("questions.0.options.1.code", "a" * 256, [("questions[0].options[1].code", "text_expected")]),
    ("questions.0.options.0.code", "~other", [("questions[0].options[0].code", "questionnaire_option_reserved") ]),
    ("questions.0.options.0.is_exclusive", True, [("questions[0].options[0].is_exclusive", "questionnaire_exclusive_alone")]),
    ("questions.0.options.0.value_type", "number", [("questions[0].options[0].value_type", "value_unknown")]),
    ("questions.0.constraint", "anything", [("questions[0].constraint", "value_unknown")]),
    ("questions.0.minimum", 1, [("questions[0].minimum", "key_unknown")]),
    ("questions.0.parent", "nobody", [("questions[0].parent", "questionnaire_parent_unknown")]),
    ("questions.0.carried", "{", [("questions[0].carried", "questionnaire_carried_malformed")]),
    ("questions.0.carried", "[1]", [("questions[0].carried", "questionnaire_carried_malformed")]),
    ("questions.0.carried", '{"a": NaN}', [("questions[0].carried", "questionnaire_carried_malformed")]),
    ("questions.0.carried", "[" * 100_000, [("questions[0].carried", "questionnaire_carried_malformed")]),
    ("questions.0.carried", '{"a":' * 50_000, [("questions[0].carried", "questionnaire_carried_malformed")]),
    ("questions.0.options.0.text", {"zh": "是"}, [("questions[0].options[0].text.en", "key_missing")]),
    ("questions.0.options.0.text", {"zh": "是" * (LONGEST_OPTION + 1), "en": "y"}, [("questions[0].options[0].text.zh", "text_expected")]),
    ("questions.0.options.0.weight", 1, [("questions[0].options[0].weight", "key_unknown")]),
    ("questions.0.options.0.score", True, [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", Decimal("NaN"), [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", Decimal("Infinity"), [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", Decimal("1e999999"), [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", 2.5, [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", "1/0", [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", "1e3", [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.0.score", 1001, [("questions[0].options[0].score", "questionnaire_score_out_of_range")]),
    ("questions.0.options.0.score", -1001, [("questions[0].options[0].score", "questionnaire_score_out_of_range")]),
    ("questions.0.options.0.score", 10**41, [("questions[0].options[0].score", "number_expected")]),
    ("questions.0.options.1.code", "yes", [("questions[0].options[1].code", "value_twice")]),
    ("questions.0.scale", "five", [("questions[0].scale", "questionnaire_scale_unknown")]),
    ("questions.1.dimension", "y", [("questions[1].dimension", "questionnaire_dimension_unknown"), ("dimensions[0].code", "questionnaire_dimension_unused")]),
    ("questions.1.is_overall", True, [("questions[1].is_overall", "questionnaire_overall_in_dimension"), ("questions[3].is_overall", "questionnaire_overall_twice")]),
    ("questions.0.is_overall", True, [("questions[0].options", "questionnaire_scores_missing"), ("questions[3].is_overall", "questionnaire_overall_twice")]),
    ("questions.0.dimension", "x", [("questions[0].options", "questionnaire_scores_missing")]),
    ("questions.0.type", "boolean", [("questions[0].options", "key_unknown")]),
    ("questions.2.dimension", "x", [("questions[2].options", "questionnaire_scores_missing")]),
    ("questions.2.is_overall", True, [("questions[2].options", "questionnaire_scores_missing"), ("questions[3].is_overall", "questionnaire_overall_twice")]),
    ("questions.2.max_length", -1, [("questions[2].max_length", "out_of_range")]),
    ("questions.2.max_length", 2001, [("questions[2].max_length", "out_of_range")]),
    ("questions.2.max_length", True, [("questions[2].max_length", "out_of_range")]),
    ("questions.2.id", "a", [("questions[2].id", "value_twice")]),
    ("questions.2.enable_when.0.question", "nobody", [("questions[2].enable_when[0].question", "questionnaire_condition_dangling")]),
    ("questions.2.enable_when.0.question", "d", [("questions[2].enable_when[0].value", "questionnaire_condition_value_unknown")]),
    ("questions.2.enable_when.0.question", "c", [("questions[2].enable_when[0].question", "questionnaire_condition_circular")]),
    ("questions.2.enable_when.0.operator", "~", [("questions[2].enable_when[0].operator", "value_unknown")]),
    ("questions.2.enable_when.0.operator", ">", [("questions[2].enable_when[0].operator", "questionnaire_condition_unordered")]),
    ("questions.2.enable_when.0.operator", ..., [("questions[2].enable_when[0].operator", "key_missing")]),
    ("questions.2.enable_when.0.operator", "exists", [("questions[2].enable_when[0].value", "truth_expected")]),
    ("questions.2.enable_when.0.value", "maybe", [("questions[2].enable_when[0].value", "questionnaire_condition_value_unknown")]),
    ("questions.2.enable_when.0.value", True, [("questions[2].enable_when[0].value", "questionnaire_condition_value_unknown")]),
    ("questions.2.enable_when.0.value", [], [("questions[2].enable_when[0].value", "questionnaire_value_malformed")]),
    ("questions.2.enable_when.0.value", ..., [("questions[2].enable_when[0].value", "key_missing")]),
    ("questions.2.enable_when.0.not", True, [("questions[2].enable_when[0].not", "key_unknown")]),
    ("questions.2.enable_when", [when("a", "=", "yes"), when("b", "=", "5")], [("questions[2].enable_behavior", "key_missing")]),
    ("questions.2.enable_behavior", "some", [("questions[2].enable_behavior", "value_unknown")]),
    ("dimensions", [{"code": "x", "name": wording("x")}] * 2, [("dimensions[1].code", "value_twice")]),
    ("dimensions.0.name", ..., [("dimensions[0].name", "key_missing")]),
    ("dimensions.0.weight", 3, [("dimensions[0].weight", "key_unknown")]),
    ("scales", [{"code": "s", "options": []}], [("scales[0].options", "list_length")]),
    ("scales", [{"code": "s", "options": [{"code": "1", "text": wording("1")}]}] * 2, [("scales[1].code", "value_twice")]),
    ("languages", ["zh", "en", "Chinese!"], [("languages[2]", "questionnaire_language_malformed")]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "expected"), FAULTS)
def test_parse_names_the_fault_by_its_key(path, value, expected):
    found = faults(changed(path, value))
    assert sorted(found) == sorted(expected)


def test_parse_reports_several_faults_at_once():
    document = changed("questions.0.colour", "red")
    document["questions"][1]["options"][0]["score"] = "much"
    assert sorted(faults(document)) == [
        ("questions[0].colour", "key_unknown"),
        ("questions[1].options[0].score", "number_expected"),
    ]


@pytest.mark.parametrize("languages", [..., [], "zh", ["中文"]])
def test_parse_without_languages_says_only_that(languages):
    document = small_document(choice("a"), languages=languages)
    if languages is ...:
        del document["languages"]
    assert [key.split("[")[0] for key, _ in faults(document)] == ["languages"]


def test_parse_refuses_a_number_of_thousands_of_digits():
    assert faults(changed("questions.0.options.0.score", 10**5000)) == [
        ("questions[0].options[0].score", "number_expected")
    ]


def test_parse_of_an_empty_document_names_all_that_is_missing():
    assert faults({"languages": ["zh"]}) == [("id", "key_missing")]
    assert {key for key, _ in faults({"languages": ["zh"], "id": "empty"})} == {
        "version", "title", "notice", "notice_version", "thanks", "questions", "kinds",
    }  # fmt: skip


@pytest.mark.parametrize("count", [MOST_QUESTIONS, MOST_QUESTIONS + 1])
def test_parse_bounds_the_number_of_questions(count):
    document = small_document(*(choice(f"q{number}") for number in range(count)))
    assert found_in(document) == (
        [] if count == MOST_QUESTIONS else [Finding("q.toml", "questions", "list_length", {"low": 1, "high": 100})]
    )


@pytest.mark.parametrize("own", [0, 1])
def test_parse_bounds_the_number_of_options_scale_included(own):
    options = [{"code": str(number), "text": wording("o")} for number in range(MOST_OPTIONS + own)]
    question = {"id": "q", "type": "choice", "text": wording("q"), "scale": "s", "options": options[MOST_OPTIONS:]}
    document = small_document(question, scales=[{"code": "s", "options": options[:MOST_OPTIONS]}])
    assert [finding.key for finding in found_in(document)] == ["questions[0].options"] * own


def test_parse_bounds_the_number_of_conditions():
    many = [when("a", "=", "yes")] * 1001
    document = small_document(choice("a"), choice("b", enable_when=many, enable_behavior="any"))
    assert faults(document) == [("questions[1].enable_when", "list_length")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_is_one_sentence_without_an_open_place(language):
    places = [case[:2] for case in FAULTS]
    for path, value in places:
        findings = found_in(changed(path, value))
        assert findings
        for finding in findings:
            assert "{" not in explain(language, finding)


def test_parse_repeats_only_the_beginning_of_a_hostile_key():
    assert faults({**small_document(choice("a")), "k" * 10**6: 1}) == [("k" * 80, "key_unknown")]


def test_parse_of_toml_keeps_decimals_exact():
    written = tomllib.loads("score = 0.1", parse_float=Decimal)
    options = [
        {"code": "a", "text": wording("a"), "score": written["score"]},
        {"code": "b", "text": wording("b"), "score": "0.30"},
    ]
    question = parsed(small_document({**choice("q"), "options": options})).questions[0]
    assert [option.score for option in question.options] == [Fraction(1, 10), Fraction(3, 10)]


def test_questionnaire_may_speak_one_language():
    only = {"zh": "字"}
    question = {"id": "a", "type": "choice", "text": only, "options": [{"code": "1", "text": only}]}
    document = {**small_document(question), "languages": ["zh"], "title": only, "notice": only, "thanks": only}
    assert parsed(document).languages == ("zh",)
