"""Tables of scores: what is taken, and every fault by line and column."""

from __future__ import annotations

import pytest

from reviews import severity_table
from reviews.severity_table import ScoreTable, read_scores

HEADER = "rater,unit,criterion,score\n"


def table(text: str | bytes) -> ScoreTable:
    read = read_scores(text if isinstance(text, bytes) else text.encode(), file="scores.csv")
    assert isinstance(read, ScoreTable), read
    return read


def faults(text: str | bytes) -> list[tuple[str, str]]:
    read = read_scores(text if isinstance(text, bytes) else text.encode(), file="scores.csv")
    assert isinstance(read, list), read
    assert {finding.file for finding in read} == {"scores.csv"}
    return [(finding.key, finding.code) for finding in read]


def test_scores_are_gathered_by_ballot() -> None:
    read = table(HEADER + "甲,乙,态度,4\n甲,乙,及时,5\n乙,甲,态度,3.5\n乙,丙,态度,\n")
    assert read.scores == {
        ("甲", "乙", ""): {"态度": 4.0, "及时": 5.0},
        ("乙", "甲", ""): {"态度": 3.5},
        ("乙", "丙", ""): {},
    }
    assert (list(read.raters), list(read.units)) == (["甲", "乙"], ["乙", "甲", "丙"])


def test_columns_come_in_any_order_with_mark_quotes_and_blank_lines() -> None:
    text = '\ufeffscore,unit , round,criterion,rater\r\n 4 ,"a, b",1,c,p\r\n\r\n5,"a, b",2,c,p\r\n'
    assert table(text).scores == {("p", "a, b", "1"): {"c": 4.0}, ("p", "a, b", "2"): {"c": 5.0}}


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("-3", -3.0),
        ("+2.5", 2.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-05", 1e-5),
        ("2E+3", 2000.0),
        ("4.33333333333333333", 13 / 3),
        ("007", 7.0),
    ],
)
def test_any_number_is_a_score(written: str, score: float) -> None:
    assert table(f"{HEADER}p,a,c,{written}\n").scores["p", "a", ""]["c"] == score


@pytest.mark.parametrize(
    "written", ["NA", "nan", "inf", "-Infinity", "1e999", "1e101", "0x10", "1_000", "4,5", "٤", "--1", "1e", ".", "五"]
)
def test_what_is_no_number_is_refused(written: str) -> None:
    quoted = f'"{written}"'
    assert faults(f"{HEADER}p,a,c,{quoted}\n") == [("line 2, score", "ballot_score_malformed")]


def test_repeated_score_is_refused_by_its_line() -> None:
    assert faults(HEADER + "p,a,c,4\np,a,d,4\np,a,c,5\n") == [("line 4", "ballot_twice")]
    assert faults(HEADER + "p,a,c,\np,a,c,5\n") == [("line 3", "ballot_twice")]
    two_rounds = "rater,unit,criterion,score,round\np,a,c,4,1\np,a,c,4,2\np,a,c,4,1\n"
    assert faults(two_rounds) == [("line 4", "ballot_twice")]


@pytest.mark.parametrize(("row", "place"), [(",a,c,1", "rater"), ("p,,c,1", "unit"), ("p,a, ,1", "criterion")])
def test_names_must_not_be_empty(row: str, place: str) -> None:
    assert faults(HEADER + row + "\n") == [(f"line 2, {place}", "ballot_name_empty")]


def test_round_that_has_a_column_has_a_name() -> None:
    assert faults("rater,unit,criterion,score,round\np,a,c,1,\n") == [("line 2, round", "ballot_name_empty")]


def test_header_is_judged_by_name() -> None:
    assert faults("rater,unit,score,colour\n") == [("criterion", "column_missing"), ("colour", "column_unknown")]
    assert faults("rater,unit,criterion,score,score\n") == [("score", "column_twice")]
    assert faults("") == [(name, "column_missing") for name in severity_table.COLUMNS]


def test_every_fault_is_named_up_to_a_hundred() -> None:
    assert faults(HEADER + "p,a,c\np,a,c,x\n") == [
        ("line 2", "row_ragged"),
        ("line 3, score", "ballot_score_malformed"),
    ]
    many = faults(HEADER + "p,a,c,x\n" * 500)
    assert (len(many), many[-1]) == (101, ("file", "score_more_faults"))


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    assert faults(HEADER + '"p\nq",a,c,1\np,a,c,x\n') == [("line 4, score", "ballot_score_malformed")]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (HEADER.encode() + b"p,a,c,1\np,\xff,c,1\n", ("line 3", "table_not_utf8")),
        (HEADER.encode() + b"p,a\0,c,1\n", ("line 2", "table_odd_character")),
        (HEADER.encode() + b'p,"a"b,c,1\n', ("line 2", "table_malformed")),
        (HEADER.encode() + b'p,"a,c,1\n', ("line 2", "table_malformed")),
    ],
)
def test_files_that_are_no_tables_are_refused(content: bytes, fault: tuple[str, str]) -> None:
    assert faults(content) == [fault]


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(severity_table, "LARGEST_FILE", 10)
    assert faults(HEADER) == [("file", "table_too_large")]


def test_header_alone_is_an_empty_table() -> None:
    assert table(HEADER).scores == {}
