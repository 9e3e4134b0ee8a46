"""What the answer of a robot's or a webhook's server proves. PURE.

Knows status lines, headers and the codes that robots write into the body of a 200. Refuses to know connections and
what was sent. A code that nobody here knows is a refusal, and is named in the log by its number alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from outbox.outcomes import Outcome, Refused, RetryAt, Sent, Uncertain

FLOOD_PAUSE = 60
"""Seconds to leave a robot alone that was written to too often and named no pause: their windows are minutes."""

_BUSY = -1
_LONGEST_PAUSE = 86_400  # seconds; a longer one nobody can mean


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers in small letters, and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Codes = Mapping[int, str | None]
"""What a platform's code means: our code of a refusal; None where the platform asks to come later."""


def robot_outcome(answer: Answer, *, names: tuple[str, ...], codes: Codes, now: datetime) -> Outcome:
    """How a call to a robot ended, whose answer holds a code under one of `names`; 0 is success.

    A code of -1 (the platform is busy) proves nothing. A refusal by status alone, without a readable code, may come
    from something in between.
    """
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAt(now + pause_of(answer, FLOOD_PAUSE), "flood")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Uncertain("server_error")
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return Refused("redirected")
    code = robot_code(answer, names)
    if code == 0 and answer.status == HTTPStatus.OK:
        return Sent(None)
    if not code:
        return Uncertain("answer_unreadable")
    return _by_code(code, codes, now + pause_of(answer, FLOOD_PAUSE))


def _by_code(code: int, codes: Codes, later: datetime) -> Outcome:
    if code == _BUSY:
        return Uncertain("server_error")
    meaning = codes.get(code, "bad_request")
    return RetryAt(later, "flood") if meaning is None else Refused(meaning)


def robot_code(answer: Answer, names: tuple[str, ...]) -> int | None:
    """The code in the body; None when there is none."""
    document = json_object(answer.body)
    for name in names:
        value = document.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def pause_of(answer: Answer, usual: int) -> timedelta:
    """The pause that the answer names in seconds, or the usual one."""
    said = answer.headers.get("retry-after", "")
    seconds = int(said) if said.isascii() and said.isdigit() and len(said) < len(str(_LONGEST_PAUSE)) + 3 else usual
    return timedelta(seconds=min(max(seconds, 1), _LONGEST_PAUSE))


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer; empty when there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
