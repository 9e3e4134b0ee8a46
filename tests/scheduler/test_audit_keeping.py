"""How long the audit trail is kept: never less than six months, and what proves figures for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consortium.definition import parse_consortium
from consortium.models import Installation
from evaluation.proof_chain import SETTLING
from scheduler.audit_keeping import kept_days, remove_old_audit
from storage.audit import AuditRow, record
from tests.scheduler.cast import at

NOW = at("2026-11-20 08:00")


@pytest.fixture
def here(session):
    session.add(Installation(id=1, name={"zh": "x"}, aims={"zh": "x"}, time_zone="Asia/Shanghai", review={}, schedule={},
                             folder="/", bot_name=None, first_applied_at=NOW, applied_at=NOW))  # fmt: skip
    session.flush()
    return session


def notes(session, action, days):
    record(session, actor="command_line", action=action, subject="x", now=NOW - timedelta(days=days))


def left(session):
    return sorted(row.action for row in session.query(AuditRow))


def test_old_rows_go_and_say_so_and_proofs_stay(here):
    for action, days in (("old", 1101), ("young", 1099), (SETTLING[0], 4000), ("apply_scheme", 4000)):
        notes(here, action, days)
    assert (kept_days(here), remove_old_audit(here, now=NOW)) == (1100, 1)
    assert left(here) == sorted(["young", SETTLING[0], "apply_scheme", "remove_audit_rows"])
    assert remove_old_audit(here, now=NOW) == 0
    assert left(here).count("remove_audit_rows") == 1


@pytest.mark.parametrize(("written", "kept"), [(184, 184), (183, 184), (0, 184), (400, 400)])
def test_never_less_than_six_months_whatever_stands_in_the_database(here, written, kept):
    here.get(Installation, 1).review = {"audit": {"keep_days": written}}
    here.flush()
    notes(here, "x", kept - 1)
    notes(here, "y", kept + 1)
    assert (kept_days(here), remove_old_audit(here, now=NOW), left(here)) == (kept, 1, ["remove_audit_rows", "x"])


def test_no_more_than_a_portion_at_once_the_oldest_first(here):
    for days in range(2000, 2005):
        notes(here, f"d{days}", days)
    removed = remove_old_audit(here, now=NOW, most=2)
    assert (removed, [row for row in left(here) if row.startswith("d")]) == (2, ["d2002", "d2003", "d2004"])


@pytest.mark.parametrize(("days", "refused"), [(184, False), (36500, False), (183, True), (36501, True), ("x", True), (True, True)])  # fmt: skip
def test_configuration_refuses_less_than_the_law_asks(days, refused):
    document = {"consortium": {"name": {"zh": "x", "en": "x"}}, "units": [{"code": "a", "name": {"zh": "x", "en": "x"}, "tier": "primary"}],
                "audit": {"keep_days": days}}  # fmt: skip
    definition, findings = parse_consortium(document, file="consortium.toml")
    assert [each.key for each in findings] == (["audit.keep_days"] if refused else [])
    assert refused or definition.audit_days == days
