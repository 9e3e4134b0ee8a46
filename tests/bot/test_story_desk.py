"""Stories in chat: Mei's after her survey, tied to nothing; Li's with a name; the office chooses; receipts take back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.models import WordsPrompt
from bot.patients import _offers
from bulletins.honour_models import Story
from bulletins.story_decisions import choose_story
from consortium.people import actor_of
from consortium.periods import Period
from locales.errors import DomainError, explain
from outbox.message import Button, Message
from storage.audit import AuditRow
from tests.bot.phone import everything_stored
from tests.cast import NOW

WORDS = "医生把检查结果直接传给了社区，我不用再跑一趟医院，省了半天时间。"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
UNFOUND = explain("zh", DomainError("receipt_unfound"))


@pytest.fixture
def mei(phone, ticket):
    """Mei has just sent her survey."""
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps(next(label for label in mei.buttons if "同意" in label))
    mei.taps("非常满意")
    while "提交" not in "".join(mei.buttons):
        mei.taps(next(label for label in mei.buttons if "跳过" in label))
    mei.taps(next(label for label in mei.buttons if "提交" in label))
    return mei


@pytest.fixture
def li(phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    return li


@pytest.fixture
def chen(phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


def stories(consortium):
    with consortium.transaction() as session:
        return list(session.scalars(select(Story).order_by(Story.offered_at)))


def code_in(words):
    return CODE.findall(words)[-1]


def tells(mei, words=f"{WORDS}\n—— 梅女士"):
    mei.taps("讲讲我的故事")
    mei.taps("同意，可以写明 人民医院")
    mei.says(words)
    return code_in(mei.said[-1])


def test_a_patient_tells_after_the_survey_and_takes_it_back(mei, consortium):
    thanks = mei.messages[mei.newest].text
    mei.taps("讲讲我的故事")
    assert mei.messages[next(ref for ref, message in mei.messages.items() if message.text == thanks)].text == thanks
    assert "与刚才的问卷没有任何关联" in mei.screen
    assert "（告知书 2026-1）" in mei.screen
    assert mei.buttons == ["同意，可以写明 人民医院", "同意，但不写单位", "不用了"]
    mei.taps("同意，可以写明 人民医院")
    mei.says(f"{WORDS}\n—— 梅女士")
    assert f"“{WORDS}”\n—— 梅女士（患者，人民医院）" in mei.said[-1]
    code = code_in(mei.said[-1])
    (story,) = stories(consortium)
    assert (story.words, story.byline, story.unit_code, story.person_id, story.language) == (
        WORDS,
        "梅女士",
        "jia",
        None,
        "zh",
    )
    mei.says(code.lower().replace("-", " "))
    assert "等绩效办选用" in mei.screen
    mei.taps("撤回这个故事")
    mei.taps("确定撤回")
    assert mei.said[-1] == "已撤回，文字已删除。"
    mei.says(code)
    assert mei.said[-1] == "这个故事已经撤回或过期，文字已删除。"


def test_nothing_stored_ties_the_story_to_chat_response_or_time(mei, consortium):
    code = tells(mei)
    (story,) = stories(consortium)
    with consortium.transaction() as session:
        assert session.scalars(select(WordsPrompt)).all() == []
        trail = session.scalars(select(AuditRow).where(AuditRow.action == "offer_story")).one()
    assert (trail.actor, trail.subject) == ("patient", "story")
    assert (story.offered_at.hour, story.offered_at.minute) == (16, 0) == (trail.at.hour, trail.at.minute)
    stored = everything_stored(consortium)
    number = next(button.action[2] for message in mei.messages.values() for row in message.buttons for button in row
                  if button.action[:2] == ("t", "p"))  # fmt: skip
    assert number.encode() not in stored
    assert code.encode() not in stored
    assert code.replace("-", "").encode() not in stored
    mei.says(code)
    mei.taps("撤回这个故事")
    mei.taps("确定撤回")
    assert WORDS.encode() not in everything_stored(consortium)


def test_one_survey_one_story(mei, consortium):
    tells(mei)
    mei.taps("讲讲我的故事")
    mei.taps("同意，但不写单位")
    assert mei.toast == explain("zh", DomainError("story_offered_already"))
    assert len(stories(consortium)) == 1


def test_words_that_do_not_do_are_asked_again(mei, consortium):
    mei.taps("讲讲我的故事")
    mei.taps("同意，但不写单位")
    mei.says("太短了")
    assert mei.said[-1].startswith("故事要写 20 到 600 个字")
    mei.says(WORDS)
    (story,) = stories(consortium)
    assert (story.unit_code, story.byline) == (None, None)


def test_repeated_updates_offer_nothing_twice(mei, consortium):
    tells(mei)
    mei.again()
    mei.says(WORDS)  # nothing is asked any more: it is no story
    assert len(stories(consortium)) == 1


def test_no_thanks_forgets_the_question(mei, consortium):
    mei.taps("讲讲我的故事")
    mei.taps("不用了")
    mei.says(WORDS)
    assert stories(consortium) == []


def test_buttons_of_another_chat_open_nothing(mei, phone, consortium):
    other = phone("Xu", "112")
    ref, button = mei.find("讲讲我的故事")
    other.messages["1"] = mei.messages[ref]
    said = mei.tap(ref, button)
    other.does(replace(said, chat="112", account="112", update_id=99001))
    assert other.toast == explain("zh", DomainError("button_expired"))


def test_a_doctor_looks_it_over_before_it_goes_in(li, consortium):
    li.says("/story")
    li.taps("讲一个故事")
    li.taps("人民医院")
    assert "绩效办决定" in li.screen
    li.taps("同意，署名 李敏")
    li.says(WORDS)
    assert f"“{WORDS}”\n—— 李敏（医务人员，人民医院）" in li.screen
    assert stories(consortium) == []
    li.taps_twice("提交")
    (story,) = stories(consortium)
    assert (story.teller, story.person_id, story.byline, story.unit_code) == ("doctor", "li", "李敏", "jia")
    li.says(code_in("\n".join(li.said)))
    assert WORDS in li.screen
    li.says("/story")
    li.taps(next(label for label in li.buttons if "医生把检查" in label))
    li.taps("撤回这个故事")
    li.taps("确定撤回")
    assert stories(consortium)[0].words is None


def test_the_office_is_warned_chooses_and_declines(chen, mei, consortium):
    tells(mei, "王医生很好，电话13812345678，检查结果直接传给了社区，我不用再跑一趟。")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("故事（1 个等选用）")
    chen.taps(chen.buttons[0])
    assert "· 像电话号码" in chen.screen
    assert "· 像有人名" in chen.screen
    assert "患者，人民医院" in chen.screen
    assert "已选 0/3" in chen.screen
    chen.taps("选用，登在2026年9月")
    assert chen.screen == "已选用，登在2026年9月的简报里。"
    assert stories(consortium)[0].period == "2026-09"
    chen.taps("返回")
    assert chen.screen == "没有故事在等选用。"


def test_only_the_office_chooses_in_chat(li, mei, consortium):
    tells(mei)
    number = stories(consortium)[0].id
    for action in (("t", "c", str(number), "2026-09"), ("t", "n", str(number)), ("t", "l", str(number)), ("t", "o")):
        li.messages["9"] = Message("x", ((Button("x", action),),))
        li.taps("x", ref="9")
        assert li.toast == explain("zh", DomainError("not_allowed"))
    assert stories(consortium)[0].state == "offered"


def test_a_printed_story_that_is_taken_back_is_told(mei, consortium, draft_of_october):
    """The teller learns that the bulletin is out; here it is not, so nobody is told."""
    code = tells(mei)
    with consortium.transaction() as session:
        story = session.scalars(select(Story)).one()
        choose_story(
            session, story_id=story.id, period=Period.parse("2026-09"), actor=actor_of(session, "chen"), now=NOW
        )
    mei.says(code)
    assert "登在2026年9月的简报" in mei.screen
    mei.taps("撤回这个故事")
    mei.taps("不撤回")
    assert WORDS in mei.screen


def test_guessing_codes_of_stories_ends(mei, phone):
    code = tells(mei)
    guesser = phone("Xu", "112")
    for number in range(6):
        guesser.says(f"7Q2M-0KXD-94T{number}")
    guesser.says(code)
    assert guesser.said[-1] == UNFOUND


def test_staff_surveys_and_trials_offer_no_story(mei):
    from bot.survey_screens import thanks_screen

    assert thanks_screen.__doc__

    class Sitting:
        stream, language, unit_code = "staff", "zh", "jia"

        class questionnaire:  # noqa: N801
            is_blind = False

    assert _offers(Sitting()) == ()
    Sitting.stream, Sitting.questionnaire.is_blind = "visit", True
    assert _offers(Sitting()) == ()


def test_english_patients_are_asked_in_english(phone, ticket, consortium):
    mei = phone("Mei", "113", language="en")
    mei.starts(ticket(language="en"))
    mei.taps(next(label for label in mei.buttons if "agree" in label.lower()))
    mei.taps("Very satisfied")
    while "Send" not in mei.buttons:
        mei.taps(next(label for label in mei.buttons if "Skip" in label or "pass over" in label))
    mei.taps("Send")
    mei.taps("Tell my story")
    assert "Your story is tied to nothing" in mei.screen
    mei.taps("I agree, without naming it")
    mei.says("The doctor sent my results to the health centre at once.\n— Mei")
    assert "— Mei (Patient, no unit named)" in mei.said[-1]
    assert stories(consortium)[0].language == "en"
