"""Mei answers a survey in chat: forth and back, twice, late, in two languages, with words where buttons are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.models import TextPrompt
from locales.errors import DomainError, explain
from surveys.models import Answer, Response, Tally
from surveys.receipts import receipt_hash
from surveys.responses import open_ticket
from tests.cast import NOW

FIRST = "第 1 题，共 3 题  ▱▱▱▱▱▱▱▱▱▱\n\n环境是否整洁？"
REVIEW = "请核对您的作答：\n\n"


def said(code, **details):
    """The sentence of another folder's error code."""
    return explain("zh", DomainError(code, **details))


def answers(database):
    with database.transaction() as session:
        return dict(session.execute(select(Answer.question_id, Answer.value)).all())


def response(database):
    with database.transaction() as session:
        return session.scalars(select(Response)).one()


@pytest.fixture
def mei(phone, ticket):
    """Mei, before the first question."""
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps("同意并开始（我已满14周岁）")
    return mei


@pytest.fixture
def done(mei):
    """Mei, at the review."""
    mei.taps("非常满意")
    mei.taps("不到半小时")
    mei.taps("同意，我来写")
    mei.says("很好")
    return mei


def test_ticket_opens_notice_with_consent_refusal_and_language(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    assert mei.screen == "门诊问卷\n人民医院\n\n自愿参加。"
    assert mei.buttons == ["同意并开始（我已满14周岁）", "未满14周岁", "不参加", "English"]
    assert response(consortium).consented_at is None


def test_survey_goes_question_by_question_in_one_message(mei, consortium):
    assert (mei.screen, mei.buttons) == (FIRST, ["非常满意", "一般", "不满意", "English"])
    mei.taps("非常满意")
    assert mei.screen == "第 2 题，共 3 题  ▰▰▰▱▱▱▱▱▱▱\n\n等了多久？"
    assert mei.buttons == ["不到半小时", "半小时以上", "‹ 上一题", "跳过", "English"]
    mei.taps("跳过")
    mei.taps("同意，我来写")
    assert mei.screen == ("第 3 题，共 3 题  ▰▰▰▰▰▰▱▱▱▱\n\n还想说什么？\n\n请直接输入文字并发送，最多 200 个字符。")
    mei.says("医生很耐心")
    assert mei.screen == REVIEW + (
        "1. 环境是否整洁？\n    ▸ 非常满意\n2. 等了多久？\n    ▸ （已跳过）\n3. 还想说什么？\n    ▸ 医生很耐心\n\n"
        "要修改哪一题，点它的题号；没有问题请点“提交”。提交之后不能再改。"
    )
    assert mei.buttons == ["1", "2", "3", "提交", "English"]
    assert len(mei.messages) == 1
    assert answers(consortium) == {"clean": "5", "waited": "", "comment": "医生很耐心"}


def test_sending_thanks_with_a_receipt_code_that_is_kept_as_a_hash(done, consortium):
    done.taps("提交")
    thanks, receipt = done.screen.split("\n\n")
    code = receipt.removeprefix("您的回执码：").split("\n")[0]
    assert (thanks, done.buttons) == ("谢谢您！", ["讲讲我的故事"])
    sent = response(consortium)
    assert (sent.state, sent.account, sent.receipt_hash) == ("sent", None, receipt_hash(code))
    with consortium.transaction() as session:
        assert session.scalar(select(func.sum(Tally.count)).where(Tally.option_code == "5")) == 1
        assert session.scalar(select(func.count()).select_from(TextPrompt)) == 0


def test_back_shows_the_answer_marked_and_the_way_forward(mei, consortium):
    mei.taps("一般")
    mei.taps("‹ 上一题")
    assert mei.screen == FIRST
    assert mei.buttons == ["非常满意", "✓ 一般", "不满意", "下一题 ›", "English"]
    mei.taps("下一题 ›")
    assert mei.screen.startswith("第 2 题")
    mei.taps("‹ 上一题")
    mei.taps("不满意")
    assert answers(consortium) == {"clean": "1"}
    assert mei.screen.startswith("第 2 题，共 4 题")  # a condition asks one more


def test_answer_changed_at_the_review_comes_back_to_the_review(done, consortium):
    done.taps("1")
    assert done.buttons == ["✓ 非常满意", "一般", "不满意", "下一题 ›", "English"]
    done.taps("一般")
    assert done.screen.startswith(REVIEW + "1. 环境是否整洁？\n    ▸ 一般\n")
    done.taps("2")
    assert done.buttons == ["✓ 不到半小时", "半小时以上", "‹ 上一题", "清除这个答案", "下一题 ›", "English"]
    done.taps("下一题 ›")
    done.taps("去核对 ›")
    assert done.screen.startswith(REVIEW)


def test_words_replace_a_comment_that_is_looked_back_at(done, consortium):
    done.taps("3")
    assert done.screen == (
        "第 3 题，共 3 题  ▰▰▰▰▰▰▱▱▱▱\n\n还想说什么？\n\n您写的是：\n“很好”\n\n"
        "要修改，请直接输入新的文字并发送，最多 200 个字符。"
    )
    assert done.buttons == ["‹ 上一题", "删去这段文字", "去核对 ›", "English"]
    done.says("改了主意")
    assert answers(consortium)["comment"] == "改了主意"
    assert done.screen.startswith(REVIEW)
    done.says("再说一句")
    assert answers(consortium)["comment"] == "改了主意"
    assert done.said[-1] == "请点题号修改，或点“提交”；这里不用输入文字。"


def test_words_after_leaving_a_looked_at_comment_change_nothing(done, consortium):
    done.taps("3")
    done.taps("‹ 上一题")
    done.says("这不是评论")
    assert answers(consortium)["comment"] == "很好"
    assert done.said[-1] == said("typed_not_an_option")  # the question in view has options
    assert done.screen.startswith("第 2 题")


def test_comment_can_be_removed(done, consortium):
    done.taps("3")
    done.taps("删去这段文字")
    assert answers(consortium)["comment"] == ""
    assert done.screen.startswith(REVIEW)


def test_changed_answer_drops_what_is_no_longer_asked(mei, consortium):
    mei.taps("不满意")
    mei.taps("跳过")
    assert mei.screen.startswith("第 3 题，共 4 题")
    assert mei.buttons == ["同意，我来写", "‹ 上一题", "English"]  # required: no way around
    mei.taps("同意，我来写")
    assert "跳过" not in mei.buttons
    mei.says("等太久")
    mei.taps("跳过")
    mei.taps("1")
    mei.taps("非常满意")
    assert answers(consortium) == {"clean": "5", "waited": "", "comment": ""}


def test_required_question_reached_at_the_review_is_named_and_blocks_sending(done):
    done.taps("1")
    done.taps("不满意")
    assert done.screen.startswith("第 3 题，共 4 题")  # the reason is asked at once
    done.taps("‹ 上一题")
    done.taps("下一题 ›")
    assert done.screen.startswith("第 3 题")
    done.says("等太久")
    assert "提交" in done.buttons


def test_double_tap_is_one_answer_and_one_sentence(mei, consortium):
    mei.taps_twice("一般")
    assert mei.toast == said("button_stale")
    assert mei.screen.startswith("第 2 题")
    assert answers(consortium) == {"clean": "3"}


def test_double_tap_on_consent_and_on_sending(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps_twice("同意并开始（我已满14周岁）")
    assert mei.toast == said("button_stale")
    mei.taps("非常满意")
    mei.taps("跳过")
    mei.taps("不同意，跳过文字题")
    mei.taps_twice("提交")
    assert mei.toast == said("response_sent")
    assert mei.said[0].startswith("谢谢您！\n\n您的回执码：")  # the second tap painted nothing over it
    with consortium.transaction() as session:
        assert session.scalar(select(Tally.count).where(Tally.question_id == "", Tally.option_code == "")) == 1


def test_repeated_update_of_sending_says_so_in_a_new_message(done, consortium):
    done.taps("提交")
    done.again()
    assert done.said[0].startswith("谢谢您！\n\n您的回执码：")
    assert done.said[1:] == ["谢谢您！\n\n这份答卷已经提交。回执码只在提交时显示一次，这里不再保存。"]


def test_tap_that_comes_after_sending_leaves_the_receipt(done):
    place, old = done.find("1")
    done.taps("提交")
    done.does(done.tap(place, old))
    assert done.toast == said("response_sent")
    assert done.said[0].startswith("谢谢您！\n\n您的回执码：")


def test_chat_follows_the_language_of_the_survey(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket(language="en"))
    mei.taps("Agree and begin (I am 14 or older)")
    mei.taps("So so")
    mei.taps("Skip")
    mei.taps("No, pass over such questions")
    mei.taps("Send")
    mei.says("thanks")
    assert mei.said[-1].startswith("Hello! This is the evaluation bot")


def test_stale_button_changes_nothing_and_shows_the_screen_as_it_is(mei, consortium):
    place, old = mei.find("不满意")
    stale = mei.tap(place, old)
    mei.taps("非常满意")
    mei.does(stale)
    assert mei.toast == said("button_stale")
    assert mei.screen.startswith("第 2 题")
    assert answers(consortium) == {"clean": "5"}


def test_words_where_a_button_is_expected_get_one_sentence(mei, consortium):
    mei.says("很满意的")
    assert mei.said[-1] == said("typed_not_an_option")
    assert mei.screen == FIRST
    assert answers(consortium) == {}


def test_words_before_consent_are_not_taken(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.says("好的")
    assert mei.said[-1] == "请先点上面消息中的“同意并开始”，再作答。"
    assert answers(consortium) == {}


def test_picture_where_words_are_expected_is_not_a_skip(mei, consortium):
    mei.taps("非常满意")
    mei.taps("跳过")
    mei.does(mei.inbound(kind="other"))
    assert mei.said[-1].startswith("这里只能读懂文字和按钮")
    mei.taps("同意，我来写")
    mei.says("   ")
    assert mei.said[-1] == "请输入几个字再发送，或点“跳过”。"
    assert "comment" not in answers(consortium)


def test_too_long_and_unreadable_words_are_asked_for_again(mei, consortium):
    mei.taps("非常满意")
    mei.taps("跳过")
    mei.taps("同意，我来写")
    mei.says("很" * 201)
    assert mei.said[-1] == said("answer_too_long", limit=200)
    mei.says("好\ud83d了")
    assert mei.said[-1] == said("answer_unreadable")
    mei.says("好了")
    assert answers(consortium)["comment"] == "好了"


def test_no_thanks_keeps_nothing_and_leaves_the_door_open(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps("不参加")
    assert mei.buttons == ["我想参加"]
    assert answers(consortium) == {}
    mei.taps("我想参加")
    assert mei.buttons == ["同意并开始（我已满14周岁）", "未满14周岁", "不参加", "English"]


def test_language_switch_keeps_the_place(mei, consortium):
    mei.taps("非常满意")
    mei.taps("‹ 上一题")
    mei.taps("English")
    assert mei.screen.startswith("Question 1 of 3")
    assert mei.buttons == ["✓ Very satisfied", "So so", "Dissatisfied", "Next ›", "中文"]
    mei.says("/language")
    assert mei.screen.startswith("第 1 题")  # the same question, in a message at the end of the chat
    mei.says("hm")
    assert mei.said[-1] == said("typed_not_an_option")
    assert answers(consortium) == {"clean": "5"}


def test_english_invitation_speaks_english_from_the_start(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket(language="en"))
    assert mei.buttons == ["Agree and begin (I am 14 or older)", "Under 14", "No thanks", "中文"]
    mei.taps("Agree and begin (I am 14 or older)")
    mei.says("fine")
    assert mei.said[-1] == explain("en", DomainError("typed_not_an_option"))


def test_wrong_ticket_gets_one_sentence(phone, consortium):
    mei = phone("Mei", "111")
    for payload in ("x", "ticket-999999999999999", "a" * 64, "a" * 65, "好", "../../etc", "A b", "\ud83d"):
        mei.does(mei.inbound(kind="start", content=payload))
        assert mei.said[-1] == said("ticket_unknown")
    assert len(mei.said) == 8


def test_used_ticket_gets_one_sentence(done, phone, ticket):
    other = phone("Wei", "222")
    mine = ticket()
    other.starts(mine)
    other.taps("同意并开始（我已满14周岁）")
    other.taps("非常满意")
    other.taps("跳过")
    other.taps("不同意，跳过文字题")
    other.taps("提交")
    other.starts(mine)
    assert other.said[-1] == said("ticket_used")


def test_expired_ticket_gets_one_sentence(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket(days_ago=43))
    assert mei.said == [said("ticket_expired")]


def test_survey_that_expires_on_the_way_says_so_and_takes_nothing(mei, consortium):
    mei.now = NOW + timedelta(days=60)
    mei.taps("非常满意")
    assert mei.toast == said("ticket_expired")
    assert answers(consortium) == {}
    mei.says("为什么？")
    assert mei.said[-1].startswith("您好！这里是医联体的评价机器人。")


def test_ticket_of_another_account_is_refused(mei, phone, ticket, consortium):
    with consortium.transaction() as session:
        known = session.scalars(select(Response.id)).one()
    other = phone("Wei", "222")
    other.starts("ticket-000000000000001")
    assert other.said == [said("ticket_taken")]
    assert known == response(consortium).id


def test_coming_back_resumes_where_it_was(mei):
    mei.taps("非常满意")
    mei.starts("ticket-000000000000001")
    assert mei.screen.startswith("第 2 题")
    mei.starts()
    assert mei.screen.startswith("第 2 题")


def test_page_and_chat_may_be_mixed(mei, consortium):
    place, old = mei.find("一般")
    with consortium.transaction() as session:
        sitting = open_ticket(session, ticket="ticket-000000000000001", mode="page", new_id="unused", now=NOW)
        from surveys.responses import record_page

        record_page(session, response_id=sitting.response_id, answers={"clean": ["5"], "waited": ["s"]}, now=NOW)
    mei.does(mei.tap(place, old))  # drawn before the page spoke
    assert mei.toast == said("button_stale")
    assert mei.screen.startswith("第 3 题")
    mei.taps("不同意，跳过文字题")
    mei.taps("提交")
    assert response(consortium).mode == "mixed"


def test_two_surveys_at_once_go_on_by_their_own_buttons(mei, ticket, consortium):
    mei.starts(ticket(unit="yi"))
    mei.taps("同意并开始（我已满14周岁）")
    assert len(mei.messages) == 2
    mei.taps("不满意", ref="1")  # the older survey's message
    assert mei.messages["1"].text.startswith("第 2 题，共 4 题")
    mei.taps("非常满意", ref="2")
    assert mei.messages["2"].text.startswith("第 2 题，共 3 题")


def test_forged_places_in_a_button_are_refused(mei, consortium):
    from outbox.message import Button

    handle = response(consortium).id
    for action in (
        ("s", handle, "0", "a", "99", "0"), ("s", handle, "0", "a", "0", "99"), ("s", handle, "0", "z", "0"),
        ("s", handle, "0", "v", ""), ("s", handle), ("s", "nobody", "0", "v", "0"), ("s", handle, "0", "a", "-1", "0"),
    ):  # fmt: skip
        mei.does(mei.tap("1", Button("x", action)))
        assert mei.toast is not None
        assert mei.screen == FIRST
    assert answers(consortium) == {}


def test_another_persons_button_changes_nothing(mei, phone, consortium):
    _, button = mei.find("非常满意")
    other = phone("Wei", "222")
    other.does(other.tap("1", button))  # signed for Wei's chat, as only we could
    assert other.toast == said("ticket_taken")
    assert answers(consortium) == {}
