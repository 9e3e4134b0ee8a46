"""Each signal on both sides of its limit, and the threshold: what honest people do is not held."""

from __future__ import annotations

import pytest

from locales.texts import text
from surveys.honesty.rhythm import SLOT, Moment, audience, expectation, learn_rhythm
from surveys.honesty.signals import (
    BURST,
    HURRIED,
    MORE_THAN_VISITS,
    REPEATED_TEXT,
    SAME_ANSWERS,
    SAME_SENDER,
    SIGNALS,
    STRAIGHT_LINE,
    THRESHOLD,
    TOO_FAST,
    UnitMonth,
    suspicions,
)
from surveys.honesty.texts import plain, used_phrases
from tests.surveys.honesty.clinic import facts

HOUR, DAY = 3600.0, 86400.0
_VARIED = [f"{a}{b}{c}4543545" for a in "12345" for b in "12345" for c in "12345"]


def found(responses, *, visits=None, moments=None, contacts=None):
    """What speaks against each response; they come a day apart if nothing else is said."""
    moments = moments or [Moment(place * DAY / 7, 10, place * DAY / 7 - HOUR) for place in range(len(responses))]
    reached = audience(contacts or [moment.contact_at for moment in moments], [10] * int(31 * DAY // SLOT))
    used, wholes = used_phrases(plain(each.content.words) for each in responses)
    month = UnitMonth(
        responses, moments, expectation(learn_rhythm([(reached, moments)]), reached, len(moments)), used, wholes, visits
    )
    return [dict(each.signals) for each in suspicions(month)]


def is_flagged(response, others=()):
    return sum(found([response, *others])[0].values()) >= THRESHOLD


@pytest.mark.parametrize(
    ("mode", "seconds", "expected"),
    [
        ("page", 7.69, {TOO_FAST: 3}),
        ("page", 7.7, {HURRIED: 1}),  # eleven questions, 0.7 s each
        ("page", 15.3, {HURRIED: 1}),
        ("page", 15.4, {}),
        ("mixed", 7.69, {TOO_FAST: 3}),
        ("chat", 10.9, {TOO_FAST: 3}),
        ("chat", 11.0, {HURRIED: 1}),
        ("chat", 22.0, {}),
        ("page", 0, {TOO_FAST: 3}),
        ("page", 400_000, {}),
    ],
)
def test_speed(mode, seconds, expected):
    assert found([facts(mode=mode, seconds=seconds)]) == [expected]


def test_long_questions_take_longer_to_read():
    from dataclasses import replace

    long = facts(seconds=9)
    long = replace(long, content=replace(long.content, characters=600))
    assert found([long]) == [{TOO_FAST: 3}]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("5555555555", {STRAIGHT_LINE: 1}),
        ("4444444444", {STRAIGHT_LINE: 1}),
        ("555555----", {STRAIGHT_LINE: 1}),
        ("55555-----", {}),
        ("5555555554", {}),
        ("----------", {}),
    ],
)
def test_straight_lines(marks, expected):
    assert found([facts(marks=marks)]) == [expected]


def test_a_satisfied_patient_in_a_hurry_is_believed():
    assert not is_flagged(facts(seconds=9, marks="5555555555"))


def test_comments_that_come_again():
    words = "整体就医体验非常顺畅，医护人员态度亲切专业"
    texts = [
        words,
        words.replace("，", " "),
        "护士阿姨扎针一点不疼就是等得有点久",
        "谢谢",
        "谢谢",
        "很好很好",
        "很好很好",
    ]
    responses = [facts(str(place), marks=_VARIED[place], words=each) for place, each in enumerate(texts)]
    assert [REPEATED_TEXT in each for each in found(responses)] == [True, True, False, False, False, False, False]


def test_comments_put_together_from_the_same_phrases():
    parts = ["整体就医体验非常顺畅", "医护人员态度亲切专业", "候诊区域干净而且有序", "希望医院继续保持优质服务"]
    orders = [(0, 1, 2), (1, 2, 3), (3, 0, 1), (2, 3, 0), (1, 0, 3)]
    machine = ["，".join(parts[place] for place in order) for order in orders]
    human = ["护士扎针不疼，等了四十分钟才叫到我的号", "医护人员态度亲切专业，可停车场真的太难找位置了，绕了三圈"]
    responses = [facts(str(place), marks=_VARIED[place], words=each) for place, each in enumerate(machine + human)]
    assert [REPEATED_TEXT in each for each in found(responses)] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(("count", "weight"), [(3, 0), (4, 1), (5, 1), (6, 2), (20, 2)])
def test_patterns_that_several_give_alike(count, weight):
    responses = [facts(str(place), marks="5453545443") for place in range(count)]
    assert found(responses) == [{SAME_ANSWERS: weight} if weight else {}] * count


def test_straight_lines_and_short_forms_make_no_pattern():
    assert all(SAME_ANSWERS not in each for each in found([facts(str(n), marks="5555555555") for n in range(30)]))
    assert found([facts(str(n), marks="54321-----") for n in range(30)]) == [{}] * 30


def test_patterns_of_two_questionnaires_are_two():
    responses = [facts(str(n), marks="5453545443", form=f"f:{n % 2}") for n in range(6)]
    assert found(responses) == [{}] * 6


@pytest.mark.parametrize(("count", "weight"), [(1, 0), (2, 0), (3, 2), (4, 3), (9, 3)])
def test_answers_from_one_account(count, weight):
    responses = [facts(str(n), marks=_VARIED[n], sender="hash") for n in range(count)] + [
        facts("x"),
        facts("y", sender="o"),
    ]
    assert found(responses)[:count] == [{SAME_SENDER: weight} if weight else {}] * count
    assert found(responses)[count:] == [{}, {}]


def test_a_father_a_mother_and_oneself_are_believed():
    assert not is_flagged(facts(sender="a"), [facts(str(n), marks=_VARIED[n], sender="a") for n in range(2)])


def test_answers_beyond_the_visits_there_were():
    responses = [facts(str(n), marks=_VARIED[n]) for n in range(5)]
    assert found(responses, visits=3) == [{}, {}, {}, {MORE_THAN_VISITS: 3}, {MORE_THAN_VISITS: 3}]
    assert found(responses, visits=5) == [{}] * 5
    assert found(responses, visits=0) == [{MORE_THAN_VISITS: 3}] * 5
    assert found(responses, visits=None) == [{}] * 5


def test_a_heap_of_old_links_in_a_row_is_a_burst():
    contacts = [place * 2 * HOUR for place in range(300)]
    usual = [Moment(at + 1.5 * HOUR, 10, at) for at in contacts[::3]]
    heap = [Moment(20.4 * DAY + 40 * n, 10, contacts[5 * n + 1]) for n in range(12)]
    patient = Moment(20.4 * DAY + 100, 10, 20.4 * DAY - 600)  # written to ten minutes before
    contacts = sorted([*contacts, patient.contact_at])
    moments = sorted([*usual, *heap, patient], key=lambda moment: moment.at)
    responses = [facts(str(n), marks=_VARIED[n]) for n in range(len(moments))]
    flagged = {
        moments[n].at for n, each in enumerate(found(responses, moments=moments, contacts=contacts)) if BURST in each
    }
    assert flagged == {moment.at for moment in heap}


def test_a_wave_after_a_batch_of_links_is_none():
    contacts = [day * DAY + 9 * HOUR for day in range(30) for _ in range(60)]
    moments = [
        Moment(day * DAY + 9 * HOUR + minutes * 60.0, 9, day * DAY + 9 * HOUR)
        for day in range(30)
        for minutes in (2, 3, 5, 5.5, 6, 8, 9, 11, 14, 18, 22, 29, 41, 58)
    ]
    responses = [facts(str(n), marks=_VARIED[n % 125]) for n in range(len(moments))]
    assert all(BURST not in each for each in found(responses, moments=moments, contacts=contacts))


def test_nothing_is_said_of_nobody():
    assert found([]) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_signal_has_words(language):
    assert len({text(language, f"figures.signal.{signal}") for signal in SIGNALS}) == len(SIGNALS)
