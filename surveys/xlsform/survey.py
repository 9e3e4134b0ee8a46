"""The sheet `survey` of an XLSForm, row after row: items in their groups. PURE.

Knows order: what begins must end, and each name stands once in the whole form, since it becomes the id. Refuses to know
what is inside a row (`rows`) and what conditions say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.structure import GROUP, Option
from surveys.xlsform.layout import Entry, Grid
from surveys.xlsform.refused import Refused
from surveys.xlsform.rows import Item, read_item
from surveys.xlsform.types import END, Asked, read_type

MOST_OPTIONS = 50_000
"""Of all questions together: a list counts as often as it is asked."""

_REPEAT = "repeat"
_NEEDLESS_AT_END = ("label", "relevant", "required", "constraint", "default", "read_only")


@dataclass(frozen=True, slots=True)
class _Open:
    """A group or repeat that has begun: its row, its kind, the id of the group that items in it stand in."""

    entry: Entry
    kind: str
    id: str | None


def read_items(
    grid: Grid, lists: Mapping[str, tuple[Option, ...]], refused: Refused
) -> tuple[list[Item], frozenset[str]]:
    """The items in order, and every name there is, of refused rows too."""
    missing = [name for name in ("type", "name") if not grid.has(name)]
    for name in missing:
        refused.add(grid.sheet.address(1, 1), name, "xlsform_heading_missing")
    if not grid.entries:
        refused.add(grid.sheet.address(1, 1), "survey", "xlsform_survey_empty")
    walk = _Walk(lists, refused)
    for entry in () if missing else grid.entries:
        walk.step(entry)
        if walk.options > MOST_OPTIONS:
            refused.add(None, "choices", "xlsform_too_many_options", limit=MOST_OPTIONS)
            break
    walk.end()
    return walk.items, frozenset(walk.names)


class _Walk:
    """Where the reading stands: what was read, which names are taken, what is open."""

    def __init__(self, lists: Mapping[str, tuple[Option, ...]], refused: Refused) -> None:
        self.items: list[Item] = []
        self.names: dict[str, str] = {}
        self.options = 0
        self._open: list[_Open] = []
        self._lists = lists
        self._refused = refused

    def step(self, entry: Entry) -> None:
        asked = self._asked(entry)
        if asked.side == END:
            self._close(entry, _kind(asked))
            return
        holder = self._open[-1].id if self._open else None
        item = None if asked.unsupported else read_item(entry, asked, holder, self._lists, self._refused)
        self._take_name(entry, entry.text("name") if item is None else item.question.id)
        if item is not None:
            self.options += len(item.question.options)
            self.items.append(item)
        if asked.side:
            self._open.append(_Open(entry, _kind(asked), holder if item is None else item.question.id))

    def end(self) -> None:
        for each in self._open:
            self._refused.add(each.entry.address("type"), f"begin {each.kind}", "xlsform_group_unclosed")

    def _asked(self, entry: Entry) -> Asked:
        """What a row asks for; refused at its type where nobody here can ask it."""
        written = entry.text("type")
        if not written:
            self._refused.add(entry.address("type"), "type", "xlsform_cell_needed")
            return Asked(unsupported="type")
        asked = read_type(written)
        if asked.unsupported and asked.side != END:
            code = "xlsform_type_records" if asked.is_recording else "xlsform_type_unsupported"
            self._refused.add(entry.address("type"), asked.unsupported, code)
        return asked

    def _take_name(self, entry: Entry, name: str) -> None:
        if name in self.names:
            first = self.names[name]
            self._refused.add(entry.address("name"), "name", "xlsform_name_twice", value=name[:40], first=first)
        elif name:
            self.names[name] = entry.address("name")

    def _close(self, entry: Entry, kind: str) -> None:
        for name in entry.filled():
            if name in _NEEDLESS_AT_END:
                self._refused.add(entry.address(name), name, "xlsform_cell_needless", type=f"end {kind}")
        if not self._open or self._open[-1].kind != kind:
            self._refused.add(entry.address("type"), f"end {kind}", "xlsform_group_not_open")
            return
        self._open.pop()


def _kind(asked: Asked) -> str:
    return _REPEAT if asked.unsupported else GROUP
