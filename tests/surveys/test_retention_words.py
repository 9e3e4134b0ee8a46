"""Own words after a year: gone from every row, while figures, paths, receipts and doctor stay as they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from consortium.periods import Period
from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.comments import comments
from surveys.exports import answers_sheet, response_lines, single_answers
from surveys.models import Answer, Response
from surveys.responses import response_by_receipt, withdraw_response
from surveys.retention import remove_overdue
from surveys.retention_marks import REMOVED, is_removed, without_removed
from surveys.sittings import sitting
from surveys.structure import find_question
from surveys.tallies import counts, recount, satisfaction
from surveys.values import read_value
from surveys.wording import answer_text
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.cast import JIA, NOW, choice, free_text, parsed, set_up, small_document, when
from tests.surveys.retention_cast import CODE, DAY, MARK, SAID, WORDS, YEAR_LATER, doctor, holds, sent

OCTOBER = Period(2026, 10)


@pytest.fixture
def mei(session):
    set_up(session, WORDS)
    return session


def test_words_go_with_their_month_before_a_year_is_over(mei):
    response = sent(mei)
    first = datetime(2027, 9, 30, 16, tzinfo=UTC)  # 1 October in Shanghai, a year after the month began
    assert first < YEAR_LATER
    assert "own_words" not in remove_overdue(mei, now=first - timedelta(seconds=1))
    assert holds(mei, MARK) == ["answer"]
    assert remove_overdue(mei, now=first)["own_words"] == 3
    assert holds(mei, MARK) == []
    assert sitting(mei, response_id=response).answers == {
        **SAID, "kinds": ("tea", f"~{REMOVED}"), "why": (REMOVED,), "more": (REMOVED,),
    }  # fmt: skip
    assert mei.get_one(Response, response, populate_existing=True).text_removed_at == first


def test_the_day_on_which_words_vanish_does_not_tell_the_day_on_which_they_came(mei):
    days = [NOW - 15 * DAY, NOW, NOW + 10 * DAY]
    for number, day in enumerate(days):
        sent(mei, f"v{number}", code=f"c{number}", now=day)
    sent(mei, "next", code="next", now=NOW + 20 * DAY)
    left = {
        len(set(mei.scalars(select(Answer.response_id).where(Answer.value.contains(MARK)))))
        for day in range(340, 395)
        if remove_overdue(mei, now=NOW + day * DAY) is not None
    }
    assert left == {4, 1, 0}


def test_figures_tallies_and_doctor_do_not_notice(mei):
    sent(mei)
    sent(mei, "v2", code="another", care=("3",), kinds=(f"~{MARK}",))
    before = counts(mei, period=OCTOBER), satisfaction(mei, period=OCTOBER)
    assert doctor(mei) == []
    remove_overdue(mei, now=YEAR_LATER)
    assert (counts(mei, period=OCTOBER), satisfaction(mei, period=OCTOBER)) == before
    assert recount(mei, period=OCTOBER) == before[0]
    assert doctor(mei) == []


def test_second_run_changes_nothing_and_leaves_no_trace(mei):
    sent(mei)
    remove_overdue(mei, now=YEAR_LATER)
    rows = len(mei.scalars(select(AuditRow.id)).all())
    assert remove_overdue(mei, now=YEAR_LATER + DAY) == {}
    assert len(mei.scalars(select(AuditRow.id)).all()) == rows


def test_a_night_takes_so_many_and_the_next_one_the_rest(mei):
    for number in range(5):
        sent(mei, f"v{number}", code=f"c{number}")
    taken = [remove_overdue(mei, now=YEAR_LATER, most=2).get("own_words") for _ in range(4)]
    assert taken == [6, 6, 3, None]
    assert holds(mei, MARK) == []


@pytest.mark.parametrize("stream", ["poster", "held"])
def test_words_of_every_stream_go(mei, stream):
    response = sent(mei)
    mei.execute(update(Response).where(Response.id == response).values(stream=stream))
    assert remove_overdue(mei, now=YEAR_LATER)["own_words"] == 3


def test_words_of_a_blind_survey_go_like_all_others(session):
    set_up(session, BLIND)
    invite_staff(session, "E1", "E2")
    answer(session, "E1", comment=MARK)
    answer(session, "E2")
    first = session.scalars(select(Response.sent_at).distinct()).one()
    assert remove_overdue(session, now=first + 365 * DAY)["own_words"] == 1
    assert holds(session, MARK) == []
    assert doctor(session) == []


def test_receipt_says_that_the_words_are_gone(mei):
    sent(mei)
    remove_overdue(mei, now=YEAR_LATER)
    found = response_by_receipt(mei, receipt_code=CODE)
    read = {
        name: [answer_text(question, found.answers[name], language) for language in ("zh", "en")]
        for name in ("kinds", "why", "idea", "publish")
        if (question := find_question(found.questionnaire, name)) is not None
    }
    assert read == {
        "kinds": ["tea；（文字已到期删除）", "tea; (text removed after its time)"],
        "why": ["（文字已到期删除）", "(text removed after its time)"],
        "idea": [answer_text(find_question(found.questionnaire, "idea"), (), each) for each in ("zh", "en")],
        "publish": ["yes", "yes"],
    }


def test_what_was_blanked_can_still_be_taken_back_while_its_month_is_open(mei):
    sent(mei)
    remove_overdue(mei, now=YEAR_LATER)
    assert withdraw_response(mei, receipt_code=CODE, is_settled=False, now=YEAR_LATER).withdrawn
    assert counts(mei, period=OCTOBER) == recount(mei, period=OCTOBER) == {}
    assert doctor(mei) == []


def test_what_was_taken_back_has_no_words_to_remove(mei):
    response = sent(mei)
    withdraw_response(mei, receipt_code=CODE, is_settled=False, now=NOW)
    assert "own_words" not in remove_overdue(mei, now=YEAR_LATER)
    assert mei.get_one(Response, response).text_removed_at is None
    assert doctor(mei) == []


def test_comments_and_exports_show_no_trace_of_the_words(mei):
    for number in range(12):
        sent(mei, f"v{number}", code=f"c{number}")
    given = {"unit_code": JIA, "questionnaire_id": "small", "months": [OCTOBER], "stream": "visit"}
    assert len(comments(mei, **given)) == 36
    remove_overdue(mei, now=YEAR_LATER, most=11)  # one has its words still: the others must not lean on it
    assert {each.words.partition(" ")[0] for each in comments(mei, **given)} == {MARK}
    assert len(comments(mei, **given)) == 3
    remove_overdue(mei, now=YEAR_LATER)
    assert comments(mei, **given) == []
    exported = single_answers(mei, questionnaire_id="small", months=[OCTOBER], closed=[OCTOBER], key=b"k")
    assert [each.answers for each in exported] == [
        {"care": ("5",), "kinds": ("tea",), "idea": (), "publish": ("yes",)}
    ] * 12
    cells = [cell for row in answers_sheet(exported).rows for cell in row]
    lines = response_lines(exported, "zh").decode()
    assert not any(REMOVED in str(cell) or MARK in str(cell) for cell in [*cells, lines])


def test_exports_of_a_month_of_which_only_some_have_words_left(mei):
    for number in range(24):
        sent(mei, f"v{number}", code=f"c{number}")
    remove_overdue(mei, now=YEAR_LATER, most=12)
    exported = single_answers(mei, questionnaire_id="small", months=[OCTOBER], closed=[OCTOBER], key=b"k")
    assert sorted("why" in each.answers for each in exported) == [False] * 12 + [True] * 12
    assert REMOVED not in "".join(str(each.answers) for each in exported)
    assert r"\u001f" not in response_lines(exported, "zh").decode()


def test_doctor_names_words_that_were_left_behind(mei):
    response = sent(mei)
    mei.execute(update(Response).where(Response.id == response).values(text_removed_at=YEAR_LATER))
    [finding] = doctor(mei)
    assert (finding.key, finding.code, finding.details) == (
        f"response:{response}", "response_words_left", {"answers": 3},
    )  # fmt: skip


def test_doctor_still_sees_a_lost_answer_beside_removed_words(mei):
    response = sent(mei)
    remove_overdue(mei, now=YEAR_LATER)
    mei.execute(Answer.__table__.delete().where(Answer.response_id == response, Answer.question_id == "publish"))
    assert [finding.code for finding in doctor(mei)] == ["tally_differs_from_answers", "response_not_as_asked"]


def test_path_that_hung_on_the_very_words_is_not_held_against_anybody(session):
    """`sure` was asked because somebody wrote exactly that; afterwards nobody can tell."""
    set_up(session, small_document(free_text("word"), choice("sure", enable_when=[when("word", "=", MARK)])))
    sent(session, care=(), kinds=(), why=(), more=(), publish=(), word=(MARK,), sure=("yes",))
    assert doctor(session) == []
    remove_overdue(session, now=YEAR_LATER)
    assert doctor(session) == []
    assert withdraw_response(session, receipt_code=CODE, is_settled=False, now=YEAR_LATER).withdrawn
    assert doctor(session) == []


def test_nobody_can_leave_the_mark_as_an_answer():
    form = parsed(WORDS)
    for name, raw in (("why", REMOVED), ("why", f" {REMOVED}x"), ("kinds", f"~{REMOVED}"), ("kinds", f"~a{REMOVED}")):
        question = find_question(form, name)
        assert question is not None
        read = read_value(question, raw)
        assert not isinstance(read, str) or not is_removed(read), (name, raw)


def test_answers_without_the_removed_ones():
    given = {"a": ("x", f"~{REMOVED}"), "b": (REMOVED,), "c": (), "d": ("~",), "e": ("y",)}
    assert without_removed(given) == {"a": ("x",), "c": (), "d": ("~",), "e": ("y",)}


def test_unknown_receipt_stays_unknown(mei):
    sent(mei)
    remove_overdue(mei, now=YEAR_LATER)
    with pytest.raises(DomainError) as refused:
        response_by_receipt(mei, receipt_code="0000-0000-0000")
    assert refused.value.code == "receipt_unfound"


@pytest.mark.parametrize("first", ["removal", "withdrawal"])
def test_whoever_takes_answers_back_in_the_same_moment_comes_before_or_after(database, first):
    with database.transaction() as session:
        set_up(session, WORDS)
        for number in range(3):
            sent(session, f"v{number}", code=CODE if number == 1 else f"c{number}")
    acts = {
        "removal": lambda session: remove_overdue(session, now=YEAR_LATER),
        "withdrawal": lambda session: withdraw_response(session, receipt_code=CODE, is_settled=False, now=YEAR_LATER),
    }
    second = next(name for name in acts if name != first)

    def act_second() -> None:
        with database.transaction() as session:
            acts[second](session)

    with ThreadPoolExecutor(1) as other:
        with database.transaction() as session:
            acts[first](session)
            waiting = other.submit(act_second)  # stands behind the rows, or the lock, of the first
        waiting.result(timeout=30)
    with database.transaction() as session:
        assert counts(session, period=OCTOBER) == recount(session, period=OCTOBER) != {}
        assert holds(session, MARK) == []
        assert response_by_receipt(session, receipt_code=CODE).withdrawn
        assert doctor(session) == []
