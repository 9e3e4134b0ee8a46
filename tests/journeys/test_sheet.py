"""A representative's sheet, with the real server: half by chat, half by the page, inside Telegram and by a link."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime

import httpx
import pytest

from bot.launch_data import launch_key
from reviews.sealing import BallotContent, receipt_of, seal, unseal
from tests.bot.test_launch_data import launched
from tests.journeys.ballot_walk import BALLOTS, LIST, casts, casts_of, has_no_marks
from tests.journeys.conftest import Founder
from tests.journeys.installation import KEY_FILE, Installation
from tests.journeys.small_consortium import Wishes
from tests.journeys.survey_walk import chooses
from tests.telegram_double import TelegramDouble

pytestmark = pytest.mark.journey

PUBLIC = "https://tongping.example"
CLOCK = "2026-10-22T10:00:00+08:00"
COMMENT = "转诊很快谢谢"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def house(found: Founder, telegram: TelegramDouble) -> Installation:
    """The round of October is open, and the server runs behind a public address."""
    house = found(telegram, wishes=Wishes(periods=("2026-10",)), CLOCK=CLOCK, PUBLIC_URL=PUBLIC)
    house.does("review", "open-round", "2026-10", "--cooperation", "configuration/cooperation.csv")
    return house.serves()


def test_half_by_chat_and_half_by_the_sheet(house: Installation, telegram: TelegramDouble) -> None:
    li = telegram.person(4101, "Li Min")
    house.binds(li=li)
    tasks = chooses(li, BALLOTS)
    assert [each["web_app"] for each in tasks.buttons if "web_app" in each] == [{"url": f"{PUBLIC}/sheet/app"}]
    casts(li, "二院", "41325")

    with httpx.Client(base_url=house.base_url, trust_env=False, timeout=20) as client:
        session = _launches(client, house, telegram, li.id)
        data, csrf = _sheet(client.get("/sheet", headers=session).text)
        assert [(each["target"], each["counter"]) for each in data["blanks"]][:2] == [("yi", 2), ("bing", 1)]
        sealed = {target: _sealed(data, target, marks) for target, marks in {"yi": "52413", "bing": "-----"}.items()}
        body = json.dumps({"csrf": csrf, "ballots": list(sealed.values())})
        answer = client.post("/sheet/ballots", content=body, headers=session | JSON)
        codes = [each["code"] for each in answer.json()["receipts"]]
        assert codes == [receipt_of(each["sealed"]) for each in sealed.values()]
        again = client.post("/sheet/ballots", content=body, headers=session | JSON)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "ballot_already_sent")

        cookie = _opens_the_link(client, house, li)
        data, csrf = _sheet(client.get("/sheet", headers=cookie).text)
        row = next(each["assignment"] for each in data["blanks"] if each["target"] == "ding")
        fields = {f"m.{row}.{place}": mark for place, mark in enumerate("32154")}
        form = fields | {f"k.{row}": "1", f"c.{row}": COMMENT, "csrf": csrf, "unit": "jia"}
        assert client.post("/sheet", data=form, headers=cookie).status_code == 200

    assert casts_of(house, "jia") == {"yi": 2, "bing": 1, "ding": 1}
    private = (house.folder / "configuration" / KEY_FILE).read_text(encoding="utf-8")
    opened = [unseal(private, text) for (text,) in house.rows("select sealed from ballots_2026_10")]
    assert {(each.target, each.marks, each.counter, each.comment) for each in opened} == {
        ("yi", "41325", 1, ""), ("yi", "52413", 2, ""), ("bing", "-----", 1, ""), ("ding", "32154", 1, COMMENT),
    }  # fmt: skip
    has_no_marks(house, telegram, "41325", "52413", "32154")
    for words in (COMMENT, *codes):
        assert words.encode() not in house.stored.everything()
        assert words not in house.logs
    house.stops()
    house.is_sound()


def _launches(client: httpx.Client, house: Installation, telegram: TelegramDouble, account: int) -> dict[str, str]:
    """What Telegram signs for this bot, exchanged for a session; once."""
    data = launched({"id": account}, at=datetime.fromisoformat(CLOCK).astimezone(UTC), key=launch_key(telegram.token))
    answer = client.post("/sheet/launch", content=json.dumps({"data": data}), headers=JSON)
    assert answer.status_code == 200, answer.text
    again = client.post("/sheet/launch", content=json.dumps({"data": data}), headers=JSON)
    assert again.json()["error"]["code"] == "launch_used"
    house.secrets += [answer.json()["session"], data.rpartition("hash=")[2]]
    return {"X-Tongping-Session": answer.json()["session"]}


def _opens_the_link(client: httpx.Client, house: Installation, li) -> dict[str, str]:
    """The button's link, as another browser opens it: one button, then the sheet. Its cookie is for https alone."""
    chooses(li, LIST)
    li.taps("用浏览器打开评分表")
    address = li.waits_for("一次性链接").text.splitlines()[1]
    path = address.removeprefix(PUBLIC)
    house.secrets.append(path.removeprefix("/sign-in/").partition("?")[0])
    assert client.get(path).status_code == 200
    spent = client.post(path)
    assert (spent.status_code, spent.headers["location"]) == (303, "/sheet")
    cookie = spent.headers["set-cookie"].partition(";")[0]
    assert client.post(path).status_code == 410
    return {"Cookie": cookie}


def _sheet(page: str) -> tuple[dict, str]:
    """What the page's script is given, and its form's token."""
    data = re.search(r'data-sheet="([^"]+)"', page)
    csrf = re.search(r'<form id="sheet".*?name="csrf" value="([0-9a-f]+)"', page, re.DOTALL)
    assert data is not None, page
    assert csrf is not None, page
    return json.loads(html.unescape(data[1])), csrf[1]


def _sealed(data: dict, target: str, marks: str) -> dict:
    """What the page's script makes of a blank ballot."""
    blank = next(each for each in data["blanks"] if each["target"] == target)
    content = BallotContent(
        period=blank["period"], assignment_id=blank["assignment"], rater=blank["rater"], target=target, marks=marks,
        cast_at=datetime.fromisoformat(blank["cast_at"]), counter=blank["counter"], token=blank["token"],
    )  # fmt: skip
    text = seal(json.dumps(data["key"]), content)
    return {"assignment": blank["assignment"], "counter": blank["counter"], "sealed": text}
