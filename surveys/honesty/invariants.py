"""What must hold between doubted answers and the stream they count in; each check names what it found, for `doctor`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from locales.errors import Finding
from surveys.honesty.holds import OUT
from surveys.honesty.models import Hold
from surveys.models import Response
from surveys.sittings import HELD

_FILE = "database"


def check_honesty(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def holds_and_streams_agree(session: Session) -> list[Finding]:
    """A response counts as held exactly while somebody doubts it, in the month and the unit of its hold."""
    rows = session.execute(
        select(
            Response.id, Response.stream, Response.period, Response.unit_code, Hold.state, Hold.period, Hold.unit_code
        )
        .outerjoin(Hold, Hold.response_id == Response.id)
        .where((Response.stream == HELD) | Hold.state.is_not(None))
        .order_by(Response.id)
    )
    findings = []
    for response_id, stream, period, unit_code, state, of_period, of_unit in rows:
        is_out = state in OUT
        if is_out != (stream == HELD) or (state is not None and (period, unit_code) != (of_period, of_unit)):
            findings.append(Finding(_FILE, f"response:{response_id}", "hold_stream_differs", {"state": state or "—"}))
    return findings


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (holds_and_streams_agree,)
