"""Vetoes on the page: proposing, deciding, lifting; who is told; and the bulletin that says otherwise."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bulletins import editions
from bulletins.rendering import bulletin_text
from consortium.chats import see_chat
from evaluation.models import Veto
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from outbox.models import Delivery
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, OCTOBER, YI_READINGS, Season, example
from tests.web.cast import LONG_AGO, NOW, signed_in

PATH = "/office/vetoes"
REASON, EVIDENCE = "转诊记录系伪造<b>，抽查均无病历。", "审计底稿 2026-17 号，附抽查清单。"


def is_settled(town):
    """October is settled and has a draft; Sun is of the committee."""
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
        season = Season(session)
        season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
        for unit, fives, threes in (("jia", 15, 10), ("yi", 27, 3), ("bing", 9, 16)):
            season.answers(unit, fives=fives, threes=threes)
        settle_period(session, period=OCTOBER, actor="schedule", now=town.now)
        editions.draft(session, period=OCTOBER, actor="schedule", now=town.now)
        for name, address in (("sun", "9001"), ("li", "9002")):
            see_chat(session, channel="telegram", address=address, kind="private", title="", now=NOW, person_id=name)
    return town


@pytest.fixture
def person(town, browse):
    return lambda name: signed_in(browse(town.site()), town, name)


def press(browser, act, **fields):
    """The button with this act, with the fields of its form."""
    forms = [form for form in browser.page.every("form", action=PATH)
             if any(button["value"] == act for button in form.every("button"))]  # fmt: skip
    hidden = {
        each["name"]: each["value"] for each in forms[0].every("input") if each["name"] != "period" or act != "propose"
    }
    browser.post(PATH, {**hidden, "act": act, **fields})
    return browser._followed()


def told(town, address):
    with town.database.transaction() as session:
        return [row.message["text"] for row in session.scalars(select(Delivery).where(Delivery.address == address))]


def draft(town):
    with town.database.transaction() as session:
        found = editions.latest(session, OCTOBER)
        return bulletin_text(editions.content_of(found), "zh")


def test_one_proposes_the_committee_decides_and_the_unit_is_told(town, person):
    is_settled(town)
    assert "二院" in draft(town)
    chen, sun = person("chen"), person("sun")
    chen.opens(PATH)
    page = press(chen, "propose", unit="yi", period="2026-10", reason=REASON, evidence=EVIDENCE)
    assert page.one("p", role="status").text == "提议已提交管理委员会。"
    assert page.every("button", value="uphold") == []
    assert len(told(town, "9001")) == 1
    page = sun.opens(PATH)
    assert REASON in page.text
    page = press(sun, "uphold")
    assert page.one("p", role="status").text == "一票否决已生效，已通知该单位。"
    assert "二院" not in draft(town).split("■ 患者满意度")[0]
    page = press(sun, "lift", reason="复核后记录属实，材料已补齐。")
    assert "已撤销" in page.text
    assert "二院" in draft(town)


def test_the_vetoed_unit_hears_once_and_reads_why_on_its_page(town, person):
    is_settled(town)
    chen, sun, li = person("chen"), person("sun"), person("li")
    chen.opens(PATH)
    press(chen, "propose", unit="jia", period="2026-10", reason=REASON, evidence=EVIDENCE)
    sun.opens(PATH)
    press(sun, "uphold")
    (message,) = told(town, "9002")
    assert REASON in message
    assert "提出异议" in message
    page = li.opens("/units/jia?period=2026-10")
    assert REASON in page.text
    assert EVIDENCE not in page.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "短"}, "理由"),
        ({"evidence": "短"}, "依据"),
        ({"period": "2026-13"}, "2026-13"),
        ({"unit": "nobody"}, "nobody"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(town, person, fields, said):
    is_settled(town)
    chen = person("chen")
    chen.opens(PATH)
    typed = {"unit": "yi", "period": "2026-10", "reason": REASON, "evidence": EVIDENCE} | fields
    page = press(chen, "propose", **typed)
    assert said in page.one("p", role="alert").text
    assert page.one("textarea", id="reason").text.strip() == typed["reason"]
    with town.database.transaction() as session:
        assert session.scalars(select(Veto)).all() == []


def test_committee_finds_no_form_and_representatives_no_page(town, person):
    is_settled(town)
    assert person("sun").opens(PATH).every("textarea", id="evidence") == []
    assert person("li").get(PATH).status_code == 403
