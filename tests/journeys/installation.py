"""An installation of Tongping as its keeper sees it: a folder, commands, a running server, its files and its logs.

`house.serves()`, `house.is_killed()`, `house.serves()` again; whatever runs is ended by `house.is_left()`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from bot.dialogue import noted_number
from tests.journeys.evidence import Stored
from tests.journeys.program import Answer, Fresh, Program, Starter, run_command
from tests.journeys.small_consortium import Wishes, consortium_toml, cooperation_csv, schedule_toml
from tests.telegram_double import Person, TelegramDouble

READY, BOT_READY, STOPPED = "网页已就绪：", "机器人已就绪：", "已停止，没有丢失任何内容。"
SECRET_KEY = "a key of the journeys that is long enough"  # needed where no file beside the database can hold one
KEY_FILE = "review.key"


@dataclass(frozen=True, slots=True)
class Survey:
    """What a hospital system gets for one visit."""

    invitation: str
    web_url: str
    telegram_url: str
    expires_at: str

    @property
    def ticket(self) -> str:
        return self.web_url.rpartition("/")[2]

    @property
    def start(self) -> str:
        """What Telegram sends when somebody opens the link."""
        return start_of(self.telegram_url)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A configuration directory as `init`, `review keygen` and an edit left it, and `check` found it."""

    folder: Path
    public_key: str


def draw_blueprint(folder: Path, *, clock: str) -> Blueprint:
    """The set-up that a person does once, under a clock that decides the year of the scheme."""

    def does(*arguments: str) -> Answer:
        return _fine(run_command(*arguments, starter=Fresh(), folder=folder, settings={"CLOCK": clock}))

    does("init", "configuration")
    key = does("review", "keygen", "--output", f"configuration/{KEY_FILE}")
    blueprint = Blueprint(folder / "configuration", key.line)
    write_wishes(blueprint, blueprint.folder, Wishes())
    does("check", "configuration")
    return blueprint


def write_wishes(blueprint: Blueprint, folder: Path, wishes: Wishes) -> None:
    """Edits a configuration directory."""
    wishes = replace(wishes, public_key=blueprint.public_key, key_file=KEY_FILE)
    (folder / "consortium.toml").write_text(consortium_toml(wishes), encoding="utf-8")
    (folder / "schedule.toml").write_text(schedule_toml(wishes), encoding="utf-8")
    (folder / "cooperation.csv").write_text(cooperation_csv(wishes.periods), encoding="utf-8")


class Installation:
    """One installation on this machine, whose Telegram is the double."""

    def __init__(
        self,
        folder: Path,
        blueprint: Blueprint,
        telegram: TelegramDouble,
        *,
        starter: Starter,
        database_url: str | None = None,
        wishes: Wishes | None = None,
        **settings: str,
    ) -> None:
        self.folder = folder
        self.telegram = telegram
        self.wishes = wishes or Wishes()
        self.secrets: list[str] = [telegram.token]
        self.private: list[str] = []
        self.base_url = ""
        self.log = folder / "serve.log"
        self._blueprint = blueprint
        self._starter = starter
        url = database_url or f"sqlite:///{folder / 'tongping.sqlite3'}"
        self.settings = {
            "DATABASE_URL": url, "TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API": telegram.url, "PORT": "0",
            "SECRET_KEY": SECRET_KEY,
        } | settings  # fmt: skip
        self.stored = Stored(url)
        self._program: Program | None = None
        self._keys: dict[str, str] = {}
        shutil.copytree(blueprint.folder, folder / "configuration")

    def noted(self, updates: Iterable[Any]) -> set[int]:
        """What stands for these updates among those handled."""
        bot = self.telegram.token.partition(":")[0]
        return {noted_number(SECRET_KEY.encode(), bot, update.update_id) for update in updates}

    # what its keeper does

    def is_applied(self, wishes: Wishes | None = None) -> Self:
        """Edits the configuration, if there are new wishes, and applies it."""
        self.wishes = wishes or self.wishes
        write_wishes(self._blueprint, self.folder / "configuration", self.wishes)
        self.does("apply", "configuration")
        return self

    def does(self, *arguments: str) -> Answer:
        """A command that must succeed."""
        return _fine(self.tries(*arguments))

    def tries(self, *arguments: str) -> Answer:
        """A command, however it ends."""
        return run_command(*arguments, starter=self._starter, folder=self.folder, settings=self.settings)

    def at(self, moment: str, speed: str = "") -> Self:
        """From now on each program that starts begins at this moment."""
        self.settings["CLOCK"] = f"{moment},{speed}" if speed else moment
        return self

    def links_for(self, *people: str) -> list[str]:
        """What Telegram sends when these people open the link that the command line made for them."""
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda person: self.does("login-link", person, "--bind"), people))
        links = [start_of(answer.line) for answer in answers]
        self.secrets += [link.removeprefix("/start ") for link in links]
        return links

    def binds(self, **people: Person) -> None:
        """Each person opens a link made at the command line and is known from then on: `binds(chen=chen)`."""
        names = [name.replace("_", ".") for name in people]
        for person, link in zip(people.values(), self.links_for(*names), strict=True):
            person.opens(link)
        for person in people.values():
            person.waits_for(lambda message: len(message.buttons) > 2, whenever=True)  # the menu

    def encounter(
        self, unit: str, visit: str, *, discharged_at: datetime | None = None, language: str = "zh"
    ) -> Survey:
        """A hospital system reports a visit."""
        answer = self.reports(unit, visit, discharged_at=discharged_at, language=language)
        assert answer.status_code == 201, answer.text
        survey = Survey(**answer.json())
        self.secrets.append(survey.ticket)
        self.private.append(visit)
        return survey

    def reports(
        self, unit: str, visit: str, *, discharged_at: datetime | None = None, language: str = "zh"
    ) -> httpx.Response:
        """The same, however it is answered."""
        discharged_at = discharged_at or datetime.now(UTC) - timedelta(hours=2)
        body = {
            "unit": unit, "visit": visit, "kind": "outpatient", "discharged_at": discharged_at.isoformat(),
            "language": language,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self._key_of(unit)}"}
        return httpx.post(f"{self.base_url}/api/v1/encounters", json=body, headers=headers, trust_env=False, timeout=20)

    def _key_of(self, unit: str) -> str:
        if unit not in self._keys:
            self._keys[unit] = self.does("api-key", "create", f"{unit}-his", "--unit", unit).line
            self.secrets.append(self._keys[unit])
        return self._keys[unit]

    # the server

    def serves(self, *, until: str = BOT_READY, fresh: bool = False) -> Self:
        """Starts the server; returns when the bot has said that it is ready (`until=READY`: only the pages).

        `fresh`: in an interpreter of its own, as everywhere outside of tests.
        """
        assert self._program is None
        starter = Fresh() if fresh else self._starter
        self._program = Program("serve", starter=starter, folder=self.folder, settings=self.settings, log=self.log)
        line = self._program.waits_for(READY)
        found = re.search(r"http://\S+", line)
        assert found is not None, line
        self.base_url = found[0]
        if until != READY:
            self._program.waits_for(until)
        return self

    @property
    def program(self) -> Program:
        assert self._program is not None, "it is not running"
        return self._program

    def stops(self) -> None:
        """SIGTERM; it must end cleanly."""
        self.program.is_told_to_stop()
        self.has_stopped()

    def has_stopped(self) -> None:
        """Told to stop, it ends cleanly."""
        program, self._program = self.program, None
        assert (program.ends(), STOPPED in program.said) == (0, True), self.logs[-4000:]

    def is_killed(self) -> None:
        """SIGKILL; returns when it is dead."""
        program, self._program = self.program, None
        program.is_killed()

    def is_left(self) -> None:
        """Ends whatever runs."""
        if self._program is not None:
            self._program.is_killed()
            self._program = None

    def lets_leases_run_out(self) -> int:
        """What a minute of waiting does to the attempts of a program that died; how many there were."""
        past = "2020-01-01 00:00:00.000000"
        return self.stored.changes("update delivery set lease_until = :past where state = 'attempting'", past=past)

    # what there is to see

    @property
    def logs(self) -> str:
        """All that the server wrote on stderr, over all its lives."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def is_sound(self) -> None:
        """All invariants hold; no ticket, token or key is stored or logged; what is `private` is not logged either."""
        found = self.tries("doctor")
        assert found.exit_code == 0, found
        stored, logs = self.stored.everything(), self.logs
        for secret in self.secrets:
            assert secret.encode() not in stored, f"{secret!r} is stored"
        for words in [*self.secrets, *self.private]:
            assert words not in logs, f"{words!r} is logged"
        for trouble in ("Traceback", "update_failed", "part_failed", "tick.fault", "run.fault"):
            assert trouble not in logs, _around(logs, trouble)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.stored.rows(statement, **values)


def start_of(link: str) -> str:
    """What Telegram sends to a bot when somebody opens its link."""
    return f"/start {link.partition('?start=')[2]}"


def _fine(answer: Answer) -> Answer:
    assert answer.exit_code == 0, answer
    return answer


def _around(logs: str, words: str) -> str:
    place = logs.index(words)
    return logs[max(0, place - 1500) : place + 3000]
