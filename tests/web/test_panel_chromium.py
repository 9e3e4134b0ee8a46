"""The panel's pages in a real browser: whole, legible, open to all, by phone and at the desk; an expert without a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from consortium.people import actor_of
from consortium.periods import Period
from evaluation.panel import hand_in_month_evidence
from reviews.panel_models import PanelTask
from reviews.panel_rounds import close_panel
from scheduler.panel_counting import run_panel_count
from tests.panel_town import CORE, found_panel_town, marks_everything, open_panel_in, panel_keys
from tests.reviews.evidence_files import PDF, PNG
from tests.web import chromium
from tests.web.barriers import barriers
from tests.web.cast import LONG_AGO
from tests.web.chromium import DESK, PHONE, served, started, window
from tests.web.test_fielding_chromium import signs_in

NOVEMBER = Period(2026, month=11)
CHROMIUM = chromium.find()
PICTURES = os.environ.get("TONGPING_TESTS_PICTURES")
LONG = "关于进一步健全紧密型医疗联合体双向转诊协同机制与核心制度落实情况的自查报告及整改材料汇编（二〇二六年第四季度修订稿）.pdf"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with started(CHROMIUM) as browser:
        yield browser


@pytest.fixture
def panel_town(hamlet):
    with hamlet.database.transaction() as session:
        found_panel_town(session, LONG_AGO)
        for number, (name, content) in enumerate([(LONG, PDF), ("screenshot.png", PNG)]):
            hand_in_month_evidence(
                session, actor=actor_of(session, "chen"), period=NOVEMBER, unit_code="jia", indicator=CORE, name=name,
                content=content, new_id=f"file{number}", now=hamlet.now,
            )  # fmt: skip
    return hamlet


def looks(tab, path, name, size, language):
    tab.opens(f"{path}?language={language[:2]}")
    assert barriers(tab.page) == [], path
    tab.is_sound()
    if PICTURES:
        tab.page.screenshot(path=Path(PICTURES) / f"panel-{name}-{size[0]}-{language}.png", full_page=True)


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "zh-CN", False), (DESK, "en-GB", True)])
def test_every_page_is_sound(panel_town, engine, size, language, dark):
    with served(panel_town.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, panel_town, "chen")
        looks(tab, "/office/panel", "office-before", size, language)
        looks(tab, "/panel/evidence", "evidence", size, language)
        with panel_town.database.transaction() as session:
            open_panel_in(session, NOVEMBER, panel_town.now, panel_town.now + timedelta(days=9))
            marks_everything(session, NOVEMBER, "du", "4", panel_town.now)
        looks(tab, "/office/panel", "office-open", size, language)
        looks(tab, "/panel/evidence", "evidence-frozen", size, language)
    with served(panel_town.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, panel_town, "an")
        looks(tab, "/panel", "list", size, language)
        task = panel_town.one(PanelTask, PanelTask.person_id == "an", PanelTask.unit_code == "jia").id
        looks(tab, f"/panel/{task}", "unit", size, language)
        tab.page.locator("input[value='4']").check()
        tab.page.locator("main button.primary").click()
        assert barriers(tab.page) == []
        tab.is_sound()
        if PICTURES:
            tab.page.screenshot(path=Path(PICTURES) / f"panel-sealed-{size[0]}-{language}.png", full_page=True)
        looks(tab, f"/panel/{task}", "unit-again", size, language)
        with panel_town.database.transaction() as session:
            close_panel(session, period=NOVEMBER, actor="person:chen", now=panel_town.now)
    run_panel_count(
        panel_town.database, period=NOVEMBER, private_key=panel_keys()[0], actor="x", clock=lambda: panel_town.now
    )
    with served(panel_town.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, panel_town, "an")
        looks(tab, "/panel", "counted", size, language)


def test_an_expert_marks_by_keyboard_without_a_script(panel_town, engine):
    with panel_town.database.transaction() as session:
        open_panel_in(session, NOVEMBER, panel_town.now)
    with served(panel_town.site()) as base, window(engine, base, PHONE, scripts=False) as tab:
        signs_in(tab, panel_town, "an")
        tab.opens("/panel")
        tab.page.locator(".panel-units a.button").first.focus()
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url("**/panel/*")
        tab.page.locator("input[value='1']").focus()
        for _ in range(3):
            tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Enter")
        tab.page.locator(".receipt").wait_for()
        assert len(tab.page.locator(".receipt").inner_text()) == 23


def test_a_file_is_kept_and_never_shown(panel_town, engine):
    with served(panel_town.site()) as base, window(engine, base, DESK) as tab:
        signs_in(tab, panel_town, "li")
        tab.opens("/panel/evidence")
        with tab.page.expect_download() as kept:
            tab.page.locator(".panel-list a").last.click()
        assert kept.value.suggested_filename == "screenshot.png"
        assert Path(kept.value.path()).read_bytes() == PNG
        tab.page.locator("#file").set_input_files(
            {"name": "会议纪要.pdf", "mimeType": "application/pdf", "buffer": PDF + b"1"}
        )
        tab.page.locator("main form[enctype] button").click()
        assert tab.page.locator(".panel-list a").last.inner_text() in {"会议纪要.pdf", "screenshot.png"}
        assert tab.page.locator(".panel-list a").count() == 3
