"""The sheet opened inside Telegram, in a real browser: as the apps open it, and in the frame of Telegram's web client.

Telegram's web client is played by a page that the browser believes to come from there; nothing leaves this machine.
"""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from reviews.sealing import generate_keys
from storage.database import Database
from tests.bot.test_launch_data import KEY, launched
from tests.web import chromium
from tests.web.barriers import barriers
from tests.web.cast import NOW, PEOPLE, Town
from tests.web.chromium import PHONE, served, started, window
from tests.web.sheets import Round, round_on

CHROMIUM = chromium.find()
CLIENT = "https://web.telegram.org"
PARAMETERS = "tgWebAppVersion=9.1&tgWebAppPlatform=android&tgWebAppThemeParams=" + quote('{"bg_color":"#17212b"}')

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def keys():
    return generate_keys()


@pytest.fixture(scope="module")
def engine():
    with started(CHROMIUM) as browser:
        yield browser


@pytest.fixture
def round_(sqlite_template, tmp_path, keys) -> Round:
    path = tmp_path / "round.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    both = [each | {"units": ["jia", "yi"]} if each["id"] == "li" else each for each in PEOPLE]
    made = round_on(database, keys, people=both)
    made.binds("li", "4001")
    yield Round(Town(database), *keys)
    database.close()


@pytest.fixture
def base(round_):
    with served(round_.town.site(launch_key=KEY)) as address:
        yield address


def address_of(data):
    return f"/sheet/app#tgWebAppData={quote(data, safe='')}&{PARAMETERS}"


def scores_jia(frame, round_):
    """From the choice of a unit to the receipts, all in one place."""
    frame.locator("a[href='/sheet?unit=jia']").click()
    expect(frame.locator("h1")).to_have_text("2026-10 互评 · 人民医院")
    for place, mark in enumerate("54321"):
        frame.locator(f'[name="m.{round_.tasks()["yi"]}.{place}"][value="{mark}"]').locator("..").click()
    frame.locator("#to-review").click()
    frame.locator("#send").click()
    expect(frame.locator("#receipts td.code")).to_have_count(1)


def test_an_app_opens_the_sheet_without_a_cookie(engine, base, round_):
    with window(engine, base, PHONE) as tab:
        tab.page.add_init_script(
            "window.told = []; window.TelegramWebviewProxy = {postEvent: (...event) => window.told.push(event)}"
        )
        tab.opens(address_of(launched(at=NOW)))
        expect(tab.page.locator("a[href='/sheet?unit=yi']")).to_be_visible()
        assert tab.path == "/sheet/app"  # nothing of the launch stays in the address
        assert tab.page.evaluate("told.map((each) => each[0])") == ["web_app_ready", "web_app_expand"]
        assert barriers(tab.page) == []
        scores_jia(tab.page, round_)
        tab.is_sound()
        assert tab.page.context.cookies() == []
        tab.page.locator("#receipts a.button").click()
        expect(tab.page.locator(".is-sent h2")).to_have_text("二院")
    assert {each[:2] for each in round_.said()} == {("yi", "54321")}


def test_a_reload_goes_on_and_a_second_opening_signs_in_anew(engine, base, round_):
    with window(engine, base, PHONE) as tab:
        tab.opens(address_of(launched(at=NOW)))
        expect(tab.page.locator("a[href='/sheet?unit=yi']")).to_be_visible()
        tab.page.reload()
        expect(tab.page.locator("a[href='/sheet?unit=yi']")).to_be_visible()
        tab.page.goto("about:blank")
        tab.opens(address_of(launched(at=NOW - timedelta(seconds=5))))
        expect(tab.page.locator("a[href='/sheet?unit=yi']")).to_be_visible()
    assert len(round_.town.audited("open_web_session")) == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (launched(at=NOW - timedelta(hours=2)), "一个多小时以前"),
        (launched({"id": 77}, at=NOW), "还没有绑定"),
        (launched(at=NOW) + "x", "无法确认"),
        ("", "只能从 Telegram 里机器人的按钮打开"),
    ],
)
def test_what_is_refused_is_said_in_place(engine, base, data, sentence):
    with window(engine, base, PHONE) as tab:
        tab.opens(address_of(data))
        expect(tab.page.locator("#launch-said")).to_contain_text(sentence)
        tab.faults.clear()  # the browser notes the 401
        tab.is_sound()


def test_a_dark_telegram_gets_a_dark_page(engine, base):
    with window(engine, base, PHONE, dark=True) as tab:
        tab.opens(address_of(launched(at=NOW)))
        expect(tab.page.locator("a[href='/sheet?unit=yi']")).to_be_visible()
        assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 24)"


# --- in the frame of a web client


@pytest.fixture
def framing(engine, base):
    """Opens a page of `origin` with the sheet in a frame; (page, frame, failed requests)."""
    contexts, failed = [], []

    def opens(origin, data):
        context = engine.new_context(viewport={"width": 420, "height": 800}, locale="zh-CN", reduced_motion="reduce")
        contexts.append(context)
        context.grant_permissions(
            ["local-network-access"], origin=origin
        )  # this machine, which no real client asks for
        page = context.new_page()
        page.on("requestfailed", lambda request: failed.append((request.url, request.failure)))
        page.set_default_timeout(10_000)
        src = json.dumps(base + address_of(data))
        html = f"""<!doctype html><title>client</title><script>
          window.told = []; addEventListener("message", (event) => told.push(JSON.parse(event.data).eventType));
          const frame = document.createElement("iframe"); frame.name = "app"; frame.width = 380; frame.height = 740;
          frame.src = {src}; addEventListener("DOMContentLoaded", () => document.body.append(frame));
        </script><body>"""
        page.route(f"{origin}/**", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(f"{origin}/k/")
        return page, page.frame_locator("iframe"), failed

    yield opens
    for context in contexts:
        context.close()


def test_the_web_client_s_frame_shows_the_sheet_and_seals_in_it(framing, round_):
    page, frame, _ = framing(CLIENT, launched(at=NOW))
    scores_jia(frame, round_)
    assert page.evaluate("told") == ["web_app_ready", "web_app_expand"]
    assert page.context.cookies() == []
    assert frame.locator("#receipts-said").inner_text() == "回执由这个浏览器自己算出，服务器的回答与它一致。"
    assert {each[:2] for each in round_.said()} == {("yi", "54321")}


def test_no_other_site_gets_it_into_a_frame(framing, base, round_):
    page, frame, failed = framing("https://evil.example", launched(at=NOW))
    page.wait_for_timeout(500)
    assert failed == [(f"{base}/sheet/app", "net::ERR_BLOCKED_BY_RESPONSE")]
    assert frame.locator("#sheet-place").count() == 0
    assert round_.town.audited("open_web_session") == []
