from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.comments import LARGEST_COMMENT, LONGEST_COMMENT, cut_comment, tidy_comment
from tests.reviews.season import refusal


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("", ""),
        (" \n\t　 ", ""),
        ("转诊  很快，\r\n谢谢。", "转诊 很快， 谢谢。"),
        ("e\u0301", "é"),
        ("a\u200bb\u202ec\u0000d\ufeffe", "abcde"),
        ("a\ud800b", "ab"),
        ("<b>不错</b> {name}", "<b>不错</b> {name}"),
    ],
)
def test_comment_is_one_tidy_line(written, tidy):
    assert tidy_comment(written) == cut_comment(written) == tidy


@pytest.mark.parametrize("longest", ["票" * 200, "a" * 200, "😀" * 150])
def test_comment_may_be_so_long_and_no_longer(longest):
    assert tidy_comment(longest) == cut_comment(longest) == longest
    with refusal("comment_too_long", limit=200):
        tidy_comment(longest + longest[0])
    assert cut_comment(longest + longest[0]) == longest


@given(st.text(max_size=700))
def test_comment_out_of_any_ballot_is_tidy_and_fits(written):
    comment = cut_comment(written)
    assert len(comment) <= LONGEST_COMMENT
    assert len(comment.encode()) <= LARGEST_COMMENT
    assert tidy_comment(comment) == comment


def test_comment_that_is_cut_at_a_space_has_none_at_its_end():
    assert cut_comment("a" * 199 + " bcd") == "a" * 199
