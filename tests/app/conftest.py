"""A shell in an empty folder, and shells in which a small group stands where a season has brought it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.app.command_line import CommandLine
from tests.app.small_group import OPENED, found, play_october


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A person at a shell in an empty folder, whose terminal speaks Chinese."""
    return CommandLine(tmp_path)


@pytest.fixture
def group(_group: Path, tmp_path: Path) -> CommandLine:
    """The small group, applied on 5 October."""
    return _moved(_group, tmp_path)


@pytest.fixture
def voting(_voting: Path, tmp_path: Path) -> CommandLine:
    """The small group with its round of October open, and no ballot yet."""
    return _moved(_voting, tmp_path)


@pytest.fixture
def october(_october: Path, tmp_path: Path) -> CommandLine:
    """The small group after its October is settled."""
    return _moved(_october, tmp_path)


@pytest.fixture(scope="session")
def _group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("group")
    found(CommandLine(folder))
    return folder


@pytest.fixture(scope="session")
def _voting(_group: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shell = _moved(_group, tmp_path_factory.mktemp("voting"))
    shell.done("review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", CLOCK=OPENED)
    return shell.folder


@pytest.fixture(scope="session")
def _october(_voting: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shell = _moved(_voting, tmp_path_factory.mktemp("october"))
    play_october(shell)
    return shell.folder


def _moved(template: Path, tmp_path: Path) -> CommandLine:
    """A copy of one's own, to spoil: everything in it names the new place."""
    shell = CommandLine(tmp_path / "here")
    shutil.copytree(template, shell.folder)
    with sqlite3.connect(shell.database) as connection:
        connection.execute("update installation set folder = ?", (str(shell.folder / "group"),))
    connection.close()
    return shell
