"""Staff of a unit are refused its survey; everybody else may answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from consortium.models import Account, Person, Role
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from surveys.honesty.staff import note_refused_staff, refuse_staff
from tests.cast import NOW
from tests.surveys.honesty.clinic import open_clinic


@pytest.fixture
def clinic(session):
    open_clinic(session)
    session.add(
        Account(
            channel="telegram", account="501", person_id="li", display_name="Li", requested_at=NOW, confirmed_at=NOW
        )
    )
    session.add(
        Account(
            channel="telegram", account="502", person_id="wang", display_name="W", requested_at=NOW, confirmed_at=None
        )
    )
    session.add(Role(person_id="zhao", role="staff", unit_code="jia"))
    session.flush()
    return session


def is_refused(session, **who) -> bool:
    try:
        refuse_staff(session, **who)
    except DomainError as error:
        return error.code == "staff_of_unit" and explain("zh", error) != explain("en", error)
    return False


def test_a_representative_is_refused_her_own_unit_by_account(clinic):
    assert is_refused(clinic, unit_code="jia", channel="telegram", account="501")
    assert not is_refused(clinic, unit_code="yi", channel="telegram", account="501")


def test_staff_who_are_signed_in_are_refused(clinic):
    assert is_refused(clinic, unit_code="jia", person_id="zhao")
    assert is_refused(clinic, unit_code="jia", person_id="li")
    assert not is_refused(clinic, unit_code="yi", person_id="zhao")
    assert not is_refused(clinic, unit_code="jia", person_id="chen")


def test_local_accounts_of_people_are_known(clinic):
    assert is_refused(clinic, unit_code="jia", channel="local", account="person:li")
    assert not is_refused(clinic, unit_code="jia", channel="local", account="mei")


def test_strangers_unconfirmed_accounts_and_who_has_left_may_answer(clinic):
    assert not is_refused(clinic, unit_code="jia", channel="telegram", account="999")
    assert not is_refused(clinic, unit_code="yi", channel="telegram", account="502")
    assert not is_refused(clinic, unit_code="jia")
    assert not is_refused(clinic, unit_code="jia", person_id="nobody")
    clinic.execute(update(Person).where(Person.id == "li").values(active=False))
    assert not is_refused(clinic, unit_code="jia", channel="telegram", account="501")
    assert not is_refused(clinic, unit_code="jia", person_id="li")


def test_an_attempt_is_noted_without_who(clinic):
    note_refused_staff(clinic, unit_code="jia", now=NOW)
    row = clinic.scalars(select(AuditRow).where(AuditRow.action == "refuse_staff")).one()
    assert (row.actor, row.subject, row.details) == ("staff", "unit:jia", {})
