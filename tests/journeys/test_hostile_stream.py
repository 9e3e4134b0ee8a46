"""A hostile stream of updates and a failing line: what was accepted is stored once, and the conversation goes on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.survey_walk import (
    AGREE,
    ALL_WELL,
    ALL_WELL_STORED,
    NOT,
    SATISFIED,
    SEND,
    SO_SO,
    VERY,
    answers_all,
    begins,
    chooses,
    receipt_in,
    state_of,
    stored_answers,
)
from tests.telegram_double import (
    AnswerLost,
    ClosedBefore,
    Fault,
    Garbled,
    Person,
    ServerError,
    Stall,
    TelegramDouble,
    TooMany,
    malformed,
)

pytestmark = pytest.mark.journey
_accounts = count(3001)


@pytest.fixture(scope="module")
def house(found_once: Founder, tg: TelegramDouble) -> Iterator[Installation]:
    house = found_once(tg).serves()
    yield house
    house.stops()
    house.is_sound()


@pytest.fixture
def mei(tg: TelegramDouble) -> Person:
    return tg.person(next(_accounts), "Mei")


def test_shuffled_and_repeated_taps_leave_the_first_answer(house: Installation, tg: TelegramDouble) -> None:
    """Eight people each tap three buttons of one screen; all arrives in one batch, three times over, out of order."""
    people = [tg.person(next(_accounts), f"P{number}") for number in range(8)]
    for number, person in enumerate(people):
        begins(person, house.encounter("jia", f"shuffled-{number}").start)
    with tg.held_updates(copies=3, shuffle_seed=11):
        for label in (SO_SO, VERY, NOT):
            for person in people:
                person.taps(label)
    for number, person in enumerate(people):
        person.waits_for("第 2 题")
        person.waits_until_taps_are_answered()
        assert stored_answers(house, f"shuffled-{number}") == {"clean": "3"}
        assert ("第 2 题" in person.last_message().text, len(person.messages())) == (True, 1)


def test_late_copies_of_old_updates_change_nothing(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    survey = house.encounter("jia", "late-copies")
    begun = mei.opens(survey.start)
    mei.waits_for("点“同意”即表示")
    agreed = mei.taps(AGREE)
    mei.waits_for("第 1 题")
    answered = mei.taps(VERY)
    mei.waits_for("第 2 题")
    chooses(mei, SATISFIED, VERY)
    with tg.held_updates(shuffle_seed=3):
        for update in (answered, begun, agreed, answered):
            tg.repeats(update, times=2)
    tg.until(lambda: tg.pending_updates == 0, what="all updates taken")
    mei.waits_until_taps_are_answered()
    assert "第 4 题" in chooses(mei, VERY).text.replace("第 5 题", "第 4 题")
    assert stored_answers(house, "late-copies") == {"clean": "5", "signs": "4", "listening": "5", "explaining": "5"}
    assert house.rows("select count(*) from response join invitation on invitation.id = invitation_id"
                      " where visit = 'late-copies'") == [(1,)]  # fmt: skip


def test_malformed_updates_are_set_aside_and_the_next_is_served(
    house: Installation, tg: TelegramDouble, mei: Person
) -> None:
    survey = house.encounter("jia", "unreadable-updates")
    first = begins(mei, survey.start)
    with tg.held_updates():
        bodies = malformed.every_kind(mei.id)
        numbers = [tg.inject(body)["update_id"] for body in bodies]
        mei.taps(VERY, message=first)
        tg.inject({"callback_query": {"id": "7", "from": {"id": mei.id}, "data": "s:secret:1"}})
    mei.waits_for("第 2 题")
    tg.until(lambda: tg.pending_updates == 0, what="all updates taken")
    chooses(mei, VERY)
    rows = house.rows("select update_id, code, fields from set_aside order by update_id")
    assert {row[1] for row in rows} == {"malformed"}
    assert {numbers[0], numbers[1], numbers[4]} <= {row[0] for row in rows}
    assert "message.forward_origin" in str(rows[0][2])
    assert b"s:secret:1" not in house.stored.everything()
    assert "s:secret:1" not in house.logs
    assert stored_answers(house, "unreadable-updates") == {"clean": "5", "signs": "5"}


@pytest.mark.parametrize(
    "fault",
    [AnswerLost(), ClosedBefore(), TooMany(1), ServerError(502), Garbled()],
    ids=lambda fault: type(fault).__name__,
)
def test_patient_gets_through_a_failing_line(
    house: Installation, tg: TelegramDouble, mei: Person, fault: Fault
) -> None:
    """Each kind of call fails once on the way: what the patient said is stored once, and no answer is asked twice."""
    visit = f"line-{type(fault).__name__}"
    survey = house.encounter("jia", visit)
    begins(mei, survey.start)
    for method, at in (("editMessageText", 2), ("answerCallbackQuery", 4), ("getUpdates", 6), ("editMessageText", 9)):
        tg.fails(method, fault, chat=None if method in {"getUpdates", "answerCallbackQuery"} else mei.id, call=at)
    chooses(mei, *ALL_WELL, SEND)
    receipt_in(mei.waits_for("谢谢您"))
    tg.heals()
    assert len(mei.messages()) == 1
    assert stored_answers(house, visit) == ALL_WELL_STORED


def test_patient_whose_notice_was_in_doubt_goes_on(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    """The first message arrived, but nobody knows: it is not sent twice, and its buttons work."""
    survey = house.encounter("jia", "in-doubt")
    tg.fails("sendMessage", AnswerLost(), chat=mei.id)
    mei.opens(survey.start)
    mei.waits_for("点“同意”即表示")
    chooses(mei, AGREE, *ALL_WELL, SEND)
    receipt_in(mei.waits_for("谢谢您"))
    assert len(tg.delivered(mei.id)) == 1


def test_survey_survives_being_killed_at_every_step(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    """SIGKILL when the notice is out, when consent is stored, right after a tap, after words, after sending."""
    visit = "killed"
    survey = house.encounter("jia", visit)

    stalled = tg.fails("sendMessage", Stall(30), chat=mei.id)
    mei.opens(survey.start)
    mei.waits_for("点“同意”即表示")
    assert stalled.fired == 1
    house.is_killed()
    house.serves()
    tg.until(lambda: len(mei.messages()) == 2, what="the notice once more, as nobody knows", chat=mei.id)

    _killed_before_the_reply(house, tg, mei, AGREE, lambda: _consented(house, visit))
    mei.waits_for("第 1 题")

    mei.taps(VERY)
    house.is_killed()  # nobody knows how far it came
    house.serves()
    mei.waits_for("第 2 题")
    assert stored_answers(house, visit) == {"clean": "5"}

    chooses(mei, *ALL_WELL[1:-1])
    tg.fails("editMessageText", Stall(30, acts_first=False), chat=mei.id)
    mei.sends("谢谢医生")
    tg.until(lambda: "comment" in stored_answers(house, visit), what="the comment stored")
    house.is_killed()
    house.serves()
    assert "▸ 谢谢医生" in mei.waits_for("请核对您的作答").text

    _killed_before_the_reply(house, tg, mei, SEND, lambda: state_of(house, visit)[0] == "sent")
    mei.waits_for("这份答卷已经提交。回执码只在提交时显示一次")

    assert stored_answers(house, visit) == ALL_WELL_STORED | {"comment": "谢谢医生"}
    assert state_of(house, visit) == ("sent", "chat", None)
    other = tg.person(next(_accounts), "Fang")
    answers_all(other, house.encounter("jia", "after-all").start)


def _killed_before_the_reply(house: Installation, tg: TelegramDouble, mei: Person, label: str, holds: object) -> None:
    """The tap's effect is in the database, and nobody has been told: then the process dies, and comes back."""
    tg.fails("answerCallbackQuery", Stall(30, acts_first=False))
    mei.taps(label)
    tg.until(holds, what=f"the effect of {label!r}")
    house.is_killed()
    tg.heals()
    house.serves()


def _consented(house: Installation, visit: str) -> bool:
    return house.rows(
        "select consented_at is not null from response join invitation on invitation.id = invitation_id"
        " where visit = :visit",
        visit=visit,
    ) == [(True,)]
