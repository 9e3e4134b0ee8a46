"""A whole month with the schedule running by itself under a moved clock: from opening the round to the draft."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from tests.journeys.ballot_walk import has_no_marks, votes_for_all
from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import CHEN, LI, OTHERS, UNITS, WANG, ZHAO, Wishes, readings_csv
from tests.journeys.survey_walk import NO_WORDS, SEND, VERY, YES, answers_all, begins, chooses, receipt_in
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey


def line(name: str, day: object, time: str, month: str) -> dict[str, object]:
    return {"name": name, "day": day, "time": time, "month": month, "late": "run"}


JOBS = (
    line("open", 22, "09:00", "this"), line("invite", 22, "09:05", "this"), line("remind", [25, -1], "10:00", "this"),
    line("close", 2, "18:00", "previous"), line("count", 2, "18:10", "previous"),
    line("settle", 3, "06:00", "previous"), line("draft", 3, "09:00", "previous"),
)  # fmt: skip
MEMBERS = (CHEN, ZHAO, LI, replace(WANG, language="zh"), *OTHERS)
MARKS = {"jia": "55543", "yi": "44444", "bing": "32154", "ding": "51515", "geng": "24135", "ji": "43211"}
"""What each unit gives to every other; `wu` never scores anyone."""


def test_month_runs_by_itself(found: Founder, telegram: TelegramDouble) -> None:
    people = {member.id: telegram.person(6000 + place, member.name) for place, member in enumerate(MEMBERS)}
    accounts = {name: person.id for name, person in people.items()}
    wishes = Wishes(people=MEMBERS, jobs=JOBS, periods=("2026-10",), accounts=accounts)
    house = found(telegram, wishes=wishes, CLOCK="2026-10-20T09:00:00+08:00")
    units = {member.units[0]: people[member.id] for member in MEMBERS if member.units}

    the_round_opens_and_five_units_score(house, telegram, people, units)
    mei = telegram.person(6101, "Mei")
    patients_answer(house, telegram, mei)
    house.stops()

    (house.folder / "readings.csv").write_text(readings_csv("2026-10"), encoding="utf-8")
    house.does("indicators", "import", "readings.csv")
    house.at("2026-10-25T09:59:00+08:00", "x60").serves()
    one_unit_and_one_patient_follow_their_reminders(units["ji"], mei)
    house.stops()
    house.at("2026-10-31T09:59:00+08:00", "x60").serves()
    units["wu"].waits_for(lambda _: reminders(telegram, units["wu"]) == 2, whenever=True)
    house.stops()
    # however late a slow machine comes to the rest of it: nothing in it is ever too late
    house.at("2026-11-02T17:59:00+08:00", "x40000").serves()
    notice = people["chen"].waits_for("2026年10月协同简报草稿已生成", timeout=60)
    assert notice.labels == ("查看草稿",)
    people["zhao"].waits_for("2026年10月协同简报草稿已生成")
    house.stops()

    reminded = {unit: reminders(telegram, person) for unit, person in units.items()}
    assert reminded == dict.fromkeys(UNITS, 0) | {"wu": 2, "ji": 1}
    sent_to_mei = [str(call.payload["text"]) for call in telegram.calls_of("sendMessage", chat=mei.id)]
    assert sum("还没有写完" in words for words in sent_to_mei) == 1

    everything_happened_once(house)
    peer_scores_are_what_a_person_works_out(house)
    has_no_marks(house, telegram, *MARKS.values())
    house.is_sound()


def the_round_opens_and_five_units_score(
    house: Installation, telegram: TelegramDouble, people: dict[str, Person], units: dict[str, Person]
) -> None:
    """On the 22nd everybody says hello; then, a minute in a second, all are invited, and five of seven score at once."""
    house.at("2026-10-22T08:50:00+08:00").serves()
    for person in people.values():
        person.opens("/start")
        person.waits_for("请选择：")
    house.stops()
    house.at("2026-10-22T08:59:00+08:00", "x60").serves()
    for person in units.values():
        invitation = person.waits_for("2026年10月互评开始了", whenever=True, timeout=60)
        assert "6 家单位评分" in invitation.text
        assert invitation.labels == ("开始评分",)
        assert "截止时间：2026-11-02 18:00" in invitation.text
    assert not any("互评" in message.text for message in people["chen"].messages())
    with ThreadPoolExecutor(3) as pool:
        early = [unit for unit in MARKS if unit != "ji"]
        list(pool.map(lambda unit: votes_for_all(units[unit], MARKS[unit], units=6), early))
    assert house.rows("select count(*) from ballots_2026_10") == [(30,)]


def patients_answer(house: Installation, telegram: TelegramDouble, mei: Person) -> None:
    """Five answer about the people's hospital, and Mei stops in the middle."""
    left = datetime(2026, 10, 22, 0, 30, tzinfo=UTC)
    for number in range(5):
        patient = telegram.person(6200 + number, f"P{number}")
        answers_all(patient, house.encounter("jia", f"month-{number}", discharged_at=left).start)
    begins(mei, house.encounter("jia", "month-mei", discharged_at=left).start)
    chooses(mei, VERY, VERY, VERY)


def one_unit_and_one_patient_follow_their_reminders(ji: Person, mei: Person) -> None:
    """On the 25th those are reminded who have not finished; two of them finish."""
    reminder = ji.waits_for("互评提醒", whenever=True)
    assert "“石桥中心”还有 6 家单位没有评分（共 6 家）" in reminder.text
    votes_for_all(ji, MARKS["ji"], units=6)
    mei.waits_for("您对“人民医院”的就诊评价还没有写完", whenever=True)
    assert "第 4 题" in chooses(mei, "接着答").text
    chooses(mei, VERY, VERY, VERY, YES, "取药", VERY, VERY, VERY, NO_WORDS)
    chooses(mei, SEND)
    receipt_in(mei.waits_for("谢谢您"))


def reminders(telegram: TelegramDouble, person: Person) -> int:
    """How often this person was reminded of the round."""
    calls = telegram.calls_of("sendMessage", chat=person.id)
    return sum("互评提醒" in str(call.payload["text"]) for call in calls)


def everything_happened_once(house: Installation) -> None:
    """The ledger has each run once and done, and everything owed was sent."""
    runs = house.rows("select job, state, outcome from occurrence order by due_at, job")
    assert runs == [
        ("open", "done", "opened"), ("invite", "done", "told"), ("remind", "done", "told"), ("remind", "done", "told"),
        ("close", "done", "closed"), ("count", "done", "counted"), ("settle", "done", "settled"),
        ("draft", "done", "drafted"),
    ]  # fmt: skip
    assert house.rows("select distinct state from delivery") == [("sent",)]
    assert house.rows("select state, ballots_counted from review_round") == [("erased", 36)]
    assert house.rows("select count(*) from sqlite_master where name like 'ballots%'") == [(0,)]


def peer_scores_are_what_a_person_works_out(house: Installation) -> None:
    """Each gives every other the same: once it is known who is strict, a unit that misses its own marks is no better or
    worse for it. What remains is the mean of the six, 3⅓, for a unit with five raters and for one with six; to the
    nearest two tenths 3.4, which is 60 of 100.
    """
    given = [Fraction(sum(map(int, marks)), 5) for marks in MARKS.values()]
    expected = (round(sum(given) / len(given) * 5) / Fraction(5) - 1) * 25
    for unit in ("jia", "wu"):
        explained = json.loads(house.does("explain", unit, "2026-10", "--json").out)
        [peer] = [each for each in explained["indicators"] if each["code"] == "peer_score"]
        assert (peer["value"], peer["raters"]) == (float(expected), "5-9")
    assert explained["responses"] == 0
    # a program's patients are quick and come together: how many of the six are held out is not this story's matter
    sent = "select unit_code, period, count(*) from response where state = 'sent' group by unit_code, period"
    assert house.rows(sent) == [("jia", "2026-10", 6)]
