"""Random questionnaires, random people: whatever way they take, the stored answers fit the questions asked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from locales.errors import Reask
from surveys.conversation import SKIPPED, Ask, Review, accept, asked, next_step, review
from surveys.definition import parse_questionnaire
from surveys.structure import Condition, Option, Question, Questionnaire, to_document

CODES = ("a", "b", "c")
_WORDS = {"zh": "字", "en": "word"}
_TEXTS = st.sampled_from(["好", "not good", " x ", "e\u0301", "a\x00b"])


@st.composite
def conditions(draw, earlier: list[Question]) -> Condition:
    about = draw(st.sampled_from(earlier))
    operators = ["exists"] if about.type == "text" else ["=", "!=", "exists"]
    operator = draw(st.sampled_from(operators))
    value = draw(st.booleans()) if operator == "exists" else draw(st.sampled_from(CODES))
    return Condition(about.id, operator, value)


@st.composite
def questionnaires(draw) -> Questionnaire:
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 9))):
        when = draw(st.lists(conditions(questions), max_size=3)) if questions else []
        kind = draw(st.sampled_from(["choice", "choice", "text"]))
        questions.append(
            Question(
                id=f"q{number}",
                type=kind,
                text=_WORDS,
                required=draw(st.booleans()),
                options=tuple(Option(code, _WORDS) for code in CODES) if kind == "choice" else (),
                enable_when=tuple(when),
                enable_behavior=draw(st.sampled_from(["all", "any"])) if when else "all",
            )
        )
    return Questionnaire("r", "1", _WORDS, _WORDS, "1", _WORDS, ("zh", "en"), (), tuple(questions), ("outpatient",))


@st.composite
def walks(draw) -> tuple[Questionnaire, dict[str, str]]:
    """A person who goes on, goes back, changes their mind and sometimes sends nonsense; and where they stand then."""
    questionnaire = draw(questionnaires())
    answers: dict[str, str] = {}
    for _ in range(draw(st.integers(0, 25))):
        somewhere = draw(st.none() | st.sampled_from([question.id for question in questionnaire.questions]))
        step = next_step(questionnaire, answers, at=somewhere)
        if isinstance(step, Review):
            break
        value = draw(value_for(step.question))
        accepted = accept(questionnaire, answers, step.question.id, value)
        if not isinstance(accepted, Reask):
            answers = accepted
        assert set(answers) <= {question.id for question in asked(questionnaire, answers)}
    return questionnaire, answers


def value_for(question: Question) -> st.SearchStrategy[str]:
    proper = st.sampled_from(CODES) if question.type == "choice" else _TEXTS
    return proper | st.just(SKIPPED) | st.just("\ud800")


def is_asked(questionnaire: Questionnaire, answers: dict[str, str], question: Question) -> bool:
    """The same rule, told from the end: a question is asked if its conditions hold about questions that are asked."""
    by_id = {each.id: each for each in questionnaire.questions}

    def holds(condition: Condition) -> bool:
        about = by_id[condition.question]
        answer = answers.get(about.id, "") if is_asked(questionnaire, answers, about) else ""
        if condition.operator == "exists":
            return bool(answer) is condition.value
        return answer != "" and (answer == condition.value) is (condition.operator == "=")

    held = [holds(condition) for condition in question.enable_when]
    return not held or (any(held) if question.enable_behavior == "any" else all(held))


@given(walks())
def test_stored_answers_are_answers_to_questions_asked_and_fit_them(walked):
    questionnaire, answers = walked
    for question in asked(questionnaire, answers):
        answer = answers.get(question.id)
        if question.type == "choice":
            assert answer in {None, *CODES, *([] if question.required else [SKIPPED])}
        if question.required:
            assert answer != SKIPPED
    assert set(answers) <= {question.id for question in asked(questionnaire, answers)}


@given(walks())
def test_page_in_one_go_stores_what_the_chat_stored_step_by_step(walked):
    questionnaire, answers = walked
    page: dict[str, str] = {}
    for question in questionnaire.questions:
        if question.id in answers:
            accepted = accept(questionnaire, page, question.id, answers[question.id])
            assert isinstance(accepted, dict)
            page = accepted
    assert page == answers
    assert next_step(questionnaire, page) == next_step(questionnaire, answers)
    assert asked(questionnaire, page) == asked(questionnaire, answers)


@given(walks(), st.data())
def test_asked_agrees_with_the_rule_told_from_the_end(walked, data):
    questionnaire, answers = walked
    anything = data.draw(
        st.dictionaries(st.sampled_from([q.id for q in questionnaire.questions]), st.sampled_from(["", *CODES, "x"]))
    )
    for given_answers in (answers, anything):
        expected = tuple(q for q in questionnaire.questions if is_asked(questionnaire, given_answers, q))
        assert asked(questionnaire, given_answers) == expected


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
def test_review_misses_exactly_the_required_questions_without_an_answer(walked):
    questionnaire, answers = walked
    shown = review(questionnaire, answers)
    assert tuple(entry.question for entry in shown.entries) == asked(questionnaire, answers)
    assert shown.missing == tuple(
        question for question in asked(questionnaire, answers) if question.required and not answers.get(question.id)
    )


@given(questionnaires(), st.data())
@settings(max_examples=50)
def test_going_on_always_ends_in_a_review_that_can_be_sent(questionnaire, data):
    answers: dict[str, str] = {}
    for _ in questionnaire.questions:
        step = next_step(questionnaire, answers)
        if not isinstance(step, Ask):
            break
        value = data.draw(st.sampled_from(CODES) if step.question.type == "choice" else st.just("好"))
        accepted = accept(questionnaire, answers, step.question.id, value)
        assert isinstance(accepted, dict)
        answers = accepted
    end = next_step(questionnaire, answers)
    assert isinstance(end, Review)
    assert end.missing == ()


@given(questionnaires())
@settings(max_examples=50)
def test_random_questionnaires_survive_their_document(questionnaire):
    assert parse_questionnaire(to_document(questionnaire), file="q") == (questionnaire, [])
