"""Other audiences on the web: links for a group, blind figures of ended months, third parties' results."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest

from surveys.audiences.models import ThirdPartyResult
from surveys.models import Invitation, Response
from surveys.questionnaires import apply_questionnaire
from tests.surveys.audiences.cast import BLIND, answer, invite_staff
from tests.surveys.results_cast import patients_answer
from tests.web.cast import LONG_AGO, NOW, signed_in
from web import third_party

IN_OCTOBER = LONG_AGO + timedelta(days=10)
PAGE = "/units/jia/audiences"
TABLE = "unit,period,source,definition,score,n\njia,2026-10,<b>省卫健委</b>,topbox,92.5,400\n"


@pytest.fixture
def asked(town):
    with town.database.transaction() as session:
        apply_questionnaire(session, document=BLIND, now=LONG_AGO)
    return town


def person(town, browse, name):
    return signed_in(browse(town.site()), town, name)


def sends(town, group, *marks, now=IN_OCTOBER):
    with town.database.transaction() as session:
        numbers = [f"{group}{place}" for place in range(len(marks))]
        invite_staff(session, *numbers, group=group, now=now)
        for number, mark in zip(numbers, marks, strict=True):
            answer(session, number, mark, now=now)


def uploads(browser, content):
    form = browser.opens("/office/third-party").one("form", enctype="multipart/form-data")
    fields = {each["name"]: each["value"] for each in form.every("input", type="hidden")}
    return browser.request(
        "POST", form["action"], data=fields, files={"file": ("t.csv", content)}, headers={"Origin": "http://127.0.0.1"}
    )


def test_small_groups_are_hidden_on_the_page(asked, browse):
    sends(asked, "外科", *"5555")
    sends(asked, "内科", *"11111")
    sends(asked, "检验科", *"333333")
    page = person(asked, browse, "li").opens(f"{PAGE}?period=2026-10")
    rows = {row.one("th").text: [each.text for each in row.every("td")] for row in page.one("tbody").every("tr")}
    assert rows["检验科"][0] == "6"
    assert rows["检验科"][1] == rows["检验科"][2]
    assert rows["检验科"][1].startswith("50.0")
    assert rows["外科"] == rows["内科"] == ["作答太少，不显示"]
    assert rows["全单位"][0] == "15"


def test_running_month_is_not_told(asked, browse):
    sends(asked, "外科", *"55555", now=NOW - timedelta(hours=2))
    chen = person(asked, browse, "chen")
    assert "这个月没有作答" in chen.opens(PAGE).text
    refused = chen.get(f"{PAGE}?period=2026-11")
    assert refused.status_code >= 400
    assert "还没有结束" in refused.text


def test_links_for_a_group_are_a_file_and_open_the_survey(asked, browse):
    li = person(asked, browse, "li")
    li.opens(PAGE)
    form = li.page.one("form", action=f"{PAGE}/links")
    fields = {each["name"]: each["value"] for each in form.every("input", type="hidden")}
    sent = {**fields, "kind": "staff", "group": "=外科", "count": "4", "language": "zh", "form": "csv"}
    answered = li.post(f"{PAGE}/links", sent)
    assert answered.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answered.content.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert {row["group"] for row in rows} == {"'=外科"}
    address = rows[0]["link"].split("/s/")[1]
    assert "small" in li.opens(f"/s/{address}").text
    assert asked.count(Invitation) == 4


def test_wrong_number_of_links_is_said_on_the_page(asked, browse):
    li = person(asked, browse, "li")
    li.opens(PAGE)
    page = li.sends(f"{PAGE}/links", change={"count": "9999", "kind": "staff", "language": "zh", "form": "csv"})
    assert li.status == 422
    assert "1 到 500" in page.text
    assert asked.count(Invitation) == 0


def test_unit_of_others_does_not_exist_and_auditors_make_nothing(asked, browse):
    assert person(asked, browse, "li").get("/units/yi/audiences").status_code == 404
    gao = person(asked, browse, "gao")
    assert gao.opens(PAGE).every("form", action=f"{PAGE}/links") == []


def test_table_is_looked_over_then_imported_and_shown(asked, browse):
    chen = person(asked, browse, "chen")
    answered = uploads(chen, TABLE)
    assert answered.status_code == 303
    where = answered.headers["location"]
    page = chen.opens(where)
    assert "新增 1 条" in page.text
    assert asked.count(ThirdPartyResult) == 0
    chen.sends(f"{where}/import")
    assert asked.one(ThirdPartyResult).n == 400
    shown = person(asked, browse, "li").opens(PAGE).text
    assert "第三方 · <b>省卫健委</b> · " in shown
    assert asked.count(Response) == 0


def test_bad_rows_are_named_and_nothing_is_imported(asked, browse):
    answered = uploads(person(asked, browse, "chen"), TABLE + "jia,2026-10,b,topbox,920,400\n")
    assert answered.status_code == 422
    assert "line 3, score" in answered.text
    assert asked.count(ThirdPartyResult) == 0


def test_only_the_office_imports(asked, browse):
    sun = person(asked, browse, "sun")
    assert sun.opens("/office/third-party").every("form", enctype="multipart/form-data") == []
    assert person(asked, browse, "li").get("/office/third-party").status_code == 403


def test_a_form_without_a_file_says_so(asked, browse):
    answered = uploads(person(asked, browse, "chen"), "")
    assert answered.status_code == 422
    assert "请" in answered.text
    assert asked.count(ThirdPartyResult) == 0


def test_a_large_table_is_read(asked, browse):
    rows = "".join(f"jia,2026-10,来源 {number:05d},topbox,92.5,400\n" for number in range(4000))
    answered = uploads(person(asked, browse, "chen"), TABLE + rows)
    assert answered.status_code == 303


def test_third_parties_stand_on_the_pages_of_results_apart(asked, browse):
    with asked.database.transaction() as session:
        patients_answer(session, 6, 10)
    chen = person(asked, browse, "chen")
    where = uploads(chen, TABLE + "jia,2026-10,少数,topbox,17.5,4\n").headers["location"]
    assert "17.5" in chen.opens(where).text
    chen.sends(f"{where}/import")
    for path in ("/surveys/results?period=2026-10", "/units/jia/results?period=2026-10"):
        page = chen.opens(path)
        card = page.one("section", **{"aria-labelledby": "third"})
        assert "<b>省卫健委</b>" in card.text
        assert "92.5" in card.text
        assert "17.5" not in page.text  # four people
        assert card.every("svg") == []
        assert "100.00" in page.text
        assert "96.25" not in page.text  # never the mean of both
    assert "省卫健委" not in chen.opens("/units/jia/results?period=2026-09").text
    assert "省卫健委" not in chen.opens("/units/yi/results?period=2026-10").text


def test_what_is_settled_in_between_is_not_imported(asked, browse, monkeypatch):
    chen = person(asked, browse, "chen")
    where = uploads(chen, TABLE).headers["location"]
    chen.opens(where)
    monkeypatch.setattr(third_party, "settlements", lambda _: [SimpleNamespace(period="2026-10")])
    page = chen.sends(f"{where}/import")
    assert "已经结算" in page.text
    assert asked.count(ThirdPartyResult) == 0
