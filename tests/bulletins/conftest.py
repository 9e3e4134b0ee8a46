"""Contents made by hand, and an office with a settled month."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from bulletins.content import BulletinContent
from tests.bulletins.cast import Desk
from tests.bulletins.samples import group_of_26, season, tier, unit_row


@pytest.fixture
def content() -> BulletinContent:
    """October 2026 of the whole group: the hospital alone in its tier, two centres without a rank."""
    return group_of_26()


@pytest.fixture
def with_name() -> Callable[[str], BulletinContent]:
    """The same season in which one ranked unit carries any name."""

    def make(name: str) -> BulletinContent:
        rows = (
            unit_row("x1", name, name, Fraction(8412, 100), 1),
            unit_row("x2", "二院", "Second Hospital", Fraction(80), 2),
            unit_row("x3", name, name, None, None, "no_total"),
        )
        return season(tier("secondary", "二级医院", "Secondary hospitals", *rows))

    return make


@pytest.fixture
def desk(session: Session) -> Desk:
    """October 2026 settled, Chen and Zhao in the office, two bulletin groups."""
    return Desk(session).is_ready()
