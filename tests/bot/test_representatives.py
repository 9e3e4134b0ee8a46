"""Li scores blind in chat: marks in the buttons, sealed when sent, never on the server before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import delete, func, select

from bot.dialogue import noted_number
from bot.models import HandledUpdate
from consortium.models import Role
from consortium.periods import Period
from locales.errors import DomainError, explain
from outbox.message import Button, decode_action
from reviews.ballot_store import stored_ballots
from reviews.cooperation import import_cooperation
from reviews.models import Assignment
from reviews.rounds import close_round, open_round
from reviews.sealing import receipt_of, unseal
from tests.bot.phone import BOT, SECRET, everything_stored
from tests.cast import NOW

MONTH = Period.parse("2026-10")
WAYS = ("在这里打开评分表（一页评完）", "用浏览器打开评分表")
FIVE = ["5", "4", "3", "2", "1"]
NOT_ALLOWED = explain("zh", DomainError("not_allowed"))


@pytest.fixture
def round_(round_of_october):
    return round_of_october


@pytest.fixture
def li(round_, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    li.taps("互评打分")
    return li


def gives(device, marks):
    for mark in marks:
        device.taps(mark)


def ballots(database, private):
    with database.transaction() as session:
        sealed = stored_ballots(session, "ballots_2026_10")
    return {(content.target, content.marks, content.counter) for content in (unseal(private, each) for each in sealed)}


def casts(database):
    with database.transaction() as session:
        return dict(session.execute(select(Assignment.target, Assignment.casts).where(Assignment.rater == "jia")).all())


def test_list_names_units_progress_and_closing_time(li):
    assert li.screen == (
        "2026-10 互评 · 人民医院\n已评 0 家，共 2 家  ▱▱▱▱▱▱▱▱▱▱\n截止时间：2026-10-20 10:00\n"
        "本轮还没有评完的单位：人民医院、二院、社区中心\n请选择要评的单位（✓ 为已评）："
    )
    assert li.buttons == ["二院", "社区中心", *WAYS, "‹ 主菜单"]


def test_one_criterion_at_a_time_with_its_anchors(li):
    li.taps("二院")
    assert li.screen == (
        "评 二院　第 1 项，共 5 项\n\n接收转诊\n需要转到该单位的患者，它是否及时接收并安排好？\n\n"
        "1 ＝ 常推托或让患者久等\n5 ＝ 随时接收，床位和医生提前备好"
    )
    assert li.buttons == ["1", "2", "3", "4", "5", "没有往来", "单位名单"]
    li.taps("4")
    assert li.screen.startswith("评 二院　第 2 项，共 5 项")
    assert li.buttons == ["1", "2", "3", "4", "5", "没有往来", "‹ 上一项", "单位名单"]
    li.taps("‹ 上一项")
    assert li.buttons[:5] == ["1", "2", "3", "✓ 4", "5"]


def test_review_shows_all_marks_and_lets_each_be_changed(li, review_keys, round_):
    li.taps("二院")
    gives(li, FIVE)
    assert li.screen == (
        "请核对对 二院 的打分：\n\n1. 接收转诊：5 分\n2. 共享专家：4 分\n3. 信息与互认：3 分\n4. 沟通协调：2 分\n"
        "5. 接续服务：1 分\n\n要修改哪一项，点它的序号。\n\n"
        "提交后立即密封；需要时可以重新提交，以最新一次为准。"
    )
    assert li.buttons == ["1", "2", "3", "4", "5", "提交", "单位名单"]
    li.taps("3")
    assert li.buttons == ["1", "2", "✓ 3", "4", "5", "没有往来", "‹ 上一项", "去核对 ›", "单位名单"]
    li.taps("5")
    assert "3. 信息与互认：5 分" in li.screen
    assert ballots(round_, review_keys[0]) == set()
    li.taps("提交")
    assert ballots(round_, review_keys[0]) == {("yi", "54521", 1)}


def test_what_is_noted_of_the_taps_tells_neither_how_many_nor_when(li, round_):
    """Five marks take six taps and a while, "no dealings" two and a moment: a row a tap would tell them apart."""

    def noted() -> list[tuple[str, datetime]]:
        with round_.transaction() as session:
            return session.execute(select(HandledUpdate.outcome, HandledUpdate.at).order_by(HandledUpdate.at)).all()

    before = len(noted())
    li.taps("二院")
    gives(li, FIVE)
    assert len(noted()) == before
    li.taps("提交")
    li.taps("没有往来")
    li.taps("提交")
    sent = noted()[:2]
    assert len(noted()) == before + 2
    assert [(row.outcome, row.at.time()) for row in sent] == [("done", time(0))] * 2


def test_numbers_of_updates_are_noted_under_a_key(li, round_):
    with round_.transaction() as session:
        numbers = session.scalars(select(HandledUpdate.update_id)).all()
    low = {noted_number(SECRET, BOT, number) for number in range(100_000)}
    assert numbers
    assert set(numbers) <= low
    assert all(number > 2**40 for number in numbers)


def test_sending_gives_a_receipt_and_the_next_unit(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    li.taps("提交")
    with round_.transaction() as session:
        [sealed] = stored_ballots(session, "ballots_2026_10")
    assert li.said[-2] == (
        f"对 二院 的评分已密封。\n回执：{receipt_of(sealed)}\n请自行保存，它只显示这一次，可用来核对评分票是否在册。"
    )
    assert li.screen.startswith("评 社区中心　第 1 项")
    gives(li, FIVE)
    li.taps("提交")
    assert li.screen.startswith("2026-10 互评 · 人民医院\n已评 2 家，共 2 家  ▰▰▰▰▰▰▰▰▰▰")
    assert "本轮还没有评完的单位：二院、社区中心\n" in li.screen
    assert li.buttons == ["✓ 二院", "✓ 社区中心", *WAYS, "‹ 主菜单"]


def test_no_dealings_is_a_whole_ballot_of_dashes(li, review_keys, round_):
    li.taps("社区中心")
    li.taps("4")
    li.taps("没有往来")
    assert li.screen.startswith("社区中心：本月没有往来，不打分。")
    assert li.buttons == ["改为打分", "提交", "单位名单"]
    li.taps("改为打分")
    assert li.screen.startswith("评 社区中心　第 1 项")
    li.taps("没有往来")
    li.taps("提交")
    assert ballots(round_, review_keys[0]) == {("bing", "-----", 1)}


def test_replaced_ballot_says_that_marks_cannot_be_shown_and_the_newest_counts(li, review_keys, round_):
    li.taps("二院")
    gives(li, FIVE)
    li.taps("提交")
    li.taps("单位名单")
    li.taps("二院")
    assert "已密封的分数无法再显示；重新提交，以最新一次为准。" in li.screen
    assert li.buttons[:5] == ["1", "2", "3", "4", "5"]
    gives(li, ["1"] * 5)
    assert "已密封的分数无法再显示" in li.screen
    li.taps("提交")
    assert casts(round_) == {"yi": 2, "bing": 0}
    assert ("yi", "11111", 2) in ballots(round_, review_keys[0])


def test_double_tap_on_send_is_one_ballot(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    li.taps_twice("提交")
    assert casts(round_) == {"yi": 1, "bing": 0}
    assert li.toast == "这张评分票已经提交过了；如需更改，请从名单中重新评这家单位。"
    assert li.said[-2].startswith("对 二院 的评分已密封。\n回执：")  # the second tap painted nothing over it


def test_double_tap_on_a_mark_is_the_same_screen(li):
    li.taps("二院")
    li.taps_twice("4")
    assert li.screen.startswith("评 二院　第 2 项")
    assert li.toast is None


def test_repeated_update_of_sending_seals_nothing_more(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    li.taps("提交")
    li.again()
    assert casts(round_) == {"yi": 1, "bing": 0}
    assert li.said[-3].startswith("对 二院 的评分已密封。\n回执：")
    assert li.buttons == ["✓ 二院", "社区中心", *WAYS, "‹ 主菜单"]


def test_old_message_goes_on_as_another_draft(li, review_keys, round_):
    li.taps("二院")
    li.taps("5")
    place, old = li.find("4")
    gives(li, ["1", "1", "1", "1"])
    li.does(li.tap(place, old))
    assert li.screen.startswith("评 二院　第 3 项")
    gives(li, ["3", "3", "3"])
    li.taps("提交")
    assert ballots(round_, review_keys[0]) == {("yi", "54333", 1)}


def test_nothing_of_the_marks_is_on_the_server_before_or_after_sealing(li, round_):
    marks = ["5", "1", "4", "2", "5"]
    li.taps("二院")
    gives(li, marks)
    before = everything_stored(round_)
    li.taps("提交")
    after = everything_stored(round_)
    for content in (before, after):
        for secret in ("51425", "5142_", "514__", "51___", "5____"):
            assert secret.encode() not in content


def test_marks_fit_the_button_and_come_back_from_it(li):
    li.taps("二院")
    gives(li, FIVE)
    action = li.find("提交")[1].action
    assert action[0:2] == ("b", "x")
    assert action[3:] == ("54321", "0")
    data = li.tap("1", li.find("提交")[1]).content
    assert len(data.encode()) <= 64
    assert decode_action(SECRET, li.chat, data) == action


def test_second_representative_of_the_unit_replaces(li, round_, phone, bind, review_keys):
    with round_.transaction() as session:
        session.add(Role(person_id="wang", role="representative", unit_code="jia"))
    li.taps("二院")
    gives(li, FIVE)
    li.taps("提交")
    wang = phone("Wang", "302")
    bind(wang, "wang")
    wang.taps("Score other units")
    assert wang.screen == "You represent several units. For which one do you want to score now?"
    assert wang.buttons == ["People's Hospital", "Second Hospital", "‹ Main menu"]
    wang.taps("People's Hospital")
    wang.taps("✓ Second Hospital")
    assert "Sealed marks cannot be shown again" in wang.screen
    gives(wang, ["2"] * 5)
    wang.taps("Send")
    assert ("yi", "22222", 2) in ballots(round_, review_keys[0])


def test_role_taken_away_during_a_dialogue_ends_it(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    with round_.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "li"))
    li.taps("提交")
    assert li.toast == NOT_ALLOWED
    assert "互评打分" not in li.buttons
    assert casts(round_) == {"yi": 0, "bing": 0}


def test_round_closed_during_a_dialogue_is_said_with_the_date(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    with round_.transaction() as session:
        close_round(session, period=MONTH, actor="schedule", now=NOW)
    li.taps("提交")
    assert li.toast == "2026-10 的互评已于 2026-10-08 10:00 截止，不能再评分；如有疑问，请联系绩效办。"
    assert casts(round_) == {"yi": 0, "bing": 0}
    li.taps("互评打分")
    assert li.said[-1] == "现在没有进行中的互评轮次；开始时会通知您。"


def test_closing_time_counts_even_before_the_schedule_closes(li, round_):
    li.taps("二院")
    gives(li, FIVE)
    li.now = NOW + timedelta(days=12)
    li.taps("提交")
    assert li.toast.startswith("2026-10 的互评已于 2026-10-20 10:00 截止")
    assert casts(round_) == {"yi": 0, "bing": 0}


def test_who_represents_nobody_is_told(round_, phone, bind):
    chen = phone("Chen", "303")
    bind(chen, "chen")
    assert "互评打分" not in chen.buttons
    chen.does(chen.tap(chen.newest, Button("x", ("b", "u"))))
    assert chen.toast == "您现在不代表任何单位，不能打分；如有疑问，请联系绩效办。"


def test_another_units_task_is_refused(li, round_):
    with round_.transaction() as session:
        foreign = session.scalars(select(Assignment.id).where(Assignment.rater == "yi")).one()
    unknown = explain("zh", DomainError("assignment_unknown"))
    for action in (
        ("b", "c", str(foreign), "", "0"),
        ("b", "x", str(foreign), "55555", "0"),
        ("b", "c", "999", "", "0"),
    ):
        li.does(li.tap(li.newest, Button("x", action)))
        assert li.toast == unknown
    li.does(li.tap(li.newest, Button("x", ("b", "l", "yi", "0"))))
    assert li.toast == NOT_ALLOWED
    with round_.transaction() as session:
        assert session.scalar(select(func.sum(Assignment.casts))) == 0


def test_buttons_that_make_no_sense_change_nothing(li, round_):
    for action in (
        ("b", "x", "1", "5432_", "0"), ("b", "x", "1", "54-21", "0"), ("b", "x", "1", "6____", "0"), ("b",),
        ("b", "m", "1", "555", ""), ("b", "c", "1", "55555", "9"), ("b", "c", "1", "55555", "-1"),
        ("b", "c", "x", "55555", "0"), ("b", "c", "999999", "55555", "0"), ("b", "q", "1", "55555", "0"),
    ):  # fmt: skip
        li.does(li.tap(li.newest, Button("x", action)))
        assert li.toast is not None
    assert casts(round_) == {"yi": 0, "bing": 0}


def test_no_round_is_said(consortium, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    li.taps("互评打分")
    assert li.said[-1] == "现在没有进行中的互评轮次；开始时会通知您。"


def test_unit_without_cooperation_has_nothing_to_score(consortium, phone, bind):
    with consortium.transaction() as session:
        content = b"unit_a,unit_b,kind,count,period\nyi,bing,referral,1,2026-10\n"
        import_cooperation(session, content=content, file="pairs.csv", actor="command_line", now=NOW)
        open_round(session, period=MONTH, closes_at=None, actor="schedule", now=NOW)
    li = phone("Li", "301")
    bind(li, "li")
    li.taps("互评打分")
    assert li.said[-1] == "2026-10 没有与人民医院协作的单位需要评分。"
