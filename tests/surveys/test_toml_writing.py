"""A questionnaire as a TOML file: read back as the same, whatever stands in it."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definition import parse_questionnaire
from surveys.plain_text import clean_text, is_blank
from surveys.structure import Condition, Dimension, Option, Question, Questionnaire
from surveys.toml_writing import to_toml
from tests.surveys.cast import outpatient
from tests.surveys.hostile import HOSTILE
from tests.surveys.random_forms import WORDS, questionnaires


def read_back(questionnaire: Questionnaire) -> Questionnaire:
    document = tomllib.loads(to_toml(questionnaire), parse_float=Decimal)
    again, findings = parse_questionnaire(document, file="written.toml")
    assert findings == []
    assert again is not None
    return again


def saying(text: str) -> Questionnaire:
    """A form in which a text stands wherever a text may."""
    words = {"zh-Hans": text, "und": text}
    options = (Option("1", words, prefix=None), Option("2", words))
    questions = (Question("a", "coding", words, options=options), Question("b", "group", words))
    return Questionnaire("f", "", words, ("zh-Hans", "und"), questions, notice=words, thanks=words)


def test_outpatient_survives_being_written():
    assert read_back(outpatient()) == outpatient()


@given(questionnaires())
def test_random_questionnaires_survive_being_written(questionnaire):
    assert read_back(questionnaire) == questionnaire


@given(st.text(min_size=1, max_size=30))
def test_any_text_survives_being_written(text):
    cleaned = clean_text(text)
    if cleaned is not None and not is_blank(cleaned):
        assert read_back(saying(cleaned)) == saying(cleaned)


@pytest.mark.parametrize("text", [*HOSTILE, '"""', "'''", "\\n", "a\\nb\nc\\", '""""\n"', "\\u0041", "a\n\n\nb", "# x"])
def test_hostile_text_survives_being_written(text):
    cleaned = clean_text(text)
    if cleaned is not None and not is_blank(cleaned):
        assert read_back(saying(cleaned)) == saying(cleaned)


@pytest.mark.parametrize("name", ["/44249-1/44255-8", "第 1 题", 'a"b', "a\\b", "x" * 255, "=cmd", "a.b", "'", "#"])
def test_names_from_elsewhere_survive_being_written(name):
    questions = (
        Question(name, "coding", WORDS, options=(Option(name, WORDS, system=name),)),
        Question("b", "integer", parent=name, enable_when=(Condition(name, "=", name, name),)),
    )
    form = Questionnaire(name, name, WORDS, ("zh", "en"), questions, url=name)
    assert read_back(form) == form


def test_several_lines_stay_several_lines_for_the_author():
    assert '[notice]\nzh-Hans = """\none\ntwo"""\n' in to_toml(saying("one\ntwo"))


def test_form_of_another_system_is_written_without_what_it_lacks():
    form = Questionnaire("f", "", {}, ("und",), (Question("a", "display"),))
    assert (
        to_toml(form)
        == 'id = "f"\nlanguages = ["und"]\n\n[[questions]]\nid = "a"\ntype = "display"\nrequired = false\n'
    )
    assert read_back(form) == form


def test_draft_dimensions_and_kinds_are_written():
    words = {"zh": "字", "en": "w"}
    question = Question("a", "integer", words, dimension="x", minimum="0", maximum="10")
    form = Questionnaire(
        "f", "2", words, ("zh", "en"), (question,), dimensions=(Dimension("x", words),), kinds=("a", "b"), is_draft=True
    )
    written = to_toml(form)
    assert 'is_draft = true\nkinds = ["a", "b"]\n' in written
    assert read_back(form) == form


@pytest.mark.parametrize("code", ["a\x01b", "a\x7fb", "a\tb", "two\nlines", " a ", "\x1b[2J", "\ufeff", "x" * 10_000])
def test_codes_from_elsewhere_survive_being_written_whatever_they_hold(code):
    question = Question("a", "coding", WORDS, options=(Option(code, WORDS, system=code),), initial=(code,), prefix=code)
    form = Questionnaire("f", "1", WORDS, ("zh", "en"), (question,))
    assert read_back(form) == form
