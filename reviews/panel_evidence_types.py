"""PURE: what kind of file somebody hands in as evidence, seen from its first bytes, and a name that is safe to show.

Knows five kinds: PDF, PNG, JPEG, and workbooks and documents of Office without macros. Refuses to open any of them, and
to believe what a file says of itself by its name.
"""

from __future__ import annotations

import re

from consortium.one_line import one_line

PDF, PNG, JPEG, XLSX, DOCX = "pdf", "png", "jpg", "xlsx", "docx"
KINDS = (PDF, PNG, JPEG, XLSX, DOCX)
LONGEST_NAME = 80
"""Characters of a name, besides the ending."""

_BEGINNINGS = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
_ARCHIVE = b"PK\x03\x04"
_CONTENTS = b"[Content_Types].xml"
_MAIN_PARTS = {XLSX: b"xl/workbook.xml", DOCX: b"word/document.xml"}
_MACROS = b"vbaProject.bin"
_UNSAFE = re.compile(r'[<>:"/\\|?*%;=\']+')
_LARGEST_NAME = 240  # bytes: with the ending, what file systems take


def evidence_kind(content: bytes) -> str | None:
    """One of `KINDS`, or None: anything else, and Office files with macros.

    An archive's directory spells the names of its parts in clear, so that nothing need be unpacked to see them.
    """
    for kind, beginning in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if not content.startswith(_ARCHIVE) or _CONTENTS not in content or _MACROS in content:
        return None
    parts = [kind for kind, part in _MAIN_PARTS.items() if part in content]
    return parts[0] if len(parts) == 1 else None


def evidence_name(written: str, kind: str) -> str:
    """A file's name without folders, without what systems and headers stumble over, with the ending of its kind.

    Where nothing is left of it, "evidence".
    """
    last = re.split(r"[/\\]", written)[-1]
    stem = " ".join(_UNSAFE.sub(" ", one_line(last)).split())
    stem = re.sub(rf"\.({'|'.join(KINDS)}|jpeg)$", "", stem, flags=re.IGNORECASE).strip(" .")
    short = stem[:LONGEST_NAME].encode()[:_LARGEST_NAME].decode(errors="ignore").strip(" .")
    return f"{short or 'evidence'}.{kind}"
