"""What the tests of the sheet share: a consortium of any size with an open round, and what its ballots say when opened."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from consortium.models import Account
from consortium.people import actor_of
from consortium.periods import Period
from reviews.ballot_store import store_name, stored_ballots
from reviews.ballots import assignments_of, cast_ballot
from reviews.cooperation import import_cooperation
from reviews.rounds import close_round, open_round
from reviews.sealing import BallotContent, unseal
from storage.database import Database
from tests.cast import consortium_document, found_consortium
from tests.web.cast import NOW, PEOPLE, Town

PERIOD = Period.parse("2026-10")
CLOSES = NOW + timedelta(hours=5)
SMALL = consortium_document()["units"]


def many_units(count: int) -> list[dict[str, Any]]:
    """The three of the cast, and more of them."""
    more = [
        {
            "code": f"u{number:02}",
            "name": {"zh": f"第{number}社区卫生服务中心", "en": f"Community Health Centre No. {number}"},
            "tier": "primary",
            "district": "西区",
        }
        for number in range(count - len(SMALL))
    ]
    return [*SMALL, *more]


@dataclass
class Round:
    """An open round on a town's database. `private` opens its ballots."""

    town: Town
    private: str = field(repr=False)
    public: str

    @property
    def database(self) -> Database:
        return self.town.database

    def opened(self) -> list[BallotContent]:
        """Every ballot that lies there, opened, by assignment and number."""
        with self.database.transaction() as session:
            sealed = stored_ballots(session, store_name(str(PERIOD)))
        found = [unseal(self.private, each) for each in sealed]
        return sorted(found, key=lambda ballot: (ballot.assignment_id, ballot.counter))

    def said(self) -> set[tuple[str, str, int, str]]:
        """(target, marks, number of the cast, comment)."""
        return {(each.target, each.marks, each.counter, each.comment) for each in self.opened()}

    def sealed(self) -> list[str]:
        with self.database.transaction() as session:
            return stored_ballots(session, store_name(str(PERIOD)))

    def tasks(self, unit: str = "jia") -> dict[str, int]:
        """Assignment by target."""
        with self.database.transaction() as session:
            return {task.target: task.id for task in assignments_of(session, period=PERIOD, unit_code=unit)}

    def casts(self, person: str, target: str, marks: str, unit: str = "jia") -> str:
        """Somebody casts in chat; the receipt."""
        task, number = self.tasks(unit)[target], len(self.sealed())
        with self.database.transaction() as session:
            receipt = cast_ballot(
                session,
                actor=actor_of(session, person),
                assignment_id=task,
                marks=marks,
                ballot_id=f"chat-{number}",
                now=self.town.now,
            )
        return receipt.code

    def closes(self) -> None:
        with self.database.transaction() as session:
            close_round(session, period=PERIOD, actor="schedule", now=self.town.now)

    def binds(self, person: str, account: str) -> None:
        """A confirmed Telegram account."""
        with self.database.transaction() as session:
            session.add(
                Account(
                    channel="telegram", account=account, person_id=person, display_name=person,
                    requested_at=NOW, confirmed_at=NOW,
                )
            )  # fmt: skip


def round_on(database: Database, keys: tuple[str, str], *, units: int = 3, people: Any = PEOPLE) -> Round:
    """October's round is open: everyone scores everyone."""
    private, public = keys
    chosen = many_units(units)
    codes = sorted(unit["code"] for unit in chosen)
    pairs = "".join(f"{one},{other},referral,1,2026-10\n" for one, other in itertools.combinations(codes, 2))
    with database.transaction() as session:
        found_consortium(
            session, now=NOW, people=people, units=chosen, review={"public_key": public, "key_file": "review.key"}
        )
        content = f"unit_a,unit_b,kind,count,period\n{pairs}".encode()
        report = import_cooperation(session, content=content, file="pairs.csv", actor="command_line", now=NOW)
        assert not isinstance(report, list)
        open_round(session, period=PERIOD, closes_at=CLOSES, actor="schedule", now=NOW)
    return Round(Town(database), private, public)
