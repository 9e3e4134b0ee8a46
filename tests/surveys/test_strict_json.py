"""JSON from elsewhere: exact, unambiguous, bounded; anything else is one refusal, never an exception."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.strict_json import MOST_LEVELS, MOST_VALUES, read_json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4),
)


def refused(text: str) -> tuple[str, str]:
    document, refusal = read_json(text)
    assert document is None
    assert refusal.link_id is None
    assert refusal.reason("zh") != refusal.reason("en")
    return refusal.code, refusal.feature


@given(PLAIN)
def test_what_json_says_is_read(document):
    assert read_json(json.dumps(document)) == (document, None)


def test_numbers_are_exact():
    document, _ = read_json("[1, 1.10, 0.1, 1e2, -0.5, 123456789012345678901234567890]")
    assert [str(each) for each in document] == ["1", "1.10", "0.1", "1E+2", "-0.5", "123456789012345678901234567890"]
    assert [type(each) for each in document] == [int, Decimal, Decimal, Decimal, Decimal, int]


@pytest.mark.parametrize(
    ("text", "code", "feature"),
    [
        ('{"status": "draft", "status": "active"}', "json_key_twice", "status"),
        ('[{"a": {"b": 1, "c": 2, "b": 1}}]', "json_key_twice", "b"),
        ("[NaN]", "number_unfit", "NaN"),
        ("[Infinity]", "number_unfit", "Infinity"),
        ("[-Infinity]", "number_unfit", "-Infinity"),
        ("[1e999999999]", "number_unfit", "1e999999999"),
        ("[1e-999999999]", "number_unfit", "1e-999999999"),
        ("[" + "9" * 5000 + "]", "number_unfit", "9" * 40),
        ("[0." + "1" * 5000 + "]", "number_unfit", "0." + "1" * 38),
        ('["\\ud800"]', "json_half_character", "JSON"),
        ('{"\\udfff": 1}', "json_half_character", "JSON"),
        ('[["x", {"a": "好\\ud83d"}]]', "json_half_character", "JSON"),
        ("", "json_malformed", "JSON"),
        ("{", "json_malformed", "JSON"),
        ("{'a': 1}", "json_malformed", "JSON"),
        ('{"a": 1,}', "json_malformed", "JSON"),
        ('{"a": 1} x', "json_malformed", "JSON"),
        ('["\n"]', "json_malformed", "JSON"),
        ("[01]", "json_malformed", "JSON"),
    ],
)
def test_what_readers_would_take_differently_is_refused(text, code, feature):
    assert refused(text) == (code, feature)


def test_whole_pairs_of_surrogates_are_characters():
    assert read_json('["\\ud83d\\ude00"]') == (["😀"], None)


def test_where_it_is_malformed_is_said():
    _, refusal = read_json('{"a": 1,\n "b": }')
    assert refusal.details == {"line": 2, "column": 7}


@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 900, 5000, 200_000])
@pytest.mark.parametrize("brackets", ["[]", ('{"a":', "1", "}")])
def test_depth_is_bounded(depth, brackets):
    opening, inside, closing = brackets if len(brackets) == 3 else ("[", "", "]")
    assert refused(opening * depth + inside + closing * depth)[0] == "document_too_deep"


def test_the_deepest_that_is_taken():
    text = "[" * MOST_LEVELS + "]" * MOST_LEVELS
    assert read_json(text)[1] is None


@pytest.mark.parametrize(
    "text", ["[" * 8_000_000, "[" + "1," * MOST_VALUES + "1]", "[" + "{}," * (MOST_VALUES // 2) + "{}]"]
)
def test_more_values_than_any_form_has_are_refused_unread(text):
    assert refused(text)[0] == "document_too_large"


def test_a_long_text_is_one_value():
    assert read_json('["' + "a" * 5_000_000 + '"]')[1] is None


@given(st.text(alphabet='[]{}",:0123456789eE+-.\\uadnultrfse \n', max_size=40))
def test_any_text_is_read_or_refused(text):
    document, refusal = read_json(text)
    if refusal is None:
        assert json.loads(text, parse_float=Decimal) == document
