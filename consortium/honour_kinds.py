"""The honours 评优 that a consortium gives, as `[[honours]]` of `consortium.toml` says, and as they are kept. PURE.

Refuses to know when one is opened and who gets it. Rule 48.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from consortium.document import CODE, Table
from consortium.periods import Period
from consortium.permissions import COMMITTEE, HEAD, OFFICE, REPRESENTATIVE, STAFF

UNIT, PERSON = "unit", "person"
MONTH, QUARTER, YEAR = "month", "quarter", "year"
NOMINATORS = (REPRESENTATIVE, HEAD, STAFF, OFFICE)
VOTERS = (REPRESENTATIVE, HEAD, STAFF, COMMITTEE, OFFICE)
MOST_HONOURS, MOST_PLACES, HIGHEST = 20, 20, 100
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class HonourKind:
    """One line of the configuration. `minimum` None: no score is asked for; `voters` are roles."""

    code: str
    name: Mapping[str, str]
    goes_to: str
    every: str
    places: int
    minimum: Fraction | None
    two_years: bool
    voters: tuple[str, ...]

    def fits(self, period: Period) -> bool:
        """Whether an honour of this kind is for such a period."""
        is_of = MONTH if period.is_month else QUARTER if period.quarter is not None else YEAR
        return self.every == is_of


def parse_honours(root: Table) -> tuple[HonourKind, ...]:
    """Read `[[honours]]`; what is wrong becomes findings of the document."""
    tables = root.tables("honours", least=0, most=MOST_HONOURS)
    kinds = tuple(_kind(table) for table in tables)
    codes = [kind.code for kind in kinds]
    for place, table in enumerate(tables):
        if codes[place] and codes[place] in codes[:place]:
            table.fault("code", "honour_twice", value=codes[place])
    return kinds


def _kind(table: Table) -> HonourKind:
    minimum = table.number("minimum")
    if minimum is not None and not 0 <= minimum <= HIGHEST:
        minimum = table.refuse("minimum", "out_of_range", None, low=0, high=HIGHEST)
    kind = HonourKind(
        code=table.string("code", CODE),
        name=table.wording("name", longest=LONGEST_NAME),
        goes_to=table.choice("goes_to", (UNIT, PERSON)),
        every=table.choice("every", (MONTH, QUARTER, YEAR)),
        places=table.whole("places", 1, MOST_PLACES, default=1),
        minimum=minimum,
        two_years=table.truth("two_years", default=False),
        voters=table.choices("voters", VOTERS) or (REPRESENTATIVE,),
    )
    table.refuse_unread()
    return kind


def to_stored(kinds: Iterable[HonourKind]) -> list[dict[str, Any]]:
    """As they are kept with the installation."""
    return [
        {
            "code": kind.code, "name": dict(kind.name), "goes_to": kind.goes_to, "every": kind.every,
            "places": kind.places, "minimum": None if kind.minimum is None else str(kind.minimum),
            "two_years": kind.two_years, "voters": list(kind.voters),
        }
        for kind in kinds
    ]  # fmt: skip


def from_stored(review: Mapping[str, Any]) -> tuple[HonourKind, ...]:
    """Read them back from the installation's column `review`; none where it was applied before there were any."""
    return tuple(
        HonourKind(
            **{
                **each,
                "minimum": None if each["minimum"] is None else Fraction(each["minimum"]),
                "voters": tuple(each["voters"]),
            }
        )
        for each in review.get("honours", ())
    )
