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
HEAD = "head"
ACCOUNTANT = "accountant"
ROLES = (OFFICE, COMMITTEE, AUDITOR, TRUSTEE, REPRESENTATIVE, STAFF, EXPERT, HEAD, ACCOUNTANT)
UNIT_ROLES = (REPRESENTATIVE, STAFF, HEAD)  # held for a unit


@dataclass(frozen=True, slots=True)
class Actor:
    """A person as the rules see them, at this moment."""

    person_id: str
    name: str
    language: str
    roles: frozenset[str]
    units: frozenset[str]  # the units they represent
    leads: frozenset[str] = frozenset()  # the units they are the head of

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
    """Read the method behind each rank (rule 125): whoever sees the season, representatives and heads of units."""
    return may_see_season(actor) or bool(actor.roles & {REPRESENTATIVE, HEAD})


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
    return bool(actor.roles & {OFFICE, COMMITTEE, AUDITOR}) or unit_code in actor.units | actor.leads


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


def may_speak_on_results(actor: Actor) -> bool:
    """Approve the results of a period or send them back (rule 20); members of units sit on the committee, too."""
    return COMMITTEE in actor.roles


def may_close_approval(actor: Actor) -> bool:
    """Close the committee's decision with its minutes."""
    return bool(actor.roles & {OFFICE, COMMITTEE})


def may_hold_votes(actor: Actor) -> bool:
    """Open a vote on a scheme, call it off before it begins, count it when it is over (rule 114)."""
    return OFFICE in actor.roles


def may_sign_results(actor: Actor) -> bool:
    """Put the chief accountant's name under results (rule 100); whoever runs the season never does."""
    return ACCOUNTANT in actor.roles and OFFICE not in actor.roles


def may_see_signatures(actor: Actor) -> bool:
    """See which results are signed."""
    return may_see_season(actor) or ACCOUNTANT in actor.roles


def may_export_pay(actor: Actor) -> bool:
    """Take out the table that feeds pay, once it is signed."""
    return bool(actor.roles & {OFFICE, ACCOUNTANT})


def may_give_evidence(actor: Actor, owner_id: str | None) -> bool:
    """Say what was done for a duty (rule 99): its owner; the office for a duty that nobody owns."""
    return actor.person_id == owner_id if owner_id is not None else OFFICE in actor.roles


def may_be_on_duty(actor: Actor) -> bool:
    """Take over the office's duty, hand it over, see the log (rule 30)."""
    return OFFICE in actor.roles


def may_manage_actions(actor: Actor) -> bool:
    """Open an action for a unit, or cancel one with a reason (rule 117)."""
    return OFFICE in actor.roles


def may_carry_out(actor: Actor, unit_code: str) -> bool:
    """Say what a unit will do about an indicator, and that it is done: its representatives and its head."""
    return unit_code in actor.units | actor.leads


def require(allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence: require(may_release(actor))
    """Raise `not_allowed` unless the predicate held."""
    if not allowed:
        raise DomainError("not_allowed")
