"""Honours from the opening to the bulletin: the gate twice, one vote each, nobody for their own unit, ties, vetoes."""

from __future__ import annotations

import threading
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update

from bulletins.content import HonourGiven
from bulletins.editions import content_of, latest
from bulletins.eligibility import bars
from bulletins.honour_gate import Gate
from bulletins.honour_models import Nomination
from bulletins.honour_votes import (
    NOBODY,
    advance_honours,
    choices_for,
    result_list,
    result_mark,
    told_in_month,
    vote_for,
    voters_of,
)
from bulletins.honours import honour, honours_given, periods_within, poster_of
from bulletins.nominations import MOST_NOMINATIONS, cancel_honour, nominations, withdraw_nomination
from consortium.models import Person, Role
from consortium.office_models import PollSlip, PollVoter
from consortium.people import actor_of
from consortium.periods import Period
from consortium.polls import new_slip
from evaluation.models import Scorecard, Veto
from locales.errors import DomainError
from storage.audit import AuditRow
from storage.database import Database
from tests.bulletins.cast import MORNING, Desk, refused
from tests.bulletins.honours_cast import REASON, Gala, kind
from tests.evaluation.cast import OCTOBER

NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def gala(desk):
    return Gala(desk).is_ready()


def is_vetoed(gala, unit, period="2026-10"):
    gala.session.add(Veto(period=period, unit_code=unit, state="in_force", reason="x", evidence="x", proposed_by="chen",
                          proposed_at=MORNING, decided_by="luo", decided_at=MORNING))  # fmt: skip
    gala.session.flush()


def scores(gala, **totals):
    for unit, total in totals.items():
        values = {"total": total} if total is not None else {
            "total": None, "rank": None, "unranked_reason": "no_total", "rank_low": None, "rank_high": None, "band": None,
            "total_low": None, "total_high": None,
        }  # fmt: skip
        gala.session.execute(update(Scorecard).where(Scorecard.unit_code == unit).values(**values))
    gala.session.expire_all()


def test_whole_way_to_the_bulletin_and_the_poster(gala):
    desk = gala.desk
    gala.configures(kind(places=2, minimum=None))
    found = gala.opens()
    jia, yi, bing = (gala.names(found, unit, who="he") for unit in ("jia", "yi", "bing"))
    gala.starts(found)
    for who, choice in {
        "li": bing,
        "yuan": yi,
        "wang": bing,
        "bai": bing,
        "qian": jia,
        "xu": yi,
        "luo": NOBODY,
    }.items():
        gala.votes(found, who, choice)
    desk.drafts()
    gala.ends(found)
    result = result_list(gala.session, found)
    assert [(row.unit_code, row.place, row.votes) for row in result.rows] == [
        ("bing", 1, 3),
        ("yi", 2, 2),
        ("jia", None, 1),
    ]
    assert (result.voters, result.votes) == (7, 7)
    decided = gala.decides(found)
    given = honours_given(gala.session, OCTOBER)
    assert [(each.name["zh"], [name["zh"] for _, name in each.winners]) for each in given] == [
        ("协同标兵单位", ["社区中心", "二院"])
    ]
    assert content_of(latest(gala.session, OCTOBER)).honours == given
    assert isinstance(given[0], HonourGiven)
    assert honours_given(gala.session, NOVEMBER) == ()
    poster = poster_of(gala.session, decided.id)
    assert (poster.period, poster.winners) == ("2026-10", given[0].winners)
    with refused("honour_decided_already"):
        gala.decides(found, mark="x")


def test_decided_after_the_release_it_stands_in_the_next_bulletin(gala):
    gala.desk.releases(gala.desk.proposes())
    assert told_in_month(gala.session, gala.desk.now) == NOVEMBER
    found = gala.opens()
    gala.names(found, "bing")
    gala.starts(found)
    gala.votes(found, "li", gala.session.scalars(select(Nomination)).one())
    gala.ends(found)
    assert gala.decides(found).result["told_in"] == "2026-11"
    assert honours_given(gala.session, OCTOBER) == ()
    assert len(honours_given(gala.session, NOVEMBER)) == 1


def test_poll_and_trail_do_not_say_who_chose_whom(gala):
    found = gala.opens()
    bing = gala.names(found, "bing")
    gala.starts(found)
    slip = gala.votes(found, "li", bing)
    assert [(row.slip, row.choice) for row in gala.session.scalars(select(PollSlip))] == [(slip, str(bing.id))]
    voted = gala.session.scalars(select(PollVoter.person_id).where(PollVoter.has_voted)).all()
    assert voted == ["li"]
    trail = gala.session.scalars(select(AuditRow).where(AuditRow.actor == "person:li")).all()
    assert all(slip not in str(row.details) and str(bing.id) not in str(row.details) for row in trail)


def test_one_vote_each_never_for_the_own_unit_and_only_who_may(gala):
    found = gala.opens()
    jia, bing = gala.names(found, "jia"), gala.names(found, "bing")
    gala.starts(found)
    assert [each.unit_code for each in choices_for(gala.session, found, actor_of(gala.session, "yuan"))] == ["bing"]
    for who in ("li", "yuan"):
        with refused("own_unit_vote"):
            gala.votes(found, who, jia)
    gala.votes(found, "li", bing)
    for choice in (bing, NOBODY):
        with refused("already_voted"):
            gala.votes(found, "li", choice)
    for who in ("he", "chen"):  # staff and office are not among this honour's voters
        with refused("not_a_voter"):
            gala.votes(found, who, jia)
    for choice in ("999", "x", "", "1e3"):
        with pytest.raises(DomainError):
            gala.votes(found, "wang", choice)
    assert voters_of(gala.session, found) == ["bai", "li", "luo", "qian", "wang", "xu", "yuan"]


def test_a_nomination_of_another_honour_is_no_choice(gala):
    found, other = gala.opens(), gala.opens("star")
    gala.names(found, "bing")
    star = gala.names(other, "yi", "张三")
    gala.starts(found)
    with refused("poll_choice_unknown"):
        gala.votes(found, "li", star)


def test_gate_is_asked_at_nomination_and_again_when_voting_opens(gala):
    gala.configures(kind(minimum=85))
    scores(gala, jia=90, yi=84, bing=90)
    found = gala.opens()
    jia, yi, bing = (gala.names(found, unit) for unit in ("jia", "yi", "bing"))
    assert [each.bar for each in (jia, yi, bing)] == [None, "below_minimum", None]
    scores(gala, yi=85)
    is_vetoed(gala, "bing")
    gala.starts(found)
    assert [(each.unit_code, each.state, each.bar) for each in nominations(gala.session, found.id)] == [
        ("jia", "eligible", None), ("yi", "eligible", None), ("bing", "barred", "vetoed"),
    ]  # fmt: skip
    with refused("poll_choice_unknown"):
        gala.votes(found, "li", bing)


def test_eligible_units_are_those_of_a_count_by_hand(gala):
    scores(gala, jia=85, yi="84.999", bing=None)
    is_vetoed(gala, "jia", "2026-10")
    three = ("jia", "yi", "bing")
    found = bars(gala.session, gate=Gate(Fraction(85), two_years=False), period=OCTOBER)
    assert {unit: found[unit] for unit in three} == {
        "jia": "vetoed", "yi": "below_minimum", "bing": "no_total",
    }  # fmt: skip
    standards = bars(gala.session, gate=Gate(None, two_years=True), period=NOVEMBER)
    assert {standards[unit] for unit in three} == {"standard_missing_year"}
    assert set(bars(gala.session, gate=Gate(Fraction(85), two_years=False), period=NOVEMBER).values()) == {
        "not_settled"
    }


def test_a_veto_of_a_month_bars_the_quarter_and_the_year():
    assert periods_within(OCTOBER) == ("2026-10",)
    assert periods_within(Period.parse("2026-Q4")) == ("2026-Q4", "2026-10", "2026-11", "2026-12")
    assert len(periods_within(Period.parse("2026"))) == 17


def test_vetoed_after_the_vote_falls_out_and_the_others_close_up(gala):
    found = gala.opens()
    jia, bing = gala.names(found, "jia"), gala.names(found, "bing")
    gala.starts(found)
    for who, choice in {"wang": bing, "bai": bing, "luo": bing, "qian": jia, "xu": jia, "li": NOBODY}.items():
        gala.votes(found, who, choice)
    gala.ends(found)
    seen = result_list(gala.session, found)
    assert [row.unit_code for row in seen.winners] == ["bing"]
    mark = gala_mark(gala, found)
    is_vetoed(gala, "bing")
    with refused("honour_changed"):
        gala.decides(found, mark=mark)
    assert [each["unit"] for each in gala.decides(found).result["winners"]] == ["jia"]
    is_vetoed(gala, "jia")
    assert honours_given(gala.session, OCTOBER) == ()
    with refused("honour_not_decided"):
        poster_of(gala.session, found.id)


def gala_mark(gala, found):
    return result_mark(found, result_list(gala.session, found))


def test_below_five_votes_no_figure_and_only_who_leads(gala):
    gala.configures(kind(places=3))
    found = gala.opens()
    jia, bing = gala.names(found, "jia"), gala.names(found, "bing")
    gala.starts(found)
    for who, choice in {"wang": bing, "bai": bing, "qian": jia}.items():
        gala.votes(found, who, choice)
    gala.ends(found)
    result = result_list(gala.session, found)
    assert [(row.unit_code, row.place, row.votes) for row in result.rows] == [("bing", 1, None), ("jia", None, None)]
    assert result.votes is None


def test_nobody_wins_where_nobody_voted(gala):
    found = gala.opens()
    gala.names(found, "bing")
    gala.starts(found)
    gala.ends(found)
    assert gala.decides(found).result["winners"] == []
    assert honours_given(gala.session, OCTOBER) == ()


def test_a_star_belongs_to_the_unit_that_names_them_and_the_unit_is_eligible(gala):
    is_vetoed(gala, "yi")
    found = gala.opens("star")
    with refused("nomination_own_people"):
        gala.names(found, "jia", "张三", who="wang")
    assert gala.names(found, "yi", "李 四", who="wang").bar == "vetoed"
    mine = gala.names(found, "bing", "王 五", who="he")
    assert (mine.candidate, mine.bar) == ("王五", None)
    assert gala.names(found, "jia", "Anna Li", who="chen").candidate == "Anna Li"
    with refused("nominated_already"):
        gala.names(found, "bing", "王五\u202e", who="qian")
    for name in ("", "王", "名" * 41, "\u200b"):
        with refused("nomination_name"):
            gala.names(found, "bing", name, who="he")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"words": "太短"}, "nomination_words_length"),
        ({"words": "字" * 301}, "nomination_words_length"),
        ({"unit": "nobody"}, "unit_unknown"),
        ({"who": "luo"}, "not_allowed"),
    ],
)
def test_nominations_that_are_refused(gala, changes, code):
    found = gala.opens()
    with refused(code):
        gala.names(found, **({"unit": "bing"} | changes))
    assert nominations(gala.session, found.id) == []


def test_withdrawing_and_nominating_anew(gala):
    found = gala.opens()
    made = gala.names(found, "bing")
    with refused("not_allowed"):
        withdraw_nomination(gala.session, nomination_id=made.id, actor=actor_of(gala.session, "li"), now=gala.desk.now)
    for code in (None, "nomination_withdrawn"):
        try:
            withdraw_nomination(
                gala.session, nomination_id=made.id, actor=actor_of(gala.session, "wang"), now=gala.desk.now
            )
        except DomainError as error:
            assert error.code == code  # noqa: PT017 - the second time only
    again = gala.names(found, "bing", who="li", words=f"{REASON}再提。")
    assert (again.id, again.nominated_by) == (made.id, "li")


def test_nominations_end_by_the_hour_and_have_a_limit(gala):
    found = gala.opens()
    gala.session.add_all(
        Nomination(honour_id=found.id, unit_code="jia", candidate=f"{number}", words=REASON, nominated_by="li",
                   nominated_at=MORNING, state="eligible") for number in range(MOST_NOMINATIONS)
    )  # fmt: skip
    gala.session.flush()
    with refused("nominations_full"):
        gala.names(found, "bing")
    gala.desk.now = found.nominate_until
    with refused("nominating_over"):
        gala.names(found, "yi")
    gala.desk.now -= timedelta(seconds=1)
    with refused("nominations_full"):
        gala.names(found, "yi")
    assert f"{found.nominate_until:%H:%M}" in {"16:00", "00:00"}  # midnight in Shanghai


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "nothing"}, "honour_kind_unknown"),
        ({"period": Period.parse("2026-Q4")}, "honour_period_unfit"),
        ({"period": Period.parse("2026-12")}, "honour_period_ahead"),
        ({"days": 0}, "honour_days"),
        ({"days": 61}, "honour_days"),
        ({"who": "li"}, "not_allowed"),
    ],
)
def test_openings_that_are_refused(gala, changes, code):
    with refused(code):
        gala.opens(**changes)


def test_opened_once_and_again_only_after_it_was_given_up(gala):
    found = gala.opens()
    gala.names(found, "bing")
    with refused("honour_open_already"):
        gala.opens()
    cancel_honour(gala.session, honour_id=found.id, actor=actor_of(gala.session, "chen"), now=gala.desk.now)
    with refused("honour_not_nominating"):
        cancel_honour(gala.session, honour_id=found.id, actor=actor_of(gala.session, "chen"), now=gala.desk.now)
    again = gala.opens()
    assert (again.id, again.state, nominations(gala.session, again.id)) == (found.id, "nominating", [])


def test_voting_needs_somebody_to_vote_for(gala):
    found = gala.opens()
    with refused("honour_without_candidates"):
        gala.starts(found)
    is_vetoed(gala, "bing")
    gala.names(found, "bing")
    with refused("honour_without_candidates"):
        gala.starts(found)
    with refused("honour_not_voting"):
        gala.votes(found, "li", NOBODY)


def test_time_moves_honours_on_once_and_tells_whom_it_concerns(gala):
    """Nominations end, voting begins; voting ends, the office is told; nobody nominated, it is given up."""
    found, empty = gala.opens(), gala.opens("star")
    gala.names(found, "bing")
    assert advance_honours(gala.session, actor="schedule", now=gala.desk.now) == 0
    gala.desk.now = found.nominate_until
    assert advance_honours(gala.session, actor="schedule", now=gala.desk.now) == 2
    assert advance_honours(gala.session, actor="schedule", now=gala.desk.now) == 0
    assert (honour(gala.session, found.id).state, honour(gala.session, empty.id).state) == ("voting", "cancelled")
    gala.desk.now = found.vote_until
    assert advance_honours(gala.session, actor="schedule", now=gala.desk.now) == 1
    assert advance_honours(gala.session, actor="schedule", now=gala.desk.now) == 0
    keys = {row.dedupe_key.split(":telegram")[0] for row in gala.desk.owed()}
    assert {f"honour:{found.id}:end", f"honour:{empty.id}:nobody:{empty.opened_at.isoformat()}"} <= keys
    assert all("bing" not in str(row.message) and "社区" not in str(row.message) for row in gala.desk.owed())


def test_changed_configuration_moves_no_honour_that_is_open(gala):
    found = gala.opens()
    gala.configures(kind(minimum=100, voters=("staff",), places=9))
    gala.names(found, "bing")
    gala.starts(found)
    assert honour(gala.session, found.id).places == 1
    assert "he" not in voters_of(gala.session, found)


def test_many_at_once_vote_once_each(database: Database):
    """Everybody clicks three times at the same moment: one vote each, none doubled, none lost."""
    people = [f"p{number}" for number in range(6)]
    with database.transaction() as session:
        gala = Gala(Desk(session).is_ready()).is_ready()
        for person in people:
            session.add(Person(id=person, name=person, language="zh", active=True))
            session.flush()
            session.add(Role(person_id=person, role="representative", unit_code="jia"))
        session.flush()
        found = gala.opens()
        bing = gala.names(found, "bing").id
        gala.starts(found)
        honour_id, now = found.id, gala.desk.now
    outcomes: list[str] = []
    start = threading.Barrier(len(people) * 3)

    def votes(person: str) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                vote_for(session, honour_id=honour_id, choice=str(bing), actor=actor_of(session, person), slip=new_slip(),
                         now=now)  # fmt: skip
            outcomes.append("voted")
        except DomainError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=votes, args=(person,)) for person in people * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_voted"] * 12 + ["voted"] * 6
    with database.transaction() as session:
        assert len(session.scalars(select(PollSlip)).all()) == 6
