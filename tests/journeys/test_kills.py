"""Kills under load: patients answer all the time, the server dies at random points and comes back."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.conftest import Founder
from tests.journeys.ledger_patient import LedgerPatient
from tests.telegram_double import TelegramDouble

pytestmark = pytest.mark.journey
KILLS, PATIENTS, SURVEYS = 6, 4, 6


def test_kills_lose_and_double_nothing(found: Founder, telegram: TelegramDouble) -> None:
    house = found(telegram).serves()
    patients = [LedgerPatient(telegram.person(7001 + number, f"P{number}"), number) for number in range(PATIENTS)]
    surveys = [
        [(visit, house.encounter("jia", visit)) for visit in (f"load-{number}-{each}" for each in range(SURVEYS))]
        for number in range(PATIENTS)
    ]
    chance = random.Random(20261122)
    with ThreadPoolExecutor(PATIENTS) as pool:
        going = [pool.submit(patient.answers, mine) for patient, mine in zip(patients, surveys, strict=True)]
        for _ in range(KILLS):
            assert not all(each.done() for each in going)
            calls = len(telegram.calls) + chance.randint(1, 120)
            telegram.until(lambda calls=calls: len(telegram.calls) >= calls, what="some calls")
            house.is_killed()
            house.serves()
        for each in going:
            each.result(timeout=120)

    assert [patient.agrees_with(house) for patient in patients] == [True] * PATIENTS
    finished = PATIENTS * SURVEYS
    assert house.rows("select state, count(*) from response group by state") == [("sent", finished)]
    for action in ("open_response", "send_response"):
        assert house.rows("select count(*) from audit where action = :action", action=action) == [(finished,)]
    house.stops()
    handled = {number for (number,) in house.rows("select update_id from handled_update")}
    assert (
        house.noted(telegram.world.queue.pending) & handled == set()
    )  # the last word to Telegram was that all of them are done
    house.is_sound()
