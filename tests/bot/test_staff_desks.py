"""Votes, actions, duties and the signature in chat: what each role finds, and that a vote leaves no trace of itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from bot.models import HandledUpdate, WordsPrompt
from consortium.models import Person, Role
from consortium.office_models import DutyEvidence, OnDuty, PollSlip
from consortium.people import actor_of
from evaluation.actions import follow_settlement
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.office_models import Action, Signature
from evaluation.scheme_votes import open_scheme_vote
from evaluation.schemes import apply_scheme, scheme_for
from locales.errors import DomainError, explain
from outbox.message import Button
from outbox.models import Delivery
from scheduler.staff_work import follow_staff_work
from storage.audit import AuditRow
from storage.database import Database
from tests.bot.phone import Phone
from tests.cast import NOW as FOUNDED
from tests.cast import found_consortium
from tests.evaluation.cast import OCTOBER, changed, example

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
VOTING = NOW + timedelta(days=3)
MORE = (("fang", "accountant", None), ("ma", "head", "jia"))
EXPIRED = explain("zh", DomainError("button_expired"))


@pytest.fixture
def town(consortium: Database) -> Database:
    """A scheme with actions, an accountant, a head, and October settled with one red figure of 甲."""
    with consortium.transaction() as session:
        apply_scheme(session, document=changed(example(), "actions", {"below": 60}), now=FOUNDED)
        for person, role, unit in MORE:
            session.add(Person(id=person, name=person.title(), language="zh", active=True))
            session.flush()
            session.add(Role(person_id=person, role=role, unit_code=unit))
        session.add(Settlement(period="2026-10", sequence=1, settled_at=NOW, settled_by="schedule", scheme_year=2026,
                               scheme_version=1, digest="a" * 64))  # fmt: skip
        session.flush()
        session.add(Scorecard(period="2026-10", unit_code="jia", position=0, tier="tertiary", total=Fraction(50),
                              complete=True, responses=0, raters=0, rank=1, rank_of=1))  # fmt: skip
        session.flush()
        session.add(ScoreLine(
            period="2026-10", unit_code="jia", indicator="down_referral", position=0, dimension="collaboration",
            party="committee", scheme_points=Fraction(15), target=Fraction(15), share=Fraction(1, 2),
            points=Fraction(15, 2), available=Fraction(15),
        ))  # fmt: skip
        session.flush()
        follow_settlement(session, period=OCTOBER, scheme=scheme_for(session, OCTOBER), actor="schedule", now=NOW)
    return consortium


@pytest.fixture
def people(town: Database, phone: Callable[..., Phone], bind: Callable[[Phone, str], None]) -> Callable[..., Phone]:
    numbers = iter(range(300, 400))

    def make(person: str, now: datetime = NOW) -> Phone:
        device = phone(person.title(), str(next(numbers)))
        bind(device, person)
        device.now = now
        return device

    return make


def opens_a_vote(town: Database) -> int:
    with town.transaction() as session:
        found = open_scheme_vote(
            session, year=2026, version=1, draft_id=None, electorate="units", comment_days=2, voting_days=3,
            actor=actor_of(session, "chen"), now=NOW,
        )  # fmt: skip
        return found.id


def test_an_action_is_planned_and_reported_in_words(town: Database, people: Callable[..., Phone]) -> None:
    li = people("li")
    li.starts()
    li.taps("整改（1）")
    li.taps("人民医院 · 下转率 · 待写措施")
    assert "期限 2026-11-30" in li.screen
    assert "报告完成" not in li.buttons
    li.taps("写措施")
    li.says("每周与社区中心核对转诊名单")
    assert "每周与社区中心核对转诊名单" in li.screen
    li.taps("提交")
    assert "已定措施" in li.screen
    li.taps("报告完成")
    li.says("核对了四次")
    li.taps("提交")
    assert "已完成，待复核" in li.screen
    with town.transaction() as session:
        found = session.scalars(select(Action)).one()
        assert (found.state, found.words, found.done_words, found.done_by) == (
            "done", "每周与社区中心核对转诊名单", "核对了四次", "li",
        )  # fmt: skip
        assert session.scalars(select(WordsPrompt)).all() == []


def test_the_office_sees_all_actions_and_cancels_with_words(town: Database, people: Callable[..., Phone]) -> None:
    chen, wang = people("chen"), people("wang")
    wang.starts()
    assert not any("ctions" in label for label in wang.buttons)  # the unit has none
    chen.starts()
    chen.taps("绩效办")
    chen.taps("整改（逾期 0）")
    chen.taps("人民医院 · 下转率 · 待写措施")
    assert "写措施" not in chen.buttons
    chen.taps("取消整改")
    chen.says("口径有误")
    chen.taps("提交")
    assert "口径有误" in chen.screen
    with town.transaction() as session:
        assert session.scalars(select(Action.state)).one() == "cancelled"


def test_a_vote_is_cast_once_and_the_chat_keeps_no_trace_of_it(town: Database, people: Callable[..., Phone]) -> None:
    number = opens_a_vote(town)
    li = people("li", VOTING)
    li.starts()
    with town.transaction() as session:
        before = session.query(HandledUpdate).count()
    li.taps("方案表决（1）")
    assert "投票中" in li.buttons[0]
    li.taps(li.buttons[0])
    with town.transaction() as session:
        looked = session.query(HandledUpdate).count()
    li.taps("投票")
    li.taps("反对")
    li.taps("重新选择")
    li.taps("弃权")
    with town.transaction() as session:
        assert session.query(HandledUpdate).count() == looked > before  # the way to a vote leaves no row
    receipt = next(word for line in li.screen.splitlines() for word in line.split("：") if word.count("-") == 3)
    li.taps("投出这一票")
    assert receipt in li.screen
    with town.transaction() as session:
        assert session.scalars(select(PollSlip.slip)).all() == [receipt]
        newest = session.scalars(select(HandledUpdate).order_by(HandledUpdate.at.desc())).all()
        assert VOTING.replace(hour=0, minute=0) in {row.at for row in newest}  # the day, not the hour
        trail = session.scalars(select(AuditRow).where(AuditRow.action == "vote")).all()
        assert [(row.actor, row.details, row.at) for row in trail] == [
            ("person:li", {}, VOTING.replace(hour=0, minute=0)),
        ]  # fmt: skip
        assert "abstain" not in str([(row.chat, row.outcome) for row in newest])
    li.starts()
    li.taps("方案表决（0）")
    li.taps(li.buttons[0])
    assert "您已投票" in li.screen
    assert "投票" not in li.buttons
    assert number


def test_a_repeated_tap_shows_the_receipt_again_and_votes_no_second_time(
    town: Database, people: Callable[..., Phone]
) -> None:
    opens_a_vote(town)
    li = people("li", VOTING)
    li.starts()
    for label in ("方案表决（1）", "", "投票", "赞成"):
        li.taps(label or li.buttons[0])
    li.taps("投出这一票")
    first = li.screen
    li.again()
    assert li.screen == first
    with town.transaction() as session:
        assert session.query(PollSlip).count() == 1


def test_comments_are_looked_over_and_bear_a_name(town: Database, people: Callable[..., Phone]) -> None:
    opens_a_vote(town)
    ma = people("ma")
    ma.starts()
    ma.taps("方案表决（0）")
    ma.taps(ma.buttons[0])
    assert "投票" not in ma.buttons
    ma.taps("提意见")
    ma.says("满意度分值偏高")
    assert "将署名“Ma”" in ma.screen
    ma.taps("发布意见")
    assert "Ma: 满意度分值偏高" in ma.screen


def test_duty_is_taken_and_handed_over_and_the_other_is_told(town: Database, people: Callable[..., Phone]) -> None:
    chen, zhao = people("chen"), people("zhao")
    chen.starts()
    chen.taps("绩效办")
    chen.taps("值班：无")
    assert "接班后由您值班" in chen.screen
    chen.taps("我来值班")
    assert "现在值班：陈静" in chen.screen
    chen.taps("交班")
    chen.taps("交给 赵磊")
    assert "现在值班：赵磊" in chen.screen
    with town.transaction() as session:
        told = [row.message["text"] for row in session.scalars(select(Delivery))]
        assert told == ["陈静 把值班交给了您。"]
        assert session.query(OnDuty).count() == 2
    zhao.starts()
    zhao.taps("绩效办")
    zhao.taps("值班：赵磊")
    zhao.taps("结束值班")
    assert "现在没有人值班" in zhao.screen


def test_evidence_is_written_by_the_owner(town: Database, people: Callable[..., Phone]) -> None:
    with town.transaction() as session:
        duty = {"code": "care", "name": {"zh": "医疗统一", "en": "Care"}, "party": "lead", "owner": "li"}
        found_consortium(session, duties=[duty])
    li = people("li")
    li.starts()
    li.taps("我的权责（缺 1 项）")
    li.taps("缺材料 · 医疗统一")
    li.taps("写材料")
    li.says("全年质控检查十二次")
    li.taps("提交")
    assert "全年质控检查十二次" in li.screen
    with town.transaction() as session:
        assert session.scalars(select(DutyEvidence.words)).all() == ["全年质控检查十二次"]
    li.starts()
    assert "我的权责（缺 0 项）" in li.buttons


def test_the_accountant_looks_over_and_signs(town: Database, people: Callable[..., Phone]) -> None:
    fang = people("fang")
    fang.starts()
    fang.taps("待签字的结果（1）")
    fang.taps("待签字 · 2026年10月")
    assert "人民医院  50.00  1/1" in fang.screen
    fang.taps("签字")
    assert "Fang 于" in fang.screen
    with town.transaction() as session:
        assert session.scalars(select(Signature.digest)).all() == ["a" * 64]


def test_the_daily_work_tells_everybody_once(town: Database, people: Callable[..., Phone]) -> None:
    for person in ("li", "ma", "fang", "chen"):
        people(person)
    opens_a_vote(town)
    for moment in (NOW, NOW + timedelta(hours=1)):
        with town.transaction() as session:
            follow_staff_work(session, actor="schedule", now=moment)
    with town.transaction() as session:
        first = [row.message["text"].splitlines()[0] for row in session.scalars(select(Delivery).order_by(Delivery.id))]
    assert sorted(first) == [
        "2026年10月 的结果已结算，请核对并签字。",
        "人民医院：2026年10月 有 1 项指标需要整改，期限 2026-11-30：",
        "人民医院：2026年10月 有 1 项指标需要整改，期限 2026-11-30：",
    ]
    with town.transaction() as session:
        follow_staff_work(session, actor="schedule", now=VOTING)
        begun = session.query(Delivery).filter(Delivery.dedupe_key.startswith("vote-begun")).count()
        assert begun == 2  # Li and Ma; Wang has no chat
        follow_staff_work(session, actor="schedule", now=VOTING + timedelta(days=10))
        counted = session.query(Delivery).filter(Delivery.dedupe_key.startswith("vote-counted")).count()
        assert counted == 3  # and Chen


def test_others_find_nothing_behind_the_buttons(town: Database, people: Callable[..., Phone]) -> None:
    opens_a_vote(town)
    li, wang = people("li"), people("wang", VOTING)
    li.starts()
    li.taps("整改（1）")
    wang.starts()
    for action in (
        ("a", "v", "1"),
        ("a", "w", "1", "plan"),
        ("a", "v", "999999999"),
        ("d", "t"),
        ("g", "v", "2026-10"),
    ):
        wang.does(wang.tap(wang.newest, Button("x", action)))
        assert wang.toast
    assert "下转率" not in wang.screen
