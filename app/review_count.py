"""`tongping review count`: with the key of one holder, or the shares of two trustees, from ballots to results.

Says what was counted, what was void, what the published lists add up to, and what became of the ballots. Knows the
terminal. Refuses to know how ballots are opened, and to keep a key or a share.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.answer import Answer
from app.commands import ACTOR, key_file
from app.installation import opened
from app.review_keys import private_key_in
from app.settings import read_settings, terminal_language
from consortium.periods import Period
from consortium.units import installation
from locales.errors import DomainError
from locales.texts import text
from reviews import erasure
from reviews.erasure import Erased
from reviews.results import Counted
from reviews.rounds import COUNTED, ERASED, round_of
from scheduler import counting
from storage.database import Database


def count_round(period: str, key: Path | None, *, shares: Sequence[Path] = ()) -> Answer:
    """Open the ballots with `key`, or else the key file of the configuration, write the results, erase the ballots.

    A key of trustees takes two shares, from files or typed in at the terminal. A round that is counted needs no key:
    what is left to erase is erased, and what was found is said again.
    """
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database:
        private = _private_key(database, month, key, shares)
        with _progress(language) as told:
            counted = counting.count_round(
                database, period=month, private_key=private, actor=ACTOR, clock=settings.clock.now, progress=told
            )
        try:
            erased = erasure.erase_round(database, period=month, actor=ACTOR, now=settings.clock.now())
        except DomainError:
            _tell(_counted_lines(month, counted, language))
            raise
    lines = [*_counted_lines(month, counted, language), *erased_lines(database, erased, language)]
    return Answer(_document(month, counted, erased), lines)


def erased_lines(database: Database, erased: Erased, language: str) -> list[str]:
    """What became of the ballots, and what is left for people to destroy."""
    if not database.is_sqlite:
        return [text(language, "count.erased.server")]
    lines = [text(language, "count.erased.files", files=", ".join(erased.files))] if erased.files else []
    if erased.copies:
        lines.append(text(language, "count.erased.copies", copies=", ".join(erased.copies)))
    return [*lines, text(language, "count.erased.key")]


def _private_key(database: Database, month: Period, key: Path | None, shares: Sequence[Path]) -> str:
    """The key to open ballots with; "" where none have to be opened any more."""
    with database.transaction() as session:
        round_ = round_of(session, month)
        if round_ is not None and round_.state in (COUNTED, ERASED):
            return ""
        path = key or key_file(installation(session).folder, installation(session).review.get("key_file"))
    return private_key_in(path, share_files=shares)


def _counted_lines(month: Period, counted: Counted, language: str) -> list[str]:
    said = {"period": month, "ballots": counted.ballots, "units": counted.units, "scored": counted.scored}
    lines = [text(language, "count.counted", **said)]
    if counted.void:
        lines.append(text(language, "count.void", void=counted.void))
    return [*lines, text(language, "count.root", root=counted.root)]


def _document(month: Period, counted: Counted, erased: Erased) -> dict[str, Any]:
    return {
        "period": str(month),
        "state": ERASED,
        "ballots": counted.ballots,
        "void": counted.void,
        "units": counted.units,
        "scored": counted.scored,
        "root": counted.root,
        "erased": {"ballots": erased.ballots, "files": list(erased.files), "copies": list(erased.copies)},
    }


@contextmanager
def _progress(language: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr while ballots are opened."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(text(language, "count.opening"), total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - stdout carries the answer alone
