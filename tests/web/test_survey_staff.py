"""Staff who are signed in are refused the page of their own unit's survey, and that they tried is on the trail."""

from __future__ import annotations

import pytest

from surveys.models import Response
from tests.web.cast import GROWN, signed_in

REFUSED = "您是这家单位的工作人员"


@pytest.fixture
def li(town, browse):
    return signed_in(browse(town.site()), town, "li")


def test_staff_open_nothing_and_the_try_is_noted(town, li):
    ticket = town.ticket(unit="jia")
    li.opens(f"/s/{ticket}")  # looking opens nothing
    li.sends(f"/s/{ticket}/consent", change=GROWN)
    assert li.response.status_code == 403
    assert REFUSED in li.page.text
    assert town.count(Response) == 0
    assert town.audited("refuse_staff") == ["staff"]


def test_staff_cannot_go_on_with_what_somebody_else_began(town, li, browse):
    ticket = town.ticket(unit="jia")
    mei = browse(town.site())
    mei.opens(f"/s/{ticket}")
    mei.sends(f"/s/{ticket}/consent", change=GROWN)
    assert li.post(f"/s/{ticket}", {"a.0": "5"}).status_code == 403
    assert li.post(f"/s/{ticket}/send", {"attempt": "a" * 22}).status_code == 403
    assert town.audited("refuse_staff") == ["staff", "staff"]
    assert town.one(Response).revision == 0


def test_staff_answer_for_another_unit_as_anybody(town, li):
    ticket = town.ticket(unit="yi")
    li.opens(f"/s/{ticket}")
    li.sends(f"/s/{ticket}/consent", change=GROWN)
    assert li.response.status_code == 200
    assert town.one(Response).unit_code == "yi"
    assert town.audited("refuse_staff") == []


def test_office_and_strangers_with_a_made_up_session_may_answer(town, browse):
    for browser in (signed_in(browse(town.site()), town, "chen"), browse(town.site())):
        browser.client.cookies.setdefault("tongping", "made-up")
        ticket = town.ticket(unit="jia")
        browser.opens(f"/s/{ticket}")
        browser.sends(f"/s/{ticket}/consent", change=GROWN)
        assert browser.response.status_code == 200
    assert town.count(Response) == 2
    assert town.audited("refuse_staff") == []
