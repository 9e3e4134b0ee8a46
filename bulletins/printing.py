"""The printed edition: A4 by the typesetter, Chinese type from the two typefaces that travel along, charts as vectors.

Knows how the words and pictures of an edition reach the page: as data, never as markup. Any warning of the typesetter,
such as a missing typeface, is a failure. The same content gives the same bytes. Refuses to know the database.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from matplotlib.font_manager import get_font

from bulletins.alternatives import series_in_words, unit_trend_in_words
from bulletins.charts import HISTORY, TRENDS, kinds_of
from bulletins.charts_history import draw_each_series
from bulletins.charts_trends import draw_panels
from bulletins.drawing import Sheet
from bulletins.parts import BulletinContent
from bulletins.print_view import print_view
from bulletins.typefaces import SANS, SERIF, typeface_file
from bulletins.wording import name_in
from locales.texts import text

_SOURCE = Path(__file__).parent / "edition.typ"
_LONG = re.compile(r"[\x21-\x7e\u00a1-\u024f]{17,}")
_BREAK = "\u200b"
_NUMBER, _TOTAL = "\ue000", "\ue001"
_MARKS = {_NUMBER: "number", _TOTAL: "total"}


def print_edition(content: BulletinContent, language: str) -> bytes:
    """The edition as a PDF; RuntimeError where the typesetter has anything to complain about."""
    pages = typeset(content, language, "pdf")
    return pages[0]


def typeset(content: BulletinContent, language: str, form: Literal["pdf", "png"]) -> list[bytes]:
    """The same as one PDF, or as a PNG for each page."""
    import typst  # noqa: PLC0415 - the typesetter, for printed editions only

    inputs = {
        "edition": json.dumps({**_printable(_words(content, language)), "digest": content.digest}, ensure_ascii=False),
        "pictures": json.dumps(_pictures(content, language), ensure_ascii=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in (SANS, SERIF):
            (Path(folder) / name).symlink_to(typeface_file(name))  # these two and no other of the package's
        compiler = typst.Compiler(
            str(_SOURCE), root=str(_SOURCE.parent), font_paths=[folder], ignore_system_fonts=True, sys_inputs=inputs
        )
        made, warnings = compiler.compile_with_warnings(format=form, ppi=100)
    if warnings:
        raise RuntimeError(f"the typesetter warns: {warnings[0].message}")
    return made if isinstance(made, list) else [made or b""]


def _words(content: BulletinContent, language: str) -> dict[str, Any]:
    numbered = text(language, "printing.page", number=_NUMBER, total=_TOTAL)
    pieces = [_MARKS.get(piece, piece) for piece in re.split(f"({_NUMBER}|{_TOTAL})", numbered) if piece]
    return {**print_view(content, language), "page": pieces}


def _pictures(content: BulletinContent, language: str) -> dict[str, Any]:
    """The trends' panels tier by tier and the years before series by series, each with its alternative.

    Ranking and heat table are drawn in their tables, where every figure is text.
    """
    found: dict[str, Any] = {TRENDS: [], HISTORY: []}
    if TRENDS in kinds_of(content):
        for tier, sheets in zip(content.tiers, draw_panels(content, language), strict=True):
            panels = [
                _picture(sheet, f"trend-{row.code}", unit_trend_in_words(row, language))
                for row, sheet in zip(tier.units, sheets, strict=True)
            ]
            found[TRENDS].append({"name": _seen(name_in(tier.name, language, tier.code)), "panels": panels})
    for series, sheet in zip(content.history, draw_each_series(content, language), strict=True):
        found[HISTORY].append(_picture(sheet, "history", series_in_words(series, language)))
    return found


def _picture(sheet: Sheet, name: str, said: str) -> dict[str, str]:
    return {"svg": sheet.svg(re.sub("[^a-z0-9-]", "-", name.lower())).decode(), "alt": _seen(said)}


def _printable(value: Any) -> Any:
    """The same values without characters that the typefaces lack: the typesetter would print boxes for them."""
    if isinstance(value, str):
        return "\n".join(_seen(line) for line in value.split("\n"))
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_printable(each) for each in value]
    return value


def _seen(words: str) -> str:
    sans, serif = _faces()
    shown = "".join(
        character
        for character in words
        if character == " "
        or (character.isprintable() and sans.get_char_index(ord(character)) and serif.get_char_index(ord(character)))
    )
    return _LONG.sub(_breakable, shown)


def _breakable(found: re.Match[str]) -> str:
    """A word that may be longer than a narrow column, with places where it may be broken."""
    word = found[0]
    return _BREAK.join(word[start : start + 4] for start in range(0, len(word), 4))


@cache
def _faces() -> tuple[Any, Any]:
    return get_font(str(typeface_file(SANS))), get_font(str(typeface_file(SERIF)))
