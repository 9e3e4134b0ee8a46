"""Signing in with a link: once, by a button, and out again. Roles are those of the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from consortium.models import Person, Role, SignInLink, WebSession
from locales.errors import DomainError, explain
from tests.web.cast import NOW, signed_in
from web.forms import form_token


def test_opening_the_link_spends_nothing_and_the_button_signs_in(town, browse):
    token = town.link("chen")
    preview, chen = browse(town.site()), browse(town.site())
    for _ in range(3):
        assert preview.get(f"/sign-in/{token}").status_code == 200
    assert town.one(SignInLink).used_at is None
    assert "陈静" not in preview.response.text

    chen.opens(f"/sign-in/{token}")
    chen.sends(f"/sign-in/{token}")
    assert (chen.status, chen.path) == (200, "/office")
    assert town.one(SignInLink).used_at == NOW
    assert "已登录：陈静" in chen.page.one("footer").text

    again = preview.post(f"/sign-in/{token}", {})
    assert (again.status_code, preview.heading) == (410, explain("zh", DomainError("link_used")))
    assert town.count(WebSession) == 1


def test_link_pressed_many_times_at_once_opens_one_session(town, browse):
    browser = browse(town.site())
    token = town.link("chen")
    answers = browser.together(10, "POST", f"/sign-in/{token}")
    assert sorted(each.status_code for each in answers) == [303] + [410] * 9
    assert town.count(WebSession) == 1


@pytest.mark.parametrize(
    ("person", "home"),
    [("chen", "/office"), ("sun", "/office"), ("gao", "/office"), ("li", "/units/jia"), ("he", "/bulletins")],
)
def test_everybody_comes_to_their_own_desk(hamlet, browse, person, home):
    browser = signed_in(browse(hamlet.site()), hamlet, person)
    assert (browser.status, browser.path) == (200, home)
    assert browser.opens("/sign-in").one("main")
    assert browser.path == home


def test_links_that_open_nothing(town, browse):
    browser = browse(town.site())
    before = town.everything()
    for token in ("unknown", "%00", town_bind := town.link("chen", "bind")):
        assert browser.get(f"/sign-in/{token}").status_code == 404
        assert browser.post(f"/sign-in/{token}", {}).status_code == 404
    assert town_bind
    expired = town.link("chen")
    town.now += timedelta(minutes=10)
    assert browser.post(f"/sign-in/{expired}", {}).status_code == 410
    assert browser.heading == explain("zh", DomainError("link_expired"))
    after = town.everything()
    assert (after["web_session"], before["web_session"]) == (0, 0)


def test_patients_ticket_signs_nobody_in(town, browse):
    ticket = town.ticket()
    assert browse(town.site()).post(f"/sign-in/{ticket}", {}).status_code == 404


def test_cookie_is_for_this_site_alone_and_not_for_scripts(hamlet, browse):
    browser = browse(hamlet.site())
    cookie = browser.post(f"/sign-in/{hamlet.link('chen')}", {}).headers["set-cookie"]
    assert cookie.startswith("tongping=")
    for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert word in cookie
    assert "Secure" not in cookie


def test_cookie_is_secure_over_https(hamlet, browse):
    browser = browse(hamlet.site(public_url="https://tongping.example"), base="https://tongping.example")
    signed_in(browser, hamlet, "chen")
    assert browser.path == "/office"
    cookie = browser.post(f"/sign-in/{hamlet.link('zhao')}", {}).headers["set-cookie"]
    assert cookie.startswith("__Host-tongping=")
    assert "Secure" in cookie


def test_signing_in_again_ends_the_former_session(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    former = browser.client.cookies["tongping"]
    signed_in(browser, town, "zhao")
    assert town.count(WebSession) == 1
    thief = browse(town.site(), Cookie=f"tongping={former}")
    assert thief.get("/office").status_code == 401


def test_signing_out_closes_the_session_and_takes_the_cookie_back(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    token = browser.client.cookies["tongping"]
    browser.sends("/sign-out")
    assert (browser.path, "tongping" in browser.client.cookies) == ("/", False)
    assert town.count(WebSession) == 0
    assert browse(town.site(), Cookie=f"tongping={token}").get("/office").status_code == 401


def test_session_ends_by_itself(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    town.now += timedelta(hours=12)
    assert browser.get("/office").status_code == 401
    assert "十分钟" in browser.page.one("main").text


def test_person_who_left_is_out_at_once(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    with town.database.transaction() as session:
        session.get_one(Person, "chen").active = False
    assert browser.get("/office").status_code == 401


def test_role_taken_away_is_gone_on_the_next_page(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    with town.database.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "chen"))
    assert browser.get("/office").status_code == 403
    assert browser.heading == explain("zh", DomainError("not_allowed"))


def test_form_without_this_sessions_token_is_refused(town, browse):
    browser = signed_in(browse(town.site()), town, "chen")
    for given in [None, "", "0" * 32, "密"]:
        response = browser.post("/sign-out", {} if given is None else {"csrf": given})
        assert (response.status_code, browser.heading) == (403, explain("zh", DomainError("form_expired")))
        assert town.count(WebSession) == 1


def test_forms_token_of_another_session_is_refused(town, browse):
    chen, zhao = signed_in(browse(town.site()), town, "chen"), signed_in(browse(town.site()), town, "zhao")
    foreign = zhao.page.one("footer").one("input", name="csrf")["value"]
    assert chen.post("/sign-out", {"csrf": foreign}).status_code == 403
    assert town.count(WebSession) == 2


def test_form_token_needs_the_secret():
    assert form_token(b"one", "session") != form_token(b"two", "session")
    assert form_token(b"one", "session") != form_token(b"one", "other")


def test_signed_in_person_reads_in_their_own_language(hamlet, browse):
    browser = signed_in(browse(hamlet.site(), **{"Accept-Language": "zh"}), hamlet, "wang")
    assert browser.heading == "Second Hospital"
