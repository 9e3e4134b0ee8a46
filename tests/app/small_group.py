"""A consortium small enough to compute by hand and large enough for a peer score: six units, so five raters each."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.example_folder import cooperation_of_all
from bulletins.editions import draft, propose, release
from consortium.links import new_token
from consortium.people import actor_of
from consortium.periods import Period
from locales.errors import Reask
from reviews.ballots import assignments_of, cast_ballot
from storage.database import Database
from surveys.conversation import asked
from surveys.invitations import invite
from surveys.questionnaires import for_kind
from surveys.responses import consent_to_text, give_consent, open_ticket, record_page, send_response
from tests.app.command_line import CommandLine

UNITS = {"jia": "tertiary", "yi": "secondary", "ding": "secondary", "bing": "primary", "wu": "primary", "ji": "primary"}
NAMES = {"jia": "人民医院", "yi": "二院", "ding": "三院", "bing": "社区中心", "wu": "东社区", "ji": "西社区"}
OCTOBER = Period.parse("2026-10")

APPLIED = "2026-10-05T09:00:00+08:00"
OPENED = "2026-10-22T09:00:00+08:00"
CAST = "2026-10-25T10:00:00+08:00"
CLOSED = "2026-11-02T18:00:00+08:00"
SETTLED = "2026-11-03T06:00:00+08:00"

READINGS = """unit,period,indicator,numerator,denominator,value
jia,2026-10,down_referral,81,600,
jia,2026-10,average_stay,,,9
bing,2026-10,first_visit,150,1000,
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What `review keygen` made."""

    public: str
    file: str


def consortium_toml(*, keys: Keys | None = None, bot: str = "tongping_bot") -> str:
    """`consortium.toml` of the small group."""
    head = [
        "[consortium]",
        'name = { zh = "小集团", en = "Small group" }',
        "[telegram]",
        f'bot = "{bot}"',
        "[review]",
        f"public_key = '{keys.public if keys else ''}'",
        f'key_file = "{keys.file if keys else ""}"',
    ]
    units = [
        f'[[units]]\ncode = "{code}"\nname = {{ zh = "{NAMES[code]}", en = "Unit {code}" }}\ntier = "{tier}"'
        for code, tier in UNITS.items()
    ]
    office = [
        f'[[people]]\nid = "{id_}"\nname = "{name}"\nroles = ["office"]'
        for id_, name in (("chen", "陈静"), ("zhao", "赵磊"))
    ]
    representatives = [
        f'[[people]]\nid = "{code}.rep"\nname = "{code} 代表"\nroles = ["representative"]\nunits = ["{code}"]'
        for code in UNITS
    ]
    groups = ['[[chats]]\nchannel = "local"\naddress = "group.staff"\ntitle = "职工群"\npurpose = "bulletin"']
    return "\n".join([*head, *units, *office, *representatives, *groups]) + "\n"


def edit(folder: Path, *, keys: Keys | None = None, bot: str = "tongping_bot") -> None:
    """Make the example that `init` wrote into the small group."""
    (folder / "consortium.toml").write_text(consortium_toml(keys=keys, bot=bot), encoding="utf-8")
    (folder / "cooperation.csv").write_text(cooperation_of_all(tuple(UNITS), [OCTOBER]), encoding="utf-8")


def found(shell: CommandLine) -> Path:
    """From nothing to an applied configuration, by commands; returns its folder."""
    folder = shell.folder / "group"
    shell.done("init", folder, CLOCK=APPLIED)
    public = shell.done("review", "keygen", "--output", folder / "review-key.json").out.strip()
    edit(folder, keys=Keys(public, "review-key.json"))
    shell.done("check", folder)
    shell.done("apply", folder, CLOCK=APPLIED)
    return folder


def cast_all(database_url: str, *, marks: str = "44444") -> int:
    """Every unit scores every other one alike; how many ballots."""
    cast = 0
    with closing(Database(database_url)) as database, database.transaction() as session:
        for unit in UNITS:
            actor = actor_of(session, f"{unit}.rep")
            for task in assignments_of(session, period=OCTOBER, unit_code=unit):
                cast_ballot(
                    session,
                    actor=actor,
                    assignment_id=task.id,
                    marks=marks,
                    ballot_id=new_token(),
                    now=datetime.fromisoformat(CAST),
                )
                cast += 1
    return cast


def mei_answers(database_url: str, *, unit: str = "bing") -> None:
    """Mei was a patient at 丙 and is very satisfied; she answers on the page."""
    now = datetime.fromisoformat(CAST)
    with closing(Database(database_url)) as database, database.transaction() as session:
        questionnaire = for_kind(session, "outpatient")
        assert questionnaire is not None
        answers: dict[str, tuple[str, ...]] = {}
        while (
            question := next((each for each in asked(questionnaire, answers) if each.id not in answers), None)
        ) is not None:
            answers[question.id] = (question.options[0].code if question.options else "很好",)
        invite(session, unit_code=unit, visit="V-1", kind="outpatient", discharged_at=now, language="zh", ticket="t" * 22,
               new_id="mei", actor="api:his", now=now)  # fmt: skip
        sitting = open_ticket(session, ticket="t" * 22, mode="page", new_id="mei", now=now)
        give_consent(session, response_id=sitting.response_id, now=now)
        consent_to_text(session, response_id=sitting.response_id, now=now)
        record_page(session, response_id=sitting.response_id, answers=answers, now=now)
        sent = send_response(session, response_id=sitting.response_id, receipt_code="r" * 22, now=now)
        assert not isinstance(sent, Reask)


def release_bulletin(database_url: str) -> None:
    """Chen proposes October's bulletin, Zhao releases it."""
    now = datetime.fromisoformat(SETTLED)
    with closing(Database(database_url)) as database, database.transaction() as session:
        bulletin = draft(session, period=OCTOBER, actor="schedule", now=now)
        propose(session, actor=actor_of(session, "chen"), bulletin_id=bulletin.id, now=now)
        hash_ = bulletin.content_hash
        release(session, actor=actor_of(session, "zhao"), bulletin_id=bulletin.id, content_hash=hash_, now=now)


def play_october(shell: CommandLine) -> None:
    """The rest of a month whose round is open: by commands what has one, the patient and the bulletin by use cases."""
    cast_all(shell.database_url)
    mei_answers(shell.database_url)
    shell.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    shell.done("review", "count", "2026-10", CLOCK=CLOSED)
    readings = shell.folder / "readings.csv"
    readings.write_text(READINGS, encoding="utf-8")
    shell.done("indicators", "import", readings, CLOCK=SETTLED)
    shell.done("settle", "2026-10", CLOCK=SETTLED)
    release_bulletin(shell.database_url)
