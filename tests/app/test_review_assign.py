"""`tongping review assign`: any table of cooperation is answered, without an installation."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from tests.app.command_line import CommandLine
from tests.app.small_group import OPENED

KEYS = ["assignments", "raters_per_unit", "cross_district_share", "parts", "bridges"]
HEADER = "unit_a,unit_b,kind,count,period"


def table(*pairs: tuple[str, str], period: str = "2026-10") -> str:
    return "\n".join([HEADER, *(f"{one},{other},转诊,3,{period}" for one, other in pairs)]) + "\n"


def units(*rows: str) -> str:
    return "\n".join(["unit,tier,district", *rows]) + "\n"


@pytest.fixture
def shell(shell: CommandLine) -> CommandLine:
    """An empty folder with three tables in it; even a misspelt setting disturbs nobody here."""
    writes(shell, "three.csv", table(*combinations(("甲", "乙", "丙"), 2)))
    writes(shell, "hub.csv", table(("hub", "a"), ("hub", "b"), ("hub", "c")))
    writes(shell, "forty.csv", table(*combinations([f"u{number:02}" for number in range(40)], 2)))
    shell.environment["TONGPING_NO_SUCH_SETTING"] = "x"
    return shell


def writes(shell: CommandLine, name: str, content: str) -> None:
    (shell.folder / name).write_text(content, encoding="utf-8")


def pairs_of(document) -> set[tuple[str, str]]:
    return {(task["rater"], task["unit"]) for task in document["assignments"]}


# --- the document --------------------------------------------------------------------------------------------------


def test_assignment_of_three_units_is_one_part(shell):
    ran = shell.done("review", "assign", "three.csv", "--json")
    assert ran.document == {
        "assignments": [
            {"rater": "丙", "unit": "乙"},
            {"rater": "丙", "unit": "甲"},
            {"rater": "乙", "unit": "丙"},
            {"rater": "乙", "unit": "甲"},
            {"rater": "甲", "unit": "丙"},
            {"rater": "甲", "unit": "乙"},
        ],
        "raters_per_unit": 2,
        "cross_district_share": None,
        "parts": [["丙", "乙", "甲"]],
        "bridges": [],
    }
    assert list(ran.document) == KEYS


def test_assignment_of_many_units_draws_as_many_raters_as_asked_and_the_seed_repeats_it(shell):
    first, again, other, drawn = (
        shell.done("review", "assign", "forty.csv", "--raters", "12", *words, "--json").document
        for words in (("--seed", 1), ("--seed", 1), ("--seed", 2), ())
    )
    assert first == again
    assert len({frozenset(pairs_of(document)) for document in (first, other, drawn)}) == 3
    assert set(Counter(unit for _, unit in pairs_of(first)).values()) == {12}
    assert set(Counter(rater for rater, _ in pairs_of(first)).values()) == {12}
    assert first["raters_per_unit"] == 12
    assert len(first["parts"]) == 1


def test_assignment_takes_sixteen_raters_unless_told_otherwise(shell):
    assert shell.done("review", "assign", "forty.csv", "--json").document["raters_per_unit"] == 16


def test_assignment_across_districts_is_a_share_of_the_known_ones(shell):
    writes(shell, "units.csv", units("甲,tertiary,东", "乙,secondary,东", "丙,primary,西"))
    document = shell.done("review", "assign", "three.csv", "--units", "units.csv", "--json").document
    assert document["cross_district_share"] == 4 / 6
    writes(shell, "units.csv", units("甲,tertiary,", "乙,secondary,东", "丙,primary,西"))
    document = shell.done("review", "assign", "three.csv", "--units", "units.csv", "--json").document
    assert document["cross_district_share"] == 1


def test_assignment_reads_files_with_a_byte_order_mark(shell):
    (shell.folder / "bom.csv").write_bytes(b"\xef\xbb\xbf" + table(("a", "b"), ("b", "c"), ("a", "c")).encode())
    (shell.folder / "units.csv").write_bytes(b"\xef\xbb\xbf" + units("a,x,", "b,x,", "c,x,").encode())
    assert len(pairs_of(shell.done("review", "assign", "bom.csv", "--units", "units.csv", "--json").document)) == 6


# --- parts ---------------------------------------------------------------------------------------------------------


def test_a_hub_and_its_spokes_are_refused_without_tiers_in_the_document_asked_for(shell):
    ran = shell.run("review", "assign", "hub.csv", "--json")
    assert (ran.exit_code, ran.err) == (2, "")
    assert list(ran.document) == KEYS
    assert ran.document["parts"] == [["a", "b", "c"], ["hub"]]
    (bridge,) = ran.document["bridges"]
    assert {bridge["rater"], bridge["unit"]} < {"a", "b", "c"}
    assert pairs_of(ran.document) == {(one, "hub") for one in "abc"} | {("hub", one) for one in "abc"}


def test_parts_that_split_no_tier_may_open_and_others_may_not(shell):
    writes(shell, "units.csv", units("hub,tertiary,", "a,primary,", "b,primary,", "c,secondary,"))
    ran = shell.done("review", "assign", "hub.csv", "--units", "units.csv", "--json")
    assert ran.document["parts"] == [["a", "b", "c"], ["hub"]]
    writes(shell, "units.csv", units("hub,primary,", "a,primary,", "b,primary,", "c,secondary,"))
    ran = shell.run("review", "assign", "hub.csv", "--units", "units.csv", "--json")
    assert (ran.exit_code, ran.document["parts"]) == (2, [["a", "b", "c"], ["hub"]])


def test_bridges_that_are_confirmed_mend_the_parts(shell):
    groups = [pair for name in "xyz" for pair in combinations([f"{name}{number}" for number in range(3)], 2)]
    writes(shell, "groups.csv", table(*groups))
    refused = shell.run("review", "assign", "groups.csv", "--json").document
    assert len(refused["parts"]) == 3
    confirmed = [(bridge["rater"], bridge["unit"]) for bridge in refused["bridges"]]
    assert len(confirmed) == 2
    assert not set(confirmed) & pairs_of(refused)
    writes(shell, "groups.csv", table(*groups, *confirmed))
    mended = shell.done("review", "assign", "groups.csv", "--json").document
    assert (len(mended["parts"]), mended["bridges"]) == (1, [])


def test_two_units_alone_cannot_be_mended(shell):
    writes(shell, "two.csv", table(("甲", "乙")))
    ran = shell.run("review", "assign", "two.csv", "--json")
    assert (ran.exit_code, ran.document["parts"], ran.document["bridges"]) == (2, [["乙"], ["甲"]], [])
    assert "三个" in shell.run("review", "assign", "two.csv").err


# --- for people ----------------------------------------------------------------------------------------------------


def test_people_read_a_line_for_each_rater_and_the_draw_as_a_whole(shell):
    lines = shell.done("review", "assign", "three.csv", "--seed", 7).out.splitlines()
    assert lines == [
        "丙 评：乙, 甲",
        "乙 评：丙, 甲",
        "甲 评：丙, 乙",
        "共 6 项评分任务、3 个单位，每个单位有 2 到 2 个评分单位（种子 7）。",
    ]


def test_people_read_of_a_refusal_on_stderr_which_parts_and_what_would_mend_them(shell):
    ran = shell.run("review", "assign", "hub.csv", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.out) == (2, "")
    refusal, first, second, bridge = ran.err.splitlines()
    assert "2 parts" in refusal
    assert "--units" in refusal
    assert (first, second) == ("Part 1: a, b, c", "Part 2: hub")
    assert bridge.endswith("a – b")


def test_many_parts_are_not_all_printed(shell):
    writes(shell, "many.csv", table(*((f"a{number:03}", f"b{number:03}") for number in range(200))))
    ran = shell.run("review", "assign", "many.csv")
    assert len(ran.err.splitlines()) < 20
    assert max(map(len, ran.err.splitlines())) < 400
    assert len(shell.run("review", "assign", "many.csv", "--json").document["parts"]) == 400


def test_what_is_odd_in_a_table_is_said_beside_the_answer(shell):
    writes(shell, "odd.csv", table(("a", "b"), ("b", "c"), ("a", "c"), ("b", "a")) + "a,b,转诊,1,2026-Q4\n")
    writes(shell, "units.csv", units("a,x,", "b,x,", "c,x,", "alone,x,"))
    ran = shell.run("review", "assign", "odd.csv", "--units", "units.csv", "--json")
    assert (ran.exit_code, len(ran.document["assignments"])) == (0, 6)
    periods, repeats, idle = ran.err.splitlines()
    assert "2026-10, 2026-Q4" in periods
    assert "第 5 行" in repeats
    assert "第 2 行" in repeats
    assert idle.endswith("alone")


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "place", "code"),
    [
        ("a,a,x,1,2026-10", "line 3, unit_b", "cooperation_self"),
        (",b,x,1,2026-10", "line 3, unit_a", "units_cell"),
        ("a,b,x,0,2026-10", "line 3, count", "cooperation_count"),
        ("a,b,x,-1,2026-10", "line 3, count", "cooperation_count"),
        ("a,b,x,1.5,2026-10", "line 3, count", "cooperation_count"),
        ("a,b,,1,2026-10", "line 3, kind", "cooperation_kind"),
        ("a,b,x,1,2026-13", "line 3, period", "cooperation_period"),
        ("a,b,x,1", "line 3", "row_ragged"),
    ],
)
def test_a_faulty_row_is_named(shell, row, place, code):
    writes(shell, "faulty.csv", table(("a", "b")) + row + "\n")
    ran = shell.run("review", "assign", "faulty.csv", "--json")
    assert ran.refusal == code
    (finding,) = ran.document["error"]["details"]["findings"]
    assert (finding["file"], finding["key"], finding["code"]) == ("faulty.csv", place, code)
    assert place in shell.run("review", "assign", "faulty.csv").out


@pytest.mark.parametrize(
    ("content", "place", "code"),
    [
        ("unit,tier,district,note\na,x,y,z\n", "note", "column_unknown"),
        ("unit,tier\na,x\n", "district", "column_missing"),
        (units("a,x,", "b,x,", "c,x,", "a,y,"), "line 5, unit", "units_twice"),
        (units("a,,", "b,x,"), "line 2, tier", "units_cell"),
        (units(",x,"), "line 2, unit", "units_cell"),
        (units(), "file", "units_empty"),
    ],
)
def test_a_faulty_table_of_units_is_refused_by_its_place(shell, content, place, code):
    writes(shell, "units.csv", content)
    ran = shell.run("review", "assign", "three.csv", "--units", "units.csv", "--json")
    assert ran.refusal == code
    finding = ran.document["error"]["details"]["findings"][0]
    assert (finding["file"], finding["key"]) == ("units.csv", place)


def test_a_unit_that_the_other_table_does_not_know_is_refused_by_its_row(shell):
    writes(shell, "units.csv", units("甲,x,", "乙,x,"))
    ran = shell.run("review", "assign", "three.csv", "--units", "units.csv", "--json")
    assert ran.refusal == "cooperation_unit_unknown"
    assert [each["key"] for each in ran.document["error"]["details"]["findings"]] == [
        "line 3, unit_b",
        "line 4, unit_b",
    ]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", HEADER.encode(), b"a,b\n1,2\n", b"\0" * 10, b'"'])
def test_what_is_no_table_of_cooperation_is_refused(shell, content):
    (shell.folder / "none.csv").write_bytes(content)
    ran = shell.run("review", "assign", "none.csv", "--json")
    assert ran.exit_code == 2
    assert list(ran.document) == ["error"]
    assert ran.err == ""


def test_a_file_that_is_not_there_or_a_folder_is_refused(shell):
    for words in (("nowhere.csv",), (".",), ("three.csv", "--units", "nowhere.csv")):
        assert shell.run("review", "assign", *words, "--json").refusal == "file_unreadable"


@pytest.mark.parametrize("raters", [0, 11, 21])
def test_a_number_of_raters_outside_of_the_rule_is_refused(shell, raters):
    assert shell.run("review", "assign", "three.csv", "--raters", raters, "--json").refusal == "raters_out_of_range"


# --- opening a round -----------------------------------------------------------------------------------------------


def test_opening_a_round_that_would_split_a_tier_says_which_pairs_to_confirm(group):
    apart = table(("jia", "yi"), ("jia", "bing"), ("yi", "wu"), ("yi", "ji"))
    writes(group, "apart.csv", apart)
    words = ("review", "open-round", "2026-10", "--cooperation", "apart.csv")
    ran = group.run(*words, "--json", CLOCK=OPENED)
    assert ran.refusal == "round_unconnected"
    details = ran.document["error"]["details"]
    assert details["tiers"] == ["primary"]
    assert details["parts"] == [["bing", "yi"], ["ji", "jia", "wu"]]
    (bridge,) = details["bridges"]
    pair = f"{bridge['rater']} – {bridge['unit']}"
    assert pair in ran.document["error"]["message"]
    assert pair in group.run(*words, CLOCK=OPENED).err
    writes(group, "apart.csv", apart + f"{bridge['rater']},{bridge['unit']},联合门诊,1,2026-10\n")
    assert group.done(*words, "--json", CLOCK=OPENED).document["state"] == "open"
