"""Alerts and written explanations on pages: what is shown to whom, and what the forms do."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.models import Reading
from evaluation.reading_digests import reading_digest
from locales.errors import DomainError, explain
from storage.audit import AuditRow
from tests.web.cast import NOW, signed_in

ALERTS, OFFICE, UNIT = "/office/alerts", "/office/explanations", "/units/jia/explanations"
WHAT = "下转率为 5 %，超出 10 % 到 25 % 的范围。"
HOSTILE = "<script>alert(1)</script>{{7*7}}"
MONTHS = [f"2026-{month:02d}" for month in range(1, 10)]


@pytest.fixture
def watched(hamlet):
    """October is settled; Jia has an abnormal figure, two that have not come, and owes an explanation."""
    return rings(hamlet.has_a_season())


def rings(town):
    """What the watching has found in a season: alerts of every kind, and an explanation that is asked for."""
    with town.database.transaction() as session:
        for number, month in enumerate(MONTHS):
            values = {
                "scope": "jia", "unit_code": "jia", "period": month, "indicator": "down_referral",
                "numerator": Fraction(80 + number), "denominator": Fraction(600), "value": Fraction(80 + number, 6),
                "origin": "imported", "recorded_at": NOW, "recorded_by": "person:chen",
            }  # fmt: skip
            session.add(Reading(**values, digest=reading_digest(values)))
        usual = {"look": "month", "side": "low", "usual": "14", "lowest": "40/3", "highest": "44/3", "months": 9}
        survey = {"look": "running", "side": "low", "usual": "80", "lowest": "78", "highest": "83", "months": 9}
        for kind, unit, indicator, period, details in (
            ("change", "jia", "down_referral", "2026-10", usual), ("change", "jia", "outpatient_satisfaction", "2026-11", survey),
            ("feed", "jia", "joint_projects", "2026-10", {}), ("feed", "jia", "training_hours", "2026-10", {}),
            ("feed", "jia", "readmission", "2026-10", {}), ("range", "yi", "referrals_received", "2026-10", {"value": "5", "low": "10", "high": "25"}),
        ):  # fmt: skip
            session.add(
                Alert(kind=kind, unit_code=unit, indicator=indicator, period=period, details=details, raised_at=NOW)
            )
        session.add(
            WrittenExplanation(unit_code="jia", indicator="down_referral", period="2026-10", value=Fraction(5),
                               low=Fraction(10), high=Fraction(25), state="asked", asked_at=NOW,
                               due_on=date(2026, 11, 19), is_provisional=False)
        )  # fmt: skip
    return town


@pytest.fixture
def person(watched, browse):
    return lambda name: signed_in(browse(watched.site()), watched, name)


def press(browser, path, **fields):
    """The form of this page with the token that it carries."""
    token = browser.page.every("input", name="csrf")[0]["value"]
    browser.post(path, {"csrf": token, **fields})
    return browser._followed()


def row(town):
    with town.database.transaction() as session:
        return session.scalars(select(WrittenExplanation)).one()


def test_the_office_sees_alerts_by_kind_with_their_history_and_marks_them(watched, person):
    chen = person("chen")
    page = chen.opens(ALERTS)
    assert [head.text for head in page.every("h2")] == [
        "变化异常 2",
        "超出范围 1",
        "到期没有数据 1",
        "已阅或已补报的预警",
    ]
    assert "下转率明显低于本单位以往。本期 13.5 %。此前 9 个月一般在 14 % 上下" in page.text
    assert "数值在结算后公布" in page.text  # of the satisfaction of a month that still runs
    assert "没有数据：" in page.text
    assert [card.text for card in page.every("li", **{"class": "card"})][-1].endswith(
        "31 天再入院率没有数据。 数据已补报"
    )
    assert [cell.text for cell in page.every("table")[0].every("td")][:2] == ["13.33 %", "13.5 %"]
    press(chen, ALERTS, kind="feed", unit="jia", period="2026-10", indicator="")
    page = press(chen, ALERTS, kind="change", unit="jia", period="2026-10", indicator="down_referral")
    assert page.one("p", role="status").text == "已标为已阅。"
    assert [head.text for head in page.every("h2")] == ["变化异常 1", "超出范围 1", "已阅或已补报的预警"]
    assert "陈静 于 2026-11-06 阅" in page.text
    assert watched.audited("see_alerts") == ["person:chen", "person:chen"]


def test_others_look_and_units_see_their_own_only(watched, person):
    page = person("gao").opens(ALERTS)
    assert "由绩效办标为已阅" in page.text
    assert page.every("form", action=ALERTS) == []
    for name, path, status in (("li", ALERTS, 403), ("li", OFFICE, 403), ("wang", UNIT, 404), ("li", UNIT, 200),
                               ("gao", UNIT, 200), ("li", "/units/yi/explanations", 404)):  # fmt: skip
        someone = person(name)
        someone.opens(path)
        assert someone.status == status, (name, path)
    assert "二院" not in person("li").opens(UNIT).text


def test_a_unit_writes_the_office_returns_the_unit_writes_anew_and_it_is_accepted(watched, person):
    li, chen = person("li"), person("chen")
    page = li.opens(UNIT)
    assert WHAT in page.text
    assert "到期日：2026-11-19" in page.text
    page = press(li, UNIT, act="explain", id="1", words=f"设备检修\n{HOSTILE}")
    assert page.one("p", role="status").text == "书面说明已提交。"
    assert HOSTILE in page.text
    assert page.every("script") == []
    page = chen.opens(OFFICE)
    mark = page.every("input", name="mark")[0]["value"]
    page = press(chen, OFFICE, act="return", id="1", mark=mark, answer="  ")
    assert (chen.status, page.one("p", role="alert").text) == (
        409,
        explain("zh", DomainError("explanation_answer_missing")),
    )
    page = press(chen, OFFICE, act="return", id="1", mark=mark, answer="请写措施")
    assert page.one("p", role="status").text == "已退回，单位会收到通知。"
    page = li.opens(UNIT)
    assert "退回理由：请写措施" in page.text
    assert page.one("textarea", id="explain-1").text.strip() == f"设备检修 {HOSTILE}"
    press(li, UNIT, act="explain", id="1", words="加了一台")
    page = press(chen, OFFICE, act="accept", id="1", mark=mark, answer="")
    assert (chen.status, page.one("p", role="alert").text) == (409, explain("zh", DomainError("explanation_decided")))
    chen.opens(OFFICE)
    page = press(chen, OFFICE, act="accept", id="1", mark=chen.page.every("input", name="mark")[0]["value"], answer="")
    assert "已接受 1" in [head.text for head in page.every("h2")]
    assert row(watched).state == "accepted"


def test_a_reason_of_an_alert_is_written_and_shown_to_the_office(watched, person):
    li = person("li")
    li.opens(UNIT)
    page = press(li, UNIT, act="reason", id="1", words=HOSTILE)
    assert page.one("p", role="status").text == "情况说明已发给绩效办。"
    assert f"单位说明：{HOSTILE}" in person("chen").opens(ALERTS).text
    press(li, UNIT, act="reason", id="6", words="x")  # Yi's
    assert li.status == 409
    with watched.database.transaction() as session:
        assert HOSTILE not in str([each.details for each in session.scalars(select(AuditRow))])


@pytest.mark.parametrize(("path", "fields", "status"), [
    (UNIT, {"act": "explain", "id": "1", "words": " "}, 409),
    (UNIT, {"act": "explain", "id": "1", "words": "字" * 1001}, 409),
    (UNIT, {"act": "explain", "id": "99", "words": "x"}, 409),
    (UNIT, {"act": "accept", "id": "1", "words": "x"}, 400),
    (UNIT, {"act": "explain", "id": "1 or 1=1", "words": "x"}, 400),
    ("/units/yi/explanations", {"act": "explain", "id": "1", "words": "x"}, 404),
    (OFFICE, {"act": "accept", "id": "1", "mark": "x", "answer": ""}, 403),
    (ALERTS, {"kind": "change", "unit": "jia", "period": "2026-10", "indicator": ""}, 403),
    (ALERTS, {"kind": "all", "unit": "jia", "period": "2026-10", "indicator": ""}, 400),
    (ALERTS, {"kind": "change", "unit": "../jia", "period": "2026-13", "indicator": ""}, 400),
])  # fmt: skip
def test_what_is_not_to_be_done_changes_nothing(watched, person, path, fields, status):
    li = person("li")
    li.opens(UNIT)
    before = watched.everything()
    page = press(li, path, **fields)
    assert li.status == status, page.text
    assert watched.everything() == before
    assert row(watched).words is None
    if status == 409 and fields["words"].strip():
        assert fields["words"] in page.text or fields["id"] == "99"


def test_the_pages_are_complete_in_english(watched, person):
    chen, li = person("chen"), person("li")
    assert "is clearly lower than this unit's own past" in chen.opens(f"{ALERTS}?language=en").text
    assert "Waiting for the units" in chen.opens(f"{OFFICE}?language=en").text
    assert "outside its range from 10 % to 25 %" in li.opens(f"{UNIT}?language=en").text
    for page in (chen.page, li.page):
        assert "watch." not in page.text
