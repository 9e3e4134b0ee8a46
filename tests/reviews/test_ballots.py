from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import OFFICE, REPRESENTATIVE, STAFF, Actor
from locales.errors import DomainError
from reviews.ballot_store import stored_ballots
from reviews.ballots import (
    AssignmentView,
    Marked,
    Sealed,
    assignments_of,
    blank_ballots,
    cast_ballot,
    cast_ballots,
    next_assignment,
    task_of,
)
from reviews.models import Assignment, ReviewRound
from reviews.rounds import day_of
from reviews.sealing import SEALED_LENGTH, ballot_token, open_private_key, receipt_of, seal, unseal_with
from storage.audit import AuditRow
from tests.reviews.season import NAMES, OCTOBER, START, cooperation_csv, refusal, representative

pytestmark = pytest.mark.both_databases


def stored(session) -> list[str]:
    return stored_ballots(session, "ballots_2026_10")


def opened(season) -> list:
    key_, sealed = open_private_key(season.private_key), stored(season.session)
    return sorted((unseal_with(key_, one) for one in sealed), key=lambda content: content.cast_at)


def casts(session) -> dict[tuple[str, str], int]:
    rows = session.execute(select(Assignment.rater, Assignment.target, Assignment.casts).where(Assignment.casts > 0))
    return {(rater, target): count for rater, target, count in rows}


def test_ballot_lies_sealed_with_everything_inside(season):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    (content,) = opened(season)
    assert (content.period, content.assignment_id, content.rater, content.target) == (
        "2026-10",
        season.task("yi", "jia"),
        "yi",
        "jia",
    )
    assert (content.marks, content.cast_at, content.counter) == ("34512", season.now, 1)


def test_ballot_row_has_a_random_id_and_a_text_and_nothing_else(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    [row] = session.execute(text("select * from ballots_2026_10")).mappings()
    assert set(row) == {"id", "sealed"}
    assert (len(row["id"]), len(row["sealed"])) == (32, SEALED_LENGTH)


def test_receipt_is_that_of_the_stored_text(season, session):
    season.is_open("jia", "yi")
    receipt = season.votes("yi", "jia", "34512")
    assert receipt.code == receipt_of(*stored(session))


def test_ballot_is_replaced_by_a_new_one_and_only_the_counter_tells(season, session):
    season.is_open("jia", "yi")
    first = season.votes("yi", "jia", "34512")
    second = season.votes("yi", "jia", "55555", person_id="wang")
    assert first != second
    assert [(content.marks, content.counter) for content in opened(season)] == [("34512", 1), ("55555", 2)]
    assert casts(session) == {("yi", "jia"): 2}


def test_no_dealings_is_a_ballot_like_any_other(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "-----")
    assert opened(season)[0].marks == "-----"
    assert [view.done for view in assignments_of(session, period=OCTOBER, unit_code="yi")] == [True]


def test_marks_of_another_shape_are_refused_and_leave_nothing(season, session):
    season.is_open("jia", "yi")
    audits = len(session.scalars(select(AuditRow)).all())
    for marks in ("", "3451", "345121", "34510", "3451-", "----", "３４５１２", "34512\n", "a" * 10_000):
        with refusal("marks_invalid", criteria=5):
            season.votes("yi", "jia", marks)
    assert stored(session) == []
    assert casts(session) == {}
    assert len(session.scalars(select(AuditRow)).all()) == audits


def test_audit_names_unit_round_and_day_but_neither_target_nor_marks(season, session):
    season.is_open("jia", "yi", "bing")
    season.votes("yi", "jia", "34512", person_id="wang")
    row = session.scalars(select(AuditRow).where(AuditRow.action == "cast_ballot")).one()
    assert (row.actor, row.subject, row.details, row.at) == (
        "person:wang",
        "round:2026-10",
        {"unit": "yi"},
        day_of(session, season.now),
    )
    assert row.at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    assert timedelta(0) < season.now - row.at < timedelta(days=1)


def test_nobody_but_a_representative_of_the_rater_casts(season, session):
    season.is_open("jia", "yi", "bing")
    task = season.task("yi", "jia")
    for actor in (
        representative("jia"),
        representative("bing", "jia"),
        representative(),
        Actor("chen", "陈", "zh", frozenset({OFFICE}), frozenset()),
        Actor("chen", "陈", "zh", frozenset({OFFICE, STAFF}), frozenset({"yi"})),
    ):
        code = "assignment_unknown" if REPRESENTATIVE in actor.roles else "not_allowed"
        with refusal(code):
            cast_ballot(session, actor=actor, assignment_id=task, marks="11111", ballot_id="x", now=season.now)
        with refusal(code):
            task_of(session, actor=actor, assignment_id=task, now=season.now)
    assert stored(session) == []


def test_refusal_of_a_stranger_does_not_tell_whether_the_round_is_open(season, session):
    season.is_open("jia", "yi")
    task = season.task("yi", "jia")
    season.closes()
    with refusal("assignment_unknown"):
        task_of(session, actor=representative("jia"), assignment_id=task, now=season.now)


def test_any_representative_of_the_unit_may_cast_and_one_that_was_replaced_may_not(season, session):
    season.is_open("jia", "yi")
    for person_id in ("li", "wang"):
        session.add(Person(id=person_id, name=person_id, language="zh", active=True))
    session.add(Role(person_id="li", role="representative", unit_code="yi"))
    session.flush()
    task = season.task("yi", "jia")
    actor = actor_of(session, "li")
    cast_ballot(session, actor=actor, assignment_id=task, marks="11111", ballot_id="one", now=season.now)
    session.execute(Role.__table__.update().values(person_id="wang"))
    with refusal("not_allowed"):
        cast_ballot(session, actor=actor_of(session, "li"), assignment_id=task, marks="22222", ballot_id="two",
                    now=season.now)  # fmt: skip
    cast_ballot(session, actor=actor_of(session, "wang"), assignment_id=task, marks="55555", ballot_id="two",
                now=season.now)  # fmt: skip
    assert casts(session) == {("yi", "jia"): 2}


def test_assignment_that_does_not_exist_is_refused(season, session):
    season.is_open("jia", "yi")
    for number in (0, -1, 999_999):
        with refusal("assignment_unknown"):
            task_of(session, actor=representative("yi"), assignment_id=number, now=season.now)


def test_ballot_after_the_closing_time_is_refused_with_the_date(season, session):
    season.is_set_up().imports(cooperation_csv(("jia", "yi")))
    season.opens(closes_at=START + timedelta(days=3))
    season.now = START + timedelta(days=3) - timedelta(minutes=1, microseconds=1)
    season.votes("yi", "jia", "34512")
    season.now = START + timedelta(days=3) - timedelta(minutes=1)
    with refusal("round_closed", period="2026-10", closed_at="2026-10-23 16:00"):
        season.votes("yi", "jia", "55555")
    assert casts(session) == {("yi", "jia"): 1}


def test_ballot_after_the_round_was_closed_is_refused_with_the_date(season):
    season.is_open("jia", "yi")
    season.closes()
    with refusal("round_closed", period="2026-10", closed_at="2026-10-20 16:03"):
        season.votes("yi", "jia", "34512")


def test_ballot_of_a_counted_or_erased_round_is_refused(season):
    season.is_open("jia", "yi")
    season.closes()
    season.counts()
    with refusal("round_closed", period="2026-10", closed_at="2026-10-20 16:03"):
        season.votes("yi", "jia", "34512")
    season.erases()
    with refusal("round_closed", period="2026-10", closed_at="2026-10-20 16:03"):
        season.votes("yi", "jia", "34512")


def test_ballot_id_that_was_used_is_refused_by_the_database(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    season.casts -= 1
    with pytest.raises(IntegrityError):
        season.votes("yi", "jia", "34512")


def test_tasks_are_shown_in_the_order_of_the_units_with_their_names(season, session):
    season.is_open("bing", "jia", "yi")
    season.votes("yi", "bing", "34512")
    assert assignments_of(session, period=OCTOBER, unit_code="yi") == [
        AssignmentView(season.task("yi", "jia"), "2026-10", "yi", "jia", {"zh": "人民医院", "en": "Jia"}, done=False),
        AssignmentView(season.task("yi", "bing"), "2026-10", "yi", "bing", {"zh": "社区中心", "en": "Bing"}, done=True),
    ]


def test_tasks_of_a_unit_that_has_none_or_a_month_without_a_round_are_empty(season, session):
    season.is_open("jia", "yi")
    assert assignments_of(session, period=OCTOBER, unit_code="wu") == []
    assert assignments_of(session, period=Period(2026, month=9), unit_code="yi") == []
    assert next_assignment(session, period=OCTOBER, unit_code="wu") is None


def test_task_is_shown_to_its_representative_while_the_round_takes_ballots(season, session):
    season.is_open("jia", "yi")
    task = task_of(session, actor=representative("yi"), assignment_id=season.task("yi", "jia"), now=season.now)
    assert task == assignments_of(session, period=OCTOBER, unit_code="yi")[0]
    season.closes()
    with refusal("round_closed"):
        task_of(session, actor=representative("yi"), assignment_id=task.id, now=season.now)


def test_next_task_is_the_first_behind_that_is_not_done_and_comes_round(season, session):
    season.is_open(*NAMES)

    def following(after: str | None) -> str | None:
        number = None if after is None else season.task("jia", after)
        task = next_assignment(session, period=OCTOBER, unit_code="jia", after=number)
        return None if task is None else task.target

    assert [following(None), following("yi"), following("ji")] == ["yi", "bing", "yi"]
    season.votes("jia", "yi", "34512")
    season.votes("jia", "bing", "34512")
    assert [following(None), following("yi"), following("ji"), following("wu")] == ["ding", "ding", "ding", "ji"]
    for target in ("ding", "wu"):
        season.votes("jia", target, "-----")
    assert [following("ji"), following("ding")] == ["ji", "ji"]
    season.votes("jia", "ji", "-----")
    assert following(None) is None


def test_next_task_after_an_unknown_one_starts_from_the_beginning(season, session):
    season.is_open("jia", "yi", "bing")
    assert next_assignment(session, period=OCTOBER, unit_code="jia", after=999_999).target == "yi"


def test_marks_are_not_logged_by_anyone(season, caplog):
    caplog.set_level(logging.DEBUG)
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512")
    with refusal("marks_invalid"):
        season.votes("yi", "jia", "3451x")
    assert "3451" not in caplog.text


def test_ballots_and_a_closing_at_the_same_time_fit_together(database, season_in):
    with database.transaction() as session:
        season_in(session).is_open("jia", "yi", "bing")

    def votes(number: int) -> str:
        try:
            with database.transaction() as session:
                season = season_in(session)
                season.casts = number
                season.votes("yi", "jia", "34512" if number % 2 else "11111")
        except DomainError as refused:
            return refused.code
        return "accepted"

    def closes() -> str:
        with database.transaction() as session:
            season_in(session).closes()
        return "closed"

    with ThreadPoolExecutor(6) as threads:
        acts = [threads.submit(closes) if number == 20 else threads.submit(votes, number) for number in range(40)]
        outcomes = Counter(act.result() for act in acts)
    assert outcomes["closed"] == 1
    assert outcomes["accepted"] + outcomes["round_closed"] == 39
    accepted = outcomes["accepted"]
    with database.transaction() as session:
        season = season_in(session)
        assert casts(session) == {("yi", "jia"): accepted}
        assert sorted(content.counter for content in opened(season)) == list(range(1, accepted + 1))
        assert season.counts().ballots == 1


def test_assignment_of_a_round_must_belong_to_units(season, session):
    season.is_open("jia", "yi")
    with pytest.raises(IntegrityError):
        session.execute(insert(Assignment).values(period="2026-10", rater="nobody", target="yi", casts=0))


# --- ballots that the rater's own page seals, and several at once ---------------------------------------------------


def sealed_by_page(season, blank, marks: str = "34512", **changes: object) -> Sealed:
    """What a page makes of a blank ballot."""
    content = replace(blank, marks=marks, **changes)
    return Sealed(blank.assignment_id, blank.counter, seal(season.public_key, content))


def casts_all(season, ballots, unit: str = "yi", ids: str = "abcdefgh"):
    actor, names = representative(unit), [letter * 32 for letter in ids[: len(ballots)]]
    return cast_ballots(season.session, actor=actor, ballots=ballots, ids=names, now=season.now)


def blanks(season, unit: str = "yi"):
    return blank_ballots(season.session, actor=representative(unit), unit_code=unit, now=season.now)


def test_blank_ballots_hold_all_but_marks_and_are_good_for_the_next_cast(season, session):
    season.is_open("jia", "yi", "bing")
    season.votes("yi", "bing", "33333")
    token_key = session.scalars(select(ReviewRound.token_key)).one()
    found = blanks(season)
    assert [(blank.target, blank.counter, blank.marks, blank.comment) for blank in found] == [
        ("jia", 1, "", ""), ("bing", 2, "", ""),
    ]  # fmt: skip
    assert {(blank.period, blank.rater, blank.cast_at) for blank in found} == {("2026-10", "yi", season.now)}
    assert [blank.token for blank in found] == [
        ballot_token(token_key, season.task("yi", "jia"), 1), ballot_token(token_key, season.task("yi", "bing"), 2),
    ]  # fmt: skip


def test_blank_ballots_are_for_representatives_of_the_unit_alone(season):
    season.is_open("jia", "yi")
    for actor in (representative("jia"), Actor("chen", "陈", "zh", frozenset({OFFICE}), frozenset({"yi"}))):
        with refusal("not_allowed"):
            blank_ballots(season.session, actor=actor, unit_code="yi", now=season.now)


def test_there_are_no_blank_ballots_without_an_open_round(season):
    season.is_set_up()
    assert blanks(season) == []
    season.imports(cooperation_csv(("jia", "yi")))
    season.opens(closes_at=START + timedelta(days=1))
    assert len(blanks(season)) == 1
    season.now = START + timedelta(days=1)
    assert blanks(season) == []


def test_ballot_sealed_by_the_page_is_stored_as_it_came_and_counts(season, session):
    season.is_open("jia", "yi")
    ballot = sealed_by_page(season, *blanks(season), comment="很好")
    [receipt] = casts_all(season, [ballot])
    assert (stored(session), receipt.code) == ([ballot.sealed], receipt_of(ballot.sealed))
    season.closes()
    assert (season.counts().ballots, season.counts().void) == (1, 0)


def test_ballot_sealed_at_the_door_has_its_token_and_its_comment_inside(season, session):
    season.is_open("jia", "yi")
    season.votes("yi", "jia", "34512", comment="  很好\n谢谢 ")
    [content] = opened(season)
    token_key = session.scalars(select(ReviewRound.token_key)).one()
    assert (content.comment, content.token) == ("很好 谢谢", ballot_token(token_key, season.task("yi", "jia"), 1))


def test_several_ballots_are_stored_in_the_order_of_their_ids_with_one_line_in_the_audit(season, session):
    season.is_open("jia", "yi", "bing")
    page = [sealed_by_page(season, blank) for blank in blanks(season)]
    receipts = casts_all(season, page, ids="ba")
    assert [receipt.code for receipt in receipts] == [receipt_of(ballot.sealed) for ballot in page]
    assert session.scalars(text("select id from ballots_2026_10 order by id")).all() == ["a" * 32, "b" * 32]
    row = session.scalars(select(AuditRow).where(AuditRow.action == "cast_ballot")).one()
    assert (row.subject, row.details) == ("round:2026-10", {"unit": "yi", "ballots": 2})


def test_page_that_is_behind_is_refused_whole_and_nothing_is_stored(database, season_in):
    with database.transaction() as session:
        season = season_in(session).is_open("jia", "yi", "bing")
        old = [sealed_by_page(season, blank) for blank in blanks(season)]
        season.votes("yi", "bing", "33333")
    for ballots in (old, [Marked(old[0].assignment_id, "33333", counter=2)], [replace(old[0], counter=7)]):
        with database.transaction() as session, refusal("ballot_already_sent"):
            season = season_in(session)
            season.now = START + timedelta(hours=1)
            with session.begin_nested():
                casts_all(season, ballots)
    with database.transaction() as session:
        assert (len(stored(session)), casts(session)) == (1, {("yi", "bing"): 1})


def test_one_target_twice_in_one_sending_needs_two_numbers(season, session):
    season.is_open("jia", "yi")
    task = season.task("yi", "jia")
    casts_all(season, [Marked(task, "11111"), Marked(task, "22222", counter=2)])
    assert sorted((content.marks, content.counter) for content in opened(season)) == [("11111", 1), ("22222", 2)]


@pytest.mark.parametrize(
    "spoil", [lambda text: "", lambda text: text[:-1], lambda text: text + "A", lambda text: "x" * SEALED_LENGTH,
              lambda text: text.replace(".", "A", 1), lambda text: text[:-1] + "票"],
)  # fmt: skip
def test_text_that_is_no_sealed_ballot_is_refused_and_not_repeated(season, session, spoil):
    season.is_open("jia", "yi")
    ballot = sealed_by_page(season, *blanks(season))
    with refusal("ballot_malformed"):
        casts_all(season, [replace(ballot, sealed=spoil(ballot.sealed))])
    assert (stored(session), casts(session)) == ([], {})


def test_comment_that_is_too_long_is_refused_without_being_repeated(season, session):
    season.is_open("jia", "yi")
    with refusal("comment_too_long", limit=200):
        season.votes("yi", "jia", "34512", comment="长" * 201)
    assert stored(session) == []


def test_ballots_of_another_unit_are_refused_whole(season, session):
    season.is_open("jia", "yi", "bing")
    mine, foreign = Marked(season.task("yi", "jia"), "33333"), Marked(season.task("bing", "jia"), "11111")
    with refusal("assignment_unknown"):
        casts_all(season, [mine, foreign])
    assert (stored(session), casts(session)) == ([], {})


def test_what_is_sent_does_not_show_when_printed(season):
    season.is_open("jia", "yi")
    ballot = sealed_by_page(season, *blanks(season))
    assert ballot.sealed[900:940] not in repr(ballot)
    assert "34512" not in repr(Marked(1, "34512", "很好"))
    assert "很好" not in repr(Marked(1, "34512", "很好"))


def test_sending_nothing_stores_nothing(season, session):
    season.is_open("jia", "yi")
    assert casts_all(season, []) == []
    assert stored(session) == []
