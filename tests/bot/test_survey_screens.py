"""Screens of the longest and strangest questionnaires still fit a message and its buttons; what each kind looks like."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answer_buttons import Look, is_chosen_from
from bot.door_screens import (
    declined_screen,
    notice_screen,
    page_screen,
    stopped_before_screen,
    stopped_screen,
    text_consent_screen,
    under_age_screen,
)
from bot.receipt_screens import answers_screen, ask_screen, copy_of
from bot.survey_buttons import other_language
from bot.survey_screens import question_screen, review_screen, sent_screen, thanks_screen
from outbox.message import encode_action
from surveys.conversation import SKIPPED, Ask, asked, next_step, review
from surveys.definition import parse_questionnaire
from surveys.fitness import LONGEST_MARK, LONGEST_OPTION, LONGEST_QUESTION, MOST_OPTIONS
from surveys.fitness import MOST_QUESTIONS as MOST
from surveys.sittings import Sitting
from surveys.structure import Option, Question, Questionnaire, Unit
from surveys.wording import choices
from tests.cast import NOW
from tests.surveys.random_forms import VALUES, questionnaires

FOLDER = Path(__file__).parents[2] / "surveys" / "questionnaires"
TODAY = NOW.date()
FILLERS = ("很", "x", "𠜎", "👩‍👩‍👧‍👦", "a ", "é")


def sitting(questionnaire, answers=None, language="zh", revision=7, **more):
    return Sitting(
        response_id="r" * 22, questionnaire=questionnaire, answers=answers or {}, revision=revision, language=language,
        consented=True, sent=False, unit_code="jia", unit_name={"zh": "人民医院", "en": "People's Hospital"}, mode="chat",
        channel="telegram", account="1", message_ref=None, expires_at=NOW + timedelta(days=9), **more,
    )  # fmt: skip


def parsed(document):
    questionnaire, findings = parse_questionnaire(document, file="q")
    assert questionnaire is not None, findings
    return questionnaire


def only(question, answers=None, language="zh"):
    """A sitting and the step of a questionnaire with one question."""
    form = Questionnaire("q", "1", {"zh": "问", "en": "Q"}, ("zh", "en"), (question,))
    whole = sitting(form, answers, language)
    step = next_step(form, whole.answers, at=question.id)
    assert isinstance(step, Ask)
    return whole, step


def shows(question, answers=None, language="zh", **look):
    """The text and the rows of labels of a question's screen."""
    whole, step = only(question, answers, language)
    message = question_screen(whole, step, Look(**look))
    check(message)
    return message.text, [[button.text for button in row] for row in message.buttons]


def asks(type_, **said):
    return Question("q", type_, {"zh": "问题？", "en": "Question?"}, **said)


def check(message, *, units=4096):
    """What Telegram takes."""
    assert 0 < len(message.text.encode("utf-16-le")) // 2 <= units
    buttons = [button for row in message.buttons for button in row]
    assert len(buttons) <= 100
    assert all(0 < len(row) <= 8 for row in message.buttons)
    assert all(len(encode_action(b"x", "1" * 20, button.action)) <= 64 for button in buttons if button.action)
    assert all(button.text.strip() for button in buttons)
    assert len({button.action for button in buttons if button.action}) == len([b for b in buttons if b.action])


def stretched(question, filler):
    """The question with every wording at the length that `fitness` allows."""
    many = tuple(
        replace(option, code=f"{option.code}{copy}", text=dict.fromkeys(("zh", "en"), long(filler, LONGEST_OPTION)))
        for copy in range(MOST_OPTIONS // max(1, len(question.options)))
        for option in question.options
    )
    return replace(
        question,
        text=dict.fromkeys(("zh", "en"), long(filler, LONGEST_QUESTION)),
        options=many,
        prefix=long(filler, LONGEST_MARK),
        entry_format=long(filler, LONGEST_MARK),
        unit=Unit("kg", text=long(filler, LONGEST_MARK)) if question.unit else None,
    )


def long(filler, limit):
    return (filler * limit)[:limit].strip() or filler.strip()


def answers_to(form, filler):
    """An answer to everything that could be asked, as long as it may be."""
    found = {}
    for question in form.questions:
        if not question.is_question:
            continue
        many = 2 if question.repeats else 1
        if question.options:
            codes = [option.code for option in question.options]
            own = [f"~{long(filler, 2000)}"] if question.constraint != "optionsOnly" else []
            found[question.id] = tuple((own + codes)[: 50 if question.repeats else 1])
        elif question.type in ("string", "text"):
            found[question.id] = (long(filler, 2000),) * many
        else:
            found[question.id] = tuple(VALUES[question.type][:many])
    return found


def check_all(form, answers, language):
    """Every screen of a sitting."""
    whole = sitting(form, answers, language, revision=9999, stream="test")
    for screen in (notice_screen(whole), under_age_screen(whole), declined_screen(whole), sent_screen(whole),
                   thanks_screen(whole, "AAAA-BBBB-CCCC"), page_screen(language, "https://x.example/s/t"),
                   page_screen(language, None), ask_screen(language, "AAAA-BBBB-CCCC"),
                   stopped_before_screen(language),
                   stopped_screen(language, is_staff=True, had_draft=True)):  # fmt: skip
        check(screen)
    for question in asked(form, answers):
        step = next_step(form, answers, at=question.id)
        assert isinstance(step, Ask)
        for look in (Look(today=TODAY, said="✓" * 200), Look(page=99), Look(page=0), Look(is_own=True)):
            check(question_screen(whole, step, look))
            check(question_screen(whole, replace(step, answer=None), look))
        check(text_consent_screen(whole, step))
    sent = replace(whole, sent=True, period="2026-10", sent_at=NOW)
    for page in range(len(form.questions) // 20 + 2):
        check(review_screen(whole, review(form, answers), page, said="✓" * 200))
        for settled in (True, False):
            check(answers_screen(language, sent, "AAAA-BBBB-CCCC", sent="x", is_settled=settled, page=page))
    for message in copy_of(language, sent, sent="x"):
        check(message)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questionnaires(), st.sampled_from(FILLERS), st.sampled_from(["zh", "en"]), st.booleans())
def test_every_screen_of_any_questionnaire_at_its_limits_fits(form, filler, language, is_answered):
    form = replace(form, questions=tuple(stretched(question, filler) for question in form.questions))
    check_all(form, answers_to(form, filler) if is_answered else {}, language)


@pytest.mark.parametrize("filler", FILLERS)
def test_every_screen_of_the_largest_questionnaire_fits(filler):
    options = tuple(
        Option(f"o{n}", dict.fromkeys(("zh", "en"), long(filler, LONGEST_OPTION))) for n in range(MOST_OPTIONS)
    )
    text = dict.fromkeys(("zh", "en"), long(filler, LONGEST_QUESTION))
    questions = tuple(
        Question(f"question-{n}", "coding", text, options=options, repeats=n % 2 == 1, least=2 if n % 2 else None)
        for n in range(MOST - 2)
    )
    comments = tuple(Question(f"comment-{n}", "text", text, max_length=2000) for n in range(2))
    headings = tuple(Question(f"text-{n}", "display", text) for n in range(20))
    form = Questionnaire(
        "huge", "1", dict.fromkeys(("zh", "en"), long(filler, 120)), ("zh", "en"),
        (*headings, *questions, *comments, *(replace(each, id=f"end-{each.id}") for each in headings)),
        notice=dict.fromkeys(("zh", "en"), long(filler, 2500)), thanks=dict.fromkeys(("zh", "en"), long(filler, 1000)),
    )  # fmt: skip
    answers = {question.id: ("o49",) for question in questions}
    answers |= {"comment-0": (long(filler, 2000),), "comment-1": SKIPPED}
    check_all(form, answers, "zh")


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.toml")))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_shipped_questionnaires_are_walked_in_both_languages(file, language):
    form = parsed(tomllib.loads((FOLDER / file).read_text(encoding="utf-8")))
    answers, steps = {}, 0
    while isinstance(step := next_step(form, answers), Ask):
        screen = question_screen(sitting(form, answers, language), step, Look(today=TODAY))
        check(screen)
        assert f"{step.number}" in screen.text.split("\n")[0]
        offered = choices(step.question, language)
        answers[step.question.id] = (offered[-1][0],) if offered else ("5",)
        steps += 1
    assert steps >= 5
    check(review_screen(sitting(form, answers, language), step))


def test_missing_answers_are_named_and_sending_is_not_offered():
    form = parsed(tomllib.loads((FOLDER / "outpatient.toml").read_text(encoding="utf-8")))
    screen = review_screen(sitting(form), review(form, {}))
    labels = [button.text for row in screen.buttons for button in row]
    assert "提交" not in labels
    required = [str(n) for n, entry in enumerate(review(form, {}).entries, start=1) if entry.question.required]
    assert f"还缺第 {'、'.join(required)} 题" in screen.text


def test_one_language_offers_no_switch():
    form = replace(only(asks("text"))[0].questionnaire, languages=("zh",))
    assert other_language(sitting(form)) is None
    assert [button.text for row in notice_screen(sitting(form)).buttons for button in row][-1] == "不参加"


# --- what each kind of question looks like


def options(*labels, **more):
    made = tuple(Option(f"o{n}", {"zh": label, "en": f"en {label}"}) for n, label in enumerate(labels))
    return asks("coding", options=made, **more)


def test_boxes_to_tick_show_what_is_ticked_and_a_way_on():
    text, rows = shows(options("挂号", "候诊", "取药", repeats=True, most=2), {"q": ("o1",)})
    assert text == "第 1 题，共 1 题  ▱▱▱▱▱▱▱▱▱▱\n\n问题？\n\n最多选 2 项，选好请点“完成”。"
    assert rows == [["☐ 挂号", "☑ 候诊"], ["☐ 取药"], ["完成 ›"], ["English"]]
    assert shows(options("挂号", repeats=True))[1] == [["☐ 挂号"], ["跳过"], ["English"]]
    assert "请选 2 到 3 项" in shows(options("a", repeats=True, least=2, most=3))[0]
    assert "Choose at least 2" in shows(options("a", repeats=True, least=2), language="en")[0]


def test_own_words_have_a_button_and_are_shown():
    own = options("挂号", constraint="optionsOrString", max_length=60)
    text, rows = shows(own, {"q": ("~找车位",)})
    assert text.endswith("都不合适，也可以直接输入自己的答案。\n\n您自己写的是：\n“找车位”")
    assert rows == [["挂号"], ["其他，自己写"], ["删去这段文字", "去核对 ›"], ["English"]]
    text, rows = shows(own, is_own=True)
    assert text.endswith("请直接输入自己的答案并发送，最多 60 个字符。")
    assert rows == [["‹ 返回选项", "跳过"], ["English"]]
    _, rows = shows(replace(own, repeats=True), {"q": ("o0", "~找车位")})
    assert rows == [["☑ 挂号"], ["☑ 自己写的：找车位"], ["其他，自己写"], ["完成 ›"], ["English"]]


def test_long_labels_are_listed_with_numbers():
    wordy = options("短的", "很长很长很长很长很长很长很长很长很长很长的选项")
    text, rows = shows(wordy, {"q": ("o1",)})
    assert "1. 短的\n✓ 2. 很长" in text
    assert rows[0] == ["1", "✓ 2"]


def test_long_lists_are_turned_over_in_pages():
    many = options(*(f"选项{n}" for n in range(1, 26)))
    assert shows(many)[1][5:7] == [["下一页 ›"], ["跳过"]]
    assert shows(many, page=1)[1][0] == ["选项11", "选项12"]
    assert shows(many, page=1)[1][5] == ["‹ 上一页", "下一页 ›"]
    assert shows(many, {"q": ("o24",)})[1][2] == ["✓ 选项25"]  # the page of the answer
    assert len(shows(options(*"abcdefghijkl"))[1]) == 8  # twelve need no pages


def test_small_range_of_numbers_is_a_keypad():
    text, rows = shows(asks("integer", minimum="0", maximum="10"), {"q": ("7",)})
    assert rows[:2] == [["0", "1", "2", "3", "4", "5"], ["6", "✓ 7", "8", "9", "10"]]
    assert "范围：0 到 10。" in text
    assert "您填的是：7" in text
    assert shows(asks("integer", minimum="-1", maximum="2"))[1][0] == ["-1", "0", "1", "2"]
    for question in (asks("integer", minimum="0", maximum="11"), asks("integer", minimum="0"), asks("decimal")):
        assert shows(question)[1] == [["跳过"], ["English"]]


def test_number_shows_range_unit_and_form():
    weight = asks(
        "decimal", minimum="1.5", maximum="300", unit=Unit("kg", text="公斤"), entry_format="三位数字", prefix="B1"
    )
    assert shows(weight)[0] == (
        "第 1 题，共 1 题  ▱▱▱▱▱▱▱▱▱▱\n\nB1 问题？\n\n"
        "请输入一个数字并发送，如“36.5”或“三十六点五”。\n范围：1.5 到 300。\n单位：公斤。\n填写格式：三位数字"
    )
    assert shows(weight, {"q": ("60.5",)})[1] == [["清除这个答案", "去核对 ›"], ["English"]]


def test_days_near_today_have_buttons_as_far_as_they_may_be_answered():
    assert shows(asks("date"), today=TODAY)[1][0] == ["今天", "昨天", "前天"]
    assert shows(asks("date", minimum="2026-10-07"), today=TODAY)[1][0] == ["今天", "昨天"]
    assert shows(asks("date", minimum="2026-10-08"), today=TODAY)[1][0] == ["今天", "明天", "后天"]
    assert shows(asks("date", maximum="2026-10-06"), today=TODAY)[1][0] == ["前天"]
    text, rows = shows(asks("date", maximum="2020-12-31"), {"q": ("2020-01-01",)}, today=TODAY)
    assert rows == [["清除这个答案", "去核对 ›"], ["English"]]
    assert "不大于 2020-12-31" in text
    assert "您填的是：2020年1月1日（周三）" in text


def test_several_typed_answers_are_listed_with_the_last_to_take_away():
    text, rows = shows(asks("integer", repeats=True, least=2, most=4, unit=Unit("mm[Hg]")), {"q": ("120", "130")})
    assert "请给 2 到 4 个答案：一次发一个，全部发完请点“完成”。" in text
    assert "已经记下：120 mm[Hg]；130 mm[Hg]" in text
    assert rows == [["删去最后一个", "完成 ›"], ["English"]]


def test_proposal_is_marked_as_no_answer_yet():
    text, rows = shows(asks("decimal", initial=("36.5",)))
    assert text.endswith("预填的答案（还没有算作您的作答）：36.5")
    assert rows[0] == ["就用预填的答案"]
    text, rows = shows(replace(options("挂号", "候诊"), initial=("o1",)))
    assert text.endswith("预填的答案（还没有算作您的作答）：候诊")
    assert rows[0] == ["挂号", "候诊"]
    assert "预填" not in shows(asks("decimal", initial=("36.5",)), {"q": ("37",)})[0]


def test_headings_and_texts_stand_above_the_question():
    form = Questionnaire(
        "q", "1", {"zh": "问"}, ("zh",),
        (Question("g", "group", {"zh": "护理"}, prefix="A"), Question("d", "display", {"zh": "请回想。"}, parent="g"),
         Question("q", "boolean", {"zh": "好吗？"}, parent="g"), Question("e", "display", {"zh": "完了。"})),
    )  # fmt: skip
    step = next_step(form, {})
    screen = question_screen(sitting(form), step)
    assert screen.text.split("\n\n")[1:] == ["【A 护理】", "请回想。", "好吗？"]
    assert [button.text for button in screen.buttons[0]] == ["是", "否"]
    looked = review_screen(sitting(form, {"q": ("true",)}), review(form, {"q": ("true",)}))
    assert looked.text.split("\n\n")[1:3] == ["1. 好吗？\n    ▸ 是", "完了。"]


def test_too_few_answers_are_said_in_the_review_and_keep_it_from_being_sent():
    few = options("挂号", "候诊", repeats=True, least=2)
    whole, _ = only(few, {"q": ("o0",)})
    screen = review_screen(whole, review(whole.questionnaire, whole.answers))
    assert screen.text.endswith("第 1 题：这一题至少要选 2 项，请补选后再继续。")
    assert [button.text for row in screen.buttons for button in row] == ["1", "English"]


def test_trial_says_so_on_every_screen():
    whole, step = only(asks("boolean"), {"q": ("true",)})
    trial = replace(whole, stream="test")
    screens = (question_screen(trial, step), review_screen(trial, review(trial.questionnaire, trial.answers)),
               notice_screen(trial), thanks_screen(trial, "AAAA"))  # fmt: skip
    assert all("试答" in screen.text for screen in screens)
    assert "回执码：" not in thanks_screen(trial, "AAAA").text


@settings(max_examples=100, deadline=None)
@given(questionnaires(), st.sampled_from(["zh", "en"]))
def test_no_two_answers_of_a_screen_read_alike_unless_the_form_says_so(form, language):
    """A button's label tells what it does: labels that differ in the form differ on the screen."""
    for question in asked(form, {}):
        if not is_chosen_from(question):
            continue
        step = next_step(form, {}, at=question.id)
        labels = [button.text for row in question_screen(sitting(form, {}, language), step).buttons for button in row]
        written = [label for _, label in choices(question, language)]
        assert len(set(labels)) >= len(set(written))


def test_hint_stands_beneath_its_question():
    asked_for = Question(
        "q", "integer", {"zh": "几次？", "en": "How often?"}, hint={"zh": "含急诊", "en": "Emergencies too"}
    )
    whole, step = only(asked_for)

    lines = question_screen(whole, step, Look(today=TODAY)).text.split("\n\n")

    assert lines[lines.index("几次？") + 1] == "含急诊"


@pytest.mark.parametrize(("required", "ways"), [(False, ["清除这个答案"]), (True, [])])
def test_chosen_option_can_be_taken_back_where_none_is_required(required, ways):
    options = tuple(Option(code, {"zh": code, "en": code}) for code in "ab")
    whole, step = only(Question("q", "coding", {"zh": "哪个？"}, options=options, required=required), {"q": ("a",)})

    labels = [button.text for row in question_screen(whole, step).buttons for button in row]

    assert [label for label in labels if label in {"清除这个答案", "删去这段文字"}] == ways
