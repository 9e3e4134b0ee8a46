"""Taking answers back in chat while their month is being settled: one waits for the other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from evaluation.models import Settlement
from evaluation.schemes import LOCK
from locales.errors import DomainError, explain
from storage.database import Database, serialize
from surveys.models import Response
from tests.bot.test_receipt_desk import answers, code_in, settle_in

pytestmark = pytest.mark.both_databases

PERIOD = "2026-10"


def test_withdrawing_in_chat_waits_for_a_settlement_that_is_under_way(consortium: Database, phone, ticket):
    if consortium.is_sqlite:
        pytest.skip("SQLite has one writer: nothing can come in between")
    mei = phone("Mei", "111")
    mei.says(code_in(answers(phone, mei, ticket())))
    mei.taps("撤回")
    counted = threading.Event()

    def settling() -> None:
        with consortium.transaction() as session:
            serialize(session, LOCK)
            assert session.scalars(select(Response.state)).one() == "sent"  # and counted as such
            counted.set()
            _until_somebody_waits(session)
            settle_in(session, PERIOD)

    with ThreadPoolExecutor(1) as pool:
        settled = pool.submit(settling)
        assert counted.wait(10)
        mei.taps("确定撤回")
        settled.result(20)
    assert mei.toast == explain("zh", DomainError("response_settled", period=PERIOD))
    with consortium.transaction() as session:
        assert session.scalars(select(Response.state)).one() == "sent"
        assert session.scalars(select(Settlement.period)).one() == PERIOD


def _until_somebody_waits(session) -> None:
    """Until another transaction waits for a lock; without one, for so long that it has surely gone through."""
    deadline = time.monotonic() + 3
    waiting = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    while time.monotonic() < deadline and not session.execute(waiting).scalar_one():
        time.sleep(0.01)
