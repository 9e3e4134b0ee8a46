"""Votes on a scheme: named comments first, a secret vote after, bound to one document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.office_models import Poll, PollVoter
from consortium.people import actor_of
from consortium.permissions import Actor
from consortium.polls import AGAINST, FOR, new_slip, published_slips
from evaluation.models import SchemeVersion
from evaluation.office_models import SchemeVote
from evaluation.scheme_drafts import copy_newest, give_up_draft
from evaluation.scheme_votes import (
    call_off_vote,
    cast_scheme_vote,
    comment_on_scheme,
    comments_of,
    count_scheme_vote,
    count_votes_due,
    has_changed,
    may_vote,
    open_scheme_vote,
    result_of,
    state_of,
    vote_for,
    votes_about,
    votes_of,
    waiting_votes,
)
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import Season, assert_told

NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)  # ten in the morning in Shanghai
VOTING = NOW + timedelta(days=4)
PEOPLE = (
    ("chen", "office", None), ("sun", "committee", None), ("gao", "auditor", None), ("he", "staff", "jia"),
    ("li", "representative", "jia"), ("wang", "representative", "yi"), ("ma", "head", "jia"),
    ("bao", "representative", "bing"), ("ding1", "representative", "ding"), ("wu1", "head", "wu"),
)  # fmt: skip
VOTERS = ("bao", "ding1", "li", "ma", "wang", "wu1")


@pytest.fixture
def town(season: Season) -> Session:
    season.is_set_up()
    for person, role, unit in PEOPLE:
        season.session.add(Person(id=person, name=person.title(), language="zh", active=True))
        season.session.flush()
        season.session.add(Role(person_id=person, role=role, unit_code=unit))
    season.session.add(Role(person_id="ma", role="representative", unit_code="jia"))  # both: one vote
    season.session.flush()
    return season.session


def who(session: Session, person: str) -> Actor:
    return actor_of(session, person)


def opened(session: Session, **changes: Any) -> SchemeVote:
    facts: dict[str, Any] = {
        "year": 2026, "version": 1, "draft_id": None, "electorate": "units", "comment_days": 2, "voting_days": 3,
        "actor": who(session, "chen"), "now": NOW,
    }  # fmt: skip
    return open_scheme_vote(session, **(facts | changes))


def vote(session: Session, found: SchemeVote, person: str, choice: str = FOR, now: datetime = VOTING) -> str:
    return cast_scheme_vote(
        session, vote_id=found.id, choice=choice, slip=new_slip(), actor=who(session, person), now=now
    )


def code_of(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    assert_told(caught.value)
    return caught.value.code


def test_heads_and_representatives_vote_once_each_and_the_last_vote_ends_it(town: Session) -> None:
    found = opened(town)
    assert sorted(town.scalars(select(PollVoter.person_id))) == sorted(VOTERS)
    receipts = [vote(town, found, person) for person in VOTERS[:-1]]
    assert state_of(town, found, VOTING) == "voting"
    assert result_of(town, found) is None
    receipts.append(vote(town, found, VOTERS[-1]))
    assert state_of(town, found, VOTING) == "counted"
    result = result_of(town, found)
    assert result is not None
    assert (result["outcome"], result["votes"], result["counts"][FOR]) == ("unanimous", 6, 6)
    assert found.poll_id is not None
    assert {each.slip for each in published_slips(town, found.poll_id)} == set(receipts)
    assert votes_about(town, found.digest) == [(found, result)]


def test_days_end_at_midnight_on_the_consortiums_clocks(town: Session) -> None:
    found = opened(town)
    assert found.comments_until == datetime(2026, 11, 4, 16, tzinfo=UTC)
    ends = town.get_one(Poll, found.poll_id).closes_at
    assert ends == datetime(2026, 11, 7, 16, tzinfo=UTC)
    assert code_of(lambda: vote(town, found, "li", now=found.comments_until - timedelta(seconds=1))) == "vote_not_begun"
    vote(town, found, "li", now=found.comments_until)
    assert code_of(lambda: vote(town, found, "wang", now=ends)) == "poll_closed"
    assert state_of(town, found, ends) == "over"
    assert code_of(lambda: count_scheme_vote(town, vote_id=found.id, actor="schedule", now=VOTING)) == "poll_not_over"
    assert count_votes_due(town, actor="schedule", now=ends) == [found]
    assert count_votes_due(town, actor="schedule", now=ends) == []
    result = result_of(town, found)
    assert result == {"outcome": "not_carried", "leading": [], "voters": 6, "votes": None, "counts": None}


def test_comments_bear_names_and_end_before_the_voting(town: Session) -> None:
    found = opened(town)
    said = {"vote_id": found.id, "now": NOW}
    for person, words in (
        ("li", "满意度的分值太高\n建议 15 分"),
        ("sun", "同意"),
        ("li", "满意度的分值太高\n建议 15 分"),
    ):
        comment_on_scheme(town, words=words, actor=who(town, person), **said)
    assert [(name, each.words) for each, name in comments_of(town, found.id)] == [
        ("Li", "满意度的分值太高\n建议 15 分"), ("Sun", "同意"),
    ]  # fmt: skip
    for person in ("he",):
        assert (
            code_of(lambda p=person: comment_on_scheme(town, words="x", actor=who(town, p), **said)) == "vote_unknown"
        )
    li = who(town, "li")
    assert code_of(lambda: comment_on_scheme(town, words=" \u200b", actor=li, **said)) == "vote_comment_missing"
    assert code_of(lambda: comment_on_scheme(town, words="字" * 1001, actor=li, **said)) == "vote_comment_too_long"
    assert code_of(lambda: comment_on_scheme(town, words="x", actor=li, vote_id=found.id, now=VOTING)) == (
        "vote_comments_closed"
    )
    assert "分值太高" not in str([row.details for row in town.scalars(select(AuditRow))])


def test_it_is_bound_to_the_document(town: Session) -> None:
    found = opened(town)
    vote(town, found, "li")
    row = town.get_one(SchemeVersion, (2026, 1))
    row.digest = "0" * 64
    town.flush()
    assert has_changed(town, found)
    assert code_of(lambda: vote(town, found, "wang")) == "vote_scheme_changed"
    assert votes_about(town, "0" * 64) == []


def test_a_draft_can_be_voted_on_and_one_given_up_no_more(town: Session) -> None:
    chen = who(town, "chen")
    draft = copy_newest(town, actor=chen, now=NOW)
    found = opened(town, year=draft.year, version=draft.version, draft_id=draft.id)
    assert not has_changed(town, found)
    vote(town, found, "li", AGAINST)
    give_up_draft(town, draft_id=draft.id, actor=chen, now=VOTING)
    assert code_of(lambda: vote(town, found, "wang")) == "vote_scheme_changed"


def test_the_committee_can_be_asked_instead(town: Session) -> None:
    found = opened(town, electorate="committee")
    assert may_vote(town, found, who(town, "sun"))
    assert not may_vote(town, found, who(town, "li"))
    assert code_of(lambda: vote(town, found, "li")) == "vote_unknown"
    vote(town, found, "sun")
    result = result_of(town, found)
    assert result == {"outcome": "carried", "leading": [], "voters": 1, "votes": None, "counts": None}


def test_called_off_only_before_anybody_could_vote(town: Session) -> None:
    found, chen = opened(town), who(town, "chen")
    assert code_of(lambda: opened(town)) == "poll_open_already"
    assert code_of(lambda: call_off_vote(town, vote_id=found.id, actor=chen, now=VOTING)) == "vote_begun"
    comment_on_scheme(town, vote_id=found.id, words="再议", actor=who(town, "li"), now=NOW)
    call_off_vote(town, vote_id=found.id, actor=chen, now=NOW)
    assert state_of(town, found, NOW) == "called_off"
    assert town.scalars(select(Poll)).all() == town.scalars(select(PollVoter)).all() == []
    assert call_off_vote(town, vote_id=found.id, actor=chen, now=VOTING) is found
    assert code_of(lambda: vote(town, found, "li")) == "vote_unknown"
    assert opened(town).id != found.id


def test_who_may_open_and_see(town: Session) -> None:
    for person in ("li", "sun", "gao", "ma"):
        assert code_of(lambda p=person: opened(town, actor=who(town, p))) == "not_allowed"
    for changes in ({"comment_days": 0}, {"voting_days": 61}, {"electorate": "everybody"}):
        assert code_of(lambda c=changes: opened(town, **c)) == "vote_days_out_of_range"
    assert code_of(lambda: opened(town, version=9)) == "vote_scheme_unknown"
    found = opened(town)
    for person in ("chen", "sun", "gao", "li", "wu1"):
        assert vote_for(town, found.id, who(town, person)) is found
    assert code_of(lambda: vote_for(town, found.id, who(town, "he"))) == "vote_unknown"
    assert votes_of(town, "li") == [found]
    assert (waiting_votes(town, "li", NOW), waiting_votes(town, "li", VOTING)) == ([], [found])
    vote(town, found, "li")
    assert waiting_votes(town, "li", VOTING) == votes_of(town, "sun") == []
