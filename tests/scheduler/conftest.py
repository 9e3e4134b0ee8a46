"""A key pair, made once, and an office with the example timetable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reviews.sealing import generate_keys
from storage.database import Database
from tests.scheduler.cast import EXAMPLE, Clock, Office, at, cooperation_csv, set_up


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    """(private, public)"""
    return generate_keys()


@pytest.fixture
def office(database: Database, tmp_path: Path, keys: tuple[str, str]) -> Callable[..., Office]:
    """`office()` is set up on 20 October with the example timetable, its key file and the cooperation of October."""

    def make(schedule: Mapping[str, Any] = EXAMPLE, start: str = "2026-10-20 08:00", *, has_key: bool = True) -> Office:
        folder = tmp_path / "configuration"
        folder.mkdir()
        (folder / "cooperation.csv").write_bytes(cooperation_csv("2026-10", "2026-11"))
        with database.transaction() as session:
            set_up(session, schedule=schedule, folder=folder, now=at(start), keys=keys if has_key else None)
        return Office(database, Clock(at(start)), folder)

    return make


@pytest.fixture
def voting(office: Callable[..., Office]) -> Office:
    """October's round is open until 2 November, everybody is invited, nobody has scored."""
    here = office()
    here.ticks("2026-10-22 09:30")
    return here
