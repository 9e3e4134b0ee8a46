"""Who plays in the tests of pages: the small consortium with every role, Mei's tickets, a season, a site."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bulletins import editions
from bulletins.models import Bulletin
from consortium.links import create_api_key, make_link, new_token
from consortium.people import actor_of
from evaluation.schemes import apply_scheme
from storage.audit import AuditRow
from storage.base import Base
from storage.database import Database
from surveys.invitations import invite, invite_aside
from surveys.questionnaires import apply_questionnaire
from tests.cast import consortium_document, found_consortium
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, OCTOBER, YI_READINGS, Season, example
from tests.surveys.cast import outpatient_document
from tests.web.browser import HERE, Browser
from web.application import build_application

NOW = datetime(2026, 11, 6, 3, 30, tzinfo=UTC)  # half past eleven in Shanghai
LONG_AGO = datetime(2026, 10, 1, tzinfo=UTC)
SECRET = b"a secret of the tests, long enough"
API_KEY = "key-of-jia"
PEOPLE = [
    *consortium_document()["people"],
    {"id": "sun", "name": "孙建国", "roles": ["committee"]},
    {"id": "gao", "name": "高文博", "roles": ["auditor"]},
    {"id": "he", "name": "何敏", "roles": ["staff"], "units": ["bing"]},
]
CHATS = [
    {"channel": "local", "address": "all-staff", "title": "集团职工群", "purpose": "bulletin", "language": "zh"},
    {"channel": "telegram", "address": "-100200", "title": "<b>二院</b>", "purpose": "unit", "unit": "yi"},
]
BEST = {
    "clean": "5", "signs": "na", "listening": "5", "explaining": "5", "booking": "4", "queue": "3", "longer": "no",
    "next": "5", "handover": "na", "overall": "5",
}  # fmt: skip


@dataclass
class Town:
    """A consortium on a database, and the site that serves it. The clock is moved by hand."""

    database: Database
    now: datetime = NOW
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def is_founded(self) -> Town:
        with self.database.transaction() as session:
            found_consortium(session, now=LONG_AGO, people=PEOPLE, chats=CHATS)
            apply_questionnaire(session, document=outpatient_document(), now=LONG_AGO)
            create_api_key(session, name="his", unit_code="jia", key=API_KEY, now=LONG_AGO)
        return self

    def has_a_season(self, **answers: tuple[int, int]) -> Town:
        """October is settled, its bulletin drafted. `answers` are fives and threes by unit."""
        with self.database.transaction() as session:
            apply_scheme(session, document=example(), now=LONG_AGO)
            season = Season(session)
            season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
            for unit, (fives, threes) in ({"jia": (15, 10), "yi": (27, 3), "bing": (9, 16)} | answers).items():
                season.answers(unit, fives=fives, threes=threes)
            season.round_is("erased", jia=(75, 5), yi=(60, 12), bing=(None, 4))
            season.settles()
            editions.draft(session, period=OCTOBER, actor="schedule", now=self.now)
        return self

    def has_released(self) -> Town:
        """The bulletin of October, released by two."""
        with self.database.transaction() as session:
            self.release_in(session)
        return self

    def release_in(self, session: Session) -> Bulletin:
        bulletin = editions.latest(session, OCTOBER)
        assert bulletin is not None
        editions.propose(session, actor=actor_of(session, "chen"), bulletin_id=bulletin.id, now=self.now)
        editions.release(session, actor=actor_of(session, "zhao"), bulletin_id=bulletin.id,
                         content_hash=bulletin.content_hash, now=self.now)  # fmt: skip
        return bulletin

    def has_corrected(self, note: str = "二院的转诊人次录错。") -> Town:
        with self.database.transaction() as session:
            editions.correct(session, period=OCTOBER, actor=actor_of(session, "zhao"), note=note, now=self.now)
            self.release_in(session)
        return self

    def site(self, **changes: Any) -> FastAPI:
        values = {"database": self.database, "clock": lambda: self.now, "secret": SECRET}
        return build_application(**(values | changes))

    def asks(self, document: dict[str, Any]) -> Town:
        """One more questionnaire, for its own kinds of visit."""
        with self.database.transaction() as session:
            apply_questionnaire(session, document=document, now=LONG_AGO)
        return self

    def trial(self, document: dict[str, Any], *, language: str = "zh") -> str:
        """The ticket of a test link to a draft."""
        self.asks(document | {"is_draft": True})
        made, number = new_token(), next(self.numbers)
        with self.database.transaction() as session:
            invite_aside(
                session, stream="test", unit_code="jia", visit=f"T{number}", kind=document["kinds"][0],
                language=language, questionnaire=(document["id"], document["version"]), lifetime=timedelta(days=7),
                ticket=made, new_id=new_token(), actor="chen", now=self.now,
            )  # fmt: skip
        return made

    def ticket(self, *, language: str = "zh", unit: str = "jia", days_ago: float = 1, kind: str = "outpatient") -> str:
        """Mei has been at a unit; the ticket of her visit."""
        made, number = new_token(), next(self.numbers)
        with self.database.transaction() as session:
            invite(
                session, unit_code=unit, visit=f"V{number}", kind=kind, language=language, ticket=made,
                discharged_at=self.now - timedelta(days=days_ago), new_id=new_token(), actor="api:his",
                now=self.now - timedelta(days=days_ago),
            )  # fmt: skip
        return made

    def link(self, person: str, purpose: str = "web", made_by: str | None = None) -> str:
        token = new_token()
        with self.database.transaction() as session:
            maker = actor_of(session, made_by) if made_by is not None else None
            make_link(session, person_id=person, purpose=purpose, made_by=maker, token=token, now=self.now)
        return token

    def count(self, model: type[Base], *where: Any) -> int:
        with self.database.transaction() as session:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    def one(self, model: type[Any], *where: Any) -> Any:
        with self.database.transaction() as session:
            return session.scalars(select(model).where(*where)).one()

    def everything(self) -> dict[str, int]:
        """How many rows each table has: what must not change when something is refused."""
        with self.database.transaction() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    def audited(self, action: str) -> list[str]:
        with self.database.transaction() as session:
            return list(session.scalars(select(AuditRow.actor).where(AuditRow.action == action).order_by(AuditRow.id)))


def signed_in(browser: Browser, town: Town, person: str) -> Browser:
    token = town.link(person)
    browser.opens(f"/sign-in/{token}")
    browser.sends(f"/sign-in/{token}")
    return browser


GROWN = {"age": "grown"}
PLACES = {question["id"]: place for place, question in enumerate(outpatient_document()["questions"])}


def answered(answers: Mapping[str, Any], places: Mapping[str, int] = PLACES) -> dict[str, Any]:
    """Answers as the fields of the page, which are named by the place of their question; words come with the tick."""
    fields = {f"a.{places[question]}": value for question, value in answers.items()}
    return fields | ({"text": "yes"} if answers.get("comment") else {})


__all__ = ["GROWN", "HERE", "NOW", "PLACES", "SECRET", "Town", "answered", "signed_in"]
