"""Figures entered by hand: who may, what is asked for, evidence and approval, freshness, tables that wait for a yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.imports import Row
from consortium.models import Person, Role, Unit
from consortium.people import actor_of
from consortium.permissions import Actor
from consortium.units import all_units
from evaluation.approvals import approve_reading, needs_approval, take_back_approval, waiting_for_approval
from evaluation.entries import Entered, collecting_month, correct_reading, enter_reading, reading_of
from evaluation.freshness import automatic_share, freshness, origin_of
from evaluation.indicators import import_rows
from evaluation.missing_readings import asked_of_tier, due_on, missing_readings
from evaluation.models import LateReading, Reading, ReadingImport, Scorecard, ScoreLine
from evaluation.reading_digests import DIGESTED, reading_digest
from evaluation.reading_evidence import attach_evidence, refuse_attached
from evaluation.reading_history import events_of
from evaluation.reading_imports import LIFETIME, close_table, keep_table, kept_table
from evaluation.reading_writing import AUTO
from evaluation.schemes import scheme_for
from locales.errors import DomainError
from reviews.panel_models import EvidenceFile
from tests.evaluation.cast import (
    CHEN,
    IN_OCTOBER,
    JIA_READINGS,
    OCTOBER,
    OCTOBER_IS_OVER,
    Season,
    assert_told,
    changed,
    example,
)
from tests.reviews.evidence_files import PDF

HOUR = timedelta(hours=1)
TECHNIQUES = "new_techniques"
ONE = (None, None, Fraction(1))


@pytest.fixture
def town(season: Season) -> Season:
    """October begins; new techniques need evidence. Chen and Zhao are of the office, Li of 甲, Wang of 乙."""
    season.is_set_up(document=changed(example(), f"indicators.{TECHNIQUES}.evidence", True))
    for person, role, unit in (("chen", "office", None), ("li", "representative", "jia"), ("wang", "representative", "yi"),
                               ("gao", "auditor", None)):  # fmt: skip
        season.session.add(Person(id=person, name=person.title(), language="zh", active=True))
        season.session.add(Role(person_id=person, role=role, unit_code=unit))
    season.session.flush()
    return season


def who(season: Season, person: str) -> Actor:
    return actor_of(season.session, person)


@contextmanager
def refusal(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as found:
        yield
    assert found.value.code == code
    assert_told(found.value)


def enters(season: Season, person: str = "li", code: str = TECHNIQUES, figure: object = ONE, **more: object) -> Entered:
    values: dict[str, object] = {"unit_code": "jia", "period": OCTOBER, "now": IN_OCTOBER, **more}
    return enter_reading(season.session, actor=who(season, person), indicator=code, figure=figure, **values)  # type: ignore[arg-type]


def reading(session: Session, code: str = TECHNIQUES) -> Reading:
    return reading_of(session, "jia", OCTOBER, code)


def sealed(row: Reading) -> bool:
    return row.digest == reading_digest({name: getattr(row, name) for name in DIGESTED})


def proves(season: Season, person: str = "li", content: bytes = PDF, new_id: str = "e1") -> None:
    attach_evidence(
        season.session, actor=who(season, person), unit_code="jia", period=OCTOBER, indicator=TECHNIQUES,
        name="证书.pdf", content=content, new_id=new_id, now=IN_OCTOBER,
    )  # fmt: skip


def test_representative_enters_and_changes_a_figure_of_their_unit(town: Season) -> None:
    assert enters(town) == Entered("new")
    row = reading(town.session)
    assert (row.value, row.origin, row.recorded_by, sealed(row)) == (1, "typed", "person:li", True)
    assert enters(town) == Entered("unchanged")
    assert enters(town, figure=(None, None, Fraction(2)), now=IN_OCTOBER + HOUR) == Entered("corrected")
    assert [(event.action, event.by) for event in events_of(town.session, row)] == [
        ("recorded", "person:li"), ("correct_reading", "person:li"),
    ]  # fmt: skip
    assert events_of(town.session, row)[1].before == ONE


@pytest.mark.parametrize(
    ("person", "more", "code"),
    [
        ("wang", {}, "unit_unknown"),
        ("gao", {}, "unit_unknown"),
        ("li", {"code": "first_visit"}, "entry_not_asked"),
        ("li", {"code": "peer_score"}, "entry_not_asked"),
        ("li", {"period": OCTOBER.next().next()}, "entry_ahead"),
        ("li", {"period": OCTOBER.__class__(2026, None, 4)}, "entry_not_month"),
        ("li", {"period": OCTOBER.__class__(2025, 10)}, "scheme_missing"),
    ],
)
def test_what_may_not_be_entered_is_refused(town: Season, person: str, more: dict[str, object], code: str) -> None:
    with refusal(code):
        enters(town, person, **more)
    assert town.session.scalars(select(Reading)).all() == []


def test_what_a_file_brought_only_the_office_changes_and_says_why(town: Season) -> None:
    town.reads(*JIA_READINGS)
    with refusal("entry_of_system"):
        enters(town, figure=(None, None, Fraction(9)))
    with refusal("entry_reason_missing"):
        enters(town, "chen", figure=(None, None, Fraction(9)), reason=" 错 ")
    assert enters(town, "chen", figure=(None, None, Fraction(9)), reason="科教科核对过") == Entered("corrected")
    row = reading(town.session)
    assert (row.value, row.origin, row.recorded_by, row.corrected_by) == (9, "typed", CHEN, CHEN)
    assert events_of(town.session, row)[-1].reason == "科教科核对过"


def test_office_corrects_with_a_reason_until_the_month_is_settled(town: Season) -> None:
    town.reads(*JIA_READINGS)
    given = {"scope": "jia", "period": OCTOBER, "indicator": "down_referral", "now": IN_OCTOBER}
    figure = (Fraction(80), Fraction(600), Fraction(40, 3))
    with refusal("not_allowed"):
        correct_reading(town.session, actor=who(town, "li"), figure=figure, reason="核对过了吧", **given)
    correct_reading(town.session, actor=who(town, "chen"), figure=figure, reason="核对过了吧", **given)
    row = reading(town.session, "down_referral")
    assert (row.value, row.corrected_by, sealed(row)) == (Fraction(40, 3), "person:chen", True)
    town.settles()
    with refusal("already_settled"):
        correct_reading(town.session, actor=who(town, "chen"), figure=ONE, reason="核对过了吧", **given)
    with refusal("reading_unknown"):
        correct_reading(
            town.session, actor=who(town, "chen"), figure=ONE, reason="核对过了吧", **given | {"scope": "*"}
        )


def test_figure_of_a_settled_month_is_late(town: Season) -> None:
    town.settles()
    assert enters(town, now=OCTOBER_IS_OVER) == Entered("late", "2026-11")
    assert town.session.scalars(select(LateReading.value)).all() == [1]


def test_late_figure_of_a_file_is_not_a_units_to_change(town: Season) -> None:
    town.settles()
    town.reads("jia,2026-10,down_referral,81,600,")
    with refusal("entry_of_system"):
        enters(town, code="down_referral", figure=(Fraction(99), Fraction(600), Fraction("16.5")), now=OCTOBER_IS_OVER)
    assert enters(town, now=OCTOBER_IS_OVER).outcome == "late"
    assert enters(town, figure=(None, None, Fraction(2)), now=OCTOBER_IS_OVER).outcome == "late"


def test_figure_that_needs_evidence_waits_for_the_office(town: Season) -> None:
    """Rule 16: the entry, its file, the office's yes; a new figure or a new file begins anew."""
    indicator = scheme_for(town.session, OCTOBER).indicators[TECHNIQUES]
    given = {"scope": "jia", "period": OCTOBER, "indicator": TECHNIQUES, "now": IN_OCTOBER}
    with refusal("evidence_without_figure"):
        proves(town)
    enters(town)
    row = reading(town.session)
    assert needs_approval(indicator, row)
    with refusal("approval_without_evidence"):
        approve_reading(town.session, actor=who(town, "chen"), **given)
    proves(town)
    assert [each.indicator for each in waiting_for_approval(town.session, OCTOBER)] == [TECHNIQUES]
    with refusal("not_allowed"):
        approve_reading(town.session, actor=who(town, "li"), **given)
    approve_reading(town.session, actor=who(town, "chen"), **given)
    assert (needs_approval(indicator, row), row.approved_by, sealed(row)) == (False, "chen", True)
    proves(town)  # the same file again
    assert row.approved_at is not None
    proves(town, content=PDF + b"2", new_id="e2")
    assert (row.approved_at, row.evidence, sealed(row)) == (None, "e2", True)
    approve_reading(town.session, actor=who(town, "chen"), **given)
    take_back_approval(town.session, actor=who(town, "chen"), **given)
    assert needs_approval(indicator, row)
    approve_reading(town.session, actor=who(town, "chen"), **given)
    enters(town, figure=(None, None, Fraction(3)))
    assert (needs_approval(indicator, row), row.evidence) == (True, "e2")


def test_approval_is_for_what_needs_it(town: Season) -> None:
    town.reads(*JIA_READINGS)
    given = {"scope": "jia", "period": OCTOBER, "actor": who(town, "chen"), "now": IN_OCTOBER}
    with refusal("approval_not_needed"):
        approve_reading(town.session, indicator="down_referral", **given)
    with refusal("reading_unknown"):
        approve_reading(town.session, indicator="first_visit", **given)


def test_evidence_behind_a_figure_cannot_be_taken_away(town: Season) -> None:
    enters(town)
    proves(town)
    with refusal("evidence_attached"):
        refuse_attached(town.session, actor=who(town, "li"), evidence_id="e1")
    refuse_attached(town.session, actor=who(town, "wang"), evidence_id="e1")  # nothing is said of another's
    with refusal("unit_unknown"):
        proves(town, "wang", new_id="e9")
    assert town.session.scalars(select(EvidenceFile.id)).all() == ["e1"]


def test_missing_is_what_the_tier_asks_for_and_has_not_come(town: Season) -> None:
    assert collecting_month(town.session, OCTOBER_IS_OVER) == OCTOBER
    town.reads(*JIA_READINGS)
    scheme = scheme_for(town.session, OCTOBER)
    there = {row.split(",")[2] for row in JIA_READINGS}
    owed = [each.indicator.code for each in asked_of_tier(scheme, "tertiary") if each.is_owed]
    missing = [each for each in missing_readings(town.session, OCTOBER) if each.unit_code == "jia"]
    assert [each.indicator for each in missing] == [code for code in owed if code not in there]
    assert due_on(scheme, OCTOBER) == date(2026, 11, scheme.watching.readings_due)
    assert {each.unit_code for each in missing_readings(town.session, OCTOBER)} >= {"yi", "ding", "bing", "wu"}


@pytest.mark.parametrize(
    ("joined", "left", "is_asked"),
    [(date(2026, 10, 31), None, True), (date(2026, 11, 1), None, False), (None, date(2026, 10, 1), True),
     (None, date(2026, 9, 30), False)],
)  # fmt: skip
def test_unit_owes_nothing_for_months_outside_its_membership(
    town: Season,
    joined: date | None,
    left: date | None,
    is_asked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    unit = town.session.get_one(Unit, "yi")
    unit.joined_on, unit.left_on = joined, left
    town.session.flush()
    missing = {each.unit_code for each in missing_readings(town.session, OCTOBER, units=all_units(town.session))}
    assert ("yi" in missing) == is_asked


def test_every_figure_says_when_how_and_from_whom(town: Season) -> None:
    """Rules 34 and 60."""
    cells = dict.fromkeys(("numerator", "denominator"), "") | {"unit": "jia", "period": "2026-10"}
    rows = [Row(1, cells | {"indicator": "expert_sessions", "value": "20"})]
    import_rows(town.session, rows, file="x", origin=AUTO, actor="api:his", now=IN_OCTOBER)
    town.reads("jia,2026-10,down_referral,81,600,")
    enters(town)
    town.reads("jia,2026-10,down_referral,80,600,", now=IN_OCTOBER + HOUR)
    origins = Counter(map(origin_of, town.session.scalars(select(Reading))))
    assert origins == Counter(auto=1, typed=1, corrected=1)
    assert automatic_share(origins) == Fraction(1, 3)
    assert automatic_share(Counter()) is None
    fresh = freshness(town.session, OCTOBER)
    assert (fresh["jia", "down_referral"].recorded_at, fresh["jia", "expert_sessions"].recorded_by) == (
        IN_OCTOBER + HOUR, "api:his",
    )  # fmt: skip


def test_table_waits_two_hours_for_its_own_persons_yes(town: Season) -> None:
    session = town.session

    def kept(actor: str = "person:chen", now: object = IN_OCTOBER) -> bytes:
        return kept_table(session, import_id="i1", actor=actor, now=now)  # type: ignore[arg-type]

    keep_table(session, content=b"a", new_id="i0", actor="person:chen", now=IN_OCTOBER)
    keep_table(session, content=b"b", new_id="i1", actor="person:chen", now=IN_OCTOBER)
    assert session.scalars(select(ReadingImport.id)).all() == ["i1"]
    assert kept() == b"b"
    for more in ({"actor": "person:zhao"}, {"now": IN_OCTOBER + LIFETIME}):
        with refusal("reading_table_gone"):
            kept(**more)
    session.get_one(ReadingImport, "i1").content = b"c"
    session.flush()
    with refusal("reading_table_gone"):  # not the bytes that were looked over
        kept()
    session.get_one(ReadingImport, "i1").content = b"b"
    session.flush()
    close_table(session, import_id="i1", actor="person:chen", now=IN_OCTOBER)
    with refusal("reading_table_gone"):
        kept()
    assert session.get_one(ReadingImport, "i1").content is None


def test_missing_is_never_zero_from_the_file_to_the_scorecard(town: Season) -> None:
    """Decision 10 and rule 16: no row and 0 ÷ 0 leave the points out, a real zero earns none, so does what is unproved."""
    town.reads(
        "jia,2026-10,down_referral,0,0,", "jia,2026-10,remote_consultations,,,0", "jia,2026-10,readmission,3,100,"
    )
    enters(town, figure=(None, None, Fraction(3)))
    town.settles()
    lines = {
        line.indicator: line for line in town.session.scalars(select(ScoreLine).where(ScoreLine.unit_code == "jia"))
    }
    told = {code: (line.value, line.points, line.available, line.reason) for code, line in lines.items()}
    assert told["average_stay"] == (None, None, 0, "not_collected")
    assert told["down_referral"] == (None, None, 0, "zero_denominator")
    assert told["remote_consultations"] == (0, 0, 7, None)
    assert told["new_techniques"] == (3, 0, 6, "not_approved")
    assert told["readmission"][1:] == (Fraction("7.5"), 10, None)
    card = town.session.get_one(Scorecard, ("2026-10", "jia"))
    assert (card.complete, card.total) == (False, Fraction(750, 23))  # 7.5 of 7 + 6 + 10
