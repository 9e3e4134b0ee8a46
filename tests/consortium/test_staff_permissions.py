"""Who may do what of the office's own work: one table, every role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consortium.permissions import (
    ROLES,
    UNIT_ROLES,
    Actor,
    may_be_on_duty,
    may_carry_out,
    may_export_pay,
    may_give_evidence,
    may_hold_votes,
    may_manage_actions,
    may_read_schemes,
    may_see_signatures,
    may_see_unit,
    may_sign_results,
)

SEASON = {"office", "committee", "auditor"}
TABLE: dict[str, tuple[Callable[[Actor], bool], set[str]]] = {
    "open votes": (may_hold_votes, {"office"}),
    "sign": (may_sign_results, {"accountant"}),
    "see signatures": (may_see_signatures, SEASON | {"accountant"}),
    "take out pay": (may_export_pay, {"office", "accountant"}),
    "be on duty": (may_be_on_duty, {"office"}),
    "open and cancel actions": (may_manage_actions, {"office"}),
    "read schemes": (may_read_schemes, SEASON | {"representative", "head"}),
    "carry out the unit's": (lambda actor: may_carry_out(actor, "jia"), {"representative", "head"}),
    "carry out another's": (lambda actor: may_carry_out(actor, "yi"), set()),
    "see the unit": (lambda actor: may_see_unit(actor, "jia"), SEASON | {"representative", "head"}),
    "see another unit": (lambda actor: may_see_unit(actor, "yi"), SEASON),
    "write what one owns": (lambda actor: may_give_evidence(actor, "me"), set(ROLES)),
    "write what another owns": (lambda actor: may_give_evidence(actor, "other"), set()),
    "write what nobody owns": (lambda actor: may_give_evidence(actor, None), {"office"}),
}


def holder(*roles: str) -> Actor:
    """Somebody with these roles, of jia where a role is of a unit."""
    units = frozenset({"jia"}) if "representative" in roles else frozenset()
    leads = frozenset({"jia"}) if "head" in roles else frozenset()
    return Actor("me", "Me", "zh", frozenset(roles), units, leads)


@pytest.mark.parametrize("what", TABLE)
def test_each_role_may_what_the_table_says_and_nothing_else(what: str) -> None:
    may, expected = TABLE[what]
    assert {role for role in ROLES if may(holder(role))} == expected
    assert may(holder()) is (what == "write what one owns")


def test_whoever_runs_the_season_never_signs_even_as_the_accountant() -> None:
    assert not may_sign_results(holder("office", "accountant"))
    assert may_sign_results(holder("accountant", "committee"))


def test_head_is_a_role_of_a_unit() -> None:
    assert set(UNIT_ROLES) == {"representative", "staff", "head"}
