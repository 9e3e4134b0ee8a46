"""Who may do what. PURE predicates over an Actor; roles are looked up anew at every call, never kept in a button."""

from __future__ import annotations

from dataclasses import dataclass

from locales.errors import DomainError

OFFICE = "office"
COMMITTEE = "committee"
AUDITOR = "auditor"
TRUSTEE = "trustee"
REPRESENTATIVE = "representative"
STAFF = "staff"
EXPERT = "expert"
ROLES = (OFFICE, COMMITTEE, AUDITOR, TRUSTEE, REPRESENTATIVE, STAFF, EXPERT)
UNIT_ROLES = (REPRESENTATIVE, STAFF)  # held for a unit


@dataclass(frozen=True, slots=True)
class Actor:
    """A person as the rules see them, at this moment."""

    person_id: str
    name: str
    language: str
    roles: frozenset[str]
    units: frozenset[str]  # the units they represent

    @property
    def ref(self) -> str:
        return f"person:{self.person_id}"


def may_run_season(actor: Actor) -> bool:
    """See progress, remind, settle, draft."""
    return OFFICE in actor.roles


def may_see_season(actor: Actor) -> bool:
    """See how far the season is, unit by unit."""
    return bool(actor.roles & {OFFICE, COMMITTEE, AUDITOR})


def may_read_schemes(actor: Actor) -> bool:
    """Read the method behind each rank (rule 125): whoever sees the season, and the representatives of units."""
    return may_see_season(actor) or REPRESENTATIVE in actor.roles


def may_propose_release(actor: Actor) -> bool:
    return OFFICE in actor.roles


def may_release(actor: Actor, *, proposed_by: str | None) -> bool:
    """Two people release a bulletin: the second is never the first."""
    return OFFICE in actor.roles and actor.person_id != proposed_by


def may_manage_people(actor: Actor) -> bool:
    """Make sign-in links, confirm accounts, bind groups."""
    return OFFICE in actor.roles


def may_cast_ballot(actor: Actor, unit_code: str) -> bool:
    """The rater is the unit; any of its representatives casts for it (rule 21)."""
    return REPRESENTATIVE in actor.roles and unit_code in actor.units


def may_mark_units(actor: Actor) -> bool:
    """Mark qualitative indicators as one of the panel (rule 18); of which units, the panel's tasks say."""
    return EXPERT in actor.roles


def may_hand_in_evidence(actor: Actor, unit_code: str) -> bool:
    """Put files before the panel for a unit: its representatives, and the office."""
    return OFFICE in actor.roles or (REPRESENTATIVE in actor.roles and unit_code in actor.units)


def may_see_unit(actor: Actor, unit_code: str) -> bool:
    """A unit's own details: itself, the office, the committee, the auditors."""
    return bool(actor.roles & {OFFICE, COMMITTEE, AUDITOR}) or unit_code in actor.units


def may_object(actor: Actor, unit_code: str) -> bool:
    """Raise an objection for a unit, and take it back (rule 29)."""
    return REPRESENTATIVE in actor.roles and unit_code in actor.units


def may_decide_objections(actor: Actor) -> bool:
    """Decide objections; never those of a unit one belongs to, which the use case looks up."""
    return bool(actor.roles & {OFFICE, COMMITTEE})


def may_give_share(actor: Actor) -> bool:
    """Give a share of the key that opens ballots, and with another trustee begin a count."""
    return TRUSTEE in actor.roles


def may_read_drafts(actor: Actor) -> bool:
    return bool(actor.roles & {OFFICE, COMMITTEE})


def may_propose_veto(actor: Actor) -> bool:
    """Propose to make a unit's score void (rule 36)."""
    return bool(actor.roles & {OFFICE, AUDITOR})


def may_decide_veto(actor: Actor, *, proposed_by: str | None) -> bool:
    """Uphold or refuse it, or lift it: the committee, and never the one who proposed."""
    return COMMITTEE in actor.roles and actor.person_id != proposed_by


def require(allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence: require(may_release(actor))
    """Raise `not_allowed` unless the predicate held."""
    if not allowed:
        raise DomainError("not_allowed")
