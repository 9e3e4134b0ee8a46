"""SIGTERM: the server ends cleanly while updates stream in and messages are under way, and nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import READY
from tests.journeys.ledger_patient import LedgerPatient
from tests.journeys.survey_walk import chooses, stored_answers
from tests.telegram_double import Stall, TelegramDouble

pytestmark = pytest.mark.journey


def test_sigterm_in_a_stream_of_updates_loses_nothing(found: Founder, telegram: TelegramDouble) -> None:
    """Stopped twice in the middle: whoever was answered is stored, whoever is stored was answered."""
    house = found(telegram).serves()
    patients = [LedgerPatient(telegram.person(8001 + number, f"P{number}"), number) for number in range(6)]
    surveys = [[(f"stop-{number}-{each}", house.encounter("yi", f"stop-{number}-{each}")) for each in range(3)]
               for number in range(6)]  # fmt: skip
    with ThreadPoolExecutor(6) as pool:
        going = [pool.submit(patient.answers, mine) for patient, mine in zip(patients, surveys, strict=True)]
        for _ in range(2):
            calls = len(telegram.calls) + 100
            telegram.until(lambda calls=calls: len(telegram.calls) >= calls, what="a stream of updates")
            house.stops()
            handled = {number for (number,) in house.rows("select update_id from handled_update")}
            assert house.noted(telegram.world.queue.pending) & handled == set()
            for patient in patients:
                visit = list(patient.ledger)[-1]
                shown = patient.person.last_message().text
                stored = len(stored_answers(house, visit))
                assert f"第 {stored + 1} 题" in shown or "请核对" in shown or "谢谢您" in shown or "同意" in shown, (
                    shown
                )
            house.serves()
        for each in going:
            each.result(timeout=120)
    assert all(patient.agrees_with(house) for patient in patients)
    house.stops()
    house.is_sound()


def test_sigterm_lets_a_message_under_way_arrive_and_sends_it_once(found: Founder, telegram: TelegramDouble) -> None:
    house = found(telegram).serves()
    chen, zhao = telegram.person(8101, "Chen Jing"), telegram.person(8102, "Zhao Lei")
    house.binds(chen=chen)
    chooses(chen, "绩效办", "人员与链接", "赵磊")
    chen.taps("生成 Telegram 绑定链接")
    link = chen.waits_for("?start=").text.partition("?start=")[2].strip()
    house.secrets.append(link)
    slow = telegram.fails("sendMessage", Stall(2.0, acts_first=False), chat=chen.id)
    zhao.opens(f"/start {link}")
    telegram.until(lambda: slow.fired == 1, what="a message under way")
    house.stops()
    assert house.rows("select state from delivery") == [("sent",)]
    house.serves()
    question = chen.waits_for("是本人吗？", whenever=True)
    chen.taps("确认", message=question)
    zhao.waits_for("已经绑定到您本人")
    questions = [call for call in telegram.calls_of("sendMessage", chat=chen.id) if "是本人吗" in call.payload["text"]]
    assert len(questions) == 1
    house.stops()
    house.is_sound()


def test_sigterm_before_the_bot_is_awake_ends_cleanly(found: Founder, telegram: TelegramDouble) -> None:
    """The pages answer, the bot's library is still being loaded: a fresh interpreter takes seconds for it."""
    house = found(telegram)
    house.serves(until=READY, fresh=True)
    house.stops()
    assert telegram.calls_of("getUpdates") == []
    house.is_sound()


def test_bot_waits_for_telegram_and_then_works(found: Founder, telegram: TelegramDouble) -> None:
    """Nobody listens when the server starts: the pages serve, and the bot comes when Telegram does."""
    with telegram.outage():
        house = found(telegram).serves(until=READY)
        survey = house.encounter("jia", "outage")
    mei = telegram.person(8201, "Mei")
    mei.opens(survey.start)
    mei.waits_for("点“同意”即表示", timeout=60)
    house.stops()
    house.is_sound()
