"""A process for each part on one PostgreSQL: pages, bot, deliveries and schedule work together and end one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from outbox.deliveries import enqueue
from outbox.message import Message
from storage.database import Database
from tests.journeys.conftest import Founder, _empty_database
from tests.journeys.installation import BOT_READY, READY, STOPPED, Installation
from tests.journeys.program import Program
from tests.telegram_double import TelegramDouble

pytestmark = pytest.mark.journey


def starts(house: Installation, role: str) -> Program:
    return Program("serve", "--role", role, starter=house._starter, folder=house.folder, settings=house.settings,
                   log=house.folder / f"{role}.log")  # fmt: skip


def asks(program: Program, path: str) -> httpx.Response:
    found = re.search(r"http://\S+", program.waits_for(READY))
    assert found is not None
    return httpx.get(found[0] + path, trust_env=False, timeout=20)


@pytest.fixture
def postgres_only(request: pytest.FixtureRequest) -> Iterator[str]:
    with _empty_database(request.getfixturevalue("postgres")) as url:
        yield url


def test_every_part_in_a_process_of_its_own(found: Founder, telegram: TelegramDouble, postgres_only: str) -> None:
    house = found(telegram, database_url=postgres_only)
    programs = {role: starts(house, role) for role in ("web", "bot", "delivery", "scheduler")}
    try:
        programs["bot"].waits_for(BOT_READY)
        for role, program in programs.items():
            ready = asks(program, "/readyz")
            assert (ready.status_code, ready.json()["role"]) == (200, role), ready.text
            assert (asks(program, "/healthz").status_code, asks(program, "/bulletins").status_code) == (
                200, 200 if role == "web" else 404,
            )  # fmt: skip
            assert f'tongping_info{{role="{role}"}} 1.0' in asks(program, "/metrics").text
        for role in ("bot", "delivery"):  # once is enough, and twice is refused
            twice = house.tries("serve", "--role", role)
            assert twice.exit_code == 2, twice
        chen = telegram.person(8401, "Chen Jing")
        house.binds(chen=chen)
        database = Database(postgres_only)
        with database.transaction() as session:
            enqueue(session, dedupe_key="n", channel="telegram", address=str(chen.id), kind="notice",
                    message=Message("分开运行"), now=datetime.now(UTC))  # fmt: skip
        chen.waits_for("分开运行", whenever=True)
        telegram.until(lambda: house.rows("select noted_until from schedule_mark") != [], what="a look of the schedule")
        database.close()
        programs["web"].is_told_to_stop()
        assert (programs["web"].ends(), STOPPED in programs["web"].said) == (0, True)
        seen = len(telegram.calls_of("sendMessage", chat=chen.id))
        chen.sends("/start")
        telegram.until(lambda: len(telegram.calls_of("sendMessage", chat=chen.id)) > seen, what="the bot without pages")
        for role in ("scheduler", "delivery", "bot"):
            programs[role].is_told_to_stop()
            assert (programs[role].ends(), STOPPED in programs[role].said) == (0, True), role
    finally:
        for program in programs.values():
            if STOPPED not in program.said:
                program.is_killed()
    assert all("Traceback" not in (house.folder / f"{role}.log").read_text() for role in programs)


def test_sqlite_has_one_writer_and_says_so(found: Founder, telegram: TelegramDouble) -> None:
    house = found(telegram)
    refused = house.tries("serve", "--role", "delivery")
    assert (refused.exit_code, "PostgreSQL" in refused.err) == (2, True)
