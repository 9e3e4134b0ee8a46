"""People on the desk: links that are shown once, accounts that wait."""

from __future__ import annotations

import pytest

from consortium.links import token_hash, use_bind_link
from consortium.models import Account, SignInLink
from locales.errors import DomainError, explain
from outbox.models import Delivery
from tests.web.cast import HERE, NOW, signed_in


@pytest.fixture
def chen(town, browse):
    return signed_in(browse(town.site(bot_name=lambda: "tongping_bot")), town, "chen")


def asks(town, person="li", account="70001", name="小李 <i>"):
    """Somebody opened a binding link that the office made."""
    token = town.link(person, "bind", made_by="chen")
    with town.database.transaction() as session:
        return use_bind_link(
            session, token=token, channel="telegram", account=account, display_name=name, now=NOW
        ).account_id


def test_people_are_listed_with_roles_and_units(chen):
    page = chen.opens("/office/people")
    cards = {
        card.one("h2").text: card.one("p", class_="fine").text for card in page.one("ul", class_="people").every("li")
    }
    assert cards == {
        "何敏": "职工（社区中心）",
        "孙建国": "管理委员会",
        "李敏": "单位代表（人民医院）",
        "王芳": "单位代表（二院）",
        "赵磊": "绩效办",
        "陈静": "绩效办",
        "高文博": "审计",
    }


def test_web_link_is_shown_once_works_once_and_is_kept_as_a_hash(town, chen, browse):
    chen.opens("/office/people")
    chen.sends("/office/people/li/links", change={"purpose": "web"})
    assert (chen.status, chen.heading) == (200, "给李敏的链接")
    address = chen.page.one("input", class_="address")["value"]
    assert chen.response.headers["cache-control"] == "no-store"
    token = address.removeprefix(f"{HERE}/sign-in/")
    assert len(token) == 22
    link = town.one(SignInLink, SignInLink.person_id == "li")
    assert (link.token_hash, link.made_by, link.purpose) == (token_hash(token), "chen", "web")
    assert token not in chen.opens("/office/people").text

    li = browse(town.site())
    li.opens(f"/sign-in/{token}")
    li.sends(f"/sign-in/{token}")
    assert li.path == "/units/jia"


def test_bind_link_opens_the_bot(town, chen):
    chen.opens("/office/people")
    chen.sends("/office/people/wang/links", change={"purpose": "bind"})
    address = chen.page.one("input", class_="address")["value"]
    assert address.startswith("https://t.me/tongping_bot?start=")
    assert town.one(SignInLink, SignInLink.purpose == "bind").person_id == "wang"


def test_without_a_bot_there_is_no_bind_link(hamlet, browse):
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    page = chen.opens("/office/people")
    assert page.every("button", value="bind") == []
    assert "还没有设置机器人" in page.text
    before = hamlet.everything()
    token = page.one("footer").one("input", name="csrf")["value"]
    assert chen.post("/office/people/li/links", {"csrf": token, "purpose": "bind"}).status_code == 409
    assert chen.heading == explain("zh", DomainError("no_bot_name"))
    assert hamlet.everything() == before


def test_links_for_nobody_are_refused(town, chen):
    for person, purpose, status in [
        ("nobody", "web", 404),
        ("li", "", 400),
        ("li", "ticket", 400),
        ("%00", "web", 400),
        ("l%20i", "web", 400),
        ("x" * 50, "web", 400),
    ]:
        token = chen.opens("/office/people").one("footer").one("input", name="csrf")["value"]
        before = town.count(SignInLink)
        assert chen.post(f"/office/people/{person}/links", {"csrf": token, "purpose": purpose}).status_code == status
        assert town.count(SignInLink) == before


def test_account_is_confirmed_and_its_person_told_once(town, chen):
    number = asks(town)
    page = chen.opens("/office/people")
    card = page.every("li", class_="good")[0]
    assert "小李 <i>" in card.text
    assert "<i>" not in chen.response.text
    chen.sends(f"/office/accounts/{number}", change={"decision": "confirm"})
    assert chen.path == "/office/people"
    assert town.one(Account, Account.id == number).confirmed_at == NOW
    delivery = town.one(Delivery)
    assert (delivery.channel, delivery.address, delivery.kind) == ("telegram", "70001", "notice")
    token = chen.page.one("footer").one("input", name="csrf")["value"]
    assert chen.post(f"/office/accounts/{number}", {"csrf": token, "decision": "confirm"}).status_code == 303
    assert town.count(Delivery) == 1
    assert "已绑定" in {each.text for each in chen.opens("/office/people").every("span", class_="is-good")}


def test_account_is_refused_and_gone(town, chen):
    number = asks(town)
    chen.opens("/office/people")
    chen.sends(f"/office/accounts/{number}", change={"decision": "refuse"})
    assert (town.count(Account), town.count(Delivery)) == (0, 0)
    token = chen.page.one("footer").one("input", name="csrf")["value"]
    assert chen.post(f"/office/accounts/{number}", {"csrf": token, "decision": "confirm"}).status_code == 404


def test_own_account_is_for_a_colleague_to_confirm(town, chen):
    number = asks(town, person="chen")
    page = chen.opens("/office/people")
    assert page.every("li", class_="good")[0].every("form") == []
    token = page.one("footer").one("input", name="csrf")["value"]
    response = chen.post(f"/office/accounts/{number}", {"csrf": token, "decision": "confirm"})
    assert (response.status_code, chen.heading) == (409, explain("zh", DomainError("account_own")))
    assert town.one(Account).confirmed_at is None


def test_decisions_about_nothing_are_refused(town, chen):
    for number, decision, status in [("1", "maybe", 400), ("9", "refuse", 404), (str(2**70), "confirm", 404)]:
        token = chen.opens("/office/people").one("footer").one("input", name="csrf")["value"]
        assert chen.post(f"/office/accounts/{number}", {"csrf": token, "decision": decision}).status_code == status
