"""Fixtures of the chat's tests: the consortium with a review key, a questionnaire, tickets, and everybody's phone."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bulletins.content import content_hash, to_json
from bulletins.models import Bulletin
from consortium.links import BIND, make_link, new_token
from consortium.models import Chat
from consortium.periods import Period
from evaluation.models import SchemeVersion, Settlement
from reviews.cooperation import import_cooperation
from reviews.rounds import open_round
from reviews.sealing import generate_keys
from storage.database import Database
from surveys.invitations import invite
from surveys.questionnaires import apply_questionnaire
from tests.bot.phone import Phone
from tests.bulletins.samples import group_of_26
from tests.cast import NOW, found_consortium
from tests.evaluation.cast import example

QUESTIONNAIRE = Path(__file__).parents[2] / "surveys" / "questionnaires" / "outpatient.toml"
SHORT = """
id = "short"
version = "1"
kinds = ["outpatient"]
languages = ["zh", "en"]
notice_version = "1"
title = { zh = "门诊问卷", en = "Outpatient survey" }
notice = { zh = "自愿参加。", en = "Taking part is voluntary." }
thanks = { zh = "谢谢您！", en = "Thank you!" }

[[questions]]
id = "clean"
type = "choice"
required = true
text = { zh = "环境是否整洁？", en = "Was it clean?" }
options = [
    { code = "5", score = 5, text = { zh = "非常满意", en = "Very satisfied" } },
    { code = "3", score = 3, text = { zh = "一般", en = "So so" } },
    { code = "1", score = 1, text = { zh = "不满意", en = "Dissatisfied" } },
]
is_overall = true

[[questions]]
id = "waited"
type = "choice"
text = { zh = "等了多久？", en = "How long did you wait?" }
options = [
    { code = "s", text = { zh = "不到半小时", en = "Under half an hour" } },
    { code = "l", text = { zh = "半小时以上", en = "More than half an hour" } },
]

[[questions]]
id = "why"
type = "text"
required = true
max_length = 100
text = { zh = "为什么不满意？", en = "Why were you dissatisfied?" }
enable_when = [{ question = "clean", operator = "=", value = "1" }]

[[questions]]
id = "comment"
type = "text"
max_length = 200
text = { zh = "还想说什么？", en = "Anything else?" }
"""


@pytest.fixture(scope="session")
def review_keys() -> tuple[str, str]:
    """(private, public): made once, they take a while."""
    return generate_keys()


@pytest.fixture
def consortium(database: Database, review_keys: tuple[str, str]) -> Database:
    """The small consortium, applied, with a short questionnaire."""
    review = {"public_key": review_keys[1], "key_file": "review.key"}
    with database.transaction() as session:
        found_consortium(session, review=review)
        apply_questionnaire(session, document=tomllib.loads(SHORT), now=NOW)
    return database


@pytest.fixture
def ticket(consortium: Database) -> Callable[..., str]:
    """Makes tickets, each for a new visit, as in `ticket(language="en", unit="yi")`."""
    numbers = itertools.count(1)

    def make(language: str = "zh", unit: str = "jia", days_ago: int = 1, kind: str = "outpatient") -> str:
        number = next(numbers)
        made = f"ticket-{number:015d}"
        with consortium.transaction() as session:
            invite(
                session, unit_code=unit, visit=f"V{number}", kind=kind,
                discharged_at=NOW - timedelta(days=days_ago), language=language, ticket=made,
                new_id=f"invitation{number}", actor="api:test", now=NOW - timedelta(days=days_ago),
            )  # fmt: skip
        return made

    return make


@pytest.fixture
def phone(consortium: Database) -> Callable[..., Phone]:
    """Gives people their phones, as in `phone("Mei", "111")`."""

    def make(name: str, account: str, **values: object) -> Phone:
        return Phone(consortium, account, NOW, name, **values)  # type: ignore[arg-type]

    return make


@pytest.fixture
def bind(consortium: Database) -> Callable[[Phone, str], None]:
    """Gives a person of the cast their account, by a link of the command line."""

    def join(device: Phone, person: str) -> None:
        token = new_token()
        with consortium.transaction() as session:
            make_link(session, person_id=person, purpose=BIND, made_by=None, token=token, now=NOW)
        device.starts(token)

    return join


@pytest.fixture
def round_of_october(consortium: Database) -> Database:
    """The round of October, open until the 20th: 甲 scores 乙 and 丙, and they score 甲."""
    pairs = b"unit_a,unit_b,kind,count,period\njia,yi,referral,3,2026-10\njia,bing,referral,2,2026-10\n"
    with consortium.transaction() as session:
        report = import_cooperation(session, content=pairs, file="pairs.csv", actor="command_line", now=NOW)
        assert not isinstance(report, list)
        month, closes_at = Period.parse("2026-10"), NOW + timedelta(days=12)
        open_round(session, period=month, closes_at=closes_at, actor="schedule", now=NOW)
    return consortium


@pytest.fixture
def draft_of_october(consortium: Database) -> int:
    """The draft of October's bulletin, and a bulletin group that speaks English; the draft's id."""
    content = group_of_26()
    with consortium.transaction() as session:
        session.add(
            SchemeVersion(
                year=2026,
                version=1,
                digest="d",
                content=example(),
                applied_at=NOW,
                effective="2026-01",
                state="in_force",
            )
        )
        session.flush()
        session.add(
            Settlement(
                period="2026-10", sequence=1, settled_at=NOW, settled_by="schedule", scheme_year=2026, scheme_version=1,
                digest=content.digest,
            )
        )  # fmt: skip
        session.flush()
        row = Bulletin(
            period="2026-10", edition=1, state="draft", content=to_json(content), content_hash=content_hash(content),
            note=None, created_by="schedule", created_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.add(
            Chat(
                channel="telegram", address="-900", kind="group", title="Staff", state="active", purpose="bulletin",
                language="en", seen_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        return row.id
