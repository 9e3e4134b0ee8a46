"""One-vote veto: two people, the others close up, a settled period is settled again, and lifting brings all back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.models import Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from evaluation.invariants import check_evaluation
from evaluation.models import SupersededSettlement, Veto
from evaluation.scorecards import Card, frozen_cards, frozen_lines, scorecards, settlement_of
from evaluation.vetoes import decide_veto, lift_veto, propose_veto, veto_in_force, veto_mark, vetoes
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER, Season, assert_told

PEOPLE = {"chen": ("office",), "sun": ("auditor",), "gao": ("committee",), "ma": ("committee", "office"), "li": ()}
REASON, EVIDENCE = "转诊记录系伪造，抽查二十份均无病历。", "审计底稿 2026-17 号，附抽查清单。"
ALIKE = {f"c{number}": (f"社区{number}", "primary") for number in range(4)}
LATER = OCTOBER_IS_OVER + timedelta(days=3)


@pytest.fixture
def month(season: Season) -> Season:
    """October of four community centres, 80, 90, 70 and 60, not settled yet."""
    season.is_set_up(ALIKE)
    for number, fives in enumerate((15, 20, 10, 5)):
        season.answers(f"c{number}", fives=fives, threes=25 - fives)
    for name, roles in PEOPLE.items():
        season.session.add(Person(id=name, name=name, language="zh", active=True))
        season.session.flush()
        season.session.add_all(Role(person_id=name, role=role, unit_code=None) for role in roles)
    season.session.flush()
    return season


def proposes(season: Season, by: str = "chen", unit: str = "c1", period: Period = OCTOBER, **words: str) -> Veto:
    given = {"reason": REASON, "evidence": EVIDENCE} | words
    actor = actor_of(season.session, by)
    return propose_veto(season.session, period=period, unit_code=unit, actor=actor, now=LATER, **given)


def decides(season: Season, veto: Veto, by: str = "gao", *, is_upheld: bool = True, mark: str | None = None) -> Veto:
    return decide_veto(
        season.session, period=Period.parse(veto.period), unit_code=veto.unit_code, mark=mark or veto_mark(veto),
        is_upheld=is_upheld, actor=actor_of(season.session, by), now=LATER,
    )  # fmt: skip


def lifts(season: Season, veto: Veto, by: str = "gao", reason: str = "复核后记录属实，材料已补齐。") -> Veto:
    return lift_veto(
        season.session, period=Period.parse(veto.period), unit_code=veto.unit_code, mark=veto_mark(veto), reason=reason,
        actor=actor_of(season.session, by), now=LATER,
    )  # fmt: skip


def cards(season: Season) -> dict[str, Card]:
    return {card.unit_code: card for card in scorecards(season.session, OCTOBER)}


def ranks(season: Season) -> dict[str, int | None]:
    return {unit: card.rank for unit, card in cards(season).items()}


def test_veto_acts_when_the_month_is_settled(month: Season) -> None:
    """The unit leaves the ranking and the others close up; its lines stay as they were scored."""
    decides(month, proposes(month))
    month.settles()
    assert ranks(month) == {"c0": 1, "c1": None, "c2": 2, "c3": 3}
    assert check_evaluation(month.session) == []
    card = cards(month)["c1"]
    assert (card.total, card.unranked_reason, card.rank_of) == (None, "vetoed", 3)
    assert any(row["points"] for row in frozen_lines(month.session, "2026-10") if row["unit_code"] == "c1")
    assert settlement_of(month.session, OCTOBER).revision == 1


def test_settled_month_is_settled_again_and_lifting_brings_all_back(month: Season) -> None:
    month.settles()
    before = frozen_cards(month.session, "2026-10")
    veto = decides(month, proposes(month))
    assert ranks(month) == {"c0": 1, "c1": None, "c2": 2, "c3": 3}
    found = veto_in_force(month.session, period=OCTOBER, unit_code="c1")
    assert found is not None
    assert found.reason == REASON
    assert lifts(month, veto, by="ma").lifted_by == "ma"
    assert frozen_cards(month.session, "2026-10") == before
    assert settlement_of(month.session, OCTOBER).revision == 3
    assert check_evaluation(month.session) == []
    assert [row.revision for row in month.session.scalars(select(SupersededSettlement))] == [1, 2]
    assert veto_in_force(month.session, period=OCTOBER, unit_code="c1") is None


def test_proposal_alone_and_a_refused_one_change_nothing(month: Season) -> None:
    month.settles()
    before = settlement_of(month.session, OCTOBER).digest
    veto = proposes(month, by="sun")
    assert decides(month, veto, is_upheld=False).state == "refused"
    assert (settlement_of(month.session, OCTOBER).digest, ranks(month)["c1"]) == (before, 1)
    again = proposes(month, reason=REASON + "补充证据。")
    assert (again.state, again.decided_by, len(vetoes(month.session))) == ("proposed", None, 1)


@pytest.mark.parametrize(("by", "code"), [("gao", "not_allowed"), ("li", "not_allowed"), ("chen", None), ("sun", None)])
def test_office_and_auditors_propose(month: Season, by: str, code: str | None) -> None:
    if code is None:
        assert proposes(month, by=by).proposed_by == by
        return
    with pytest.raises(DomainError) as refused:
        proposes(month, by=by)
    assert refused.value.code == code


def test_nobody_decides_what_they_proposed_and_only_the_committee_does(month: Season) -> None:
    veto = proposes(month, by="ma")
    for by, code in (("ma", "veto_own_decision"), ("chen", "not_allowed"), ("sun", "not_allowed")):
        with pytest.raises(DomainError) as refused:
            decides(month, veto, by=by)
        assert refused.value.code == code
        assert_told(refused.value)
    decides(month, veto)
    for again in (lambda: decides(month, veto), lambda: decides(month, veto, mark="0" * 12)):
        with pytest.raises(DomainError) as refused:
            again()
        assert refused.value.code == "veto_over"
    with pytest.raises(DomainError) as standing:
        proposes(month)
    assert standing.value.code == "veto_standing"
    assert_told(standing.value)


def test_mark_of_another_proposal_decides_nothing(month: Season) -> None:
    old = veto_mark(decides(month, proposes(month), is_upheld=False))
    new = proposes(month, evidence=EVIDENCE, reason="第二次提议，理由与前一次不同。")
    with pytest.raises(DomainError) as refused:
        decides(month, new, mark=old)
    assert (refused.value.code, new.state) == ("veto_over", "proposed")
    assert_told(refused.value)


@pytest.mark.parametrize(
    ("unit", "words", "code"),
    [
        ("nobody", {}, "veto_unit_unknown"),
        ("c1", {"reason": "太短"}, "veto_words_length"),
        ("c1", {"evidence": "　" * 40}, "veto_words_length"),
        ("c1", {"reason": "长" * 501}, "veto_words_length"),
    ],
)
def test_what_is_no_proposal_is_refused(month: Season, unit: str, words: dict[str, str], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        proposes(month, unit=unit, **words)
    assert refused.value.code == code
    assert_told(refused.value)
    assert vetoes(month.session) == []


def test_veto_is_for_just_its_period(month: Season) -> None:
    """One for the quarter leaves its months alone; the trail has no words of it."""
    month.settles()
    decides(month, proposes(month, period=Period(2026, quarter=4)))
    assert ranks(month)["c1"] == 1
    trail = month.session.execute(
        select(AuditRow.action, AuditRow.subject, AuditRow.details).where(AuditRow.subject.like("veto:%"))
    ).all()
    assert [row.action for row in trail] == ["propose_veto", "decide_veto"]
    assert all(REASON not in str(row.details) and row.subject == "veto:2026-Q4:c1" for row in trail)
