"""Key pairs, made once, and a season on the test's session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from reviews.sealing import generate_keys
from tests.reviews.season import Season


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    """A key pair, made once: (private, public)."""
    return generate_keys()


@pytest.fixture(scope="session")
def other_keys() -> tuple[str, str]:
    return generate_keys()


@pytest.fixture
def season_in(keys: tuple[str, str]) -> Callable[[Session], Season]:
    """A season on a session of the test's own."""
    return lambda session: Season(session, *keys)


@pytest.fixture
def season(session: Session, keys: tuple[str, str]) -> Season:
    return Season(session, *keys)
