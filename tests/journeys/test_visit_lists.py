"""A hospital without an engineer: lists of visits sent to the bot, invited, given back with links; the program killed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from tests.consortium.workbooks import xlsx
from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.visitor import Visitor
from tests.telegram_double import Message, Person, Stall, TelegramDouble

pytestmark = pytest.mark.journey
ADDRESS = "https://tongping.example"
HEADER = ("visit", "kind", "discharged_at", "language", "person")
LEFT = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(visit: str, *, kind: str = "outpatient", language: str = "zh", person: str = "") -> tuple[str, ...]:
    return visit, kind, LEFT, language, person


def table(*rows: tuple[str, ...]) -> bytes:
    return "\n".join(",".join(each) for each in (HEADER, *rows)).encode("gb18030")  # as spreadsheets save it here


def sent_back(person: Person) -> Message:
    return person.waits_for(lambda message: message.kind == "document")


def test_lists_come_by_chat_and_go_back_with_links(
    found: Founder, telegram: TelegramDouble, database_address: str | None
) -> None:
    house = found(telegram, database_url=database_address, PUBLIC_URL=ADDRESS).serves()
    li, chen = telegram.person(4001, "Li Min"), telegram.person(5001, "Chen Jing")
    house.binds(li=li, chen=chen)
    house.private += ["ZY-7001", "ZY-7002", "ZY-8001", "HIS-55", "门诊名单"]

    li.sends_file("门诊名单.csv", table(row("ZY-7001"), row("ZY-7002", kind="天知道")))
    refused = li.waits_for("没有收下，一个也没有邀请")
    assert "• 第 3 行 kind：" in refused.text
    assert house.rows("select count(*) from invitation") == [(0,)]

    li.sends_file(
        "门诊名单.csv", table(row("ZY-7001", person="HIS-55"), row("ZY-7002", person="HIS-55", language="en"))
    )
    li.waits_for("共 2 行：新邀请 2")
    li.taps("邀请")
    li.taps("邀请", stale=True)
    returned = sent_back(li)
    li.waits_for_toast("这份名单已经邀请过了")
    li.waits_until_taps_are_answered()
    assert returned.upload is not None
    rows = list(csv.DictReader(io.StringIO(returned.upload.content.decode("utf-8-sig"))))
    assert [(each["visit"], bool(each["link"]), each["status"][:8]) for each in rows] == [
        ("ZY-7001", True, "新邀请"),
        ("ZY-7002", False, "近期已邀请过本人"),
    ]
    house.secrets.append(rows[0]["link"].rpartition("/")[2])
    with Visitor() as patient:
        page = patient.opens(rows[0]["link"].replace(ADDRESS, house.base_url))
        assert (page.status, "人民医院" in page.text) == (200, True)
    assert house.rows("select count(*) from delivery where state = 'owed'") == [(0,)]  # a reply, not owed to anybody

    _killed_while_it_fetches(house, telegram, chen)
    house.stops()
    assert b"HIS-55" not in house.stored.everything()
    house.is_sound()


def _killed_while_it_fetches(house: Installation, telegram: TelegramDouble, chen: Person) -> None:
    """The office sends a workbook for another unit; the program dies in the middle, and the same button does it."""
    chen.sends_file("八月.xlsx", xlsx(list=[HEADER, row("ZY-8001")]), mime="application/octet-stream")
    asked = chen.waits_for("这份名单是哪个单位的？")
    stalled = telegram.fails("file", Stall(60.0))
    chen.taps("二院", message=asked)
    telegram.until(lambda: stalled.fired, what="the download")
    house.is_killed()
    telegram.heals()
    house.serves()
    chen.taps("二院", message=asked)
    chen.waits_for("二院的就诊名单，共 1 行：新邀请 1")
    chen.taps("邀请")
    returned = sent_back(chen)
    assert returned.upload is not None
    sheet = load_workbook(io.BytesIO(returned.upload.content)).active
    assert sheet is not None
    _, only = sheet.iter_rows(values_only=True)
    assert only[0] == "ZY-8001"
    house.secrets.append(str(only[4]).rpartition("/")[2])
    assert house.rows("select unit_code, count(*) from invitation group by unit_code order by 1") == [
        ("jia", 2),
        ("yi", 1),
    ]
