"""How a command answers: one document or lines, the right stream, the right exit code."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from app.answer import (
    DONE,
    FOUND,
    REFUSED,
    Answer,
    answer,
    finding_lines,
    findings_document,
    print_usage_refusal,
    refused_findings,
)
from locales.errors import DomainError, Finding

FINDINGS = [
    Finding("consortium.toml", "units[0].tier", "key_missing"),
    Finding("a.csv", "line 3", "row_ragged", {"cells": 2, "columns": 6}),
]


def leave(found: Answer | DomainError, *, as_json: bool) -> int:
    def command() -> Answer:
        if isinstance(found, DomainError):
            raise found
        return found

    with pytest.raises(SystemExit) as left:
        answer(command, as_json=as_json)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def test_exit_codes_are_those_promised() -> None:
    assert (DONE, FOUND, REFUSED) == (0, 1, 2)


def test_lines_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(Answer({"a": 1}, ["one", "two"]), as_json=False) == DONE
    assert capsys.readouterr() == ("one\ntwo\n", "")


def test_document_goes_to_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(Answer({"a": 1}, ["one"], FOUND), as_json=True) == FOUND
    shown = capsys.readouterr()
    assert (json.loads(shown.out), shown.err) == ({"a": 1}, "")


def test_refusal_is_a_sentence_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(DomainError("unit_unknown", unit="x"), as_json=False) == REFUSED
    assert capsys.readouterr() == ("", "There is no member unit with the code “x”; check the code.\n")


def test_refusal_as_json_is_the_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(DomainError("unit_unknown", unit="x"), as_json=True) == REFUSED
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out) == {
        "error": {
            "code": "unit_unknown",
            "message": "There is no member unit with the code “x”; check the code.",
            "details": {"unit": "x"},
        }
    }


def test_fault_of_ours_is_not_dressed_up_as_a_refusal() -> None:
    def command() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(command)


@pytest.mark.parametrize(
    ("figure", "written"),
    [(Fraction(3), "3"), (Fraction(-9, 3), "-3"), (Fraction(1, 8), "0.125"), (Fraction(1, 3), "0.3333333333333333"), (None, "null"), (Fraction(0), "0")],
)  # fmt: skip
def test_figures_are_unrounded_numbers_and_undefined_ones_null(
    capsys: pytest.CaptureFixture[str], figure: Fraction | None, written: str
) -> None:
    leave(Answer({"figure": figure}), as_json=True)
    assert capsys.readouterr().out == f'{{\n  "figure": {written}\n}}\n'


def test_chinese_is_written_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    leave(Answer({"name": "人民医院"}), as_json=True)
    assert "人民医院" in capsys.readouterr().out


def test_document_with_what_is_no_number_is_a_fault() -> None:
    with pytest.raises(ValueError):
        answer(lambda: Answer({"figure": float("nan")}), as_json=True)


def test_finding_lines_name_file_and_key() -> None:
    assert finding_lines(FINDINGS, "en") == [
        "consortium.toml · units[0].tier: This key is missing; add it.",
        "a.csv · line 3: This row has 2 cells, the header 6; make them equal.",
    ]


def test_findings_document_carries_codes() -> None:
    assert findings_document(FINDINGS[:1], "en") == [
        {
            "file": "consortium.toml",
            "key": "units[0].tier",
            "code": "key_missing",
            "message": "This key is missing; add it.",
        }
    ]


def test_refused_findings_are_a_refusal_by_the_first_with_all_of_them() -> None:
    refused = refused_findings(FINDINGS, "en")
    assert (refused.exit_code, len(refused.lines)) == (REFUSED, 2)
    error = refused.document["error"]
    assert (error["code"], error["message"]) == (
        "key_missing",
        "consortium.toml · units[0].tier: This key is missing; add it.",
    )
    assert [each["code"] for each in error["details"]["findings"]] == ["key_missing", "row_ragged"]


def test_wrong_words_are_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_usage_refusal()
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
