"""The desk where a bulletin is made: October is settled, Chen and Zhao are in the office, two groups wait for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.editions import correct, draft, propose, release
from bulletins.models import Bulletin
from consortium.models import Chat, Person, Role
from consortium.people import actor_of
from locales.errors import DomainError, explain
from outbox.models import Delivery
from tests.evaluation.cast import OCTOBER, Season

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
OFFICE = {"chen": "陈", "zhao": "赵", "sun": "孙"}
GROUPS = {"-1001": ("职工群", None), "-1002": ("Staff", "en")}


@dataclass
class Desk:
    """What happens at it, by whom, on a clock that is moved."""

    session: Session
    now: datetime = MORNING
    season: Season = field(init=False)

    def is_ready(self) -> Desk:
        self.season = Season(self.session).has_a_full_month()
        self.season.settles()
        for person_id, name in OFFICE.items():
            self.session.add(Person(id=person_id, name=name, language="zh", active=True))
        self.session.add(Person(id="li", name="李", language="zh", active=True))
        self.session.flush()
        for number, person_id in enumerate(OFFICE, start=1):
            self.session.add(Role(person_id=person_id, role="office", unit_code=None))
            self.session.add(Chat(channel="telegram", address=str(number), kind="private", title="", state="active",
                                  person_id=person_id, seen_at=MORNING))  # fmt: skip
        self.session.add(Role(person_id="li", role="representative", unit_code="jia"))
        for address, (title, language) in GROUPS.items():
            self.session.add(Chat(channel="telegram", address=address, kind="group", title=title, state="active",
                                  purpose="bulletin", language=language, seen_at=MORNING))  # fmt: skip
        self.session.flush()
        return self

    def drafts(self) -> Bulletin:
        return draft(self.session, period=OCTOBER, actor="schedule", now=self._tick())

    def proposes(self, person_id: str = "chen", bulletin_id: int | None = None) -> Bulletin:
        chosen = bulletin_id or self.drafts().id
        return propose(self.session, actor=actor_of(self.session, person_id), bulletin_id=chosen, now=self._tick())

    def releases(self, bulletin: Bulletin, person_id: str = "zhao", seen: str | None = None) -> int:
        return release(
            self.session,
            actor=actor_of(self.session, person_id),
            bulletin_id=bulletin.id,
            content_hash=bulletin.content_hash[:12] if seen is None else seen,
            now=self._tick(),
        )

    def corrects(self, note: str, person_id: str = "chen") -> Bulletin:
        return correct(
            self.session, period=OCTOBER, actor=actor_of(self.session, person_id), note=note, now=self._tick()
        )

    def owed(self, address: str | None = None) -> list[Delivery]:
        rows = self.session.scalars(select(Delivery).order_by(Delivery.id)).all()
        return [row for row in rows if address in (None, row.address)]

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class refused:  # noqa: N801 - reads as a sentence: with refused("bulletin_changed")
    """What stands inside is refused with this code, and both languages have a whole sentence for it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, DomainError):
            if error is None:
                pytest.fail(f"not refused, although {self.code} was expected")
            return False
        assert error.code == self.code
        sentences = [explain(language, error) for language in ("zh", "en")]
        assert all("{" not in sentence for sentence in sentences)
        assert sentences[0] != sentences[1]
        return True
