"""Times and questions of the tests of retention: when what Mei left has been kept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.schema import metadata
from locales.errors import Finding
from surveys.audiences.invariants import check_audiences
from surveys.fielding.invariants import check_fielding
from surveys.honesty.invariants import check_honesty
from surveys.invariants import check_surveys
from surveys.responses import send_response
from tests.surveys.cast import LEFT, NOW, choice, fill, free_text, scored, small_document, when

DAY = timedelta(days=1)
YEAR_LATER = NOW + 365 * DAY
CLOSED = LEFT + 42 * DAY  # the window of a visit that ended at LEFT
CODE = "7Q2M-0KXD-94TB"
MARK = "唯一的记号-7f3a"

WORDS = small_document(
    scored("care", "care"),
    choice("kinds", "tea", "milk", repeats=True, constraint="optionsOrString"),
    free_text("why", required=True),
    free_text("more", parent="why"),
    free_text("idea"),
    choice("publish", enable_when=[when("why", "exists", True)], required=True),
)
SAID = {
    "care": ("5",), "kinds": ("tea", f"~{MARK} 咖啡"), "why": (f"{MARK} 一",), "more": (f"{MARK} 二",), "idea": (),
    "publish": ("yes",),
}  # fmt: skip


def sent(session: Session, visit: str = "v1", *, code: str = CODE, now: datetime = NOW, **answers: Any) -> str:
    """A patient answers in their own words, wherever these may stand, and sends; the response's id."""
    response = fill(session, {**SAID, **answers}, visit, now=now)
    assert not hasattr(send_response(session, response_id=response, receipt_code=code, now=now), "code")
    return response


def doctor(session: Session) -> list[Finding]:
    session.flush()
    session.expire_all()
    checks = (check_surveys, check_fielding, check_audiences, check_honesty)
    return [finding for check in checks for finding in check(session)]


def stored(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Everything there is."""
    session.flush()
    return {
        table.name: [dict(row._mapping) for row in session.execute(select(table).order_by(*table.primary_key))]
        for table in metadata().sorted_tables
    }


def holds(session: Session, words: str) -> list[str]:
    """The tables in which these words stand."""
    return [name for name, rows in stored(session).items() if any(words in str(row) for row in rows)]
