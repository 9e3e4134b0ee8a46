"""A trustee's way from the chat to the page, and what the office sees of a round that waits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from bot.count_desk import PAGE
from consortium.links import use_web_link
from consortium.models import Person, Role, SignInLink
from consortium.periods import Period
from locales.errors import DomainError, explain
from outbox.message import from_json
from outbox.models import Delivery
from reviews.models import ReviewRound
from scheduler.count_notices import tell_that_count_waits
from storage.audit import AuditRow
from tests.cast import NOW

MONTH = Period.parse("2026-09")
COUNT, OFFICE_SEES = "互评计票（1）", "等待保管人计票（1）"


@pytest.fixture
def waiting(consortium):
    """September is over and waits; Luo is a trustee and nothing else."""
    with consortium.transaction() as session:
        session.add(Person(id="luo", name="罗秀兰", language="zh", active=True))
        session.flush()
        session.add(Role(person_id="luo", role="trustee", unit_code=None))
        session.add(ReviewRound(period=str(MONTH), state="closed", public_key="{}", criteria=[], thresholds={},
                                opened_at=NOW - timedelta(days=16), closed_at=NOW - timedelta(days=6)))  # fmt: skip
    return consortium


@pytest.fixture
def luo(waiting, phone, bind):
    luo = phone("Luo", "301")
    bind(luo, "luo")
    return luo


def person(phone, bind, name, account, person_id):
    device = phone(name, account)
    bind(device, person_id)
    return device


def link_in(words):
    found = re.search(r"https://tongping\.example/sign-in/(?P<token>[\w-]+)\?to=(?P<to>\S+)", words)
    assert found is not None, words
    return found["token"], found["to"]


def test_a_trustee_who_has_just_bound_the_account_has_the_entry_at_once(luo):
    assert "互评计票（1）" in luo.buttons


def test_a_trustee_is_told_and_the_button_brings_a_fresh_link_to_the_round(waiting, luo):
    with waiting.transaction() as session:
        assert tell_that_count_waits(session, period=MONTH, now=NOW) == 1
        [row] = session.scalars(select(Delivery).where(Delivery.address == "301"))
        notice = from_json(row.message)
    assert "sign-in" not in str(row.message)
    luo.messages["notice"] = notice
    tokens = set()
    for _ in range(2):
        luo.taps("去计票", ref="notice")
        token, to = link_in(luo.said[-1])
        tokens.add(token)
        assert to == f"{PAGE}/{MONTH}"
    assert len(tokens) == 2
    with waiting.transaction() as session:
        assert {use_web_link(session, token=token, now=NOW) for token in tokens} == {"luo"}
        [made] = set(
            session.scalars(
                select(AuditRow.actor).where(AuditRow.action == "make_link", AuditRow.actor != "command_line")
            )
        )
        assert made == "person:luo"
        assert all(token not in str(row) for token in tokens for row in session.scalars(select(Delivery.message)))


def test_the_menu_of_a_trustee_has_the_entry_while_something_waits(waiting, luo):
    luo.says("/start")
    assert COUNT in luo.buttons
    luo.taps(COUNT)
    assert link_in(luo.said[-1])[1] == PAGE
    with waiting.transaction() as session:
        session.execute(update(ReviewRound).values(state="erased"))
    luo.says("/start")
    assert not [each for each in luo.buttons if "计票" in each]


def test_nobody_else_has_the_entry(waiting, phone, bind):
    for name, account, person_id in (("Chen", "302", "chen"), ("Li", "303", "li")):
        device = person(phone, bind, name, account, person_id)
        device.says("/start")
        assert COUNT not in device.buttons


def test_a_forwarded_button_opens_nothing_for_others(waiting, luo, phone, bind):
    luo.says("/start")
    li = person(phone, bind, "Li", "303", "li")
    with waiting.transaction() as session:
        links = session.scalar(select(func.count()).select_from(SignInLink))
    li.messages["forwarded"] = luo.message
    li.taps(COUNT, ref="forwarded")
    assert li.toast == explain("zh", DomainError("not_allowed"))
    with waiting.transaction() as session:
        assert session.scalar(select(func.count()).select_from(SignInLink)) == links


def test_a_trustee_no_more_gets_no_link(waiting, luo):
    luo.says("/start")
    with waiting.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "luo"))
    luo.taps(COUNT)
    assert luo.toast == explain("zh", DomainError("not_allowed"))


def test_a_round_that_was_counted_meanwhile_needs_no_link(waiting, luo):
    with waiting.transaction() as session:
        tell_that_count_waits(session, period=MONTH, now=NOW)
        [row] = session.scalars(select(Delivery).where(Delivery.address == "301"))
        luo.messages["notice"] = from_json(row.message)
        session.execute(update(ReviewRound).values(state="erased"))
    luo.taps("去计票", ref="notice")
    assert luo.said[-1] == "2026年9月互评现在不等待计票。"


def test_without_a_public_address_it_says_so(waiting, luo):
    luo.says("/start")
    luo.public_url = None
    luo.taps(COUNT)
    assert luo.toast == explain("zh", DomainError("no_public_url"))


def test_the_office_sees_who_is_waited_for(waiting, luo, phone, bind):
    with waiting.transaction() as session:
        session.add(Person(id="tang", name="唐志强", language="zh", active=True))
        session.flush()
        session.add(Role(person_id="tang", role="trustee", unit_code=None))
    chen = person(phone, bind, "Chen", "302", "chen")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps(OFFICE_SEES)
    assert "2026年9月互评已于 2026-10-02 10:00 截止，收到 0 张评分票，等待两位保管人计票。" in chen.screen
    assert "保管人：罗秀兰、唐志强（未绑定聊天，收不到通知）" in chen.screen
    assert "http" not in chen.screen


def test_the_office_has_no_entry_when_nothing_waits(consortium, phone, bind):
    chen = person(phone, bind, "Chen", "302", "chen")
    chen.says("/start")
    chen.taps("绩效办")
    assert not [each for each in chen.buttons if "保管人" in each]


def test_representatives_do_not_see_the_office_screen(waiting, phone, bind):
    chen, li = person(phone, bind, "Chen", "302", "chen"), person(phone, bind, "Li", "303", "li")
    chen.says("/start")
    chen.taps("绩效办")
    li.messages["forwarded"] = chen.message
    li.taps(OFFICE_SEES, ref="forwarded")
    assert li.toast == explain("zh", DomainError("not_allowed"))
