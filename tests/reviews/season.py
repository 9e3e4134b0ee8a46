"""The cast of a round: six units, whoever represents them, and a season that speaks."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations

import pytest
from sqlalchemy.orm import Session

from consortium.models import Installation, Unit
from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, Actor
from locales.errors import DomainError, Finding, explain
from reviews.ballots import Receipt, assignments_of, cast_ballot
from reviews.cooperation import ImportReport, import_cooperation
from reviews.count_ballots import ballots_to_count, open_ballots
from reviews.count_writing import write_count
from reviews.erasure import erase_ballots
from reviews.figures import Mark, RoundFigures
from reviews.models import ReviewRound
from reviews.residue import seal_residue
from reviews.results import Counted
from reviews.rounds import close_round, open_round
from tests.reviews.plain_figures import plain_figures

NAMES = {
    "jia": "人民医院",
    "yi": "二院",
    "bing": "社区中心",
    "ding": "丁镇卫生院",
    "wu": "戊街社区",
    "ji": "己村卫生院",
}
TIERS = {"jia": "tertiary", "yi": "secondary"}
"""All others are primary."""
OCTOBER = Period(2026, month=10)
START = datetime(2026, 10, 20, 8, tzinfo=UTC)
CHEN = "person:chen"


def representative(*units: str, person_id: str = "li") -> Actor:
    return Actor(person_id, "李", "zh", frozenset({REPRESENTATIVE}), frozenset(units))


def cooperation_csv(units: tuple[str, ...] = tuple(NAMES), period: str = "2026-10") -> bytes:
    rows = [f"{one},{other},转诊,3,{period}" for one, other in combinations(units, 2)]
    return "\n".join(["unit_a,unit_b,kind,count,period", *rows]).encode()


@dataclass
class Season:
    """A consortium at work; every act is a minute after the last."""

    session: Session
    private_key: str
    public_key: str
    now: datetime = START
    casts: int = field(default=0)
    comments: int = field(default=0)
    auditor_key: str | None = None

    def is_set_up(self, units: dict[str, str] = NAMES) -> Season:
        for position, (code, name) in enumerate(units.items()):
            self.session.add(
                Unit(code=code, name={"zh": name, "en": code.title()}, tier=TIERS.get(code, "primary"), district="东区",
                     ownership="public", position=position, active=True)
            )  # fmt: skip
        self.session.add(
            Installation(id=1, name={"zh": "同城医联体"}, aims={}, time_zone="Asia/Shanghai",
                         review={"public_key": self.public_key, "key_file": None, "auditor_key": self.auditor_key}, schedule={}, folder="/etc/tongping",
                         bot_name=None, first_applied_at=self.now, applied_at=self.now)
        )  # fmt: skip
        self.session.flush()
        return self

    def imports(self, content: bytes, file: str = "cooperation.csv") -> ImportReport | list[Finding]:
        return import_cooperation(self.session, content=content, file=file, actor=CHEN, now=self._tick())

    def opens(self, period: Period = OCTOBER, closes_at: datetime | None = None) -> ReviewRound:
        return open_round(self.session, period=period, closes_at=closes_at, actor=CHEN, now=self._tick())

    def is_open(self, *units: str) -> Season:
        report = self.is_set_up().imports(cooperation_csv(units or tuple(NAMES)))
        assert isinstance(report, ImportReport)
        self.opens()
        return self

    def task(self, rater: str, target: str) -> int:
        tasks = assignments_of(self.session, period=OCTOBER, unit_code=rater)
        return next(task.id for task in tasks if task.target == target)

    def votes(self, rater: str, target: str, marks: str, person_id: str = "li", comment: str = "") -> Receipt:
        """One ballot; its id looks random and is the same in every world with the same votes in the same order."""
        self.casts += 1
        ballot_id = hashlib.sha256(f"ballot {self.casts}".encode()).hexdigest()[:32]
        return cast_ballot(self.session, actor=representative(rater, person_id=person_id),
                           assignment_id=self.task(rater, target), marks=marks, comment=comment, ballot_id=ballot_id,
                           now=self._tick())  # fmt: skip

    def closes(self, period: Period = OCTOBER) -> ReviewRound:
        return close_round(self.session, period=period, actor=CHEN, now=self._tick())

    def counts(self, private_key: str | None = None, figures: RoundFigures | None = None) -> Counted:
        """A count on this session; with plain means, or with what somebody has found."""
        uncounted = ballots_to_count(self.session, period=OCTOBER)
        if isinstance(uncounted, Counted):
            return uncounted
        found = open_ballots(uncounted, private_key=private_key or self.private_key)
        figures = figures or plain_figures(
            [Mark(ballot.rater, ballot.target, ballot.marks) for ballot in found.ballots],
            units=uncounted.units,
            criteria=uncounted.criteria,
            tiers=uncounted.tiers,
            unranked=(),
            thresholds=uncounted.thresholds,
            seed=1,
        )
        residue = seal_residue(uncounted.auditor_key, figures.residue) if uncounted.auditor_key else None
        return write_count(
            self.session, uncounted=uncounted, found=found, figures=figures, residue=residue, new_id=self._comment_id,
            actor=CHEN, now=self._tick(),
        )  # fmt: skip

    def erases(self) -> int:
        return erase_ballots(self.session, period=OCTOBER, actor=CHEN, now=self._tick())

    def _comment_id(self) -> str:
        self.comments += 1
        return hashlib.sha256(f"comment {self.comments}".encode()).hexdigest()[:32]

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


MARKS_OF_JIA = {"yi": "34512", "bing": "44445", "ding": "12212", "wu": "55555", "ji": "33332"}
"""Who gives jia what: means 3, 4.2, 1.6, 5 and 2.8; their mean is 3.32."""


def all_vote(season: Season) -> None:
    """Everyone scores everyone: jia gets MARKS_OF_JIA, all others threes."""
    for rater, target in permutations(NAMES, 2):
        season.votes(rater, target, MARKS_OF_JIA[rater] if target == "jia" else "33333")


@contextlib.contextmanager
def refusal(code: str, **details: object) -> Iterator[None]:
    """What stands inside is refused with this code and these details, and both languages have a whole sentence."""
    with pytest.raises(DomainError) as caught:
        yield
    assert (caught.value.code, dict(caught.value.details)) == (code, details or dict(caught.value.details))
    assert_told(caught.value)


@contextlib.contextmanager
def undone(session: Session) -> Iterator[None]:
    """What stands inside is tried and taken back, so that one world serves many tries."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        session.expire_all()


def assert_told(fault: DomainError | Finding) -> None:
    sentences = [explain(language, fault) for language in ("zh", "en")]
    assert all(sentence and "{" not in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]
