"""Holding: what is doubted leaves the points with its tallies, and comes back when two people say so; or not."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from consortium.periods import Period
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from surveys.honesty import holds
from surveys.honesty.holds import (
    DOUBTED,
    KEPT,
    PROPOSED,
    RELEASED,
    HoldRate,
    confirm_release,
    examine,
    held_responses,
    keep_out,
    propose_release,
    rates,
)
from surveys.honesty.invariants import holds_and_streams_agree
from surveys.honesty.models import Hold, SenderTrace
from surveys.honesty.signals import (
    BURST,
    MORE_THAN_VISITS,
    REPEATED_TEXT,
    SAME_SENDER,
    STRAIGHT_LINE,
    TOO_FAST,
    Suspicion,
)
from surveys.invariants import tallies_equal_answers
from surveys.models import Response
from surveys.responses import withdraw_response
from surveys.sittings import HELD, VISIT
from surveys.tallies import counts, satisfaction
from tests.surveys.cast import BEST
from tests.surveys.honesty.clinic import GOOD, NIGHT, OCTOBER, actor, answered, october, open_clinic


@pytest.fixture
def clinic(session):
    """A month with three honest patients and a program that answers in two seconds."""
    open_clinic(session)
    for day, visit in ((4, "v1"), (11, "v2"), (19, "v3")):
        answered(session, visit, october(day))
    answered(session, "bot", october(20), seconds=2, answers=BEST)
    return session


def looked_through(session, **more):
    return examine(session, period=OCTOBER, is_settled=False, now=NIGHT, **more)


def states(session):
    return {hold.response_id: hold.state for hold in session.scalars(select(Hold))}


def streams(session):
    return dict(session.execute(select(Response.id, Response.stream)).all())


def is_sound(session) -> bool:
    return tallies_equal_answers(session) == [] and holds_and_streams_agree(session) == []


def decide(use_case, session, person, *responses, period=OCTOBER, is_settled=False):
    use_case(
        session, period=period, response_ids=responses, actor=actor(session, person), is_settled=is_settled, now=NIGHT
    )


def refused(use_case, session, person, *responses, **more) -> str:
    before = states(session), streams(session)
    with pytest.raises(DomainError) as caught:
        decide(use_case, session, person, *responses, **more)
    assert explain("zh", caught.value) != explain("en", caught.value)
    session.expire_all()
    assert (states(session), streams(session)) == before
    return caught.value.code


def test_what_is_doubted_leaves_the_points(clinic):
    before = satisfaction(clinic, period=OCTOBER)["jia"]
    assert looked_through(clinic) == 1
    assert states(clinic) == {"r-jia-bot": DOUBTED}
    assert streams(clinic) == {"r-jia-v1": VISIT, "r-jia-v2": VISIT, "r-jia-v3": VISIT, "r-jia-bot": HELD}
    after = satisfaction(clinic, period=OCTOBER)["jia"]
    assert (before.n, after.n) == (4, 3)
    assert after.overall == 75
    assert (
        sum(count for key, count in counts(clinic, period=OCTOBER, stream=HELD).items() if key.question_id == "overall")
        == 1
    )
    assert is_sound(clinic)


def test_looking_again_holds_only_what_is_new(clinic):
    looked_through(clinic)
    assert looked_through(clinic) == 0
    answered(clinic, "bot2", october(21), seconds=1)
    assert looked_through(clinic) == 1
    assert rates(clinic, period=OCTOBER) == {"jia": HoldRate(answers=5, flagged=2, released=0)}
    assert rates(clinic, period=OCTOBER)["jia"].rate == Fraction(2, 5)


def test_two_people_release(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    assert states(clinic) == {"r-jia-bot": PROPOSED}
    assert streams(clinic)["r-jia-bot"] == HELD
    assert refused(confirm_release, clinic, "chen", "r-jia-bot") == "hold_same_person"
    decide(confirm_release, clinic, "zhao", "r-jia-bot")
    assert states(clinic) == {"r-jia-bot": RELEASED}
    assert streams(clinic)["r-jia-bot"] == VISIT
    assert satisfaction(clinic, period=OCTOBER)["jia"].n == 4
    assert is_sound(clinic)
    assert looked_through(clinic) == 0
    assert streams(clinic)["r-jia-bot"] == VISIT
    assert rates(clinic, period=OCTOBER) == {"jia": HoldRate(answers=4, flagged=1, released=1)}


def test_one_person_keeps_out_and_two_may_still_release(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    decide(keep_out, clinic, "zhao", "r-jia-bot")
    assert states(clinic) == {"r-jia-bot": KEPT}
    assert streams(clinic)["r-jia-bot"] == HELD
    assert refused(confirm_release, clinic, "chen", "r-jia-bot") == "hold_not_proposed"
    assert refused(keep_out, clinic, "chen", "r-jia-bot") == "hold_decided"
    decide(propose_release, clinic, "zhao", "r-jia-bot")
    decide(confirm_release, clinic, "chen", "r-jia-bot")
    assert states(clinic) == {"r-jia-bot": RELEASED}
    for use_case in (propose_release, keep_out):
        assert refused(use_case, clinic, "chen", "r-jia-bot") == "hold_decided"
    assert is_sound(clinic)


def test_steps_out_of_order_are_refused(clinic):
    looked_through(clinic)
    assert refused(confirm_release, clinic, "zhao", "r-jia-bot") == "hold_not_proposed"
    decide(propose_release, clinic, "chen", "r-jia-bot")
    assert refused(propose_release, clinic, "zhao", "r-jia-bot") == "hold_decided"


@pytest.mark.parametrize("use_case", [propose_release, confirm_release, keep_out])
def test_only_the_office_decides_and_only_on_what_is_held(clinic, use_case):
    looked_through(clinic)
    assert refused(use_case, clinic, "li", "r-jia-bot") == "not_allowed"
    assert refused(use_case, clinic, "chen", "r-jia-v1") == "hold_unknown"
    assert refused(use_case, clinic, "chen", "nobody") == "hold_unknown"
    assert refused(use_case, clinic, "chen") == "hold_unknown"
    assert refused(use_case, clinic, "chen", "r-jia-bot", period=Period.parse("2026-09")) == "hold_unknown"
    assert refused(use_case, clinic, "chen", "r-jia-bot", period=Period.parse("2026-Q4")) == "period_not_month"


def test_a_part_of_several_is_never_decided(clinic):
    looked_through(clinic)
    assert refused(propose_release, clinic, "chen", "r-jia-bot", "r-jia-v1") == "hold_unknown"
    answered(clinic, "bot2", october(21), seconds=1)
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot2")
    with pytest.raises(DomainError), clinic.begin_nested():
        decide(propose_release, clinic, "chen", "r-jia-bot", "r-jia-bot2")
    assert states(clinic) == {"r-jia-bot": DOUBTED, "r-jia-bot2": PROPOSED}
    decide(propose_release, clinic, "chen", "r-jia-bot", "r-jia-bot")
    decide(confirm_release, clinic, "zhao", "r-jia-bot", "r-jia-bot2")
    assert set(states(clinic).values()) == {RELEASED}
    assert is_sound(clinic)


def test_nothing_moves_once_the_month_is_settled(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    for use_case, person in ((propose_release, "chen"), (confirm_release, "zhao"), (keep_out, "zhao")):
        assert refused(use_case, clinic, person, "r-jia-bot", is_settled=True) == "hold_settled"
    answered(clinic, "bot2", october(21), seconds=1)
    with pytest.raises(DomainError) as caught:
        examine(clinic, period=OCTOBER, is_settled=True, now=NIGHT)
    assert caught.value.code == "hold_settled"
    assert streams(clinic)["r-jia-bot2"] == VISIT
    with pytest.raises(DomainError) as caught:
        examine(clinic, period=Period.parse("2026"), is_settled=False, now=NIGHT)
    assert caught.value.code == "period_not_month"


def test_a_patient_withdraws_what_is_held(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    withdraw_response(clinic, receipt_code="receipt jia bot", is_settled=False, now=NIGHT)
    assert counts(clinic, period=OCTOBER, stream=HELD) == {}
    assert refused(confirm_release, clinic, "zhao", "r-jia-bot") == "hold_unknown"
    assert held_responses(clinic, period=OCTOBER) == []
    assert rates(clinic, period=OCTOBER) == {"jia": HoldRate(answers=3, flagged=0, released=0)}
    assert looked_through(clinic) == 0
    assert is_sound(clinic)


def test_what_was_withdrawn_is_not_held(clinic):
    withdraw_response(clinic, receipt_code="receipt jia bot", is_settled=False, now=NIGHT)
    assert looked_through(clinic) == 0
    assert is_sound(clinic)


def test_those_who_decide_see_why_and_nothing_of_the_answers(clinic):
    looked_through(clinic)
    (held,) = held_responses(clinic, period=OCTOBER)
    assert (held.response_id, held.unit_code, held.state, held.held_at) == ("r-jia-bot", "jia", DOUBTED, NIGHT)
    assert held.signals == {TOO_FAST: 3, STRAIGHT_LINE: 1}
    assert held_responses(clinic, period=OCTOBER, unit_code="yi") == []
    decide(propose_release, clinic, "chen", "r-jia-bot")
    assert held_responses(clinic, period=OCTOBER)[0].proposed_by == "chen"


def test_every_step_is_in_the_trail(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    decide(keep_out, clinic, "zhao", "r-jia-bot")
    decide(propose_release, clinic, "zhao", "r-jia-bot")
    decide(confirm_release, clinic, "chen", "r-jia-bot")
    rows = clinic.scalars(
        select(AuditRow).where(AuditRow.subject == "response:r-jia-bot", AuditRow.at == NIGHT).order_by(AuditRow.id)
    )
    steps = [(row.actor, row.action, row.details) for row in rows]
    details = {"unit": "jia", "period": "2026-10", "signals": "straight_line, too_fast"}
    assert steps == [
        ("schedule", "hold_answers", details),
        ("person:chen", "propose_release_of_answers", details),
        ("person:zhao", "keep_answers_out", details),
        ("person:zhao", "propose_release_of_answers", details),
        ("person:chen", "release_answers", details),
    ]


def test_a_heap_of_links_is_held_and_the_patient_among_them_is_not(session):
    open_clinic(session)
    for day in range(1, 29):
        for place in range(2):
            answered(
                session,
                f"honest{day}-{place}",
                october(day, 9 + 7 * place),
                answers={**GOOD, "signs": str(1 + day % 5)},
            )
    for place in range(10):
        marks = {**BEST, "clean": str(3 + place % 3), "queue": str(4 + place % 2)}
        answered(
            session, f"heap{place}", october(29, 20, place), seconds=45, after=timedelta(days=3 + place), answers=marks
        )
    answered(session, "patient", october(29, 20, 4.5), after=timedelta(minutes=5))
    assert looked_through(session) == 10
    assert set(states(session)) == {f"r-jia-heap{place}" for place in range(10)}
    assert all(BURST in held.signals for held in held_responses(session, period=OCTOBER))
    assert is_sound(session)


def test_signals_across_units_and_from_elsewhere(session):
    open_clinic(session)
    words = "整体就医体验非常顺畅，医护人员态度亲切专业，希望医院继续保持优质服务"
    for unit in ("jia", "yi"):
        answered(session, "machine", october(5), unit=unit, answers={**GOOD, "comment": words})
        answered(
            session,
            "human",
            october(6),
            unit=unit,
            answers={**GOOD, "comment": f"在{unit}排队等了四十多分钟，护士倒是很和气"},
        )
    for place in range(4):
        response = answered(
            session, f"chat{place}", october(10 + place), mode="chat", answers={**GOOD, "signs": str(place + 1)}
        )
        session.add(SenderTrace(response_id=response, period="2026-10", sender="one"))
    session.flush()
    assert looked_through(session, visits={"yi": 1}) == 7
    found = {held.response_id: set(held.signals) for held in held_responses(session, period=OCTOBER)}
    assert found == {
        "r-jia-machine": {REPEATED_TEXT},
        "r-yi-machine": {REPEATED_TEXT},
        "r-yi-human": {MORE_THAN_VISITS},
        **{f"r-jia-chat{place}": {SAME_SENDER} for place in range(4)},
    }
    assert [held.unit_code for held in held_responses(session, period=OCTOBER)] == ["jia"] * 5 + ["yi"] * 2


def test_an_empty_month_holds_nothing(session):
    open_clinic(session)
    assert looked_through(session) == 0
    assert rates(session, period=OCTOBER) == {}
    assert HoldRate(0, 0, 0).rate is None


def test_the_months_neighbours_are_left_alone(clinic):
    answered(clinic, "september", october(1) - timedelta(days=1), seconds=1)
    answered(clinic, "november", october(32), seconds=1)
    assert looked_through(clinic) == 1


def test_a_hold_that_does_not_fit_its_stream_is_found(clinic):
    looked_through(clinic)
    assert holds_and_streams_agree(clinic) == []
    clinic.execute(update(Response).where(Response.id == "r-jia-bot").values(stream=VISIT))
    clinic.execute(update(Response).where(Response.id == "r-jia-v1").values(stream=HELD))
    found = holds_and_streams_agree(clinic)
    assert [(finding.key, finding.code) for finding in found] == [
        ("response:r-jia-bot", "hold_stream_differs"), ("response:r-jia-v1", "hold_stream_differs"),
    ]  # fmt: skip
    assert all(explain(language, finding) for finding in found for language in ("zh", "en"))


def test_the_database_wants_two_people_too(clinic):
    looked_through(clinic)
    decide(propose_release, clinic, "chen", "r-jia-bot")
    with pytest.raises(IntegrityError), clinic.begin_nested():
        clinic.execute(update(Hold).values(state=RELEASED, decided_by="chen", decided_at=NIGHT))


def test_what_its_patient_withdraws_at_the_same_moment_does_not_move(clinic):
    withdraw_response(clinic, receipt_code="receipt jia bot", is_settled=False, now=NIGHT)
    assert holds._hold(clinic, Suspicion("r-jia-bot", {TOO_FAST: 3}), NIGHT) is False
    assert states(clinic) == {}
    assert is_sound(clinic)
