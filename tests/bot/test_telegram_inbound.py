"""The Telegram door against the strict double: once, in order, after the commit, whatever happens on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import func, select

from bot.models import HandledUpdate, SetAside
from consortium.models import Chat
from surveys.models import Answer, Response
from tests.bot.inbound_thread import Door, polling
from tests.telegram_double import AnswerLost, Garbled, Limits, ServerError, TelegramDouble, TooMany, malformed


@pytest.fixture
def tg() -> Iterator[TelegramDouble]:
    with TelegramDouble(webhook_retry=0.01) as double:
        yield double


def rows(database, statement):
    with database.transaction() as session:
        return session.execute(statement).all()


def answers(database):
    return dict(rows(database, select(Answer.question_id, Answer.value)))


def test_polling_plays_a_survey_in_one_message(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.taps("同意并开始（我已满14周岁）")
        mei.waits_for("第 1 题，共 3 题")
        mei.taps("非常满意")
        mei.waits_for("第 2 题")
        mei.taps("跳过")
        mei.waits_for("第 3 题")
        mei.taps("同意，我来写")
        mei.waits_for("请直接输入文字")
        mei.sends("医生很耐心")
        mei.waits_for("请核对您的作答")
        mei.taps("提交")
        mei.waits_for("您的回执码")
        mei.waits_until_taps_are_answered()
    assert len(mei.messages()) == 1
    assert answers(consortium) == {"clean": "5", "waited": "", "comment": "医生很耐心"}
    assert tg.pending_updates == 0
    assert rows(consortium, select(Response.state)) == [("sent",)]


def test_malformed_updates_are_set_aside_without_content_and_the_next_is_served(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    bodies = malformed.every_kind(1001)
    with polling(tg, consortium):
        for body in bodies:
            tg.inject(body)
        mei.opens(f"/start {ticket()}")
        mei.waits_for("门诊问卷")
    # An empty update and an unknown kind are read and mean nothing; half a surrogate pair is the survey's to refuse.
    assert rows(consortium, select(SetAside.code, SetAside.chat, SetAside.fields).order_by(SetAside.update_id)) == [
        ("malformed", "1001", ["message.forward_origin.hidden_user.sender_user_name"]),
        ("malformed", "1001", ["message.external_reply.story.chat", "message.external_reply.story.id"]),
        ("malformed", None, ["message.chat", "message.from.first_name", "message.from.is_bot"]),
    ]
    assert tg.pending_updates == 0


def test_shuffled_and_repeated_updates_leave_what_orderly_ones_leave(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    with polling(tg, consortium) as door:
        mei.opens(f"/start {ticket()}")
        mei.taps("同意并开始（我已满14周岁）")
        first = mei.waits_for("第 1 题")
        with tg.held_updates(copies=4, shuffle_seed=7):
            mei.taps("非常满意", message=first)
            mei.taps("不满意", message=first)
            mei.taps("一般", message=first)
        mei.waits_for("第 2 题")
        tg.until(lambda: tg.pending_updates == 0)
        assert door is not None
    assert answers(consortium) == {"clean": "5"}  # the first tap; the others carried an old revision
    assert rows(consortium, select(func.count()).select_from(HandledUpdate)) == [(5,)]


def test_kill_after_the_commit_repeats_nothing_and_draws_the_screen_again(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    first = Door(tg, consortium)
    first.polls()
    mei.opens(f"/start {ticket()}")
    mei.taps("同意并开始（我已满14周岁）")
    mei.waits_for("第 1 题")
    tg.fails("editMessageText", ServerError(), times=None)
    mei.taps("非常满意")
    tg.until(lambda: answers(consortium) == {"clean": "5"}, what="the answer in the database")
    first.dies()
    tg.heals()
    with polling(tg, consortium):
        mei.waits_for("第 2 题")
        mei.waits_until_taps_are_answered()
        mei.taps("跳过")
        mei.waits_for("第 3 题")
    assert answers(consortium) == {"clean": "5", "waited": ""}
    assert len(mei.messages()) == 1


def test_a_clean_stop_confirms_what_was_handled(tg, consortium):
    stranger = tg.person(1002, "Somebody")
    with polling(tg, consortium):
        stranger.opens("/start")
        stranger.waits_for("您好")
    with polling(tg, consortium):
        stranger.sends("/help")
        stranger.waits_for("/language")
    assert len(stranger.messages()) == 2  # the greeting was not said again


def test_repeated_updates_do_not_double_messages(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    with polling(tg, consortium):
        greeting = mei.opens("/start")
        mei.waits_for("您好")
        survey = mei.opens(f"/start {ticket()}")
        mei.waits_for("门诊问卷")
        for update in (greeting, survey, greeting, survey):
            tg.repeats(update, times=2)
        mei.sends("/help")
        mei.waits_for("/language")
        tg.until(lambda: tg.pending_updates == 0)
    assert len(mei.messages()) == 3


def test_garbled_polls_are_outlived(tg, consortium):
    mei = tg.person(1001, "Mei")
    tg.fails("getUpdates", Garbled(b"\xff\xfe not utf-8"))
    tg.fails("getUpdates", Garbled(b'{"ok":true,"result":null}'))
    with polling(tg, consortium):
        mei.opens("/start")
        mei.waits_for("您好")


def test_later_is_waited_for_and_lost_answers_are_not_said_twice(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    tg.fails("sendMessage", TooMany(1))
    tg.fails("sendMessage", AnswerLost(), call=2)
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.waits_for("门诊问卷")
        tg.fails("editMessageText", AnswerLost())
        mei.taps("同意并开始（我已满14周岁）")
        mei.waits_for("第 1 题")
        tg.fails("editMessageText", Garbled())
        mei.taps("非常满意")
        mei.waits_for("第 2 题")
        tg.fails("answerCallbackQuery", TooMany(1))
        mei.taps("跳过")
        mei.waits_for("第 3 题")
    assert len(mei.messages()) == 1
    assert answers(consortium) == {"clean": "5", "waited": ""}


def test_strict_limits_do_not_lose_replies(tg, consortium, ticket):
    tg.world.meter.limits = Limits()
    mei, wang = tg.person(1001, "Mei"), tg.person(1002, "Wang")
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.sends("/help")
        wang.opens("/start")
        mei.waits_for("自愿", whenever=True)
        mei.waits_for("打开医院发给您的问卷链接", whenever=True)
        wang.waits_for("您好")


def test_double_tap_shows_one_sentence_and_no_error(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.taps("同意并开始（我已满14周岁）")
        first = mei.waits_for("第 1 题")
        with tg.held_updates():
            mei.taps("非常满意", message=first)
            mei.taps("非常满意", message=first)
        mei.waits_for_toast("这个按钮已经过时")
        mei.waits_until_taps_are_answered()
    refused = [call for call in tg.calls if call.outcome == "refused"]
    assert [call.description for call in refused if "not modified" not in call.description] == []


def test_a_deleted_survey_message_is_sent_anew_and_remembered(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.taps("同意并开始（我已满14周岁）")
        old = mei.waits_for("第 1 题")
        tg.world.messages[1001].pop(old.id)
        mei.sends("你好")
        mei.waits_for("请点选项作答")
        new = mei.waits_for("第 1 题")
        tg.until(lambda: rows(consortium, select(Response.message_ref)) == [(str(new.id),)])
        mei.taps("一般", message=new)
        mei.waits_for("第 2 题")
    assert new.id != old.id


def test_a_tap_too_old_to_be_answered_still_acts(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    tg.world.queries_live_for = -1
    with polling(tg, consortium):
        mei.opens(f"/start {ticket()}")
        mei.taps("同意并开始（我已满14周岁）")
        mei.waits_for("第 1 题")
    assert any(call.method == "answerCallbackQuery" and call.outcome == "refused" for call in tg.calls)


def test_group_is_bound_upgraded_and_followed(tg, consortium, bind, phone):
    chen = tg.person(2001, "陈静")
    group = tg.group(-500, "协作大群")
    bind(phone("Chen", "2001"), "chen")
    with polling(tg, consortium):
        chen.adds_bot_to(group)
        group.waits_for("这个群用来做什么")
        chen.taps_in(group, "接收协同简报")
        group.waits_for("将接收协同简报")
        group.upgrades(chen)
        tg.until(
            lambda: (
                rows(consortium, select(Chat.address, Chat.purpose).where(Chat.state == "active", Chat.kind == "group"))
                == [(str(group.id), "bulletin")]
            )
        )
        chen.removes_bot_from(group)
        tg.until(lambda: rows(consortium, select(Chat.state).where(Chat.address == str(group.id))) == [("gone",)])


def test_groups_are_not_read(tg, consortium):
    wang = tg.person(2001, "Wang")
    group = tg.group(-500, "闲聊")
    with polling(tg, consortium):
        wang.adds_bot_to(group)
        group.waits_for("绩效办会设定本群的用途")
        wang.sends_in(group, "@tongping_bot 今天吃什么")
        wang.sends_in(group, "/help@other_bot")
        wang.sends_in(group, "/help@tongping_bot")
        group.waits_for("群里只接收通知和协同简报")
    assert len(group.messages()) == 2


def test_blocking_and_coming_back_is_noted(tg, consortium):
    mei = tg.person(1001, "Mei")

    def states():
        return rows(consortium, select(Chat.state).where(Chat.address == "1001"))

    with polling(tg, consortium):
        mei.opens("/start")
        mei.waits_for("您好")
        mei.blocks_bot()
        tg.until(lambda: states() == [("blocked",)])
        mei.unblocks_bot()
        tg.until(lambda: states() == [("active",)])


def test_polling_survives_conflicts_and_outages(tg, consortium):
    mei = tg.person(1001, "Mei")
    tg.fails("getUpdates", ServerError(502), times=2)
    with polling(tg, consortium):
        mei.opens("/start")
        mei.waits_for("您好")
        with tg.outage():
            mei.sends("/help")
        mei.waits_for("/language")


def test_failure_of_ours_sets_the_update_aside_and_apologises(tg, consortium, monkeypatch):
    import bot.telegram_intake as module

    mei = tg.person(1001, "Mei")
    whole = module.respond

    def breaks(session, inbound, *, context):
        if inbound.content == "秘密":
            raise ZeroDivisionError(inbound.content)
        return whole(session, inbound, context=context)

    monkeypatch.setattr(module, "respond", breaks)
    with structlog.testing.capture_logs() as logs, polling(tg, consortium):
        mei.sends("秘密")
        mei.waits_for("这一步没有完成")
        mei.sends("/help")
        mei.waits_for("/language")
    assert rows(consortium, select(SetAside.code, SetAside.chat)) == [("failed_ZeroDivisionError", "1001")]
    assert "秘密" not in str(logs)
    assert tg.token not in str(logs)


def test_webhook_feed_answers_after_the_commit(tg, consortium, ticket):
    mei = tg.person(1001, "Mei")
    door = Door(tg, consortium)
    try:
        with tg.held_updates():
            update = mei.opens(f"/start {ticket()}")
        for _ in range(2):
            door.do(door.inbound.feed_webhook(json.dumps(update).encode()))
        assert rows(consortium, select(Response.state)) == [("draft",)]
        assert rows(consortium, select(func.count()).select_from(HandledUpdate)) == [(1,)]
        door.do(door.inbound.feed_webhook(b"\xff{not json"))
        door.do(door.inbound.feed_webhook(b"[" * 100_000))
        door.do(door.inbound.feed_webhook(b'{"update_id": true}'))
        door.do(door.inbound.feed_webhook(b'{"update_id": 7, "message": {"text": "\xe7\xa7\x98"}}'))
    finally:
        door.stops()
    assert [message.text.split("\n")[0] for message in mei.messages()] == ["门诊问卷"]  # repeated: drawn in its place
    assert rows(consortium, select(SetAside.update_id, SetAside.code)) == [(7, "malformed")]


def test_webhook_feed_raises_when_the_database_is_away(tg, consortium, monkeypatch):
    from sqlalchemy.exc import OperationalError

    mei = tg.person(1001, "Mei")
    door = Door(tg, consortium)
    with tg.held_updates():
        update = mei.opens("/start")

    async def away(work):
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr(door.inbound._database, "run", away)
    try:
        with pytest.raises(OperationalError):
            door.do(door.inbound.feed_webhook(json.dumps(update).encode()))
    finally:
        door.stops()


def test_registering_a_webhook_retries_until_it_works(tg, consortium):
    tg.fails("setWebhook", ServerError(502))
    door = Door(tg, consortium)
    try:
        assert door.do(door.inbound.register_webhook("http://127.0.0.1:9/telegram", "s3cret")) is True
    finally:
        door.stops()
    assert tg.world.webhook.secret == "s3cret"
    assert sorted(tg.world.webhook.allowed) == ["callback_query", "message", "my_chat_member"]
