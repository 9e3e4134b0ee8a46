"""What counts as evidence by its bytes, and what is left of a hostile name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.panel_evidence_types import KINDS, evidence_kind, evidence_name
from tests.reviews.evidence_files import DOCX, JPEG, PDF, PNG, XLSX, office


@pytest.mark.parametrize(
    ("content", "kind"), [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg"), (XLSX, "xlsx"), (DOCX, "docx")]
)
def test_five_kinds_are_known_by_their_bytes(content, kind):
    assert evidence_kind(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b" %PDF-1.7",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\0",
        b"GIF89a",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  # an old or an encrypted Office file
        b"PK\x03\x04",
        office("a.txt"),
        office("xl/workbook.xml", contents=False),
        office("xl/workbook.xml", "xl/vbaProject.bin"),
        office("word/document.xml", "word/vbaProject.bin"),
        office("xl/workbook.xml", "word/document.xml"),
        XLSX[:30],
    ],
    ids=range(15),
)
def test_anything_else_is_none_of_them(content):
    assert evidence_kind(content) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("制度文件.pdf", "制度文件.pdf"),
        ("a.PDF", "a.pdf"),
        ("a.exe", "a.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\li\\平台 截图.png", "平台 截图.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie x 1.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("evil\u202egnp.exe", "evilgnp.exe.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("", "evidence.pdf"),
        ("...", "evidence.pdf"),
        ("a\u0301.pdf", "á.pdf"),
        ("%2e%2e.pdf", "2e 2e.pdf"),
        ("x" * 500, "x" * 80 + ".pdf"),
        ("评" * 500, "评" * 80 + ".pdf"),
        ("😀" * 90, "😀" * 60 + ".pdf"),
    ],
)
def test_names_are_cleaned(written, name):
    assert evidence_name(written, "pdf") == name


@given(st.text(max_size=200), st.sampled_from(KINDS))
def test_a_name_is_safe_whatever_was_written(written, kind):
    name = evidence_name(written, kind)
    assert name.endswith(f".{kind}")
    assert 0 < len(name.encode()) <= 245
    assert not set(name) & set("<>:\"/\\|?*%;='\r\n\0")
    assert evidence_name(name, kind) == name
