"""`[[duties]]` of `consortium.toml`: the list of duties 权责清单, line by line (rule 99). PURE."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from consortium.document import CODE, Findings, Form, Table

PARTIES = ("authority", "group", "lead", "member")
MOST_DUTIES = 200

_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class DutyDefinition:
    """One duty: whose it is as a party, and perhaps the person who answers for it, and the unit."""

    code: str
    name: Mapping[str, str]
    party: str
    owner: str | None = None
    unit: str | None = None


def parse_duties(tables: Sequence[Table], *, person: Form) -> tuple[DutyDefinition, ...]:
    """The duties in their order; `person` is how an id of a person looks."""
    return tuple(_duty(table, person) for table in tables)


def check_duties(
    duties: Sequence[DutyDefinition], *, units: Collection[str], people: Collection[str], findings: Findings
) -> None:
    """A code stands once; owners and units are listed."""
    first: dict[str, str] = {}
    for place, duty in enumerate(duties):
        key = f"duties[{place}]"
        if duty.code and duty.code in first:
            findings.add(f"{key}.code", "duty_twice", value=duty.code, first=first[duty.code])
        first.setdefault(duty.code, f"{key}.code")
        if duty.owner and duty.owner not in people:
            findings.add(f"{key}.owner", "duty_owner_not_listed", person=duty.owner)
        if duty.unit and duty.unit not in units:
            findings.add(f"{key}.unit", "unit_not_listed", unit=duty.unit)


def _duty(table: Table, person: Form) -> DutyDefinition:
    duty = DutyDefinition(
        code=table.string("code", CODE),
        name=table.wording("name", longest=_NAME_LENGTH),
        party=table.choice("party", PARTIES),
        owner=table.string("owner", person, default="") or None,
        unit=table.string("unit", CODE, default="") or None,
    )
    table.refuse_unread()
    return duty
