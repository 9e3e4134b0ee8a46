"""Scoring a table: published vectors, each clause of each definition, order, odd and hostile files."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.errors import DomainError, explain
from surveys.scored_files import DEFINITIONS, codes, score_file, scored_document, scored_lines


def table(*rows: str, header: str = "unit,question,answer") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def counted(*rows: str) -> bytes:
    return table(*rows, header="unit,question,answer,count")


def units(content: bytes, definition: str, **options):
    scored = score_file(content, file="a.csv", definition=definition, **options)
    assert not isinstance(scored, list), scored
    return scored_document(scored)["units"]


def score(content: bytes, definition: str, **options):
    """The score of the only unit."""
    (unit,) = units(content, definition, **options)
    return unit["score"]


def faults(content: bytes, definition: str = "linear", **options):
    options = {"scale": "1:5"} | options if definition in ("linear", "topbox") else options
    found = score_file(content, file="a.csv", definition=definition, **options)
    assert isinstance(found, list), found
    assert all(explain(language, finding) for finding in found for language in ("zh", "en"))
    return [(finding.key, finding.code) for finding in found]


def refused(definition: str, **options) -> str:
    with pytest.raises(DomainError) as caught:
        score_file(table("a,q,1"), file="a.csv", definition=definition, **options)
    assert explain("zh", caught.value)
    assert explain("en", caught.value)
    return caught.value.code


# --- published vectors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([f"a,q,{answer},1" for answer in range(11)], Fraction(-500, 11)),  # -45.45
        (["a,q,10,100", "a,q,7,30", "a,q,0,80"], Fraction(200, 21)),  # 9.52
        (["a,q,9,250", "a,q,3,75", "a,q,8,675"], Fraction(35, 2)),  # 17.5
        (["a,q,9,1"], Fraction(100)),
        (["a,q,6,1"], Fraction(-100)),
        (["a,q,7,1", "a,q,8,1"], Fraction(0)),
    ],
)
def test_nps_of_published_vectors(rows, expected):
    assert score(counted(*rows), "nps") == expected


@pytest.mark.parametrize(("answer", "expected"), [(1, 0), (2, Fraction(100, 3)), (3, Fraction(200, 3)), (4, 100)])
def test_linear_points_of_a_scale_of_four(answer, expected):
    assert score(table(f"a,q,{answer}"), "linear", scale="1:4") == expected


def test_linear_points_of_ten_and_of_yes_and_no():
    assert [score(table(f"a,q,{answer}"), "linear", scale="0:10") for answer in (0, 1, 7, 10)] == [0, 10, 70, 100]
    assert [score(table(f"a,q,{answer}"), "linear", scale="0:1") for answer in (0, 1)] == [0, 100]


def test_percent_positive_of_the_friends_and_family_test():
    content = counted(
        "a,fft,very good,10", "a,fft,good,5", "a,fft,neither,2", "a,fft,poor,1", "a,fft,very poor,0", "a,fft,dont know,1"
    )  # fmt: skip
    assert score(content, "positive", positive="very good,good") == Fraction(1500, 19)
    assert score(content, "positive", positive="poor,very poor") == Fraction(100, 19)


def test_the_two_conventions_of_five_points_differ():
    content = counted("a,q,5,42", "a,q,4,58")  # 4.42 on average
    assert score(content, "linear", scale="1:5") == Fraction("85.5")
    assert score(content, "mean5") == Fraction("88.4")
    assert score(counted("a,q,4.42,27475"), "linear", scale="1:5") == Fraction("85.5")
    assert score(counted("a,q,4.67,19938"), "mean5") == Fraction("93.4")


# --- what is counted ----------------------------------------------------------------------------------------------


def test_a_units_score_is_the_plain_mean_of_its_questions():
    content = counted("a,x,5,1", "a,y,1,99", "a,z,3,100")
    assert units(content, "linear", scale="1:5") == [
        {
            "unit": "a",
            "score": Fraction(50),
            "n": 200,
            "questions": [
                {"question": "x", "score": Fraction(100), "n": 1},
                {"question": "y", "score": Fraction(0), "n": 99},
                {"question": "z", "score": Fraction(50), "n": 100},
            ],
        }
    ]


def test_units_and_questions_stand_as_in_the_file():
    content = table("b,y,1", "a,x,1", "b,x,1", "007,x,1", "7,x,1", "b,y,5")
    assert [(unit["unit"], [each["question"] for each in unit["questions"]]) for unit in units(content, "mean5")] == [
        ("b", ["y", "x"]), ("a", ["x"]), ("007", ["x"]), ("7", ["x"]),
    ]  # fmt: skip


def test_undefined_scores_are_none_and_leave_the_unit():
    content = counted("a,x,,3", "a,y,na,3", "a,z,5,0", "a,w,5,2", "b,x,,1")
    assert units(content, "mean5", missing="na") == [
        {
            "unit": "a",
            "score": Fraction(100),
            "n": 2,
            "questions": [
                {"question": "x", "score": None, "n": 0},
                {"question": "y", "score": None, "n": 0},
                {"question": "z", "score": None, "n": 0},
                {"question": "w", "score": Fraction(100), "n": 2},
            ],
        },
        {"unit": "b", "score": None, "n": 0, "questions": [{"question": "x", "score": None, "n": 0}]},
    ]


def test_a_table_without_rows_has_no_units():
    assert units(table(), "nps") == []


def test_counts_default_to_one_and_may_be_nought():
    assert units(counted("a,q,10,", "a,q,10,3", "a,q,0,0"), "nps")[0]["n"] == 4
    assert units(table("a,q,10", "a,q,10"), "nps")[0]["n"] == 2


def test_missing_codes_match_exactly():
    content = table("a,q,5", "a,q,99", "a,q,NA")
    assert score(content, "linear", scale="1:5", missing="99,NA") == 100
    assert faults(content, missing="99,na") == [("line 4, answer", "score_answer_off_scale")]


def test_positive_counts_every_answer_that_is_not_missing():
    content = table("a,q,good", "a,q,Good", "a,q,", "a,q,x y", "a,q,refused", "a,q,good")
    assert score(content, "positive", positive="good") == 40
    assert score(content, "positive", positive="good", missing="refused,x y") == Fraction(200, 3)
    assert score(content, "positive", positive="good,Good", missing="Good") == 50


def test_top_box_is_the_top_of_the_scale_unless_codes_are_given():
    content = table("a,q,5", "a,q,4", "a,q,4", "a,q,1")
    assert score(content, "topbox", scale="1:5") == 25
    assert score(content, "topbox", scale="0:10") == 0
    assert score(content, "topbox", top="4,5") == 75
    assert score(content, "topbox", top="4,5", scale="1:5") == 75


def test_with_top_codes_any_answer_counts():
    content = table("a,q,always", "a,q,usually", "a,q,N/A", "a,q,")
    assert score(content, "topbox", top="always") == Fraction(100, 3)
    assert score(content, "topbox", top="always", missing="N/A") == 50
    assert score(table("a,q,10", "a,q,77"), "topbox", top="9,10", scale="0:10") == 50


def test_top_codes_match_exactly():
    assert score(table("a,q,9", "a,q,9.0", "a,q,09"), "topbox", top="9") == Fraction(100, 3)


def test_numbers_on_a_scale_are_numbers_however_they_are_written():
    assert score(table("a,q,5.0", "a,q,05", "a,q,+5"), "topbox", scale="1:5") == 100
    assert score(table("a,q,9.0"), "nps") == 100
    assert score(table("a,q,-2", "a,q,2"), "linear", scale="-2:2") == 50
    assert score(table("a,q,0.5"), "linear", scale="0:1") == 50


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, ()),
        ("", ()),
        (" , ", ()),
        ("9,10", ("9", "10")),
        ("very good, good", ("very good", "good")),
        ('"a,b",c', ("a,b", "c")),
    ],
)
def test_codes_are_separated_by_commas(written, expected):
    assert codes(written) == expected


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", ["6", "0", "-1", "5.01", "0.99", "abc", "NaN", "inf", "1e0", "５", "3,5", "0x3", "³", "1_0", "--"]
)
@pytest.mark.parametrize("definition", ["linear", "topbox", "mean5"])
def test_an_answer_off_the_scale_is_refused_by_row(definition, answer):
    content = table("a,q,5", f'a,q,"{answer}"', "a,q,1")
    assert faults(content, definition) == [("line 3, answer", "score_answer_off_scale")]


@pytest.mark.parametrize("answer", ["11", "-1", "9.5", "6.5", "ten", "10.0001"])
def test_nps_takes_whole_numbers_from_nought_to_ten(answer):
    assert faults(table(f"a,q,{answer}"), "nps") == [("line 2, answer", "score_answer_off_scale")]


def test_every_faulty_row_is_named():
    content = counted(
        "a,q,9,1", "a,q,5,x", ",q,5,1", "a,,5,1", "a,q,5", "a,q,5,1,7", "a,q,5,-1", "a,q,8,1", "a,q,5,1.0"
    )
    assert faults(content) == [
        ("line 2, answer", "score_answer_off_scale"),
        ("line 3, count", "score_count_malformed"),
        ("line 4, unit", "score_name_empty"),
        ("line 5, question", "score_name_empty"),
        ("line 6", "row_ragged"),
        ("line 7", "row_ragged"),
        ("line 8, count", "score_count_malformed"),
        ("line 9, answer", "score_answer_off_scale"),
        ("line 10, count", "score_count_malformed"),
    ]


@pytest.mark.parametrize("count", ["-1", "1.5", "x", "1e3", "３", "9999999999999999999", "0x1", "NaN", "+1"])
def test_a_count_is_a_plain_whole_number(count):
    assert faults(counted(f"a,q,5,{count}")) == [("line 2, count", "score_count_malformed")]


def test_an_answer_off_the_scale_is_refused_though_nobody_gave_it():
    assert faults(counted("a,q,6,0")) == [("line 2, answer", "score_answer_off_scale")]


def test_a_million_faults_are_not_listed():
    found = faults(table(*["a,q,x"] * 5_000))
    assert len(found) == 101
    assert found[-1] == ("file", "score_more_faults")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("unit,question,answer,weight", [("weight", "column_unknown")]),
        ("Unit,question,answer", [("unit", "column_missing"), ("Unit", "column_unknown")]),
        ("unit,question", [("answer", "column_missing")]),
        ("unit,question,answer,answer", [("answer", "column_twice")]),
        ("unit,question,answer,", [("", "column_unknown")]),
        ("", [("unit", "column_missing"), ("question", "column_missing"), ("answer", "column_missing")]),
    ],
)
def test_columns_are_refused_by_name(header, expected):
    assert faults(table("a,q,1,1", header=header) if header else b"") == expected


def test_columns_may_stand_in_any_order():
    assert score(table("3,10,q,a", header="count,answer,question,unit"), "nps") == 100


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_files_of_all_machines_are_read(ending, mark):
    content = mark + ending.join(["unit, question ,answer", "甲,满意度, 5 ", "", " , , ", "甲,满意度,4"]).encode()
    assert units(content, "mean5") == [
        {
            "unit": "甲",
            "score": Fraction(90),
            "n": 2,
            "questions": [{"question": "满意度", "score": Fraction(90), "n": 2}],
        }
    ]


def test_quoted_cells_hold_commas_and_lines():
    content = table('"a,b","line\nbreak",5', "a,q,7", '"x",q,')
    assert faults(content) == [("line 4, answer", "score_answer_off_scale")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (table("a,q,5") + b"a,\xff,5\n", [("line 3", "table_not_utf8")]),
        (b"\xff\xfeu\x00n\x00", [("line 1", "table_odd_character")]),
        (table("a,q,5") + b"a,q,\x005\n", [("line 3", "table_odd_character")]),
        (table('a,"q"x,5'), [("line 2", "table_malformed")]),
        (table("a,q,5", 'a,"q,5'), [("line 3", "table_malformed")]),
        (table("a,q,5", f"a,{'q' * 200_000},5"), [("line 3", "table_malformed")]),
    ],
)
def test_files_that_are_no_tables_are_refused(content, expected):
    assert faults(content) == expected


@pytest.mark.parametrize(
    ("definition", "options", "code"),
    [
        ("mean", {}, "score_definition_unknown"),
        ("", {}, "score_definition_unknown"),
        ("linear-0-100", {}, "score_definition_unknown"),
        ("linear", {}, "score_scale_missing"),
        ("topbox", {}, "score_scale_missing"),
        ("topbox", {"top": ""}, "score_scale_missing"),
        ("positive", {}, "score_positive_missing"),
        ("positive", {"positive": " , "}, "score_positive_missing"),
        ("mean5", {"scale": "0:5"}, "score_scale_fixed"),
        ("nps", {"scale": "1:10"}, "score_scale_fixed"),
        ("nps", {"top": "9"}, "score_option_unused"),
        ("linear", {"scale": "1:5", "positive": "5"}, "score_option_unused"),
        ("positive", {"positive": "5", "top": "5"}, "score_option_unused"),
        *(
            ("linear", {"scale": scale}, "score_scale_malformed")
            for scale in ("", "5", "1:", ":5", "5:1", "1:1", "1:5:9", "1-5", "a:b", "NaN:5", "1:1e3", "１:５")
        ),
        ("positive", {"positive": "x", "scale": "?"}, "score_scale_malformed"),
    ],
)
def test_wrong_options_are_refused(definition, options, code):
    assert refused(definition, **options) == code


@pytest.mark.parametrize(("definition", "scale"), [("mean5", "1:5"), ("nps", "0:10"), ("nps", "0.0:10")])
def test_the_scale_that_a_definition_has_may_be_said(definition, scale):
    assert score(table("a,q,5"), definition, scale=scale) is not None


# --- documents ----------------------------------------------------------------------------------------------------


def test_the_document_has_its_keys_and_the_word_that_was_asked_for():
    scored = score_file(table("a,q,5"), file="a.csv", definition="mean5")
    assert not isinstance(scored, list)
    assert scored_document(scored) == {
        "definition": "mean5",
        "units": [{"unit": "a", "score": 100, "n": 1, "questions": [{"question": "q", "score": 100, "n": 1}]}],
    }


def test_lines_round_half_away_from_zero_once():
    scored = score_file(counted("a,q,10,1", "a,q,0,7", "a,r,,1", "b,q,10,1", "b,q,7,2"), file="a.csv", definition="nps")
    assert not isinstance(scored, list)
    assert scored_lines(scored, "en") == [
        "a: -75.00 (8 answers)", "    q: -75.00 (8)", "    r: — (0)", "b: 33.33 (3 answers)", "    q: 33.33 (3)",
    ]  # fmt: skip
    halves = score_file(
        counted("a,q,1,1", "a,q,0,799", "b,q,1,799", "b,q,0,1"), file="a.csv", definition="topbox", top="1"
    )
    assert not isinstance(halves, list)
    assert [line for line in scored_lines(halves, "zh") if not line.startswith(" ")] == [
        "a：0.13（800 个作答）", "b：99.88（800 个作答）",
    ]  # fmt: skip
    nothing = score_file(table(), file="a.csv", definition="nps")
    assert not isinstance(nothing, list)
    assert len(scored_lines(nothing, "zh")) == 1


_ROWS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from("xy"),
        st.sampled_from(["", "na", "1", "2", "3", "4", "5"]),
        st.integers(0, 9),
    ),
    max_size=30,
)


@given(_ROWS, st.sampled_from(sorted(DEFINITIONS)))
def test_scores_equal_those_of_answers_written_out_one_by_one(rows, word):
    options = {"linear": {"scale": "1:5"}, "topbox": {"scale": "1:5"}, "positive": {"positive": "4,5"}}.get(word, {})
    worths = {
        "linear": lambda answer: Fraction(25 * (answer - 1)),
        "topbox": lambda answer: Fraction(100 * (answer == 5)),
        "positive": lambda answer: Fraction(100 * (answer >= 4)),
        "nps": lambda answer: Fraction(-100),
        "mean5": lambda answer: Fraction(20 * answer),
    }
    content = counted(*(f"{unit},{question},{answer},{count}" for unit, question, answer, count in rows))
    written_out = [(u, q, int(a)) for u, q, a, count in rows if a not in ("", "na") for _ in range(count)]
    names = dict.fromkeys((u, q) for u, q, _, _ in rows)
    n = Counter((u, q) for u, q, _ in written_out)
    expected = {
        name: sum((worths[word](a) for u, q, a in written_out if (u, q) == name), Fraction()) / n[name]
        if n[name]
        else None
        for name in names
    }
    found = units(content, word, missing="na", **options)
    assert {(unit["unit"], each["question"]): each["score"] for unit in found for each in unit["questions"]} == expected
    for unit in found:
        known = [value for (name, _), value in expected.items() if name == unit["unit"] and value is not None]
        assert unit["score"] == (sum(known) / len(known) if known else None)
        assert unit["n"] == sum(1 for u, _, _ in written_out if u == unit["unit"])
