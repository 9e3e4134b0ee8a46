"""A session on which the consortium stands and a small blind questionnaire for staff is in use."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.surveys.audiences.cast import BLIND
from tests.surveys.cast import set_up


@pytest.fixture
def ready(session: Session) -> Session:
    set_up(session, BLIND)
    return session
