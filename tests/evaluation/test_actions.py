"""Actions: every red figure has one, and only a better figure after something was done closes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.actions import (
    action,
    action_for,
    actions,
    cancel_action,
    finish_action,
    follow_settlement,
    follow_settlements,
    is_overdue,
    is_red,
    open_action,
    open_actions,
    overdue_actions,
    plan_action,
)
from evaluation.elements import Actions, Scheme
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.office_models import Action
from evaluation.schemes import scheme_for
from locales.errors import DomainError
from storage.audit import AuditRow
from storage.database import Database
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER, Season, assert_told, changed, example, faults

NOVEMBER, DECEMBER = Period(2026, month=11), Period(2026, month=12)
NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)  # a Monday
RULE = {"below": 60, "workdays": 10}


def people(session: Session) -> None:
    for person, role, unit in (("chen", "office", None), ("sun", "committee", None), ("li", "representative", "jia"),
                               ("ma", "head", "jia"), ("wang", "representative", "yi")):  # fmt: skip
        session.add(Person(id=person, name=person.title(), language="zh", active=True))
        session.flush()
        session.add(Role(person_id=person, role=role, unit_code=unit))
    session.flush()


@pytest.fixture
def town(season: Season) -> Season:
    season.is_set_up(document=changed(example(), "actions", RULE))
    people(season.session)
    return season


def who(session: Session, person: str) -> Actor:
    return actor_of(session, person)


def scheme(session: Session) -> Scheme:
    return scheme_for(session, OCTOBER)


def settled(
    session: Session, period: Period, shares: dict[tuple[str, str], Fraction | None], *, unranked: str = ""
) -> None:
    """A settled month in which these lines earned these shares of ten points."""
    number = session.query(Settlement).count() + 1
    session.add(Settlement(period=str(period), sequence=number, settled_at=NOW, settled_by="schedule", scheme_year=2026,
                           scheme_version=1, digest=f"{number:064}", previous_digest=None if number == 1 else "d"))  # fmt: skip
    session.flush()
    for position, unit in enumerate(sorted({unit for unit, _ in shares})):
        is_ranked = unit != unranked
        session.add(Scorecard(
            period=str(period), unit_code=unit, position=position, tier="tertiary", total=Fraction(50), complete=True,
            responses=0, raters=0, rank=1 if is_ranked else None, rank_of=1, unranked_reason=None if is_ranked else "alone",
        ))  # fmt: skip
        session.flush()
    for position, ((unit, indicator), share) in enumerate(shares.items()):
        session.add(ScoreLine(
            period=str(period), unit_code=unit, indicator=indicator, position=position, dimension="capacity",
            party="committee", scheme_points=Fraction(10), target=Fraction(15), share=share, value=share,
            points=None if share is None else share * 10, available=Fraction(0 if share is None else 10),
            reason="missing" if share is None else None,
        ))  # fmt: skip
    session.flush()


def follow(session: Session, period: Period, now: datetime = NOW) -> list[Action]:
    return follow_settlement(session, period=period, scheme=scheme(session), actor="schedule", now=now)


@pytest.fixture
def red(town: Season) -> Action:
    """Jia's down-referral was red in October."""
    settled(town.session, OCTOBER, {("jia", "down_referral"): Fraction(1, 2), ("yi", "readmission"): Fraction(3, 5)})
    return follow(town.session, OCTOBER)[0]


def code_of(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    assert_told(caught.value)
    return caught.value.code


def line(
    share: Fraction | None, *, points: int = 10, target: int | None = 15, is_bonus: bool | None = None
) -> ScoreLine:
    return ScoreLine(share=share, scheme_points=Fraction(points), target=target, is_bonus=is_bonus)


@pytest.mark.parametrize(
    ("share", "targets", "expected"),
    [
        (Fraction(0), False, True), (Fraction(5999, 10_000), False, True), (Fraction(3, 5), False, False),
        (Fraction(6001, 10_000), False, False), (Fraction(9999, 10_000), True, True), (Fraction(1), True, False),
        (None, True, False),
    ],
)  # fmt: skip
def test_red_is_below_the_limit_exactly(share: Fraction | None, *, targets: bool, expected: bool) -> None:
    assert is_red(line(share), Actions(targets=targets)) is expected


def test_lines_without_points_bonuses_and_bands_without_a_target_are_never_red() -> None:
    strict = Actions(below=Fraction(100), targets=True)
    assert not is_red(line(Fraction(0), points=0), strict)
    assert not is_red(line(Fraction(0), is_bonus=True), strict)
    assert not is_red(line(Fraction(99, 100), target=None), Actions(below=Fraction(60), targets=True))


@given(st.fractions(0, 1), st.fractions(Fraction(1, 100), 100))
def test_a_better_share_is_never_redder(share: Fraction, below: Fraction) -> None:
    rule = Actions(below=below)
    assert is_red(line(share), rule) == (share * 100 < below)
    assert not is_red(line(share), rule) or is_red(line(share / 2), rule)


def test_scheme_says_what_is_red_or_nothing_is_opened() -> None:
    assert ("actions.below", "out_of_range") in faults(changed(example(), "actions", {"below": 0}))
    assert ("actions.below", "out_of_range") in faults(changed(example(), "actions", {"below": 101}))
    assert ("actions.workdays", "out_of_range") in faults(changed(example(), "actions", {"workdays": 61}))
    assert ("actions.colour", "key_unknown") in faults(changed(example(), "actions", {"colour": 1}))


def test_every_red_figure_of_a_ranked_unit_has_one_action(town: Season) -> None:
    session = town.session
    shares = {("jia", "a"): Fraction(1, 2), ("jia", "b"): Fraction(1), ("yi", "a"): Fraction(0), ("yi", "b"): None,
              ("bing", "a"): Fraction(0)}  # fmt: skip
    settled(session, OCTOBER, shares, unranked="bing")
    made = follow(session, OCTOBER)
    assert [(each.unit_code, each.indicator, each.number) for each in made] == [
        ("jia", "a", "A2026-001"), ("yi", "a", "A2026-002"),
    ]  # fmt: skip
    assert [(each.owner_id, each.due_on, each.recheck_period, each.words) for each in made] == [
        ("ma", date(2026, 11, 16), "2026-11", None), ("wang", date(2026, 11, 16), "2026-11", None),
    ]  # fmt: skip
    assert follow(session, OCTOBER) == follow_settlements(session, actor="schedule", now=NOW) == []


def test_settling_a_month_opens_them(season: Season) -> None:
    season.has_a_full_month()
    season.is_scored_by(changed(example(), "actions", RULE))
    season.settles()
    found = actions(season.session)
    reds = season.session.scalars(
        select(ScoreLine).join(Scorecard, (Scorecard.period == ScoreLine.period) & (Scorecard.unit_code == ScoreLine.unit_code))
        .where(Scorecard.rank.is_not(None))
    )  # fmt: skip
    expected = {(each.unit_code, each.indicator) for each in reds if is_red(each, Actions())}
    assert {(each.unit_code, each.indicator) for each in found} == expected != set()
    assert {each.owner_id for each in found} == {None}  # nobody answers for these units here


def test_without_the_key_nothing_is_opened_by_itself(season: Season) -> None:
    season.has_a_full_month().settles()
    assert actions(season.session) == []


def test_plan_do_check_close(town: Season, red: Action) -> None:
    session, li = town.session, who(town.session, "li")
    assert code_of(lambda: finish_action(session, action_id=red.id, words="done", actor=li, now=NOW)) == (
        "action_not_planned"
    )
    planned = plan_action(session, action_id=red.id, words="每周例会", actor=li, now=NOW)
    assert (planned.words, planned.owner_id, planned.state) == ("每周例会", "li", "open")
    done = finish_action(session, action_id=red.id, words="开了四次", actor=li, now=NOW)
    assert (done.state, done.done_by) == ("done", "li")
    settled(session, NOVEMBER, {("jia", "down_referral"): Fraction(3, 5)})
    follow(session, NOVEMBER)
    assert action(session, red.id).state == "closed"
    assert open_actions(session, "jia") == []
    trail = [row.action for row in session.scalars(select(AuditRow).where(AuditRow.subject == f"action:{red.number}"))]
    assert trail == ["open_action", "plan_action", "finish_action", "close_action"]
    words = str([row.details for row in session.scalars(select(AuditRow))])
    assert "每周例会" not in words
    assert "开了四次" not in words


def test_what_is_still_red_goes_another_round(town: Season, red: Action) -> None:
    session, ma = town.session, who(town.session, "ma")
    plan_action(session, action_id=red.id, words="plan", actor=ma, now=NOW)
    finish_action(session, action_id=red.id, words="done", actor=ma, now=NOW)
    settled(session, NOVEMBER, {("jia", "down_referral"): Fraction(599, 1000)})
    later = NOW + timedelta(days=35)
    assert follow(session, NOVEMBER, later) == []
    found = action(session, red.id)
    assert (found.state, found.rounds, found.recheck_period) == ("open", 2, "2026-12")
    assert found.due_on == date(2026, 12, 21)
    assert (found.words, found.done_words) == ("plan", "done")  # what was tried stays readable
    follow(session, NOVEMBER, later)
    assert action(session, red.id).rounds == 2


@pytest.mark.parametrize("share", [None, Fraction(1)])
def test_nothing_is_closed_without_a_figure_or_without_a_word(
    town: Season, red: Action, share: Fraction | None
) -> None:
    session = town.session
    if share is None:
        plan_action(session, action_id=red.id, words="plan", actor=who(session, "li"), now=NOW)
        finish_action(session, action_id=red.id, words="done", actor=who(session, "li"), now=NOW)
    before = action(session, red.id).state
    settled(session, NOVEMBER, {("jia", "down_referral"): share})
    follow(session, NOVEMBER)
    found = action(session, red.id)
    assert (found.state, found.rounds, found.recheck_period) == (before, 1, "2026-12")


def test_an_action_is_never_rechecked_against_a_month_settled_before_it(town: Season, red: Action) -> None:
    session, chen = town.session, who(town.session, "chen")
    settled(session, NOVEMBER, {("yi", "readmission"): Fraction(1)})
    made = open_action(session, unit_code="yi", indicator="readmission", period=OCTOBER, words="查一查", workdays=5,
                       actor=chen, now=NOW)  # fmt: skip
    assert (made.origin, made.recheck_period, made.words) == ("manual", "2026-12", "查一查")
    finish_action(session, action_id=made.id, words="done", actor=who(session, "wang"), now=NOW)
    follow(session, NOVEMBER)
    assert action(session, made.id).state == "done"


def test_one_action_stands_about_an_indicator(town: Season, red: Action) -> None:
    session, chen = town.session, who(town.session, "chen")
    facts = {"unit_code": "jia", "period": OCTOBER, "words": "x", "workdays": 5, "actor": chen, "now": NOW}
    assert code_of(lambda: open_action(session, indicator="down_referral", **facts)) == "action_open_already"
    assert code_of(lambda: open_action(session, indicator="nothing", **facts)) == "action_indicator_unknown"
    assert code_of(lambda: open_action(session, indicator="down_referral", **(facts | {"workdays": 0}))) == (
        "action_days_out_of_range"
    )
    assert code_of(lambda: open_action(session, indicator="down_referral", **(facts | {"words": "\u200b "}))) == (
        "action_words_missing"
    )
    settled(session, NOVEMBER, {("jia", "down_referral"): Fraction(0)})
    assert follow(session, NOVEMBER) == []  # still red, and the one that stands goes on


def test_the_office_cancels_with_a_reason_and_the_red_figure_stays_cancelled(town: Season, red: Action) -> None:
    session, chen = town.session, who(town.session, "chen")
    assert code_of(lambda: cancel_action(session, action_id=red.id, reason=" ", actor=chen, now=NOW)) == (
        "action_words_missing"
    )
    gone = cancel_action(session, action_id=red.id, reason="口径有误", actor=chen, now=NOW)
    assert (gone.state, gone.done_words, gone.closed_at) == ("cancelled", "口径有误", NOW)
    assert follow(session, OCTOBER) == []
    assert (
        code_of(lambda: cancel_action(session, action_id=red.id, reason="x", actor=chen, now=NOW)) == "action_not_open"
    )
    settled(session, NOVEMBER, {("jia", "down_referral"): Fraction(0)})
    assert [each.period for each in follow(session, NOVEMBER)] == ["2026-11"]  # red in another month: a new one


def test_who_may_do_what(town: Season, red: Action) -> None:
    session = town.session
    for person in ("wang", "chen", "sun"):
        actor = who(session, person)
        for act in (plan_action, finish_action):
            assert code_of(lambda act=act, actor=actor: act(
                session, action_id=red.id, words="x", actor=actor, now=NOW)) == "action_unknown"  # fmt: skip
    for person in ("li", "ma", "sun", "wang"):
        actor = who(session, person)
        assert code_of(
            lambda actor=actor: cancel_action(session, action_id=red.id, reason="x", actor=actor, now=NOW)
        ) == ("not_allowed")
    assert {person: person == "wang" for person in ("li", "ma", "chen", "sun", "wang")} == {
        person: _is_unseen(session, red.id, person) for person in ("li", "ma", "chen", "sun", "wang")
    }


def _is_unseen(session: Session, action_id: int, person: str) -> bool:
    try:
        action_for(session, action_id, who(session, person))
    except DomainError:
        return True
    return False


def test_overdue_is_after_its_day_and_only_while_it_is_open(town: Season, red: Action) -> None:
    assert not is_overdue(red, date(2026, 11, 16))
    assert overdue_actions(town.session, date(2026, 11, 17)) == [red]
    li = who(town.session, "li")
    plan_action(town.session, action_id=red.id, words="x", actor=li, now=NOW)
    finish_action(town.session, action_id=red.id, words="x", actor=li, now=NOW)
    assert overdue_actions(town.session, date(2026, 12, 17)) == []


def test_a_second_click_changes_nothing(town: Season, red: Action) -> None:
    session, li = town.session, who(town.session, "li")
    for _ in range(2):
        plan_action(session, action_id=red.id, words="plan", actor=li, now=NOW)
    for moment in (NOW, NOW + timedelta(hours=1)):
        finish_action(session, action_id=red.id, words="done", actor=li, now=moment)
    assert action(session, red.id).done_at == NOW
    assert session.query(AuditRow).filter(AuditRow.subject == f"action:{red.number}").count() == 3


@pytest.mark.both_databases
def test_of_two_at_once_one_comes_late(database: Database) -> None:
    with database.transaction() as session:
        Season(session).is_set_up(document=changed(example(), "actions", RULE))
        people(session)
        settled(session, OCTOBER, {("jia", "down_referral"): Fraction(0)})
        number = follow(session, OCTOBER)[0].id
        plan_action(session, action_id=number, words="plan", actor=who(session, "li"), now=NOW)

    def done() -> str:
        with database.transaction() as session:
            return finish_action(session, action_id=number, words="done", actor=who(session, "li"), now=NOW).state

    def cancelled() -> str:
        try:
            with database.transaction() as session:
                return cancel_action(session, action_id=number, reason="x", actor=who(session, "chen"), now=NOW).state
        except DomainError as error:
            return error.code

    def first() -> str:
        try:
            return done()
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        said = {each.result() for each in (pool.submit(first), pool.submit(cancelled))}
    assert said in ({"done", "cancelled"}, {"action_not_open", "cancelled"})
    with database.transaction() as session:
        assert action(session, number).state == "cancelled"


def test_the_next_month_of_a_year_is_in_the_next_year(town: Season) -> None:
    settled(town.session, DECEMBER, {("jia", "down_referral"): Fraction(0)})
    assert follow(town.session, DECEMBER, OCTOBER_IS_OVER)[0].recheck_period == "2027-01"
