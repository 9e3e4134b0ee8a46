"""Objections: numbered without gaps, one open at a time about the same thing, decided once, by somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.periods import Period
from consortium.permissions import Actor
from consortium.workdays import Due
from evaluation.follow_up_models import Objection
from evaluation.objections import (
    FIGURES,
    LONGEST_WORDS,
    NONE,
    OPEN,
    REJECTED,
    SCHEME,
    UPHELD,
    WITHDRAWN,
    closed_objections,
    decide_objection,
    is_overdue,
    move_due_date,
    objection,
    objectionable,
    objections_of,
    open_objections,
    raise_objection,
    scheme_remarks,
    settled_periods,
    withdraw_objection,
)
from locales.errors import DomainError
from storage.audit import AuditRow
from storage.database import Database
from tests.evaluation.cast import JIA, OCTOBER, YI, Season, assert_told

NOVEMBER_2 = datetime(2026, 11, 2, 2, tzinfo=UTC)
PEOPLE = {"chen": ("office", None), "sun": ("committee", None), "gao": ("auditor", None), "li": ("representative", JIA),
          "lu": ("representative", JIA), "wang": ("representative", YI)}  # fmt: skip
CHEN, SUN, GAO = (Actor(name, name, "zh", frozenset({role}), frozenset())
                  for name, role in (("chen", "office"), ("sun", "committee"), ("gao", "auditor")))  # fmt: skip
LI, LU = (Actor(name, name, "zh", frozenset({"representative"}), frozenset({JIA})) for name in ("li", "lu"))
WANG = Actor("wang", "wang", "en", frozenset({"representative"}), frozenset({YI}))
WORDS = "二院的下转被算到了我院。"


def has_people(session: Session) -> None:
    session.add_all(Person(id=name, name=name, language="zh", active=True) for name in PEOPLE)
    session.flush()
    session.add_all(Role(person_id=name, role=role, unit_code=unit) for name, (role, unit) in PEOPLE.items())
    session.flush()


@pytest.fixture
def settled(season: Season) -> Session:
    season.has_a_full_month().settles()
    has_people(season.session)
    return season.session


def raises(session: Session, actor: Actor = LI, now: datetime = NOVEMBER_2, **changed: object) -> Objection:
    values = {"unit_code": JIA, "period": OCTOBER, "indicator": "down_referral", "words": WORDS, **changed}
    return raise_objection(session, actor=actor, now=now, **values)  # type: ignore[arg-type]


def refused(code: str, act: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        act()
    assert refusal.value.code == code
    assert_told(refusal.value)
    return refusal.value


def decides(
    session: Session, number: str, actor: Actor = CHEN, verdict: str = REJECTED, answer: str = "已核对。"
) -> Objection:
    return decide_objection(session, number=number, verdict=verdict, answer=answer, actor=actor, now=NOVEMBER_2)


def test_an_objection_has_a_number_and_is_due_in_15_working_days(settled: Session) -> None:
    first = raises(settled)
    assert (first.number, first.state, first.words) == ("2026-001", OPEN, WORDS)
    assert (first.received_on, first.due_on, first.is_provisional) == (date(2026, 11, 2), date(2026, 11, 23), False)
    second = raises(settled, WANG, unit_code=YI, indicator=None)
    assert (second.number, second.indicator) == ("2026-002", None)
    assert [each.number for each in open_objections(settled)] == ["2026-001", "2026-002"]


@pytest.mark.parametrize(
    ("now", "due", "is_provisional"),
    [
        (datetime(2026, 12, 10, 15, 59, tzinfo=UTC), date(2026, 12, 31), False),  # the last minute of the 10th
        (datetime(2026, 12, 10, 16, 0, tzinfo=UTC), date(2027, 1, 1), True),  # the first of the 11th
    ],
)
def test_the_day_of_receipt_is_the_consortiums(
    settled: Session,
    now: datetime,
    due: date,
    is_provisional: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    found = raises(settled, now=now)
    assert (found.due_on, found.is_provisional) == (due, is_provisional)


def test_numbers_begin_anew_each_year_and_keep_counting_beyond_999(settled: Session) -> None:
    assert raises(settled).number == "2026-001"
    assert raises(settled, indicator=None, now=datetime(2027, 1, 4, 2, tzinfo=UTC)).number == "2027-001"
    settled.execute(update(Objection).where(Objection.number == "2026-001").values(number="2026-999"))
    settled.expire_all()
    assert raises(settled, WANG, unit_code=YI, indicator=None).number == "2026-1000"
    assert raises(settled, WANG, unit_code=YI, indicator="referrals_received").number == "2026-1001"


def test_what_was_withdrawn_keeps_its_number(settled: Session) -> None:
    withdraw_objection(settled, number=raises(settled).number, actor=LU, now=NOVEMBER_2)
    assert raises(settled).number == "2026-002"
    assert [each.state for each in objections_of(settled, JIA)] == [OPEN, WITHDRAWN]


def test_one_is_open_about_the_same_matter_and_another_matter_is_another(settled: Session) -> None:
    raises(settled)
    refusal = refused("objection_open_already", lambda: raises(settled, LU))
    assert refusal.details["number"] == "2026-001"
    raises(settled, indicator=None)
    refused("objection_open_already", lambda: raises(settled, LU, indicator=None))
    raises(settled, indicator="core_systems")
    decides(settled, "2026-001")
    assert raises(settled, LU).number == "2026-004"


def test_the_table_itself_refuses_a_second_open_one(settled: Session) -> None:
    for indicator in ("down_referral", None):
        raises(settled, indicator=indicator)
        with pytest.raises(IntegrityError), settled.begin_nested():
            settled.execute(
                Objection.__table__.insert().values(  # type: ignore[attr-defined]
                    number="2026-900", unit_code=JIA, period="2026-10", indicator=indicator, words="x", state=OPEN,
                    raised_by="li", raised_at=NOVEMBER_2, received_on=NOVEMBER_2.date(), due_on=NOVEMBER_2.date(),
                    is_provisional=False,
                )
            )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "actor", "changed"),
    [
        ("not_allowed", WANG, {}),
        ("not_allowed", CHEN, {}),
        ("not_settled", LI, {"period": Period(2026, month=9)}),
        ("not_settled", LI, {"period": Period(2026, quarter=4)}),
        ("objection_indicator_unknown", LI, {"indicator": "first_visit"}),  # of another tier's table
        ("objection_indicator_unknown", LI, {"indicator": "x' or 1=1"}),
        ("objection_words_missing", LI, {"words": " \u200b\n\u2060 "}),
        ("objection_words_missing", LI, {"words": "\ud800"}),
        ("objection_words_too_long", LI, {"words": "字" * (LONGEST_WORDS + 1)}),
    ],
)
def test_what_cannot_be_objected_to_is_refused(
    settled: Session, code: str, actor: Actor, changed: dict[str, object]
) -> None:
    refused(code, lambda: raises(settled, actor, **changed))
    assert open_objections(settled) == []
    assert settled.scalars(select(AuditRow).where(AuditRow.action == "raise_objection")).all() == []


def test_a_thousand_characters_are_taken_whole_and_odd_ones_made_safe(settled: Session) -> None:
    assert raises(settled, words="字" * LONGEST_WORDS).words == "字" * LONGEST_WORDS
    assert raises(settled, indicator=None, words=" a\x00\u202eb\r\nc ").words == "ab\nc"


def test_a_unit_without_a_scorecard_has_nothing_to_object_to(settled: Session) -> None:
    assert settled_periods(settled, JIA) == [OCTOBER]
    assert settled_periods(settled, "nobody") == []
    assert objectionable(settled, "nobody", OCTOBER) == ()
    actor = Actor("li", "li", "zh", frozenset({"representative"}), frozenset({"nobody"}))
    refused("scorecard_missing", lambda: raises(settled, actor, unit_code="nobody"))


@pytest.mark.parametrize(
    ("verdict", "state", "remedy"),
    [(REJECTED, REJECTED, None), (FIGURES, UPHELD, FIGURES), (SCHEME, UPHELD, SCHEME), (NONE, UPHELD, NONE)],
)
def test_a_decision_has_an_answer_and_is_made_once(
    settled: Session, verdict: str, state: str, remedy: str | None
) -> None:
    number = raises(settled).number
    found = decides(settled, number, SUN, verdict, " 核对过了。 ")
    assert (found.state, found.remedy, found.answer, found.decided_by) == (state, remedy, "核对过了。", "sun")
    refused("objection_decided", lambda: decides(settled, number))
    refused("objection_decided", lambda: withdraw_objection(settled, number=number, actor=LI, now=NOVEMBER_2))
    assert objection(settled, number).decided_by == "sun"
    assert [each.number for each in closed_objections(settled, most=5)] == [number]
    assert [each.number for each in scheme_remarks(settled)] == ([number] if remedy == SCHEME else [])


@pytest.mark.parametrize("answer", ["", "  \n"])
def test_a_decision_without_an_answer_is_none(settled: Session, answer: str) -> None:
    number = raises(settled).number
    refused("objection_answer_missing", lambda: decides(settled, number, answer=answer))
    assert objection(settled, number).state == OPEN


def test_who_is_of_the_unit_does_not_decide_even_as_staff_of_the_office(settled: Session) -> None:
    number = raises(settled).number
    settled.add(Role(person_id="chen", role="staff", unit_code=JIA))
    settled.flush()
    refused("objection_own_unit", lambda: decides(settled, number))
    settled.execute(delete(Role).where(Role.person_id == "chen", Role.role == "staff"))
    assert decides(settled, number).state == REJECTED


@pytest.mark.parametrize("actor", [LI, WANG, GAO])
def test_only_office_and_committee_decide(settled: Session, actor: Actor) -> None:
    number = raises(settled).number
    refused("not_allowed", lambda: decides(settled, number, actor))


def test_another_units_objection_does_not_exist_for_a_representative(settled: Session) -> None:
    number = raises(settled).number
    for wrong in (number, "2026-999", "nothing"):
        refused(
            "objection_unknown",
            lambda wrong=wrong: withdraw_objection(settled, number=wrong, actor=WANG, now=NOVEMBER_2),
        )
    assert objections_of(settled, YI) == []
    assert objection(settled, number).state == OPEN


def test_overdue_begins_on_the_day_after(settled: Session) -> None:
    found = raises(settled)
    days = (found.due_on - timedelta(days=1), found.due_on, found.due_on + timedelta(days=1))
    assert [is_overdue(found, day) for day in days] == [False, False, True]
    decided = decides(settled, found.number)
    assert not is_overdue(decided, days[2])


def test_a_due_date_moves_only_while_it_is_open(settled: Session) -> None:
    number, due = raises(settled).number, Due(date(2026, 12, 1), False, date(2026, 12, 31))
    move_due_date(settled, number=number, due=due, actor="schedule", now=NOVEMBER_2)
    assert objection(settled, number).due_on == date(2026, 12, 1)
    decides(settled, number)
    later = Due(date(2026, 12, 9), True, date(2026, 12, 31))
    move_due_date(settled, number=number, due=later, actor="schedule", now=NOVEMBER_2)
    assert objection(settled, number).due_on == date(2026, 12, 1)


def test_the_trail_names_acts_and_never_words(settled: Session) -> None:
    number = raises(settled).number
    decides(settled, number, answer="答复在这里")
    rows = settled.scalars(
        select(AuditRow).where(AuditRow.subject == f"objection:{number}").order_by(AuditRow.id)
    ).all()
    assert [(row.actor, row.action) for row in rows] == [
        ("person:li", "raise_objection"), ("person:chen", "decide_objection")
    ]  # fmt: skip
    assert WORDS not in str([row.details for row in rows])
    assert "答复在这里" not in str([row.details for row in rows])


def test_many_at_once_get_numbers_without_gaps_or_doubles_and_one_decision_wins(database: Database) -> None:
    with database.transaction() as session:
        Season(session).has_a_full_month().settles()
        has_people(session)
        codes = objectionable(session, JIA, OCTOBER)[:8]
    outcomes: list[str] = []

    def at_once(acts: list[Callable[[Session], object]]) -> list[str]:
        def work(act: Callable[[Session], object]) -> None:
            try:
                with database.transaction() as session:
                    act(session)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)

        outcomes.clear()
        threads = [threading.Thread(target=work, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(outcomes)

    def hands_in(code: str) -> Callable[[Session], object]:
        return lambda session: raises(session, indicator=code)

    assert at_once([hands_in(code) for code in (*codes, codes[0])]) == ["done"] * 8 + ["objection_open_already"]
    with database.transaction() as session:
        numbers = sorted(each.number for each in open_objections(session))
    assert numbers == [f"2026-{count:03d}" for count in range(1, 9)]
    acts: list[Callable[[Session], object]] = [
        lambda session: decides(session, "2026-001"),
        lambda session: decides(session, "2026-001", SUN, SCHEME),
        lambda session: withdraw_objection(session, number="2026-001", actor=LI, now=NOVEMBER_2),
    ]
    assert at_once(acts) == ["done", "objection_decided", "objection_decided"]
