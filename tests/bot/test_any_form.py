"""Any questionnaire at all, answered in chat and on the page: the same path, the same stored answers, back-edits too."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from surveys.conversation import Ask, asked, next_step
from surveys.models import Answer
from surveys.questionnaires import apply_questionnaire
from surveys.responses import consent_to_text, give_consent, open_ticket, record_page, send_response
from tests.bot.answering import gives, looks_back, sitting_on
from tests.cast import NOW
from tests.web.random_forms import answer, form


def stored(database, response_id):
    with database.transaction() as session:
        rows = session.execute(
            select(Answer.question_id, Answer.value)
            .where(Answer.response_id == response_id)
            .order_by(Answer.question_id, Answer.place)
        )
        found = {}
        for question_id, value in rows:
            found.setdefault(question_id, []).append(value)
        return found


@pytest.mark.parametrize("seed", range(24))
def test_random_forms_are_stored_alike_by_chat_and_page(seed, consortium, phone, ticket):
    chance = Random(seed)
    document = form(chance, version=str(seed))
    items = {item["id"]: item for item in document["questions"]}
    with consortium.transaction() as session:
        apply_questionnaire(session, document=document, now=NOW)
    mei = phone("Mei", "111")
    mei.starts(ticket(kind=document["kinds"][0]))
    mei.taps("同意并开始（我已满14周岁）")
    whole = sitting_on(mei, consortium)
    for _ in range(40):
        whole = sitting_on(mei, consortium)
        step = next_step(whole.questionnaire, whole.answers)
        if not isinstance(step, Ask):
            break
        values = answer(chance, items[step.question.id]) or ([] if not step.question.required else None)
        while not values and step.question.required:
            values = answer(chance, items[step.question.id])
        gives(mei, whole, step.question, values, types=chance.random() < 0.4)
        assert step.question.id in sitting_on(mei, consortium).answers, (step.question, values, mei.screen)
    for _ in range(3):  # changes of mind, from the review
        whole = sitting_on(mei, consortium)
        questions = asked(whole.questionnaire, whole.answers)
        question = chance.choice(questions)
        values = answer(chance, items[question.id])
        if question.repeats or (not values and question.required):
            continue
        looks_back(mei, whole, question)
        gives(mei, whole, question, values)
        assert bool(sitting_on(mei, consortium).answers[question.id]) == bool(values), (question, mei.screen)
        _finishes(mei, consortium, chance, items)
    chat = sitting_on(mei, consortium)
    assert not isinstance(next_step(chat.questionnaire, chat.answers), Ask)
    with consortium.transaction() as session:
        page = open_ticket(session, ticket=ticket(kind=document["kinds"][0]), mode="page", new_id=f"p{seed}", now=NOW)
        give_consent(session, response_id=page.response_id, now=NOW)
        consent_to_text(session, response_id=page.response_id, now=NOW)
        result, refused = record_page(session, response_id=page.response_id, answers=chat.answers, now=NOW)
    assert refused == {}
    assert result.answers == chat.answers
    assert asked(result.questionnaire, result.answers) == asked(chat.questionnaire, chat.answers)
    for response_id in (page.response_id, chat.response_id):
        with consortium.transaction() as session:
            send_response(session, response_id=response_id, receipt_code=f"{response_id}", now=NOW)
    assert stored(consortium, page.response_id) == stored(consortium, chat.response_id)


def _finishes(mei, database, chance, items):
    """Answer what a change of mind has brought up."""
    for _ in range(40):
        whole = sitting_on(mei, database)
        step = next_step(whole.questionnaire, whole.answers)
        if not isinstance(step, Ask):
            return
        values = answer(chance, items[step.question.id])
        while not values and step.question.required:
            values = answer(chance, items[step.question.id])
        looks_back(mei, whole, step.question)
        gives(mei, whole, step.question, values)
