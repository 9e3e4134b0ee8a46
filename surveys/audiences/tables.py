"""Tables of other audiences that leave the house: groups of a blind survey as they are shown, third parties' results.

What is hidden on the page is hidden here: the cells are empty and a note says why. Refuses to know who may have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from consortium.disclosure import may_show_count
from consortium.tables_out import Cell, Sheet
from locales.numbers import plain, rounded
from locales.texts import pick, text
from surveys.audiences.groups import GroupFigures, UnitGroups
from surveys.audiences.models import ThirdPartyResult
from surveys.intervals import Estimate, interval
from surveys.structure import Questionnaire

GROUPS_HEADER = (
    "unit", "month", "questionnaire", "group", "measure", "measure_name", "definition", "score", "low", "high", "n",
    "note",
)  # fmt: skip
THIRD_PARTY_HEADER = ("unit", "unit_name", "window", "source", "definition", "score", "low", "high", "n")
_SCORE = "score"


def groups_sheet(
    found: Iterable[tuple[UnitGroups, Questionnaire]], *, unit_code: str, definition: str, language: str
) -> Sheet:
    """The unit and its groups, a row for each figure; surveys without an answer have none."""
    rows: list[list[Cell]] = []
    for groups, form in found:
        names = {dimension.code: pick(dimension.name, language) for dimension in form.dimensions}
        for each in (groups.whole, *groups.groups):
            if each.n == 0:
                continue
            head: list[Cell] = [unit_code, str(groups.period), form.id, _group_name(each, language)]
            rows += ([*head, *row] for row in _figures(each, names, definition=definition, language=language))
    return Sheet("groups", GROUPS_HEADER, rows, {"group": 24, "measure_name": 24, "note": 24})


def third_party_sheet(
    found: Iterable[ThirdPartyResult], *, units: Mapping[str, Mapping[str, str]], language: str
) -> Sheet:
    """Results of third parties as they were imported; a definition after a `~` is the third party's own."""
    rows: list[list[Cell]] = [
        [
            each.unit_code, pick(units.get(each.unit_code, {}), language), each.period, each.source, each.definition,
            *(_exact(figure, each.n) for figure in (each.score, each.low, each.high)), each.n,
        ]
        for each in found
    ]  # fmt: skip
    return Sheet("third_party", THIRD_PARTY_HEADER, rows, {"unit_name": 24, "source": 28, "definition": 28})


def _group_name(found: GroupFigures, language: str) -> str:
    if found.name is None:
        return text(language, "audiences.whole")
    return found.name or text(language, "audiences.no_group")


def _figures(found: GroupFigures, names: Mapping[str, str], *, definition: str, language: str) -> Iterable[list[Cell]]:
    whole = text(language, "results.measure.score")
    if found.n is None:
        yield [_SCORE, whole, definition, None, None, None, None, text(language, "results.note.hidden")]
        return
    for code, figure in ((_SCORE, found.score), *found.dimensions.items()):
        name = whole if code == _SCORE else names.get(code, code)
        yield [
            code,
            name,
            definition,
            *_cells(figure),
            found.n,
            "" if figure else text(language, "results.note.hidden"),
        ]


def _cells(figure: Estimate | None) -> list[Cell]:
    """Score and both ends of its interval."""
    if figure is None:
        return [None, None, None]
    ends = interval(figure)
    return [_rounded(value) for value in (figure.value, ends.low, ends.high)]


def _exact(figure: Fraction | None, n: int) -> Decimal | None:
    """As it was imported; nothing where too few people are behind it."""
    return Decimal(plain(figure)) if figure is not None and may_show_count(n) else None


def _rounded(value: Fraction) -> Decimal:
    return Decimal(rounded(value))
