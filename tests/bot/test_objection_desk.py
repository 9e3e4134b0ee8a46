"""Objections in chat: a representative writes one and hands it in; the office answers; what is old or not theirs is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.models import WordsPrompt
from bot.objection_desk import mark_of
from consortium.models import Installation, Role
from consortium.people import actor_of
from evaluation.follow_up_models import Objection
from evaluation.models import Settlement
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, explain
from outbox.message import Button, from_json
from outbox.models import Delivery
from scheduler.objection_decisions import hand_in_objection
from surveys.questionnaires import apply_questionnaire
from tests.cast import NOW as FOUNDED
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, OCTOBER, YI_READINGS, Season, example
from tests.surveys.cast import outpatient_document

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
WORDS = "二院的下转被算到了我院，\n请核对转诊平台的记录。"
UNKNOWN = explain("zh", DomainError("objection_unknown"))
EXPIRED = explain("zh", DomainError("button_expired"))


@pytest.fixture
def settled(consortium):
    """October is settled."""
    with consortium.transaction() as session:
        apply_questionnaire(session, document=outpatient_document(), now=FOUNDED)
        apply_scheme(session, document=example(), now=FOUNDED)
        season = Season(session)
        season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
        season.round_is("erased", jia=(75, 5), yi=(60, 17))
        season.settles()
    return consortium


@pytest.fixture
def person(settled, phone, bind):
    """Somebody of the cast with a phone, in November."""
    accounts = {"li": "301", "wang": "302", "chen": "201", "zhao": "202"}

    def make(name):
        device = phone(name, accounts[name])
        bind(device, name)
        device.now = NOW
        device.starts()
        return device

    return make


def found(database, number="2026-001"):
    with database.transaction() as session:
        return session.get(Objection, number)


def count(database):
    with database.transaction() as session:
        return session.scalars(select(func.count()).select_from(Objection)).one()


def prompt(database, chat="301"):
    with database.transaction() as session:
        return session.get(WordsPrompt, ("telegram", chat))


def taps_action(device, *action):
    """A button as an older screen, or somebody who imitates one, would carry it."""
    return device.does(device.tap("old", Button("x", action)))


def hands_in(database, person="li", unit="jia", indicator="down_referral"):
    with database.transaction() as session:
        return hand_in_objection(session, unit_code=unit, period=OCTOBER, indicator=indicator, words=WORDS,
                                 actor=actor_of(session, person), now=NOW)  # fmt: skip


def goes_to_words(li, matter="下转率"):
    li.starts()
    li.taps("提出异议")
    li.taps("2026年10月")
    while not any(matter in label for label in li.buttons):
        li.taps("后面 ›" if "后面 ›" in li.buttons else li.buttons[-2])
    li.taps(next(label for label in li.buttons if matter in label))


def test_from_the_menu_to_a_number_and_a_due_date(settled, person):
    li = person("li")
    li.taps("提出异议")
    assert li.screen == "人民医院：对哪一期的结果有异议？绩效办会在 15 个工作日内答复。"
    li.taps("2026年10月")
    assert li.buttons[0] == "整份成绩单"
    li.taps("整份成绩单")
    assert "最多 1000 字" in li.screen
    li.says(WORDS)
    assert WORDS in li.screen
    assert "最迟 2026-11-23 答复" in li.screen
    assert count(settled) == 0
    li.taps("提交异议")
    assert li.screen.startswith("已提交，编号 2026-001（2026年10月 · 整份成绩单）。绩效办最迟 2026-11-23 答复")
    made = found(settled)
    assert (made.unit_code, made.indicator, made.words, made.raised_by) == ("jia", None, WORDS, "li")
    assert prompt(settled) is None
    li.taps("看这条异议")
    assert li.screen.startswith("异议 2026-001：待答复\n人民医院 · 2026年10月 · 整份成绩单")


def test_an_indicator_is_chosen_page_by_page(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says(WORDS)
    li.taps("提交异议")
    assert found(settled).indicator == "down_referral"


def test_words_sent_again_replace_the_first_and_the_first_button_is_old(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says("写错了")
    first = li.newest
    li.says(WORDS)
    li.taps("提交异议", ref=first)
    assert li.toast == EXPIRED
    assert count(settled) == 0
    li.taps("提交异议")
    assert found(settled).words == WORDS


@pytest.mark.parametrize(
    ("words", "code"), [("  \u200b ", "objection_words_missing"), ("字" * 1001, "objection_words_too_long")]
)
def test_words_that_do_not_do_are_said_and_may_be_sent_again(settled, person, words, code):
    li = person("li")
    goes_to_words(li)
    li.says(words)
    assert li.said[-1].startswith(explain("zh", DomainError(code, length=1001, limit=1000))[:8])
    li.says(WORDS)
    li.taps("提交异议")
    assert found(settled).words == WORDS


def test_the_same_update_again_hands_in_nothing_more(settled, person):
    li = person("li")
    goes_to_words(li)
    li.again()
    li.says(WORDS)
    li.again()
    li.taps_twice("提交异议")
    li.again()
    assert count(settled) == 1


def test_cancelled_words_are_forgotten(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says(WORDS)
    li.taps("取消")
    assert prompt(settled) is None
    li.says(WORDS)
    assert li.screen.startswith("李敏，您好！")
    assert count(settled) == 0


def test_words_are_not_taken_a_day_later(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says(WORDS)
    li.now = NOW + timedelta(days=1)
    li.taps("提交异议")
    assert (li.toast, count(settled)) == (EXPIRED, 0)


def test_a_second_one_about_the_same_matter_is_refused_with_the_number_of_the_first(settled, person):
    hands_in(settled)
    li = person("li")
    goes_to_words(li)
    assert li.toast == explain("zh", DomainError("objection_open_already", number="2026-001"))
    assert prompt(settled) is None


def test_one_that_came_in_between_refuses_the_yes(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says(WORDS)
    hands_in(settled)
    li.taps("提交异议")
    assert li.toast == explain("zh", DomainError("objection_open_already", number="2026-001"))
    assert count(settled) == 1


def test_it_is_taken_back_after_being_asked_once_more(settled, person):
    hands_in(settled)
    li = person("li")
    li.taps("提出异议")
    li.taps("2026-001 · 待答复")
    li.taps("撤回异议")
    assert found(settled).state == "open"
    li.taps("不撤回")
    li.taps("撤回异议")
    li.taps("确定撤回")
    assert li.screen.startswith("异议 2026-001：已撤回")
    li.again()
    assert found(settled).state == "withdrawn"


def test_nobody_sees_or_touches_another_units_objection(settled, person):
    hands_in(settled)
    wang = person("wang")
    for verb in ("o", "x", "z"):
        wang.toast = None
        taps_action(wang, "j", verb, "2026-001")
        assert wang.toast == explain("en", DomainError("objection_unknown"))
    for action in (("j", "p", mark_of("jia"), "2026-10", "0"), ("j", "w", mark_of("jia"), "2026-10", "-")):
        taps_action(wang, *action)
        assert wang.toast == explain("en", DomainError("not_allowed"))
    assert found(settled).state == "open"
    assert not any("2026-001" in said for said in wang.said)


@pytest.mark.parametrize(
    "action",
    [("j",), ("j", "q"), ("j", "w", "", "2026-10", "-"), ("j", "p", "ffffffff", "x", ""), ("j", "y", "ffffffff"),
     ("j", "o", ""), ("j", "s", "ffffffff", "9999999")],
)  # fmt: skip
def test_odd_buttons_are_refused_in_a_sentence(settled, person, action):
    li = person("li")
    taps_action(li, *action)
    assert li.toast
    assert count(settled) == 0


def test_who_represents_no_unit_any_more_hands_in_nothing(settled, person):
    li = person("li")
    goes_to_words(li)
    li.says(WORDS)
    with settled.transaction() as session:
        session.delete(session.scalars(select(Role).where(Role.person_id == "li")).one())
    li.taps("提交异议")
    assert li.toast == explain("zh", DomainError("not_allowed"))
    assert count(settled) == 0


def test_before_anything_is_settled_it_is_said_so(consortium, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    li.taps("提出异议")
    assert li.screen.startswith("人民医院 还没有结算过的成绩单")
    with consortium.transaction() as session:
        assert session.scalars(select(Settlement)).all() == []


def test_whoever_represents_two_units_chooses_first(settled, person):
    with settled.transaction() as session:
        session.add(Role(person_id="li", role="representative", unit_code="yi"))
    li = person("li")
    li.taps("提出异议")
    assert li.buttons[:2] == ["人民医院", "二院"]
    li.taps("二院")
    li.taps("2026年10月")
    li.taps("整份成绩单")
    li.says(WORDS)
    li.taps("提交异议")
    assert found(settled).unit_code == "yi"


# ── the office ───────────────────────────────────────────────────────────────────────────────────────────────────────


def arrives(device, database):
    """The newest notice owed to this phone lands on its screen."""
    with database.transaction() as session:
        row = session.scalars(select(Delivery).where(Delivery.address == device.chat).order_by(Delivery.id)).all()[-1]
    device.messages[f"notice{row.id}"] = from_json(row.message)
    return f"notice{row.id}"


def test_the_office_is_told_looks_answers_and_the_unit_reads_it(settled, person):
    chen, li = person("chen"), person("li")
    hands_in(settled)
    ref = arrives(chen, settled)
    assert WORDS in chen.messages[ref].text
    chen.taps("看这条异议", ref=ref)
    assert chen.buttons == ["不成立", "成立，写入下一版方案", "成立，无需更正", "成立，去网页更正数字", "‹ 异议"]
    chen.taps("不成立")
    chen.says("平台记录核对无误。")
    assert "不成立" in chen.screen
    assert found(settled).state == "open"
    chen.taps("确定并答复单位")
    assert chen.screen.startswith("异议 2026-001：不成立")
    chen.again()
    made = found(settled)
    assert (made.state, made.answer, made.decided_by) == ("rejected", "平台记录核对无误。", "chen")
    told = arrives(li, settled)
    assert li.messages[told].text.endswith("答复：平台记录核对无误。")
    li.taps("看这条异议", ref=told)
    assert "撤回异议" not in li.buttons


def test_the_menu_counts_what_waits_and_warns_of_the_calendar(settled, person):
    chen = person("chen")
    chen.taps("绩效办")
    assert not any("异议" in label for label in chen.buttons)
    assert "官方节假日日历只到 2026-12-31" in chen.screen
    hands_in(settled)
    hands_in(settled, "wang", "yi", None)
    chen.starts()
    chen.taps("绩效办")
    chen.taps("待答复的异议（2）")
    assert [label[:8] for label in chen.buttons[:2]] == ["2026-001", "2026-002"]
    with settled.transaction() as session:
        session.get_one(Installation, 1).workdays_until = datetime(2027, 12, 31, tzinfo=UTC).date()
    chen.taps("‹ 绩效办")
    assert "日历" not in chen.screen


def test_two_answer_at_once_and_the_second_comes_late(settled, person):
    chen, zhao = person("chen"), person("zhao")
    hands_in(settled)
    for device, verdict in ((chen, "不成立"), (zhao, "成立，写入下一版方案")):
        device.taps("看这条异议", ref=arrives(device, settled))
        device.taps(verdict)
        device.says("核对过了。")
    chen.taps("确定并答复单位")
    zhao.taps("确定并答复单位")
    assert zhao.toast == explain("zh", DomainError("objection_decided", number="2026-001"))
    assert (found(settled).state, found(settled).decided_by) == ("rejected", "chen")


def test_an_answer_is_for_the_objection_it_was_written_for(settled, person):
    chen = person("chen")
    hands_in(settled)
    hands_in(settled, "wang", "yi", None)
    taps_action(chen, "o", "oans", "2026-001", "rejected")
    chen.says("核对过了。")
    taps_action(chen, "o", "oyes", "2026-002", mark_of("核对过了。"))
    assert chen.toast == EXPIRED
    taps_action(chen, "o", "oans", "2026-001", "figures")
    assert chen.toast == EXPIRED
    assert {found(settled, number).state for number in ("2026-001", "2026-002")} == {"open"}


def test_a_representative_cannot_answer_and_who_is_of_the_unit_neither(settled, person):
    hands_in(settled)
    li, chen = person("li"), person("chen")
    for action in (
        ("o", "obj"),
        ("o", "obj", "2026-001"),
        ("o", "oans", "2026-001", "rejected"),
        ("o", "oyes", "2026-001", "x"),
    ):
        taps_action(li, *action)
        assert li.toast
    with settled.transaction() as session:
        session.add(Role(person_id="chen", role="staff", unit_code="jia"))
    taps_action(chen, "o", "obj", "2026-001")
    assert chen.buttons == ["‹ 异议"]
    taps_action(chen, "o", "oans", "2026-001", "rejected")
    assert chen.toast == explain("zh", DomainError("objection_own_unit", number="2026-001"))


def test_a_member_of_the_committee_finds_them_in_the_main_menu(settled, person):
    with settled.transaction() as session:
        session.delete(session.scalars(select(Role).where(Role.person_id == "zhao")).one())
        session.flush()
        session.add(Role(person_id="zhao", role="committee", unit_code=None))
    zhao = person("zhao")
    assert not any("异议" in label for label in zhao.buttons)
    hands_in(settled)
    zhao.starts()
    zhao.taps("待答复的异议（1）")
    zhao.taps(zhao.buttons[0])
    zhao.taps("成立，写入下一版方案")
    zhao.says("明年的方案改口径。")
    zhao.taps("确定并答复单位")
    assert (found(settled).remedy, found(settled).decided_by) == ("scheme", "zhao")
    zhao.again()
    zhao.taps("‹ 异议")
    assert zhao.buttons == ["‹ 主菜单"]
