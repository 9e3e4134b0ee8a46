"""The pages around peer scores in a real browser: comments, settling without peers, the unit's page, the bulletin."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from bulletins import editions
from consortium.people import actor_of
from consortium.periods import Period
from reviews.models import PeerComment, PeerCriterion, PeerResult, ReviewRound
from scheduler.waiver_decisions import propose_without_peers
from tests.evaluation.cast import OCTOBER
from tests.web import chromium
from tests.web.barriers import barriers
from tests.web.chromium import DESK, PHONE, served, started, window
from tests.web.test_fielding_chromium import signs_in
from web import bulletins

CHROMIUM = chromium.find()
PICTURES = os.environ.get("TONGPING_TESTS_PICTURES")
LONG = "AnExceedinglyLongWordThatNobodyBroke" * 4

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with started(CHROMIUM) as browser:
        yield browser


def a_month_with_peers(town):
    """October with peer scores, criteria, comments that wait and comments that are shown; September waits for a count."""
    town.has_a_season()
    with town.database.transaction() as session:
        session.execute(update(PeerResult).where(PeerResult.unit_code != "bing").values(
            raters=20, rank=1, rank_low=1, rank_high=1, band="upper", score=Fraction("82.5")))  # fmt: skip
        codes = [each["code"] for each in session.get_one(ReviewRound, "2026-10").criteria]
        for place, code in enumerate(codes):
            session.add(PeerCriterion(period="2026-10", unit_code="jia", criterion=code, score=Fraction(25 * place, 2)))
        for id_, unit, comment, reworded in (
            ("a1", "jia", "转诊的病人常常等三天才有回复。", None), ("a2", "jia", f"The ward is {LONG}"[:190], ""),
            ("a3", "jia", "<script>alert(1)</script> & so on", "Said in other words."),
            ("b1", "yi", "", "配合很好，回复及时。"), ("b2", "yi", "", "Referral letters could be more complete."),
        ):  # fmt: skip
            session.add(PeerComment(id=id_, period="2026-10", unit_code=unit, comment=comment, reworded=reworded))
        session.add(ReviewRound(period="2026-09", state="closed", public_key="{}", criteria=[], thresholds={},
                                opened_at=town.now - timedelta(days=60)))  # fmt: skip
        session.flush()
        proposes = {"period": Period(2026, month=9), "proposer": actor_of(session, "zhao"), "now": town.now}
        propose_without_peers(session, reason=f"两位保管人的份额都丢失，无法计票。{LONG}", **proposes)
        editions.draft(session, period=OCTOBER, actor="schedule", now=town.now)
    return town.has_released()


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "zh-CN", False), (DESK, "en-GB", True)])
def test_the_pages_are_sound_and_open_to_all(hamlet, engine, monkeypatch, size, language, dark):
    async def nothing(_database, _key):
        return b""

    monkeypatch.setattr(bulletins, "picture", nothing)
    a_month_with_peers(hamlet)
    with served(hamlet.site()) as base, window(engine, base, size, language=language, dark=dark) as tab:
        signs_in(tab, hamlet, "chen")
        for path in ("/office/peer-comments", "/office/waivers", "/units/jia", "/units/yi", "/office",
                     "/bulletins/2026-10/1"):  # fmt: skip
            tab.opens(f"{path}?language={language[:2]}")
            tab.faults.clear() if path.startswith("/bulletins") else None  # the picture of nothing
            if PICTURES:
                name = path.strip("/").replace("/", "-")
                tab.page.screenshot(path=Path(PICTURES) / f"{name}-{size[0]}-{language}.png", full_page=True)
            tab.is_sound()
            assert barriers(tab.page) == [], path


def test_two_people_agree_and_comments_are_shown_without_a_script(hamlet, engine):
    a_month_with_peers(hamlet)
    with served(hamlet.site()) as base, window(engine, base, PHONE, scripts=False) as tab:
        signs_in(tab, hamlet, "chen")
        page = tab.opens("/office/waivers")
        page.locator("button[value=agree]").click()
        assert "两人已同意，等结算" in page.locator("main").inner_text()
        page = tab.opens("/office/peer-comments")
        page.locator("[name='words.a1']").fill("转诊回复可以更快。")
        page.locator("#unit-jia button[value=show]").click()
        shown = page.locator("#unit-jia ul").inner_text()
        assert shown.splitlines() == ["转诊回复可以更快。", "Said in other words."]
