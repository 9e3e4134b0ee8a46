"""On which databases a test runs: SQLite, PostgreSQL, or both."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

WHICH = "which databases; usual: both where queries, locks or types are at stake, elsewhere one in turn"
CHOICES = ("sqlite", "postgres", "both", "usual")
_BOTH = ("sqlite", "postgres")
_AT_STAKE = ("storage", "outbox")


def databases_for(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    """The names of the databases that this test runs on."""
    chosen: str = metafunc.config.getoption("--database")
    if chosen in _BOTH:
        return (chosen,)
    test = metafunc.definition
    folder = test.path.relative_to(Path(__file__).parent).parts[0]
    if chosen == "both" or folder in _AT_STAKE or test.get_closest_marker("both_databases") is not None:
        return _BOTH
    return (_BOTH[zlib.crc32(test.nodeid.encode()) % len(_BOTH)],)
