"""Objections, whole: the office is told, reminded and nagged once each; a decision corrects a settlement and its
bulletin in one piece; a newer calendar moves provisional dates, and whom it concerns is told.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select, update

from bulletins.editions import correct, draft, edition, latest, propose, release
from bulletins.models import Bulletin
from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from consortium.workdays import apply_workdays
from evaluation.follow_up_models import Objection, WrittenExplanation
from evaluation.models import Scorecard, ScoreLine, Settlement, SupersededSettlement
from evaluation.objections import FIGURES, NONE, REJECTED, SCHEME, objection
from locales.errors import DomainError
from scheduler.due_dates import recompute_due_dates
from scheduler.objection_decisions import (
    Figure,
    answer_objection,
    hand_in_objection,
    take_back_objection,
    written_figure,
)
from scheduler.objection_notices import calendar_warning, remind_of_objections, warn_of_calendar
from surveys.models import Tally
from tests.consortium.test_workday_calendar import YEAR_2027, read
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, YI_READINGS, Season
from tests.scheduler.cast import CHATS, OCTOBER, at, only

WORDS = "二院的下转被算到了我院。"


@pytest.fixture
def settled(office):
    """October is settled; it is Monday 2 November, ten in the morning."""
    here = office(only("follow_up"), "2026-11-02 10:00")
    with here.database.transaction() as session:
        season = Season(session)
        season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
        season.answers("jia", fives=15, threes=10)
        season.round_is("erased", jia=(75, 5), yi=(60, 17))
        season.settles()
    return here


def acts(here, act, person="li", **values):
    with here.database.transaction() as session:
        return act(session, actor=actor_of(session, person), now=here.clock(), **values)


def hands_in(here, person="li", **changed):
    values = {"unit_code": "jia", "period": OCTOBER, "indicator": "down_referral", "words": WORDS, **changed}
    return acts(here, hand_in_objection, person, **values)


def answers(here, number="2026-001", person="chen", verdict=REJECTED, answer="已核对，数字无误。", **more):
    return acts(here, answer_objection, person, number=number, verdict=verdict, answer=answer, **more)


def refused(code, act):
    with pytest.raises(DomainError) as refusal:
        act()
    assert refusal.value.code == code


def about(here, person, words="异议"):
    return [said for said in here.told(CHATS[person]) if words in said]


# ── who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_whole_office_is_told_at_once_with_the_words_and_a_button(settled):
    found = hands_in(settled)
    assert (found.number, found.due_on) == ("2026-001", date(2026, 11, 23))
    for person in ("chen", "zhao"):
        (said,) = about(settled, person)
        assert said.startswith("异议 2026-001：待答复\n人民医院 · 2026年10月 · ")
        assert WORDS in said
        assert "收到 2026-11-02，答复期限 2026-11-23" in said
        assert settled.buttons(CHATS[person]) == [["o", "obj", "2026-001"]]
    assert about(settled, "li") == about(settled, "wang", "bjection") == []


def test_the_unit_is_told_the_answer_in_its_own_language_and_no_other_unit(settled):
    hands_in(settled, "wang", unit_code="yi", indicator=None)
    answers(settled, answer="Checked & <right>.", verdict=SCHEME)
    (said,) = settled.told(CHATS["wang"])
    assert said.startswith(
        "Objection 2026-001: upheld, the scheme is to change\nYi · October 2026 · the result as a whole"
    )
    assert said.endswith("Answer: Checked & <right>.")
    assert settled.buttons(CHATS["wang"]) == [["j", "o", "2026-001"]]
    assert about(settled, "li") == []


def test_the_office_is_told_of_a_withdrawal(settled):
    hands_in(settled)
    acts(settled, take_back_objection, number="2026-001")
    assert about(settled, "chen")[-1].startswith("人民医院 撤回了异议 2026-001")
    assert about(settled, "li") == []


# ── reminders ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reminders_come_5_2_and_0_working_days_before_and_once_a_week_after(settled):
    hands_in(settled)  # due on Monday 23 November
    seen = []
    for day in range(3, 31):
        before = len(about(settled, "chen"))
        settled.ticks(f"2026-11-{day:02d} 08:30")
        settled.ticks(f"2026-11-{day:02d} 21:00")  # a second look on the same day
        seen += [(day, said.split("）", 1)[1][:6]) for said in about(settled, "chen")[before:]]
    assert seen == [(16, "还剩 5 个"), (19, "还剩 2 个"), (23, "今天到期（2"), (24, "已逾期：20")]
    for day in range(1, 9):
        settled.ticks(f"2026-12-{day:02d} 08:30")
    overdue = [said for said in about(settled, "zhao") if "已逾期" in said]
    assert [said.rpartition("，")[2] for said in overdue] == [
        "已过 1 个工作日。",
        "已过 6 个工作日。",
        "已过 11 个工作日。",
    ]


def test_a_day_on_which_nobody_looked_is_made_up_for_once(settled):
    hands_in(settled)
    settled.ticks("2026-11-20 08:30")  # a Friday: 16 and 19 November passed without a look
    assert len(about(settled, "chen", "还剩 1 个工作日")) == 1
    settled.ticks("2026-11-23 08:30")
    assert len(about(settled, "chen", "今天到期")) == 1
    assert len(about(settled, "chen")) == 3  # with the first notice


def test_what_is_decided_is_not_reminded_of(settled):
    hands_in(settled)
    answers(settled)
    told = len(settled.told())
    for day in (16, 19, 23, 24):
        settled.ticks(f"2026-11-{day} 08:30")
    assert [said for said in settled.told()[told:] if "异议" in said] == []


def test_from_november_on_the_office_is_asked_for_the_next_calendar_once_a_month(settled):
    for moment in ("2026-11-03 08:30", "2026-11-29 08:30", "2026-12-01 08:30", "2027-01-05 08:30"):
        settled.ticks(moment)
    asked = about(settled, "chen", "workdays.csv")
    assert len(asked) == 3
    assert "只到 2026-12-31" in asked[0]
    assert "2027 年" in asked[0]
    assert about(settled, "li", "workdays.csv") == []
    with settled.database.transaction() as session:
        apply_workdays(session, table=read(*YEAR_2027), actor="command_line", now=settled.clock())
        assert warn_of_calendar(session, now=settled.clock()) == 0
        assert calendar_warning(session, at("2027-10-31 12:00"), "zh") is None
        assert "2028 年" in (calendar_warning(session, at("2027-11-01 12:00"), "zh") or "")
        assert "2028" in (calendar_warning(session, at("2027-11-01 12:00"), "en") or "")


def test_before_november_nobody_is_asked_for_a_calendar(office):
    here = office(only("follow_up"))
    with here.database.transaction() as session:
        assert calendar_warning(session, at("2026-10-31 23:59"), "zh") is None
        assert calendar_warning(session, at("2026-11-01 00:00"), "zh") is not None
        assert remind_of_objections(session, now=here.clock()) == 0


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def total(here, unit="jia"):
    with here.database.transaction() as session:
        return session.get_one(Scorecard, ("2026-10", unit)).total


def state(here):
    """What a refused decision must leave as it was."""
    with here.database.transaction() as session:
        settlement = session.get_one(Settlement, "2026-10")
        cards = session.execute(
            select(Scorecard.unit_code, Scorecard.total, Scorecard.rank).order_by(Scorecard.unit_code)
        )
        bulletins = session.execute(select(Bulletin.edition, Bulletin.state, Bulletin.content_hash)).all()
        return settlement.digest, settlement.revision, cards.all(), bulletins, objection(session, "2026-001").state


def test_a_corrected_figure_scores_the_month_again_and_keeps_what_stood(settled):
    hands_in(settled)
    before = total(settled)
    answers(
        settled, verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600))
    )  # 15 %: all 15 points
    with settled.database.transaction() as session:
        line = session.scalars(
            select(ScoreLine).where(ScoreLine.unit_code == "jia", ScoreLine.indicator == "down_referral")
        ).one()
        assert (line.numerator, line.denominator, line.value, line.points) == (90, 600, 15, 15)
        assert line.origin == "corrected"
        kept = session.scalars(select(SupersededSettlement)).one()
        assert (kept.period, kept.revision, kept.objection) == ("2026-10", 1, "2026-001")
        assert session.get_one(Settlement, "2026-10").revision == 2
    assert total(settled) > before
    assert about(settled, "li")[-1].startswith("异议 2026-001：成立，更正数字")


def test_a_released_bulletin_gets_a_corrected_edition_with_the_number(settled):
    with settled.database.transaction() as session:
        made = draft(session, period=OCTOBER, actor="schedule", now=settled.clock())
        propose(session, actor=actor_of(session, "chen"), bulletin_id=made.id, now=settled.clock())
        release(session, actor=actor_of(session, "zhao"), bulletin_id=made.id, content_hash=made.content_hash,
                now=settled.clock())  # fmt: skip
        first = made.id, made.content_hash
    hands_in(settled)
    hands_in(settled, indicator="core_systems")
    answers(settled, verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600)))
    with settled.database.transaction() as session:
        second = latest(session, OCTOBER)
        assert (second.edition, second.state, second.created_by) == (2, "draft", "person:chen")
        assert second.note == "按异议 2026-001 更正 · corrected after objection 2026-001"
        assert (edition(session, first[0]).state, edition(session, first[0]).content_hash) == ("released", first[1])
        seen = second.content_hash
    answers(settled, "2026-002", verdict=FIGURES, figure=Figure("core_systems", Fraction(10), Fraction(20)))
    with settled.database.transaction() as session:
        again = latest(session, OCTOBER)
        assert (again.edition, again.content_hash != seen) == (2, True)
        assert [number in again.note for number in ("2026-001", "2026-002")] == [True, True]
        with pytest.raises(DomainError):
            correct(session, period=OCTOBER, actor=actor_of(session, "chen"), note="x", now=settled.clock())


def test_where_answers_were_taken_back_since_the_decision_stands_and_the_office_is_told_of_the_bulletin(settled):
    with settled.database.transaction() as session:
        seen = draft(session, period=OCTOBER, actor="schedule", now=settled.clock()).content_hash
        session.execute(update(Tally).where(Tally.unit_code == "jia", Tally.question_id == "").values(count=24))
    hands_in(settled)
    answers(settled, verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600)))
    with settled.database.transaction() as session:
        assert latest(session, OCTOBER).content_hash == seen
        assert (objection(session, "2026-001").remedy, session.get_one(Settlement, "2026-10").revision) == (FIGURES, 2)
    assert len(about(settled, "chen", "简报没能重新起草")) == 1


def test_a_draft_that_nobody_released_says_the_new_figures_without_a_note(settled):
    with settled.database.transaction() as session:
        seen = draft(session, period=OCTOBER, actor="schedule", now=settled.clock()).content_hash
    hands_in(settled)
    answers(settled, verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600)))
    with settled.database.transaction() as session:
        found = latest(session, OCTOBER)
        assert (found.edition, found.state, found.note, found.content_hash != seen) == (1, "draft", None, True)


def test_without_a_bulletin_none_is_made(settled):
    hands_in(settled)
    answers(settled, verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600)))
    with settled.database.transaction() as session:
        assert latest(session, OCTOBER) is None


@pytest.mark.parametrize("verdict", [REJECTED, SCHEME, NONE])
def test_other_verdicts_change_no_figure(settled, verdict):
    hands_in(settled)
    before = state(settled)
    answers(settled, verdict=verdict)
    assert state(settled)[:-1] == before[:-1]


@pytest.mark.parametrize(
    ("code", "person", "figure"),
    [
        ("objection_figure_missing", "chen", None),
        ("objection_other_indicator", "chen", Figure("core_systems", Fraction(1), Fraction(2))),
        ("correction_figure", "chen", Figure("down_referral", Fraction(1), None)),
        ("not_allowed", "li", Figure("down_referral", Fraction(90), Fraction(600))),
    ],
)
def test_a_refused_decision_changes_nothing(settled, code, person, figure):
    hands_in(settled)
    before, told = state(settled), len(settled.told())
    refused(code, lambda: answers(settled, person=person, verdict=FIGURES, figure=figure))
    assert state(settled) == before
    assert len(settled.told()) == told


def test_a_member_of_the_committee_may_correct_and_the_second_decision_comes_late(settled):
    with settled.database.transaction() as session:
        session.add(Person(id="sun", name="孙", language="zh", active=True))
        session.flush()
        session.add(Role(person_id="sun", role="committee", unit_code=None))
        draft(session, period=OCTOBER, actor="schedule", now=settled.clock())
    hands_in(settled)
    answers(settled, person="sun", verdict=FIGURES, figure=Figure("down_referral", Fraction(90), Fraction(600)))
    before = state(settled)
    refused("objection_decided", lambda: answers(settled))
    assert state(settled) == before


def test_whole_results_may_be_corrected_in_any_read_indicator_but_not_in_peoples_marks(settled):
    hands_in(settled, indicator=None)
    with settled.database.transaction() as session:
        lines = select(ScoreLine.indicator).where(ScoreLine.unit_code == "jia", ScoreLine.party == "peers")
        marked = session.scalars(lines).first()
    refused(
        "correction_not_reading", lambda: answers(settled, verdict=FIGURES, figure=Figure(marked, value=Fraction(99)))
    )
    answers(settled, verdict=FIGURES, figure=Figure("expert_sessions", value=Fraction(3)))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("81", "600", ""), Figure("x", Fraction(81), Fraction(600))),
        ((" 81.5 ", "600", " "), Figure("x", Fraction(163, 2), Fraction(600))),
        (("", "", "-3.25"), Figure("x", value=Fraction(-13, 4))),
        (("", "", ""), "objection_figure_missing"),
        (("81", "", ""), "objection_figure_missing"),
        (("81", "600", "13.5"), "objection_figure_missing"),
        (("81", "6e9", ""), "objection_figure_invalid"),
        (("", "", "nan"), "objection_figure_invalid"),
        (("", "", "1/3"), "objection_figure_invalid"),
    ],
)
def test_a_figure_is_counts_or_a_value(written, expected):
    numerator, denominator, value = written

    def figure():
        return written_figure("x", numerator=numerator, denominator=denominator, value=value)

    if isinstance(expected, str):
        refused(expected, figure)
    else:
        assert figure() == expected


# ── due dates that move ──────────────────────────────────────────────────────────────────────────────────────────────


def imports_2027(here, *rows):
    with here.database.transaction() as session:
        table = read(*(rows or YEAR_2027))
        apply_workdays(session, table=table, actor="command_line", now=here.clock())
        return recompute_due_dates(session, actor="command_line", now=here.clock())


def test_a_provisional_date_moves_with_the_new_year_and_both_sides_are_told(settled):
    settled.clock.moves_to("2026-12-10 09:00")
    certain = hands_in(settled, indicator=None)
    settled.clock.moves_to("2026-12-11 09:00")
    waits = hands_in(settled)
    assert (certain.due_on, certain.is_provisional) == (date(2026, 12, 31), False)
    assert (waits.due_on, waits.is_provisional) == (date(2027, 1, 1), True)
    assert "暂定" in about(settled, "chen")[-1]
    assert imports_2027(settled) == 1
    with settled.database.transaction() as session:
        moved, kept = objection(session, waits.number), objection(session, certain.number)
        assert (moved.due_on, moved.is_provisional) == (date(2027, 1, 4), False)
        assert (kept.due_on, kept.is_provisional) == (date(2026, 12, 31), False)
    for person in ("chen", "zhao", "li"):
        assert about(settled, person)[-1].endswith("答复期限由 2027-01-01 改为 2027-01-04。")
    told = len(settled.told())
    settled.ticks("2026-12-12 08:30")
    with settled.database.transaction() as session:
        assert recompute_due_dates(session, actor="schedule", now=settled.clock()) == 0
    assert [said for said in settled.told()[told:] if "改为" in said] == []


def test_a_date_that_moves_forward_is_told_too_and_one_that_stays_becomes_certain_in_silence(settled):
    settled.clock.moves_to("2026-12-11 09:00")
    hands_in(settled)
    settled.clock.moves_to("2026-12-14 09:00")
    hands_in(settled, indicator=None)  # due on Monday the 4th
    plain = [f"2027-05-{day:02d},off" for day in range(3, 13)]
    assert imports_2027(settled, "2027-01-02,work", *plain) == 2  # 1 January a working day, Saturday the 2nd as well
    with settled.database.transaction() as session:
        first, second = objection(session, "2026-001"), objection(session, "2026-002")
        assert (first.due_on, first.is_provisional) == (date(2027, 1, 1), False)
        assert (second.due_on, second.is_provisional) == (date(2027, 1, 2), False)
    assert [said[-31:] for said in about(settled, "li", "改为")] == ["答复期限由 2027-01-04 改为 2027-01-02。"[-31:]]


def test_what_is_decided_keeps_its_date(settled):
    settled.clock.moves_to("2026-12-11 09:00")
    hands_in(settled)
    answers(settled)
    assert imports_2027(settled) == 0
    with settled.database.transaction() as session:
        assert objection(session, "2026-001").due_on == date(2027, 1, 1)


def test_written_explanations_keep_the_number_of_working_days_they_were_given(settled):
    with settled.database.transaction() as session:
        common = {"unit_code": "jia", "value": Fraction(12), "low": Fraction(15), "high": Fraction(25),
                  "is_provisional": True}  # fmt: skip
        session.add_all([
            WrittenExplanation(indicator="down_referral", period="2026-10", state="asked", asked_at=at("2026-12-21 09:00"),
                               due_on=date(2027, 1, 4), **common),  # ten working days, New Year's Day among them
            WrittenExplanation(indicator="core_systems", period="2026-11", state="given", asked_at=at("2026-12-21 09:00"),
                               due_on=date(2027, 1, 4), words="x", given_by="li", given_at=at("2026-12-22 09:00"), **common),
        ])  # fmt: skip
    assert imports_2027(settled) == 1
    with settled.database.transaction() as session:
        rows = session.scalars(select(WrittenExplanation).order_by(WrittenExplanation.id)).all()
        assert [(row.due_on, row.is_provisional) for row in rows] == [
            (date(2027, 1, 5), False), (date(2027, 1, 4), True)
        ]  # fmt: skip
    (said,) = [said for said in settled.told(CHATS["li"]) if "书面说明" in said]
    assert said.endswith("期限由 2027-01-04 改为 2027-01-05。")
    assert len([said for said in settled.told(CHATS["chen"]) if "书面说明" in said]) == 1


def test_a_period_is_named_and_an_objection_to_a_period_without_a_scheme_has_no_names(settled):
    hands_in(settled, indicator=None)
    with settled.database.transaction() as session:
        session.execute(update(Objection).values(period=str(Period(2031, month=1))))
    settled.clock.moves_to("2026-11-23 08:00")
    with settled.database.transaction() as session:
        assert remind_of_objections(session, now=settled.clock()) == 2
    assert "2031年1月 · 整份成绩单" in about(settled, "chen")[-1]
