"""How a sheet of an XLSForm is laid out: its headings, which of them are read, and the cells under them. PURE.

Headings are taken in every spelling that the convention knows: `label::English (en)`, `Label:English`,
`bind::relevant`, `list name`. A heading nobody reads is refused by name if anything stands under it; one that asks for
something unsupported is refused at each cell. Refuses to know what questions are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consortium.sheets import Cell, Sheet
from surveys.plain_text import clean_text, is_blank
from surveys.xlsform.languages import language_tag
from surveys.xlsform.refused import Refused

TRANSLATED = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message"})
_MEDIA = frozenset({"image", "big_image", "audio", "video"})
_OTHER_NAMES = {
    "caption": "label", "relevance": "relevant", "command": "type", "tag": "name", "value": "name",
    "readonly": "read_only", "constraining_message": "constraint_message", "requiredmsg": "required_message",
    "calculate": "calculation", "count": "repeat_count", "jr:count": "repeat_count", "set_form_title": "form_title",
    "title": "form_title", "set_form_id": "form_id", "id_string": "form_id", "big-image": "big_image",
    "bind::relevant": "relevant", "bind::constraint": "constraint", "bind::required": "required",
    "bind::readonly": "read_only", "bind::calculate": "calculation", "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message", "control::appearance": "appearance", "body::appearance": "appearance",
    "media::image": "image", "media::big-image": "big_image", "media::audio": "audio", "media::video": "video",
}  # fmt: skip
_SWITCHES = frozenset({"disabled", "allow_choice_duplicates", "auto_send", "auto_delete"})
"""Headings under which "no" asks for what is done anyway."""

YES, NO = frozenset({"yes", "true", "true()"}), frozenset({"no", "false", "false()"})

_PAIRED = ("bind", "control", "body", "media")  # headings whose second part belongs to their name
_SPLIT = re.compile(r"\s*::?\s*")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_SHOWN = 60

Places = Mapping[str, list[int]]
"""Name of a heading → the columns under it, one for each language."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading: its place, its words, the name that it stands for and the language of what is under it."""

    place: int
    written: str
    name: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a sheet may say: what is read, what is kept beside without being read, what is refused cell by cell."""

    read: frozenset[str]
    kept: frozenset[str]
    unsupported: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name in self.read or name in self.kept


class Entry:
    """One filled row under the headings."""

    def __init__(self, sheet: Sheet, columns: Mapping[int, Column], places: Places, cells: tuple[Cell, ...]) -> None:
        self._sheet = sheet
        self._columns = columns
        self._places = places
        self.cells = {cell.column: cell for cell in cells}
        self.number = cells[0].row

    def text(self, name: str) -> str:
        """The words under a heading; "" where there are none."""
        return next((self.cells[place].text for place in self._under(name) if place in self.cells), "")

    def address(self, name: str) -> str:
        """The cell under a heading, filled or not; that of the first column where there is no such heading."""
        places = self._under(name)
        filled = next((place for place in places if place in self.cells), None)
        return self._sheet.address(self.number, filled or next(iter(places), min(self._columns, default=1)))

    def address_of(self, place: int) -> str:
        return self._sheet.address(self.number, place)

    def wording(self, name: str, refused: Refused) -> dict[str, str]:
        """The words under a translated heading, by language. `${…}` inside them is refused: nothing fills it in."""
        words: dict[str, str] = {}
        for place in self._under(name):
            if place not in self.cells:
                continue
            written = clean_text(self.cells[place].text)
            if _REFERENCE.search(self.cells[place].text):
                refused.add(self.address_of(place), "${…}", "xlsform_reference_in_text")
            elif written is not None and not is_blank(written):
                words[self._columns[place].language or ""] = written
        return words

    def filled(self) -> dict[str, str]:
        """Name → words of the first filled cell under it."""
        found: dict[str, str] = {}
        for place, cell in sorted(self.cells.items()):
            if place in self._columns:
                found.setdefault(self._columns[place].name, cell.text)
        return found

    def _under(self, name: str) -> list[int]:
        return self._places.get(name, [])


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet with its headings understood."""

    sheet: Sheet
    columns: Mapping[int, Column]
    entries: tuple[Entry, ...]

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns.values())

    def languages(self) -> list[str]:
        """Languages in which something is labelled, in the order of the headings."""
        labels = [column for column in self.columns.values() if column.name == "label" and column.language]
        filled = {place for entry in self.entries for place in entry.cells}
        return list(dict.fromkeys(str(column.language) for column in labels if column.place in filled))


def lay_out(sheet: Sheet, expected: Expected, usual_language: str, refused: Refused) -> Grid:
    """The sheet under its headings; what cannot be taken is refused."""
    header = sheet.rows[0] if sheet.rows else ()
    filled = {cell.column for row in sheet.rows[1:] for cell in row}
    columns: dict[int, Column] = {}
    for cell in header:
        if cell.column not in filled and _heading(cell, None).name not in expected.read - TRANSLATED:
            continue  # nothing stands under it
        column = _column(sheet, cell, expected, usual_language, refused)
        if column is None:
            continue
        twin = next((each for each in columns.values() if _stands_for(each) == _stands_for(column)), None)
        if twin is not None and cell.column in filled:
            refused.add(
                sheet.address(cell.row, cell.column), column.written, "xlsform_heading_twice", first=twin.written
            )
        elif twin is None:
            columns[cell.column] = column
    _refuse_cells(sheet, header, columns, expected, refused)
    places: dict[str, list[int]] = {}
    for place, column in columns.items():
        places.setdefault(column.name, []).append(place)
    entries = tuple(Entry(sheet, columns, places, cells) for cells in sheet.rows[1:])
    return Grid(sheet, columns, entries)


def _column(sheet: Sheet, cell: Cell, expected: Expected, usual_language: str, refused: Refused) -> Column | None:
    """A heading that is read, kept or refused at its cells; None where it is refused itself."""
    column = _heading(cell, usual_language)
    if column.name not in expected and column.name not in expected.unsupported:
        refused.add(sheet.address(cell.row, cell.column), column.written, "xlsform_heading_unknown")
        return None
    if column.language == "":
        refused.add(sheet.address(cell.row, cell.column), column.written, "xlsform_language_unknown")
        return None
    return column


def _heading(cell: Cell, usual_language: str | None) -> Column:
    """`label::English (en)` → label, en. A language that is not recognised is ""."""
    written = cell.text[:_SHOWN]
    parts = _SPLIT.split(cell.text)
    name = _snake(parts[0])
    if name in _PAIRED and len(parts) > 1:
        rest = ":".join(parts[1:3]).lower() if parts[1].lower() == "jr" else parts[1].lower()
        name, parts = f"{name}::{rest}", parts[2 if ":" not in rest else 3 :]
    elif name == "jr" and len(parts) > 1:
        name, parts = f"jr:{parts[1].lower()}", parts[2:]
    else:
        parts = parts[1:]
    name = _OTHER_NAMES.get(name, name)
    if name in _MEDIA:
        return Column(cell.column, written, name, None)
    if name not in TRANSLATED:
        return Column(cell.column, written, name if not parts else _snake(cell.text), None)
    if not parts:
        return Column(cell.column, written, name, usual_language)
    return Column(cell.column, written, name, language_tag(":".join(parts)) or "")


def _snake(written: str) -> str:
    return "_".join(written.split()).lower()


def _stands_for(column: Column) -> tuple[str, str | None]:
    return column.name, column.language


def _refuse_cells(
    sheet: Sheet, header: Iterable[Cell], columns: Mapping[int, Column], expected: Expected, refused: Refused
) -> None:
    """Cells without a heading above them, and cells that ask for what is not supported."""
    headed = {cell.column for cell in header}
    for row in sheet.rows[1:]:
        for cell in row:
            if cell.column not in headed:
                refused.add(sheet.address(cell.row, cell.column), cell.text[:_SHOWN], "cell_without_column")
                continue
            name = columns[cell.column].name if cell.column in columns else ""
            if name in expected.unsupported and not (name in _SWITCHES and cell.text.lower() in NO):
                refused.add(sheet.address(cell.row, cell.column), name, "xlsform_unsupported")
