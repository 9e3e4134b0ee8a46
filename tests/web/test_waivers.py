"""Settling without peers on the page: proposing, two people agreeing, who looks, and what everybody reads afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bulletins import editions
from bulletins.alternatives import ranking_in_words
from bulletins.rendering import bulletin_text
from consortium.chats import see_chat
from evaluation.models import PeerWaiver
from evaluation.schemes import apply_scheme
from evaluation.scorecards import settle_period
from locales.errors import DomainError, explain
from outbox.models import Delivery
from reviews.models import PeerResult, ReviewRound
from tests.evaluation.cast import BING_READINGS, JIA_READINGS, OCTOBER, YI_READINGS, Season, example
from tests.web.cast import LONG_AGO, NOW, signed_in

PATH = "/office/waivers"
REASON = "两位保管人的份额都丢失<b>，无法计票。"


def waits(town, state="closed"):
    """October is over, its round is not counted."""
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
        season = Season(session)
        season.reads(*JIA_READINGS, *YI_READINGS, *BING_READINGS)
        for unit, fives, threes in (("jia", 15, 10), ("yi", 27, 3), ("bing", 9, 16)):
            season.answers(unit, fives=fives, threes=threes)
        season.round_is(state)
    return town


def settled(town):
    with town.database.transaction() as session:
        settle_period(session, period=OCTOBER, actor="schedule", now=town.now)
        return editions.content_of(editions.draft(session, period=OCTOBER, actor="schedule", now=town.now))


@pytest.fixture
def person(town, browse):
    return lambda name: signed_in(browse(town.site()), town, name)


def press(browser, act, **fields):
    """The button with this act, with the fields of its form."""
    forms = [form for form in browser.page.every("form", action=PATH)
             if any(button["value"] == act for button in form.every("button"))]  # fmt: skip
    hidden = {each["name"]: each["value"] for each in forms[0].every("input")}
    browser.post(PATH, {**hidden, "act": act, **fields})
    return browser._followed()


def standing(town):
    with town.database.transaction() as session:
        found = session.get(PeerWaiver, "2026-10")
        return None if found is None else (found.proposed_by, found.first_by, found.second_by)


def test_one_proposes_and_another_agrees(town, person):
    waits(town)
    chen, zhao = person("chen"), person("zhao")
    page = chen.opens(PATH)
    assert [option["value"] for option in page.every("option")] == ["2026-10"]
    page = press(chen, "propose", period="2026-10", reason=REASON)
    assert page.one("p", role="status").text == "提议已发给绩效办全体同事。"
    assert page.every("button", value="agree") == []
    assert "您已经同意，等另一位同事。" in page.text
    assert standing(town) == ("person:chen", "chen", None)
    page = zhao.opens(PATH)
    assert REASON in page.text
    assert "陈静 提议" in page.text
    page = press(zhao, "agree")
    assert "两人已同意，等结算" in page.text
    assert standing(town) == ("person:chen", "chen", "zhao")


def test_the_whole_office_is_told_in_chat(town, person):
    waits(town)
    with town.database.transaction() as session:
        for name, address in (("chen", "9001"), ("zhao", "9002")):
            see_chat(session, channel="telegram", address=address, kind="private", title="", now=NOW, person_id=name)
    chen = person("chen")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    with town.database.transaction() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.address)).all()
    assert [row.address for row in rows] == ["9001", "9002"]
    assert all(REASON in row.message["text"] for row in rows)
    carried = str([row.message["buttons"] for row in rows])
    assert "wyes" in carried
    assert REASON not in carried


@pytest.mark.parametrize("reason", ["", "太短了", "一" * 501])
def test_a_reason_that_does_not_do_is_said_and_stays_in_the_field(town, person, reason):
    waits(town)
    chen = person("chen")
    chen.opens(PATH)
    page = press(chen, "propose", period="2026-10", reason=reason)
    assert chen.status == 409
    assert page.one("p", role="alert").text.startswith("理由要写 10 到 500 个字")
    assert page.one("textarea", id="reason").text.strip() == reason
    assert standing(town) is None


def test_who_proposed_cannot_agree_and_an_old_page_agrees_to_nothing_new(town, person):
    waits(town)
    chen, zhao = person("chen"), person("zhao")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    zhao.opens(PATH)
    press(chen, "withdraw")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason="换了一个理由，再提一次看看。")
    page = press(zhao, "agree")
    assert page.one("p", role="alert").text == explain("zh", DomainError("waiver_over"))
    token = chen.page.every("input", name="csrf")[0]["value"]
    mark = chen.page.every("input", name="mark")[0]["value"]
    chen.post(PATH, {"csrf": token, "act": "agree", "period": "2026-10", "mark": mark})
    assert chen.status == 409
    assert standing(town) == ("person:chen", "chen", None)


def test_a_count_in_between_is_said(town, person):
    waits(town)
    chen, zhao = person("chen"), person("zhao")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    zhao.opens(PATH)
    with town.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="counted", counted_at=town.now))
    page = press(zhao, "agree")
    assert page.one("p", role="alert").text == explain("zh", DomainError("waiver_round_counted", period="2026-10"))
    assert "现在没有不计互评的提议。" in page.text


@pytest.mark.parametrize(("name", "status"), [("gao", 200), ("sun", 200), ("li", 403), ("he", 403)])
def test_committee_and_auditor_look_and_change_nothing(town, person, name, status):
    waits(town)
    chen, other = person("chen"), person(name)
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    page = other.opens(PATH)
    assert other.status == status
    if status == 200:
        assert REASON in page.text
        assert page.one("main").every("button") == []
        token, mark = (
            chen.page.every("input", name="csrf")[0]["value"],
            chen.page.every("input", name="mark")[0]["value"],
        )
        other.post(PATH, {"csrf": token, "act": "agree", "period": "2026-10", "mark": mark})
        assert other.status in (403, 409, 422)
    assert standing(town) == ("person:chen", "chen", None)


@pytest.mark.parametrize(
    "fields", [{"act": "settle"}, {"act": "agree", "period": "2026"}, {"act": "agree", "period": "x"}, {"act": ""}]
)
def test_a_form_that_is_not_ours_is_refused(town, person, fields):
    waits(town)
    chen = person("chen")
    token = chen.opens(PATH).every("input", name="csrf")[0]["value"]
    before = town.everything()
    chen.post(PATH, {"csrf": token, **fields})
    assert chen.status in (400, 422)
    assert town.everything() == before


def test_nothing_to_propose_is_said(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    page = chen.opens(PATH)
    assert "没有在等计票的月份，不需要提议。" in page.text
    page = chen.opens(PATH + "?language=en")
    assert chen.heading == "Settling without peers"
    assert "Nobody proposes to settle a month without peers." in page.text


def test_everybody_reads_that_the_month_was_settled_without_peers_and_why(town, person, browse):
    waits(town)
    chen, zhao = person("chen"), person("zhao")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    zhao.opens(PATH)
    press(zhao, "agree")
    content = settled(town)
    sentence = f"本月不计互评：互评没有计票，经绩效办两人同意按可得分值结算。理由：{REASON}"
    assert content.peers_waived == REASON
    assert sentence in bulletin_text(content, "zh")
    assert f"Reason: {REASON}" in bulletin_text(content, "en")
    assert sentence in ranking_in_words(content, "zh")
    marks = {row.code: row.marks for tier in content.tiers for row in tier.units}
    # without peers is said once, not with every unit
    assert marks == {"jia": ("tier_of_one",), "yi": ("tier_of_one", "incomplete"), "bing": ("tier_of_one",)}
    with town.database.transaction() as session:
        town.release_in(session)
    reader = browse(town.site())
    page = reader.opens("/bulletins/2026-10/1")
    assert sentence in page.text
    assert "<b>" not in reader.response.text.replace("&lt;b&gt;", "")
    li = person("li")
    page = li.opens("/units/jia")
    assert sentence in page.text
    assert "答卷 25 份；本月不计互评" in page.text
    page = chen.opens(PATH)
    assert "不计互评结算的月份" in page.text
    assert page.every("option") == []


def test_results_of_a_later_count_are_on_no_page_of_the_month(town, person):
    waits(town)
    chen, zhao = person("chen"), person("zhao")
    chen.opens(PATH)
    press(chen, "propose", period="2026-10", reason=REASON)
    zhao.opens(PATH)
    press(zhao, "agree")
    before = settled(town)
    li = person("li")
    page = li.opens("/units/jia").one("main").text
    with town.database.transaction() as session:
        session.execute(update(ReviewRound).values(state="counted", counted_at=town.now + timedelta(days=1)))
        session.add(PeerResult(period="2026-10", unit_code="jia", raters=20, score=100, definition="peer-severity-1",
                               rank=1, rank_low=1, rank_high=1, band="upper"))  # fmt: skip
    assert li.opens("/units/jia").one("main").text == page
    assert settled_again(town) == before


def settled_again(town):
    with town.database.transaction() as session:
        return editions.content_of(editions.draft(session, period=OCTOBER, actor="schedule", now=town.now))


def test_ordinary_months_say_nothing_of_it(town, person):
    waits(town, "erased")
    with town.database.transaction() as session:
        session.execute(delete(PeerResult))
    assert settled(town).peers_waived is None
    assert "不计互评：" not in person("li").opens("/units/jia").text
