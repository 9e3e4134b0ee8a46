"""Small files of every kind that evidence may be, and some that only look like it."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def office(*parts: str, contents: bool = True) -> bytes:
    """An archive with these parts, as Office writes one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("[Content_Types].xml",) * contents + parts:
            archive.writestr(part, "<x/>")
    return out.getvalue()


XLSX, DOCX = office("xl/workbook.xml"), office("word/document.xml")
