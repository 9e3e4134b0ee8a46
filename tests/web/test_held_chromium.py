"""The page of held answers in a real browser: whole, legible, by phone and at the desk; two people without a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.web import chromium
from tests.web.chromium import DESK, PHONE, served, started, window
from tests.web.test_fielding_chromium import signs_in
from tests.web.test_held import DAY, answers, examined, proposes, states

CHROMIUM = chromium.find()
PICTURES = os.environ.get("TONGPING_TESTS_PICTURES")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with started(CHROMIUM) as browser:
        yield browser


def a_month_with_held_answers(town):
    answers(town, *"abcdefgh")
    answers(town, *"ij", unit="yi")
    ids = answers(town, *"wxyz", seconds=1, at=DAY + timedelta(hours=6))
    ids += answers(town, "v", unit="yi", seconds=1, at=DAY + timedelta(hours=9))
    examined(town)
    proposes(town, "zhao", ids[1])
    return ids


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "zh-CN", False), (DESK, "en-GB", True)])
def test_the_page_is_sound(hamlet, engine, size, language, dark):
    a_month_with_held_answers(hamlet)
    with served(hamlet.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, hamlet, "chen")
        tab.opens("/office/held")
        tab.is_sound()
        if PICTURES:
            tab.page.screenshot(path=Path(PICTURES) / f"held-{size[0]}-{language}-{dark}.png", full_page=True)
        for path in ("/units/jia/surveys", "/surveys"):
            tab.opens(path)
            tab.is_sound()
            if PICTURES and not dark:
                name = path.strip("/").replace("/", "-")
                tab.page.screenshot(path=Path(PICTURES) / f"{name}-{size[0]}-{language}.png", full_page=True)


def test_two_people_release_on_phones_without_a_script(hamlet, engine):
    ids = a_month_with_held_answers(hamlet)
    with served(hamlet.site()) as base:
        with window(engine, base, PHONE, scripts=False) as tab:
            signs_in(tab, hamlet, "chen")
            tab.opens("/office/held")
            tab.page.check(f"input[value='{ids[0]}']")
            tab.page.check(f"input[value='{ids[2]}']")
            tab.page.click("#unit-jia button[value=propose]")
            assert tab.page.inner_text("[role=status]").startswith("已提议放行 2 份")
        with window(engine, base, PHONE, scripts=False) as tab:
            signs_in(tab, hamlet, "zhao")
            tab.opens("/office/held")
            tab.page.check(f"input[value='{ids[0]}']")
            tab.page.keyboard.press("Tab")
            tab.page.click("#unit-jia button[value=release]")
            assert tab.page.inner_text("[role=status]").startswith("已放行 1 份")
    assert [states(hamlet)[each] for each in ids] == ["released", "proposed", "proposed", "held", "held"]
