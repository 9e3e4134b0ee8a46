"""Member units 成员单位 and the installation they belong to: reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Installation, Unit
from locales.errors import DomainError
from locales.texts import pick


def all_units(session: Session) -> list[Unit]:
    """The units that take part, in the order of the configuration."""
    return list(session.scalars(select(Unit).where(Unit.active).order_by(Unit.position)))


def unit_names(session: Session, language: str) -> dict[str, str]:
    """Unit code → its name in a language, in the order of the configuration."""
    return {each.code: pick(each.name, language) for each in all_units(session)}


def unit(session: Session, code: str) -> Unit:
    """One unit by its code, or `unit_unknown`."""
    found = session.get(Unit, code)
    if found is None or not found.active:
        raise DomainError("unit_unknown", unit=code)
    return found


def installation(session: Session) -> Installation:
    """The consortium as applied, or `not_applied`."""
    found = session.get(Installation, 1)
    if found is None:
        raise DomainError("not_applied")
    return found


def zone(session: Session) -> ZoneInfo:
    """The consortium's time zone: months begin and end by it."""
    return ZoneInfo(installation(session).time_zone)


def patients_may_chat(session: Session) -> bool:
    """Whether patients answer in chat here; else the chat gives them the way to the page."""
    return allows_chat(installation(session).review)


def allows_chat(review: Mapping[str, Any]) -> bool:
    """The same from the installation's column `review`, for whoever reads it in a statement of their own."""
    return bool(review.get("patients", {}).get("chat", True))
