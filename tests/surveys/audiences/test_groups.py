"""Groups of a blind survey: small ones hidden together with what would give them away, whole months only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from consortium.periods import Period
from locales.errors import DomainError
from surveys.audiences.groups import shown_counts, unit_groups
from surveys.models import Invitation
from surveys.questionnaires import apply_questionnaire
from surveys.receipted import withdraw_response
from surveys.responses import send_response
from tests.surveys.audiences.cast import answer, begin, invite_staff
from tests.surveys.cast import JIA, NOW, YI, choice, outpatient_document, scored, small_document

OCTOBER = Period(2026, 10)
AFTER = datetime(2026, 10, 31, 16, tzinfo=UTC)  # midnight in Shanghai
HIDDEN = None


def sends(session, group: str | None, *marks: str, unit: str = JIA, now=NOW, name: str = "") -> list[str]:
    """So many of a group answer, each with a mark; their receipts."""
    numbers = [f"{unit}-{group}-{name}{place}" for place in range(len(marks))]
    invite_staff(session, *numbers, unit=unit, group=group, now=now)
    return [answer(session, number, mark, now=now) for number, mark in zip(numbers, marks, strict=True)]


def seen(session, *, unit: str = JIA, period: Period = OCTOBER, is_closed: bool = True):
    found = unit_groups(session, unit_code=unit, questionnaire_id="small", period=period, is_closed=is_closed)
    values = {each.name: each.score.value if each.score is not None else None for each in found.groups}
    return found, {each.name: each.n for each in found.groups}, values


def test_group_of_four_is_hidden_and_its_sibling_with_it(ready):
    sends(ready, "外科", *"5555")
    sends(ready, "内科", *"11111")
    sends(ready, "检验科", *"333333")
    found, counts, values = seen(ready)
    assert counts == {"外科": HIDDEN, "内科": HIDDEN, "检验科": 6}
    assert values == {"外科": None, "内科": None, "检验科": 50}
    assert found.whole.n == 15
    assert all(each.dimensions == {} for each in found.groups if each.n is None)


def test_what_is_hidden_together_is_never_less_than_five(ready):
    """Two and two are hidden; the unit's figure less the third group's would be that of four people."""
    sends(ready, "外科", *"55")
    sends(ready, "内科", *"11")
    sends(ready, "检验科", *"333333")
    sends(ready, "药剂科", *"3333333")
    _, counts, _ = seen(ready)
    assert counts == {"外科": HIDDEN, "内科": HIDDEN, "检验科": HIDDEN, "药剂科": 7}


@pytest.mark.parametrize("counts", list(product((0, 1, 2, 4, 5, 9), repeat=3)))
def test_no_set_of_small_groups_is_given_away(counts):
    by_name = dict(zip("abc", counts, strict=True))
    shown = shown_counts(by_name)
    assert all(shown[name] in (None, count) for name, count in by_name.items())
    assert not [name for name, count in shown.items() if count is not None and 0 < count < 5]
    together = sum(by_name[name] for name, count in shown.items() if count is None)
    total = sum(counts)
    assert together == 0 or together >= 5 or (total < 5 and not any(shown.values()))


def test_figures_of_groups_are_those_of_their_answers(ready):
    sends(ready, "外科", *"55551")
    sends(ready, "内科", *"111115")
    found, counts, values = seen(ready)
    assert counts == {"外科": 5, "内科": 6}
    assert values == {"外科": 80, "内科": pytest.approx(100 / 6)}
    assert found.whole.score is not None
    assert found.whole.score.value == pytest.approx(500 / 11)
    assert {each.dimensions["pay"].value for each in found.groups} == set(values.values())


def test_unit_of_four_shows_nothing_at_all(ready):
    sends(ready, "外科", *"5555")
    found, counts, _ = seen(ready)
    assert (found.whole.n, found.whole.score, counts) == (None, None, {"外科": HIDDEN})


def test_score_that_a_single_one_gave_is_hidden(ready):
    sends(ready, "外科", "na", "na", "na", "na", "1")
    found, counts, _ = seen(ready)
    assert counts == {"外科": HIDDEN}
    assert (found.whole.n, found.whole.score) == (None, None)


def test_month_that_is_not_closed_tells_nothing(ready):
    sends(ready, "外科", *"55555")
    with pytest.raises(DomainError) as refused:
        seen(ready, is_closed=False)
    assert refused.value.code == "groups_month_running"
    assert seen(ready)[1] == {"外科": 5}


@pytest.mark.parametrize("period", [Period(2026), Period.parse("2026-Q4")])
def test_only_single_months_are_told(ready, period):
    with pytest.raises(DomainError) as refused:
        seen(ready, period=period)
    assert refused.value.code == "groups_whole_months"


def test_months_units_and_questionnaires_stay_apart(ready):
    sends(ready, "外科", *"55555")
    sends(ready, "外科", *"11111", unit=YI)
    sends(ready, "外科", *"11111", now=AFTER + timedelta(days=2), name="n")
    assert seen(ready)[2] == {"外科": 100}
    assert seen(ready, unit=YI)[2] == {"外科": 0}
    november = seen(ready, period=Period(2026, 11))
    assert november[2] == {"外科": 0}
    assert seen(ready, unit="bing")[0].whole.n == 0


def test_those_without_a_group_are_a_group_of_their_own(ready):
    sends(ready, None, *"55555")
    sends(ready, "外科", *"11111")
    assert seen(ready)[1] == {"": 5, "外科": 5}


def test_withdrawn_answers_no_longer_count(ready):
    codes = sends(ready, "外科", *"55555")
    withdraw_response(ready, receipt_code=codes[0], is_settled=False, now=NOW)
    assert seen(ready)[1] == {"外科": HIDDEN}


def test_versions_are_pooled(ready):
    sends(ready, "外科", *"555")
    from tests.surveys.audiences.cast import BLIND

    apply_questionnaire(ready, document={**BLIND, "version": "2"}, now=NOW + timedelta(hours=1))
    sends(ready, "外科", *"111", name="second")
    found, counts, values = seen(ready)
    assert (counts, values, found.whole.n) == ({"外科": 6}, {"外科": 50}, 6)


def test_questionnaire_that_is_not_blind_has_no_groups(ready):
    apply_questionnaire(ready, document=outpatient_document(), now=NOW)
    apply_questionnaire(ready, document=small_document(choice("a"), id="other", kinds=["x"]), now=NOW)
    for questionnaire in ("outpatient", "other", "nobody"):
        with pytest.raises(DomainError) as refused:
            unit_groups(ready, unit_code=JIA, questionnaire_id=questionnaire, period=OCTOBER, is_closed=True)
        assert refused.value.code == "questionnaire_not_blind"


def test_group_stays_with_the_answers_when_the_invitation_is_parted(ready):
    sends(ready, "外科", "5")
    assert ready.scalars(select(Invitation.group_name)).all() == ["外科"]


WIDE = small_document(
    *(scored(name, name) for name in ("pay", "tools", "rest")), scored("whole", is_overall=True), kinds=["staff"],
    blind=True,
)  # fmt: skip
ALL = {"pay", "tools", "rest"}


def fills(session, group: str, count: int, **judged: int) -> None:
    """So many of a group answer; of each dimension so many judge it as are named, and all where none are."""
    for place in range(count):
        number = f"{group}-{place}"
        invite_staff(session, number, group=group)
        marks = {name: ("na",) if place >= judged.get(name, count) else ("4",) for name in ALL}
        response = begin(session, number, {**marks, "whole": ("4",)})
        send_response(session, response_id=response, receipt_code=f"code {number}", now=NOW)


def told(session) -> dict[str | None, set[str]]:
    found = unit_groups(session, unit_code=JIA, questionnaire_id="small", period=OCTOBER, is_closed=True)
    return {
        each.name: {code for code, figure in each.dimensions.items() if figure is not None}
        for each in (found.whole, *found.groups)
    }


@pytest.fixture
def wide(ready):
    apply_questionnaire(ready, document={**WIDE, "version": "3"}, now=NOW)
    return ready


def test_with_enough_answers_every_dimension_is_told(wide):
    fills(wide, "外科", 5)
    fills(wide, "内科", 6)
    assert told(wide) == {None: ALL, "外科": ALL, "内科": ALL}


def test_dimension_of_few_in_one_group_is_told_of_none_and_another_neither(wide):
    """The unit's figure of it less the other groups' would tell it; so would the group's score less the others."""
    fills(wide, "外科", 5, pay=3)
    fills(wide, "内科", 6)
    assert told(wide) == {None: ALL, "外科": {"tools"}, "内科": {"tools"}}


def test_dimension_of_few_in_the_whole_unit_takes_another_along(wide):
    fills(wide, "外科", 5, pay=1)
    fills(wide, "内科", 6, pay=1)
    whole = told(wide)[None]
    assert "pay" not in whole
    assert len(whole) == 1
    assert told(wide)["外科"] <= whole
    assert told(wide)["内科"] <= whole


def test_groups_do_not_tell_together_what_the_unit_hides(wide):
    """Of the unit "rest" is the least answered beside "pay", of the groups "tools": told of all groups, it adds up."""
    fills(wide, "外科", 6, pay=1, tools=5)
    fills(wide, "内科", 12, pay=1, rest=6)
    assert told(wide) == {None: {"tools"}, "外科": set(), "内科": set()}


def test_few_of_a_hidden_group_are_not_told_by_the_others(wide):
    fills(wide, "外科", 4, pay=2)
    fills(wide, "内科", 5, pay=1)
    fills(wide, "检验科", 9)
    assert told(wide)["检验科"] == {"tools"}  # the two hidden groups have three answers to "pay"
    assert told(wide)[None] == ALL


def test_group_of_which_few_gave_any_score_is_hidden(wide):
    fills(wide, "外科", 7, pay=2, tools=1, rest=0)
    fills(wide, "内科", 6)
    found = unit_groups(wide, unit_code=JIA, questionnaire_id="small", period=OCTOBER, is_closed=True)
    assert {each.name: each.n for each in found.groups} == {"外科": HIDDEN, "内科": HIDDEN}
    assert found.whole.n == 13
