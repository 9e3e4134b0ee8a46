"""A burst of answers: held the next morning, one of them released by two people, and the month's figures say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from storage.database import Database
from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import CHEN, LI, WANG, ZHAO, Wishes
from tests.journeys.survey_walk import FIELDS
from tests.journeys.visitor import Page, Visitor
from tests.surveys.honesty.clinic import answered
from tests.telegram_double import TelegramDouble

pytestmark = pytest.mark.journey
JOBS = ({"name": "examine", "day": "every", "time": "07:30", "month": "this", "late": "run"},)
HONEST, BURST = 7, 4
MARKS = (
    "3433545", "2343434", "4445342", "3334453", "5443233", "4354343", "3524444",
)  # fmt: skip
ASKED = ("signs", "listening", "explaining", "booking", "queue", "next", "handover")


def test_a_burst_is_held_and_two_people_release_one_answer_of_it(found: Founder, telegram: TelegramDouble) -> None:
    chen, zhao = telegram.person(7001, "Chen Jing"), telegram.person(7002, "Zhao Lei")
    wishes = Wishes(people=(CHEN, ZHAO, LI, WANG), jobs=JOBS, accounts={"chen": chen.id, "zhao": zhao.id})
    house = found(telegram, wishes=wishes, CLOCK="2026-10-20T09:00:00+08:00")
    honest_patients_have_answered(house)

    house.at("2026-10-21T15:00:00+08:00").serves()
    for person in (chen, zhao):
        person.opens("/start")
        person.waits_for("请选择：")
    left = datetime(2026, 10, 19, 2, tzinfo=UTC)
    for number in range(BURST):
        fills_in_at_once(house.encounter("jia", f"burst-{number}", discharged_at=left).web_url)
    assert counted(house) == {"visit": HONEST + BURST}
    house.stops()

    house.at("2026-10-22T07:29:58+08:00", "x60").serves()
    for person in (chen, zhao):
        notice = person.waits_for(f"人民医院　{BURST} 份", whenever=True, timeout=60)
        assert f"2026年10月新留存 {BURST} 份" in notice.text
        assert notice.labels == ("查看留存答卷",)
    assert counted(house) == {"visit": HONEST, "held": BURST}
    house.stops()

    house.at("2026-10-22T09:00:00+08:00").serves()
    chen_proposes_one_on_the_page(house)
    proposal = zhao.waits_for("陈静提议放行2026年10月留存的 1 份答卷", whenever=True)
    assert proposal.labels == ("确认放行", "不予放行", "查看留存答卷")
    zhao.taps("确认放行", message=proposal)
    zhao.waits_for("1 份答卷已放行，重新计入得分。")
    assert counted(house) == {"visit": HONEST + 1, "held": BURST - 1}
    house.stops()
    assert not any("提议放行" in message.text for message in chen.messages())

    house.at("2026-11-03T08:00:00+08:00").does("settle", "2026-10")
    card = json.loads(house.does("explain", "jia", "2026-10", "--json").out)
    assert (card["responses"], card["held_out"]) == (HONEST + 1, BURST - 1)
    too_late_to_release(house)
    house.is_sound()


def honest_patients_have_answered(house: Installation) -> None:
    """Some patients a day, each in a minute or two and each otherwise than the last, in the days before."""
    database = Database(house.settings["DATABASE_URL"])
    with database.transaction() as session:
        for number, marks in enumerate(MARKS):
            at = datetime(2026, 10, 10 + number, 1 + number, 7 * number, tzinfo=UTC)
            answers = {"clean": marks[0], "longer": "no", "overall": marks[-1], **dict(zip(ASKED, marks, strict=True))}
            answered(session, f"honest-{number}", at, answers=answers, seconds=90 + 11 * number)
    database.close()


def fills_in_at_once(url: str) -> None:
    """Somebody goes through a page as fast as a machine can."""
    with Visitor() as visitor:
        questions = visitor.sends(visitor.opens(url), "/consent", {"age": "grown"})
        given = {FIELDS[name]: "5" for name in ("clean", *ASKED, "overall")} | {FIELDS["longer"]: "no"}
        review = visitor.sends(questions, url.rpartition("/")[2], given)
        assert "您的回执码" in visitor.sends(review, "/send").text


def chen_proposes_one_on_the_page(house: Installation) -> None:
    with Visitor() as visitor:
        page = held_page(house, visitor, "chen")
        form = page.form("/office/held")
        assert len(form.offers["answer"]) == BURST
        done = visitor.sends(page, "/office/held", {"answer": form.offers["answer"][0], "act": "propose"})
        assert "已提议放行 1 份" in done.text


def too_late_to_release(house: Installation) -> None:
    """After the settlement the page only shows."""
    house.serves()
    with Visitor() as visitor:
        held_page(house, visitor, "zhao")
        page = visitor.opens(f"{house.base_url}/office/held?period=2026-10")
        assert "2026年10月已结算" in page.text
        assert "确认放行" not in page.form("/office/held").offers.get("act", [])
        assert page.form("/office/held").offers.get("act", []) == []
    house.stops()


def held_page(house: Installation, visitor: Visitor, person: str) -> Page:
    """Signed in by a link of the command line, at the held answers."""
    token = house.does("login-link", person).line.rpartition("/")[2]
    house.secrets.append(token)
    visitor.sends(visitor.opens(f"{house.base_url}/sign-in/{token}"), f"/sign-in/{token}")
    return visitor.opens(f"{house.base_url}/office/held")


def counted(house: Installation) -> dict[str, int]:
    """How many responses count in which stream."""
    rows = house.rows("select stream, count(*) from response where state = 'sent' group by stream order by stream desc")
    return dict(rows)
