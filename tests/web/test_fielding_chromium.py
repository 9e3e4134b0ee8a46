"""The pages of fielding in a real browser, on a phone and on a desk, in both languages: whole, legible, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from surveys.models import Invitation
from tests.web import chromium
from tests.web.cast import Town
from tests.web.chromium import DESK, PHONE, Window, served, started, window
from tests.web.test_fielding import LIST, lively

CHROMIUM = chromium.find()
PAGES = ("/surveys", "/surveys/waves/w1", "/surveys/questionnaires", "/units/jia/surveys", "/p/abcdefgh")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with started(CHROMIUM) as browser:
        yield browser


def signs_in(tab: Window, town: Town, person: str) -> None:
    tab.opens(f"/sign-in/{town.link(person)}")
    tab.page.click("main button[type=submit]")


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "zh-CN", False), (DESK, "en-GB", True)])
def test_every_page_is_sound(hamlet, engine, size, language, dark):
    with served(lively(hamlet).site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, hamlet, "chen")
        for path in PAGES:
            tab.opens(path)
            tab.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
            tab.is_sound()


def test_a_list_is_sent_in_invited_and_fetched_on_a_phone_without_a_script(hamlet, engine, tmp_path):
    file = tmp_path / "visits.csv"
    file.write_text(LIST, encoding="utf-8")
    with served(hamlet.site()) as base, window(engine, base, PHONE, scripts=False) as tab:
        signs_in(tab, hamlet, "li")
        tab.opens("/units/jia/surveys")
        tab.page.set_input_files("input[type=file]", file)
        tab.page.click("form[action='/surveys/lists'] button")
        tab.page.click("form[action$='/invite'] button")
        assert hamlet.count(Invitation) == 2
        with tab.page.expect_download() as download:
            tab.page.click("button[value=csv]")
        saved = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert saved.count("/s/") == 2


def test_a_poster_is_scanned_and_leads_to_the_survey(hamlet, engine):
    with served(lively(hamlet).site()) as base, window(engine, base, PHONE) as tab:
        tab.opens("/p/abcdefgh")
        tab.page.keyboard.press("Tab")
        tab.page.click("main button")
        assert tab.path.startswith("/s/")
        tab.is_sound()
