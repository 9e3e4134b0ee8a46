"""Patterns: what fits, what is refused, and that none of them can hang."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.patterns import LONGEST_PATTERN, compile_pattern, fits

EMAIL = r'^(([^<>()[\]\\.,;:\s@"]+(\.[^<>()[\]\\.,;:\s@"]+)*))@(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,})$'


def is_fit(written: str, text: str) -> bool:
    pattern = compile_pattern(written)
    assert pattern is not None, written
    return fits(pattern, text)


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        (r"[0-9]{10}", "0123456789", True),
        (r"[0-9]{10}", "012345678", False),
        (r"^[0-9]{10}$", "0123456789", True),
        (r"1[3-9]\d{9}", "13800138000", True),
        (r"1[3-9]\d{9}", "١3800138000", False),  # digits of another script are no digits here
        (r"a|bc|", "", True),
        (r"a|bc|", "bc", True),
        (r"a|bc|", "b", False),
        (r"(?:ab)+", "abab", True),
        (r"(?:ab)+", "aba", False),
        (r"(a*)*b", "aaab", True),
        (r"a{2,}", "a", False),
        (r"a{2,}", "aaaa", True),
        (r"a{2,3}", "aaaa", False),
        (r"a{0}b", "b", True),
        (r"(?P<year>\d{4})-(?<month>\d\d)", "2026-03", True),
        (r"(?<a>x|y)+", "xyx", True),
        (r"\Aab\Z", "ab", True),
        (r"\Aab\z", "abc", False),
        (r"a+?b??", "aa", True),
        (r"[^a-c]", "d", True),
        (r"[^a-c]", "b", False),
        (r"[]a]", "]", True),
        (r"[a-]", "-", True),
        (r"[\w.-]+", "a_b.c-9", True),
        (r"[\D]", "5", False),
        (r"\S+", "a b", False),
        (r".", "\n", False),
        (r".", "👍", True),
        (r"[一-鿿]{2,4}", "张伟", True),
        (r"\u4e2d\x41", "中A", True),
        (r"a^b", "ab", False),
        (r"(^a|b$)", "b", True),
        (r"^$", "", True),
        ("", "", True),
        (EMAIL, "mei@example.org", True),
        (EMAIL, "mei@example", False),
    ],
)
def test_pattern_fits_the_whole_text_or_not(written, text, expected):
    assert is_fit(written, text) is expected


@pytest.mark.parametrize(
    "written",
    [
        r"(a)\1", r"(?=a)a", r"(?!a)b", r"(?<=a)b", r"(?<!a)b", r"(?P=n)", r"(?P<>a)", r"(?<1>a)", r"(?<n", r"(?i)a", r"\bword\b", r"\p{L}", r"\k<n>",
        "a{2", "a{b}", "a{3,2}", "a{99999}", "(a{99}){99}", "a**", "a{2}{3}", "+a", "(", ")", "(a", "a)", "[a", "[b-a]",
        "[\\d-z", "\\", "\\u12", "\\xg0", "^*", "(" * 50 + ")" * 50, "a" * (LONGEST_PATTERN + 1),
        "((a{10}){10}){11}",
    ],
)  # fmt: skip
def test_pattern_beyond_an_automaton_is_refused(written):
    assert compile_pattern(written) is None


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"(a+)+b", "a" * 2000),
        (r"(a|a)*b", "a" * 2000),
        (r"(a|aa)+$b", "a" * 2000),
        (r"(.*)*x(.*)*y", "x" * 2000),
        (r"a*a*a*a*a*a*a*a*b", "a" * 2000),
        (r"(a?){200}a{200}", "a" * 399),
        (r"([a-z]*){30}[0-9]", "a" * 2000),
        (EMAIL, "a@" + "a." * 900),
    ],
)
def test_pattern_made_to_hang_does_not(written, text):
    started = time.process_time()
    is_fit(written, text)
    assert time.process_time() - started < 3


@given(
    st.text(alphabet="ab01-^$.*+?{}()[]|,\\ds", max_size=12),
    st.lists(st.text(alphabet="ab01-", max_size=6), max_size=5),
)
@settings(max_examples=100)
def test_pattern_that_is_taken_means_what_it_means_to_others(written, texts):
    pattern = compile_pattern(written)
    if pattern is None:
        return
    with warnings.catch_warnings():  # Python warns of what may mean something else one day
        warnings.simplefilter("ignore", FutureWarning)
        theirs = re.compile(written, re.ASCII)
    for text in texts:
        # Python's $ also fits before a last line end; no text here has one
        assert fits(pattern, text) == (theirs.fullmatch(text) is not None), (written, text)


@given(st.text(max_size=40))
@settings(max_examples=80)
def test_any_string_is_a_pattern_or_refused(written):
    pattern = compile_pattern(written)
    assert pattern is None or fits(pattern, "x") in {True, False}
