"""The program that sets a poster: words as JSON on stdin, the PDF (or a picture) in base64 on stdout.

Run by `poster_print` in a confined process: a typesetter and two large typefaces are not loaded into the server. Fails
on a warning, so that a typeface that is not found stops a poster rather than spoiling it.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
from pathlib import Path
from typing import Any, Literal

import segno
import typst

from consortium.confined import serve_confined

_TEMPLATE = Path(__file__).parent / "poster.typ"
_DARK = "#1d2729"


def set_poster(content: bytes, arguments: list[str]) -> dict[str, Any]:
    """`{"pages": [base64, …]}`. The one argument is the form, `pdf` or `png`."""
    said = json.loads(content)
    compiler = typst.Compiler(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=[str(_fonts())],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(said, ensure_ascii=False), "qr": qr_code(said["url"])},
    )
    form: Literal["pdf", "png"] = "png" if arguments == ["png"] else "pdf"
    made, warnings = compiler.compile_with_warnings(format=form, ppi=110)
    if warnings:
        raise RuntimeError(warnings[0].message)
    pages = made if isinstance(made, list) else [made or b""]
    return {"pages": [base64.b64encode(page).decode() for page in pages]}


def qr_code(address: str) -> str:
    """The address as a QR code, in SVG: still readable with a corner torn off."""
    drawing = io.BytesIO()
    segno.make(address, error="q", micro=False).save(
        drawing, kind="svg", border=0, scale=10, dark=_DARK, light=None, xmldecl=False, svgclass=None, lineclass=None
    )
    return drawing.getvalue().decode()


def _fonts() -> Path:
    """Where the typefaces lie. Their package is looked up and not imported: importing it changes settings."""
    spec = importlib.util.find_spec("mplfonts")
    if spec is None or not spec.submodule_search_locations:
        msg = "the package mplfonts, which carries the typefaces, is not installed"
        raise RuntimeError(msg)
    return Path(spec.submodule_search_locations[0]) / "fonts"


if __name__ == "__main__":
    serve_confined(set_poster)
