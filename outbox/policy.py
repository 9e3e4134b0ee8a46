"""What follows from the end of an attempt: which state a delivery takes, and when it may be tried again.

Knows kinds, outcomes and waits. PURE: refuses to know databases, clocks, channels and contents.

Only what certainly did not arrive is repeated by itself: a failure before sending, and a refusal that says "later".
In doubt, an invitation or a reminder is repeated (its ticket is the same and an answer counts once), up to three
doubtful attempts; a bulletin or a notice waits for a person. What replaces a message may be repeated likewise: the
same words twice in the same place are the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Sent, Uncertain

OWED: Final = "owed"
ATTEMPTING: Final = "attempting"
SENT: Final = "sent"
REFUSED: Final = "refused"
UNCERTAIN: Final = "uncertain"
HELD: Final = "held"

RETRACTED: Final = "retracted"
"""The code of what is not sent any more, because what it belongs to was taken back."""

SUPERSEDED: Final = "superseded"
"""The code of an edit that a later edit of the same message made needless."""

KINDS = ("notice", "bulletin", "invitation", "reminder")
"""In the order in which they are served: what people wait for first, the many last."""

REPEATABLE = frozenset({"invitation", "reminder"})
MOST_DOUBTS = 3

_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)

_ACCEPTED = MappingProxyType(
    {
        ATTEMPTING: (Sent, Refused, RetryAt, NotSent, Uncertain),
        # Late news of the same attempt, after its lease ran out: certainty is better than asking a person …
        UNCERTAIN: (Sent, Refused, RetryAt, NotSent),
        # … and what was to be repeated need not be, if it has arrived.
        OWED: (Sent,),
        # What was called off while it was under way has arrived after all.
        REFUSED: (Sent,),
    }
)


@dataclass(frozen=True, slots=True)
class Next:
    """The state after an attempt, its code, how many doubtful attempts there are now, and when to try again."""

    state: str
    code: str | None
    doubts: int
    not_before: datetime | None = None


def accepts(state: str, outcome: Outcome) -> bool:
    """Whether a delivery in `state` still takes this end of its latest attempt."""
    return isinstance(outcome, _ACCEPTED.get(state, ()))


def after_attempt(
    outcome: Outcome, *, kind: str, attempt: int, doubts: int, now: datetime, is_edit: bool = False
) -> Next:
    """Return what follows when attempt number `attempt` (from 1) ended so; `doubts` counts earlier doubtful ones."""
    match outcome:
        case Sent():
            return Next(SENT, None, doubts)
        case Refused(code=code):
            return Next(REFUSED, code, doubts)
        case RetryAt(at=at, code=code):
            return Next(OWED, code, doubts, at)
        case NotSent(code=code):
            return Next(OWED, code, doubts, now + backoff(attempt))
        case Uncertain(code=code):
            if (is_edit or kind in REPEATABLE) and doubts + 1 < MOST_DOUBTS:
                return Next(OWED, code, doubts + 1, now + backoff(attempt))
            return Next(UNCERTAIN, code, doubts + 1)


def backoff(attempt: int) -> timedelta:
    """Return the wait after the given attempt (from 1): 2 s, doubled each time, at most 5 minutes."""
    doublings = min(attempt - 1, 10)  # beyond that the cap holds anyway, and powers stay small
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
