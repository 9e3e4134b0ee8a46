"""PURE. Scripted faults: what goes wrong, for which call.

Knows what is due for a call; the server acts on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TooMany:
    """429 without acting."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """A 5xx without acting."""

    code: int = 500
    description: str = "Internal Server Error"


@dataclass(frozen=True, slots=True)
class ClosedBefore:
    """The connection closes; nothing was done."""


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The call is done, and then the connection closes without an answer."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The answer takes `seconds`. Acts at once, or, with `acts_first=False`, at the end if the client still waits."""

    seconds: float
    acts_first: bool = True


@dataclass(frozen=True, slots=True)
class Garbled:
    """The call is done, and the answer is no JSON."""

    body: bytes = b'{"ok":true,"result":{"message_'


Fault = TooMany | ServerError | ClosedBefore | AnswerLost | Stall | Garbled
Rule = Callable[[str, int | None, int], Fault | None]


@dataclass(slots=True)
class Script:
    """The fault for the `call`-th to (`call` + `times` - 1)-th of the calls that match; None matches all."""

    fault: Fault
    method: str | None = None
    chat: int | None = None
    call: int = 1
    times: int | None = 1
    seen: int = 0
    fired: int = 0


@dataclass(slots=True)
class Faults:
    """The scripts, and rules that look at (method, chat, running number) and may name a fault."""

    scripts: list[Script] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    number: int = 0


def fault_for(faults: Faults, method: str, chat: int | None) -> Fault | None:
    """Counts the call in every script it matches, and returns the first fault that is due."""
    faults.number += 1
    due: Fault | None = None
    for script in faults.scripts:
        if script.method not in {None, method} or script.chat not in {None, chat}:
            continue
        script.seen += 1
        if due is None and script.seen >= script.call and (script.times is None or script.fired < script.times):
            script.fired += 1
            due = script.fault
    for rule in faults.rules:
        due = due or rule(method, chat, faults.number)
    return due
