from __future__ import annotations

import json
from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from consortium.models import Installation, Unit
from consortium.periods import Period
from locales.errors import DomainError
from reviews.assignment import plan_round
from reviews.criteria import CRITERIA, criteria_document
from reviews.models import Assignment, ReviewRound
from reviews.rounds import (
    STATES,
    Progress,
    advance,
    criteria_of,
    open_round,
    open_round_of,
    progress,
    raters_missing,
    round_of,
    takes_ballots,
    units_without_prospect,
)
from storage.audit import AuditRow
from tests.reviews.season import CHEN, NAMES, OCTOBER, START, assert_told, cooperation_csv, refusal, undone

HEADER = "unit_a,unit_b,kind,count,period"
PRIMARY = {f"p{number}": f"社区{number}" for number in range(6)}
NOVEMBER = Period(2026, month=11)
LEGAL = {("open", "closed"), ("closed", "counted"), ("counted", "erased")}


def stand_at(session, state: str) -> None:
    session.execute(update(ReviewRound).values(state=state).execution_options(synchronize_session=False))


def state_of(session) -> str:
    return session.scalars(select(ReviewRound.state)).one()


@pytest.mark.parametrize("state", STATES)
def test_round_takes_the_three_legal_steps_and_refuses_the_thirteen_others(season, session, state):
    season.is_open()
    stand_at(session, state)
    for to in STATES:
        with undone(session):
            if (state, to) in LEGAL:
                advance(session, period="2026-10", to=to, values={})
                assert state_of(session) == to
            else:
                with refusal(f"round_is_{state}", period="2026-10"):
                    advance(session, period="2026-10", to=to, values={})
                assert state_of(session) == state


@pytest.mark.parametrize("state", STATES)
def test_round_refuses_every_act_that_is_not_due(season, session, state):
    season.is_open()
    stand_at(session, state)
    session.execute(update(ReviewRound).values(ballots_counted=0).execution_options(synchronize_session=False))
    due = {"open": {"closes"}, "closed": {"counts"}, "counted": {"counts", "erases"}, "erased": {"counts", "erases"}}
    for act in ("opens", "closes", "counts", "erases"):
        with undone(session):
            if act in due[state]:
                getattr(season, act)()
            else:
                with refusal(f"round_is_{state}", period="2026-10"):
                    getattr(season, act)()
                assert state_of(session) == state


def test_round_that_does_not_exist_is_named(season):
    season.is_set_up()
    for act in (season.closes, season.counts, season.erases):
        with refusal("round_unknown", period="2026-10"):
            act()


def test_round_state_is_checked_by_the_database(season, session):
    season.is_open()
    for state in ("", "reopened", "OPEN"):
        with undone(session), pytest.raises(IntegrityError):
            stand_at(session, state)


def test_opening_lets_everyone_who_cooperated_score_each_other(season, session):
    season.is_set_up().imports(cooperation_csv(("yi", "jia", "bing")))
    round_ = season.opens()
    assert (round_.period, round_.state, round_.opened_at) == ("2026-10", "open", season.now)
    assert session.execute(
        select(Assignment.rater, Assignment.target, Assignment.casts).order_by(Assignment.id)
    ).all() == [
        ("bing", "jia", 0),
        ("bing", "yi", 0),
        ("jia", "bing", 0),
        ("jia", "yi", 0),
        ("yi", "bing", 0),
        ("yi", "jia", 0),
    ]


def test_opening_writes_one_audit_row(season, session):
    season.is_open("jia", "yi", "bing")
    row = session.scalars(select(AuditRow).where(AuditRow.action == "open_round")).one()
    assert (row.actor, row.subject, row.details) == (CHEN, "round:2026-10", {"assignments": 6, "units": 3})


# --- who scores whom, and whether scores can be compared --------------------------------------------------------------


def table(*pairs: tuple[str, str]) -> bytes:
    return "\n".join([HEADER, *(f"{one},{other},转诊,1,2026-10" for one, other in pairs)]).encode()


def test_opening_refuses_parts_that_split_a_tier_with_the_pairs_that_would_mend_it(season, session):
    season.is_set_up(PRIMARY).imports(table(*combinations(("p0", "p1", "p2"), 2), *combinations(("p3", "p4", "p5"), 2)))
    with refusal(
        "round_unconnected",
        period="2026-10",
        count=2,
        pairs="p0 – p3",
        tiers=["primary"],
        parts=[["p0", "p1", "p2"], ["p3", "p4", "p5"]],
        bridges=[{"rater": "p0", "unit": "p3"}],
    ):
        season.opens()
    assert session.scalars(select(ReviewRound)).all() == []
    assert session.scalars(select(Assignment)).all() == []


def test_opening_goes_on_once_the_proposed_pair_is_on_record(season):
    groups = [*combinations(("p0", "p1", "p2"), 2), *combinations(("p3", "p4", "p5"), 2)]
    season.is_set_up(PRIMARY).imports(table(*groups))
    with pytest.raises(DomainError) as refused:
        season.opens()
    bridges = [(bridge["rater"], bridge["unit"]) for bridge in refused.value.details["bridges"]]
    season.imports(table(*groups, *bridges))
    assert season.opens().state == "open"


def test_opening_names_a_few_pairs_in_the_sentence_and_all_in_the_details(season):
    units = {f"p{number:02}": f"第{number}" for number in range(30)}
    couples = [(f"p{number:02}", f"p{number + 1:02}") for number in range(0, 30, 2)]
    season.is_set_up(units).imports(table(*couples))
    with pytest.raises(DomainError) as refused:
        season.opens()
    assert len(refused.value.details["bridges"]) == 29
    assert refused.value.details["pairs"].count("–") == 12
    assert_told(refused.value)


def test_opening_takes_parts_that_split_no_tier(season, session):
    season.is_set_up().imports(table(("jia", "bing"), ("jia", "ding"), ("jia", "wu")))
    season.opens()  # the tertiary hospital is one part, the three primary units the other
    assert session.scalar(select(func.count()).select_from(Assignment)) == 6


def test_opening_refuses_two_units_of_a_tier_that_have_nobody_else(season):
    season.is_set_up(dict.fromkeys(("p0", "p1"), "社区")).imports(table(("p0", "p1")))
    with refusal("round_of_two", period="2026-10"):
        season.opens()


def test_opening_asks_a_third_unit_where_two_know_only_each_other(season):
    season.is_set_up(PRIMARY).imports(table(("p0", "p1")))
    with pytest.raises(DomainError) as refused:
        season.opens()
    assert refused.value.details["pairs"] == "p2 – p0, p2 – p1"


def test_opening_draws_raters_in_a_large_consortium_and_keeps_the_seed(season, session):
    units = {f"p{number:02}": f"第{number}" for number in range(35)}
    season.is_set_up(units).imports(table(*combinations(units, 2)))
    season.opens()
    per_unit = session.execute(select(Assignment.target, func.count()).group_by(Assignment.target)).all()
    assert sorted(per_unit) == [(unit, 16) for unit in units]
    details = session.scalars(select(AuditRow).where(AuditRow.action == "open_round")).one().details
    assert {name: details[name] for name in ("assignments", "units", "raters")} == {
        "assignments": 560, "units": 35, "raters": 16,
    }  # fmt: skip
    plan = plan_round(combinations(units, 2), seed=details["seed"], districts=dict.fromkeys(units, "东区"))
    stored = session.execute(select(Assignment.rater, Assignment.target)).all()
    assert sorted(stored) == [(task.rater, task.target) for task in plan.tasks]


def test_opening_draws_as_many_raters_as_the_configuration_or_the_caller_says(season, session):
    units = {f"p{number:02}": f"第{number}" for number in range(35)}
    season.is_set_up(units).imports(table(*combinations(units, 2)))
    session.execute(update(Installation).values(review={"public_key": season.public_key, "raters": 12}))
    session.expire_all()
    for given, expected in ((None, 12), (20, 20)):
        with undone(session):
            open_round(session, period=OCTOBER, closes_at=None, actor=CHEN, now=season.now, raters=given)
            per_unit = session.scalars(select(func.count(Assignment.id)).group_by(Assignment.target)).all()
            assert set(per_unit) == {expected}
    with undone(session), refusal("raters_out_of_range"):
        open_round(session, period=OCTOBER, closes_at=None, actor=CHEN, now=season.now, raters=0)


def test_opening_draws_anew_every_time(season, session):
    units = {f"p{number:02}": f"第{number}" for number in range(35)}
    season.is_set_up(units).imports(table(*combinations(units, 2)))
    drawn = []
    for _ in range(2):
        with undone(session):
            season.opens()
            drawn.append(session.execute(select(Assignment.rater, Assignment.target)).all())
    assert sorted(drawn[0]) != sorted(drawn[1])


def test_opening_freezes_the_key(season, session, other_keys):
    season.is_open()
    session.execute(update(Installation).values(review={"public_key": other_keys[1]}))
    session.expire_all()
    assert round_of(session, OCTOBER).public_key == season.public_key


def test_opening_freezes_the_criteria(season, session, monkeypatch):
    season.is_open()
    monkeypatch.setattr("reviews.rounds.CRITERIA", CRITERIA[:2])
    session.expire_all()
    assert criteria_of(round_of(session, OCTOBER)) == CRITERIA
    assert round_of(session, OCTOBER).criteria == criteria_document(CRITERIA)


@pytest.mark.parametrize("period", [Period(2026), Period(2026, quarter=4)])
def test_opening_is_for_months(season, period):
    season.is_set_up().imports(cooperation_csv())
    with refusal("period_not_month", period=str(period)):
        season.opens(period)


def test_opening_needs_cooperation_on_record_for_that_month(season):
    season.is_set_up()
    with refusal("no_cooperation", period="2026-10"):
        season.opens()
    season.imports(cooperation_csv())
    with refusal("no_cooperation", period="2026-11"):
        season.opens(NOVEMBER)


def test_opening_needs_two_units_that_still_take_part(season, session):
    season.is_set_up().imports(cooperation_csv(("jia", "yi")))
    session.execute(update(Unit).where(Unit.code == "yi").values(active=False))
    session.expire_all()
    with refusal("no_cooperation", period="2026-10"):
        season.opens()


@pytest.mark.parametrize("review", [{}, {"public_key": None}, {"public_key": ""}])
def test_opening_needs_a_public_key(season, session, review):
    season.is_set_up().imports(cooperation_csv())
    session.execute(update(Installation).values(review=review))
    session.expire_all()
    with refusal("no_review_key"):
        season.opens()


def test_opening_refuses_a_key_that_cannot_seal_and_one_that_can_open(season, session):
    season.is_set_up().imports(cooperation_csv())
    for key, code in (("BEGIN PUBLIC KEY", "review_key_invalid"), (season.private_key, "review_key_private")):
        session.execute(update(Installation).values(review={"public_key": key}))
        session.expire_all()
        with refusal(code):
            season.opens()
    assert session.scalars(select(ReviewRound)).all() == []


def test_opening_takes_a_closing_time_to_come_only(season):
    season.is_set_up().imports(cooperation_csv())
    with refusal("closing_in_the_past", closes_at="2026-10-20 16:02"):
        season.opens(closes_at=START + timedelta(minutes=2))
    assert season.opens(closes_at=START + timedelta(days=3)).closes_at == START + timedelta(days=3)


def test_opening_another_month_waits_until_the_open_round_is_closed(season, session):
    season.is_open()
    season.imports(cooperation_csv(period="2026-11"))
    with refusal("round_still_open", period="2026-10"):
        season.opens(NOVEMBER)
    season.closes()
    assert season.opens(NOVEMBER).period == "2026-11"
    assert open_round_of(session).period == "2026-11"


def test_database_itself_allows_one_open_round_only(season, session):
    season.is_open()
    with pytest.raises(IntegrityError):
        session.execute(
            insert(ReviewRound).values(period="2026-11", state="open", public_key="", criteria=[], opened_at=START)
        )


def test_database_itself_allows_nobody_to_score_themselves(season, session):
    season.is_open()
    with pytest.raises(IntegrityError):
        session.execute(insert(Assignment).values(period="2026-10", rater="jia", target="jia", casts=0))


def test_closing_keeps_the_time_and_the_actor(season, session):
    season.is_open()
    round_ = season.closes()
    assert (round_.state, round_.closed_at) == ("closed", season.now)
    assert open_round_of(session) is None
    row = session.scalars(select(AuditRow).where(AuditRow.action == "close_round")).one()
    assert (row.actor, row.subject, row.at) == (CHEN, "round:2026-10", season.now)


def test_two_who_close_at_once_are_told_apart(database, season_in):
    with database.transaction() as session:
        season_in(session).is_open()
    with database.transaction() as session:
        season_in(session).closes()
    with refusal("round_is_closed", period="2026-10"), database.transaction() as session:
        season_in(session).closes()


def test_voting_ends_with_the_closing_time_to_the_moment(season):
    season.is_set_up().imports(cooperation_csv())
    end = START + timedelta(days=3)
    round_ = season.opens(closes_at=end)
    assert takes_ballots(round_, end - timedelta(microseconds=1))
    assert not takes_ballots(round_, end)


def test_voting_without_a_closing_time_ends_when_the_round_is_closed(season):
    season.is_open()
    assert takes_ballots(open_round_of(season.session), START + timedelta(days=400))
    assert not takes_ballots(season.closes(), START)


def test_progress_tells_who_has_done_how_many_in_the_order_of_the_units(season, session):
    season.is_open("jia", "yi", "bing")
    season.votes("yi", "jia", "34512")
    season.votes("yi", "jia", "11111")
    season.votes("yi", "bing", "-----")
    season.votes("bing", "jia", "55555")
    assert progress(session, OCTOBER) == [Progress("jia", 2, 0), Progress("yi", 2, 2), Progress("bing", 2, 1)]
    assert raters_missing(session, OCTOBER) == ["jia", "bing"]


def test_progress_of_a_month_without_a_round_is_empty(season, session):
    season.is_set_up()
    assert progress(session, OCTOBER) == []
    assert raters_missing(session, OCTOBER) == []
    assert round_of(session, OCTOBER) is None


def test_units_without_prospect_are_those_fewer_than_five_others_score(season, session):
    season.is_open()
    assert units_without_prospect(session, OCTOBER) == ()
    session.execute(delete(Assignment).where(Assignment.target == "wu", Assignment.rater == "ji"))
    assert units_without_prospect(session, OCTOBER) == ("wu",)


def test_round_keeps_no_private_key_anywhere(season, session):
    season.is_open(*NAMES)
    stored = json.dumps([round_.public_key for round_ in session.scalars(select(ReviewRound))])
    assert '\\"d\\"' not in stored
