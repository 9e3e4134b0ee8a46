"""Whole conversations as people would read them, in `tests/transcripts/`: replayed, and equal to the letter.

A transcript is its own script: lines at the margin are what people do, indented ones what they see. The first line says
what the world is like. `TRANSCRIPTS=write pytest tests/bot/test_transcripts.py` writes what the bot says now.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from outbox.message import from_json
from outbox.models import Delivery
from surveys.questionnaires import apply_questionnaire
from tests.bot.forms import EVERY_KIND, KIND
from tests.cast import NOW

FOLDER = Path(__file__).parents[1] / "transcripts"
PEOPLE = {"Chen": "chen", "Zhao": "zhao", "Li": "li", "Wang": "wang"}
ACCOUNTS = {"Mei": "111", "Chen": "201", "Zhao": "202", "Li": "301", "Wang": "302"}

_CODES = re.compile(r"\b[0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5}){2,3}\b")
_TOKENS = re.compile(r"(?<=[=/])[A-Za-z0-9_-]{22}$", re.MULTILINE)
_DOES = re.compile(
    r"(?P<who>\w+)(?:: (?P<words>.*)| taps \[(?P<label>.*)\](?P<twice> twice)?| (?P<act>opens the link|receives))"
)


@pytest.fixture
def world(request, consortium, ticket):
    """Prepares what a transcript's first line asks for, and gives the ticket of the patients, if there are any."""

    def prepare(first_line):
        wish = first_line.removeprefix("# ")
        if wish.startswith("a round"):
            request.getfixturevalue("round_of_october")
        if wish.startswith("a draft"):
            request.getfixturevalue("draft_of_october")
        if wish.startswith("a survey of every kind"):
            with consortium.transaction() as session:
                apply_questionnaire(session, document=EVERY_KIND, now=NOW)
            return ticket(kind=KIND, language="en" if "in English" in wish else "zh")
        return ticket(language="en" if "in English" in wish else "zh") if wish.startswith("a survey") else None

    return prepare


def masked(lines):
    return _TOKENS.sub("<token>", _CODES.sub("<code>", "\n".join(lines)))


def last_code(log):
    """The receipt code that was shown last: a transcript has "<code>" for it, also where it is typed."""
    shown = [line for line in log if "回执码：" in line or "receipt code:" in line]
    return _CODES.findall(shown[-1])[0] if shown else "<code>"


def receives(device, database, seen):
    """What the outbox would have brought by now."""
    with database.transaction() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.address == device.account, Delivery.id > seen.get(device.account, 0))
        ).all()
        messages = [(row.id, from_json(row.message)) for row in rows]
    for number, message in messages:
        seen[device.account] = number
        device.shows(message, None)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript_is_played_to_the_letter(path, world, phone, bind, consortium):
    script = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    ticket = world(script[0])
    log, phones, seen = [script[0]], {}, {}
    for line in script[1:]:
        found = _DOES.fullmatch(line)
        if found is None:
            continue
        who = found["who"]
        if who not in phones:
            phones[who] = phone(who, ACCOUNTS[who], log=log)
        device = phones[who]
        if found["words"] is not None:
            device.says(found["words"].replace("<code>", last_code(log)))
        elif found["label"] is not None:
            (device.taps_twice if found["twice"] else device.taps)(found["label"])
        elif found["act"] == "receives":
            log.append(line)
            receives(device, consortium, seen)
        elif who in PEOPLE:
            bind(device, PEOPLE[who])
        else:
            device.starts(ticket)
    if os.environ.get("TRANSCRIPTS") == "write":
        path.write_text(masked(log) + "\n", encoding="utf-8")
    assert masked(log) == "\n".join(script)
