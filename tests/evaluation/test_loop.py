"""Every step of the loop that exists, and every other one refused."""

from __future__ import annotations

import itertools

import pytest

from evaluation.loop import EVALUATED, IN_FORCE, PLANNED, REVISED, START, STATES, STEPS, Course, move, states_due
from locales.errors import DomainError
from tests.evaluation.cast import assert_told

LEGAL = {
    (PLANNED, IN_FORCE),
    (PLANNED, REVISED),
    (IN_FORCE, EVALUATED),
    (IN_FORCE, REVISED),
    (EVALUATED, REVISED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(STATES, STATES)))
def test_a_step_that_the_loop_does_not_have_is_refused(before: str, after: str) -> None:
    """Rule 2, n × n: sixteen steps, of which five exist."""
    if (before, after) in LEGAL:
        assert move(before, after) == after
        return
    with pytest.raises(DomainError) as refused:
        move(before, after)
    assert (refused.value.code, refused.value.details) == ("scheme_step_refused", {"before": before, "after": after})
    assert_told(refused.value)


@pytest.mark.parametrize("state", ["", "draft", "In_Force"])
def test_an_unknown_state_has_no_steps(state: str) -> None:
    for before, after in ((state, IN_FORCE), (PLANNED, state)):
        with pytest.raises(DomainError, match="scheme_step_refused"):
            move(before, after)


def test_every_state_is_reached_from_the_first_and_ends_in_the_last() -> None:
    assert set(STEPS) == set(STATES)
    assert START == PLANNED
    assert not STEPS[REVISED]
    for state in STATES[:-1]:
        assert REVISED in STEPS[state]


def course(*, begun: bool = False, settled: bool = False, followed: bool = False, nothing: bool = False) -> Course:
    return Course(begun, settled, followed, nothing)


@pytest.mark.parametrize(
    ("state", "happened", "passed"),
    [
        (PLANNED, course(), ()),
        (PLANNED, course(begun=True), (IN_FORCE,)),
        (IN_FORCE, course(begun=True), ()),
        (IN_FORCE, course(begun=True, followed=True), ()),  # the next year has begun, December is not settled
        (IN_FORCE, course(begun=True, settled=True), (EVALUATED,)),
        (EVALUATED, course(begun=True, settled=True), ()),
        (EVALUATED, course(begun=True, settled=True, followed=True), (REVISED,)),
        (PLANNED, course(begun=True, settled=True, followed=True), (IN_FORCE, EVALUATED, REVISED)),
        (PLANNED, course(nothing=True), (REVISED,)),
        (IN_FORCE, course(begun=True, nothing=True), (REVISED,)),
        (PLANNED, course(begun=True, settled=True, followed=True, nothing=True), (REVISED,)),
        (REVISED, course(begun=True, settled=True, followed=True), ()),
    ],
)
def test_a_version_passes_on_as_far_as_things_have_come(state: str, happened: Course, passed: tuple[str, ...]) -> None:
    assert states_due(state, happened) == passed


def test_no_course_leads_through_a_step_that_is_refused() -> None:
    for state, flags in itertools.product(STATES, itertools.product((False, True), repeat=4)):
        passed = (state, *states_due(state, Course(*flags)))
        assert all(step in LEGAL for step in itertools.pairwise(passed))
        assert states_due(passed[-1], Course(*flags)) == ()
