"""Two worlds at a time, each on a copy of the same founded installation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviews.sealing import generate_keys
from tests.blindness.cast import is_founded
from tests.blindness.world import World


@pytest.fixture(autouse=True)
def _quick_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own client looks for this library at every request, and looking takes as long as a page."""
    monkeypatch.setitem(sys.modules, "sniffio", None)


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    """The review key, made once: (private, public)."""
    return generate_keys()


@pytest.fixture(scope="session")
def auditor_keys() -> tuple[str, str]:
    """The auditor's key, made once: (private, public)."""
    return generate_keys()


@pytest.fixture(scope="session")
def founded(
    sqlite_template: bytes,
    keys: tuple[str, str],
    auditor_keys: tuple[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> bytes:
    """The installation in which a round has just opened."""
    path = tmp_path_factory.mktemp("founded") / "founded.sqlite3"
    is_founded(path, sqlite_template, {"public_key": keys[1], "auditor_key": auditor_keys[1]})
    return path.read_bytes()


@pytest.fixture
def new_world(founded: bytes, tmp_path: Path) -> Iterator[Callable[[], World]]:
    """Makes worlds, all alike; each lies where the last one lay, so that no path differs."""
    worlds: list[World] = []
    path = tmp_path / "world.sqlite3"

    def make() -> World:
        for file in (path, *tmp_path.glob("world.sqlite3-*")):
            file.unlink(missing_ok=True)
        for made in worlds:
            made.ends()
        worlds.clear()
        path.write_bytes(founded)
        worlds.append(World(path))
        return worlds[-1]

    yield make
    for made in worlds:
        made.ends()
