"""How a representative scores units in chat, and the search for marks where there must be none."""

from __future__ import annotations

import re

from tests.journeys.installation import Installation
from tests.journeys.survey_walk import chooses
from tests.telegram_double import Message, Person, TelegramDouble

BALLOTS, SEND, NO_DEALINGS, LIST = "互评打分", "提交", "没有往来", "单位名单"


def marks_unit(person: Person, name: str, marks: str) -> Message:
    """From the list of units to the review, with one mark for each criterion."""
    chooses(person, name)
    for mark in marks:
        shown = chooses(person, mark)
    return shown


def casts(person: Person, name: str, marks: str) -> str:
    """From the list to the receipt; the receipt's code."""
    marks_unit(person, name, marks)
    person.taps(SEND)
    receipt = person.waits_for("已密封")
    return receipt.text.partition("回执：")[2].splitlines()[0]


def casts_of(house: Installation, rater: str) -> dict[str, int]:
    """How often a unit has cast for each other; those without are left out."""
    rows = house.rows("select target, casts from assignment where rater = :rater and casts > 0", rater=rater)
    return dict(rows)


def has_no_marks(house: Installation, telegram: TelegramDouble, *marks: str) -> None:
    """Nothing that a button carried, no marks and no beginning of marks, is stored or logged anywhere.

    `marks` are those that were cast. Digits that stand among other digits, as in times and hashes, are not marks.
    """
    with telegram.world.lock:
        carried = {tap.data.rpartition(":")[0] for tap in telegram.world.taps.values() if tap.data.startswith("b:")}
    carried = {data for data in carried if re.search(r"[1-5_]{5}", data)}
    assert carried, "nobody has marked anything"
    beginnings = {each[:place].ljust(5, "_") for each in marks for place in range(1, 6)}
    found = re.compile("|".join(rf"(?<![0-9a-zA-Z]){re.escape(each)}(?![0-9a-zA-Z])" for each in sorted(beginnings)))
    stored, logs = house.stored.everything(), house.logs
    for data in carried:
        assert data.encode() not in stored, data
        assert data not in logs, data
    assert found.search(logs) is None
    for cell in house.stored.cells():
        assert found.search(cell) is None, cell


def votes_for_all(person: Person, marks: str, *, units: int) -> None:
    """From the button in an invitation or a reminder through all units to the end, the same marks for each."""
    tasks = chooses(person, "开始评分")
    chooses(person, next(label for label in tasks.labels if "✓" not in label))
    for place in range(1, units + 1):
        chooses(person, *marks)
        person.taps(SEND)
        person.waits_for("第 1 项" if place < units else "全部评完")
