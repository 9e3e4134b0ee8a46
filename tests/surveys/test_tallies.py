"""Tallies and satisfaction: hand-computed figures, months, versions, and the recount that must agree."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import delete, func, select, update

from consortium.periods import Period
from surveys.models import Answer, Invitation, Response, Tally
from surveys.questionnaires import apply_questionnaire
from surveys.responses import open_ticket, record_answer, send_response
from surveys.tallies import (
    Key,
    Satisfaction,
    count_response,
    counts,
    recount,
    responses,
    satisfaction,
    uncount_response,
)
from tests.surveys.cast import (
    BEST,
    BING,
    JIA,
    NOW,
    TICKET,
    YI,
    begin_in_chat,
    choice,
    fill,
    invite_visit,
    outpatient,
    parsed,
    scored,
    set_up,
    small_document,
    wording,
)

OCTOBER = Period.parse("2026-10")
_FOUR = ("environment", "communication", "waiting", "continuity")


def send(session, response, now=NOW) -> None:
    send_response(session, response_id=response, receipt_code=f"code of {response}", now=now)


def filled(session, answers, visit, *, unit=JIA, now=NOW) -> None:
    send(session, fill(session, answers, visit, unit=unit, now=now), now)


def test_one_response_is_counted_once_per_option_and_once_in_all(ready):
    filled(ready, {**BEST, "signs": "na", "comment": "谢谢"}, "v1")
    key = ("jia", "outpatient", "1")
    expected = {Key(*key, "", ""): 1, Key(*key, "", "page"): 1}
    expected |= {Key(*key, question, value): 1 for question, (value,) in {**BEST, "signs": ("na",)}.items()}
    assert counts(ready, period=OCTOBER) == expected
    assert recount(ready, period=OCTOBER) == expected


def test_drafts_texts_and_skipped_questions_are_not_counted(ready):
    fill(ready, BEST, "v1")
    assert counts(ready, period=OCTOBER) == {}
    filled(ready, {**BEST, "longer": "yes", "where": "", "comment": "x"}, "v2")
    questions = {key.question_id for key in counts(ready, period=OCTOBER)}
    assert questions == {"", *BEST}


def test_needless_answers_of_a_branch_are_not_counted(ready):
    response = fill(ready, {**BEST, "longer": "yes", "where": "tests"}, "v1")
    record_answer(ready, response_id=response, question_id="longer", values=["no"], revision=None, now=NOW)
    send(ready, response)
    assert "where" not in {key.question_id for key in counts(ready, period=OCTOBER)}


def test_satisfaction_of_known_answers_by_hand(ready):
    # environment: clean 5, 3 → 75; signs 4, na → 75. communication: 5, 5 → 100; 1, 2 → 12.5. waiting: 3, 3; 3, 3 → 50.
    # continuity: next na, na → none; handover 2, na → 25. Unit: (75 + 75 + 100 + 12.5 + 50 + 50 + 25) ÷ 7.
    same = {"listening": "5", "booking": "3", "queue": "3", "next": "na", "longer": "no"}
    filled(ready, {**same, "clean": "5", "signs": "4", "explaining": "1", "handover": "2", "overall": "4"}, "v1")
    filled(ready, {**same, "clean": "3", "signs": "na", "explaining": "2", "handover": "na", "overall": "1"}, "v2")
    assert satisfaction(ready, period=OCTOBER) == {
        JIA: Satisfaction(
            n=2,
            invited=2,
            score=Fraction("387.5") / 7,
            dimensions={
                "environment": Fraction(75), "communication": Fraction("56.25"), "waiting": Fraction(50),
                "continuity": Fraction(25),
            },
            overall=Fraction("37.5"),
            definition="linear-0-100",
            mode_mix={"page": 2},
        )
    }  # fmt: skip


def test_satisfaction_tells_units_and_months_apart(ready):
    filled(ready, BEST, "v1", unit=JIA)
    filled(ready, {**BEST, "clean": "1"}, "v2", unit=YI)
    filled(ready, BEST, "v3", unit=YI, now=NOW + timedelta(days=30))
    october, november = (satisfaction(ready, period=Period.parse(each)) for each in ("2026-10", "2026-11"))
    assert {unit: each.n for unit, each in october.items()} == {JIA: 1, YI: 1}
    assert {unit: each.n for unit, each in november.items()} == {YI: 1}
    assert october[YI].dimensions["environment"] == 50


def test_satisfaction_of_a_unit_nobody_answered_for_is_none_and_not_nought(ready):
    invite_visit(ready, unit=BING)
    assert satisfaction(ready, period=OCTOBER) == {
        BING: Satisfaction(0, 1, None, {}, None, "linear-0-100", {}),
    }


def test_satisfaction_where_nothing_applied_has_no_figure(ready):
    answers = {**dict.fromkeys(("signs", "explaining", "booking", "next", "handover"), "na")}
    filled(ready, {**BEST, **answers}, "v1")
    figures = satisfaction(ready, period=OCTOBER)[JIA]
    assert figures.dimensions == {**dict.fromkeys(_FOUR, Fraction(100)), "continuity": None}
    assert figures.score == 100


def test_satisfaction_of_an_empty_month_is_empty(ready):
    assert satisfaction(ready, period=OCTOBER) == {}


@pytest.mark.parametrize(
    ("left", "invited"),
    [
        (datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 9, 30, 16, 0, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), 0),
    ],
)
def test_invited_are_the_visits_that_ended_in_the_month(ready, left, invited):
    invite_visit(ready, left=left, now=max(left, NOW))
    figures = satisfaction(ready, period=OCTOBER)
    assert (figures[JIA].invited if figures else 0) == invited


def test_a_response_counts_in_the_month_it_is_sent_not_begun(ready):
    response = fill(ready, BEST, "v1")
    november = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    send(ready, response, november)
    assert satisfaction(ready, period=OCTOBER)[JIA].n == 0
    assert satisfaction(ready, period=Period.parse("2026-11"))[JIA].n == 1


def test_mode_mix_counts_each_door(ready):
    for visit in ("a", "b", "c"):
        invite_visit(ready, visit, ticket=f"t-{visit}")
    by_chat = [begin_in_chat(ready, f"t-{visit}", new_id=visit) for visit in ("a", "b")]
    open_ticket(ready, ticket="t-b", mode="page", new_id="x", now=NOW)
    for response in by_chat:
        for question, values in BEST.items():
            record_answer(ready, response_id=response, question_id=question, values=values, revision=None, now=NOW)
        send(ready, response)
    filled(ready, BEST, "p")
    assert satisfaction(ready, period=OCTOBER)[JIA].mode_mix == {"chat": 1, "mixed": 1, "page": 1}
    assert counts(ready, period=OCTOBER) == recount(ready, period=OCTOBER)


def test_two_versions_in_a_month_are_pooled_by_their_responses(session):
    set_up(session, small_document(scored("a", "x")))
    filled(session, {"a": "1"}, "v1")
    other = small_document(scored("a", "x", 0, 10), scored("b", "y", 0, 10), version="2")
    apply_questionnaire(session, document=other, now=NOW)
    for visit in ("v2", "v3", "v4"):
        filled(session, {"a": "10", "b": "0"}, visit)
    figures = satisfaction(session, period=OCTOBER)[JIA]
    assert (figures.n, figures.score) == (4, Fraction(1 * 0 + 3 * 50, 4))
    assert figures.dimensions == {"x": Fraction(75), "y": Fraction(0)}


def test_quarter_and_year_add_their_months(ready):
    for month in (9, 10, 12):
        filled(ready, BEST, f"v{month}", now=datetime(2026, month, 15, tzinfo=UTC))
    n = {
        each: satisfaction(ready, period=Period.parse(each)).get(JIA) for each in ("2026-Q3", "2026-Q4", "2026", "2025")
    }
    assert {each: figures and figures.n for each, figures in n.items()} == {
        "2026-Q3": 1, "2026-Q4": 2, "2026": 3, "2025": None,
    }  # fmt: skip
    assert counts(ready, period=Period.parse("2026")) == recount(ready, period=Period.parse("2026"))


def test_questionnaire_without_scored_questions_is_counted_without_figures(session):
    set_up(session, small_document(choice("a")))
    filled(session, {"a": "yes"}, "v1")
    figures = satisfaction(session, period=OCTOBER)[JIA]
    assert (figures.n, figures.score, figures.dimensions, figures.overall) == (1, None, {}, None)


def test_figures_need_no_answers_only_tallies(ready):
    filled(ready, BEST, "v1")
    before = satisfaction(ready, period=OCTOBER)
    ready.execute(delete(Answer))
    assert satisfaction(ready, period=OCTOBER) == before
    assert counts(ready, period=OCTOBER) != recount(ready, period=OCTOBER)


def test_recount_finds_a_tally_that_was_tampered_with(ready):
    filled(ready, BEST, "v1")
    ready.execute(update(Tally).where(Tally.question_id == "clean").values(count=2))
    assert counts(ready, period=OCTOBER) != recount(ready, period=OCTOBER)


def test_random_season_recounts_to_its_tallies_and_figures(ready):
    chance = random.Random(14)
    scores: dict[str, list[int]] = {}
    for visit in range(25):
        answers = {
            "longer": chance.choice(["yes", "no", "unsure"]),
            "where": chance.choice(["desk", "tests", ""]),
            **{question: str(chance.randint(1, 5)) for question in BEST if question != "longer"},
        }
        for question, value in answers.items():
            scores.setdefault(question, []).append(int(value) if value.isdigit() else 0)
        filled(ready, answers, f"v{visit}")
    assert counts(ready, period=OCTOBER) == recount(ready, period=OCTOBER)
    figures = satisfaction(ready, period=OCTOBER)[JIA]
    eight = [question for question in BEST if question not in ("longer", "overall")]
    means = [Fraction(sum(25 * (point - 1) for point in scores[question]), 25) for question in eight]
    assert figures.score == sum(means) / 8
    assert figures.overall == Fraction(sum(25 * (point - 1) for point in scores["overall"]), 25)
    assert ready.scalar(select(func.count()).select_from(Tally)) < 25 * len(BEST)


# --- types and streams ----------------------------------------------------------------------------------------------

TYPES = small_document(
    choice("several", "a", "b", "none", repeats=True),
    choice("other", "a", constraint="optionsOrString"),
    {"id": "yes", "type": "boolean", "text": wording("yes")},
    {"id": "mark", "type": "integer", "text": wording("mark"), "minimum": 0, "maximum": 10, "is_overall": True},
    {"id": "age", "type": "integer", "text": wording("age"), "minimum": 0, "maximum": 120},
    {"id": "weight", "type": "decimal", "text": wording("weight"), "minimum": 0, "maximum": 10},
    {"id": "day", "type": "date", "text": wording("day")},
    {"id": "line", "type": "string", "text": wording("line")},
    {"id": "marks", "type": "integer", "text": wording("marks"), "minimum": 0, "maximum": 9, "repeats": True},
    {
        "id": "site",
        "type": "integer",
        "text": wording("site"),
        "hidden": True,
        "minimum": 0,
        "maximum": 9,
        "initial": 3,
    },
)


def test_counted_are_options_each_of_several_yes_and_no_and_near_numbers(session):
    set_up(session, TYPES)
    many = {
        "several": ("a", "b"), "other": "~自己的话", "yes": "false", "mark": "7", "age": "30", "weight": "2", "line": "x",
        "day": "2026-03-01",
    }  # fmt: skip
    filled(session, many, "v1")
    filled(session, {"several": ("b",), "other": "~别的话", "mark": "10"}, "v2")
    filled(session, {"several": "none", "other": "a"}, "v3")
    tallied = {(key.question_id, key.option_code): n for key, n in counts(session, period=OCTOBER).items()}
    assert tallied == {
        ("", ""): 3, ("", "page"): 3, ("several", "a"): 1, ("several", "b"): 2, ("several", "none"): 1,
        ("other", "~"): 2, ("other", "a"): 1, ("yes", "false"): 1, ("mark", "7"): 1, ("mark", "10"): 1, ("site", "3"): 3,
    }  # fmt: skip
    assert counts(session, period=OCTOBER) == recount(session, period=OCTOBER)
    assert satisfaction(session, period=OCTOBER)[JIA].overall == 85


def test_streams_are_counted_apart_and_only_visits_make_figures(ready):
    for visit, stream in (("v1", "visit"), ("v2", "poster"), ("v3", "held"), ("v4", "poster")):
        response = fill(ready, BEST if stream == "visit" else {**BEST, "clean": "1"}, visit)
        ready.execute(update(Response).where(Response.id == response).values(stream=stream))
        send(ready, response)
    total = Key("jia", "outpatient", "1", "", "")
    found = {stream: counts(ready, period=OCTOBER, stream=stream)[total] for stream in ("visit", "poster", "held")}
    assert found == {"visit": 1, "poster": 2, "held": 1}
    for stream in found:
        assert counts(ready, period=OCTOBER, stream=stream) == recount(ready, period=OCTOBER, stream=stream)
    assert counts(ready, period=OCTOBER, stream="test") == {}
    figures = satisfaction(ready, period=OCTOBER)[JIA]
    assert (figures.n, figures.dimensions["environment"]) == (1, 100)


def test_poster_invitations_are_not_among_the_invited(ready):
    invitation = invite_visit(ready)
    invite_visit(ready, "v2", ticket="t2")
    ready.execute(update(Invitation).where(Invitation.id == invitation).values(stream="poster"))
    assert satisfaction(ready, period=OCTOBER)[JIA].invited == 1


def test_response_takes_the_stream_of_its_invitation(ready):
    invitation = invite_visit(ready)
    ready.execute(update(Invitation).where(Invitation.id == invitation).values(stream="poster"))
    draft = open_ticket(ready, ticket=TICKET, mode="page", new_id="r1", now=NOW)
    assert draft.stream == "poster"
    assert ready.scalar(select(Response.stream)) == "poster"


def test_what_is_taken_out_again_was_never_there(session):
    set_up(session, TYPES)
    answers = {"several": ("a", "b"), "yes": ("true",), "mark": ("3",), "other": ("~x",), "marks": ("2", "2", "5")}
    filled(session, answers, "v1")
    before = counts(session, period=OCTOBER)
    same = {
        "period": "2026-10", "unit_code": JIA, "mode": "chat", "questionnaire": parsed(TYPES), "answers": answers,
        "stream": "visit",
    }  # fmt: skip
    count_response(session, **same)
    uncount_response(session, **same)
    assert counts(session, period=OCTOBER) == before


def test_responses_are_counted_by_stream_over_all_questionnaires(ready):
    """Each once, whatever they answered; a unit without any is not there."""
    for place, stream in enumerate(("held", "held", "visit")):
        count_response(
            ready, period="2026-10", unit_code=YI, mode=("chat", "page")[place % 2], questionnaire=outpatient(),
            answers={name: BEST[name] for name in list(BEST)[:place]}, stream=stream,
        )  # fmt: skip
    assert responses(ready, period=OCTOBER, stream="held") == {YI: 2}
    assert responses(ready, period=OCTOBER, stream="visit") == {YI: 1}
    assert responses(ready, period=OCTOBER, stream="poster") == {}
    assert responses(ready, period=Period(2026), stream="held") == {YI: 2}
