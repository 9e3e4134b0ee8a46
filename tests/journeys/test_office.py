"""The office's story: people and groups come in, two people release a bulletin, and the line and the machine fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import Wishes, readings_csv
from tests.journeys.survey_walk import chooses
from tests.telegram_double import AnswerLost, Group, Message, Person, Stall, TelegramDouble, TooMany

pytestmark = pytest.mark.journey
PARTS = ["text", "photo", "photo"]
"""An edition as it arrives: its text, the ranking, units by dimensions."""
OFFICE, PEOPLE, BULLETINS, PROPOSE, RELEASE = "绩效办", "人员与链接", "协同简报", "提议发布", "发布"
NAME = "2026年10月协同简报"
DRAFTED = {"name": "draft", "day": 3, "time": "09:00", "month": "previous", "late": "run"}


def settled_october(
    found: Founder, telegram: TelegramDouble, database_url: str | None = None, **accounts: int
) -> Installation:
    """October is over and settled; nobody has drafted anything."""
    wishes = Wishes(jobs=(DRAFTED,), accounts=accounts)
    house = found(telegram, database_url=database_url, wishes=wishes, CLOCK="2026-10-30T08:00:00+08:00")
    (house.folder / "readings.csv").write_text(readings_csv("2026-10"), encoding="utf-8")
    house.does("indicators", "import", "readings.csv")
    early = house.at("2026-10-31T23:59:00+08:00").tries("settle", "2026-10")
    assert (early.exit_code, early.err.count("\n")) == (2, 1)
    house.at("2026-11-02T08:10:00+08:00").does("settle", "2026-10")
    return house


def test_two_people_release_a_bulletin_while_everything_fails(
    found: Founder, telegram: TelegramDouble, database_address: str | None
) -> None:
    house = settled_october(found, telegram, database_address)
    house.at("2026-11-03T09:30:00+08:00").serves()
    chen, zhao = telegram.person(5001, "Chen Jing"), telegram.person(5002, "Zhao Lei")
    house.binds(chen=chen)
    zhao_comes_in_by_a_link_of_the_office(house, telegram, chen, zhao)
    staff, partners = groups_are_bound(telegram, chen, zhao)
    people_who_cannot_be_reached_are_recorded(house, telegram, chen)
    old_button = zhao_proposes(house, chen, zhao)
    house.stops()

    house.at("2026-11-04T10:00:00+08:00").serves()
    new_button = chen_may_neither_release_late_nor_her_own(house, chen, zhao, old_button)
    staff.upgrades(by=chen)
    telegram.until(lambda: house.rows("select 1 from chat where address = :new", new=str(staff.id)), what="the move")
    killed_after_a_picture(house, telegram, staff, zhao, new_button)
    killed_before_a_picture(house, telegram, partners)
    house.serves()
    the_office_decides_about_what_is_in_doubt(house, telegram, chen, staff, partners)
    house.stops()
    house.is_sound()


def test_bulletin_gets_through_a_failing_line(found: Founder, telegram: TelegramDouble) -> None:
    """A refusal for now is repeated, a lost answer is in doubt and never repeated, a closed group is recorded, others get all."""
    chen, zhao = telegram.person(5101, "Chen Jing"), telegram.person(5102, "Zhao Lei")
    house = settled_october(found, telegram, chen=chen.id, zhao=zhao.id).at("2026-11-03T09:30:00+08:00").serves()
    for person in (chen, zhao):
        person.opens("/start")
        person.waits_for("请选择：")
    later, lost, closed, fine = (telegram.group(-600 - number, f"第{number}群") for number in range(4))
    for group in (later, lost, closed, fine):
        chen.adds_bot_to(group)
        chen.taps_in(group, "接收协同简报")
        group.waits_for("将接收协同简报。")
    opens_edition(chen, "草稿")
    chen.taps(PROPOSE)
    button = zhao.waits_for("等待发布", whenever=True)
    refusals = telegram.fails("sendMessage", TooMany(1), chat=later.id, times=2)
    telegram.fails("sendPhoto", AnswerLost(), chat=lost.id)
    removed_in_silence(telegram, closed)
    zhao.taps(RELEASE, message=button)
    zhao.waits_for("已发布")
    unsettled = "select address from delivery where kind = 'bulletin' and state in ('owed', 'attempting')"
    waits = [(str(lost.id),)]  # what comes behind a part in doubt waits for a person's word
    telegram.until(lambda: house.rows(unsettled) == waits, what="everything settled", timeout=60)

    assert refusals.fired == 2
    assert [parts_in(telegram, group) for group in (later, lost, closed, fine)] == [
        PARTS, PARTS[:2], [], PARTS,
    ]  # fmt: skip
    assert uncertain(house) == [(str(lost.id),)]
    refused = house.rows("select distinct address, state from delivery where kind = 'bulletin' and state = 'refused'")
    assert refused == [(str(closed.id), "refused")]
    assert state_of_chat(house, closed) in {"gone", "blocked"}
    house.stops()
    house.is_sound()


def removed_in_silence(telegram: TelegramDouble, group: Group) -> None:
    """Somebody has put the bot out of a group, and the update about it never comes."""
    with telegram.world.lock:
        state = telegram.world.groups[group.id]
        telegram.world.groups[group.id] = replace(state, bot_status="kicked")


def zhao_comes_in_by_a_link_of_the_office(
    house: Installation, telegram: TelegramDouble, chen: Person, zhao: Person
) -> None:
    """A link made in chat binds only once an office person has confirmed it, by a button."""
    link = link_made_by(chen, "赵磊", house)
    zhao.opens(link)
    zhao.waits_for("绑定申请已收到")
    zhao.opens("/start")
    zhao.waits_for("绑定申请已收到")  # no menu yet
    question = chen.waits_for("打开了 赵磊 的绑定链接。是本人吗？", whenever=True)
    assert question.labels == ("确认", "拒绝")
    chen.taps("确认", message=question)
    chen.waits_for("已确认 赵磊 的账号")
    zhao.waits_for("这个账号已经绑定到您本人")
    stranger = telegram.person(5003, "Mallory")
    stranger.opens(link)
    stranger.waits_for("这个链接已经用过")


def link_made_by(chen: Person, name: str, house: Installation) -> str:
    """Chen makes a binding link in chat; what Telegram sends when somebody opens it."""
    chen.opens("/start")
    chen.waits_for("请选择：")
    chooses(chen, OFFICE, PEOPLE, name)
    chen.taps("生成 Telegram 绑定链接")
    handed = chen.waits_for(f"{name} 的 Telegram 绑定链接")
    token = handed.text.partition("?start=")[2].strip()
    house.secrets.append(token)
    return f"/start {token}"


def groups_are_bound(telegram: TelegramDouble, chen: Person, zhao: Person) -> tuple[Group, Group]:
    """The bot is added by an office person, and by somebody else: the office says what the group is for."""
    staff, partners = telegram.group(-501, "集团职工群"), telegram.group(-502, "合作单位群")
    chen.adds_bot_to(staff)
    staff.waits_for("机器人已加入群“集团职工群”。这个群用来做什么？")
    stranger = telegram.person(5004, "Somebody")
    stranger.taps_in(staff, "接收协同简报")
    stranger.waits_for_toast("您现在的角色不能做这件事")
    chen.taps_in(staff, "接收协同简报")
    staff.waits_for("群“集团职工群”将接收协同简报。")

    stranger.adds_bot_to(partners)
    partners.waits_for("大家好！绩效办会设定本群的用途。")
    offer = zhao.waits_for("机器人已加入群“合作单位群”", whenever=True)
    zhao.taps("接收协同简报", message=offer)
    zhao.waits_for("群“合作单位群”将接收协同简报。")
    return staff, partners


def people_who_cannot_be_reached_are_recorded(house: Installation, telegram: TelegramDouble, chen: Person) -> None:
    """One blocks the bot and says so; one is simply gone, and a refused message shows it."""
    wang, mute = telegram.person(5005, "Wang Fang"), telegram.person(5006, "Wu")
    house.binds(wang=wang)
    wang.blocks_bot()
    telegram.until(lambda: state_of_chat(house, wang) == "blocked", what="a blocked chat on record")
    wang.unblocks_bot()
    telegram.until(lambda: state_of_chat(house, wang) == "active", what="an open chat on record")
    wang.blocks_bot()

    mute.opens(link_made_by(chen, "柳荫中心代表", house))
    mute.waits_for("绑定申请已收到")
    mute.deletes_account()
    question = chen.waits_for("打开了 柳荫中心代表 的绑定链接", whenever=True)
    chen.taps("确认", message=question)
    chen.waits_for("已确认 柳荫中心代表 的账号")
    telegram.until(lambda: state_of_chat(house, mute) in {"gone", "blocked"}, what="a closed chat on record")
    assert house.rows("select state from delivery where address = :chat", chat=str(mute.id)) == [("refused",)]
    assert state_of_chat(house, wang) == "blocked"


def state_of_chat(house: Installation, chat: Person | Group) -> str:
    return str(house.stored.one("select state from chat where address = :address", address=str(chat.id)))


def zhao_proposes(house: Installation, chen: Person, zhao: Person) -> Message:
    """The draft that the schedule made, seen as it will arrive; the notice to Chen with her button."""
    opens_edition(zhao, "草稿")
    assert [message.kind for message in zhao.messages()[-3:]] == [*PARTS, "text"][-3:]
    assert NAME in zhao.messages()[-4].text
    zhao.taps(PROPOSE)
    waiting = zhao.waits_for("已由 赵磊 提议发布")
    assert RELEASE not in waiting.labels  # his own
    notice = chen.waits_for(f"{NAME}等待发布", whenever=True)
    assert notice.labels == ("查看全文", RELEASE)
    return notice


def opens_edition(person: Person, state: str) -> Message:
    """Office → bulletins → the edition in this state: what may be done with it."""
    person.opens("/start")
    person.waits_for("请选择：")
    chooses(person, OFFICE, BULLETINS)
    person.taps(f"（{state}）")
    return person.waits_for("内容摘要：")


def chen_may_neither_release_late_nor_her_own(
    house: Installation, chen: Person, zhao: Person, old_button: Message
) -> Message:
    """A day later the button is void; and once she has proposed herself, it is not hers to press."""
    chen.taps(RELEASE, message=old_button)
    chen.waits_for_toast("的提议已超过 24 小时，没有发布")
    opens_edition(chen, "待第二人发布")
    chen.taps(PROPOSE)
    chen.waits_for("已由 陈静 提议发布")
    chen.taps(RELEASE, message=old_button)
    chen.waits_for_toast("发布需要两个人")
    assert house.rows("select state, proposed_by, released_by from bulletin") == [("proposed", "chen", None)]
    assert house.rows("select count(*) from delivery where kind = 'bulletin'") == [(0,)]
    return zhao.waits_for("陈静 已提议发布", whenever=True)


def killed_after_a_picture(
    house: Installation, telegram: TelegramDouble, staff: Group, zhao: Person, button: Message
) -> None:
    """Released; the text arrives at the group's new place; so does the picture, but we die before we know."""
    stall = telegram.fails("sendPhoto", Stall(60), chat=staff.id)
    zhao.taps(RELEASE, message=button)
    zhao.waits_for("已发布，共 6 条消息正在发往各群")
    zhao.taps_data(button.buttons[-1]["callback_data"], button)
    zhao.waits_for_toast("已由 赵磊 发布，没有重复发送")
    staff.waits_for(lambda message: message.kind == "photo")
    assert stall.fired == 1
    house.is_killed()
    assert house.lets_leases_run_out() == 1


def killed_before_a_picture(house: Installation, telegram: TelegramDouble, partners: Group) -> None:
    """Back again; the other group's picture is under way and does not arrive, and we die once more."""
    stall = telegram.fails("sendPhoto", Stall(60, acts_first=False), chat=partners.id)
    house.serves()
    telegram.until(lambda: stall.fired == 1, what="a call under way")
    house.is_killed()
    assert house.lets_leases_run_out() == 1


def the_office_decides_about_what_is_in_doubt(
    house: Installation, telegram: TelegramDouble, chen: Person, staff: Group, partners: Group
) -> None:
    """Both are listed; one has arrived, one is sent again; in the end each group has text and pictures once."""
    telegram.until(lambda: len(uncertain(house)) == 2, what="two deliveries in doubt")
    partners.upgrades(by=chen)
    telegram.until(lambda: house.rows("select 1 from chat where address = :new", new=str(partners.id)), what="the move")
    assert parts_in(telegram, staff) == PARTS[:2]
    assert parts_in(telegram, partners) == ["text"]
    chen.opens("/start")
    chen.waits_for("请选择：")
    chooses(chen, OFFICE)
    doubts = chooses(chen, "可能已发出（2）")
    assert f"1. {NAME} · 排名图 → 集团职工群（Telegram）" in doubts.text
    assert f"2. {NAME} · 排名图 → 合作单位群（Telegram）" in doubts.text
    left = chooses(chen, "1. 已收到")
    assert "集团职工群" not in left.text
    assert "没有可能已发出" in chooses(chen, "1. 再发一次").text
    telegram.until(lambda: parts_in(telegram, partners) == PARTS, what="text and pictures")
    telegram.until(lambda: states(house) == {"sent"}, what="everything settled")
    assert parts_in(telegram, staff) == PARTS
    assert telegram.delivered(staff.old_id or 0)[-1].text == "群“集团职工群”将接收协同简报。"
    picture = partners.last_message()
    assert picture.upload is not None
    assert (picture.upload.content_type, picture.upload.width > 600) == ("image/png", True)


def uncertain(house: Installation) -> list[tuple[str]]:
    return house.rows("select address from delivery where state = 'uncertain'")


def states(house: Installation) -> set[str]:
    return {state for (state,) in house.rows("select state from delivery where kind = 'bulletin'")}


def parts_in(telegram: TelegramDouble, group: Group) -> list[str]:
    """The parts of the bulletin that arrived in a group, by their kinds, under all its numbers."""
    places = {group.id, group.old_id} - {None}
    messages = [message for place in sorted(places, reverse=True) for message in telegram.delivered(place)]
    return [message.kind for message in messages if NAME in message.text]
