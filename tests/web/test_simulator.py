"""The simulator's doors: the same conversation as in Telegram, for this machine alone."""

from __future__ import annotations

import pytest

from consortium.models import Chat, SignInLink
from consortium.people import actor_of
from locales.errors import DomainError, explain
from outbox.deliveries import enqueue
from outbox.message import Message
from surveys.models import Invitation, Response
from tests.web.cast import NOW

PAGES = ("/simulator", "/simulator/deliveries?account=person:chen", "/simulator/pictures/bulletin:1:zh")
POSTS = ("/simulator/say", "/simulator/patients", "/simulator/visit", "/simulator/enter")


@pytest.fixture
def browser(town, browse):
    return browse(town.site(simulator=True))


def says(browser, account, content="", kind="text", ref=""):
    said = {"account": account, "kind": kind, "content": content, "ref": ref, "language": "zh"}
    return browser.post("/simulator/say", json=said)


def items(response):
    assert response.status_code == 200, response.text
    return response.json()["items"]


def labels(item):
    return [button["text"] for row in item.get("buttons", []) for button in row]


def taps(browser, account, item, label):
    button = next(each for row in item["buttons"] for each in row if each["text"] == label)
    return items(says(browser, account, button["data"], "tap", item["ref"]))


def code(response):
    return response.status_code, response.json()["error"]["code"]


def test_without_the_simulator_there_are_no_doors(hamlet, browse):
    browser = browse(hamlet.site())
    assert [browser.get(path).status_code for path in PAGES] == [404] * 3
    assert [browser.post(path, {}).status_code for path in POSTS] == [404] * 4
    assert browser.opens("/").every("a", href="/simulator") == []


def test_other_host_names_reach_nothing(hamlet, browse):
    for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8000", "[::2]:8000", "", "localhost.evil"]:
        browser = browse(hamlet.site(simulator=True), Host=host)
        before = hamlet.everything()
        assert [browser.get(path).status_code for path in PAGES] == [421] * 3
        assert [browser.post(path, {}).status_code for path in POSTS] == [421] * 4
        assert hamlet.everything() == before


def test_names_of_this_machine_do(hamlet, browse):
    for host in ["127.0.0.1:8000", "localhost", "[::1]:8000"]:
        assert browse(hamlet.site(simulator=True), Host=host).get("/simulator").status_code == 200


def test_other_sites_reach_nothing_through_the_browser(hamlet, browse):
    browser = browse(hamlet.site(simulator=True), **{"Sec-Fetch-Site": "cross-site"})
    before = hamlet.everything()
    assert [browser.post(path, json={}).status_code for path in POSTS] == [403] * 4
    plain = browse(hamlet.site(simulator=True))
    assert plain.post("/simulator/say", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 422
    assert hamlet.everything() == before


def test_page_lists_who_one_can_be(town, browser):
    page = browser.opens("/simulator")
    accounts = [each["data-account"] for each in page.every("button", class_="somebody")]
    assert accounts == [
        "person:chen",
        "person:zhao",
        "all-staff",
        "person:li",
        "person:wang",
        "person:sun",
        "person:gao",
        "person:he",
    ]
    assert "密钥就放在本机上" in page.text


def test_new_patient_walks_the_survey_by_buttons(town, browser):
    made = browser.post("/simulator/patients", json={"language": "zh"})
    assert made.status_code == 201
    patient = made.json()
    assert town.one(Invitation).unit_code in ("jia", "yi", "bing")
    (notice,) = items(says(browser, patient["account"], patient["ticket"], "start"))
    assert (notice["do"], "完全自愿" in notice["text"]) == ("send", True)
    (question,) = taps(browser, patient["account"], notice, labels(notice)[0])
    assert (question["do"], question["ref"]) == ("edit", notice["ref"])
    (following,) = taps(browser, patient["account"], question, "满意")
    assert following["ref"] == notice["ref"]
    stale = taps(browser, patient["account"], question, "不满意")
    assert (stale[0]["do"], stale[0]["text"]) == ("toast", "这个按钮已经过时，请用最新显示的那一题作答。")
    assert town.one(Response).mode == "chat"
    assert browser.get(f"/s/{patient['ticket']}").status_code == 200


def test_person_is_who_they_are(browser):
    greeting = items(says(browser, "person:chen", "", "start"))
    assert "绩效办" in labels(greeting[0])
    assert "绩效办" not in labels(items(says(browser, "person:li", "", "start"))[0])
    helped = items(says(browser, "person:wang", "/help"))
    assert "王芳" in helped[0]["text"]


def test_button_of_another_chat_is_worthless(browser):
    greeting = items(says(browser, "person:chen", "", "start"))[0]
    office = greeting["buttons"][0][0]["data"]
    assert items(says(browser, "person:li", office, "tap", "x"))[0] == {
        "do": "toast",
        "text": explain("zh", DomainError("button_expired")),
    }


def test_office_link_made_in_chat_leads_to_this_very_machine(town, browser):
    greeting = items(says(browser, "person:chen", "", "start"))[0]
    office = taps(browser, "person:chen", greeting, "绩效办")[0]
    people = taps(
        browser, "person:chen", office, next(each for each in labels(office) if "人员" in each or "链接" in each)
    )[0]
    person = taps(browser, "person:chen", people, "李敏")[0]
    handed = taps(browser, "person:chen", person, labels(person)[0])
    assert "http://127.0.0.1:8000/sign-in/" in handed[-1]["text"]


def test_deliveries_come_after_what_was_seen(town, browser):
    path = "/simulator/deliveries"
    assert browser.get(path, params={"account": "all-staff"}).json() == {"after": 0, "items": []}
    with town.database.transaction() as session:
        numbers = [
            enqueue(session, dedupe_key=f"k{number}", channel="local", address="all-staff", kind="bulletin",
                    message=Message(f"第 {number} 期"), now=NOW)
            for number in (1, 2)
        ]  # fmt: skip
    first = browser.get(path, params={"account": "all-staff", "after": "0"}).json()
    assert (first["after"], [each["text"] for each in first["items"]]) == (numbers[1], ["第 1 期", "第 2 期"])
    rest = browser.get(path, params={"account": "all-staff", "after": str(numbers[0])}).json()
    assert [each["ref"] for each in rest["items"]] == [f"d{numbers[1]}"]
    assert browser.get(path, params={"account": "person:chen"}).json()["items"] == []


def test_telegram_deliveries_are_not_shown_here(town, browser):
    with town.database.transaction() as session:
        enqueue(
            session, dedupe_key="k", channel="telegram", address="-100200", kind="notice", message=Message("x"), now=NOW
        )
    assert browser.get("/simulator/deliveries", params={"account": "-100200"}).json()["items"] == []


def test_deliveries_that_are_none(browser):
    for query in [
        {},
        {"account": ""},
        {"account": "a\x00"},
        {"account": "x" * 65},
        {"account": "a", "after": "-1"},
        {"account": "a", "after": "x"},
        {"account": "a", "after": "9" * 30},
        {"account": "a", "after": "１"},
    ]:
        assert code(browser.get("/simulator/deliveries", params=query)) == (422, "json_unreadable")


def test_things_nobody_says_are_refused_and_change_nothing(town, browser):
    for change, status in [
        ({"account": "telegram:7"}, 422),
        ({"account": ""}, 422),
        ({"account": "patient:\x00"}, 422),
        ({"account": "person:" + "x" * 60}, 422),
        ({"kind": "join"}, 422),
        ({"kind": "other"}, 422),
        ({"ref": "a\x00"}, 422),
        ({"ref": "x" * 65}, 422),
        ({"content": 7}, 422),
        ({"weight": "1"}, 422),
    ]:
        before = town.everything()
        said = {"account": "person:chen", "kind": "text", "content": "hi", "ref": ""} | change
        assert browser.post("/simulator/say", json=said).status_code == status
        assert town.everything() == before


def test_bodies_that_are_no_object_are_refused(hamlet, browse):
    for body in [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 60_000]:
        browser = browse(hamlet.site(simulator=True))
        response = browser.post("/simulator/say", content=body, headers={"Content-Type": "application/json"})
        assert code(response) == (422, "json_unreadable")


def test_odd_words_get_an_answer(town, browser):
    for words in ["\ud800", "a\x00b", "/start " + "x" * 500, "/start \x00", "\u202e" * 50, "<script>", "/" * 100]:
        for account in ("person:chen", "patient:1"):
            response = browser.post(
                "/simulator/say",
                content=b'{"account": "%s", "kind": "text", "content": %s}' % (account.encode(), ascii_json(words)),
                headers={"Content-Type": "application/json"},
            )
            assert response.status_code == 200


def ascii_json(words: str) -> bytes:
    import json

    return json.dumps(words).encode("ascii")


def test_entering_makes_a_link_like_any_other(town, browser):
    browser.opens("/")
    page = browser.sends("/simulator/enter")
    assert browser.path.startswith("/sign-in/")
    link = town.one(SignInLink)
    assert (link.person_id, link.purpose, link.made_by, link.used_at) == ("chen", "web", None, None)
    browser.sends(page.one("main").one("form")["action"])
    assert browser.path == "/office"
    assert browser.post("/simulator/enter", {"person": "nobody"}).status_code == 404
    assert browser.post("/simulator/enter", {"person": "\x00"}).status_code == 400


def test_start_page_offers_survey_and_people(town, browser):
    page = browser.opens("/")
    assert [each["value"] for each in page.every("input", name="person")] == ["chen", "zhao", "li", "wang"]
    browser.sends("/simulator/visit")
    assert browser.path.startswith("/s/")
    assert browser.page.one("form")["action"].endswith("/consent")


def test_a_visit_is_an_outpatient_one_whatever_else_was_applied_since(town, browse):
    """Not one of a draft, nor of inpatients at a health centre, nor of staff."""
    from surveys.models import Invitation
    from surveys.questionnaires import apply_questionnaire
    from tests.surveys.audiences.cast import BLIND, document

    with town.database.transaction() as session:
        for each in (document("inpatient"), {**BLIND}, {**document("pulse"), "is_draft": True, "kinds": ["draft"]}):
            apply_questionnaire(session, document=each, now=town.now)
    browser = browse(town.site(simulator=True))
    browser.opens("/")
    browser.sends("/simulator/visit")
    assert town.one(Invitation).kind == "outpatient"


def test_demo_facts_are_told(hamlet, browse):
    from web.application import DemoFacts

    facts = DemoFacts(("2026-08", "2026-09", "2026-10"), units=26, responses=2387, ballots=1950)
    page = browse(hamlet.site(simulator=True, demo=facts)).opens("/")
    card = page.one("section", class_="facts")
    assert [each.text for each in card.every("dd")] == ["26", "2,387", "1,950"]
    assert "3 个月（2026-08 至 2026-10）" in card.text


def test_without_units_there_is_no_visit(database, browse):
    from tests.web.cast import Town

    response = browse(Town(database).site(simulator=True)).post("/simulator/patients", json={})
    assert code(response) == (409, "no_questionnaire")


def test_pictures_of_drafts_are_shown_to_whoever_holds_the_machine(hamlet, browse, monkeypatch):
    from web import bulletins

    async def picture(_database, key):
        return b"\x89PNG" + key.encode()

    monkeypatch.setattr(bulletins, "picture", picture)
    hamlet.has_a_season()
    response = browse(hamlet.site(simulator=True)).get("/simulator/pictures/bulletin:1:zh")
    assert (response.content, response.headers["cache-control"]) == (b"\x89PNGbulletin:1:zh", "private, no-cache")


def test_simulated_chats_are_rows_like_others(town, browser):
    says(browser, "person:chen", "", "start")
    chat = town.one(Chat, Chat.address == "person:chen")
    assert (chat.channel, chat.kind, chat.person_id) == ("local", "private", "chen")
    with town.database.transaction() as session:
        assert actor_of(session, "chen").name == "陈静"
