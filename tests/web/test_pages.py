"""Languages, the switch, rounding and what stands around every page."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.web.cast import NOW
from web.pages import accepted_language, figure, local_time


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.4,zh;q=0.3", "en"),
        ("fr", "zh"),
        ("en;q=0", "zh"),
        ("en;q=0, zh;q=0", "zh"),
        ("zh;q=0.1, en;q=0.2", "en"),
        ("en;q=high, zh", "zh"),
        ("EN-us", "en"),
        (";;;,,,=", "zh"),
        ("en" + "," * 100_000, "en"),
    ],
)
def test_browser_says_which_language_it_likes(header, language):
    assert accepted_language(header) == language


def test_language_in_the_address_is_remembered(hamlet, browse):
    browser = browse(hamlet.site())
    assert browser.opens("/").one("html")["lang"] == "zh-Hans"
    browser.opens("/?language=en")
    assert (browser.page.one("html")["lang"], browser.response.headers["content-language"]) == ("en", "en")
    assert browser.opens("/bulletins").one("html")["lang"] == "en"
    assert browser.opens("/bulletins?language=zh").one("html")["lang"] == "zh-Hans"
    assert browser.opens("/").one("html")["lang"] == "zh-Hans"


def test_language_nobody_speaks_is_ignored(hamlet, browse):
    browser = browse(hamlet.site(), Cookie="language=<script>")
    assert browser.opens("/?language=%3Cscript%3E").one("html")["lang"] == "zh-Hans"
    assert "set-cookie" not in browser.response.headers
    assert "<script>" not in browser.response.text


def test_switch_stays_on_the_page_and_keeps_its_query(hamlet, browse):
    browser = browse(hamlet.site())
    switch = browser.opens("/?x=1&language=zh&x=%26").one("a", class_="switch")
    assert switch["href"] == "/?x=1&x=%26&language=en"
    browser.opens("/nothing/%22%3E%3Cb%3E")
    assert browser.page.one("a", class_="switch")["href"] == "/nothing/%22%3E%3Cb%3E?language=en"
    browser.opens("/%2Fevil.example/%3Fa%23b")
    assert browser.page.one("a", class_="switch")["href"] == "/evil.example/%3Fa%23b?language=en"


def test_page_that_only_a_form_reaches_has_no_switch(hamlet, browse):
    browser = browse(hamlet.site())
    browser.post("/sign-in/unknown", {})
    assert browser.page.every("a", class_="switch") == []


def test_every_page_has_landmarks_a_way_past_them_and_a_title(hamlet, browse):
    browser = browse(hamlet.site(simulator=True))
    for path in ("/", "/bulletins", "/sign-in", "/simulator", "/nothing", "/office"):
        page = browser.opens(path)
        assert page.one("main")["id"] == "main"
        assert page.every("a")[0]["href"] == "#main"
        assert page.one("title").text.endswith("· 同评")
        assert len(page.every("h1")) == 1
        assert page.one("header", class_="top")
        assert all(each.attributes.get("aria-label") for each in page.every("nav"))


def test_banners_say_that_the_clock_is_moved_and_the_key_is_near(hamlet, browse):
    moved = browse(hamlet.site(moved_clock=True))
    assert "2026-11-06 03:30" in moved.opens("/").one("p", class_="banner-clock").text
    simulated = browse(hamlet.site(simulator=True))
    assert "密钥就放在本机上" in simulated.opens("/bulletins").one("p", class_="banner").text
    assert browse(hamlet.site()).opens("/").every("p", class_="banner") == []


def test_figures_and_times_are_rounded_and_moved_once():
    assert figure(Fraction(84995, 1000)) == "85.00"
    assert figure(None) == "—"
    assert local_time(NOW, ZoneInfo("Asia/Shanghai")) == "2026-11-06 11:30"


def test_assets_are_kept_for_ever_by_their_version(hamlet, browse):
    browser = browse(hamlet.site())
    for link in browser.opens("/").every("link"):
        response = browser.get(link["href"])
        assert (response.status_code, response.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        unchanged = browser.get(link["href"], headers={"If-None-Match": response.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert browser.get("/static/tongping.css?v=old").headers["cache-control"] == "no-cache"
    for path in ("/static/../web/site.py", "/static/..%2fsite.py", "/static/site.py", "/static/", "/static/%00"):
        assert browser.get(path).status_code == 404


def test_landing_names_the_newest_bulletin_and_the_way_in(town, browse):
    browser = browse(town.site())
    links = [each["href"] for each in browser.opens("/").one("main").every("a")]
    assert links == ["/bulletins", "/receipt", "/bulletins", "/rounds"]
    town.has_a_season().has_released()
    main = browser.opens("/").one("main")
    assert main.one("section", class_="hero").every("a")[0]["href"] == "/bulletins/2026-10"


def test_installation_that_was_never_applied_says_so(database, browse):
    from tests.web.cast import Town

    browser = browse(Town(database).site())
    assert browser.get("/").status_code == 503
    assert "tongping apply" in browser.heading
