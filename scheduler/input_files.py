"""The files that a step of the season may need: where they lie, as applied, and what is in them. Edge code.

Knows folders and how much is read. Refuses to know what a file means: what cannot be read is None, and the step that
needs it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from consortium.imports import MAXIMUM_BYTES
from consortium.models import Installation
from scheduler.jobs import timetable_of

_log = structlog.get_logger("scheduler")


@dataclass(frozen=True, slots=True)
class InputFiles:
    """Where the files lie that jobs may need, as applied."""

    cooperation: Path | None
    key: Path | None


def input_files(session: Session) -> InputFiles:
    """The paths of the applied configuration; None where it names none."""
    applied = session.get_one(Installation, 1)
    folder = Path(applied.folder)
    cooperation, key = timetable_of(session).cooperation_file, applied.review.get("key_file")
    return InputFiles(
        cooperation=folder / cooperation if cooperation is not None else None,
        key=folder / str(key) if key else None,
    )


def read_file(path: Path) -> bytes | None:
    """A file's bytes, at most a little more than an import takes, so that it is the import that refuses it."""
    try:
        with path.open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except OSError as fault:
        _log.warning("run.file_unreadable", file=path.name, reason=fault.strerror or type(fault).__name__)
        return None
