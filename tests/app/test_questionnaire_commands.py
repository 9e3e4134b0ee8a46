"""`tongping questionnaire …` and `tongping survey score`: any file is answered, without an installation."""

from __future__ import annotations

import json
import subprocess

import pytest

from locales.texts import catalogue
from tests.app.command_line import PROGRAM, CommandLine
from tests.consortium.workbooks import xlsx
from tests.surveys.test_forms import SHEETS, TOML

KEYS = ["accepted", "title", "languages", "questions", "refusals"]
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [{"linkId": "q", "text": "几天？", "answer": [{"valueInteger": 3}]}],
}


@pytest.fixture
def shell(shell: CommandLine) -> CommandLine:
    """An empty folder with a form in it; even a misspelt setting disturbs nobody here."""
    (shell.folder / "ward.toml").write_text(TOML, encoding="utf-8")
    (shell.folder / "ward.xlsx").write_bytes(xlsx(**SHEETS))
    (shell.folder / "response.json").write_text(json.dumps(RESPONSE), encoding="utf-8")
    shell.environment["TONGPING_NO_SUCH_SETTING"] = "x"
    return shell


# --- check ---------------------------------------------------------------------------------------------------------


def test_check_says_what_a_form_is(shell):
    ran = shell.done("questionnaire", "check", "ward.toml", "--json")
    assert ran.document == {
        "accepted": True,
        "title": "住院",
        "languages": ["zh"],
        "questions": [
            {
                "linkId": "q",
                "type": "integer",
                "text": "几天？",
                "required": False,
                "options": [],
                "enableWhen": [],
                "enableBehavior": None,
            }
        ],
        "refusals": [],
    }


def test_check_reads_a_spreadsheet(shell):
    document = shell.done("questionnaire", "check", "ward.xlsx", "--json").document
    assert [(each["linkId"], each["type"]) for each in document["questions"]] == [
        ("g", "group"), ("q1", "coding"), ("q2", "coding"), ("age", "integer"), ("c", "text"), ("d", "date"), ("n", "display"),
    ]  # fmt: skip
    assert document["questions"][1]["options"] == [
        {"code": "1", "text": "好", "score": 100},
        {"code": "2", "text": "中", "score": 33.5},
        {"code": "3", "text": "差", "score": None},
    ]
    assert document["questions"][4]["enableWhen"] == [{"question": "age", "operator": ">=", "answer": 18}]


def test_check_for_people_speaks_their_language(shell):
    assert shell.done("questionnaire", "check", "ward.toml").out.startswith("问卷可用：住院")
    assert shell.done("questionnaire", "check", "ward.toml", LANG="en_GB.UTF-8").out.startswith(
        "The questionnaire is fine: 住院"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.json", b""),
        ("noise.bin", bytes(range(256)) * 10),
        ("broken.json", b'{"resourceType": "Questionnaire", "item": ['),
        ("twice.json", b'{"resourceType": "Questionnaire", "item": [], "item": []}'),
        ("broken.toml", b"id = "),
        ("broken.xlsx", b"PK\x03\x04 nothing"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)),
        ("page.html", b"<html>"),
        ("deep.json", b"[" * 100_000),
        ("wide.json", "{}".encode("utf-16")),
    ],
)
def test_check_answers_any_file_in_its_own_shape(shell, name, content):
    (shell.folder / name).write_bytes(content)
    ran = shell.run("questionnaire", "check", name, "--json", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.err) == (2, "")
    assert list(ran.document) == KEYS
    assert (ran.document["accepted"], ran.document["title"], ran.document["questions"]) == (False, None, [])
    assert [list(each) for each in ran.document["refusals"]] == [["linkId", "feature", "reason"]]
    assert ran.document["refusals"][0]["linkId"] is None


@pytest.mark.parametrize("name", [".", "nowhere.toml", "/proc/self/mem", "nowhere/ward.toml", "x" * 300])
def test_check_answers_what_is_no_file_in_its_own_shape(shell, name):
    ran = shell.run("questionnaire", "check", name, "--json")
    assert (ran.exit_code, ran.err) == (2, "")
    [refusal] = ran.document["refusals"]
    assert (refusal["linkId"], refusal["feature"]) == (None, "file")
    assert name[-20:] in refusal["reason"]


def test_check_for_people_names_every_reason(shell):
    (shell.folder / "bad.xlsx").write_bytes(xlsx(survey=[["type", "name"], ["geopoint", "a"], ["image", "b"]]))
    ran = shell.run("questionnaire", "check", "bad.xlsx", LANG="en_GB.UTF-8")
    assert ran.exit_code == 2
    assert [line.partition(":")[0].partition(" · ")[0] for line in ran.out.splitlines()] == [
        "The questionnaire cannot be used, 2 reasons",
        "survey!A2",
        "survey!A3",
    ]


def test_check_needs_no_installation_and_leaves_nothing(shell):
    before = sorted(shell.folder.iterdir())
    shell.done("questionnaire", "check", "ward.xlsx")
    assert sorted(shell.folder.iterdir()) == before


def test_check_as_a_program_of_its_own(shell):
    ran = shell.starts("questionnaire", "check", "ward.xlsx", "--json")
    assert (ran.exit_code, ran.err, ran.document["accepted"]) == (0, "", True)


@pytest.mark.parametrize("encoding", ["ascii", "gb18030", "latin-1"])
def test_a_terminal_of_another_encoding_breaks_nothing(shell, encoding):
    program = [str(PROGRAM), "questionnaire", "check", "ward.toml"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": encoding}
    for arguments in (program, [*program, "--json"]):
        ended = subprocess.run(
            arguments, cwd=shell.folder, env=environment, capture_output=True, check=False, timeout=30
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout.decode("utf-8"))["title"] == "住院"


# --- convert -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["toml", "fhir-r4", "fhir-r5"])
def test_convert_keeps_what_check_says(shell, target):
    said = shell.done("questionnaire", "check", "ward.xlsx", "--json").document
    shell.done("questionnaire", "convert", "ward.xlsx", "--to", target, "--output", f"ward.{target}")
    assert shell.done("questionnaire", "check", f"ward.{target}", "--json").document == said


@pytest.mark.parametrize("target", ["toml", "fhir-r4", "fhir-r5"])
def test_convert_prints_what_it_would_write(shell, target):
    shell.done("questionnaire", "convert", "ward.xlsx", "--to", target, "--output", "written")
    printed = shell.done("questionnaire", "convert", "ward.xlsx", "--to", target).out
    assert printed == (shell.folder / "written").read_text(encoding="utf-8")
    document = shell.done("questionnaire", "convert", "ward.xlsx", "--to", target, "--json").document
    assert document == {"to": target, "output": None, "content": printed}


def test_convert_says_where_it_wrote(shell):
    ran = shell.done("questionnaire", "convert", "ward.toml", "--to", "fhir-r5", "--output", "ward.json", "--json")
    assert ran.document == {"to": "fhir-r5", "output": "ward.json", "content": None}
    assert json.loads((shell.folder / "ward.json").read_text(encoding="utf-8"))["resourceType"] == "Questionnaire"


def test_convert_replaces_an_older_file_as_a_whole(shell):
    (shell.folder / "ward.json").write_text("x" * 100_000, encoding="utf-8")
    shell.done("questionnaire", "convert", "ward.toml", "--to", "fhir-r4", "--output", "ward.json")
    assert json.loads((shell.folder / "ward.json").read_text(encoding="utf-8"))["status"]


def test_convert_refuses_what_check_refuses_and_writes_nothing(shell):
    (shell.folder / "bad.xlsx").write_bytes(xlsx(survey=[["type", "name"], ["geopoint", "a"]]))
    ran = shell.run("questionnaire", "convert", "bad.xlsx", "--to", "toml", "--output", "bad.toml", "--json")
    assert ran.refusal == "questionnaire_refused"
    assert ran.document["error"]["details"]["refusals"][0]["linkId"] == "survey!A2"
    assert not (shell.folder / "bad.toml").exists()
    assert shell.run("questionnaire", "convert", "bad.xlsx", "--to", "toml").exit_code == 2


def test_convert_never_writes_over_its_own_input(shell):
    (shell.folder / "same.toml").symlink_to(shell.folder / "ward.toml")
    ran = shell.run("questionnaire", "convert", "ward.toml", "--to", "fhir-r4", "--output", "same.toml", "--json")
    assert ran.refusal == "output_is_input"
    assert (shell.folder / "ward.toml").read_text(encoding="utf-8") == TOML


@pytest.mark.parametrize("output", [".", "nowhere/ward.json"])
def test_convert_names_where_it_cannot_write(shell, output):
    ran = shell.run("questionnaire", "convert", "ward.toml", "--to", "fhir-r4", "--output", output, "--json")
    assert ran.refusal == "file_not_writable"


def test_convert_to_an_unknown_format_is_a_usage_error(shell):
    ran = shell.starts("questionnaire", "convert", "ward.toml", "--to", "word", "--json")
    assert (ran.exit_code, ran.refusal) == (2, "usage")


# --- validate-response ---------------------------------------------------------------------------------------------


def validated(shell: CommandLine, form: str = "ward.toml", response: str = "response.json"):
    ran = shell.run("questionnaire", "validate-response", form, response, "--json", LANG="en_GB.UTF-8")
    assert ran.err == ""
    assert list(ran.document) == ["valid", "errors"]
    assert all(list(each) == ["linkId", "code", "message"] for each in ran.document["errors"])
    assert ran.exit_code == (0 if ran.document["valid"] else 2)
    assert ran.document["valid"] == (not ran.document["errors"])
    return [(each["linkId"], each["code"]) for each in ran.document["errors"]]


def test_a_response_that_keeps_to_its_form_is_valid(shell):
    assert validated(shell) == []
    assert shell.done("questionnaire", "validate-response", "ward.toml", "response.json").out == "答卷有效。\n"


def test_a_response_that_does_not_is_told_why(shell):
    wrong = RESPONSE | {"item": [{"linkId": "q", "answer": [{"valueString": "three"}]}]}
    (shell.folder / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")
    [(link_id, _)] = validated(shell, response="wrong.json")
    assert link_id == "q"
    ran = shell.run("questionnaire", "validate-response", "ward.toml", "wrong.json")
    assert (ran.exit_code, ran.out.splitlines()[0]) == (2, "答卷无效，共 1 处：")


def test_a_refused_form_makes_the_response_invalid(shell):
    (shell.folder / "bad.xlsx").write_bytes(xlsx(survey=[["type", "name"], ["geopoint", "a"], ["image", "b"]]))
    assert validated(shell, form="bad.xlsx") == [("survey!A2", "form_refused"), ("survey!A3", "form_refused")]
    assert validated(shell, form="nowhere.json") == [(None, "form_refused")]
    assert validated(shell, form=".", response="nowhere.json") == [(None, "form_refused")]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"{", "json_malformed"), (b'{"a":1,"a":1}', "json_key_twice"), (b"<a/>", "file_is_xml")],
)
def test_a_response_that_cannot_be_read_is_invalid(shell, content, code):
    (shell.folder / "bad.json").write_bytes(content)
    assert validated(shell, response="bad.json") == [(None, code)]


def test_a_response_that_is_not_there_is_invalid(shell):
    assert validated(shell, response="nowhere.json") == [(None, "file_unreadable")]
    assert validated(shell, response=".") == [(None, "file_unreadable")]


@pytest.mark.parametrize("document", [None, 1, [], "x", {}, {"resourceType": "Questionnaire"}])
def test_any_other_json_is_no_response(shell, document):
    (shell.folder / "other.json").write_text(json.dumps(document), encoding="utf-8")
    assert validated(shell, response="other.json")


# --- survey score --------------------------------------------------------------------------------------------------


def test_score_needs_no_installation(shell):
    (shell.folder / "answers.csv").write_text("unit,question,answer,count\njia,q,5,3\njia,q,1,1\n", encoding="utf-8")
    ran = shell.done("survey", "score", "answers.csv", "--definition", "linear", "--scale", "1:5", "--json")
    assert ran.document == {
        "definition": "linear",
        "units": [{"unit": "jia", "score": 75, "n": 4, "questions": [{"question": "q", "score": 75, "n": 4}]}],
    }
    assert "jia" in shell.done("survey", "score", "answers.csv", "--definition", "topbox", "--top", "5,4").out


def test_score_hands_every_option_on(shell):
    (shell.folder / "answers.csv").write_text(
        "unit,question,answer\njia,q,y\njia,q,n\njia,q,dk\njia,q,\n", encoding="utf-8"
    )
    ran = shell.done(
        "survey", "score", "answers.csv", "--definition", "positive", "--positive", "y", "--missing", "dk", "--json"
    )
    [unit] = ran.document["units"]
    assert (unit["score"], unit["n"]) == (50, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("answers.csv", "--definition", "linear"),
        ("nowhere.csv", "--definition", "mean5"),
        ("ward.xlsx", "--definition", "mean5"),
        ("answers.csv", "--definition", "mean5", "--scale", "1:7"),
    ],
)
def test_score_refuses_in_one_document(shell, arguments):
    (shell.folder / "answers.csv").write_text("unit,question,answer\njia,q,9\n", encoding="utf-8")
    ran = shell.run("survey", "score", *arguments, "--json")
    assert (ran.exit_code, ran.err) == (2, "")
    assert f"errors.{ran.refusal}" in catalogue("en", "errors")
