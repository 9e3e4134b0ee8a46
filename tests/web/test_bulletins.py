"""The bulletin on the web: archive, editions, corrections, pictures; drafts for those who may read them."""

from __future__ import annotations

import hashlib
import struct

import pytest
from sqlalchemy import select, update

from bulletins.content import HonourGiven, StoryTold, to_json
from bulletins.models import Bulletin, Rendering, Retraction
from evaluation.models import Settlement
from tests.bulletins.conftest import group_of_26, tier, unit_row
from tests.bulletins.conftest import season as season_of
from tests.bulletins.print_samples import full_group
from tests.web.cast import signed_in
from web.bulletin_views import bulletin_view

HOSTILE = ('<img src=x onerror="alert(1)">', "</td><script>alert(1)</script>", "{{7*7}}", "\u202egnp", "a\tb")


def png(width=8, height=4):
    """As much of a PNG as anybody looks at here."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">II", width, height)


@pytest.fixture
def drawn(monkeypatch):
    """Pictures without the drawing process, which has its own tests: the key itself stands in for the picture."""
    from web import bulletins

    asked = []

    async def picture(_database, key):
        asked.append(key)
        return png() + key.encode()

    monkeypatch.setattr(bulletins, "picture", picture)
    return asked


def with_content(town, content):
    with town.database.transaction() as session:
        session.execute(update(Bulletin).values(content=to_json(content)))


def test_archive_lists_months_with_their_editions(town, browse):
    browser = browse(town.site())
    assert "还没有发布过简报" in browser.opens("/bulletins").text
    town.has_a_season()
    assert "还没有发布过简报" in browser.opens("/bulletins").text  # a draft is nobody's business
    town.has_released().has_corrected()
    entry = browser.opens("/bulletins").one("ul", class_="entries")
    assert [(each.text, each["href"]) for each in entry.every("a")] == [
        ("2026年10月协同简报（第2版，更正）", "/bulletins/2026-10"),
        ("第 1 版", "/bulletins/2026-10/1"),
    ]
    assert "2026-11-06 11:30 发布" in entry.text


def test_released_edition_shows_ranking_satisfaction_and_method(town, browse):
    town.has_a_season().has_released()
    browser = browse(town.site())
    page = browser.opens("/bulletins/2026-10")
    assert browser.heading == "2026年10月协同简报"
    tables = page.every("table", class_="ranking")
    assert [table.one("caption").text for table in tables] == [
        "三级医院 不排名",
        "二级医院 不排名",
        "基层医疗卫生机构 不排名",
    ]
    first = tables[0].one("tbody").one("tr")
    assert first.one("th").text == "人民医院 本层级仅此一家，不排名"
    assert [cell.text for cell in first.every("td")] == [
        "·",
        first.one("td", class_="total").text,
        "",  # the drawing
        "80.00 25 份",
        "5-9",
    ]
    assert [circle["class"] for circle in first.every("circle")] == ["unranked"]
    third = tables[2].one("tbody").one("tr")
    assert third.every("td")[-1].text == "不足 5 家"
    assert "linear-0-100" in page.text
    assert "peer-severity-1" in page.text
    links = [each["href"] for each in page.one("div", class_="files").every("a")]
    assert links[:2] == ["/bulletins/2026-10/1.pdf", "/pictures/1-zh.png"]
    assert page.every("img") == []  # drawn on the page itself, by the figures beside them
    english = browser.opens("/bulletins/2026-10?language=en")
    assert "/pictures/1-en.png" in [each["href"] for each in english.every("a")]
    assert "People's Hospital" in english.text


def test_newest_edition_is_shown_and_the_earlier_one_says_that_it_was_corrected(town, browse):
    town.has_a_season().has_released().has_corrected("录错 <b>x</b>")
    browser = browse(town.site())
    page = browser.opens("/bulletins/2026-10")
    assert page.one("section", class_="attention").text == "更正：本版取代第 1 版 录错 <b>x</b>"
    assert [each["href"] for each in page.one("main").every("a") if each["href"].endswith("/1")] == [
        "/bulletins/2026-10/1"
    ]
    former = browser.opens("/bulletins/2026-10/1")
    assert "这一版已被第 2 版更正。" in former.text
    assert "更正：本版取代" not in former.text
    assert browser.opens("/bulletins/2026-10/2").one("h1").text == "2026年10月协同简报（第2版，更正）"


def test_correction_that_is_not_released_is_not_shown(town, browse):
    town.has_a_season().has_released()
    from bulletins import editions
    from consortium.people import actor_of
    from tests.evaluation.cast import OCTOBER

    with town.database.transaction() as session:
        editions.correct(session, period=OCTOBER, actor=actor_of(session, "chen"), note="geheim", now=town.now)
    browser = browse(town.site())
    for path in ("/bulletins", "/bulletins/2026-10", "/"):
        assert "geheim" not in browser.opens(path).text
        assert "第2版" not in browser.page.text
    assert browser.get("/bulletins/2026-10/2").status_code == 404


def test_bulletins_that_are_none(hamlet, browse):
    hamlet.has_a_season().has_released()
    browser = browse(hamlet.site())
    for path in [
        "2026-09",
        "2026",
        "2026-Q4",
        "2026-13",
        "x",
        "2026-10/0",
        "2026-10/7",
        f"2026-10/{2**70}",
        "%00",
        "2026-10/x",
    ]:
        assert browser.get(f"/bulletins/{path}").status_code == 404


def test_history_is_drawn_apart_with_its_own_source(hamlet, browse):
    hamlet.has_a_season().has_released()
    with_content(hamlet, group_of_26())
    page = browse(hamlet.site()).opens("/bulletins/2026-10")
    history = page.one("section", class_="history")
    assert [each.text for each in history.every("h3")] == ["患者满意度（第三方历史调查）", "双向转诊率（历史）"]
    assert "来源：第三方调查报告" in history.text
    assert "2018 年 65 % → 2025 年 92 %，+27.0 个百分点" in history.text
    assert len(history.every("svg")) == 2
    rows = history.every("table")[0].every("tr")
    assert (rows[1].one("th").text, rows[1].every("td")[0].text) == ("2018", "65 %")
    assert all(table not in history.every("table") for table in page.every("table", class_="ranking"))
    assert page.every("details")[-1].every("li")[0].text == "三级医院 · 平均住院日：5 分"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_come_back_as_names(hamlet, browse, name):
    hamlet.has_a_season().has_released()
    rows = (unit_row("x1", name, name, None, None, "no_total"),)
    with_content(hamlet, season_of(tier("secondary", name, name, *rows), consortium={"zh": name}, aims={"zh": name}))
    browser = browse(hamlet.site())
    page = browser.opens("/bulletins/2026-10")
    shown = " ".join(name.replace("\u202e", "").split())
    assert page.one("tbody", role="rowgroup").one("th").every("text")[0].text == shown
    assert page.every("img") == []
    assert page.every("script") == []


def test_view_keeps_every_figure_of_the_content():
    content = group_of_26()
    view = bulletin_view(content, "zh")
    assert [len(each.rows) for each in view.tiers] == [1, 5, 20]
    last = view.tiers[2].rows[-1]
    assert (last.rank, last.total, last.raters, last.satisfaction) == (None, "65.12", None, None)
    assert last.plot is not None
    assert not last.plot.is_ranked
    assert last.remarks == "答卷不足 25 份，不参加排名；部分指标未采集；评分单位不足 5 家，互评不计入"
    assert view.dimension_names == ("就医环境", "沟通态度", "等待时间", "连续性服务")
    assert view.overall is not None
    assert len(view.overall.dimensions) == 4
    assert (view.units, view.units_shown) == (26, 25)
    assert bulletin_view(content, "en").tiers[0].rows[0].name == "City People's Hospital"


def test_picture_is_named_by_its_digest_and_not_sent_twice(hamlet, browse, drawn):
    hamlet.has_a_season().has_released()
    browser = browse(hamlet.site())
    response = browser.get("/pictures/1-en.png")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    assert response.headers["cache-control"] == "public, max-age=86400"
    again = browser.get("/pictures/1-en.png", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert drawn == ["bulletin:1:en", "bulletin:1:en"]
    browser.get("/pictures/1-zh-history.png")
    assert drawn[-1] == "bulletin:1:zh:history"


def test_picture_of_a_draft_is_for_those_who_read_drafts(hamlet, browse, drawn):
    hamlet.has_a_season()
    site = hamlet.site()
    for person in (None, "li", "gao", "he"):
        browser = browse(site) if person is None else signed_in(browse(site), hamlet, person)
        assert browser.get("/pictures/1-zh.png").status_code == 404
    assert drawn == []
    for person in ("chen", "sun"):
        response = signed_in(browse(site), hamlet, person).get("/pictures/1-zh.png")
        assert (response.status_code, response.headers["cache-control"]) == (200, "private, no-cache")


def test_pictures_that_are_none(hamlet, browse, drawn):
    hamlet.has_a_season().has_released()
    browser = browse(hamlet.site())
    for name in [
        "x",
        "1",
        "1-fr.png",
        "1-zh.jpg",
        "9-zh.png",
        "1-zh.png.png",
        "-1-zh.png",
        "1-zh-x.png",
        "%00",
        "1" * 20 + "-zh.png",
    ]:
        assert browser.get(f"/pictures/{name}").status_code == 404
        assert drawn == []


def test_stored_picture_is_what_goes_over_the_wire(town, browse):
    """The same bytes that the groups got: no drawing here, the row is there already."""
    town.has_a_season().has_released()
    bulletin = town.one(Bulletin)
    content = png(1080, 2000)
    with town.database.transaction() as session:
        session.add(Rendering(bulletin_id=bulletin.id, language="zh", kind="ranking", form="png", content=content,
                                    content_hash=bulletin.content_hash, sha256=hashlib.sha256(content).hexdigest()))  # fmt: skip
    response = browse(town.site()).get(f"/pictures/{bulletin.id}-zh.png")
    assert response.content == content
    assert response.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'


# ── the edition with everything in it ──────────────────────────────────────────────────────────────────────────────


def test_everything_of_an_edition_is_on_its_page_with_drawings_and_their_figures(hamlet, browse):
    hamlet.has_a_season().has_released()
    with_content(hamlet, full_group())
    page = browse(hamlet.site()).opens("/bulletins/2026-10")
    anchors = [each["href"].removeprefix("#") for each in page.one("nav", class_="contents").every("a")]
    headings = [each["id"] for each in page.every("h2") if each["id"]]
    assert anchors == [
        "ranking", "improved", "trends", "shares", "satisfaction", "collaboration", "peers", "honours",
        "stories", "history", "method",
    ]  # fmt: skip
    assert set(anchors) <= set(headings)
    risen = page.one("ul", class_="risen")
    assert (
        risen.one("li").text == "社区卫生服务中心 建设社区卫生服务中心 +7.41 分 78.00 → 85.41 第 14 → 第 7 名，共 18 家"
    )
    smalls = page.every("ul", class_="smalls")
    assert [len(each.every("li")) for each in smalls] == [1, 5, 20]
    drawn = smalls[1].every("li")[0].one("svg")
    assert drawn["role"] == "img"
    assert drawn["aria-label"].startswith("城东医院：2025-11 ")
    heat = page.one("table", class_="heat")
    assert [each.text for each in heat.one("thead").every("th")] == [
        "单位",
        "责任共担",
        "服务协同",
        "资源共享",
        "能力提升",
        "满意度",
    ]
    assert len(heat.every("tbody")) == 3
    together = page.one("table", class_="together")
    first = together.one("tbody").every("tr")[0]
    assert [each.text for each in first.every("td")] == ["16.3 %", "14.2 %", "15 %", "26"]
    assert "东湖社区卫生服务中心：9 % → 14 % ↑ 好转" in first.one("th").text
    assert [each.text for each in page.one("div", class_="honours").every("li")] == [
        "城东医院", "王芳（东湖社区卫生服务中心）", "刘伟（城西医院）",
    ]  # fmt: skip
    quotes = page.every("blockquote")
    assert [each["lang"] for each in quotes] == ["zh-Hans", "en"]
    assert quotes[0].text.startswith("母亲出院以后")
    assert (
        page.every("figcaption")[-1 - len(page.one("section", class_="history").every("figcaption"))].text
        == "Dr Zhou，城东医院"
    )


@pytest.mark.parametrize("words", HOSTILE)
def test_stories_and_honours_come_back_as_words(hamlet, browse, words):
    hamlet.has_a_season().has_released()
    story = StoryTold("patient", {"zh": words}, words, words, "zh")
    honour = HonourGiven({"zh": words}, ((words, {"zh": words}),))
    with_content(hamlet, group_of_26(stories=(story,), honours=(honour,)))
    page = browse(hamlet.site()).opens("/bulletins/2026-10")
    shown = " ".join(words.replace("\u202e", "").split())
    assert page.one("blockquote").text == shown
    assert page.one("div", class_="honours").one("li").text == f"{shown}（{shown}）"
    assert (page.every("script"), page.every("img")) == ([], [])


def test_retracted_edition_says_so_and_why_and_keeps_its_figures(town, browse):
    town.has_a_season().has_released().has_corrected()
    with town.database.transaction() as session:
        [first, second] = session.scalars(select(Bulletin).order_by(Bulletin.id))
        for bulletin, state in ((first, "done"), (second, "proposed")):
            is_done = state == "done"
            session.add(
                Retraction(bulletin_id=bulletin.id, reason="转诊 <b>人次</b> 录反了，另行发布。", state=state, proposed_by="chen",
                           proposed_at=town.now, expires_at=town.now, agreed_by="zhao" if is_done else None,
                           agreed_at=town.now if is_done else None)
            )  # fmt: skip
    browser = browse(town.site())
    page = browser.opens("/bulletins/2026-10/1")
    warning = page.one("section", class_="alert")
    assert warning.text == (
        "这一版已撤回 2026-11-06 11:30 由两人撤回。理由：转诊 <b>人次</b> 录反了，另行发布。 下面的数字仅供查考，请勿引用。"
    )
    assert page.every("table", class_="ranking") != []
    assert browser.opens("/bulletins/2026-10").every("section", class_="alert") == []  # proposed only: still stands
    entry = browser.opens("/bulletins").one("ul", class_="entries")
    assert [each.text for each in entry.every("span", class_="mark")] == ["更正过", "已撤回"]
    english = browser.opens("/bulletins/2026-10/1?language=en")
    assert "Taken back by two people on 2026-11-06 11:30." in english.text


def test_archive_goes_year_by_year(town, browse):
    town.has_a_season().has_released()
    with town.database.transaction() as session:
        [october] = session.scalars(select(Bulletin))
        content = to_json(group_of_26(period="2025-12"))
        settled = session.scalars(select(Settlement)).one()
        session.add(
            Settlement(
                **{column.key: getattr(settled, column.key) for column in Settlement.__table__.columns}
                | {"period": "2025-12", "sequence": 9, "digest": "d" * 64, "previous_digest": "c" * 64}
            )
        )
        session.flush()
        values = {
            column.key: getattr(october, column.key) for column in Bulletin.__table__.columns if column.key != "id"
        }
        session.add(Bulletin(**values | {"period": "2025-12", "content": content}))  # fmt: skip
    page = browse(town.site()).opens("/bulletins")
    assert [each.text for each in page.one("main").every("h2")] == ["2026 年", "2025 年"]
    assert [each.text for each in page.one("main").every("h3")] == ["2026年10月协同简报", "2025年12月协同简报"]
