"""The sheet inside Telegram: launch data becomes a session once, the page stands in Telegram's frame and in no other."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from consortium.models import SignInLink, WebSession
from reviews.sealing import generate_keys
from storage.audit import AuditRow
from tests.bot.test_launch_data import KEY, launched
from tests.web.cast import NOW, signed_in
from tests.web.sheets import round_on
from web.security import HEADERS
from web.throttle import FAILURES

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="session")
def keys():
    return generate_keys()


@pytest.fixture
def round_(database, keys):
    made = round_on(database, keys)
    made.binds("li", "4001")
    return made


@pytest.fixture
def phone(round_, browse):
    return browse(round_.town.site(launch_key=KEY))


def launches(browser, data=None, **headers):
    body = json.dumps({"data": launched(at=NOW) if data is None else data})
    return browser.post("/sheet/launch", content=body, headers=JSON | headers)


def test_a_launch_opens_the_sheet_of_the_account_s_person(phone, round_):
    answer = launches(phone)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    session = {"X-Tongping-Session": answer.json()["session"]}
    page = phone.opens("/sheet", headers=session)
    assert phone.heading == "2026-10 互评 · 人民医院"
    data = json.loads(page.one("form", id="sheet")["data-sheet"])
    assert [each["rater"] for each in data["blanks"]] == ["jia", "jia"]
    assert phone.get("/sheet").status_code == 401  # the header is all there is
    assert phone.get("/units/jia", headers=session).status_code == 401  # and it is good for the sheet alone
    row = round_.tasks()["yi"]
    fields = {f"m.{row}.{place}": "4" for place in range(5)} | {f"k.{row}": "1", "unit": "jia"}
    csrf = page.one("form", id="sheet").every("input", name="csrf")[0]["value"]
    assert phone.post("/sheet", fields | {"csrf": csrf}, headers=session).status_code == 200
    assert {each[:2] for each in round_.said()} == {("yi", "44444")}


def test_each_launch_is_good_once(phone, round_):
    assert launches(phone).status_code == 200
    again = launches(phone)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "launch_used")
    assert launches(phone, launched(at=NOW - timedelta(minutes=1))).status_code == 200
    assert round_.town.count(WebSession) == 2
    assert round_.town.audited("open_web_session") == ["person:li", "person:li"]


def test_twenty_at_once_are_one(phone, round_):
    body = json.dumps({"data": launched(at=NOW)})
    answers = phone.together(20, "POST", "/sheet/launch", content=body, headers=JSON)
    assert sorted(each.status_code for each in answers) == [200, *[401] * 19]
    assert round_.town.count(WebSession) == 1


def test_the_spent_launch_is_no_sign_in_link(phone, round_):
    launches(phone)
    link = round_.town.one(SignInLink, SignInLink.person_id == "li")
    assert link.used_at == NOW
    for guess in (link.token_hash, launched(at=NOW)[-64:]):
        assert phone.get(f"/sign-in/{guess}").status_code == 404


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (launched(at=NOW).replace("4001", "4002"), "launch_invalid"),
        ("", "launch_invalid"),
        (launched(at=NOW - timedelta(hours=2)), "launch_expired"),
        (launched(at=NOW + timedelta(minutes=2)), "launch_invalid"),
        (launched({"id": 999}, at=NOW), "launch_not_bound"),
    ],
)
def test_what_is_refused_leaves_nothing(phone, round_, data, code):
    before = round_.town.everything()
    answer = launches(phone, data)
    assert answer.json()["error"]["code"] == code
    assert answer.status_code == (403 if code == "launch_not_bound" else 401)
    assert round_.town.everything() == before


def test_an_account_that_waits_for_the_office_opens_nothing(phone, round_):
    from sqlalchemy import update

    from consortium.models import Account

    with round_.database.transaction() as session:
        session.execute(update(Account).values(confirmed_at=None))
    assert launches(phone).json()["error"]["code"] == "launch_not_bound"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"data": 5}', b'{"data": "x", "more": 1}', b"\xff", b'{"data": "' + b"x" * 9000 + b'"}']
)
def test_bodies_of_another_shape_are_refused(phone, body):
    answer = phone.post("/sheet/launch", content=body, headers=JSON)
    assert answer.json()["error"]["code"] == "json_unreadable"


def test_another_site_cannot_send_a_launch(phone):
    assert launches(phone, **{"Sec-Fetch-Site": "cross-site"}).json()["error"]["code"] == "other_site"
    assert phone.post("/sheet/launch", {"data": launched(at=NOW)}).json()["error"]["code"] == "json_unreadable"


def test_guessing_is_slowed_down(phone):
    for _ in range(FAILURES):
        launches(phone, "x")
    assert launches(phone).json()["error"]["code"] == "too_many_attempts"


def test_neither_launch_data_nor_session_are_kept_in_clear_or_logged(phone, round_):
    with capture_logs() as logs:
        token = launches(phone).json()["session"]
        launches(phone, launched(at=NOW).replace("4001", "4002"))
    with round_.database.transaction() as session:
        audit = repr([(each.actor, each.action, each.details) for each in session.scalars(select(AuditRow))])
        hashes = set(session.scalars(select(WebSession.token_hash)))
    for secret in (token, launched(at=NOW)[-64:]):
        assert secret not in json.dumps(logs, default=str) + audit
        assert secret not in hashes


def test_a_header_of_somebody_whose_session_ended_is_refused(phone, round_):
    session = {"X-Tongping-Session": launches(phone).json()["session"]}
    round_.town.now = NOW + timedelta(hours=13)
    assert phone.get("/sheet", headers=session).status_code == 401


# --- in whose frame


def test_only_the_door_may_stand_in_telegram_s_frame(phone):
    door = phone.get("/sheet/app")
    assert door.status_code == 200
    policy = door.headers["content-security-policy"]
    assert policy == HEADERS["Content-Security-Policy"].replace("'none'; ", "'none'; ").replace(
        "frame-ancestors 'none'", "frame-ancestors https://web.telegram.org"
    )
    assert "x-frame-options" not in door.headers
    assert "unsafe" not in policy
    for path in ("/sheet", "/sheet/launch", "/sheet/ballots", "/", "/office", "/sheet/app/", "/sign-in"):
        response = phone.get(path)
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"], path
        assert response.headers["x-frame-options"] == "DENY"


def test_the_door_tells_nobody_anything_and_loads_nothing_from_elsewhere(phone, round_):
    page = phone.opens("/sheet/app")
    assert all(each["src"].startswith("/static/") for each in page.every("script"))
    assert "在聊天里点“用浏览器打开评分表”" in page.one("noscript").text
    li = signed_in(phone, round_.town, "li")
    assert "人民医院" not in li.opens("/sheet/app").one("main").text
