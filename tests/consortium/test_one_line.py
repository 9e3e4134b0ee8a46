from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortium.one_line import one_line


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("", ""),
        (" \t\n\u200b\u202e\u0000 ", ""),
        ("两\r\n行\u2028三", "两 行 三"),
        ("  a\u00a0\u3000b  ", "a b"),
        ("cafe\u0301", "café"),
        ("a\u202egnirts\u202c", "agnirts"),
        ("\ud83d", ""),
        ("👍🏽 好", "👍🏽 好"),
    ],
)
def test_a_line_is_what_can_be_seen(written, line):
    assert one_line(written) == line


@given(st.text())
def test_a_line_stays_as_it_is(written):
    line = one_line(written)
    assert one_line(line) == line
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
