"""Patients' own words: consent, ten or more, no date, no order, no other unit."""

from __future__ import annotations

from surveys.comments import Comment, blind_comments, comments, may_show, words_of
from surveys.questionnaires import apply_questionnaire
from surveys.results import ROLLING, Window, window_of
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.cast import JIA, NOW, YI, free_text, outpatient, parsed, small_document
from tests.surveys.results_cast import month_of, patients_answer

SEP, OCT = month_of(9), month_of(10)


def said(session, *, unit=JIA, months=(OCT,), stream="visit"):
    found = comments(session, unit_code=unit, questionnaire_id="outpatient", months=months, stream=stream)
    return [each.words for each in found]


def test_only_words_that_may_be_kept(ready):
    patients_answer(ready, 2, 10, words="yes")
    patients_answer(ready, 3, 10, words="refused", consent=False)
    assert sorted(said(ready)) == ["yes 0", "yes 1"]


def test_only_of_the_unit_the_months_and_the_stream(ready):
    patients_answer(ready, 1, 10, words="jia")
    patients_answer(ready, 1, 9, words="before")
    patients_answer(ready, 1, 10, words="yi", unit=YI)
    assert said(ready) == ["jia 0"]
    assert said(ready, unit=YI) == ["yi 0"]
    assert sorted(said(ready, months=(SEP, OCT))) == ["before 0", "jia 0"]
    assert said(ready, stream="poster") == []


def test_order_tells_nothing_of_when_they_were_written(ready):
    patients_answer(ready, 12, 10, words="w")
    found = said(ready)
    assert sorted(found) == sorted(f"w {n}" for n in range(12))
    assert found != [f"w {n}" for n in range(12)]
    assert found == said(ready)


def test_a_comment_names_its_question_and_nothing_else(ready):
    patients_answer(ready, 1, 10, words="x")
    found = comments(ready, unit_code=JIA, questionnaire_id="outpatient", months=(OCT,), stream="visit")
    question = next(each for each in outpatient().questions if each.id == "comment")
    assert found == [Comment(question.text, "x 0")]


def test_ten_answers_open_the_comments_of_a_period():
    assert not may_show(window_of("2026-10", (OCT,)), {OCT: 9})
    assert may_show(window_of("2026-10", (OCT,)), {OCT: 10})
    assert may_show(window_of("2026", (SEP, OCT)), {SEP: 5, OCT: 5})


def test_a_year_less_its_quarter_never_leaves_the_words_of_few():
    answered = {SEP: 12, OCT: 4}
    assert not may_show(window_of("2026", (SEP, OCT)), answered)
    both = [window_of(name, (SEP, OCT)) for name in ("2026", "2026-Q3")]
    assert [may_show(each, answered) for each in both] != [True, True]
    assert not may_show(Window(ROLLING, (SEP, OCT)), {SEP: 50, OCT: 50})


def test_words_are_what_was_written_and_not_what_was_chosen():
    form = parsed(
        small_document(
            {
                "id": "c", "type": "choice", "constraint": "optionsOrString", "text": {"zh": "c", "en": "c"},
                "options": [{"code": "a", "text": {"zh": "a", "en": "a"}}], "max_length": 40,
            },
            free_text("t"),
            {"id": "n", "type": "integer", "text": {"zh": "n", "en": "n"}},
        )
    )  # fmt: skip
    chosen, text, number = form.questions
    assert [words_of(chosen, "a"), words_of(chosen, "~ own ")] == [None, "own"]
    assert [words_of(text, " ok "), words_of(number, "5")] == ["ok", None]


def blind_said(session, unit=JIA):
    found = blind_comments(session, unit_code=unit, questionnaire_id="small", month=OCT)
    return None if found is None else [each.words for each in found]


def test_a_blind_survey_tells_comments_once_ten_have_written(ready):
    apply_questionnaire(ready, document=BLIND, now=NOW)
    numbers = [str(number) for number in range(14)]
    invite_staff(ready, *numbers)
    for number in numbers[:9]:
        answer(ready, number, comment=f"w {number}")
    for number in numbers[9:13]:
        answer(ready, number)
    assert blind_said(ready) is None  # thirteen answered, nine wrote
    answer(ready, numbers[13], comment="w 13")
    found = blind_said(ready)
    assert sorted(found) == sorted([*(f"w {number}" for number in numbers[:9]), "w 13"])
    assert found != sorted(found)
    assert blind_said(ready, YI) is None
