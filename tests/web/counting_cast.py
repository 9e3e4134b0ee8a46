"""Who plays when a round is counted by trustees: three of them, an office, representatives, and a round that is over."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import select

from consortium.models import Chat
from consortium.people import actor_of
from consortium.periods import Period
from outbox.models import Delivery
from reviews.ballots import assignments_of, cast_ballot
from reviews.cooperation import ImportReport, import_cooperation
from reviews.models import ReviewRound
from reviews.rounds import close_round, open_round
from reviews.sealing import generate_keys
from reviews.trustees import Share, WrappedKey, key_text, share_private_key
from storage.database import Database
from tests.cast import found_consortium
from tests.web.browser import Browser, Element
from tests.web.cast import Town, signed_in

OCTOBER = Period(2026, month=10)
OPENED = datetime(2026, 10, 22, 1, tzinfo=UTC)
CLOSED = datetime(2026, 11, 2, 10, tzinfo=UTC)  # six in the evening in Shanghai
NAMES = ("何敏", "罗秀兰", "唐志强")
PEOPLE = [
    {"id": "chen", "name": "陈静", "roles": ["office"]},
    {"id": "zhao", "name": "赵磊", "roles": ["office"]},
    {"id": "gao", "name": "高文博", "roles": ["auditor"]},
    {"id": "he", "name": "何敏", "roles": ["trustee", "committee"]},
    {"id": "luo", "name": "罗秀兰", "roles": ["trustee"]},
    {"id": "tang", "name": "Tang Zhiqiang", "roles": ["trustee"], "language": "en"},
    {"id": "li", "name": "李敏", "roles": ["representative"], "units": ["jia"]},
    {"id": "wang", "name": "王芳", "roles": ["representative"], "units": ["yi"], "language": "en"},
    {"id": "wu", "name": "吴霞", "roles": ["representative"], "units": ["bing"]},
]
VOTES = (("li", "jia", "yi", "44444"), ("li", "jia", "bing", "51235"), ("wang", "yi", "jia", "33333"))


@cache
def trustees_key() -> tuple[str, WrappedKey, tuple[Share, ...]]:
    """(public key, wrapped key, shares), made once: they take a while."""
    private, public = generate_keys()
    key, shares = share_private_key(private, trustees=NAMES, wrapping_key=bytes(range(32)))
    return public, key, shares


@cache
def plain_key() -> tuple[str, str]:
    return generate_keys()


@dataclass
class Vault:
    """A consortium with trustees on a database; `site` stays the same, since shares lie in its memory."""

    town: Town
    folder: Path
    receipts: list[str] = field(default_factory=list)
    _site: FastAPI | None = None

    @property
    def database(self) -> Database:
        return self.town.database

    @property
    def site(self) -> FastAPI:
        self._site = self._site or self.town.site()
        return self._site

    @property
    def key_file(self) -> Path:
        return self.folder / "review.key"

    def is_founded(self, key_file: str | None = "") -> Vault:
        """`key_file`: "" for a wrapped key where it belongs, None for none, else its text."""
        public, key, _ = trustees_key()
        if key_file is not None:
            self.key_file.write_text(key_file or key_text(key), encoding="utf-8")
        review = {"public_key": public, "key_file": str(self.key_file) if key_file is not None else ""}
        with self.database.transaction() as session:
            found_consortium(session, now=OPENED - timedelta(days=9), people=PEOPLE, review=review)
        return self

    def opens(self, period: Period = OCTOBER, at: datetime = OPENED) -> Vault:
        rows = ["unit_a,unit_b,kind,count,period"]
        rows += [
            f"{one},{other},referral,3,{period}" for one, other in itertools.combinations(("jia", "yi", "bing"), 2)
        ]
        content = "\n".join(rows).encode()
        with self.database.transaction() as session:
            report = import_cooperation(session, content=content, file="c.csv", actor="person:chen", now=at)
            assert isinstance(report, ImportReport), report
            open_round(session, period=period, closes_at=None, actor="person:chen", now=at)
        return self

    def votes(self, *votes: tuple[str, str, str, str], period: Period = OCTOBER) -> Vault:
        with self.database.transaction() as session:
            for person, unit, target, marks in votes:
                tasks = assignments_of(session, period=period, unit_code=unit)
                [task] = [task for task in tasks if task.target == target]
                self.receipts.append(
                    cast_ballot(
                        session, actor=actor_of(session, person), assignment_id=task.id, marks=marks,
                        ballot_id=f"ballot-{len(self.receipts)}-{period}".ljust(22, "x"), now=OPENED + timedelta(days=1),
                    ).code
                )  # fmt: skip
        return self

    def closes(self, period: Period = OCTOBER, at: datetime = CLOSED) -> Vault:
        with self.database.transaction() as session:
            close_round(session, period=period, actor="schedule", now=at)
        return self

    def is_waiting(self) -> Vault:
        """October is over and waits for two trustees."""
        return self.is_founded().opens().votes(*VOTES).closes()

    def round(self, period: Period = OCTOBER) -> ReviewRound:
        with self.database.transaction() as session:
            return session.get_one(ReviewRound, str(period))

    def can_be_told(self, *people: str) -> Vault:
        """These people have a chat with the bot."""
        with self.database.transaction() as session:
            for place, person in enumerate(people):
                session.add(Chat(channel="telegram", address=f"90{place}", kind="private", title="", state="active",
                                 purpose=None, person_id=person, seen_at=OPENED))  # fmt: skip
        return self

    def told(self) -> list[tuple[str, str]]:
        """(chat, text) of everything owed, oldest first."""
        with self.database.transaction() as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id))
            return [(row.address, row.message["text"]) for row in rows]

    # what trustees do

    def browser(self, person: str, browse: Callable[..., Browser]) -> Browser:
        return signed_in(browse(self.site), self.town, person)

    def gives(self, browser: Browser, number: int) -> Element:
        """This trustee pastes the share with that number, as it was written down."""
        browser.opens(f"/count/{OCTOBER}")
        return browser.sends(f"/count/{OCTOBER}/share", change={"share": trustees_key()[2][number - 1].words})

    def begins(self, browser: Browser) -> Element:
        """Presses the button and reads the page once the count is over."""
        browser.opens(f"/count/{OCTOBER}")
        browser.sends(f"/count/{OCTOBER}/start")
        self.is_over()
        return browser.opens(f"/count/{OCTOBER}")

    def is_over(self) -> None:
        """Wait until nothing runs any more."""
        deadline = time.monotonic() + 60
        while (under_way := self.site.state.counting.count(str(OCTOBER))) is not None and under_way.runs:
            assert time.monotonic() < deadline, "the count does not end"
            time.sleep(0.01)
