"""`tongping serve`: what it refuses before anything runs, and that it starts, answers and stops as a process."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine, Iterator
from contextlib import closing
from unittest import mock

import httpx
import pytest
import structlog

from app import serve as serve_module
from app.parts import Parts, stop_if_it_ends
from app.settings import read_settings
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.serving import serving

TOKEN = "123456:AbCdEfGhIjKlMnOpQrSt"
NOWHERE = "http://127.0.0.1:1"
SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """`serve` sets up the process's logs; a test that calls it in this process puts them back."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:], logging.getLogger().level = before
    structlog.reset_defaults()


def refused(shell: CommandLine, *options: str, **settings: str) -> str:
    """The sentence with which it refuses; it is exit 2, and no page was ready."""
    with mock.patch.object(serve_module, "_run", side_effect=AssertionError("it runs")):
        ran = shell.run("serve", *options, LANG="en_GB.UTF-8", PORT=settings.pop("PORT", "0"), **settings)
    assert (ran.exit_code, ran.out) == (2, ""), ran
    return ran.err.strip()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org"])
def test_simulator_beside_an_open_address_is_refused(group: CommandLine, host: str) -> None:
    assert refused(group, "--simulator", HOST=host) == "The simulator binds 127.0.0.1 only: unset TONGPING_HOST."


@pytest.mark.parametrize("api", [{}, {"TELEGRAM_API": "https://bots.example.org"}])
def test_simulator_beside_the_real_telegram_is_refused(group: CommandLine, api: dict[str, str]) -> None:
    said = refused(group, "--simulator", TELEGRAM_TOKEN=TOKEN, **api)
    assert said == "The simulator does not run beside the real Telegram: leave out --simulator or the token."


def test_taken_port_is_refused_at_once(group: CommandLine) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        assert refused(group, PORT=port) == f"The port {port} cannot be used; choose another."


def test_serve_refuses_a_host_that_does_not_exist(group: CommandLine) -> None:
    assert refused(group, HOST="no.such.host.invalid") == "The value of TONGPING_HOST does not fit; see the README."


def test_serve_of_nothing_applied_is_refused(shell: CommandLine) -> None:
    assert refused(shell) == "No configuration is loaded here yet; run tongping apply DIR first."


def test_serve_with_postgresql_needs_a_key(shell: CommandLine) -> None:
    said = refused(shell, DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert said == "With PostgreSQL, TONGPING_SECRET_KEY must be set (32 characters or more)."


@pytest.mark.parametrize("role", ["web", "bot", "delivery", "scheduler"])
def test_part_by_itself_needs_postgresql(group: CommandLine, role: str) -> None:
    assert refused(group, "--role", role).startswith("A SQLite database has one process that writes")


def test_bot_by_itself_needs_a_token_and_no_part_has_the_simulator(shell: CommandLine) -> None:
    settings = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "SECRET_KEY": "k" * 40}
    assert refused(shell, "--role", "bot", **settings).startswith("TONGPING_TELEGRAM_TOKEN is not set")
    assert refused(shell, "--role", "web", "--simulator", **settings).startswith("The simulator runs beside all parts")


def test_role_that_is_none_is_refused(group: CommandLine) -> None:
    assert group.run("serve", "--role", "everything").exit_code == 2


def test_refused_serve_frees_the_port_it_had_not_kept(group: CommandLine) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        refused(group, PORT=str(port))
    with closing(socket.create_server(("127.0.0.1", port))):
        pass


@pytest.mark.journey
def test_serve_answers_and_stops_cleanly(group: CommandLine) -> None:
    with serving(group) as served:
        assert served.url.startswith("http://127.0.0.1:")
        assert (served.get("/healthz").status_code, served.get("/readyz").status_code) == (200, 200)
        assert served.get("/simulator").status_code == 404
        home = served.get("/")
        assert (home.status_code, "rehears" in home.text.lower()) == (200, False)
        ended = served.stop()
    assert (ended.exit_code, ended.out.splitlines()[-1]) == (0, "Stopped; nothing is lost.")
    assert (group.folder / "tongping.key").stat().st_mode & 0o777 == 0o600
    assert group.done("doctor", "--json").document["broken"] == []


@pytest.mark.journey
def test_serve_with_simulator_and_moved_clock_says_so(group: CommandLine) -> None:
    with serving(group, "--simulator", CLOCK="2026-10-12T09:00:00+08:00,x60") as served:
        assert served.get("/simulator").status_code == 200
        plain = served.get("/", **{"accept-language": "en"}).text
        assert "2026-10-12" in plain  # the banner on every page
        assert "2026-10-12" in served.get("/bulletins", **{"accept-language": "en"}).text
        assert served.stop(signal.SIGINT).exit_code == 0


@pytest.mark.journey
def test_serve_without_an_answer_from_telegram_still_shows_its_pages(group: CommandLine) -> None:
    with serving(group, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=NOWHERE) as served:
        assert served.get("/healthz").status_code == 200
        ended = served.stop()
    assert ended.exit_code == 0
    assert TOKEN not in ended.out + ended.err
    assert TOKEN.partition(":")[2] not in ended.out + ended.err


@pytest.mark.journey
def test_webhook_is_served_where_its_address_says(group: CommandLine) -> None:
    """Telegram posts to exactly the address it was given. Without the secret nobody is believed."""
    path = "/hooks/tongping"
    settings = {"TELEGRAM_WEBHOOK_URL": f"https://example.org{path}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    with serving(group, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=NOWHERE, **settings) as served:
        answers = [
            httpx.post(served.url + path, content=b"{}", headers=headers, timeout=10).status_code
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong" * 4})
        ]
        assert answers == [401, 401]
        accepted = httpx.post(
            served.url + path, content=b"{}", headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}, timeout=10
        )
        assert accepted.status_code not in (401, 403, 404, 405)
        assert served.stop().exit_code == 0


def test_part_that_fails_ends_the_whole_and_is_named(october: CommandLine) -> None:
    async def break_down() -> None:
        raise OSError("the disk is full")

    async def run(part: Coroutine[None, None, None]) -> Parts:
        parts = Parts(read_settings({}), database, b"k" * 32)
        task = asyncio.create_task(part, name="delivery")
        stop_if_it_ends(parts, task)
        await asyncio.wait_for(parts.stop.wait(), 10)
        return parts

    with closing(Database(october.database_url)) as database:
        assert asyncio.run(run(break_down())).failed == "delivery"
        assert asyncio.run(run(asyncio.sleep(0))).failed is None
