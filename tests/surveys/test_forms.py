"""The content of any file: which format it is, whatever its name says, and what it holds."""

from __future__ import annotations

import json

import pytest

from surveys.document import to_document
from surveys.fhir.exact_json import encode
from surveys.fhir.writing import R4, R5, to_fhir
from surveys.forms import MOST_OPTIONS, read_form
from surveys.refusals import Checked
from surveys.structure import Questionnaire
from surveys.toml_writing import to_toml
from tests.consortium.workbooks import xlsx

TOML = """
id = "ward"
version = "1"
languages = ["zh"]
[title]
zh = "住院"
[[questions]]
id = "q"
type = "integer"
text = { zh = "几天？" }
"""
SHEETS = {
    "survey": [
        ["type", "name", "label::zh", "label::en", "relevant", "constraint", "required"],
        ["begin group", "g", "组", "Group"],
        ["select_one s", "q1", "如何？", "How?", None, None, "yes"],
        ["select_multiple s", "q2", "哪些？", "Which?", "${q1} = '1' or ${q1} = '2'", "count-selected(.) <= 2"],
        ["end group"],
        ["integer", "age", "年龄", "Age", "${q1} != '3' and selected(${q2}, '1')", ". > 0"],
        ["text", "c", "意见", "Comment", "${age} >= 18", "string-length(.) < 50 and regex(., '[a-z]*')"],
        ["date", "d", "日期", "Day"],
        ["note", "n", "谢谢", "Thanks"],
    ],
    "choices": [
        ["list_name", "name", "label::zh", "label::en", "score"],
        ["s", 1, "好", "Good", 100],
        ["s", 2, "中", "Fair", 33.5],
        ["s", 3, "差", "Bad", None],
    ],
    "settings": [["form_title", "form_id", "version"], ["住院", "ward", 7]],
}


def whole(content: bytes | str, name: str = "form") -> Questionnaire:
    checked = read(content, name)
    assert checked.refusals == ()
    assert checked.questionnaire is not None
    return checked.questionnaire


def read(content: bytes | str, name: str = "form") -> Checked:
    return read_form(content if isinstance(content, bytes) else content.encode(), name=name)


def refused(content: bytes | str, name: str = "form") -> list[tuple[str | None, str, str]]:
    checked = read(content, name)
    assert checked.questionnaire is None
    assert all(each.reason("zh") != each.reason("en") for each in checked.refusals)
    return [(each.link_id, each.feature, each.code) for each in checked.refusals]


# --- one model, three ways in --------------------------------------------------------------------------------------


def test_an_xlsform_a_toml_and_fhir_of_both_versions_are_the_same_questionnaire():
    form = whole(xlsx(**SHEETS))
    assert [(each.id, each.type) for each in form.questions] == [
        ("g", "group"), ("q1", "coding"), ("q2", "coding"), ("age", "integer"), ("c", "text"), ("d", "date"), ("n", "display"),
    ]  # fmt: skip
    assert whole(to_toml(form)) == form
    assert whole(json.dumps(to_document(form))) == form
    for version in (R4, R5):
        again = whole(encode(to_fhir(form, version=version)))
        assert (again.title, again.languages, again.questions) == (form.title, form.languages, form.questions)


@pytest.mark.parametrize("name", ["form.toml", "form.json", "form.xlsx", "form", ".toml", "表.txt"])
def test_the_content_tells_the_format_not_the_name(name):
    assert whole(xlsx(**SHEETS), name).id == "ward"
    assert whole(json.dumps(to_document(whole(TOML))), name).id == "ward"


@pytest.mark.parametrize("beginning", ["", "\ufeff", "\r\n\n", "# 住院问卷\n"])
def test_toml_with_or_without_a_mark(beginning):
    assert whole(beginning + TOML).questions[0].id == "q"


def test_json_with_a_mark():
    assert whole("\ufeff \n" + json.dumps(to_document(whole(TOML)))).id == "ward"


def test_a_bracket_begins_json_unless_the_name_says_toml():
    assert refused("[title]\nzh = 'x'", "form.json") == [(None, "JSON", "json_malformed")]
    assert refused("[title]\nzh = 'x'") == [(None, "JSON", "json_malformed")]
    assert {code for _, _, code in refused("[title]\nzh = 'x'", "form.TOML")} == {"key_missing"}


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "feature", "code"),
    [
        (b"", "file", "file_empty"),
        (b" \n\t", "file", "file_empty"),
        (b"\xef\xbb\xbf", "file", "file_empty"),
        (TOML.encode("utf-16"), "encoding", "file_utf16"),
        (TOML.encode("utf-32"), "encoding", "file_utf16"),
        (TOML.encode("utf-16-le"), "file", "file_not_text"),
        (TOML.encode("gb18030"), "encoding", "file_not_utf8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file", "file_not_text"),
        (b'<?xml version="1.0"?><Questionnaire/>', "XML", "file_is_xml"),
        (b"\xef\xbb\xbf <html>", "XML", "file_is_xml"),
        (b"a,b,c\n1,2,3\n", "TOML", "toml_malformed"),
        (b"PK\x05\x06" + bytes(18), "workbook", "workbook_expected"),
        (b"{", "JSON", "json_malformed"),
    ],
)
def test_what_is_no_form_is_refused_as_a_whole(content, feature, code):
    assert refused(content) == [(None, feature, code)]


@pytest.mark.parametrize("content", ["null", "1", '"x"', "[]", "[1]", "{}", '{"resourceType": "Patient"}'])
def test_json_that_is_no_questionnaire_is_refused(content):
    found = refused(content, "x.json")
    assert found
    assert {link_id for link_id, _, _ in found} == {None}


def test_a_fault_in_toml_names_the_question_and_the_key():
    broken = (
        TOML
        + '\n[[questions]]\nid = "w"\ntype = "choice"\ntext = { zh = "?" }\ncolour = 1\noptions = [{ code = "a", text = { fr = "x" } }]'
    )
    assert refused(broken) == [
        ("w", "options[0].text.fr", "key_unknown"),
        ("w", "colour", "key_unknown"),
    ]


def test_a_fault_in_toml_outside_the_questions_names_the_key():
    assert refused(TOML.replace("[title]", "colour = 1\n[title]")) == [(None, "colour", "key_unknown")]


def test_a_question_without_an_id_has_none_to_name():
    found = refused(TOML.replace('id = "q"', "id = 3"))
    assert [(link_id, feature) for link_id, feature, _ in found] == [(None, "id")]


@pytest.mark.parametrize("questions", ["3", "[1, 2]", "[[1]]", '"x"', "{}"])
def test_questions_that_are_none_are_refused(questions):
    head = TOML.partition("[title]")[0]
    assert refused(f"{head}questions = {questions}\n[title]\nzh = 'x'")


def test_a_scale_counts_as_often_as_it_is_used():
    scale = (
        '\n[[scales]]\ncode = "s"\noptions = ['
        + ",".join(f'{{code="c{n}",text={{zh="x"}}}}' for n in range(1000))
        + "]"
    )
    used = "".join(
        f'\n[[questions]]\nid = "w{n}"\ntype = "choice"\nscale = "s"\ntext = {{ zh = "?" }}'
        for n in range(MOST_OPTIONS // 1000 + 1)
    )
    assert refused(TOML + scale + used) == [(None, "options", "questionnaire_too_many_options")]
