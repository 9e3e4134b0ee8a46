"""`tongping review score`: the document, the lines, what is refused and how."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from app import review_score
from tests.app.command_line import CommandLine

ENGLISH = "en_GB.UTF-8"
HEADER = "rater,unit,criterion,score\n"


def scores(seed: int = 3, *, units: int = 8, missing: float = 0.0, ring: tuple[str, ...] = ()) -> str:
    chance = random.Random(seed)
    worth = [chance.gauss(0, 0.5) for _ in range(units)]
    severity = [chance.gauss(0, 0.4) for _ in range(units)]
    rows = []
    for rater in range(units):
        for unit in range(units):
            if rater == unit:
                continue
            view = 3.6 + worth[unit] + severity[rater] + chance.gauss(0, 0.3)
            for criterion in "abc":
                score = str(min(5, max(1, round(view + chance.gauss(0, 0.4)))))
                score = "5" if {f"u{rater}", f"u{unit}"} <= set(ring) else score
                rows.append(f"u{rater},u{unit},{criterion},{'' if chance.random() < missing else score}")
    return HEADER + "\n".join(rows) + "\n"


def write(shell: CommandLine, content: str | bytes, name: str = "scores.csv") -> Path:
    path = shell.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def scored(shell: CommandLine, content: str | bytes, *options: object) -> Any:
    return shell.done("review", "score", write(shell, content), "--json", *options).document


def test_plain_document_has_model_units_and_raters(shell: CommandLine) -> None:
    document = scored(shell, scores(), "--plain")
    assert list(document) == ["model", "units", "raters"]
    assert list(document["model"]) == [
        "mu", "sd_rater", "sd_unit", "sd_residual", "reml_criterion", "components", "observations",
    ]  # fmt: skip
    assert (document["model"]["components"], document["model"]["observations"]) == (1, 56)
    for unit in document["units"]:
        assert list(unit) == ["unit", "raters", "raw_mean", "score", "rank", "rank_low", "rank_high", "band"]
        assert unit["raters"] == 7
        assert 1 <= unit["rank_low"] <= unit["rank"] <= unit["rank_high"] <= 8
        assert unit["band"] in {"upper", "middle", "lower"}
    assert sorted(unit["rank"] for unit in document["units"]) == list(range(1, 9))
    ordered = sorted(document["units"], key=lambda unit: -unit["score"])
    assert [unit["rank"] for unit in ordered] == list(range(1, 9))
    assert {rater["rater"] for rater in document["raters"]} == {f"u{at}" for at in range(8)}
    assert sum(rater["severity"] for rater in document["raters"]) == pytest.approx(0, abs=0.2)


def test_raw_mean_is_the_mean_of_ballot_means(shell: CommandLine) -> None:
    table = HEADER + "p,a,x,1\np,a,y,2\np,a,z,3\np,b,x,4\nq,a,x,5\nq,b,x,1\n"
    (a, b) = scored(shell, table, "--plain")["units"]
    assert (a["unit"], a["raw_mean"], b["raw_mean"]) == ("a", 3.5, 2.5)


def test_document_has_flags_and_no_raters(shell: CommandLine) -> None:
    document = scored(shell, scores())
    assert list(document) == ["model", "units", "flags"]
    assert document["flags"] == []


def test_flags_name_kind_members_and_threshold(shell: CommandLine) -> None:
    straight = "\n".join(
        ",".join([*row.split(",")[:3], "3"]) if row.startswith("u7,") else row
        for row in scores(5, units=14).split("\n")
    )
    flags = scored(shell, straight)["flags"]
    assert {(flag["kind"], *flag["members"]) for flag in flags} >= {("straight_line", "u7"), ("one_value", "u7")}
    assert all(list(flag) == ["kind", "members", "statistic", "threshold"] for flag in flags)


def test_missing_criteria_bring_a_spread_of_ballots(shell: CommandLine) -> None:
    model = scored(shell, scores(missing=0.2), "--plain")["model"]
    assert list(model)[3:5] == ["sd_residual", "sd_ballot"]
    assert 50 <= model["observations"] <= 56  # a ballot without any score is none


def test_round_is_part_of_a_ballot(shell: CommandLine) -> None:
    rows = scores().splitlines()
    table = "\n".join([rows[0] + ",round", *(f"{row},{month}" for month in (1, 2) for row in rows[1:])]) + "\n"
    document = scored(shell, table, "--plain")
    assert document["model"]["observations"] == 112
    assert {unit["raters"] for unit in document["units"]} == {7}


def test_unit_without_any_score_has_no_figures(shell: CommandLine) -> None:
    document = scored(shell, scores() + "u1,empty,a,\n", "--plain")
    assert document["units"][-1] == {
        "unit": "empty", "raters": 0, "raw_mean": None, "score": None, "rank": None, "rank_low": None, "rank_high": None, "band": None,
    }  # fmt: skip
    assert document["model"]["observations"] == 56


def test_identical_marks_are_answered_with_null(shell: CommandLine) -> None:
    table = HEADER + "".join(f"{rater},{unit},x,4\n" for rater in "pq" for unit in "ab")
    for options in ((), ("--plain",)):
        document = scored(shell, table, *options)
        assert (document["model"]["reml_criterion"], document["model"]["sd_unit"]) == (None, 0.0)
        assert [unit["rank"] for unit in document["units"]] == [1, 1]
        assert [unit["band"] for unit in document["units"]] == ["middle", "middle"]


def test_figures_follow_seed_draws_and_interval(shell: CommandLine) -> None:
    table = scores()
    assert scored(shell, table) == scored(shell, table, "--seed", 1, "--draws", 1000, "--interval", 0.9)
    narrow, wide = (scored(shell, table, "--plain", "--interval", level)["units"] for level in (0.2, 0.99))
    assert sum(unit["rank_high"] - unit["rank_low"] for unit in narrow) < sum(
        unit["rank_high"] - unit["rank_low"] for unit in wide
    )
    assert [unit["score"] for unit in narrow] == [unit["score"] for unit in wide]


def test_ids_are_strings_as_in_the_file(shell: CommandLine) -> None:
    table = (
        "\ufeff"
        + HEADER
        + "".join(f"0{rater},{unit:03d},x,{rater + unit % 3}\n" for rater in range(3) for unit in range(3))
    )
    document = scored(shell, table, "--plain")
    assert [unit["unit"] for unit in document["units"]] == ["000", "001", "002"]
    assert [rater["rater"] for rater in document["raters"]] == ["00", "01", "02"]


def test_lines_are_for_people(shell: CommandLine) -> None:
    ran = shell.done("review", "score", write(shell, scores()), LANG=ENGLISH)
    lines = ran.out.splitlines()
    assert lines[0].startswith("mean ")
    assert [line.split(".")[0] for line in lines[1:9]] == [str(at) for at in range(1, 9)]
    assert lines[9:] == ["Nothing to look at."]
    chinese = shell.done("review", "score", write(shell, scores(missing=0.2)), "--plain").out
    assert "每张评分票的标准差" in chinese
    assert "评分单位 u1：" in chinese


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_parts_are_refused_with_their_units(shell: CommandLine) -> None:
    table = HEADER + "p,a,x,1\np,b,x,2\nq,a,x,2\nr,c,x,3\ns,c,x,3\ns,d,x,4\n"
    for options in ((), ("--plain",)):
        ran = shell.run("review", "score", write(shell, table), "--json", *options)
        assert ran.refusal == "severity_parts"
        assert ran.document["error"]["details"] == {"parts": [["a", "b"], ["c", "d"]], "count": 2}
        assert ran.err == ""
    ran = shell.run("review", "score", write(shell, table), LANG=ENGLISH)
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err.startswith("The units fall into 2 parts")


def test_fault_in_the_file_is_one_sentence_with_its_row(shell: CommandLine) -> None:
    ran = shell.run("review", "score", write(shell, HEADER + "p,a,x,4\np,a,x,5\n"), "--json", LANG=ENGLISH)
    assert ran.refusal == "ballot_twice"
    error = ran.document["error"]
    assert error["message"] == 'scores.csv · line 3: p has already scored a on "x" in this round; keep one row only.'
    assert [finding["key"] for finding in error["details"]["findings"]] == ["line 3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "column_missing"),
        (HEADER, "severity_too_few"),
        (HEADER + "p,a,x,\n", "severity_too_few"),
        (HEADER + "p,a,x,4\n", "severity_too_few"),
        ("rater,unit,criterion,score,weight\n", "column_unknown"),
        (HEADER + "p,a,x,NaN\n", "ballot_score_malformed"),
        (HEADER + "p,a,x\n", "row_ragged"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), "table_odd_character"),
        (HEADER.encode() + b"p,\xff,x,1\n", "table_not_utf8"),
    ],
)
def test_wrong_files_are_refused(shell: CommandLine, content: str | bytes, code: str) -> None:
    ran = shell.run("review", "score", write(shell, content), "--json")
    assert (ran.refusal, ran.err) == (code, "")


def test_file_that_is_not_there_is_refused(shell: CommandLine) -> None:
    assert shell.run("review", "score", "nowhere.csv", "--json").refusal == "file_unreadable"
    assert shell.run("review", "score", shell.folder, "--json").refusal == "file_unreadable"


@pytest.mark.parametrize("interval", ["0", "1", "-0.1", "1.5", "nan"])
def test_interval_lies_between_nought_and_one(shell: CommandLine, interval: str) -> None:
    ran = shell.run("review", "score", write(shell, scores()), "--interval", interval, "--json")
    assert ran.refusal == "severity_interval"


@pytest.mark.parametrize("options", [("--draws", "0"), ("--draws", "x"), ("--seed", "-1"), ("--robust",)])
def test_wrong_options_are_refused(shell: CommandLine, options: tuple[str, ...]) -> None:
    ran = shell.run("review", "score", write(shell, scores()), *options, "--json")
    assert ran.exit_code == 2
    assert options[0] in ran.err


def test_long_work_shows_a_bar_on_stderr_and_one_document_on_stdout(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_score, "_LONG", 1)
    ran = shell.run("review", "score", write(shell, scores()), "--json", LANG=ENGLISH)
    assert ran.exit_code == 0
    assert list(json.loads(ran.out)) == ["model", "units", "flags"]
    assert "fitting the severity model" in ran.err
    assert "comparing with honest simulations" in ran.err
