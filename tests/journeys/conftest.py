"""The fixtures of the journeys: a blueprint drawn once, doubles of Telegram, installations that never outlive a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.databases import databases_for
from tests.journeys.installation import Blueprint, Installation, draw_blueprint
from tests.journeys.program import Nursery
from tests.journeys.small_consortium import Wishes
from tests.telegram_double import TelegramDouble

_numbers = count(1)
Founder = Callable[..., Installation]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_address" in metafunc.fixturenames:
        databases = databases_for(metafunc)
        metafunc.parametrize("database_address", databases, indirect=True, scope="module")


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Blueprint:
    """The configuration of the small consortium, made by `init`, `keygen`, an edit and `check`."""
    return draw_blueprint(tmp_path_factory.mktemp("blueprint"), clock="2026-10-05T09:00:00+08:00")


@pytest.fixture(scope="module")
def database_address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None for a SQLite file of the installation's own; otherwise an empty database on the PostgreSQL server."""
    if request.param == "sqlite":
        yield None
        return
    with _empty_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(scope="module")
def tg() -> Iterator[TelegramDouble]:
    """One Telegram for the stories of a file; each story has people of its own."""
    with TelegramDouble(webhook_retry=0.05) as double:
        yield double


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    """A Telegram for one story."""
    with TelegramDouble(webhook_retry=0.05) as double:
        yield double


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where programs come from that need not start from nothing."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def found(blueprint: Blueprint, nursery: Nursery, tmp_path: Path) -> Iterator[Founder]:
    """Founds installations that live as long as one test; call it with a Telegram and wishes."""
    with founding(blueprint, nursery, tmp_path) as founder:
        yield founder


@pytest.fixture(scope="module")
def found_once(blueprint: Blueprint, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founder]:
    """Founds installations for all tests of a file."""
    with founding(blueprint, nursery, tmp_path_factory.mktemp("houses")) as founder:
        yield founder


@contextmanager
def founding(blueprint: Blueprint, nursery: Nursery, folder: Path) -> Iterator[Founder]:
    """Installations of which none runs afterwards; their logs are shown if a test fails."""
    with ExitStack() as running:

        def founds(telegram: TelegramDouble, *, wishes: Wishes | None = None, **settings: str) -> Installation:
            place = folder / f"house-{next(_numbers)}"
            place.mkdir()
            address = settings.pop("database_url", None)
            house = Installation(
                place, blueprint, telegram, starter=nursery, database_url=address, wishes=wishes, **settings
            )
            running.callback(lambda: print(house.logs[-6000:]))
            running.callback(house.is_left)
            return house.is_applied()

        yield founds


@contextmanager
def _empty_database(server: str) -> Iterator[str]:
    name = f"journey_{next(_numbers)}"
    _execute(server, f"create database {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _execute(server, f"drop database {name} with (force)")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
