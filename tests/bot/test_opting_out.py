"""退订: one word ends it at once, a button takes it back; words around it are an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.opting_out import is_stop
from locales.texts import text
from surveys.fielding import dispositions
from surveys.fielding.models import OptOut
from surveys.models import Answer
from tests.cast import NOW

AGREE = "同意并开始（我已满14周岁）"
BACK = "恢复接收，继续"


def opted_out(database):
    with database.transaction() as session:
        return session.execute(select(OptOut.channel, OptOut.account)).all()


def answers(database):
    with database.transaction() as session:
        return dict(session.execute(select(Answer.question_id, Answer.value)).all())


@pytest.fixture
def mei(phone, ticket):
    """Mei, at the comment, which she agreed to write."""
    mei = phone("Mei", "111")
    mei.starts(ticket())
    for label in (AGREE, "非常满意", "跳过", "同意，我来写"):
        mei.taps(label)
    return mei


@pytest.mark.parametrize(
    "words",
    [
        "退订",
        "停",
        "TD",
        "td",
        "STOP",
        "stop",
        "Stop!",
        " ＴＤ ",
        "“退订”。",
        "取消",
        "UNSUBSCRIBE",
        "停。",
        "ｓｔｏｐ",
    ],
)
def test_word_alone_stops(words):
    assert is_stop(words)


@pytest.mark.parametrize(
    "words",
    [
        "停车太难",
        "别停",
        "stop it",
        "请退订",
        "TD扫描",
        "退",
        "订",
        "停停",
        "",
        " ",
        "取消了预约",
        "stop " * 20,
        "s\x00",
        "🛑",
        "\ud83d",
    ],
)
def test_words_around_it_do_not(words):
    assert not is_stop(words)


def test_stop_is_honoured_at_once_even_where_a_text_is_asked_for(mei, consortium):
    mei.says("停")
    assert mei.said[-1] == text("zh", "bot.stop.draft")
    assert "整条消息只有" in mei.said[-1]
    assert opted_out(consortium) == [("telegram", "111")]
    assert "comment" not in answers(consortium)
    with consortium.transaction() as session:
        last = dispositions.history(session, invitation_id="invitation1")[-1]
        assert (last.disposition, last.reason) == ("refused", "opted_out")


def test_word_within_an_answer_is_an_answer(mei, consortium):
    mei.says("停车太难")
    assert answers(consortium)["comment"] == "停车太难"
    assert opted_out(consortium) == []


def test_after_the_stop_neither_words_nor_old_buttons_answer(mei, consortium):
    place, old = mei.find("跳过")
    mei.says("退订")
    mei.says("还是想说一句")
    assert mei.said[-1] == text("zh", "bot.stop.still")
    mei.does(mei.tap(place, old))
    assert mei.messages[place].text == text("zh", "bot.stop.still")
    assert "comment" not in answers(consortium)


def test_button_takes_it_back_and_the_survey_goes_on(mei, consortium):
    mei.says("STOP")
    mei.taps(BACK)
    assert mei.toast == "好的，已经恢复。"
    assert opted_out(consortium) == []
    assert mei.screen.startswith("第 3 题")
    mei.says("很好")
    assert answers(consortium)["comment"] == "很好"


def test_opening_the_link_again_is_answered_without_opting_in(mei, consortium):
    mei.says("退订")
    mei.now = NOW + timedelta(minutes=5)
    mei.starts("ticket-000000000000001")
    assert mei.screen.startswith("第 3 题")
    mei.says("很好")
    assert answers(consortium)["comment"] == "很好"
    assert opted_out(consortium) == [("telegram", "111")]


def test_again_and_repeated_stops_change_nothing_more(mei, consortium):
    mei.says("TD")
    mei.again()
    assert mei.said[-1] == text("zh", "bot.stop.still")
    mei.says("TD")
    assert opted_out(consortium) == [("telegram", "111")]


def test_stranger_and_command_are_honoured_too(phone, consortium):
    other = phone("Mallory", "666")
    other.says("/stop")
    assert other.said[-1] == text("zh", "bot.stop.done")
    other.starts()
    assert other.buttons == [BACK]
    other.taps(BACK)
    assert other.said[-1] == "好的，已经恢复。"
    other.starts()
    assert other.said[-1].startswith("您好！")


def test_in_english_the_survey_answers_in_english(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket(language="en"))
    mei.says("unsubscribe")
    assert mei.said[-1] == text("en", "bot.stop.draft")


def test_staff_stop_only_what_they_get_as_patients(phone, bind, ticket, consortium):
    li = phone("Li", "301")
    bind(li, "li")
    li.says("STOP")
    assert li.said[-1] == text("zh", "bot.stop.staff")
    li.says("/start")
    assert li.screen == "李敏，您好！请选择："


def test_word_in_a_group_means_nothing(phone, consortium):
    group = phone("Li", "301", chat="-500", title="群")
    group.says("退订")
    group.says("/stop")
    assert opted_out(consortium) == []
