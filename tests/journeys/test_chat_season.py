"""The office drives a month by nothing but commands and buttons in chat: from opening the round to the released bulletin."""

from __future__ import annotations

import json

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import Wishes, readings_csv
from tests.telegram_double import Group, Message, Person, TelegramDouble

pytestmark = pytest.mark.journey
LINES = (
    {"name": "close", "day": 2, "time": "18:00", "month": "previous", "late": "run"},
    {"name": "count", "day": 2, "time": "18:10", "month": "previous", "late": "run"},
)
"""Only the count is left to the timetable: people do the rest, and close before it would."""

PROPOSE, AGREE = "提议，请另一位同意", "同意并执行"


def test_a_season_is_driven_from_the_chat(found: Founder, telegram: TelegramDouble) -> None:
    chen, zhao = telegram.person(7001, "Chen Jing"), telegram.person(7002, "Zhao Lei")
    li = telegram.person(7003, "Li Min")
    accounts = {"chen": chen.id, "zhao": zhao.id, "li": li.id}
    wishes = Wishes(jobs=LINES, periods=("2026-10",), accounts=accounts)
    house = found(telegram, wishes=wishes, CLOCK="2026-10-25T09:00:00+08:00").serves()
    office, staff = groups_are_bound(telegram, chen, zhao, li)

    the_round_opens_is_reminded_of_and_extended(house, chen, zhao, li, office)
    two_close_it_before_its_time(house, chen, zhao)
    menus_are_offered(telegram, office, chen, li)
    house.stops()

    (house.folder / "readings.csv").write_text(readings_csv("2026-10"), encoding="utf-8")
    house.does("indicators", "import", "readings.csv")
    house.at("2026-11-02T18:09:00+08:00", "x60").serves()
    telegram.until(lambda: house.rows("select state from review_round") == [("erased",)], what="the count", timeout=30)
    two_settle_it_in_the_group(chen, zhao, office)
    it_is_drafted_and_released(house, chen, zhao, staff)
    the_trail_tells_it_in_chat(chen)
    house.stops()
    house.is_sound()


def says(person: Person, words: str, expected: str, *, timeout: float = 20) -> Message:
    person.sends(words)
    return person.waits_for(expected, timeout=timeout)


def groups_are_bound(telegram: TelegramDouble, *people: Person) -> tuple[Group, Group]:
    for person in people:
        says(person, "/start", "请选择：")
    chen = people[0]
    office, staff = telegram.group(-701, "绩效办"), telegram.group(-702, "职工群")
    for group, purpose, answer in (
        (office, "设为绩效办工作群", "是绩效办工作群"),
        (staff, "接收协同简报", "将接收协同简报"),
    ):
        chen.adds_bot_to(group)
        chen.taps_in(group, purpose)
        group.waits_for(answer)
    return office, staff


def menus_are_offered(telegram: TelegramDouble, office: Group, chen: Person, li: Person) -> None:
    """Telegram offers each of them what they may say; the office's group at the next look."""

    def offered(chat: int) -> list[str]:
        with telegram.world.lock:
            found = telegram.world.commands.get(json.dumps([{"chat_id": chat, "type": "chat"}, ""], sort_keys=True), [])
            return [each["command"] for each in found]

    telegram.until(lambda: "settle" in offered(office.id), what="the group's menu", timeout=30)
    assert "log" in offered(chen.id)
    assert "explain" in offered(li.id)
    assert "status" not in offered(li.id)


def the_round_opens_is_reminded_of_and_extended(
    house: Installation, chen: Person, zhao: Person, li: Person, office: Group
) -> None:
    """One person opens, reminds and extends; the second extension takes two, in the office's group."""
    says(chen, "/status", "下一步：/open 2026-10")
    plan = says(chen, "/open", "7 家单位互相评分，共 42 项评分任务。")
    assert "马上邀请各单位代表：Telegram 1 个聊天。" in plan.text
    assert house.rows("select count(*) from review_round") == [(0,)]
    chen.taps("开启互评")
    chen.waits_for("2026年10月 互评已开启，已邀请 1 个聊天。")
    li.waits_for("2026年10月互评开始了", whenever=True)

    says(chen, "/remind", "将提醒 1 家还没有完成的单位：人民医院。")
    chen.taps("发出提醒")
    chen.waits_for("已提醒 1 家单位（1 个聊天）。")
    li.waits_for("互评提醒", whenever=True)
    says(chen, "/remind", "没有完成的单位都没有可送达的聊天")

    says(chen, "/extend 11-03", "截止时间从 2026-11-02 18:00 改为 2026-11-03 18:00。")
    chen.taps("延长截止时间")
    chen.waits_for("截止时间已改为 2026-11-03 18:00")
    li.waits_for("可以评分到 2026-11-03 18:00（原为 2026-11-02 18:00）", whenever=True)

    chen.sends_in(office, "/extend 2026-11-04 12:00")
    office.waits_for("再次延长要另一位同事同意")
    chen.taps_in(office, PROPOSE)
    proposal = office.waits_for("陈静 提议如下")
    li.taps_in(office, AGREE, message=proposal)
    li.waits_for_toast("您现在的角色不能做这件事")
    zhao.taps_in(office, AGREE, message=proposal)
    office.waits_for("由 陈静 提议，赵磊 同意。")
    li.waits_for("可以评分到 2026-11-04 12:00", whenever=True)


def two_close_it_before_its_time(house: Installation, chen: Person, zhao: Person) -> None:
    """Zhao proposes, Chen agrees by the button of her notice."""
    plan = says(zhao, "/close", "截止时间还没有到")
    assert "还有 7 家没有完成（共 7 家）" in plan.text
    zhao.taps(PROPOSE)
    zhao.waits_for("赵磊 提议如下")
    assert house.rows("select state from review_round") == [("open",)]
    notice = chen.waits_for("赵磊 提议如下", whenever=True)
    chen.taps(AGREE, message=notice)
    chen.waits_for("2026年10月 互评已关闭，接着是计票。")
    assert house.rows("select state from review_round") == [("closed",)]
    says(chen, "/status", "下一步：计票（时间表会在 2026-11-02 18:10 自动执行）")


def two_settle_it_in_the_group(chen: Person, zhao: Person, office: Group) -> None:
    """What is missing is named; the schedule does it at once and tells both."""
    chen.sends_in(office, "/settle")
    office.waits_for("应报数据没有到：")
    chen.taps_in(office, PROPOSE)
    proposal = office.waits_for("陈静 提议如下")
    zhao.taps_in(office, AGREE, message=proposal)
    office.waits_for("2026年10月 的结算已下达")
    for person in (chen, zhao):
        person.waits_for("2026年10月 已结算。下一步：/draft 2026-10", whenever=True, timeout=30)


def it_is_drafted_and_released(house: Installation, chen: Person, zhao: Person, staff: Group) -> None:
    says(zhao, "/draft", "生成草稿供预览")
    zhao.taps("生成草稿")
    zhao.waits_for("2026年10月 简报草稿已生成。下一步：/release")
    says(zhao, "/release", "内容摘要：", timeout=60)  # after the pictures
    zhao.taps("提议发布")
    zhao.waits_for("已由 赵磊 提议发布")
    says(chen, "/status", "下一步：/release，由另一位发布")
    says(chen, "/release", "内容摘要：", timeout=60)
    chen.taps("发布")
    chen.waits_for("已发布，共")
    staff.waits_for("2026年10月协同简报", whenever=True)
    assert house.rows("select state from bulletin") == [("released",)]


def the_trail_tells_it_in_chat(chen: Person) -> None:
    log = says(chen, "/log 陈静", "陈静的审计记录")
    assert "发布简报" in log.text
    assert "提议一项操作" in log.text
