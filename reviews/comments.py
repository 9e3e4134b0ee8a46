"""PURE: a comment on a unit as it may lie in a ballot: one line, tidy, and never so long that it would not fit.

Knows one text. Refuses to know whose it is. What becomes of comments after a count is `reviews.comment_desk`.
"""

from __future__ import annotations

from consortium.one_line import one_line
from locales.errors import DomainError

LONGEST_COMMENT = 200  # characters
LARGEST_COMMENT = 600  # bytes in UTF-8: what fits into a ballot, whatever else stands there


def tidy_comment(written: str) -> str:
    """The comment in normal form NFC, without line breaks, control and invisible characters; "" for none.

    `comment_too_long` beyond 200 characters or 600 bytes.
    """
    comment = one_line(written)
    if not _fits(comment):
        raise DomainError("comment_too_long", limit=LONGEST_COMMENT)
    return comment


def cut_comment(written: str) -> str:
    """A comment out of a ballot that somebody's page sealed, whatever it holds: tidy, cut where it is too long."""
    comment = one_line(written)[:LONGEST_COMMENT]
    while not _fits(comment):
        comment = comment[:-1]
    return comment.rstrip()


def _fits(comment: str) -> bool:
    return len(comment) <= LONGEST_COMMENT and len(comment.encode()) <= LARGEST_COMMENT
