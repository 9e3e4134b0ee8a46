"""Which sheets of an XLSForm are read, which are refused, and which name is a misspelt one. PURE.

Any other sheet is none of the form's: the convention leaves it to authors for their notes.
"""

from __future__ import annotations

from consortium.sheets import Sheet, Workbook
from surveys.xlsform.refused import Refused

READ = ("survey", "choices", "settings")
UNSUPPORTED = ("external_choices", "entities", "osm", "cascades", "columns", "choices and columns")
SHEETS = frozenset((*READ, *UNSUPPORTED))
_LETTERS_WRONG = 2


def sheets_by_name(workbook: Workbook, refused: Refused) -> dict[str, Sheet]:
    """The sheets that are read; those that would change what is asked are refused if they hold anything."""
    found: dict[str, Sheet] = {}
    for sheet in workbook.sheets:
        name = sheet.name.strip().casefold()
        if name in UNSUPPORTED:
            if len(sheet.rows) > 1:
                refused.add(sheet.address(1, 1), name, "xlsform_sheet_unsupported")
        elif name in found:
            refused.add(sheet.address(1, 1), name, "xlsform_sheet_twice")
        else:
            found[name] = sheet
    for name in workbook.unread:
        meant = next((each for each in READ if each not in found and _is_near(name.strip().casefold(), each)), None)
        if meant is not None:
            refused.add(None, name, "xlsform_sheet_misspelt", meant=meant)
    return found


def _is_near(name: str, meant: str) -> bool:
    """Whether one is the other with one or two letters wrong, too many or missing."""
    if abs(len(name) - len(meant)) > _LETTERS_WRONG or name == meant:
        return False
    row = list(range(len(meant) + 1))
    for place, letter in enumerate(name, start=1):
        above, row[0] = row[0], place
        for column, other in enumerate(meant, start=1):
            above, row[column] = row[column], min(above + (letter != other), row[column] + 1, row[column - 1] + 1)
    return row[-1] <= _LETTERS_WRONG
