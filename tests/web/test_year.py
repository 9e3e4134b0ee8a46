"""The year on the desk: what is settled so far, notes with who and when, files, and who may."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from evaluation.follow_up_models import Alert, Objection, WrittenExplanation, YearNote
from evaluation.models import Settlement
from tests.web.cast import NOW, signed_in

PATH = "/office/year"
HOSTILE = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>'


@pytest.fixture
def person(town, browse):
    return lambda name: signed_in(browse(town.site()), town, name)


@pytest.fixture
def season(town):
    return town.has_a_season()


def writes(browser, year=2026, **fields):
    form = browser.page.one("form", action=f"{PATH}/{year}/notes")
    token = form.one("input", name="csrf")["value"]
    browser.post(form["action"], {"csrf": token, "subject": "", "cause": "", "measure": "", **fields})
    return browser._followed()


def table(browser, name, year=2026):
    form = browser.opens(f"{PATH}/{year}").one("form", action=f"{PATH}/{year}/export")
    response = browser.post(form["action"], {"csrf": form.one("input", name="csrf")["value"], "table": name})
    assert response.headers["content-disposition"] == f'attachment; filename="{name}-{year}.csv"'
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_running_year_is_shown_as_preliminary_with_every_target(season, person):
    chen = person("chen")
    page = chen.opens(PATH)
    assert chen.status == 200
    assert "2026 年还没有结束：以下是已结算的 1 个月合在一起的初步数字" in page.text
    assert page.every("h2")[0].text.startswith("三级医院 达标")
    rows = {
        each.one("th").text: [cell.text for cell in each.every("td")]
        for each in page.every("tr")[1:]
        if each.every("th", scope="row")
    }
    assert rows["人民医院"][2] == "2026 年没有结算的年度成绩；2025 年没有结算的年度成绩"
    assert "未达标：13.5 %" in page.text
    english = chen.opens(f"{PATH}/2026?language=en")
    assert "preliminary figures of the months settled so far (1)" in english.text
    assert "{" not in english.text


def test_completion_is_the_same_in_the_file(season, person):
    chen = person("chen")
    chen.opens(f"{PATH}/2026")
    rows = {(each["unit"], each["indicator"]): each for each in table(chen, "completion")}
    assert (rows["jia", "down_referral"]["value"], rows["jia", "down_referral"]["met"]) == ("13.5", "no")
    assert (rows["jia", "complications"]["value"], rows["jia", "complications"]["met"]) == ("0.5", "yes")
    assert (rows["yi", "record_sharing"]["met"], rows["yi", "record_sharing"]["reason"]) == ("", "zero_denominator")
    assert rows["jia", "average_stay"]["points"] == "3.75"
    assert rows["bing", "peer_score"]["value"] == ""  # four raters: nothing is told
    standing = {each["unit"]: each for each in table(chen, "standing")}
    assert standing["jia"]["two_years"] == "no"
    assert table(chen, "below") == []
    assert season.audited("export_year") == ["person:chen"] * 3


def test_causes_and_measures_are_written_shown_with_who_and_when_and_taken_away(season, person):
    chen, sun = person("chen"), person("sun")
    chen.opens(f"{PATH}/2026?note=jia/down_referral")
    assert chen.page.one("option", selected="")["value"] == "jia/down_referral"
    page = writes(chen, subject="jia/down_referral", cause=HOSTILE, measure="增派转诊专员")
    assert page.one("p", role="status").text == "已保存。"
    assert HOSTILE in page.text
    assert not page.every("img")
    assert "陈静，2026-11-06 11:30" in page.text
    writes(chen, cause="全年平稳")
    assert "全年平稳" in sun.opens(f"{PATH}/2026").text
    assert not sun.page.every("form", action=f"{PATH}/2026/notes")
    troubles = table(chen, "troubles")
    assert troubles[0]["cause"] == "全年平稳"
    told = next(each for each in troubles if each["indicator"] == "down_referral" and each["unit"] == "jia")
    assert told["cause"].startswith("'=")  # no formula, here or in a spreadsheet
    chen.opens(f"{PATH}/2026?note=jia/down_referral")
    assert chen.page.one("textarea", id="measure").text == "增派转诊专员"
    writes(chen, subject="jia/down_referral")
    assert season.one(YearNote).subject == ""


def test_what_happened_stands_in_words(season, person):
    now = datetime(2026, 11, 5, tzinfo=UTC)
    with season.database.transaction() as session:
        session.add_all([
            WrittenExplanation(unit_code="jia", indicator="down_referral", period="2026-10", value=13, low=15, high=25,
                               state="given", asked_at=now, due_on=date(2026, 11, 19), is_provisional=False,
                               words="设备停机两周", given_by="li", given_at=now),
            Objection(number="2026-001", unit_code="yi", period="2026-10", indicator=None, words="不对", state="open",
                      raised_by="wang", raised_at=now, received_on=now.date(), due_on=date(2026, 11, 26),
                      is_provisional=False),
        ])  # fmt: skip
    page = person("gao").opens(f"{PATH}/2026")
    assert "2026年10月为 13，超出 15–25，说明：设备停机两周" in page.text
    assert "异议 2026-001（2026年10月）：处理中" in page.text


def test_a_year_without_anything_says_so_and_one_that_cannot_be_does_not_exist(season, person):
    chen = person("chen")
    page = chen.opens(f"{PATH}/2025")
    assert "2025 年还没有结算过任何周期" in page.text
    assert table(chen, "completion", 2025) == []
    for year in ("1999", "2100", "99999999999"):
        assert chen.get(f"{PATH}/{year}").status_code == 404
    chen.opens(f"{PATH}/2026?note=%3Cb%3E")
    assert chen.status == 200
    season.now = datetime(2027, 1, 2, tzinfo=UTC)
    later = person("zhao").opens(f"{PATH}/2026")
    assert "2026 年已经结束，但还没有结算" in later.text


def test_only_the_office_writes_and_takes_files_along(season, person):
    chen, sun, li = person("chen"), person("sun"), person("li")
    chen.opens(f"{PATH}/2026")
    token = chen.page.one("form", action=f"{PATH}/2026/export").one("input", name="csrf")["value"]
    li.opens(f"{PATH}/2026")
    assert li.status == 403
    sun.opens(f"{PATH}/2026")
    assert sun.status == 200
    own = sun.page.every("input", name="csrf")[0]["value"]
    for path, fields in (
        (f"{PATH}/2026/notes", {"subject": "", "cause": "x", "measure": ""}),
        (f"{PATH}/2026/export", {"table": "below"}),
    ):
        assert sun.post(path, {"csrf": own, **fields}).status_code == 403
        assert sun.post(path, {"csrf": token, **fields}).status_code == 403
    assert chen.post(f"{PATH}/2026/export", {"csrf": token, "table": "everything"}).status_code == 400
    assert season.count(YearNote) == 0
    assert season.count(Settlement) == 1
    assert NOW.year == 2026


def test_what_a_unit_said_about_an_alert_stands_with_it(season, person):
    with season.database.transaction() as session:
        session.add(
            Alert(kind="change", unit_code="jia", indicator="down_referral", period="2026-10", details={}, raised_at=NOW,
                  reason="十月转诊系统停机两周。", reason_by="li", reason_at=NOW)
        )  # fmt: skip
    page = person("chen").opens(f"{PATH}/2026")
    assert "单位说明：十月转诊系统停机两周。" in page.text
