"""Ways out on the desk: how each stands in words, and a test line that goes once, to whom it said, as it was shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.models import Chat
from outbox.attempts import claim
from outbox.deliveries import enqueue, settle
from outbox.message import Message
from outbox.models import Delivery
from outbox.outcomes import NotSent, Refused, Sent
from storage.audit import AuditRow
from tests.cast import found_consortium
from tests.web.cast import CHATS, LONG_AGO, NOW, PEOPLE, signed_in

PATH = "/office/channels"
CHANNELS = [
    {"id": "staff", "kind": "wecom", "title": "<b>职工群</b>", "url_file": "secret-name.url"},
    {"id": "post", "kind": "email", "host": "smtp.example", "from": "o@g.example", "to": ["mei@a.example"]},
]


@pytest.fixture
def person(town, browse):
    with town.database.transaction() as session:
        found_consortium(session, now=LONG_AGO, people=PEOPLE, chats=CHATS, channels=CHANNELS)
    return lambda name: signed_in(browse(town.site()), town, name)


def ends(town, channel: str, address: str, key: str, end) -> None:
    """A delivery there, and how its attempt ended."""
    with town.database.transaction() as session:
        owed = enqueue(
            session, dedupe_key=key, channel=channel, address=address, kind="bulletin", message=Message("x"), now=NOW
        )
        [one] = [
            one
            for one in claim(session, now=NOW, lease=timedelta(minutes=1), limit=9, channel=channel)
            if one.id == owed
        ]
        settle(session, delivery_id=owed, attempt=one.attempt, outcome=end, now=NOW)


def cards(browser) -> dict[str, str]:
    """What stands on the card of each way out, by its heading."""
    found = browser.opens(PATH).every("li", class_="card")
    return {card.one("h2").text: card.text for card in found}


def card(browser, name: str) -> str:
    [found] = [text for heading, text in cards(browser).items() if name in heading]
    return found


def chat_id(town, address: str) -> int:
    with town.database.transaction() as session:
        return session.scalars(select(Chat.id).where(Chat.address == address)).one()


def owed(town) -> list[tuple[str, str, str]]:
    with town.database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.dedupe_key.startswith("test-line")))
        return [(row.channel, row.address, row.message["text"]) for row in rows]


def test_every_way_out_says_how_it_stands(town, person):
    ends(town, "email", "mei@a.example", "a", Sent(None))
    chen = person("chen")
    ends(town, "wecom", "staff", "b", Refused("key_refused"))
    ends(town, "wecom", "staff", "c", NotSent("unreachable"))
    shown = card(chen, "<b>职工群")
    assert "<b>职工群</b> 企业微信 有失败" in shown
    assert "连不上对方服务器，没有发出" in shown
    assert "畅通" in card(chen, "post")
    assert "mei@a.example" in card(chen, "post")
    assert "还没发过" in card(chen, "集团职工群")
    assert "secret-name" not in chen.page.text
    assert "works" in chen.opens(f"{PATH}?language=en").text


def test_what_the_configuration_binds_is_not_bound_on_the_page_of_groups(town, person):
    chen = person("chen")
    shown = chen.opens("/office/chats").text
    assert "集团职工群" in shown
    assert "职工群</b>" not in shown
    assert "&lt;b&gt;职工群" not in shown
    assert "mei@a.example" not in shown


def test_what_has_arrived_since_makes_a_failure_good(town, person):
    ends(town, "wecom", "staff", "a", Refused("key_refused"))
    ends(town, "wecom", "staff", "b", Sent(None))
    assert "企业微信 畅通" in card(person("chen"), "<b>职工群")


def test_channel_that_is_over_is_off_and_cannot_be_tested(town, person):
    chen = person("chen")
    number = chat_id(town, "staff")
    with town.database.transaction() as session:
        found_consortium(session, now=LONG_AGO, people=PEOPLE, chats=CHATS, channels=CHANNELS[1:])
    assert "已停用" in card(chen, "<b>职工群")
    assert chen.get(f"{PATH}/{number}/test").status_code == 404


def test_test_line_is_shown_first_and_goes_once(town, person):
    chen = person("chen")
    number = chat_id(town, "staff")
    page = chen.opens(f"{PATH}/{number}/test")
    line = page.one("blockquote").text
    assert ("陈静" in line or "Chen" in line, "<b>职工群</b>" in page.text) == (True, True)
    assert owed(town) == []
    hidden = {each["name"]: each["value"] for each in page.one("form", action=f"{PATH}/{number}/test").every("input")}
    town.now += timedelta(minutes=5)
    for _ in range(2):
        answer = chen.post(f"{PATH}/{number}/test", hidden)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=test")
    assert owed(town) == [("wecom", "staff", line)]
    with town.database.transaction() as session:
        trail = session.scalars(select(AuditRow).where(AuditRow.action == "test_channel")).all()
    assert [(row.actor, row.subject) for row in trail] == [("person:chen", "chat:wecom:staff")]
    assert "测试已交出去" in chen.opens(f"{PATH}?done=test").text
    town.now += timedelta(hours=2)
    assert chen.post(f"{PATH}/{number}/test", hidden).status_code in {400, 409, 422}


@pytest.mark.parametrize("asked", ["", "soon", "99999999999", "1e9", "１７００００００００"])
def test_form_that_no_page_made_is_refused(town, person, asked):
    chen = person("chen")
    number = chat_id(town, "staff")
    token = chen.opens(f"{PATH}/{number}/test").every("input", name="csrf")[0]["value"]
    assert chen.post(f"{PATH}/{number}/test", {"csrf": token, "asked": asked}).status_code == 400
    assert owed(town) == []


@pytest.mark.parametrize("name", ["sun", "gao", "li"])
def test_ways_out_are_the_office_s(town, person, name):
    browser = person(name)
    number = chat_id(town, "staff")
    assert browser.get(PATH).status_code == 403
    assert browser.get(f"{PATH}/{number}/test").status_code == 403


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999"])
def test_private_chats_and_what_is_not_there_have_no_test(town, person, number):
    assert person("chen").get(f"{PATH}/{number}/test").status_code == 404
