"""The sheet `choices` of an XLSForm: lists of options by name, with an own column `score`. PURE."""

from __future__ import annotations

from fractions import Fraction

from consortium.imports import exact_number
from consortium.sheets import Sheet
from surveys.structure import OTHER, Option
from surveys.xlsform.kept import design_notes
from surveys.xlsform.layout import Entry, Expected, Grid, lay_out
from surveys.xlsform.refused import Refused

REMARKS = frozenset({
    "comment", "comments", "note", "notes", "remark", "remarks", "description", "$notes", "备注", "说明",
})  # fmt: skip
"""Headings under which authors write to each other."""

MOST_IN_LIST = 2000
LARGEST_SCORE = 1000
_READ = frozenset({"list_name", "name", "label", "score"})
_UNSUPPORTED = frozenset({"image", "big_image", "audio", "video", "geometry"})
_LONGEST_CODE = 255


def lay_out_choices(sheet: Sheet | None, usual_language: str, refused: Refused) -> Grid | None:
    """The sheet under its headings; None where there is none."""
    if sheet is None or not sheet.rows:
        return None
    grid = lay_out(sheet, Expected(_READ, REMARKS, _UNSUPPORTED), usual_language, refused)
    for name in ("list_name", "name"):
        if grid.entries and not grid.has(name):
            refused.add(sheet.address(1, 1), name, "xlsform_heading_missing")
    return grid


def read_choices(grid: Grid | None, refused: Refused) -> dict[str, tuple[Option, ...]]:
    """List name → its options, in order. A code that cannot be one is refused at its cell."""
    if grid is None or not (grid.has("list_name") and grid.has("name")):
        return {}
    lists: dict[str, dict[str, Option]] = {}
    for entry in grid.entries:
        name, code = entry.text("list_name"), entry.text("name")
        if not name:
            refused.add(entry.address("list_name"), "list_name", "xlsform_cell_needed")
            continue
        options = lists.setdefault(name, {})
        if not code:
            refused.add(entry.address("name"), "name", "xlsform_cell_needed")
        elif code in options:
            refused.add(entry.address("name"), "name", "xlsform_choice_twice", value=code[:40], list=name[:40])
        elif code.startswith(OTHER) or len(code) > _LONGEST_CODE or "\n" in code:
            refused.add(entry.address("name"), "name", "xlsform_name_malformed", value=code[:40])
        else:
            options[code] = _option(entry, code, refused)
    for name, options in lists.items():
        if len(options) > MOST_IN_LIST:
            refused.add(None, name, "xlsform_list_too_long", limit=MOST_IN_LIST, list=name[:40])
    return {name: tuple(options.values()) for name, options in lists.items()}


def _option(entry: Entry, code: str, refused: Refused) -> Option:
    kept = [(name, words) for name, words in entry.filled().items() if name in REMARKS]
    return Option(code, entry.wording("label", refused), _score(entry, refused), carried=design_notes(kept))


def _score(entry: Entry, refused: Refused) -> Fraction | None:
    written = entry.text("score")
    if not written:
        return None
    try:
        score = exact_number(written)
    except ValueError:
        refused.add(entry.address("score"), "score", "xlsform_score_no_number", value=written[:40])
        return None
    if abs(score) > LARGEST_SCORE:
        refused.add(entry.address("score"), "score", "questionnaire_score_out_of_range", limit=LARGEST_SCORE)
        return None
    return score
