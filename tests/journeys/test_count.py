"""A round counted by two trustees: told in chat, a link each, two shares on a page, the root, and a rater who checks."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import pytest

from consortium.links import new_token
from consortium.people import actor_of
from consortium.periods import Period
from reviews.ballots import assignments_of, cast_ballot
from storage.database import Database
from tests.journeys.conftest import Founder
from tests.journeys.installation import KEY_FILE, Blueprint, Installation
from tests.journeys.small_consortium import CHEN, PEOPLE, UNITS, Member, Wishes
from tests.journeys.visitor import Page, Visitor
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey
OCTOBER = Period(2026, month=10)
ADDRESS = "http://tongping.test"
HOLDERS = (
    Member("he", "何敏", ("trustee",)),
    Member("luo", "罗秀兰", ("trustee", "committee")),
    Member("tang", "唐志强", ("trustee",)),
)
JOBS = (
    {"name": "close", "day": 2, "time": "18:00", "month": "previous", "late": "run"},
    {"name": "count", "day": 2, "time": "18:10", "month": "previous", "late": "run"},
    {"name": "settle", "day": 3, "time": "06:00", "month": "previous", "late": "run"},
)
MARKS = "54324"


def test_two_of_three_trustees_count_and_a_rater_finds_its_receipt(
    found: Founder, telegram: TelegramDouble, database_address: str | None
) -> None:
    people = {each.id: telegram.person(8000 + place, each.name) for place, each in enumerate((CHEN, *HOLDERS))}
    house = a_house_with_trustees(found, telegram, database_address, people)
    shares = [read_share(house, number) for number in (1, 2, 3)]
    house.does("review", "open-round", "2026-10", "--cooperation", "configuration/cooperation.csv")
    receipts = everybody_votes(house)
    house.private += [word for share in shares for word in (share, " ".join(share.split()[:5]))]

    house.at("2026-11-02T17:00:00+08:00").serves()
    for person in people.values():
        person.opens("/start")
        person.waits_for("请选择：")
    house.stops()
    house.at("2026-11-02T17:59:50+08:00", "x60").serves()
    for name in ("he", "luo", "tang"):
        notice = people[name].waits_for("等待两位保管人计票", whenever=True, timeout=60)
        assert f"收到 {len(receipts)} 张评分票" in notice.text
        assert notice.labels == ("去计票",)
    house.stops()
    assert house.rows("select state from review_round") == [("closed",)]

    house.at("2026-11-02T18:30:00+08:00").serves()
    with Visitor() as tang, Visitor() as he:
        assert "您的份额（33 个词）" in opens(house, tang, people["tang"]).text
        first = gives(house, tang, shares[2])
        assert "已交出" in first.text
        house.is_killed()  # whatever was in memory is gone
        house.serves()
        opens(house, he, people["he"])
        second = gives(house, he, shares[0])
        assert "还差一位保管人" in second.text
        gives(house, tang, shares[2])
        done = begins(house, tang)
    root = house.rows("select root from review_round")[0][0]
    assert root in done.text
    for person in people.values():
        assert root in person.waits_for("互评已计票", whenever=True).text
    assert house.rows("select state, ballots_counted, ballots_void from review_round") == [("erased", len(receipts), 0)]

    with Visitor() as anybody:
        published = anybody.opens(f"{house.base_url}/rounds/2026-10/receipts.txt").text
        assert hashlib.sha256(published.encode()).hexdigest() == root
        page = anybody.opens(f"{house.base_url}/rounds")
        assert "已计入2026年10月互评" in anybody.sends(page, "/rounds/receipt", {"receipt": receipts[0]}).text
    people["chen"].sends(f"回执 {receipts[1].lower()}")
    people["chen"].waits_for(f"{receipts[1]} 已计入2026年10月互评")
    house.stops()
    for share in shares:
        assert share.encode() not in house.stored.everything()
    assert house.rows("select actor, details from audit where action = 'begin_count'")[0][0] == "person:tang"
    house.is_sound()


def a_house_with_trustees(
    found: Founder, telegram: TelegramDouble, database_address: str | None, people: dict[str, Person]
) -> Installation:
    """The small consortium, whose key is shared among three and lies wrapped on the server."""
    accounts = {name: person.id for name, person in people.items()}
    wishes = Wishes(people=(*PEOPLE, *HOLDERS), jobs=JOBS, periods=("2026-10",), accounts=accounts)
    house = found(
        telegram, wishes=wishes, database_url=database_address, PUBLIC_URL=ADDRESS, CLOCK="2026-10-22T09:00:00+08:00"
    )
    names = [word for each in HOLDERS for word in ("--trustee", each.name)]
    public_key = house.does("review", "keygen", "--output", "trustees.key", *names).line
    (house.folder / "trustees.key").replace(house.folder / "configuration" / KEY_FILE)
    house._blueprint = Blueprint(house._blueprint.folder, public_key)
    return house.is_applied()


def read_share(house: Installation, number: int) -> str:
    """What a trustee wrote down; the file does not stay on the machine."""
    path = house.folder / f"trustees.key.share-{number}"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    path.unlink()
    return " ".join(re.findall(r"[a-z]+", " ".join(lines)))


def everybody_votes(house: Installation) -> list[str]:
    """Each unit scores all others; the receipts."""
    database = Database(house.settings["DATABASE_URL"])
    receipts = []
    with database.transaction() as session:
        for member in PEOPLE:
            for unit in member.units:
                actor = actor_of(session, member.id)
                for task in assignments_of(session, period=OCTOBER, unit_code=unit):
                    receipt = cast_ballot(
                        session, actor=actor, assignment_id=task.id, marks=MARKS, ballot_id=new_token(),
                        now=datetime(2026, 10, 25, 3, tzinfo=UTC),
                    )  # fmt: skip
                    receipts.append(receipt.code)
    database.close()
    assert len(receipts) == len(UNITS) * (len(UNITS) - 1)
    return receipts


def opens(house: Installation, visitor: Visitor, person: Person) -> Page:
    """From the button in the notice to the page of the count."""
    person.taps("去计票", message=person.waits_for("等待两位保管人计票", whenever=True))
    handed = person.waits_for("/sign-in/")
    link = re.search(r"http://\S+", handed.text)
    assert link is not None
    house.secrets.append(link[0].partition("/sign-in/")[2].partition("?")[0])
    page = visitor.opens(link[0].replace(ADDRESS, house.base_url))
    return visitor.sends(page, "to=/count/2026-10")


def gives(house: Installation, visitor: Visitor, share: str) -> Page:
    page = visitor.opens(f"{house.base_url}/count/2026-10")
    return visitor.sends(page, "/share", {"share": share})


def begins(house: Installation, visitor: Visitor) -> Page:
    """Presses the button, and reloads the page until it is over."""
    page = visitor.sends(visitor.opens(f"{house.base_url}/count/2026-10"), "/start")
    while "正在计票" in page.text:
        page = visitor.opens(f"{house.base_url}/count/2026-10")
    return page
