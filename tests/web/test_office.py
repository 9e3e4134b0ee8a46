"""The office's desk: the season's state, deliveries in doubt, groups; and who may not see or do what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from consortium.models import Chat
from locales.errors import DomainError, explain
from outbox.attempts import claim, recover_interrupted
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from reviews.models import Assignment, ReviewRound
from tests.web.cast import NOW, signed_in

ALL_PAGES = (
    "/office",
    "/office/approvals",
    "/office/bulletins",
    "/office/deliveries",
    "/office/people",
    "/office/chats",
    "/units",
    "/units/jia",
)
ALLOWED = {
    "chen": set(ALL_PAGES),
    "sun": {"/office", "/office/approvals", "/office/bulletins", "/units", "/units/jia"},
    "gao": {"/office", "/office/approvals", "/units", "/units/jia"},
    "li": {"/units/jia"},
    "wang": set(),
    "he": set(),
}


@pytest.fixture
def chen(town, browse):
    return signed_in(browse(town.site(bot_name=lambda: "tongping_bot")), town, "chen")


def owes_in_doubt(town, key="bulletin", text="geheim"):
    """A bulletin whose sending was interrupted."""
    with town.database.transaction() as session:
        number = enqueue(session, dedupe_key=key, channel="telegram", address="-100200", kind="bulletin",
                         message=Message(text), now=NOW)  # fmt: skip
        claim(session, now=NOW, lease=timedelta(seconds=1), limit=5, channel="telegram")
        recover_interrupted(session, now=NOW + timedelta(minutes=1))
    return number


@pytest.mark.parametrize("person", ALLOWED)
def test_pages_open_for_those_who_may_see_them(hamlet, browse, person):
    browser = signed_in(browse(hamlet.has_a_season().site()), hamlet, person)
    seen = {path for path in ALL_PAGES if browser.get(path).status_code == 200}
    assert seen == ALLOWED[person]
    for path in set(ALL_PAGES) - seen:
        expected = 404 if path == "/units/jia" else 403
        assert browser.get(path).status_code == expected


def test_nobody_sees_anything_without_signing_in(hamlet, browse):
    browser = browse(hamlet.has_a_season().site())
    for path in (*ALL_PAGES, "/office/bulletins/1"):
        assert browser.get(path).status_code == 401
        assert browser.heading == explain("zh", DomainError("sign_in_needed"))


ACTS = {
    "/office/deliveries/1": {"decision": "mark_sent"},
    "/office/chats/1": {"purpose": "bulletin"},
    "/office/people/li/links": {"purpose": "web"},
    "/office/accounts/1": {"decision": "confirm"},
    "/office/bulletins": {"period": "2026-10"},
    "/office/bulletins/1/propose": {"seen": "x"},
    "/office/bulletins/1/release": {"seen": "x" * 12},
    "/office/bulletins/1/correct": {"note": "x"},
    "/office/bulletins/1/retract": {"reason": "x"},
    "/office/bulletins/1/retraction": {"act": "agree", "number": "1"},
}


@pytest.mark.parametrize("person", ["sun", "gao", "li", "he"])
def test_acts_are_for_the_office_alone_and_change_nothing_for_others(hamlet, browse, person):
    site = hamlet.has_a_season().site(bot_name=lambda: "tongping_bot")
    browser = signed_in(browse(site), hamlet, person)
    token = browser.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    before = hamlet.everything()
    for path, fields in ACTS.items():
        assert browser.post(path, fields | {"csrf": token}).status_code == 403, path
        assert browser.heading == explain("zh", DomainError("not_allowed"))
    assert hamlet.everything() == before


def test_acts_need_the_session_and_its_own_form(hamlet, browse):
    site = hamlet.has_a_season().site(bot_name=lambda: "tongping_bot")
    stranger, chen = browse(site), signed_in(browse(site), hamlet, "chen")
    token = chen.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    before = hamlet.everything()
    for path, fields in ACTS.items():
        assert stranger.post(path, fields).status_code == 401, path
        assert chen.post(path, fields).status_code == 403, path
        assert chen.post(path, fields | {"csrf": "0" * 32}).status_code == 403, path
        foreign = chen.post(path, fields | {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403, path
        for field in ("role", "weight", "unit_id", "released_by"):
            assert chen.post(path, fields | {"csrf": token, field: "1"}).status_code == 422, (path, field)
    assert hamlet.everything() == before


def test_season_shows_numbers_of_responses_and_who_is_missing(town, browse):
    town.has_a_season()
    with town.database.transaction() as session:
        session.add(ReviewRound(period="2026-11", state="open", public_key="{}", criteria=[], thresholds={}, opened_at=NOW,
                                closes_at=NOW + timedelta(days=3)))  # fmt: skip
        session.flush()
        session.add_all(
            Assignment(period="2026-11", rater=rater, target=target, casts=int(rater == "jia"))
            for rater in ("jia", "yi", "bing")
            for target in ("jia", "yi", "bing")
            if rater != target
        )
    page = signed_in(browse(town.site()), town, "chen").page
    running, before = page.every("section", class_="month")
    steps = [step.text for step in running.one("ol", class_="steps").every("li")]
    assert steps == [
        "患者答卷 0 本月就诊邀请 0 份",
        "背靠背互评 进行中 1 / 3 家评完 · 2026-11-09 11:30 截止",
        "结算 未结算",
        "简报 尚无",
    ]
    assert [each.text for each in running.one("ul", class_="chips").every("li")] == ["二院 0/2", "社区中心 0/2"]
    assert "评分单位不足 5 家" in running.text
    steps = [step.text for step in before.one("ol", class_="steps").every("li")]
    assert steps[0] == "患者答卷 80 本月就诊邀请 0 份"
    assert steps[1:] == ["背靠背互评 已计票，评分票已清除", "结算 已结算", "简报 草稿"]
    rows = [[cell.text for cell in row.inside if cell.tag in ("th", "td")] for row in before.one("tbody").every("tr")]
    assert rows[0] == ["人民医院", "25", "0", "—"]


def test_no_interim_figure_of_peers_or_patients_is_on_the_desk(hamlet, browse):
    """Two worlds that differ in marks and answers alone look the same before the settlement."""
    from consortium.periods import Period
    from tests.evaluation.cast import Season

    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    november = Period(2026, month=11)
    pages = []
    for fives, threes in ((20, 5), (5, 20)):
        with hamlet.database.transaction() as session:
            from surveys.models import Tally

            session.query(Tally).delete()
            Season(session).answers("jia", fives=fives, threes=threes, period=november)
        pages.append([chen.get(path).text for path in ("/office", "/units/jia", "/units")])
    assert pages[0] == pages[1]


def test_delivery_in_doubt_waits_for_a_persons_word(town, chen):
    number = owes_in_doubt(town)
    page = chen.opens("/office")
    assert "等您判断：1" in page.text or "有 1 条消息" in page.text
    page = chen.opens("/office/deliveries")
    entry = page.every("li", class_="delivery")[0]
    assert "<b>二院</b>" in entry.text
    assert "<b>" not in chen.response.text
    assert "geheim" not in chen.response.text
    assert [button["value"] for button in entry.every("button")] == ["send_again", "mark_sent"]
    chen.sends(f"/office/deliveries/{number}", change={"decision": "mark_sent"})
    assert (chen.path, town.one(Delivery).state) == ("/office/deliveries", "sent")
    assert town.audited("resolve_delivery") == ["person:chen"]


def test_delivery_can_be_sent_again_once(town, chen):
    number = owes_in_doubt(town)
    chen.opens("/office/deliveries")
    chen.sends(f"/office/deliveries/{number}", change={"decision": "send_again"})
    assert town.one(Delivery).state == "owed"
    token = chen.page.one("footer").one("input", name="csrf")["value"]
    again = chen.post(f"/office/deliveries/{number}", {"csrf": token, "decision": "mark_sent"})
    assert (again.status_code, town.one(Delivery).state) == (409, "owed")


def test_decisions_that_make_no_sense_are_refused(town, chen):
    for path, decision, status in [
        ("1", "delete", 400),
        ("1", "", 400),
        ("999", "mark_sent", 404),
        (str(2**40), "mark_sent", 404),
        ("x", "mark_sent", 404),
    ]:
        owes_in_doubt(town)
        token = chen.opens("/office/deliveries").one("footer").one("input", name="csrf")["value"]
        assert chen.post(f"/office/deliveries/{path}", {"csrf": token, "decision": decision}).status_code == status
        assert town.one(Delivery).state == "uncertain"


def test_refused_and_late_deliveries_are_listed_with_their_code(town, chen):
    owes_in_doubt(town)
    with town.database.transaction() as session:
        session.execute(update(Delivery).values(state="refused", code="blocked", settled_at=NOW))
    page = chen.opens("/office/deliveries")
    assert "blocked" in page.every("li", class_="delivery")[0].text
    assert page.one("main").every("form") == []


def test_group_is_bound_and_let_go(town, chen):
    staff = town.one(Chat, Chat.address == "all-staff")
    page = chen.opens("/office/chats")
    assert [each.text for each in page.one("main").every("h2")] == ["集团职工群 本机会话", "<b>二院</b> Telegram"]
    chen.sends(f"/office/chats/{staff.id}", change={"purpose": "unit:bing"})
    bound = town.one(Chat, Chat.address == "all-staff")
    assert (chen.path, bound.purpose, bound.unit_code) == ("/office/chats", "unit", "bing")
    chosen = [each["value"] for each in chen.page.every("option") if "selected" in each.attributes]
    assert chosen == ["unit:bing", "unit:yi"]
    chen.sends(f"/office/chats/{staff.id}", change={"purpose": ""})
    assert town.one(Chat, Chat.address == "all-staff").purpose is None


def test_purposes_that_make_no_sense_are_refused(town, chen):
    for purpose in ["everything", "unit", "unit:", "unit:nowhere", "unit:\x00", "bulletin:x", ":jia", "unit:JIA"]:
        staff = town.one(Chat, Chat.address == "all-staff")
        token = chen.opens("/office/chats").one("footer").one("input", name="csrf")["value"]
        response = chen.post(f"/office/chats/{staff.id}", {"csrf": token, "purpose": purpose})
        assert response.status_code in (400, 404)
        assert town.one(Chat, Chat.address == "all-staff").purpose == "bulletin"


def test_private_chat_is_no_group_and_is_not_listed(town, chen):
    with town.database.transaction() as session:
        from consortium.chats import see_chat

        private = see_chat(session, channel="telegram", address="7", kind="private", title="Mei", now=NOW).id
    assert "Mei" not in chen.opens("/office/chats").text
    token = chen.page.one("footer").one("input", name="csrf")["value"]
    assert chen.post(f"/office/chats/{private}", {"csrf": token, "purpose": "bulletin"}).status_code == 404
