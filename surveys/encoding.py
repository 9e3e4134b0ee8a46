"""The text of a file from elsewhere: UTF-8, with or without its mark, and not the wrong kind of text. PURE."""

from __future__ import annotations

from surveys.refusals import Refusal, refuse

_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_text(content: bytes) -> tuple[str, Refusal | None]:
    """The text of a file in UTF-8, with or without its mark; ("", refusal) for anything else."""
    if content.startswith(_WIDE_MARKS):
        return "", refuse("encoding", "file_utf16")
    body = content.removeprefix(_UTF8_MARK)
    if not body.strip():
        return "", refuse("file", "file_empty")
    if b"\0" in body:
        return "", refuse("file", "file_not_text")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "", refuse("encoding", "file_not_utf8")
    return ("", refuse("XML", "file_is_xml")) if text.lstrip().startswith("<") else (text, None)
