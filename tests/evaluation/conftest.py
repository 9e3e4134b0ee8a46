"""A season on the test's session."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.evaluation.cast import Season


@pytest.fixture
def season(session: Session) -> Season:
    return Season(session)
