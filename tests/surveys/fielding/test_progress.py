"""Progress: dispositions and response rates that add up, by unit, wave, month and kind."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from consortium.periods import Period
from surveys.fielding.dispositions import note
from surveys.fielding.posters import make_poster, open_poster
from surveys.fielding.progress import nobody, progress, together
from surveys.fielding.upkeep import expire_invitations
from tests.surveys.cast import JIA, LEFT, NOW, YI
from tests.surveys.fielding.cast import DAY, half, launch, report

END = LEFT + 42 * DAY


def shown(session, *, now=NOW, **narrowed):
    """By unit, only what there is."""
    return {
        code: {name: count for name, count in each.counts.items() if count}
        for code, each in progress(session, now=now, **narrowed).items()
    }


def several(session, unit=JIA, prefix="v", **more):
    """Ten invitations: four complete, one refused, one ineligible, one partial, three without a word."""
    ways = ["complete"] * 4 + ["refused", "ineligible", "partial"] + [None] * 3
    for number, way in enumerate(ways):
        visit = f"{prefix}{number}"
        report(session, visit, unit_code=unit, **more)
        if way is not None:
            note(session, invitation_id=f"i-{visit}", disposition=way, now=NOW)


def test_dispositions_add_up_and_the_rate_leaves_out_only_the_ineligible(ready):
    several(ready)
    several(ready, YI, "w")
    found = progress(ready, now=NOW)
    assert shown(ready) == {
        unit: {"complete": 4, "refused": 1, "ineligible": 1, "partial": 1, "delivered": 3} for unit in (JIA, YI)
    }
    assert (found[JIA].invited, found[JIA].eligible, found[JIA].response_rate) == (10, 9, Fraction(4, 9))
    whole = together(found.values())
    assert (whole.unit_code, whole.invited, whole.eligible, whole.response_rate) == ("", 20, 18, Fraction(4, 9))


def test_nobody_invited_is_no_rate_and_never_nought(ready):
    assert progress(ready, now=NOW) == {}
    assert nobody(JIA).response_rate is None
    assert together([]).response_rate is None
    report(ready)
    note(ready, invitation_id="i-v1", disposition="ineligible", now=NOW)
    assert progress(ready, now=NOW)[JIA].response_rate is None


def test_what_is_over_counts_as_expired_before_and_after_the_schedule_says_so(ready):
    several(ready)
    expected = {JIA: {"complete": 4, "refused": 1, "ineligible": 1, "expired": 4}}
    assert shown(ready, now=END) == expected
    expire_invitations(ready, now=END)
    assert shown(ready, now=END) == expected


def test_a_wave_a_month_a_kind_and_a_unit_are_told_apart(ready):
    launch(ready, first_day=date(2026, 10, 10), last_day=date(2026, 10, 31))
    report(ready, "in")
    report(ready, "before", discharged_at=LEFT - 20 * DAY)
    report(ready, "yis", unit_code=YI)
    assert shown(ready, wave_id="w1") == {JIA: {"delivered": 1}, YI: {"delivered": 1}}
    assert shown(ready, wave_id="w1", unit_code=YI) == {YI: {"delivered": 1}}
    assert shown(ready, period=Period(2026, 9)) == {JIA: {"delivered": 1}}
    assert shown(ready, period=Period(2026, 10)) == {JIA: {"delivered": 1}, YI: {"delivered": 1}}
    assert shown(ready, kind="inpatient") == {}
    assert shown(ready, kind="outpatient") == {JIA: {"delivered": 2}, YI: {"delivered": 1}}


def test_visits_that_were_not_drawn_are_shown_beside_those_that_were(ready):
    half(ready)
    outcomes = [report(ready, f"v{n}").outcome for n in range(40)]
    found = progress(ready, now=NOW, wave_id="w1")[JIA]
    assert (found.undrawn, found.invited) == (outcomes.count("undrawn"), outcomes.count("new"))
    assert found.reported == 40


def test_a_unit_of_which_nobody_was_drawn_still_appears(ready):
    half(ready)
    undrawn = next(f"x{n}" for n in range(99) if report(ready, f"x{n}", unit_code=YI).outcome == "undrawn")
    assert undrawn
    assert progress(ready, now=NOW, unit_code=YI)[YI].undrawn >= 1


def test_posters_stand_apart(ready):
    make_poster(ready, unit_code=JIA, department="", kind="outpatient", code="abcdefgh", actor="person:chen", now=NOW)
    open_poster(ready, code="abcdefgh", language="zh", ticket="tp", new_id="ip", now=NOW)
    assert shown(ready) == {}
    assert shown(ready, stream="poster") == {JIA: {"invited": 1}}
