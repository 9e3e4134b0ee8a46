"""Screens of the longest and strangest questionnaires still fit a message and its buttons."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from bot import survey_screens as screens
from outbox.message import encode_action
from surveys.conversation import SKIPPED, Ask, next_step, review
from surveys.definition import parse_questionnaire
from surveys.sittings import Sitting
from tests.cast import NOW

FOLDER = Path(__file__).parents[2] / "surveys" / "questionnaires"


def sitting(questionnaire, answers=None, language="zh", revision=7):
    return Sitting(
        response_id="r" * 22, questionnaire=questionnaire, answers=answers or {}, revision=revision, language=language,
        consented=True, sent=False, unit_code="jia", unit_name={"zh": "人民医院", "en": "People's Hospital"}, mode="chat",
        channel="telegram", account="1", message_ref=None, expires_at=NOW + timedelta(days=9),
    )  # fmt: skip


def parsed(document):
    questionnaire, findings = parse_questionnaire(document, file="q")
    assert questionnaire is not None, findings
    return questionnaire


def huge(filler):
    """The largest questionnaire there may be: every text at its limit."""
    options = [
        {"code": f"o{number}", "score": number, "text": {"zh": filler * 100, "en": filler * 100}}
        for number in range(50)
    ]
    questions = [
        {"id": f"question-{number:03d}", "type": "choice", "text": {"zh": filler * 500, "en": filler * 500},
         "options": options}
        for number in range(98)
    ]  # fmt: skip
    texts = [
        {
            "id": f"comment-{number}",
            "type": "text",
            "max_length": 2000,
            "text": {"zh": filler * 500, "en": filler * 500},
        }
        for number in range(2)
    ]
    return parsed({
        "id": "huge", "version": "1", "kinds": ["outpatient"], "languages": ["zh", "en"], "notice_version": "1",
        "title": {"zh": filler * 120, "en": filler * 120}, "notice": {"zh": filler * 2500, "en": filler * 2500},
        "thanks": {"zh": filler * 1000, "en": filler * 1000}, "questions": questions + texts,
    })  # fmt: skip


def check(message, *, units=4096):
    assert len(message.text.encode("utf-16-le")) // 2 <= units
    buttons = [button for row in message.buttons for button in row]
    assert len(buttons) <= 100
    assert all(len(row) <= 8 for row in message.buttons)
    assert all(len(encode_action(b"x", "1" * 20, button.action)) <= 64 for button in buttons)


def test_every_screen_of_the_largest_questionnaire_fits():
    questionnaire = huge("很")
    answers = {question.id: "o49" for question in questionnaire.questions if question.type == "choice"}
    answers |= {"comment-0": "好" * 2000, "comment-1": SKIPPED}
    whole = sitting(questionnaire, answers, revision=9999)
    check(screens.notice_screen(whole))
    for question in questionnaire.questions:
        step = next_step(questionnaire, answers, at=question.id)
        assert isinstance(step, Ask)
        check(screens.question_screen(whole, step))
    for page in range(6):
        check(screens.review_screen(whole, review(questionnaire, answers), page))
    check(screens.thanks_screen(whole, "AAAA-BBBB-CCCC"))


def test_review_of_astral_characters_fits():
    questionnaire = huge("𠜎")
    answers = {question.id: "o49" for question in questionnaire.questions if question.type == "choice"}
    answers |= {"comment-0": "𠜎" * 2000, "comment-1": "𠜎"}
    for page in range(6):
        check(screens.review_screen(sitting(questionnaire, answers), review(questionnaire, answers), page))
    step = next_step(questionnaire, answers, at="comment-0")
    check(screens.question_screen(sitting(questionnaire, answers), step))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_shipped_questionnaire_is_walked_in_both_languages(language):
    questionnaire = parsed(tomllib.loads((FOLDER / "outpatient.toml").read_text(encoding="utf-8")))
    answers = {}
    steps = 0
    while isinstance(step := next_step(questionnaire, answers), Ask):
        screen = screens.question_screen(sitting(questionnaire, answers, language), step)
        check(screen)
        assert f"{step.number}" in screen.text.split("\n")[0]
        answers[step.question.id] = step.question.options[-1].code if step.question.options else "谢谢"
        steps += 1
    assert steps >= 8
    check(screens.review_screen(sitting(questionnaire, answers, language), step))


def test_missing_answers_are_named_and_sending_is_not_offered():
    questionnaire = parsed(tomllib.loads((FOLDER / "outpatient.toml").read_text(encoding="utf-8")))
    screen = screens.review_screen(sitting(questionnaire), review(questionnaire, {}))
    labels = [button.text for row in screen.buttons for button in row]
    assert "提交" not in labels
    required = [
        str(number)
        for number, entry in enumerate(review(questionnaire, {}).entries, start=1)
        if entry.question.required
    ]
    assert f"还缺第 {'、'.join(required)} 题" in screen.text


def test_one_language_offers_no_switch():
    document = tomllib.loads(
        """
        id = "one"
        version = "1"
        kinds = ["outpatient"]
        languages = ["zh"]
        notice_version = "1"
        title = { zh = "问卷" }
        notice = { zh = "自愿" }
        thanks = { zh = "谢谢" }
        [[questions]]
        id = "q"
        type = "text"
        text = { zh = "意见" }
        """
    )
    only = sitting(parsed(document))
    assert screens.other_language(only) is None
    assert [button.text for row in screens.notice_screen(only).buttons for button in row] == ["同意并开始", "不参加"]
