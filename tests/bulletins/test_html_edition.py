"""An edition as one page: whole, alone, escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from bulletins.charts import draw_chart, kinds_of
from bulletins.html_edition import html_edition
from bulletins.parts import StoryTold
from tests.bulletins.print_samples import full_group
from tests.bulletins.samples import season, tier, unit_row
from tests.bulletins.test_charts import HOSTILE, named


class Page(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(said)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def every(self, tag):
        return [attributes for each, attributes in self.tags if each == tag]


def rendered(content, language="zh"):
    charts = {kind: draw_chart(content, language, kind).svg(kind) for kind in kinds_of(content)}
    return html_edition(content, language, charts)


@pytest.fixture(scope="module")
def content():
    """A part of the group with everything in it."""
    whole = full_group(note="第一行\n第二行", corrects=1, edition=2)
    first, second, third = whole.tiers
    return replace(whole, tiers=(first, second, replace(third, units=third.units[-2:])))


@pytest.fixture(scope="module")
def said(content):
    return rendered(content)


def test_the_page_needs_nothing_from_outside_and_runs_nothing(said):
    page = Page(said)
    assert not re.search(r"https?:|//|@import", re.sub(r"</?[a-z]", "", said))
    used = {name for tag, attributes in page.tags for name in attributes if tag not in ("use", "svg", "path", "g")}
    assert not used & {"src", "href", "srcset", "style", "action"} - {"style"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert not page.every("script") + page.every("link") + page.every("img")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_has_language_title_charts_with_words_and_tables_with_heads(said):
    page = Page(said)
    assert page.every("html") == [{"lang": "zh"}]
    figures = page.every("figure")
    assert [each["role"] for each in figures] == ["img"] * 4
    assert all(len(str(each["aria-label"])) > 50 for each in figures)
    assert len(page.every("svg")) == 4
    assert all(each["aria-hidden"] == "true" for each in page.every("svg"))
    assert {each["scope"] for each in page.every("th")} == {"col", "row"}
    for words in (
        "本版取代第 1 版。",
        "第二行",
        "城东医院",
        "1（1–3）",
        "协同之星",
        "Dr Zhou，城东医院",
        "不足 5 份，不公布",
    ):
        assert any(words in each for each in page.words), words


def test_the_same_content_gives_the_same_page_and_each_language_its_own(content, said):
    assert rendered(content) == said
    english = rendered(content, "en")
    assert Page(english).every("html") == [{"lang": "en"}]
    assert "Scores and ranking" in english
    assert "综合得分" not in english


def test_hostile_words_are_words():
    content = named(full_group(), "<script>alert(1)</script>")
    content = replace(
        content, stories=(StoryTold("patient", None, '"><img src=x onerror=alert(1)>{{7*7}}', "</blockquote>", "zh"),)
    )
    content = replace(content, tiers=content.tiers[:1], aims={"zh": "<b>", "en": "<b>"}, history=(), groups=())
    page = Page(rendered(content))
    assert not page.every("script") + page.every("img") + page.every("b")
    assert any("<script>alert(1)</script>" in each for each in page.words)
    assert any("{{7*7}}" in each for each in page.words)
    for name in HOSTILE:
        small = season(tier("a", name, name, unit_row("u1", name, name, Fraction(80), 1)), history=())
        assert html_edition(small, "zh", {}).count("<tr") == 5


def test_an_edition_with_hardly_anything_is_a_page():
    assert Page(rendered(season(history=()))).every("figure")[0]["role"] == "img"
