"""Mei answers every kind of question in chat: ticks, keys, days, own words, what she types; and changes her mind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from locales.errors import DomainError, Reask, explain
from outbox.message import Button
from surveys.models import Answer, Response
from surveys.questionnaires import apply_questionnaire
from tests.bot.forms import EVERY_KIND, KIND, PLACES
from tests.cast import NOW

AGREE, YES_TEXT, NO_TEXT = "同意并开始（我已满14周岁）", "同意，我来写", "不同意，跳过文字题"


def said(code, **details):
    return explain("zh", Reask(code, details))


def answers(database):
    found = {}
    with database.transaction() as session:
        for question, value in session.execute(
            select(Answer.question_id, Answer.value).order_by(Answer.question_id, Answer.place)
        ):
            found.setdefault(question, []).append(value)
    return found


def response(database):
    with database.transaction() as session:
        return session.scalars(select(Response)).one()


@pytest.fixture
def mei(phone, ticket, consortium):
    """Mei, before the first question."""
    with consortium.transaction() as session:
        apply_questionnaire(session, document=EVERY_KIND, now=NOW)
    mei = phone("Mei", "111")
    mei.starts(ticket(kind=KIND))
    mei.taps(AGREE)
    return mei


def goes_to(mei, database, question):
    """As a number of the review does."""
    row = response(database)
    button = Button("…", ("s", row.id, str(row.revision), "v", str(PLACES[question])))
    mei.does(mei.tap(mei.newest, button))


def test_ticks_are_stored_at_each_tap_and_done_goes_on(mei, consortium):
    assert "【A 住院经过】\n\n第一次住院吗？" in mei.screen
    mei.taps("是")
    assert mei.screen.endswith("护士帮您做过什么？\n\n请选 2 到 3 项，选好请点“完成”。")
    assert mei.buttons == ["☐ 吃饭", "☐ 走动", "☐ 洗漱", "☐ 呼叫", "☐ 都没有", "‹ 上一题", "English"]
    mei.taps("☐ 洗漱")
    mei.taps("☐ 吃饭")
    assert mei.buttons[:3] == ["☑ 吃饭", "☐ 走动", "☑ 洗漱"]
    assert answers(consortium)["help"] == ["eat", "wash"]  # in the order of the form
    mei.taps("☑ 吃饭")
    assert answers(consortium)["help"] == ["wash"]
    mei.taps("完成 ›")
    assert mei.toast == said("too_few_answers", least=2)
    assert "☑ 洗漱" in mei.buttons
    mei.taps("☐ 走动")
    mei.taps("完成 ›")
    assert mei.screen.split("\n\n")[1] == "住在哪个病区？"
    assert len(mei.messages) == 1


def test_too_many_ticks_are_refused_with_the_number(mei, consortium):
    goes_to(mei, consortium, "help")
    for label in ("吃饭", "走动", "洗漱"):
        mei.taps(f"☐ {label}")
    mei.taps("☐ 呼叫")
    assert mei.toast == said("too_many_answers", most=3)
    assert answers(consortium)["help"] == ["eat", "walk", "wash"]


def test_exclusive_option_stands_alone(mei, consortium):
    goes_to(mei, consortium, "help")
    mei.taps("☐ 吃饭")
    mei.taps("☐ 都没有")
    assert answers(consortium)["help"] == ["none"]
    mei.taps("☐ 走动")
    assert answers(consortium)["help"] == ["walk"]


def test_last_tick_of_a_required_question_stays(mei, consortium):
    goes_to(mei, consortium, "help")
    mei.taps("☐ 吃饭")
    mei.taps("☑ 吃饭")
    assert mei.toast == said("last_one_stays")
    assert answers(consortium)["help"] == ["eat"]


def test_boxes_may_be_ticked_faster_than_they_are_drawn_and_twice_is_once(mei, consortium):
    goes_to(mei, consortium, "help")
    first, second, again = (mei.tap(*mei.find(f"☐ {label}")) for label in ("吃饭", "走动", "吃饭"))
    for tap in (first, second, again):
        mei.does(tap)
        assert mei.toast is None
    assert answers(consortium)["help"] == ["eat", "walk"]
    mei.taps("完成 ›")
    mei.does(mei.tap(*((mei.newest, Button("x", ("s", response(consortium).id, "0", "t", "2", "2", "1"))))))
    assert mei.toast == explain("zh", Reask("button_stale"))  # she has moved on
    assert answers(consortium)["help"] == ["eat", "walk"]


def test_several_are_typed_with_ticks_kept(mei, consortium):
    goes_to(mei, consortium, "help")
    mei.taps("☐ 吃饭")
    mei.says("walking、洗漱")
    assert answers(consortium)["help"] == ["eat", "walk", "wash"]
    assert mei.screen.startswith("✓ 已记下：走动；洗漱\n\n")
    assert "☑ 走动" in mei.buttons
    mei.says("第四个")
    assert mei.said[-1] == said("too_many_answers", most=3)


def test_yes_and_no_are_tapped_or_typed(mei, consortium):
    mei.says("不是")
    assert answers(consortium)["first"] == ["false"]
    assert mei.screen.startswith("✓ 已记下：否\n\n")
    goes_to(mei, consortium, "first")
    assert mei.buttons[:2] == ["是", "✓ 否"]
    mei.says("maybe")
    assert mei.said[-1] == said("typed_not_yes_or_no")
    mei.taps("是")
    assert answers(consortium)["first"] == ["true"]


def test_own_words_ask_for_consent_once_and_are_taken(mei, consortium):
    goes_to(mei, consortium, "ward")
    mei.taps("其他，自己写")
    assert mei.buttons == [YES_TEXT, "不同意，只用选项", "English"]
    mei.taps("不同意，只用选项")
    assert mei.buttons[:3] == ["内科", "外科", "其他，自己写"]
    mei.says("康复科")
    assert mei.said[-1] == said("text_consent_missing")
    assert "ward" not in answers(consortium)
    mei.taps(YES_TEXT)
    assert response(consortium).text_consented_at == NOW
    assert mei.buttons == ["‹ 返回选项", "跳过", "English"]
    mei.says("康复科")
    assert answers(consortium)["ward"] == ["~康复科"]
    assert mei.screen.startswith("✓ 已记下：康复科\n\n")
    goes_to(mei, consortium, "ward")
    assert "您自己写的是：\n“康复科”" in mei.screen
    mei.says("外科")
    assert answers(consortium)["ward"] == ["sur"]  # the option's own words are the option
    goes_to(mei, consortium, "ward")
    mei.says("很" * 21)
    assert mei.said[-1] == said("answer_too_long", limit=20)
    assert answers(consortium)["ward"] == ["sur"]


def test_own_words_among_several_are_ticked_away_only_as_they_are_shown(mei, consortium):
    goes_to(mei, consortium, "symptoms")
    mei.taps("☐ 咳嗽")
    mei.taps("其他，自己写")
    mei.taps(YES_TEXT)
    for words in ("头晕", "乏力", "头晕"):
        mei.says(words)
    assert answers(consortium)["symptoms"] == ["cough", "~头晕", "~乏力"]
    place, button = mei.find("☑ 自己写的：头晕")
    mei.taps("☑ 自己写的：头晕")
    assert answers(consortium)["symptoms"] == ["cough", "~乏力"]
    mei.does(mei.tap(place, button))  # its place is another's now
    assert mei.toast == said("button_stale")
    assert answers(consortium)["symptoms"] == ["cough", "~乏力"]


def test_keypad_and_typed_number_are_the_same(mei, consortium):
    goes_to(mei, consortium, "rate")
    assert mei.buttons[:11] == [str(n) for n in range(11)]
    mei.taps("10")
    assert answers(consortium)["rate"] == ["10"]
    goes_to(mei, consortium, "rate")
    assert mei.buttons[10] == "✓ 10"
    mei.says("七分")
    assert answers(consortium)["rate"] == ["7"]
    assert mei.screen.startswith("✓ 已记下：7\n\n")


@pytest.mark.parametrize(
    ("question", "words", "sentence"),
    [
        ("rate", "11", said("answer_out_of_range", low="0", high="10")),
        ("rate", "3.5", said("answer_not_whole")),
        ("rate", "两三", said("typed_not_whole")),
        ("days", "零", said("answer_out_of_range", low="1", high="400")),
        ("days", "一百天左右吧天", said("typed_not_whole")),
        ("weight", "301", said("answer_out_of_range", low="1.5", high="300")),
        ("weight", "60.55", said("answer_decimals", limit=1)),
        ("weight", "120斤", said("typed_not_this_amount", unit="公斤")),
        ("left", "2月30日", said("typed_no_such_date")),
        ("left", "3/1", said("typed_date_unclear")),
        ("left", "明天", said("answer_too_large", high="2026-10-08")),
        ("round", "三点", said("typed_time_unclear")),
        ("fell", "昨天", said("typed_not_a_moment")),
        ("pressure", "39", said("answer_out_of_range", low="40", high="260")),
    ],
)
def test_what_cannot_be_taken_is_asked_for_again_in_one_sentence(mei, consortium, question, words, sentence):
    goes_to(mei, consortium, question)
    before = mei.screen
    mei.says(words)
    assert mei.said[-1] == sentence
    assert mei.screen == before
    assert question not in answers(consortium)


@pytest.mark.parametrize(
    ("question", "words", "value", "shown"),
    [
        ("days", "三天", "3", "3"), ("days", "一百二十", "120", "120"), ("days", "twelve days", "12", "12"),
        ("weight", "六十点五公斤", "60.5", "60.5 公斤"), ("weight", "60．5", "60.5", "60.5 公斤"),
        ("left", "昨天", "2026-10-07", "2026年10月7日（周三）"), ("left", "十月一号", "2026-10-01", "2026年10月1日（周四）"),
        ("left", "12月25日", "2025-12-25", "2025年12月25日（周四）"), ("round", "八点半", "08:30:00", "08:30"),
        ("fell", "昨天下午3点", "2026-10-07T15:00:00+08:00", "2026年10月7日（周三） 15:00"),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood_and_said_on_the_next_screen(mei, consortium, question, words, value, shown):
    goes_to(mei, consortium, question)
    mei.says(words)
    assert answers(consortium)[question] == [value]
    assert mei.screen.startswith(f"✓ 已记下：{shown}\n\n")
    goes_to(mei, consortium, question)
    assert f"您填的是：{shown}。要修改，请重新输入。" in mei.screen
    mei.taps("清除这个答案")
    assert answers(consortium)[question] == [""]


def test_words_in_english_answer_a_chinese_screen_and_the_other_way_round(mei, consortium):
    goes_to(mei, consortium, "left")
    mei.says("1 October")
    assert answers(consortium)["left"] == ["2026-10-01"]
    goes_to(mei, consortium, "left")
    mei.taps("English")
    assert "You answered: Thursday, 1 October 2026." in mei.screen
    mei.says("昨天")
    assert answers(consortium)["left"] == ["2026-10-07"]
    assert mei.screen.startswith("✓ Noted: Wednesday, 7 October 2026\n\n")


def test_days_near_today_are_one_tap(mei, consortium):
    goes_to(mei, consortium, "left")
    assert mei.buttons[:3] == ["今天", "昨天", "前天"]
    mei.taps("昨天")
    assert answers(consortium)["left"] == ["2026-10-07"]
    mei.now = NOW + timedelta(hours=14, minutes=1)  # after midnight in Shanghai
    goes_to(mei, consortium, "left")
    mei.says("昨天")
    assert answers(consortium)["left"] == ["2026-10-08"]


def test_day_of_a_button_is_the_day_it_said(mei, consortium):
    goes_to(mei, consortium, "left")
    place, button = mei.find("今天")
    mei.now = NOW + timedelta(hours=15)
    mei.does(mei.tap(place, button))
    assert answers(consortium)["left"] == ["2026-10-08"]


def test_proposal_is_no_answer_until_it_is_taken(mei, consortium):
    goes_to(mei, consortium, "weight")
    assert "预填的答案（还没有算作您的作答）：60 公斤" in mei.screen
    assert "weight" not in answers(consortium)
    mei.taps("就用预填的答案")
    assert answers(consortium)["weight"] == ["60"]


def test_several_typed_answers_add_up_and_the_last_is_taken_away(mei, consortium):
    goes_to(mei, consortium, "pressure")
    mei.says("120")
    mei.says("一百三、125")
    assert answers(consortium)["pressure"] == ["120", "130", "125"]
    assert "已经记下：120 mmHg；130 mmHg；125 mmHg" in mei.screen
    mei.says("140")
    assert mei.said[-1] == said("too_many_answers", most=3)
    mei.taps("删去最后一个")
    assert answers(consortium)["pressure"] == ["120", "130"]
    mei.taps("删去最后一个")
    mei.taps("删去最后一个")
    assert answers(consortium)["pressure"] == [""]
    mei.says("110")
    assert answers(consortium)["pressure"] == ["110"]
    mei.taps("完成 ›")
    mei.says("150")
    assert answers(consortium)["pressure"] == ["110"]  # words now belong elsewhere


def test_several_texts_one_by_one(mei, consortium):
    goes_to(mei, consortium, "drugs")
    assert mei.buttons[:2] == [YES_TEXT, NO_TEXT]
    mei.says("阿司匹林")
    assert mei.said[-1] == said("text_consent_missing")
    mei.taps(YES_TEXT)
    mei.says("阿司匹林")
    mei.says("2")
    assert answers(consortium)["drugs"] == ["阿司匹林", "2"]
    assert "已经记下：阿司匹林；2" in mei.screen


def test_no_to_free_text_passes_over_all_of_it_and_can_be_reconsidered(mei, consortium):
    for question in ("help", "ward", "rate", "days", "weight", "left", "round", "fell", "pressure"):
        goes_to(mei, consortium, question)
        if question == "help":
            mei.taps("☐ 吃饭")
            mei.taps("☐ 走动")
        else:
            mei.taps("跳过")
    mei.taps("是")
    assert "带了什么药？" in mei.screen
    mei.taps(NO_TEXT)
    mei.taps("跳过")  # options may still be ticked
    assert mei.screen.startswith("请核对您的作答")
    assert (answers(consortium)["drugs"], answers(consortium)["comment"]) == ([""], [""])
    assert response(consortium).text_consented_at is None
    mei.taps("13")
    assert mei.buttons[:2] == [YES_TEXT, NO_TEXT]
    mei.taps(YES_TEXT)
    mei.says("谢谢护士")
    assert answers(consortium)["comment"] == ["谢谢护士"]
    mei.taps("11")  # asked once: the other text question is open now
    assert YES_TEXT not in mei.buttons


def test_words_at_the_review_answer_nothing_even_if_something_is_missing(mei, consortium):
    goes_to(mei, consortium, "comment")
    mei.taps(YES_TEXT)
    mei.says("好")
    goes_to(mei, consortium, "comment")
    mei.taps("去核对 ›")
    assert mei.screen.startswith("请核对您的作答")
    mei.says("是")  # the first question is unanswered, but it is not what she sees
    assert mei.said[-1] == said("tap_in_review")
    assert "first" not in answers(consortium)
    assert mei.screen.startswith("请核对您的作答")


def test_coming_back_stays_at_the_question_in_view(mei, consortium):
    goes_to(mei, consortium, "days")
    mei.starts()
    assert "住了几天？" in mei.screen
    mei.says("三天")
    assert answers(consortium) == {"days": ["3"]}
    mei.again()
    assert answers(consortium) == {"days": ["3"]}


def test_words_after_an_answer_belong_to_the_next_question(mei, consortium):
    goes_to(mei, consortium, "days")
    mei.says("3")
    assert "第一次住院吗？" in mei.screen
    mei.says("是")
    assert answers(consortium) == {"days": ["3"], "first": ["true"]}


def test_same_answer_again_leaves_no_place_behind(mei, consortium):
    goes_to(mei, consortium, "days")
    mei.says("3")
    goes_to(mei, consortium, "days")
    mei.says("3")  # nothing changes; what comes next is asked
    assert "第一次住院吗？" in mei.screen
    mei.says("是")
    assert answers(consortium) == {"days": ["3"], "first": ["true"]}


def test_forged_places_and_days_are_refused(mei, consortium):
    row = response(consortium)
    for verb, *places in (
        ("a", 2, 0), ("t", 2, 99, 1), ("t", 2, 0, 7), ("t", 1, 0, 1), ("i", 4, 11), ("i", 5, 0), ("z", 7, "2026-02-30"),
        ("z", 7, "x"), ("z", 5, "2026-10-08"), ("e", 5), ("o", 1), ("u", 0), ("v", 0), ("d", 0), ("k", 999), ("h", 99),
        ("v", 1, "x"), ("t", 2, "", 1), ("?", 1),
    ):  # fmt: skip
        mei.does(mei.tap("1", Button("x", ("s", row.id, "0", verb.replace("?", "q"), *map(str, places)))))
        assert mei.toast == explain("zh", DomainError("button_expired")), (verb, places)
    assert answers(consortium) == {}


def test_day_out_of_range_on_an_old_button_is_refused(mei, consortium):
    row = response(consortium)
    mei.does(mei.tap("1", Button("x", ("s", row.id, "0", "z", str(PLACES["left"]), "2026-10-09"))))
    assert mei.toast == said("answer_too_large", high="2026-10-08")
    assert answers(consortium) == {}


def test_reminder_button_goes_on_in_the_language_chosen_since(mei, consortium):
    row = response(consortium)
    mei.taps("English")
    old = Button("继续", ("s", row.id, "0", "g", "zh"))  # as the reminder was sent
    mei.does(mei.tap("9", old))
    assert mei.screen.startswith("Question 1 of 13")
    mei.does(mei.tap("9", Button("继续", ("s", row.id, "0", "b"))))
    assert mei.screen.startswith("Question 1 of 13")
    assert response(consortium).language == "en"
