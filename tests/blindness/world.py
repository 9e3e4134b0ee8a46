"""A world: one installation in a file of its own, in which a round is voted on. What differs between two worlds is what
the raters think; who votes for whom, when, by which way and how often is the same.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, inspect, select, text

from bot.dialogue import respond
from bot.inbound import Inbound, Reply
from bot.turn import Context
from consortium.people import actor_of
from outbox.message import encode_action
from reviews.ballots import blank_ballots
from reviews.models import Assignment, ReviewRound
from reviews.panel_models import PanelTask
from reviews.sealing import seal
from storage.base import canonical
from storage.database import Database
from tests.blindness.cast import ACCOUNTS, NOVEMBER, OPENED, RATERS, SECRET, SESSIONS
from tests.blindness.site import Site, site_on
from tests.reviews.panel import PLAN
from web.forms import form_token

NONE = "-----"


@dataclass(frozen=True, slots=True)
class Cast:
    """One ballot. `way` is chat (tap by tap), form (the sheet without scripts, sealed by the server) or page (the sheet,
    sealed by the browser).
    """

    rater: str
    target: str
    way: str = "chat"


@dataclass(frozen=True, slots=True)
class Thought:
    """What the rater thinks of the unit in one world."""

    marks: str = "33333"
    comment: str = ""


@dataclass
class World:
    """An installation and all that can be seen of it: `seen` holds everything by a name that says where."""

    path: Path
    database: Database = field(init=False)
    now: datetime = OPENED
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    updates: Any = field(default_factory=lambda: itertools.count(1))
    casts: int = 0
    _site: Site | None = None

    def __post_init__(self) -> None:
        self.database = Database(f"sqlite:///{self.path}")
        event.listen(self.database.engine, "before_cursor_execute", self._note_statement)

    @property
    def site(self) -> Site:
        """The one application of this world, from the first time that somebody asks it for something."""
        if self._site is None:
            self._site = site_on(self.database, lambda: self.now)
        return self._site

    def ends(self) -> None:
        if self._site is not None:
            self._site.ends()
        event.remove(self.database.engine, "before_cursor_execute", self._note_statement)
        self.database.close()

    # --- what is done

    def votes(self, cast: Cast, thought: Thought) -> None:
        """One ballot, a minute after the last; what the rater is answered after it was sent is seen."""
        self.casts += 1
        self.now += timedelta(minutes=1)
        {"chat": self._taps, "form": self._fills_in, "page": self._seals}[cast.way](cast, thought)

    def _taps(self, cast: Cast, thought: Thought) -> None:
        """Five taps for the marks and one to send. Whoever had no dealings also looks at every criterion before
        saying so: how often somebody taps is part of who takes part how.
        """
        number, casts = self.task(cast)
        marks = thought.marks
        so_far = [marks[:place] + "_" * (5 - place) for place in range(1, 6)]
        if marks == NONE:
            so_far = ["3" * place + "_" * (5 - place) for place in range(1, 5)] + [NONE]
        for each in so_far:
            self.taps(cast.rater, ("b", "m", number, each))
        reply = self.taps(cast.rater, ("b", "x", number, marks, str(casts)))
        self.sees(f"answer {self.casts} {cast.rater}", told(reply))

    def _fills_in(self, cast: Cast, thought: Thought) -> None:
        """The sheet's plain form. What goes back to the rater's own browser after sending is seen as well."""
        number, casts = self.task(cast)
        marks = {f"m.{number}.{place}": mark for place, mark in enumerate(thought.marks) if thought.marks != NONE}
        fields = {"unit": cast.rater, f"k.{number}": str(casts + 1), f"c.{number}": thought.comment}
        none = {f"n.{number}": "yes"} if thought.marks == NONE else {}
        status, answer = self.site.sends(RATERS[cast.rater], "/sheet", fields | marks | none)
        assert status == 200, answer.decode()
        self.sees(f"sheet {self.casts} {cast.rater}", answer)

    def _seals(self, cast: Cast, thought: Thought) -> None:
        """What the sheet's script does: blank ballots, filled in and sealed here, and only the sealed text sent."""
        number, _ = self.task(cast)
        who = RATERS[cast.rater]
        with self.database.transaction() as session:
            actor = actor_of(session, who)
            blanks = blank_ballots(session, actor=actor, unit_code=cast.rater, now=self.now)
            key = session.scalars(select(ReviewRound.public_key).where(ReviewRound.period == str(NOVEMBER))).one()
        blank = next(each for each in blanks if each.assignment_id == int(number))
        self.sees(
            f"blanks {self.casts} {cast.rater}", self.site.asks(who, "GET", f"/sheet/ballots?unit={cast.rater}")[1]
        )
        sealed = seal(key, replace(blank, marks=thought.marks, comment=thought.comment))
        ballot = {"assignment": blank.assignment_id, "counter": blank.counter, "sealed": sealed}
        sent = json.dumps({"csrf": form_token(SECRET, SESSIONS[who]), "ballots": [ballot]})
        status, answer = self.site.asks(
            who, "POST", "/sheet/ballots", content=sent, headers={"Content-Type": "application/json"}
        )
        assert status == 200, answer.decode()
        self.sees(f"sheet {self.casts} {cast.rater}", answer)

    def marks(self, expert: str, unit: str, marks: str) -> None:
        """An expert's ballot on the page of the panel: a mark, or a dash, for each indicator of the unit."""
        self.now += timedelta(minutes=1)
        with self.database.transaction() as session:
            here = (PanelTask.person_id == expert) & (PanelTask.unit_code == unit)
            row = session.execute(select(PanelTask.id, PanelTask.casts).where(here)).one()
        codes = PLAN.tables[unit]
        fields = {f"m.{code}": mark for code, mark in zip(codes, marks[: len(codes)], strict=True)}
        status, answer = self.site.sends(expert, f"/panel/{row.id}", {"casts": str(row.casts)} | fields)
        assert status == 200, answer.decode()
        self.sees(f"panel {expert} {unit}", answer)

    def taps(self, rater: str, action: Sequence[str]) -> Reply:
        return self.says(RATERS.get(rater, rater), kind="tap", action=action)

    def says(
        self, person: str, *, kind: str = "text", content: str = "", action: Sequence[str] = (), account: str = ""
    ) -> Reply:
        """One thing said in a private chat."""
        account = account or ACCOUNTS[person]
        if action:
            content = encode_action(SECRET, account, tuple(action))
        said = Inbound(
            channel="telegram", chat=account, account=account, kind=kind, content=content, bot="4242",  # type: ignore[arg-type]
            update_id=next(self.updates), message_ref="7" if kind == "tap" else None, display_name=person,
        )  # fmt: skip
        context = Context(SECRET, self.now, "https://tongping.example", "tongping_bot")
        with self.database.transaction() as session:
            return respond(session, said, context=context)

    def does(self, work: Callable[..., Any]) -> Any:
        """`work(session)` in a transaction, a minute later; what comes of it is seen."""
        self.now += timedelta(minutes=1)
        with self.database.transaction() as session:
            found = work(session)
            self.sees(f"done {getattr(work, '__name__', 'work')}", repr(found) if _is_plain(found) else "")
        return found

    def task(self, cast: Cast) -> tuple[str, int]:
        """The number of the assignment, and how often it was cast."""
        with self.database.transaction() as session:
            row = session.execute(
                select(Assignment.id, Assignment.casts).where(
                    Assignment.period == str(NOVEMBER), Assignment.rater == cast.rater, Assignment.target == cast.target
                )
            ).one()
        return str(row.id), row.casts

    # --- what is seen

    def sees(self, where: str, what: object) -> None:
        content = (
            what if isinstance(what, bytes) else what.encode() if isinstance(what, str) else canonical(what).encode()
        )
        self.seen.append((where, content))

    def sees_rows(self, where: str) -> None:
        """Every row of every table that the database has, in the order in which it is read."""
        with self.database.transaction() as session:
            names = sorted(inspect(session.connection()).get_table_names())
            for name in names:
                rows = session.execute(text(f'select * from "{name}"')).all()
                self.sees(f"{where}: table {name}", "\n".join(repr(tuple(row)) for row in rows))

    def sees_statements(self, where: str) -> None:
        """Everything that was asked of the database since, with its values, in order."""
        self.sees(f"{where}: statements", "\n".join(self.statements))
        self.statements.clear()

    def sees_files(self, where: str) -> None:
        """Everything that the installation has on the disk, to the byte."""
        for file in sorted(self.path.parent.glob(self.path.name + "*")):
            self.sees(f"{where}: file {file.name.removeprefix(self.path.name)}", file.read_bytes())

    def _note_statement(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        self.statements.append(f"{statement} | {_readable(parameters)!r}")


def _readable(parameters: Any) -> Any:
    """Values without the address at which bytes lie in memory."""
    if isinstance(parameters, memoryview):
        return bytes(parameters)
    return [_readable(each) for each in parameters] if isinstance(parameters, tuple | list) else parameters


def told(reply: Reply) -> list[Any]:
    """Everything a reply says to whoever spoke."""
    return [reply.toast, reply.edits, reply.place, *map(repr, (reply.screen, *reply.more, reply.table))]


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | bool | tuple | list | None) or hasattr(value, "__dataclass_fields__")


@contextlib.contextmanager
def logs_heard(world: World) -> Iterator[None]:
    """Every line of every log at the level DEBUG, ours and the libraries', is seen by the world."""
    lines: list[str] = []

    def keep(_logger: object, method: str, values: dict[str, Any]) -> dict[str, Any]:
        lines.append(f"{method} {sorted((name, repr(value)) for name, value in values.items())}")
        raise structlog.DropEvent

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.levelname} {record.getMessage()} {record.exc_info!r}")

    ear, root, before = Ear(logging.DEBUG), logging.getLogger(), structlog.get_config()
    level = root.level
    quiet = [logging.getLogger(name) for name in ("sqlalchemy", "httpx", "httpcore", "asyncio")]
    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET))
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    for each in quiet:  # what the database would tell is seen as statements; the others are the watcher's own
        each.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
        for each in quiet:
            each.setLevel(logging.NOTSET)
        structlog.configure(**before)
        world.sees("logs", "\n".join(lines))
