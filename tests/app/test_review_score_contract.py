"""`tongping review score`, clause by clause as its contract states it; `test_review_score` has the rest."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.app.command_line import CommandLine

HEADER = "rater,unit,criterion,score\n"
KINDS = {"inflated_pair", "retaliating_pair", "ring", "brigade", "straight_line", "one_value"}


def rows(
    seed: int = 3, raters: int = 14, units: int = 14, *, names: str = "u", itself: bool = False
) -> list[list[str]]:
    """Everybody's scores for everybody, on 1–5; raters are called `names`0, `names`1, …"""
    chance = random.Random(seed)
    worth, severity = ([chance.gauss(0, spread) for _ in range(size)] for spread, size in ((0.5, units), (0.4, raters)))
    found = []
    for rater in range(raters):
        for unit in range(units):
            if rater == unit and not itself:
                continue
            view = 3.6 + worth[unit] + severity[rater] + chance.gauss(0, 0.3)
            for criterion in "abc":
                score = min(5, max(1, round(view + chance.gauss(0, 0.4))))
                found.append([f"{names}{rater}", f"u{unit}", criterion, str(score)])
    return found


def table(lines: list[list[str]], header: str = HEADER) -> str:
    return header + "".join(",".join(line) + "\n" for line in lines)


def write(shell: CommandLine, content: str) -> Path:
    path = shell.folder / "scores.csv"
    path.write_text(content, encoding="utf-8")
    return path


def scored(shell: CommandLine, content: str, *options: object) -> Any:
    return shell.done("review", "score", write(shell, content), "--json", *options).document


def set_to(lines: list[list[str]], pairs: set[tuple[str, str]], score: str) -> list[list[str]]:
    return [[*line[:3], score] if (line[0], line[1]) in pairs else line for line in lines]


def test_raters_and_units_are_two_name_spaces(shell: CommandLine) -> None:
    """A rater and a unit of one name are two; a row in which they are equal is an ordinary ballot."""
    same, apart = (scored(shell, table(rows(names=names, itself=True)), "--plain") for names in ("u", "r"))
    assert same["model"] == apart["model"]
    assert same["model"]["observations"] == 14 * 14
    assert same["units"] == apart["units"]
    assert [rater["severity"] for rater in same["raters"]] == [rater["severity"] for rater in apart["raters"]]
    assert {unit["raters"] for unit in same["units"]} == {14}
    [alone] = [
        unit for unit in scored(shell, HEADER + "a,a,x,1\nb,a,x,2\na,b,x,3\nb,b,x,5\n")["units"] if unit["unit"] == "a"
    ]
    assert (alone["raters"], alone["raw_mean"]) == (2, 1.5)


def test_documents_have_the_keys_of_the_contract_and_no_others(shell: CommandLine) -> None:
    content = table(rows())
    plain, robust = scored(shell, content, "--plain"), scored(shell, content)
    model = {"mu", "sd_rater", "sd_unit", "sd_residual", "reml_criterion", "components", "observations"}
    assert (set(plain), set(robust)) == ({"model", "units", "raters"}, {"model", "units", "flags"})
    assert (set(plain["model"]), set(robust["model"])) == (model, model)
    unit = {"unit", "raters", "raw_mean", "score", "rank", "rank_low", "rank_high", "band"}
    assert all(set(each) == unit for each in [*plain["units"], *robust["units"]])
    assert all(set(each) == {"rater", "severity"} for each in plain["raters"])
    missing = table([line for line in rows() if line != rows()[5]])
    assert set(scored(shell, missing, "--plain")["model"]) == model | {"sd_ballot"}


def test_places_of_every_unit_agree(shell: CommandLine) -> None:
    for options in ((), ("--plain",)):
        units = scored(shell, table(rows(7)), *options)["units"]
        assert [unit["unit"] for unit in units] == list(dict.fromkeys(line[1] for line in rows(7)))
        for unit in units:
            assert unit["rank"] == 1 + sum(other["score"] > unit["score"] for other in units)
            assert 1 <= unit["rank_low"] <= unit["rank"] <= unit["rank_high"] <= 14
            half = "upper" if unit["rank_high"] <= 7 else "lower" if unit["rank_low"] >= 8 else "middle"
            assert unit["band"] == half


def test_score_is_the_mean_plus_an_effect_and_effects_cancel(shell: CommandLine) -> None:
    for options in ((), ("--plain",)):
        document = scored(shell, table(rows(8)), *options)
        mean = sum(unit["score"] for unit in document["units"]) / 14
        assert mean == pytest.approx(document["model"]["mu"], abs=1e-7)


@pytest.mark.parametrize(("factor", "shift"), [(25.0, -25.0), (-1.0, 6.0), (1e6, 0.0), (1e-4, 7.0)])
def test_any_numeric_scale_gives_the_same_places(shell: CommandLine, factor: float, shift: float) -> None:
    lines = rows(9)
    before = scored(shell, table(lines), "--plain")
    after = scored(shell, table([[*line[:3], repr(factor * float(line[3]) + shift)] for line in lines]), "--plain")
    for name in ("sd_rater", "sd_unit", "sd_residual"):
        assert after["model"][name] == pytest.approx(abs(factor) * before["model"][name], rel=1e-6)
    for old, new in zip(before["units"], after["units"], strict=True):
        assert new["score"] == pytest.approx(factor * old["score"] + shift, rel=1e-6)
        assert new["rank"] == (old["rank"] if factor > 0 else 15 - old["rank"])


def test_empty_score_is_missing_and_not_nought(shell: CommandLine) -> None:
    lines = rows(10)
    emptied = [[*line[:3], ""] if at % 11 == 0 else line for at, line in enumerate(lines)]
    left_out = [line for at, line in enumerate(lines) if at % 11]
    assert scored(shell, table(emptied), "--plain") == scored(shell, table(left_out), "--plain")


@pytest.mark.parametrize(("first", "second"), [("4", "4"), ("4", "5"), ("", "5"), ("4", ""), ("", "")])
def test_repeats_are_refused_whatever_they_say(shell: CommandLine, first: str, second: str) -> None:
    content = table([*rows(), ["p", "u1", "a", first], ["p", "u1", "a", second]])
    ran = shell.run("review", "score", write(shell, content), "--json")
    assert (ran.exit_code, ran.refusal) == (2, "ballot_twice")
    assert set(ran.document) == {"error"}
    assert set(ran.document["error"]) == {"code", "message", "details"}


def test_same_scores_in_another_round_are_other_ballots(shell: CommandLine) -> None:
    header = "rater,unit,criterion,score,round\n"
    twice = [[*line, month] for month in ("2026-10", "2026-11") for line in rows()]
    document = scored(shell, table(twice, header), "--plain")
    assert (document["model"]["observations"], document["model"]["components"]) == (2 * 14 * 13, 1)
    ran = shell.run("review", "score", write(shell, table([*twice, twice[0]], header)), "--json")
    assert ran.refusal == "ballot_twice"


def test_parts_name_their_units_and_raters_of_a_name_join_nothing(shell: CommandLine) -> None:
    """A hub scores its spokes and they score it: units h and a, b are two parts, though their names meet."""
    content = HEADER + "h,a,x,1\nh,b,x,2\na,h,x,3\nb,h,x,5\n"
    for options in ((), ("--plain",)):
        ran = shell.run("review", "score", write(shell, content), "--json", *options)
        assert ran.exit_code == 2
        error = ran.document["error"]
        assert error["code"] == "severity_parts"
        assert error["details"]["parts"] == [["a", "b"], ["h"]]
        assert error["message"]


def test_flags_carry_kind_members_statistic_and_threshold(shell: CommandLine) -> None:
    lines = set_to(rows(11, 24, 24), {("u1", "u2"), ("u2", "u1")}, "1")
    flags = scored(shell, table(lines))["flags"]
    [war] = [flag for flag in flags if flag["kind"] == "retaliating_pair"]
    assert set(war["members"]) == {"u1", "u2"}
    assert war["statistic"] < war["threshold"] < 0
    assert all(set(flag) == {"kind", "members", "statistic", "threshold"} for flag in flags)
    assert {flag["kind"] for flag in flags} <= KINDS


def test_victim_of_a_brigade_comes_first(shell: CommandLine) -> None:
    lines = set_to(rows(12, 24, 24), {(f"u{at}", "u20") for at in (3, 7, 9)}, "1")
    [flag] = [flag for flag in scored(shell, table(lines))["flags"] if flag["kind"] == "brigade"]
    assert flag["members"][0] == "u20"
    assert {"u3", "u7", "u9"} <= set(flag["members"][1:])
    assert flag["statistic"] > flag["threshold"]


def test_members_are_ids_as_in_the_file(shell: CommandLine) -> None:
    named = {f"u{at}": f"00{at} 院" for at in range(24)}
    lines = set_to(rows(11, 24, 24), {("u1", "u2"), ("u2", "u1")}, "1")
    flags = scored(shell, table([[named[line[0]], named[line[1]], *line[2:]] for line in lines]))["flags"]
    assert {"001 院", "002 院"} in [set(flag["members"]) for flag in flags]


def test_plain_fit_does_not_weigh_and_the_other_does(shell: CommandLine) -> None:
    lines = set_to(rows(13, 24, 24), {(f"u{at}", "u20") for at in (3, 7, 9)}, "1")
    plain, robust = (
        {unit["unit"]: unit["score"] for unit in scored(shell, table(lines), *options)["units"]}
        for options in (("--plain",), ())
    )
    assert robust["u20"] > plain["u20"] + 0.05
