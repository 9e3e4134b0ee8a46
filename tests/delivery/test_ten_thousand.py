"""Ten thousand deliveries, a tenth of whose attempts fail in every way a platform or a worker can fail: none doubled
that may not be, none lost in silence.

The platform is a script on a clock of its own; outbox, policy and what a worker writes down are the real ones.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from app.schema import metadata
from delivery.handover import write_end
from delivery.outgoing import Moved
from outbox.deliveries import Claimed, claim, recover_interrupted, settle
from outbox.message import Message, to_json
from outbox.models import Delivery
from outbox.outcomes import NotSent, Outcome, Refused, RetryAt, Sent, Uncertain
from outbox.policy import KINDS, MOST_DOUBTS, REPEATABLE
from storage.database import Database

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
MANY = 10_000
LOTS = ("wecom", "dingtalk", "feishu", "email", "webhook")  # these get parted bulletins; Telegram the many
DIED, LATE = "died", "late"  # what no sender says: the worker is gone, or came back after its lease

End = Outcome | Moved | str


class Script:
    """A platform that fails as it is told and remembers what people saw."""

    def __init__(self, seed: int) -> None:
        self.lots = random.Random(seed)
        self.seen: dict[str, list[str]] = defaultdict(list)  # by the text of a message: to which addresses
        self.order: dict[str, list[str]] = defaultdict(list)  # by address: texts
        self.fates: Counter[str] = Counter()
        self.moved: set[str] = set()

    def arrives(self, one: Claimed) -> Sent:
        self.seen[one.message.text].append(one.address)
        self.order[one.address].append(one.message.text)
        return Sent(str(len(self.order[one.address])))

    def send(self, one: Claimed, now: datetime) -> End:
        if self.lots.random() >= 0.1:
            return self.arrives(one)
        fate = self.lots.choice(tuple(FATES))
        self.fates[fate] += 1
        return FATES[fate](self, one, now)

    def after_arriving(self, one: Claimed, end: End) -> End:
        self.arrives(one)
        return end

    def moves(self, one: Claimed) -> End:
        if one.address in self.moved or one.channel != "telegram":
            return self.arrives(one)
        self.moved |= {one.address, f"{one.address}-new"}
        return Moved(f"{one.address}-new")


Fate = Callable[[Script, Claimed, datetime], End]
FATES: dict[str, Fate] = {
    "429": lambda script, one, now: RetryAt(now + timedelta(seconds=30), "flood"),
    "5xx": lambda script, one, now: Uncertain("server_error"),
    "5xx after acting": lambda script, one, now: script.after_arriving(one, Uncertain("server_error")),
    "connection refused": lambda script, one, now: NotSent("no_connection"),
    "timeout before": lambda script, one, now: Uncertain("no_answer"),
    "timeout after": lambda script, one, now: script.after_arriving(one, Uncertain("no_answer")),
    "reset after": lambda script, one, now: script.after_arriving(one, Uncertain("no_answer")),
    "stall": lambda script, one, now: script.after_arriving(one, Uncertain("too_slow")),
    "garbled": lambda script, one, now: script.after_arriving(one, Uncertain("answer_unreadable")),
    "400": lambda script, one, now: Refused("bad_request"),
    "403": lambda script, one, now: Refused("blocked"),
    "code in a 200": lambda script, one, now: Refused("key_refused"),
    "migrated": lambda script, one, now: script.moves(one),
    "killed before": lambda script, one, now: DIED,
    "killed after": lambda script, one, now: script.after_arriving(one, DIED),
    "slept past its lease": lambda script, one, now: script.after_arriving(one, LATE),
}


def test_none_is_doubled_and_none_is_lost_in_silence():
    database, script = Database("sqlite://"), Script(11)
    metadata().create_all(database.engine)
    try:
        kinds = _owe_all(database)
        _run(database, script)
        _judge(database, script, kinds)
    finally:
        database.close()
    assert min(script.fates[fate] for fate in FATES) > 20, script.fates


def _owe_all(database: Database) -> dict[str, str]:
    """Invitations, reminders and notices for as many chats, and bulletins in three parts for a hundred groups; all in
    one statement, as `enqueue` has its own tests.
    """
    rows = []
    for number in range(MANY - 300):
        kind = ("invitation", "reminder", "notice")[number % 3]
        rows.append(_row(number + 1, f"m{number}", kind, "telegram", str(1000 + number // 2)))
    for group in range(100):
        for number in range(3):
            after = len(rows) if number else None
            address = f"group-{group}"
            rows.append(_row(len(rows) + 1, f"g{group}.{number}", "bulletin", LOTS[group % 5], address, after))
    with database.transaction() as session:
        session.execute(insert(Delivery), rows)
    return {row["dedupe_key"]: row["kind"] for row in rows}


def _row(number: int, key: str, kind: str, channel: str, address: str, after: int | None = None) -> dict[str, Any]:
    return {
        "id": number, "dedupe_key": key, "kind": kind, "channel": channel, "address": address, "after_id": after,
        "message": to_json(Message(key)), "state": "owed", "attempts": 0, "doubts": 0, "created_at": NOON,
    }  # fmt: skip


def _run(database: Database, script: Script) -> None:
    """Rounds of claims and ends, one transaction each, until nothing is owed; the clock goes where something is due."""
    now, late = NOON, list[tuple[datetime, Claimed]]()
    for _ in range(5000):
        with database.transaction() as session:
            claimed = [
                one
                for channel in ("telegram", *LOTS)
                for one in claim(session, now=now, lease=LEASE, limit=400, channel=channel)
            ]
        with database.transaction() as session:
            for one in claimed:
                end = script.send(one, now)
                if end == LATE:
                    late.append((now + 2 * LEASE, one))
                elif not isinstance(end, str):
                    write_end(session, claimed=one, end=end, now=now)
        with database.transaction() as session:
            recover_interrupted(session, now=now)
            for at, one in [each for each in late if each[0] <= now]:
                settle(session, delivery_id=one.id, attempt=one.attempt, outcome=Sent("late"), now=at)
                late.remove((at, one))
            unfinished = session.scalar(
                select(func.count()).select_from(Delivery).where(Delivery.state.in_(("owed", "attempting")))
            )
            blocked = _blocked(session)
        if not late and unfinished == blocked:
            return
        now += timedelta(seconds=1 if claimed else 31)
    pytest.fail("never done")


def _blocked(session) -> int:
    """Parts that wait for a person's word on the part before them."""
    waits = select(Delivery.id).where(Delivery.state == "uncertain")
    blocked: set[int] = set()
    while True:
        behind = set(session.scalars(select(Delivery.id).where(
            Delivery.state == "owed", Delivery.after_id.in_(blocked or waits)))) | blocked  # fmt: skip
        if behind == blocked:
            return len(blocked)
        blocked = behind


def _judge(database: Database, script: Script, kinds: dict[str, str]) -> None:
    with database.transaction() as session:
        rows = session.execute(
            select(Delivery.dedupe_key, Delivery.state, Delivery.code, Delivery.doubts, Delivery.after_id)
        ).all()
    assert len(rows) == MANY
    assert set(kinds.values()) == set(KINDS)
    for key, state, code, doubts, after in rows:
        copies = len(script.seen[key])
        if kinds[key] in REPEATABLE:
            assert copies <= MOST_DOUBTS, key  # the same ticket, and never more often than that
            assert copies <= doubts + 1, key  # nothing is repeated without a doubt
        else:
            assert copies <= 1, key
        if state == "sent":
            assert copies >= 1, key
        elif state == "refused":
            assert (copies == 0 or doubts > 0, bool(code)) == (True, True), key
        elif state == "uncertain":
            assert (doubts > 0, bool(code)) == (True, True), key  # on a person's list, with its reason
        else:
            assert (state, after is not None, copies) == ("owed", True, 0), key  # behind such a one
    for address, texts in script.order.items():
        if address.startswith("group-"):
            assert texts == sorted(texts), address  # no part before the one it follows
    states = Counter(state for _, state, *_ in rows)
    assert states["sent"] > MANY * 0.9
    assert set(states) == {"sent", "refused", "uncertain", "owed"}
