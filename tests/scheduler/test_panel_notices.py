"""Experts are told that a panel is open, once, and reminded once a day while they are missing; nobody else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.models import Chat
from consortium.periods import Period
from outbox.message import from_json
from outbox.models import Delivery
from reviews.panel_rounds import panel_of
from scheduler.panel_notices import invite_experts, remind_experts
from tests.cast import NOW
from tests.panel_town import found_panel_town, marks_everything, open_panel_in

OCTOBER = Period(2026, month=10)


@pytest.fixture
def panel(session):
    found_panel_town(session, NOW)
    for person in ("an", "bo", "du", "chen", "li"):
        session.add(
            Chat(channel="local", address=person, kind="private", title="", language=None, state="active", purpose=None,
                 unit_code=None, person_id=person, seen_at=NOW)
        )  # fmt: skip
    open_panel_in(session, OCTOBER, NOW, NOW + timedelta(days=12))
    return panel_of(session, OCTOBER)


def told(session):
    rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    return [(row.address, from_json(row.message)) for row in rows]


def test_every_expert_with_a_chat_is_told_once_in_their_language(session, panel):
    assert [invite_experts(session, panel=panel, now=NOW) for _ in range(2)] == [3, 3]
    assert len(told(session)) == 3
    messages = dict(told(session))
    assert messages.keys() == {"an", "bo", "du"}
    assert messages["an"].text == (
        "2026年10月的专家评分开放了，请您背靠背评 2 家单位的定性指标。评分封存，计票前谁也看不到。\n截止：2026-10-20 10:00"
    )
    assert messages["bo"].text.startswith("The expert panel of October 2026 is open: please mark")
    assert "评 1 家单位" in messages["du"].text
    assert [button.action for row in messages["an"].buttons for button in row] == [("e", "u")]


def test_who_is_missing_is_reminded_once_a_day(session, panel):
    marks_everything(session, OCTOBER, "an", "3", NOW)
    for hours in (0, 13, 14):  # the last is past midnight in Shanghai
        assert remind_experts(session, panel=panel, now=NOW + timedelta(hours=hours)) == 2
    assert [address for address, _ in told(session)] == ["bo", "du", "bo", "du"]
    assert "您还有 1 家单位没有评（共 1 家）" in told(session)[1][1].text


def test_what_is_told_does_not_depend_on_marks(session, panel):
    said = []
    for mark in "15":
        marks_everything(session, OCTOBER, "bo", mark, NOW)
        savepoint = session.begin_nested()
        remind_experts(session, panel=panel, now=NOW)
        said.append([message for _, message in told(session)])
        savepoint.rollback()
        session.expire_all()
    assert said[0] == said[1]
    assert len(said[0]) == 2
