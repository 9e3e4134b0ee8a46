"""Reading the part of XPath that spreadsheets use; everything else is named where reading stopped."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.xlsform.expressions import (
    LONGEST,
    Call,
    Comparison,
    Joined,
    Literal,
    Reference,
    Self,
    Unsupported,
    opposite,
    parse,
)

A_IS_X = Comparison(Reference("a"), "=", Literal("x", is_number=False))
B_IS_1 = Comparison(Reference("b"), "=", Literal("1", is_number=True))


def stops_at(written: str) -> str:
    with pytest.raises(Unsupported) as stopped:
        parse(written)
    return stopped.value.part


@pytest.mark.parametrize(
    "written", ["${a} = 'x'", "${a}='x'", '${ a } = "x"', "(${a} = 'x')", "((${a}) = ('x'))", "${a} = ‘x’", "\n ${a}\u00a0= 'x' "]
)  # fmt: skip
def test_spelling_makes_no_difference(written):
    assert parse(written) == A_IS_X


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_every_comparison_is_known(operator):
    assert parse(f". {operator} 10") == Comparison(Self(), operator, Literal("10", is_number=True))


@pytest.mark.parametrize("number", ["0", "-3", "2.5", ".5", "5."])
def test_numbers_stay_as_they_were_written(number):
    assert parse(f"{number} < .") == Comparison(Literal(number, is_number=True), "<", Self())


def test_and_binds_more_closely_than_or():
    assert parse("${a} = 'x' or ${a} = 'x' and ${b} = 1") == Joined("or", (A_IS_X, Joined("and", (A_IS_X, B_IS_1))))


def test_parts_of_one_kind_are_one_list():
    assert parse("${a}='x' and (${b}=1 and ${a}='x')") == Joined("and", (A_IS_X, B_IS_1, A_IS_X))


def test_functions_have_arguments():
    assert parse("not(selected(${a}, 'x'))") == Call(
        "not", (Call("selected", (Reference("a"), Literal("x", is_number=False))),)
    )
    assert parse("today()") == Call("today", ())
    assert parse("regex(., '^[0-9]{3}, (a|b)$')") == Call(
        "regex", (Self(), Literal("^[0-9]{3}, (a|b)$", is_number=False))
    )


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("../total > 1", "../total > 1"),
        ("/data/a = 1", "/data/a = 1"),
        ("${a} + 1 = 2", "+ 1 = 2"),
        ("${a} div 2", "div 2"),
        ("a = 1", "a = 1"),
        ("${a} = 1 = 2", "= 2"),
        ("${a} AND ${b}", "AND ${b}"),
        ("not(${a}", "not(${a}"),
        ("'unended", "'unended"),
        ("1.2.3 < .", "1.2.3 < ."),
        ("${a}]", "]"),
        (")", ")"),
        ("", ""),
    ],
)
def test_anything_else_is_named_where_reading_stopped(written, part):
    assert stops_at(written) == part


def test_depth_and_length_are_bounded():
    assert stops_at("(" * 5000 + "1" + ")" * 5000)
    assert stops_at("not(" * 400 + ")" * 400)
    assert len(stops_at("${a} = '" + "x" * LONGEST + "'")) <= 40


def test_a_long_chain_is_no_depth():
    assert len(parse(" or ".join(["${b}=1"] * 200)).parts) == 200


@pytest.mark.parametrize(
    ("operator", "other"), [("=", "!="), ("<", ">="), (">", "<="), ("<=", ">"), (">=", "<"), ("!=", "=")]
)
def test_the_opposite_of_a_comparison_is_one(operator, other):
    value = Literal("1", is_number=True)
    assert opposite(Comparison(Self(), operator, value)) == Comparison(Self(), other, value)


def test_nothing_else_has_an_opposite():
    assert opposite(Call("selected", ())) is None


@given(st.text(alphabet="${}ab.'\"()<>=!,and or not1-/ \n", max_size=60))
def test_any_text_is_read_or_unsupported(written):
    with contextlib.suppress(Unsupported):
        parse(written)
