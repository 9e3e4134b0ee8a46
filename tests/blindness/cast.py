"""Who plays in the tests of blindness: twelve units, somebody in every role, a month that is settled and one that is voted on.

October is settled and its bulletin released; the round of November is open, and a panel of three experts. Everybody has
a browser that is signed in and an account in the chat. All tokens are known here.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from bulletins import editions
from consortium.links import create_api_key, open_web_session
from consortium.models import Account, Installation, WebSession
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import ROLES, UNIT_ROLES
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from reviews.cooperation import import_cooperation
from reviews.panel_rounds import open_panel
from reviews.rounds import open_round
from storage.database import Database
from surveys.invitations import invite
from surveys.questionnaires import apply_questionnaire
from tests.blindness.ideal import without_chance
from tests.cast import found_consortium
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, YI_READINGS, Season, example
from tests.reviews.panel import PLAN
from tests.surveys.cast import outpatient_document

SECRET = b"a secret of the tests, long enough"
LONG_AGO = datetime(2026, 10, 1, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = (Period(2026, month=month) for month in (10, 11, 12))
OCTOBER_OVER = datetime(2026, 11, 6, 3, 30, tzinfo=UTC)
OPENED = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)  # half past eleven in Shanghai
A_YEAR_LATER = datetime(2027, 11, 20, tzinfo=UTC)
CLOSES = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)

UNITS = {
    "jia": ("人民医院", "tertiary", "东区"),
    "yi": ("二院", "secondary", "东区"),
    "ding": ("三院", "secondary", "西区"),
    "mao": ("四院", "secondary", "西区"),
    "bing": ("社区中心", "primary", "西区"),
    "wu": ("东街社区中心", "primary", "东区"),
    "ji": ("己村卫生院", "primary", "东区"),
    "geng": ("庚镇卫生院", "primary", "西区"),
    "xin": ("辛街社区中心", "primary", "东区"),
    "ren": ("壬村卫生院", "primary", "西区"),
    "gui": ("癸镇卫生院", "primary", "东区"),
    "zi": ("子街社区中心", "primary", "西区"),
}
RATERS = {"jia": "li", "yi": "wang"} | {code: f"rep-{code}" for code in list(UNITS)[2:]}
"""Who represents a unit."""

PEOPLE = [
    {"id": "chen", "name": "陈静", "roles": ["office"]},
    {"id": "zhao", "name": "赵磊", "roles": ["office"], "language": "en"},
    {"id": "sun", "name": "孙建国", "roles": ["committee"]},
    {"id": "gao", "name": "高文博", "roles": ["auditor"]},
    {"id": "he", "name": "何敏", "roles": ["staff"], "units": ["bing"]},
    {"id": "li", "name": "李敏", "roles": ["representative"], "units": ["jia"]},
    {"id": "wang", "name": "王芳", "roles": ["representative"], "units": ["yi"], "language": "en"},
    {"id": "yuan", "name": "袁立", "roles": ["head"], "units": ["jia"]},
    *({"id": RATERS[code], "name": f"代表{code}", "roles": ["representative"], "units": [code]} for code in list(UNITS)[2:]),
    *(
        {"id": f"{role}{number}", "name": f"{role}{number}", "roles": [role]}
        for role in ROLES
        if role not in {"office", "committee", "auditor", *UNIT_ROLES}
        for number in (1, 2, 3)
    ),
]  # fmt: skip
"""Somebody in every role there is: trustees, and whatever roles come later, three each."""

ACCOUNTS = {person["id"]: str(9000 + place) for place, person in enumerate(PEOPLE)}
SESSIONS = {person["id"]: f"session-of-{person['id']}" for person in PEOPLE}
CHATS = [
    {"channel": "local", "address": "all-staff", "title": "集团职工群", "purpose": "bulletin", "language": "zh"},
    {"channel": "telegram", "address": "-100200", "title": "二院", "purpose": "unit", "unit": "yi"},
]
API_KEY = "key-of-jia"
TICKET, SENT_TICKET = "mei-ticket-22-characters", "mei-ticket-of-the-past-1"
COUNTS = (18, 17, 16, 15, 14)


def is_founded(path: Path, template: bytes, review: dict[str, str]) -> None:
    """The installation as it stands when the round of November has just opened, in a file."""
    path.write_bytes(template)
    database = Database(f"sqlite:///{path}")
    with without_chance(seed="founding"), database.transaction() as session:
        _founded(session, review)
        _october(session)
        _november(session)
        open_panel(session, period=DECEMBER, plan=PLAN, closes_at=CLOSES, actor="person:chen", now=OPENED)
    database.close()


def _founded(session: Session, review: dict[str, str]) -> None:
    units = [
        {"code": code, "name": {"zh": name, "en": code.title()}, "tier": tier, "district": district}
        for code, (name, tier, district) in UNITS.items()
    ]
    found_consortium(session, now=LONG_AGO, units=units, people=PEOPLE, chats=CHATS)
    session.get_one(Installation, 1).review = {"key_file": None} | review
    apply_questionnaire(session, document=outpatient_document(), now=LONG_AGO)
    apply_scheme(session, document=example(), now=LONG_AGO)
    create_api_key(session, name="his", unit_code="jia", key=API_KEY, now=LONG_AGO)
    for person, account in ACCOUNTS.items():
        values = {"channel": "telegram", "account": account, "person_id": person, "display_name": person}
        session.execute(insert(Account).values(values | {"requested_at": LONG_AGO, "confirmed_at": LONG_AGO}))


def _october(session: Session) -> None:
    season = Season(session)
    season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
    for unit, fives in zip(UNITS, itertools.cycle(COUNTS)):
        season.answers(unit, fives=fives, threes=25 - fives, period=OCTOBER)
        season.answers(unit, fives=fives + 1, threes=24 - fives, period=NOVEMBER)
    season.reads(*(row.replace("2026-10", "2026-11") for row in (*JIA_READINGS, *YI_READINGS, *BING_READINGS)),
                 now=OPENED)  # fmt: skip
    settle_period(session, period=OCTOBER, actor="person:chen", now=OCTOBER_OVER)
    released(session, OCTOBER, OCTOBER_OVER)


def released(session: Session, period: Period, now: datetime) -> None:
    """A month's bulletin drafted, proposed by one and released by another."""
    bulletin = editions.draft(session, period=period, actor="schedule", now=now)
    editions.propose(session, actor=actor_of(session, "chen"), bulletin_id=bulletin.id, now=now)
    editions.release(session, actor=actor_of(session, "zhao"), bulletin_id=bulletin.id,
                     content_hash=bulletin.content_hash, now=now)  # fmt: skip


def _november(session: Session) -> None:
    rows = [f"{one},{other},referral,3,2026-11" for one, other in itertools.combinations(UNITS, 2)]
    content = "\n".join(["unit_a,unit_b,kind,count,period", *rows]).encode()
    report = import_cooperation(session, content=content, file="pairs.csv", actor="person:chen", now=OPENED)
    assert not isinstance(report, list), report
    open_round(session, period=NOVEMBER, closes_at=CLOSES, actor="schedule", now=OPENED, seed=1)
    for person, token in SESSIONS.items():
        open_web_session(session, person_id=person, token=token, now=OPENED)
    session.execute(update(WebSession).values(expires_at=A_YEAR_LATER))  # nobody is signed out in the middle of a story
    for visit, ticket in (("V1", TICKET), ("V2", SENT_TICKET)):
        invite(session, unit_code="jia", visit=visit, kind="outpatient", discharged_at=OPENED - timedelta(days=1),
               language="zh", ticket=ticket, new_id=f"invitation-{visit}", actor="api:his", now=OPENED)  # fmt: skip
