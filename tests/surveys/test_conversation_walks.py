"""Random questionnaires, random people: whatever way they take, the stored answers fit the questions asked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from locales.errors import Reask
from surveys.conversation import (
    SKIPPED,
    Ask,
    Review,
    accept,
    accept_page,
    asked,
    complete,
    next_step,
    only_asked,
    read_answer,
    review,
    shown,
)
from surveys.structure import (
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    GROUP,
    INTEGER,
    TIME,
    Condition,
    Question,
    Questionnaire,
)
from tests.surveys.random_forms import VALUES, given_to, proper_for, questionnaires

Kept = dict[str, tuple[str, ...]]


@st.composite
def walks(draw) -> tuple[Questionnaire, Kept]:
    """A person who goes on, goes back, changes their mind and sometimes sends nonsense; and where they stand then."""
    questionnaire = draw(questionnaires())
    answers: Kept = {}
    for _ in range(draw(st.integers(0, 15))):
        somewhere = draw(st.none() | st.sampled_from([question.id for question in questionnaire.questions]))
        step = next_step(questionnaire, answers, at=somewhere)
        if isinstance(step, Review):
            break
        accepted = accept(questionnaire, answers, step.question.id, draw(given_to(step.question)))
        if not isinstance(accepted, Reask):
            answers = accepted
        assert set(answers) <= {question.id for question in asked(questionnaire, answers)}
    return questionnaire, answers


# --- the same rules, told from the end, item by item and without haste ----------------------------------------------


class Oracle:
    """Decides by asking upwards: is it open, is it asked, what does it say?"""

    def __init__(self, questionnaire: Questionnaire, answers: Kept) -> None:
        self.items = {item.id: item for item in questionnaire.questions}
        self.answers = answers

    def chain(self, item: Question) -> list[Question]:
        """The item and all that hold it."""
        return [item, *(self.chain(self.items[item.parent]) if item.parent is not None else [])]

    def is_fixed(self, item: Question) -> bool:
        hidden = any(each.is_hidden for each in self.chain(item))
        groups = []
        for each in self.chain(item)[1:]:
            if each.type != GROUP:
                break
            groups.append(each)
        return hidden or item.is_read_only or any(group.is_read_only for group in groups)

    def is_open(self, item: Question) -> bool:
        if item.parent is not None:
            holder = self.items[item.parent]
            if not self.is_open(holder) or (holder.type != GROUP and not self.says(holder)):
                return False
        held = [self.holds(condition) for condition in item.enable_when]
        return not held or (any(held) if item.enable_behavior == "any" else all(held))

    def says(self, item: Question) -> tuple[str, ...]:
        if not self.is_open(item):
            return ()
        return item.initial if self.is_fixed(item) else self.answers.get(item.id, ())

    def holds(self, condition: Condition) -> bool:
        said = self.says(self.items[condition.question])
        if condition.operator == "exists":
            return bool(said) is condition.value
        return any(self.compares(condition, answer) for answer in said)

    def compares(self, condition: Condition, answer: str) -> bool:
        kind = self.items[condition.question].type
        left, right = as_thing(kind, answer), as_thing(kind, str(condition.value))
        return {
            "=": left == right,
            "!=": left != right,
            ">": left > right,
            "<": left < right,
            ">=": left >= right,
            "<=": left <= right,
        }[condition.operator]

    def asked(self) -> tuple[Question, ...]:
        return tuple(
            item
            for item in self.items.values()
            if item.type not in (GROUP, DISPLAY) and self.is_open(item) and not self.is_fixed(item)
        )


def as_thing(kind: str, value: str):
    if kind in (INTEGER, DECIMAL):
        return Decimal(value)
    readers = {
        DATE: dt.date.fromisoformat,
        TIME: dt.time.fromisoformat,
        DATETIME: dt.datetime.fromisoformat,
    }
    return readers.get(kind, str)(value)


# --- what must hold -------------------------------------------------------------------------------------------------


@given(walks())
def test_stored_answers_are_answers_to_questions_asked_and_fit_them(walked):
    questionnaire, answers = walked
    assert set(answers) <= {question.id for question in asked(questionnaire, answers)}
    for question in asked(questionnaire, answers):
        answer = answers.get(question.id)
        if answer:
            assert read_answer(question, answer) == answer  # what is stored reads as itself
            assert len(answer) == 1 or question.repeats
        if question.required:
            assert answer != SKIPPED


@given(walks())
def test_page_in_one_go_stores_what_the_chat_stored_step_by_step(walked):
    questionnaire, answers = walked
    page, refused = accept_page(questionnaire, {}, dict(reversed(answers.items())))
    assert (page, refused) == (answers, {})
    assert next_step(questionnaire, page) == next_step(questionnaire, answers)
    assert complete(questionnaire, page) == complete(questionnaire, answers)


@given(walks(), st.data())
@settings(max_examples=60)
def test_page_of_anything_agrees_with_the_rule_told_from_the_end(walked, data):
    questionnaire, answers = walked
    questions = [item for item in questionnaire.questions if item.is_question]
    brought = {item.id: data.draw(given_to(item)) for item in questions if data.draw(st.booleans())}
    page, refused = accept_page(questionnaire, answers, {**brought, "nobody": ["x"]})
    read = {name: read_answer(find(questionnaire, name), values) for name, values in brought.items()}
    merged = {**answers, **{name: answer for name, answer in read.items() if not isinstance(answer, Reask)}}
    path = {question.id for question in Oracle(questionnaire, merged).asked()}
    assert page == {name: answer for name, answer in merged.items() if name in path}
    assert refused == {name: answer for name, answer in read.items() if isinstance(answer, Reask) and name in path}


@given(walks(), st.data())
def test_asked_agrees_with_the_rule_told_from_the_end(walked, data):
    questionnaire, answers = walked
    questions = [item for item in questionnaire.questions if item.is_question]
    anything = {
        item.id: tuple(data.draw(st.lists(st.sampled_from(VALUES[item.type]), max_size=2)))
        for item in questions
        if data.draw(st.booleans())
    }
    for given_answers in (answers, anything):
        oracle = Oracle(questionnaire, given_answers)
        assert asked(questionnaire, given_answers) == oracle.asked()
        fixed = {item.id: item.initial for item in questions if oracle.is_fixed(item) and oracle.says(item)}
        expected = only_asked(questionnaire, given_answers) | fixed
        assert complete(questionnaire, given_answers) == expected


@given(walks())
def test_progress_is_within_what_is_asked_and_neighbours_are_asked(walked):
    questionnaire, answers = walked
    path = [question.id for question in asked(questionnaire, answers)]
    for at in [None, *path]:
        step = next_step(questionnaire, answers, at=at)
        if isinstance(step, Review):
            assert at is None
            assert set(path) == set(answers)
            continue
        assert step.total == len(path)
        assert path[step.number - 1] == step.question.id
        assert step.previous == (path[step.number - 2] if step.number > 1 else None)
        assert step.following == (path[step.number] if step.number < len(path) else None)


@given(walks())
def test_every_heading_and_text_shown_leads_to_one_question_or_trails_behind(walked):
    questionnaire, answers = walked
    visible = shown(questionnaire, answers)
    told: list[Question] = []
    for question in asked(questionnaire, answers):
        step = next_step(questionnaire, answers, at=question.id)
        assert isinstance(step, Ask)
        told += [*step.leads, question]
    assert (*told, *review(questionnaire, answers).trailing) == visible
    oracle = Oracle(questionnaire, answers)
    for item in visible:
        assert oracle.is_open(item)
        assert not any(each.is_hidden for each in oracle.chain(item))
        if item.type == GROUP:
            assert any(item in oracle.chain(other)[1:] for other in visible)


@given(walks())
def test_review_misses_exactly_the_required_questions_without_an_answer(walked):
    questionnaire, answers = walked
    seen = review(questionnaire, answers)
    path = asked(questionnaire, answers)
    assert tuple(entry.question for entry in seen.entries) == path
    assert seen.missing == tuple(each for each in path if each.required and not answers.get(each.id))
    assert set(seen.faults) == {
        each.id for each in path if answers.get(each.id) and len(answers[each.id]) < (each.least or 0)
    }


@given(questionnaires())
@settings(max_examples=50)
def test_going_on_always_ends_in_a_review_that_misses_nothing(questionnaire):
    answers: Kept = {}
    for _ in range(4 * len(questionnaire.questions)):  # an answer may close a question behind, never for ever
        step = next_step(questionnaire, answers)
        if not isinstance(step, Ask):
            break
        accepted = accept(questionnaire, answers, step.question.id, proper_for(step.question))
        assert isinstance(accepted, dict)
        answers = accepted
    end = next_step(questionnaire, answers)
    assert isinstance(end, Review)
    assert end.missing == ()


def find(questionnaire: Questionnaire, question_id: str) -> Question:
    return next(item for item in questionnaire.questions if item.id == question_id)
