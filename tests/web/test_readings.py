"""Readings on the web: a table looked over and confirmed, a month's figures with their origin, a unit's own form with
its evidence, the office's corrections and approvals; and who is told that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from evaluation.models import LateReading, Reading, ReadingImport
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, explain
from reviews.panel_models import EvidenceFile
from tests.consortium.workbooks import xlsx
from tests.evaluation.cast import changed, csv, example
from tests.reviews.evidence_files import PDF
from tests.web.browser import Browser
from tests.web.cast import LONG_AGO, Town, signed_in

PATH, OWN = "/office/readings", "/units/jia/readings"
ROW = "jia,2026-10,down_referral,81,600,"
FIGURE = f"{PATH}/jia/2026-10/new_techniques"
EVIDENCE = "indicators.new_techniques.evidence"


@pytest.fixture
def desk(hamlet: Town, browse: Callable[..., Browser]) -> Callable[[str], Browser]:
    """A browser in which somebody is signed in; October is over and not settled, new techniques need evidence."""
    with hamlet.database.transaction() as session:
        apply_scheme(session, document=changed(example(), EVIDENCE, True), now=LONG_AGO)
    site = hamlet.site()
    return lambda person: signed_in(browse(site), hamlet, person)


def uploads(browser: Browser, content: bytes, name: str = "r.csv") -> Browser:
    browser.opens(PATH)
    token = _token(browser)
    browser.post(PATH, files={"file": (name, content, "text/csv"), "csrf": (None, token)})
    browser._followed()
    return browser


def _token(browser: Browser) -> str:
    return browser.page.every("input", name="csrf")[0]["value"]


def attaches(browser: Browser, content: bytes = PDF, *, unit: str = "jia", code: str = "new_techniques") -> Browser:
    fields = {"csrf": _token(browser), "unit": unit, "period": "2026-10", "indicator": code}
    files: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
    browser.post("/readings/evidence", files=files | {"file": ("证书.pdf", content, "application/pdf")})
    browser._followed()
    return browser


def readings(town: Town) -> list[tuple[str, str, str, str]]:
    with town.database.transaction() as session:
        rows = session.scalars(select(Reading).order_by(Reading.scope, Reading.indicator))
        return [(row.scope, row.indicator, str(row.value), row.origin) for row in rows]


def test_table_is_looked_over_and_imported_with_a_yes(desk, hamlet) -> None:
    chen = uploads(desk("chen"), csv(ROW, "yi,2026-10,joint_projects,,,2"))
    assert chen.path.startswith(f"{PATH}/imports/")
    assert "jia 2026-10 down_referral：81 ÷ 600 = 13.5" in chen.page.text
    assert (readings(hamlet), hamlet.count(ReadingImport)) == ([], 1)
    path = chen.path
    chen.sends(path)
    assert "已导入：新增 2，更正 0，迟到 0，未变 0。" in chen.page.text
    assert readings(hamlet) == [("jia", "down_referral", "27/2", "imported"), ("yi", "joint_projects", "2", "imported")]
    assert chen.post(path, {"csrf": _token(chen)}).status_code == 410  # a second press
    assert chen.get(path).status_code == 410


def test_workbook_with_faults_is_refused_by_sheet_row_and_column(desk, hamlet) -> None:
    lines = [line.split(",") for line in csv(ROW, "ghost,2026-10,down_referral,1,0.5x,").decode().splitlines()]
    chen = uploads(desk("chen"), xlsx(十月=lines), "r.xlsx")
    assert chen.status == 422
    assert "工作表“十月”第 3 行 unit：" in chen.page.one("div", role="alert").text
    assert "共 2 处" in chen.page.text
    assert (readings(hamlet), hamlet.count(ReadingImport)) == ([], 0)


def test_only_the_first_faults_are_shown_and_the_rest_counted(desk) -> None:
    chen = uploads(desk("chen"), csv(*[f"ghost{number},2026-10,down_referral,1,2," for number in range(203)]))
    assert len(chen.page.one("div", role="alert").every("li")) == 200
    assert "……另有 3 处。" in chen.page.text


def test_what_changes_is_told_before_it_does(desk, hamlet) -> None:
    chen = desk("chen")
    uploads(chen, csv(ROW)).sends(chen.path)
    uploads(chen, csv("jia,2026-10,down_referral,80,600,"))
    assert "81 ÷ 600 = 13.5 更正为 80 ÷ 600 = 13.33" in chen.page.text
    uploads(chen, csv(ROW))
    assert "表里没有新内容，不用导入。" in chen.page.text
    assert chen.page.every("form", action=chen.path) == []


def test_month_shows_origin_missing_and_the_share_of_systems(desk, hamlet) -> None:
    chen = desk("chen")
    uploads(chen, csv(ROW)).sends(chen.path)
    chen.opens(f"{PATH}?period=2026-10&unit=jia")
    text = chen.page.text
    assert "下转率" in text
    assert "文件导入 · 陈静 · 2026-11-06 11:30" in text
    assert "系统采集占比 0.0 %" in text
    assert "请在 2026-11-08 前报来" in text
    assert chen.get(f"{PATH}?unit=ghost").status_code == 404


def test_committee_and_auditors_look_and_units_do_not(desk) -> None:
    for person in ("sun", "gao"):
        looking = desk(person)
        looking.opens(PATH)
        assert looking.status == 200
        assert looking.page.every("form", action=PATH) == []
    li = desk("li")
    assert li.get(PATH).status_code == 403
    li.opens(OWN)
    refused = li.post(PATH, files={"file": ("r.csv", csv(ROW), "text/csv"), "csrf": (None, _token(li))})
    assert refused.status_code == 403


def test_representative_enters_a_figure_and_its_evidence_and_the_office_approves(desk, hamlet) -> None:
    li, chen = desk("li"), desk("chen")
    li.opens(OWN)
    assert li.heading == "人民医院 · 填报指标"
    li.post(OWN, {"csrf": _token(li), "period": "2026-10", "indicator": "new_techniques", "value": "２"})
    li._followed()
    assert li.page.one("p", role="status").text == "已保存。"
    assert readings(hamlet) == [("jia", "new_techniques", "2", "typed")]
    assert "缺佐证材料" in li.page.text
    attaches(li)
    assert li.page.one("p", role="status").text == "佐证材料已收到。"
    assert hamlet.count(EvidenceFile) == 1
    chen.opens(FIGURE)
    assert "待审核" in chen.page.text
    chen.post(FIGURE, {"csrf": _token(chen), "act": "approve"})
    chen._followed()
    assert chen.page.one("p", role="status").text == "已审核通过。"
    assert "：提交佐证材料" in chen.page.text
    assert hamlet.one(Reading).approved_by == "chen"
    li.opens(OWN)
    assert "已审核" in li.page.text


def test_what_cannot_be_taken_is_said_beside_its_field_and_kept_there(desk, hamlet) -> None:
    li = desk("li")
    li.opens(OWN)
    li.post(OWN, {"csrf": _token(li), "period": "2026-10", "indicator": "down_referral", "numerator": "81"})
    assert li.status == 409
    assert explain("zh", DomainError("figure_pair")) in li.page.text
    assert [each["value"] for each in li.page.every("input", id="down_referral-numerator")] == ["81"]
    attaches(li, b"no picture")
    assert (li.status, readings(hamlet)) == (409, [])
    assert explain("zh", DomainError("evidence_without_figure")) in li.page.text


def test_another_unit_does_not_exist_for_a_representative(desk, hamlet) -> None:
    wang = desk("wang")
    assert wang.get(OWN).status_code == 404
    wang.opens("/units/yi/readings")
    token = _token(wang)
    fields = {"csrf": token, "period": "2026-10", "indicator": "new_techniques", "value": "1"}
    assert wang.post(OWN, fields).status_code == 404
    assert wang.post("/units/ghost/readings", fields).status_code == 404
    assert attaches(wang).status == 404
    assert (readings(hamlet), hamlet.count(EvidenceFile)) == ([], 0)
    for person in ("sun", "gao", "he"):
        assert desk(person).get(OWN).status_code == 404


def test_figure_is_corrected_with_a_reason_and_its_story_is_shown(desk, hamlet) -> None:
    chen = desk("chen")
    uploads(chen, csv(ROW)).sends(chen.path)
    path = f"{PATH}/jia/2026-10/down_referral"
    chen.opens(path)
    fields = {"csrf": _token(chen), "act": "correct", "numerator": "80", "denominator": "600"}
    assert chen.post(path, fields | {"reason": "错"}).status_code == 409
    assert [each["value"] for each in chen.page.every("input", id="numerator")] == ["80"]
    chen.post(path, fields | {"reason": "医务处<b>核对</b>"})
    chen._followed()
    assert "陈静：81 ÷ 600 = 13.5 更正为 80 ÷ 600 = 13.33" in chen.page.text
    assert "理由：医务处<b>核对</b>" in chen.page.text
    assert hamlet.one(Reading).corrected_by == "person:chen"
    gao = desk("gao")
    assert gao.get(path).status_code == 200
    assert gao.page.every("form", action=path) == []
    assert gao.post(path, fields | {"reason": "医务处核对"}).status_code == 403
    assert chen.get(f"{PATH}/jia/2026-10/nothing").status_code == 404
    assert chen.get(f"{PATH}/*/2026-10/down_referral").status_code == 404


def test_representative_cannot_change_what_a_file_brought(desk, hamlet) -> None:
    chen, li = desk("chen"), desk("li")
    uploads(chen, csv(ROW)).sends(chen.path)
    li.opens(OWN)
    assert "由系统或文件采集；如有错误请联系绩效办。" in li.page.text
    fields = {"csrf": _token(li), "period": "2026-10", "indicator": "down_referral", "value": "99"}
    assert li.post(OWN, fields).status_code == 409
    assert readings(hamlet) == [("jia", "down_referral", "27/2", "imported")]


def test_evidence_is_not_taken_from_under_a_figure(desk, hamlet) -> None:
    li = desk("li")
    li.opens(OWN)
    li.post(OWN, {"csrf": _token(li), "period": "2026-10", "indicator": "new_techniques", "value": "2"})
    li.opens(OWN)
    attaches(li)
    kept = hamlet.one(EvidenceFile).id
    assert li.get(f"/panel/evidence/{kept}").content == PDF
    li.opens("/panel/evidence?unit=jia&period=2026-10")
    fields = {"csrf": _token(li), "unit": "jia", "period": "2026-10"}
    assert li.post(f"/panel/evidence/{kept}", fields).status_code == 409
    assert hamlet.count(EvidenceFile) == 1


def test_late_figure_says_where_it_counts(hamlet, browse) -> None:
    site = hamlet.has_a_season().site()
    li, chen = (signed_in(browse(site), hamlet, person) for person in ("li", "chen"))
    fields = {"period": "2026-10", "indicator": "down_referral", "numerator": "90", "denominator": "650"}
    li.opens(f"{OWN}?period=2026-10")
    assert "2026年10月 已结算：之后报来的数据计入下一个月。" in li.page.text
    assert li.post(OWN, fields | {"csrf": _token(li)}).status_code == 409  # a file brought what was settled
    assert hamlet.count(LateReading) == 0
    chen.opens(f"{OWN}?period=2026-10")
    chen.post(OWN, fields | {"csrf": _token(chen)})
    chen._followed()
    assert chen.page.one("p", role="status").text == "已保存；该月已结算，计入 2026年11月。"
    assert hamlet.one(LateReading).numerator == 9
    assert "2026-10 下转率：9 ÷ 50 = 18" in chen.page.text


def test_form_from_elsewhere_and_with_more_fields_is_refused(desk, hamlet) -> None:
    li = desk("li")
    li.opens(OWN)
    fields = {"csrf": _token(li), "period": "2026-10", "indicator": "new_techniques", "value": "1"}
    assert li.post(OWN, fields | {"approved_by": "li"}).status_code == 422
    assert li.post(OWN, fields | {"csrf": "0" * 32}).status_code == 403
    assert li.post(OWN, fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert readings(hamlet) == []
