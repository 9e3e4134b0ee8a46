"""The committee decides on results: who may, quorum and majority on both sides of the line, and to what figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.people import actor_of
from evaluation.approval_voices import (
    LONGEST_MINUTES,
    LONGEST_WORDS,
    SHORTEST_WORDS,
    ask_again,
    close_approval,
    speak_on_results,
    voices_mark,
)
from evaluation.corrections import resettle
from evaluation.elements import MAJORITIES, SIMPLE, TWO_THIRDS
from evaluation.models import Veto
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import (
    approval,
    approval_of,
    is_carried,
    is_superseded,
    members_silent,
    open_approval,
    open_approvals,
    open_due_approvals,
    refuse_unapproved,
    waiting_for,
)
from locales.errors import DomainError
from storage.audit import AuditRow
from tests.evaluation.cast import OCTOBER, OCTOBER_IS_OVER, Season, assert_told, example

NOW = OCTOBER_IS_OVER + timedelta(days=3)
MEMBERS = ("an", "bo", "cai", "dong")
REASON, MINUTES = "互评结果需要复核", "会议同意发布。\n出席四人。"


@dataclass
class Committee:
    """Four members, Li who also represents a unit among them; Chen of the office; Liu, an auditor."""

    session: Session
    season: Season

    def opens(self) -> ResultApproval:
        found = open_approval(self.session, period=OCTOBER, actor="schedule", now=NOW)
        assert found is not None
        return found

    def says(self, person: str, says: str = "approve", words: str | None = None, *, mark: str | None = None) -> None:
        found = self.opens()
        speak_on_results(
            self.session, approval_id=found.id, mark=mark or found.digest[:12], says=says, words=words,
            actor=actor_of(self.session, person), now=NOW,
        )  # fmt: skip

    def closes(self, person: str = "chen", minutes: str = MINUTES, *, mark: str | None = None) -> ResultApproval:
        found = self.opens()
        return close_approval(
            self.session, approval_id=found.id, mark=voices_mark(self.session, found) if mark is None else mark,
            minutes=minutes, actor=actor_of(self.session, person), now=NOW,
        )  # fmt: skip

    def state(self) -> str:
        return approval_of(self.session, OCTOBER).state

    def is_corrected(self) -> None:
        self.session.add(
            Veto(period="2026-10", unit_code="yi", state="in_force", reason="伪造随访记录十条", evidence="抽查记录",
                 proposed_by="chen", proposed_at=NOW, decided_by="an", decided_at=NOW)
        )  # fmt: skip
        self.session.flush()
        resettle(self.session, period=OCTOBER, actor="person:an", now=NOW)


def settled(session: Session, approval_table: dict[str, object] | None) -> Committee:
    document = example() | ({"approval": approval_table} if approval_table is not None else {})
    season = Season(session).has_a_full_month().is_scored_by(document)
    for person in (*MEMBERS, "li", "chen", "liu"):
        session.add(Person(id=person, name=person.title(), language="zh", active=True))
    session.flush()
    for person in (*MEMBERS, "li"):
        session.add(Role(person_id=person, role="committee", unit_code=None))
    session.add(Role(person_id="li", role="representative", unit_code="jia"))
    session.add(Role(person_id="chen", role="office", unit_code=None))
    session.add(Role(person_id="liu", role="auditor", unit_code=None))
    session.flush()
    season.settles()
    return Committee(session, season)


@pytest.fixture
def committee(session: Session) -> Committee:
    return settled(session, {"quorum": 3})


class refused:  # noqa: N801 - reads as a sentence
    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        assert isinstance(error, DomainError), f"{self.code} was expected, not {error!r}"
        assert error.code == self.code
        assert_told(error)
        return True


# ── the rule ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("approving", "voices", "simple", "two_thirds"),
    [
        (0, 0, False, False), (0, 1, False, False), (1, 1, True, True), (1, 2, False, False), (2, 3, True, True),
        (2, 4, False, False), (3, 5, True, False), (4, 6, True, True), (3, 6, False, False), (66, 100, True, False),
        (67, 100, True, True), (50, 100, False, False), (51, 100, True, False),
    ],
)  # fmt: skip
def test_majority_on_both_sides_of_the_line(approving, voices, simple, two_thirds):
    said = tuple(is_carried(approving=approving, voices=voices, majority=rule) for rule in MAJORITIES)
    assert said == (simple, two_thirds)
    assert MAJORITIES == (SIMPLE, TWO_THIRDS)


@pytest.mark.both_databases
@pytest.mark.parametrize(("voices", "is_closed"), [(2, False), (3, True), (4, True)])
def test_quorum_on_both_sides_of_the_line(committee, voices, is_closed):
    for person in MEMBERS[:voices]:
        committee.says(person)
    if is_closed:
        assert committee.closes().state == "approved"
    else:
        with refused("approval_no_quorum"):
            committee.closes()
        assert committee.state() == "open"


@pytest.mark.parametrize(("backs", "state"), [(1, "approved"), (2, "returned")])
def test_more_than_half_of_those_who_spoke(committee: Committee, backs: int, state: str) -> None:
    for place, person in enumerate(MEMBERS):
        committee.says(person, "return" if place < backs else "approve", REASON if place < backs else None)
    assert committee.closes().state == state


def test_two_thirds_where_the_scheme_says_so(session: Session) -> None:
    committee = settled(session, {"quorum": 2, "majority": "two_thirds"})
    for person, says in zip((*MEMBERS, "li"), ("approve", "approve", "approve", "return", "return"), strict=True):
        committee.says(person, says, REASON)
    assert committee.closes().state == "returned"  # three of five are more than half, and no two thirds


# ── what may be published ──────────────────────────────────────────────────────────────────────────────────────────


def test_unapproved_results_are_refused_until_the_decision_is_closed(committee: Committee) -> None:
    assert approval_of(committee.session, OCTOBER).state == "not_asked"
    for person in (None, *MEMBERS):
        with refused("result_not_approved"):
            refuse_unapproved(committee.session, OCTOBER)
        if person is not None:
            committee.says(person)
    committee.closes()
    refuse_unapproved(committee.session, OCTOBER)
    standing = approval_of(committee.session, OCTOBER)
    assert (standing.needed, standing.state, standing.quorum, standing.approving) == (True, "approved", 3, 4)


def test_results_that_went_back_are_refused(committee: Committee) -> None:
    for person in MEMBERS:
        committee.says(person, "return", REASON)
    committee.closes()
    with refused("result_not_approved"):
        refuse_unapproved(committee.session, OCTOBER)


def test_a_scheme_that_does_not_ask_needs_no_decision(session: Session) -> None:
    committee = settled(session, None)
    assert open_approval(session, period=OCTOBER, actor="schedule", now=NOW) is None
    standing = approval_of(session, OCTOBER)
    assert (standing.needed, standing.state) == (False, "not_needed")
    refuse_unapproved(session, OCTOBER)
    assert open_due_approvals(session, actor="schedule", now=NOW) == []
    assert committee.season is not None


def test_a_month_that_is_not_settled_has_nothing_to_decide(committee: Committee) -> None:
    november = OCTOBER.next()
    assert open_approval(committee.session, period=november, actor="schedule", now=NOW) is None
    assert approval_of(committee.session, november).needed is False


def test_corrected_results_need_another_decision(committee: Committee) -> None:
    for person in MEMBERS:
        committee.says(person)
    before = committee.closes()
    committee.is_corrected()
    with refused("result_not_approved"):
        refuse_unapproved(committee.session, OCTOBER)
    (found,) = open_due_approvals(committee.session, actor="schedule", now=NOW)
    assert (found.number, found.state, found.id == before.id) == (1, "open", False)
    assert is_superseded(committee.session, approval(committee.session, before.id))
    assert len(members_silent(committee.session, found)) == 5
    for person in MEMBERS[:3]:
        committee.says(person)
    assert committee.closes().state == "approved"
    refuse_unapproved(committee.session, OCTOBER)


def test_nobody_decides_on_figures_that_were_corrected_meanwhile(committee: Committee) -> None:
    old = committee.opens()
    committee.says("an")
    committee.is_corrected()
    act = {"approval_id": old.id, "actor": actor_of(committee.session, "bo"), "now": NOW}
    with refused("approval_superseded"):
        speak_on_results(committee.session, mark=old.digest[:12], says="approve", words=None, **act)  # type: ignore[arg-type]
    with refused("approval_superseded"):
        close_approval(committee.session, mark=voices_mark(committee.session, old), minutes=MINUTES, **act)  # type: ignore[arg-type]
    assert open_approvals(committee.session) == []


def test_it_is_opened_once(committee: Committee) -> None:
    first, again = committee.opens(), committee.opens()
    assert first.id == again.id
    assert [each.id for each in open_due_approvals(committee.session, actor="schedule", now=NOW)] == [first.id]
    actions = committee.session.scalars(select(AuditRow.action).where(AuditRow.subject == "results:2026-10")).all()
    assert actions == ["open_approval"]


# ── voices ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_member_says_otherwise_until_it_is_closed(committee: Committee) -> None:
    committee.says("an")
    committee.says("an", "return", f"  {REASON}\n再看  ")
    committee.says("an", "return", f"  {REASON}\n再看  ")
    (voice,) = approval_of(committee.session, OCTOBER).voices
    assert (voice.name, voice.says, voice.words) == ("An", "return", f"{REASON} 再看")
    said = (
        committee.session.execute(select(AuditRow.details).where(AuditRow.action == "speak_on_results")).scalars().all()
    )
    assert [row["says"] for row in said] == ["approve", "return"]  # the same again leaves no row, and no row has words
    assert REASON not in str(said)
    for person in ("bo", "cai"):
        committee.says(person)
    assert committee.closes().state == "approved"
    with refused("approval_closed"):
        committee.says("an")


def test_a_member_of_a_unit_may_speak(committee: Committee) -> None:
    committee.says("li")
    assert [voice.person_id for voice in approval_of(committee.session, OCTOBER).voices] == ["li"]
    assert [person.id for person in members_silent(committee.session, committee.opens())] == list(MEMBERS)
    assert waiting_for(committee.session, "li") == []
    assert [each.id for each in waiting_for(committee.session, "an")] == [committee.opens().id]


@pytest.mark.parametrize("person", ["chen", "liu"])
def test_only_the_committee_speaks(committee: Committee, person: str) -> None:
    with refused("not_allowed"):
        committee.says(person)


@pytest.mark.parametrize(("length", "is_kept"), [
    (SHORTEST_WORDS - 1, False), (SHORTEST_WORDS, True), (LONGEST_WORDS, True), (LONGEST_WORDS + 1, False), (0, False),
])  # fmt: skip
def test_results_go_back_for_a_reason(committee, length, is_kept):
    if is_kept:
        committee.says("an", "return", "长" * length)
    else:
        with refused("approval_words_length"):
            committee.says("an", "return", "长" * length)
    assert len(approval_of(committee.session, OCTOBER).voices) == is_kept


@pytest.mark.parametrize("mark", ["", "0" * 12, "short"])
def test_a_button_of_other_figures_says_nothing(committee: Committee, mark: str) -> None:
    found = committee.opens()
    with refused("approval_superseded"):
        speak_on_results(committee.session, approval_id=found.id, mark=mark, says="approve", words=None,
                         actor=actor_of(committee.session, "an"), now=NOW)  # fmt: skip


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("person", "may"), [("chen", True), ("an", True), ("li", True), ("liu", False)])
def test_committee_or_office_close_it(committee, person, may):
    for member in MEMBERS:
        committee.says(member)
    if may:
        closed = committee.closes(person)
        assert (closed.closed_by, closed.minutes) == (person, MINUTES)
    else:
        with refused("not_allowed"):
            committee.closes(person)


def test_it_is_closed_by_the_voices_that_were_seen(committee: Committee) -> None:
    for member in MEMBERS[:3]:
        committee.says(member)
    seen = voices_mark(committee.session, committee.opens())
    committee.says("dong", "return", REASON)
    with refused("approval_voices_changed"):
        committee.closes(mark=seen)
    committee.says("an", "return", REASON)
    assert committee.closes().state == "returned"
    with refused("approval_closed"):
        committee.closes()


@pytest.mark.parametrize(
    ("minutes", "code"),
    [("", "approval_minutes_missing"), (" \n\u200b", "approval_minutes_missing"),
     ("长" * (LONGEST_MINUTES + 1), "approval_minutes_too_long")],
)  # fmt: skip
def test_minutes_say_something(committee: Committee, minutes: str, code: str) -> None:
    for member in MEMBERS:
        committee.says(member)
    with refused(code):
        committee.closes(minutes=minutes)
    assert committee.closes(minutes="长" * LONGEST_MINUTES).state == "approved"


def test_results_that_stand_come_before_the_committee_again_for_a_reason(committee: Committee) -> None:
    chen = actor_of(committee.session, "chen")
    with refused("approval_not_returned"):
        ask_again(committee.session, period=OCTOBER, why=REASON, actor=chen, now=NOW)
    for member in MEMBERS:
        committee.says(member, "return", REASON)
    committee.closes()
    with refused("not_allowed"):
        ask_again(committee.session, period=OCTOBER, why=REASON, actor=actor_of(committee.session, "an"), now=NOW)
    with refused("approval_words_length"):
        ask_again(committee.session, period=OCTOBER, why="短", actor=chen, now=NOW)
    second = ask_again(committee.session, period=OCTOBER, why=REASON, actor=chen, now=NOW)
    assert (second.number, second.asked_why, committee.state()) == (2, REASON, "open")
    with refused("approval_not_returned"):
        ask_again(committee.session, period=OCTOBER, why=REASON, actor=chen, now=NOW)
    for member in MEMBERS[:3]:
        committee.says(member)
    assert committee.closes().state == "approved"
    refuse_unapproved(committee.session, OCTOBER)


@pytest.mark.both_databases
def test_of_two_who_close_at_once_one_does(database) -> None:
    with database.transaction() as session:
        committee = settled(session, {"quorum": 1})
        committee.says("an")
        found = committee.opens()
        mark = voices_mark(session, found)
    start = Barrier(2)

    def closes(person: str) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                close_approval(session, approval_id=found.id, mark=mark, minutes=person,
                               actor=actor_of(session, person), now=NOW)  # fmt: skip
        except DomainError as refusal:
            return refusal.code
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(closes, ["chen", "bo"])) == ["approval_closed", "closed"]


# ── the database ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "approved"}, {"minutes": "x"}, {"closed_at": NOW}, {"quorum": 0}, {"number": 0}, {"number": 2},
        {"asked_why": "x"}, {"state": "gone"},
    ],
)  # fmt: skip
def test_the_database_refuses_a_decision_that_contradicts_itself(
    committee: Committee, broken: dict[str, object]
) -> None:
    values = {"period": "2026-10", "digest": "0" * 64, "number": 1, "quorum": 3, "state": "open",
              "opened_by": "schedule", "opened_at": NOW}  # fmt: skip
    with pytest.raises(IntegrityError):
        committee.session.execute(insert(ResultApproval).values(**values | broken))
