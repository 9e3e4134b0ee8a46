"""What comes out of a round: who has a score, how coarse, which places, and what must not move it."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import numpy as np
import pytest

from consortium.disclosure import coarse_mark, score_of_mark
from reviews import figures_residue
from reviews.figures import DEFINITION, Mark, RoundFigures
from reviews.figures_fit import COVARIANCE_PARTS, covariance_of, places_in
from reviews.figures_residue import read_residue
from reviews.severity import plain_fit
from reviews.severity_ballots import ballots_of
from reviews.severity_margins import refit
from reviews.severity_robust import robust_fit
from tests.reviews.figures_cast import NO_DEALINGS, by_code, figures, marked, some_marks


@pytest.fixture(autouse=True)
def _only_the_auditor_waits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags take most of the time, and only tests of the residue look at them."""
    if "residue" not in request.node.name:
        monkeypatch.setattr(figures_residue, "watch", lambda *_: ())


def dealt(marks: list[Mark]) -> list[Mark]:
    return [mark for mark in marks if mark.marks != NO_DEALINGS]


def ballots(marks: list[Mark]):
    return ballots_of({(m.rater, m.target, ""): dict(enumerate(map(float, m.marks))) for m in dealt(marks)})


def published(found: RoundFigures) -> str:
    return repr((found.definition, found.units, found.fits))


# -- scores ------------------------------------------------------------------------------------------------------------


def test_scores_are_the_robust_fit_on_the_coarse_step() -> None:
    marks = some_marks(1)
    fit = robust_fit(ballots(marks)).fit
    found = by_code(figures(marks))
    for unit, score in zip(fit.units, fit.score.tolist(), strict=True):
        coarse = coarse_mark(Fraction(str(round(score, 9))), 11)
        assert coarse is not None
        assert found[unit].score == score_of_mark(coarse)
        assert (found[unit].raters, found[unit].takes_comments) == (10, True)
    assert figures(marks).definition == DEFINITION == "peer-severity-1"


def test_units_come_in_the_order_asked_for_and_all_of_them() -> None:
    marks = some_marks(2)
    order = ["nobody", *sorted({mark.rater for mark in marks}, reverse=True)]
    found = figures(marks, units=order, tiers=dict.fromkeys(order, "t"))
    assert [unit.unit for unit in found.units] == order
    assert found.units[0].score is None


@pytest.mark.parametrize(
    ("raters", "floor", "has_score", "criteria", "comments"),
    [
        (0, 0, False, 0, False),
        (1, 0, False, 0, False),
        (4, 0, False, 0, False),
        (5, 5, True, 0, False),
        (7, 5, True, 0, False),
        (8, 5, True, 5, False),
        (9, 5, True, 5, False),
        (10, 10, True, 5, True),
        (19, 10, True, 5, True),
        (20, 20, True, 5, True),
    ],
)
def test_what_a_number_of_raters_allows(
    raters: int, floor: int, *, has_score: bool, criteria: int, comments: bool
) -> None:
    marks = [*marked("jia", *["34354"] * raters), *(Mark(f"x{at}", "jia", NO_DEALINGS) for at in range(9))]
    unit = by_code(figures(marks))["jia"]
    assert (unit.raters, unit.score is not None, len(unit.criteria), unit.takes_comments) == (
        floor, has_score, criteria, comments,
    )  # fmt: skip


def test_thresholds_frozen_in_the_round_count() -> None:
    marks = marked("jia", *["34354"] * 9)
    unit = by_code(figures(marks, thresholds={"raters": 9, "criterion": 10, "comments": 9}))["jia"]
    assert (unit.score is not None, unit.criteria, unit.takes_comments) == (True, {}, True)
    strict = by_code(figures(marks, thresholds={"raters": 10, "criterion": 8, "comments": 8}))["jia"]
    assert (strict.raters, strict.score, strict.criteria, strict.takes_comments) == (0, None, {}, False)
    lax = {"raters": 2, "criterion": 2, "comments": 2}  # no document may go below five
    assert by_code(figures(marked("jia", *["34354"] * 4), thresholds=lax))["jia"].score is None


def test_one_scored_unit_has_the_mean_of_its_ballots_and_no_place() -> None:
    found = by_code(figures(marked("jia", "55555", "44444", "33333", "44443", "33344")))["jia"]
    assert found.score == score_of_mark(Fraction("3.8"))  # the mean is 3.84
    assert (found.rank, found.rank_low, found.rank_high, found.band) == (None,) * 4


def test_no_spread_gives_everybody_the_same_and_nobody_a_place() -> None:
    marks = [Mark(mark.rater, mark.target, "43434") for mark in some_marks(1, 8)]
    found = figures(marks)
    assert {unit.score for unit in found.units} == {score_of_mark(Fraction("3.6"))}
    assert {(unit.rank, unit.band) for unit in found.units} == {(None, None)}
    assert {fit["covariance"] is None for fit in found.fits} == {True}


def test_nothing_at_all_is_a_round_without_figures() -> None:
    found = figures([], units=["jia", "yi"], tiers={"jia": "t", "yi": "t"})
    assert [unit.score for unit in found.units] == [None, None]
    assert found.fits == ()
    assert read_residue(found.residue) == ()


def test_stern_raters_do_not_cost_a_unit_its_score() -> None:
    """Half of the raters give one mark less; a unit that only they scored is worth what the others are."""
    marks = [
        Mark(f"r{rater}", f"u{unit}", ("33333" if rater < 8 else "44444") if (rater + unit) % 3 else "43433")
        for rater in range(16)
        for unit in range(10)
        if unit or rater < 8
    ]
    found = by_code(figures(marks))
    raw = np.mean([sum(map(int, mark.marks)) / 5 for mark in marks if mark.target == "u0"])
    others = {found[f"u{unit}"].score for unit in range(1, 10)}
    assert raw < 3.3
    assert found["u0"].score is not None
    assert min(abs(found["u0"].score - other) for other in others if other is not None) <= 5  # 0.2 marks


# -- what moves nothing ------------------------------------------------------------------------------------------------


def test_marks_of_a_unit_without_a_score_move_nothing_published() -> None:
    marks = [mark for mark in some_marks(3) if mark.target != "u4" or mark.rater in {"u1", "u2", "u3", "u5"}]
    turned = [Mark(m.rater, m.target, "11111" if m.target == "u4" else m.marks) for m in marks]
    without = [mark for mark in marks if mark.target != "u4"]
    assert published(figures(turned)) == published(figures(marks))
    assert published(figures(without)) == published(figures(marks))
    assert "u4" not in json.dumps(figures(marks).fits)


def test_order_of_the_ballots_moves_nothing() -> None:
    marks = some_marks(4, share=0.9, no_dealings=0.1)
    for seed in range(3):
        shuffled = random.Random(seed).sample(marks, len(marks))
        assert figures(shuffled) == figures(marks)


def test_swapped_ballots_of_one_unit_move_no_document_but_through_its_figures() -> None:
    """Whatever keeps the coarse figures keeps every byte: the documents hold nothing finer."""
    marks = some_marks(5, 20)
    for at in range(0, 60, 7):
        one = marks[at]
        changed = [*marks[:at], Mark(one.rater, one.target, one.marks[::-1]), *marks[at + 1 :]]  # the mean stays
        assert json.dumps(figures(changed).fits) == json.dumps(figures(marks).fits)


def test_documents_do_not_tell_who_had_no_dealings() -> None:
    """A missing dealing moves the estimates, perhaps; the covariance not, as long as the bands are the same."""
    marks = some_marks(6, 24)
    for at in (3, 200, 400):
        fewer = [*marks[:at], Mark(marks[at].rater, marks[at].target, NO_DEALINGS), *marks[at + 1 :]]
        before, after = figures(marks).fits[0], figures(fewer).fits[0]
        spreads = ("sd_rater", "sd_unit", "sd_residual")
        assert [before[name] for name in spreads] == [after[name] for name in spreads]
        assert before["covariance"] == after["covariance"]


def test_documents_do_not_tell_who_cast_no_ballot_where_nearly_everybody_did() -> None:
    marks = some_marks(6, 24)
    for at in (3, 200, 400):
        before, after = figures(marks).fits[0], figures([*marks[:at], *marks[at + 1 :]]).fits[0]
        assert before["covariance"] == after["covariance"]


def test_large_rounds_have_the_covariance_of_their_own_pattern() -> None:
    """Two districts that hardly score each other: how they stand to each other is less certain than within."""
    marks = [
        mark
        for mark in some_marks(24, 40)
        if (int(mark.rater[1:]) < 20) == (int(mark.target[1:]) < 20) or {mark.rater, mark.target} == {"u0", "u39"}
    ]
    covariance = covariance_of(figures(marks).fits[0])
    assert covariance is not None
    order = sorted(f"u{at}" for at in range(40))
    one, near, far = (order.index(unit) for unit in ("u5", "u6", "u30"))
    apart = [covariance[one, one] + covariance[at, at] - 2 * covariance[one, at] for at in (near, far)]
    assert apart[1] > 1.2 * apart[0]


def test_documents_hold_whole_numbers_on_coarse_grids() -> None:
    [fit] = figures(some_marks(7, 14, share=0.8, no_dealings=0.1)).fits
    assert set(fit) == {
        "definition", "part", "units", "mu", "sd_rater", "sd_unit", "sd_residual", "covariance", "interval", "draws",
        "seed", "unranked",
    }  # fmt: skip
    assert [fit[name] % 5 for name in ("sd_rater", "sd_unit", "sd_residual")] == [0, 0, 0]
    for unit in fit["units"]:
        assert set(unit) == {"unit", "tier", "raters", "step", "estimate", "width"}
        assert unit["estimate"] % unit["step"] == 0 or unit["estimate"] in {110, 490}
        assert unit["step"] == (10 if unit["raters"] >= 10 else unit["step"])
    assert json.loads(json.dumps(fit)) == fit
    estimates = [unit["estimate"] for unit in fit["units"]]
    assert abs(fit["mu"] - sum(estimates) / len(estimates)) <= 0.5  # nothing that the estimates do not tell


def test_small_rounds_have_their_spreads_on_a_coarser_grid() -> None:
    [fit] = figures(some_marks(8, 7)).fits  # 42 ballots
    assert [fit[name] % 20 for name in ("sd_rater", "sd_unit", "sd_residual")] == [0, 0, 0]
    assert fit["sd_residual"] >= 20


# -- criteria ----------------------------------------------------------------------------------------------------------


def test_criteria_show_a_units_own_profile_in_half_marks() -> None:
    found = by_code(figures(marked("jia", *["53244"] * 10)))["jia"]
    marks = {"a": "4.5", "b": "3", "c": "2", "d": "4", "e": "4"}  # 5 stands for 4.5 or more; the mean is 3.6
    assert found.criteria == {code: score_of_mark(Fraction(mark)) for code, mark in marks.items()}


def test_criteria_keep_to_their_grid() -> None:
    for unit in figures(some_marks(9, 16)).units:
        for score in unit.criteria.values():
            mark = 1 + score * 4 / 100
            assert mark * 2 == int(mark * 2)
            assert Fraction("1.5") <= mark <= Fraction("4.5")


# -- places ------------------------------------------------------------------------------------------------------------


def test_places_are_within_the_tier() -> None:
    marks = some_marks(10, 13)
    tiers = {f"u{at}": ("primary", "secondary", "tertiary")[min(at % 4, 2)] for at in range(13)}
    found = figures(marks, tiers=tiers)
    for tier in set(tiers.values()):
        own = [unit for unit in found.units if tiers[unit.unit] == tier]
        ordered = sorted(own, key=lambda unit: -(unit.score or 0))
        assert [unit.rank for unit in own] == [
            1 + sum((other.score or 0) > (unit.score or 0) for other in ordered) for unit in own
        ]
        assert all(1 <= u.rank_low <= u.rank <= u.rank_high <= len(own) for u in own)  # type: ignore[operator]


def test_equal_scores_share_the_better_place() -> None:
    found = figures(some_marks(11, 20))
    ranks = {unit.score: {other.rank for other in found.units if other.score == unit.score} for unit in found.units}
    assert all(len(each) == 1 for each in ranks.values())
    assert len(ranks) < 20


def test_tier_of_one_has_no_place_and_tier_of_two_no_band() -> None:
    marks = some_marks(12, 9)
    tiers = {f"u{at}": "tertiary" if not at else "secondary" if at < 3 else "primary" for at in range(9)}
    found = by_code(figures(marks, tiers=tiers))
    assert (found["u0"].rank, found["u0"].band) == (None, None)
    assert {found["u1"].rank, found["u2"].rank} <= {1, 2}
    assert {found["u1"].band, found["u2"].band} == {None}
    assert {found[f"u{at}"].band for at in range(3, 9)} <= {"upper", "middle", "lower"}


def test_unranked_tier_has_scores_only() -> None:
    marks = some_marks(13, 9)
    tiers = {f"u{at}": "partner" if at < 4 else "primary" for at in range(9)}
    found = by_code(figures(marks, tiers=tiers, unranked={"partner"}))
    assert all(found[f"u{at}"].score is not None for at in range(9))
    assert {found[f"u{at}"].rank for at in range(4)} == {None}
    assert None not in {found[f"u{at}"].rank for at in range(4, 9)}


def test_parts_are_fitted_apart_and_a_torn_tier_is_not_ranked() -> None:
    near = some_marks(14, 7)
    far = [Mark(f"v{m.rater}", f"v{m.target}", m.marks) for m in some_marks(15, 8)]
    units = {name for mark in [*near, *far] for name in (mark.rater, mark.target)}
    apart = {unit: "far" if unit.startswith("v") else "near" for unit in units}
    found = figures([*near, *far], tiers=apart)
    assert [len(fit["units"]) for fit in found.fits] == [7, 8]
    alone = by_code(figures(near, tiers=apart))
    assert [by_code(found)[f"u{at}"].score for at in range(7)] == [alone[f"u{at}"].score for at in range(7)]
    assert None not in {unit.rank for unit in found.units}
    torn = figures([*near, *far])
    assert {unit.rank for unit in torn.units} == {None}
    assert None not in {unit.score for unit in torn.units}


def test_bands_need_the_whole_interval() -> None:
    marks = [
        Mark(m.rater, m.target, "55555" if m.target in {"u1", "u2"} else "22222" if m.target == "u3" else m.marks)
        for m in some_marks(16, 12)
    ]
    found = by_code(figures(marks))
    assert {found["u1"].band, found["u2"].band, found["u3"].band} == {"upper", "lower"}
    for unit in found.values():
        assert unit.rank_high is not None
        assert unit.band != "upper" or unit.rank_high <= 6


def test_same_seed_same_figures_and_another_moves_intervals_only() -> None:
    marks = some_marks(17, 16)
    one, same, other = figures(marks), figures(marks), figures(marks, seed=8)
    assert one == same
    assert [(unit.score, unit.rank) for unit in one.units] == [(unit.score, unit.rank) for unit in other.units]
    assert max(abs((u.rank_low or 0) - (v.rank_low or 0)) for u, v in zip(one.units, other.units, strict=True)) <= 1


def test_published_covariance_is_near_that_of_the_fit() -> None:
    """What is worked out from bands and coarse spreads may not be far from what the ballots gave."""
    from reviews.severity import unit_covariance

    for seed, share in ((18, 1.0), (19, 0.8)):
        marks = some_marks(seed, 26, share=share)
        fit = robust_fit(ballots(marks)).fit
        order = [fit.units.index(unit) for unit in sorted(fit.units)]
        own = unit_covariance(fit)[np.ix_(order, order)]
        covariance = covariance_of(figures(marks).fits[0])
        assert covariance is not None
        level = np.eye(26) - 1 / 26
        ratio = np.sqrt(np.trace(level @ covariance) / np.trace(level @ own))
        assert 0.8 < ratio < 1.35
        assert np.linalg.eigvalsh(covariance).min() > 1 / COVARIANCE_PARTS


def test_places_can_be_worked_out_again_after_storage() -> None:
    [fit] = figures(some_marks(20, 15)).fits
    assert places_in(json.loads(json.dumps(fit))) == places_in(fit)


# -- residue -----------------------------------------------------------------------------------------------------------


def test_residue_holds_margins_that_refit_the_plain_model() -> None:
    marks = some_marks(21, 14)
    [part] = read_residue(figures(marks).residue)
    assert part.margins is not None
    plain, again = plain_fit(ballots(marks)), refit(part.margins)
    assert dict(zip(again.units, again.effect, strict=True)) == pytest.approx(
        dict(zip(plain.units, plain.effect, strict=True)), abs=1e-6
    )
    assert part.pairs == tuple(pair for pair in part.pairs if abs(pair[2]) > 2.5)


def test_residue_flags_a_pair_at_war() -> None:
    war = {("u2", "u3"), ("u3", "u2")}
    marks = [Mark(m.rater, m.target, "11111" if (m.rater, m.target) in war else m.marks) for m in some_marks(22, 22)]
    [part] = read_residue(figures(marks).residue)
    assert ("retaliating_pair", {"u2", "u3"}) in [(flag.kind, set(flag.members)) for flag in part.flags]
    assert ("u2", "u3") in [pair[:2] for pair in part.pairs]


def test_margins_that_would_be_ballots_are_not_kept() -> None:
    """A rater with one ballot: its sum is its ballot."""
    marks = [*some_marks(23, 10), Mark("guest", "u1", "12345")]
    [part] = read_residue(figures(marks).residue)
    assert part.margins is None
    assert "guest" not in figures(marks).residue


# -- what is no round --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        [Mark("jia", "yi", "4444")],
        [Mark("jia", "yi", "44440")],
        [Mark("jia", "yi", "4444-")],
        [Mark("jia", "unknown", "44444")],
        [Mark("jia", "yi", "44444"), Mark("jia", "yi", "33333")],
    ],
)
def test_marks_that_are_no_ballots_are_refused_without_being_named(odd: list[Mark]) -> None:
    with pytest.raises(ValueError, match="no ballots") as refused:
        figures(odd, units=["jia", "yi"], tiers={"jia": "t", "yi": "t"})
    assert "4444" not in str(refused.value)
