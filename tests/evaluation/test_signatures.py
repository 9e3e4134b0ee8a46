"""The accountant's signature: for one digest, by nobody of the office; and what feeds pay only behind it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person, Role, Unit
from consortium.people import actor_of
from consortium.permissions import Actor
from evaluation.models import Settlement, Veto
from evaluation.office_models import Signature
from evaluation.pay_export import HEADER, exact_cell, pay_file, pay_name, pay_sheet
from evaluation.scorecards import scorecards
from evaluation.signatures import count_unsigned, refuse_unsigned, sign_results, signature_of, signatures
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import OCTOBER, Season, assert_told

NOW = datetime(2026, 11, 9, 2, tzinfo=UTC)


@pytest.fixture
def town(season: Season) -> Session:
    season.has_a_full_month()
    for person, roles in (("fang", ("accountant",)), ("chen", ("office",)), ("both", ("office", "accountant")),
                          ("sun", ("committee",))):  # fmt: skip
        season.session.add(Person(id=person, name=f"{person.title()},\n=1+1", language="zh", active=True))
        season.session.flush()
        season.session.add_all(Role(person_id=person, role=role, unit_code=None) for role in roles)
    season.session.flush()
    season.settles()
    return season.session


def who(session: Session, person: str) -> Actor:
    return actor_of(session, person)


def digest(session: Session) -> str:
    return session.get_one(Settlement, str(OCTOBER)).digest


def signed(session: Session, person: str = "fang", **changes: Any) -> Signature:
    facts = {"period": OCTOBER, "digest": digest(session), "actor": who(session, person), "now": NOW}
    return sign_results(session, **(facts | changes))


def code_of(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    assert_told(caught.value)
    return caught.value.code


def test_signed_once_whoever_clicks_again(town: Session) -> None:
    assert count_unsigned(town) == 1
    first = signed(town)
    again = signed(town, now=datetime(2026, 12, 1, tzinfo=UTC), digest=digest(town)[:16])
    assert (again.person_id, again.signed_at) == (first.person_id, NOW)
    assert count_unsigned(town) == 0
    (line,) = signatures(town)
    assert (line.period, line.at, line.earlier) == (OCTOBER, NOW, 0)
    rows = [row.details for row in town.scalars(select(AuditRow).where(AuditRow.action == "sign_results"))]
    assert rows == [{"digest": digest(town)}]


@pytest.mark.parametrize("person", ["chen", "both", "sun"])
def test_only_an_accountant_who_is_not_of_the_office_signs(town: Session, person: str) -> None:
    assert code_of(lambda: signed(town, person)) == "not_allowed"
    assert signature_of(town, OCTOBER) is None


def test_it_is_for_the_digest_that_was_shown(town: Session) -> None:
    for shown in ("0" * 64, digest(town)[:15], ""):
        assert code_of(lambda shown=shown: signed(town, digest=shown)) == "signature_digest_changed"
    assert code_of(lambda: signed(town, period=OCTOBER.next())) == "not_settled"


def test_a_corrected_settlement_needs_another_signature(town: Session) -> None:
    signed(town)
    refuse_unsigned(town, OCTOBER)
    row = town.get_one(Settlement, str(OCTOBER))
    row.digest, row.revision = "f" * 64, 2
    town.flush()
    assert code_of(lambda: refuse_unsigned(town, OCTOBER)) == "result_not_signed"
    assert code_of(lambda: pay_sheet(town, OCTOBER, "zh")) == "result_not_signed"
    (line,) = signatures(town)
    assert (line.by, line.at, line.earlier, line.revision) == (None, None, 1, 2)


def test_the_table_for_pay_says_what_the_scorecards_say(town: Session) -> None:
    assert code_of(lambda: pay_sheet(town, OCTOBER, "zh")) == "result_not_signed"
    signed(town)
    town.add(Veto(period=str(OCTOBER), unit_code="yi", state="in_force", reason="r", evidence="e", proposed_by="chen",
                  proposed_at=NOW, decided_by="sun", decided_at=NOW))  # fmt: skip
    town.get_one(Unit, "bing").name = {"zh": "=社区,中心", "en": "C"}
    town.flush()
    sheet = pay_sheet(town, OCTOBER, "zh")
    text = pay_file(sheet, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == HEADER
    cards = {card.unit_code: card for card in scorecards(town, OCTOBER)}
    assert [row["unit"] for row in rows] == list(cards)
    for row in rows:
        card = cards[row["unit"]]
        is_void = row["unit"] == "yi"
        assert row["veto"] == ("yes" if is_void else "no")
        total = "" if is_void or card.total is None else format(exact_cell(card.total), "f")
        assert (row["total"], row["place"], row["digest"]) == (
            total, "" if card.rank is None else str(card.rank), digest(town)
        )  # fmt: skip
    assert next(row["name"] for row in rows if row["unit"] == "bing") == "'=社区,中心"
    assert pay_file(pay_sheet(town, OCTOBER, "en"), "xlsx")[:2] == b"PK"
    assert pay_name(OCTOBER, "xlsx") == "pay-2026-10.xlsx"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Fraction(0), "0"), (Fraction(80), "80"), (Fraction(1, 3), "0.333333"), (Fraction(2, 3), "0.666667"),
     (Fraction(169, 2), "84.5"), (Fraction(1, 2_000_000), "0.000001")],
)  # fmt: skip
def test_totals_are_exact_to_six_places(value: Fraction, shown: str) -> None:
    assert format(exact_cell(value), "f") == shown
    assert isinstance(exact_cell(value), Decimal)
