"""Schemes on the web: the method for whoever is ranked by it, drafts and shadow runs for the office, files that read back."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal

import pytest
from sqlalchemy import select

from evaluation.follow_up_models import SchemeDraft
from evaluation.models import SchemeVersion
from evaluation.scheme_drafts import LARGEST_FILE
from evaluation.schemes import apply_scheme
from evaluation.templates import TEMPLATES, template_text
from locales.texts import text
from storage.base import Base
from tests.evaluation.cast import EXAMPLE, changed, example, parsed
from tests.web.cast import LONG_AGO, signed_in

PATH, DRAFTS = "/office/schemes", "/office/schemes/drafts"


@pytest.fixture
def person(town, browse):
    return lambda name: signed_in(browse(town.site()), town, name)


@pytest.fixture
def season(town):
    return town.has_a_season()


def uploads(browser, content, note=""):
    """Send the form of a draft, as the page has it."""
    form = browser.page.one("form", enctype="multipart/form-data")
    fields = {"csrf": form.one("input", name="csrf")["value"], "note": note}
    browser.request("POST", form["action"], data=fields, files={"file": ("scheme.toml", content)})
    return browser._followed()


def press(browser, action, **fields):
    form = browser.page.one("form", action=action)
    hidden = {each["name"]: each["value"] for each in form.every("input", type="hidden")}
    browser.post(action, {**hidden, **fields})
    return browser


def document_of(response):
    return tomllib.loads(response.content.decode(), parse_float=Decimal)


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_ranks_or_is_ranked_reads_the_whole_method(season, person):
    digest = season.one(SchemeVersion).digest
    for name in ("chen", "sun", "gao", "li"):
        reader = person(name)
        page = reader.opens(PATH)
        assert reader.status == 200
        assert "执行中" in page.text
        assert ("草案和试算" in page.text) is (name != "li")
        assert bool(page.every("form", enctype="multipart/form-data")) is (name == "chen")
        page = reader.opens(f"{PATH}/2026/1")
        assert reader.status == 200
        for words in (
            "下转率",
            "双向转诊办公室",
            "医院信息系统转诊标记",
            "协同程度",
            "分值合计",
            "成员单位互评分值",
            digest,
        ):
            assert words in page.text, words


def test_others_do_not(season, person):
    reader = person("he")
    for path in (PATH, f"{PATH}/2026/1", f"{PATH}/2026/1/scheme.json", "/office/schemes/templates/county_14"):
        reader.opens(path)
        assert reader.status == 403


def test_every_language_has_every_word(season, person):
    chen = person("chen")
    for path in (PATH, f"{PATH}/2026/1"):
        english = chen.opens(f"{path}?language=en")
        assert chen.status == 200
        assert "down-referral" in english.text.lower() or path == PATH
        assert "{" not in english.text


def test_files_of_a_version_read_back_as_the_scheme(season, person):
    chen = person("chen")
    stored = json.loads(chen.get(f"{PATH}/2026/1/scheme.json").content)
    assert parsed(stored) == parsed(example())
    response = chen.get(f"{PATH}/2026/1/scheme.toml")
    assert response.headers["content-disposition"] == 'attachment; filename="scheme-2026-1.toml"'
    assert parsed(document_of(response)) == parsed(example())


def test_templates_are_offered_for_this_year(season, person):
    li = person("li")
    page = li.opens(PATH)
    for name in TEMPLATES:
        assert len(page.every("a", href=f"/office/schemes/templates/{name}")) == 1
        response = li.get(f"/office/schemes/templates/{name}")
        assert response.content.decode() == template_text(name, year=2026)
    assert li.get("/office/schemes/templates/nothing").status_code == 404


def test_what_does_not_exist_is_not_found(season, person):
    chen = person("chen")
    for path in (f"{PATH}/2026/2", f"{PATH}/1999/1", f"{PATH}/2026/99999999999", f"{DRAFTS}/1", f"{DRAFTS}/99999999999",
                 f"{DRAFTS}/1/scheme.toml", f"{DRAFTS}/1/shadow?period=2026-10"):  # fmt: skip
        assert chen.get(path).status_code == 404, path


def test_a_new_version_shows_what_it_changed_and_what_it_relaxes(season, person):
    document = changed(changed(example(), "scheme.version", 2), "scheme.effective", "2026-12")
    document = changed(document, "tiers.tertiary.indicators.peer_score.points", 9)
    document = changed(document, "tiers.tertiary.indicators.average_stay.points", 11)
    document["overrides"] = [
        {
            "bound": "peers",
            "tier": "tertiary",
            "reason": {"zh": "互评试行期内先少算一些分值。", "en": "Fewer points while it is tried."},
        }
    ]
    with season.database.transaction() as session:
        apply_scheme(session, document=document, now=LONG_AGO)
    chen = person("chen")
    assert "放宽 1 条界限" in chen.opens(PATH).text
    page = chen.opens(f"{PATH}/2026/2")
    assert "互评试行期内先少算一些分值" in page.text
    changes = {
        (each.one("span", class_="change-where").text): each.text for each in page.every("li", class_="is-weighty")
    }
    assert any("三级医院 · 成员单位互评得分：分值" in where and "15 → 9" in words for where, words in changes.items())
    assert len(changes) == 2


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_version_is_copied_downloaded_changed_uploaded_and_tried(season, person):
    chen = person("chen")
    chen.opens(PATH)
    page = press(chen, f"{DRAFTS}/copy")._followed()
    assert "没有改动。" in page.text
    assert "全部界限符合，可以启用" in page.text
    copied = chen.get(f"{DRAFTS}/1/scheme.toml").content.decode()
    assert tomllib.loads(copied)["scheme"]["year"] == 2027
    chen.opens(PATH)
    lighter = re.sub(r"(\ndown_referral +=.*?points = )15", r"\g<1>12", copied)
    page = uploads(chen, lighter.encode(), "少算下转")
    assert chen.status == 200, page.text
    assert "少算下转" in page.text
    assert "离可用还差 2 处" in page.text
    before = rows_but_the_trail(season)
    page = chen.opens(f"{DRAFTS}/2/shadow?period=2026-10")
    row = next(each for each in page.every("tr") if "人民医院" in each.text)
    assert "→" in row.text
    assert "只是试算" in page.text
    response = press(chen, f"{DRAFTS}/2/shadow").response
    assert response.headers["content-type"].startswith("text/csv")
    assert "down_referral" in response.text
    assert rows_but_the_trail(season) == before
    assert season.audited("export_shadow") == ["person:chen"]


def rows_but_the_trail(town):
    """Everything in the database but the audit trail and sessions."""
    with town.database.transaction() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
            if table.name not in {"audit", "audit_row", "web_session", "link"}
        }


REFUSED = {
    b"": "没有选择文件",
    b"<html>": "不是有效的 TOML",
    b"\xff\xfe\x00": "UTF-8",
    b"x" * (LARGEST_FILE + 1): "512 KB",
    template_text("county_14").replace("\ndimension =", "\ndimensiom =", 1).encode(): "dimensiom",
    b'[scheme]\n"<script>alert(1)</script>" = 1': "<script>alert(1)",
}


def test_a_file_that_is_no_scheme_is_refused_and_nothing_is_kept(season, person):
    chen = person("chen")
    chen.opens(PATH)
    for content, words in REFUSED.items():
        page = uploads(chen, content)
        assert chen.status == 422
        assert words in page.one("div", role="alert").text
        assert not page.every("script")
    assert season.count(SchemeDraft) == 0


def test_what_a_draft_says_is_never_markup(season, person):
    hostile = "<img src=x onerror=alert(1)>{{7*7}}"
    chen = person("chen")
    chen.opens(PATH)
    content = EXAMPLE.read_text(encoding="utf-8").replace("下转率", hostile).replace("三级医院", hostile)
    page = uploads(chen, content.encode(), hostile)
    assert chen.status == 200
    assert hostile in page.text
    assert not page.every("img")
    assert "49" not in page.one("h1").text


def test_an_upload_without_the_office_or_its_own_form_is_refused_before_it_is_read(season, person):
    sun, chen = person("sun"), person("chen")
    sun.opens(PATH)
    chen.opens(PATH)
    token = sun.page.every("input", name="csrf")[0]["value"]
    sun.request("POST", DRAFTS, data={"csrf": token, "note": ""}, files={"file": ("x", EXAMPLE.read_bytes())})
    assert sun.status == 403
    chen.request("POST", DRAFTS, data={"csrf": token, "note": ""}, files={"file": ("x", EXAMPLE.read_bytes())})
    assert chen.status == 403
    assert season.count(SchemeDraft) == 0


def test_committee_reads_drafts_and_changes_none(season, person):
    chen, sun, li = person("chen"), person("sun"), person("li")
    chen.opens(PATH)
    uploads(chen, EXAMPLE.read_bytes())
    sun.opens(f"{DRAFTS}/1")
    assert sun.status == 200
    assert not sun.page.every("form", action=f"{DRAFTS}/1/give-up")
    li.opens(f"{DRAFTS}/1")
    assert li.status == 403
    chen.opens(f"{DRAFTS}/1")
    page = press(chen, f"{DRAFTS}/1/give-up")._followed()
    assert page.one("p", role="status").text == text("zh", "schemes.given_up")
    assert season.count(SchemeDraft) == 0


def test_a_period_that_cannot_be_tried_is_said(season, person):
    chen = person("chen")
    chen.opens(PATH)
    uploads(chen, EXAMPLE.read_bytes())
    for period, status in (("2026-09", 404), ("nonsense", 422), ("", 422), ("2026", 404)):
        chen.opens(f"{DRAFTS}/1/shadow?period={period}")
        assert chen.status == status, period
