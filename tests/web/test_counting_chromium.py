"""The count and the published receipts in a real browser: whole, legible, open to all, and counted by two trustees."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reviews.trustees import key_text
from storage.database import Database
from tests.web import chromium
from tests.web.barriers import barriers
from tests.web.cast import Town
from tests.web.chromium import DESK, PHONE, Window, served, started, window
from tests.web.counting_cast import VOTES, Vault, trustees_key
from tests.web.test_fielding_chromium import signs_in
from tests.web.test_rounds import fitted

CHROMIUM = chromium.find()
PICTURES = os.environ.get("TONGPING_TESTS_PICTURES")
PAGE = "/count/2026-10"
LOOKS = [(PHONE, "zh-CN", False), (DESK, "en-GB", True)]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with started(CHROMIUM) as browser:
        yield browser


@pytest.fixture
def vault(sqlite_template: bytes, tmp_path: Path) -> Iterator[Vault]:
    path = tmp_path / "vault.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    yield Vault(Town(database), tmp_path).is_founded(None).opens().votes(*VOTES).closes().can_be_told("he")
    database.close()


def is_open_to_all(tab: Window, name: str) -> None:
    assert barriers(tab.page) == [], tab.path
    tab.is_sound()
    if PICTURES:
        tab.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def words(number: int) -> str:
    return trustees_key()[2][number - 1].words


@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
def test_every_state_of_a_count_is_open_to_all(vault, engine, size, language, dark):
    mark = f"{size[0]}-{language}-{'dark' if dark else 'light'}"
    with served(vault.site) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, vault.town, "luo")
        is_open_to_all(tab, f"counts-{mark}")
        tab.opens(PAGE)
        is_open_to_all(tab, f"count-key-{mark}")
        tab.page.fill("#key", key_text(trustees_key()[1]))
        tab.page.click("form:has(#key) button")
        is_open_to_all(tab, f"count-share-{mark}")
        tab.page.fill("#share", "academic " * 33)
        tab.page.click("form:has(#share) button")
        expect(tab.page.locator("#fault")).to_be_visible()
        assert tab.page.input_value("#share") == ""
        tab.faults.clear()  # the browser notes the 422
        is_open_to_all(tab, f"count-fault-{mark}")
        tab.page.fill("#share", words(2))
        tab.page.click("form:has(#share) button")
        is_open_to_all(tab, f"count-given-{mark}")
        with window(engine, base, size, language=language, dark=dark) as office:
            signs_in(office, vault.town, "chen")
            is_open_to_all(office, f"office-{mark}")


@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
def test_two_trustees_count_and_everybody_can_check(vault, engine, size, language, dark):
    mark = f"{size[0]}-{language}-{'dark' if dark else 'light'}"
    vault.key_file.write_text(key_text(trustees_key()[1]), encoding="utf-8")
    with served(vault.site) as base:
        with window(engine, base, size, language=language, dark=dark) as one:
            signs_in(one, vault.town, "luo")
            one.opens("/rounds/2026-10")
            is_open_to_all(one, f"round-before-{mark}")
            one.opens(PAGE)
            vault.site.state.counting.bring_key("2026-10", trustees_key()[1], time.monotonic())
            one.opens(PAGE)
            one.page.fill("#share", words(2))
            one.page.click("form:has(#share) button")
        with window(engine, base, size, language=language, dark=dark) as two:
            signs_in(two, vault.town, "tang")
            two.opens(PAGE)
            two.page.fill("#share", words(3))
            two.page.click("form:has(#share) button")
            is_open_to_all(two, f"count-both-{mark}")
            two.page.click("form[action$=start] button")
            expect(two.page.locator("code.root")).to_be_visible(timeout=60_000)  # the script saw the end of it
            is_open_to_all(two, f"count-done-{mark}")
            root = two.page.inner_text("code.root")
            two.page.click("section a")
            assert two.page.inner_text("code.root") == root
            two.page.click("summary")
            is_open_to_all(two, f"round-{mark}")
            two.page.fill("#receipt", vault.receipts[0].lower().replace("-", " "))
            two.page.press("#receipt", "Enter")
            expect(two.page.locator("[role=status]")).to_contain_text(vault.receipts[0])
            is_open_to_all(two, f"rounds-found-{mark}")
            two.page.fill("#receipt", "XXXXX")
            two.page.press("#receipt", "Enter")
            expect(two.page.locator("#receipt")).to_be_focused()
            two.faults.clear()
            is_open_to_all(two, f"rounds-fault-{mark}")


def test_progress_moves_by_itself_and_without_a_script_there_is_a_link(vault, engine):
    room = vault.site.state.counting
    room.give("2026-10", "he", trustees_key()[2][0], time.monotonic())
    room.give("2026-10", "luo", trustees_key()[2][1], time.monotonic())
    room.begin("2026-10", "luo", time.monotonic())
    room.count("2026-10").done, room.count("2026-10").total = 10, 60000
    with served(vault.site) as base, window(engine, base, PHONE) as tab:
        signs_in(tab, vault.town, "luo")
        tab.opens(PAGE)
        is_open_to_all(tab, "count-runs-360")
        room.count("2026-10").done = 30000
        expect(tab.page.locator("#progress")).to_contain_text("30000 / 60000")
        tab.page.click("#progress a")
        room.count("2026-10").outcome = "shares_missing"
        room.count("2026-10").details = {"given": 1, "needed": 2}
        expect(tab.page.locator("p.fault")).to_be_visible()


@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
def test_a_quarter_is_open_to_all(vault, engine, size, language, dark):
    fitted(vault, "2026-10", "2026-11")
    with served(vault.site) as base, window(engine, base, size, language=language, dark=dark) as tab:
        tab.opens("/rounds/2026-Q4")
        expect(tab.page.locator("tbody tr")).to_have_count(9)
        is_open_to_all(tab, f"quarter-{size[0]}-{language}")
        tab.opens("/rounds")
        is_open_to_all(tab, f"rounds-{size[0]}-{language}")
