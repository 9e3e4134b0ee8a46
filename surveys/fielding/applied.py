"""The settings of fielding as they were applied with `schedule.toml`."""

from __future__ import annotations

from sqlalchemy.orm import Session

from consortium.units import installation
from locales.errors import DomainError
from surveys.fielding.settings import FieldingSettings, parse_surveys

SCHEDULE_FILE = "schedule.toml"


def settings_of(session: Session) -> FieldingSettings:
    """As applied; they were checked then, and settings that no longer read are refused: `schedule_refused`."""
    settings, findings = parse_surveys(installation(session).schedule.get("surveys"), file=SCHEDULE_FILE)
    if findings:
        raise DomainError("schedule_refused", faults=len(findings), key=findings[0].key)
    return settings
