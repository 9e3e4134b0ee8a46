"""The list of duties with its evidence, and who of the office is on duty."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.definition import parse_consortium
from consortium.duties import (
    duties,
    duty_log,
    end_duty,
    give_evidence,
    hand_over_duty,
    on_duty_now,
    owners_lacking,
    take_duty,
)
from consortium.models import Role
from consortium.office_models import DutyEvidence, OnDuty
from consortium.people import actor_of
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from storage.database import Database
from tests.cast import NOW, consortium_document, found_consortium

LIST = [
    {"code": "people", "name": {"zh": "人员", "en": "People"}, "party": "group", "owner": "zhao"},
    {"code": "care", "name": {"zh": "医疗", "en": "Care"}, "party": "lead", "owner": "li", "unit": "jia"},
    {"code": "culture", "name": {"zh": "文化", "en": "Culture"}, "party": "member"},
]


@pytest.fixture
def town(session: Session) -> Session:
    found_consortium(session, duties=LIST)
    return session


def evidence(session: Session, person: str, code: str, words: str = "开了会", year: int = 2026) -> DutyEvidence:
    return give_evidence(session, code=code, year=year, words=words, actor=actor_of(session, person), now=NOW)


def code_of(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    assert all("{" not in explain(language, caught.value) for language in ("zh", "en"))
    return caught.value.code


def faults(**changes: Any) -> list[tuple[str, str]]:
    _, found = parse_consortium(consortium_document(**changes), file="consortium.toml")
    assert all("{" not in explain(language, each) for each in found for language in ("zh", "en"))
    return [(each.key, each.code) for each in found]


def test_list_is_as_the_configuration_says_it(town: Session) -> None:
    found = duties(town, year=2026)
    assert [(each.duty.code, each.duty.party, each.owner, each.duty.unit_code) for each in found] == [
        ("people", "group", "赵磊", None), ("care", "lead", "李敏", "jia"), ("culture", "member", None, None),
    ]  # fmt: skip
    assert [each.duty.code for each in duties(town, year=2026, owner="li")] == ["care"]
    evidence(town, "li", "care")
    found_consortium(town, duties=LIST[:1])
    assert [each.duty.code for each in duties(town, year=2026)] == ["people"]
    assert code_of(lambda: evidence(town, "li", "care")) == "duty_unknown"
    found_consortium(town, duties=list(reversed(LIST)))
    assert [(each.duty.code, len(each.evidence)) for each in duties(town, year=2026)] == [
        ("culture", 0), ("care", 1), ("people", 0),
    ]  # fmt: skip


def test_configuration_that_makes_no_sense_is_named() -> None:
    assert faults(duties=[LIST[0], LIST[0]]) == [("duties[1].code", "duty_twice")]
    assert faults(duties=[LIST[0] | {"owner": "nobody"}]) == [("duties[0].owner", "duty_owner_not_listed")]
    assert faults(duties=[LIST[0] | {"unit": "nobody"}]) == [("duties[0].unit", "unit_not_listed")]
    assert [key for key, _ in faults(duties=[{"code": "X", "party": "all", "who": "li"}])] == [
        "duties[0].code", "duties[0].name", "duties[0].party", "duties[0].who",
    ]  # fmt: skip


def test_evidence_is_given_by_the_owner_and_by_the_office_where_nobody_owns_it(town: Session) -> None:
    assert evidence(town, "li", "care").id == evidence(town, "li", "care").id  # a second click
    evidence(town, "chen", "culture")
    for person, code in (("chen", "care"), ("wang", "care"), ("li", "culture")):
        assert code_of(lambda p=person, c=code: evidence(town, p, c)) == "not_allowed"
    assert owners_lacking(duties(town, year=2026)).keys() == {"zhao"}
    assert owners_lacking(duties(town, year=2027)).keys() == {"zhao", "li"}
    assert "开了会" not in str([row.details for row in town.scalars(select(AuditRow))])


def test_evidence_needs_words_and_a_year_that_is_open(town: Session) -> None:
    assert code_of(lambda: evidence(town, "li", "care", " \u200b\n")) == "duty_evidence_missing"
    assert code_of(lambda: evidence(town, "li", "care", "字" * 1001)) == "duty_evidence_too_long"
    for year in (2024, 2027):
        assert code_of(lambda y=year: evidence(town, "li", "care", year=y)) == "duty_year_closed"
    assert evidence(town, "li", "care", "去年\n的事", year=2025).words == "去年 的事"


def test_duty_is_taken_handed_over_and_ended(town: Session) -> None:
    chen, zhao, li = (actor_of(town, each) for each in ("chen", "zhao", "li"))
    assert on_duty_now(town) is None
    assert code_of(lambda: end_duty(town, actor=chen, now=NOW)) == "duty_not_yours"
    assert take_duty(town, actor=chen, now=NOW) is None
    assert take_duty(town, actor=chen, now=NOW + timedelta(hours=1)) == "chen"  # a second click
    standing = on_duty_now(town)
    assert standing is not None
    assert (standing[0].id, standing[1]) == ("chen", NOW)
    assert code_of(lambda: hand_over_duty(town, to="li", actor=chen, now=NOW)) == "duty_not_of_the_office"
    assert code_of(lambda: hand_over_duty(town, to="ghost", actor=chen, now=NOW)) == "person_unknown"
    assert code_of(lambda: hand_over_duty(town, to="chen", actor=zhao, now=NOW)) == "duty_not_yours"
    hand_over_duty(town, to="zhao", actor=chen, now=NOW)
    assert take_duty(town, actor=chen, now=NOW) == "zhao"  # takes over from whoever is there
    end_duty(town, actor=chen, now=NOW)
    assert on_duty_now(town) is None
    assert code_of(lambda: take_duty(town, actor=li, now=NOW)) == "not_allowed"
    log = [(each.person_id, name, each.noted_by) for each, name in duty_log(town, most=10)]
    assert log == [
        (None, None, "person:chen"), ("chen", "陈静", "person:chen"), ("zhao", "赵磊", "person:chen"),
        ("chen", "陈静", "person:chen"),
    ]  # fmt: skip
    acts = [row.action for row in town.scalars(select(AuditRow).where(AuditRow.subject == "on_duty"))]
    assert acts == ["take_duty", "hand_over_duty", "take_duty", "end_duty"]


def test_whoever_left_the_office_is_not_on_duty(town: Session) -> None:
    take_duty(town, actor=actor_of(town, "chen"), now=NOW)
    town.delete(town.scalars(select(Role).where(Role.person_id == "chen")).one())
    town.flush()
    assert on_duty_now(town) is None
    assert take_duty(town, actor=actor_of(town, "zhao"), now=NOW) is None


@pytest.mark.both_databases
def test_two_who_take_over_at_once_leave_one_on_duty(database: Database) -> None:
    with database.transaction() as session:
        found_consortium(session)

    def take(person: str) -> None:
        with database.transaction() as session:
            take_duty(session, actor=actor_of(session, person), now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, ("chen", "zhao", "chen", "zhao")))
    with database.transaction() as session:
        people = [each.person_id for each in session.scalars(select(OnDuty).order_by(OnDuty.id))]
    assert all(before != after for before, after in itertools.pairwise(people))
