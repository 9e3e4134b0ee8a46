"""The audit trail in chat: readable, paged, by person and by action; every action of the program has its words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.audit_desk import action_text
from consortium.models import Role
from locales.errors import DomainError, explain
from locales.texts import LANGUAGES, catalogue
from storage.audit import AuditRow, record
from tests.cast import NOW
from tests.storage.audit_actions import written_actions

PUT_TOGETHER = {"consortium/chats.py": {"chat_active", "chat_blocked", "chat_gone"}}
"""Where an action is put together at run time, and what it may come to."""


@pytest.fixture
def chen(phone, bind):
    device = phone("Chen", "201")
    bind(device, "chen")
    return device


def wrote(database, count, *, actor="person:chen", action="open_round", subject="round:2026-10"):
    with database.transaction() as session:
        for number in range(count):
            now = NOW + timedelta(minutes=number)
            record(session, actor=actor, action=action, subject=subject, now=now, details={"mark": "secret"})


def test_rows_are_sentences_newest_first(chen, consortium):
    wrote(consortium, 1, actor="schedule", action="finish_run", subject="open:2026-10-22T01:00Z")
    wrote(consortium, 1)
    wrote(consortium, 1, actor="patient", action="send_response", subject="response:abcdef")
    chen.says("/log 3")
    assert chen.screen.split("\n") == [
        "审计记录（最新在前）",
        "10-08 10:00　患者　提交答卷　一份答卷",
        "10-08 10:00　陈静　开启互评轮次　互评轮次 2026-10",
        "10-08 10:00　定时任务　定时任务完成　open:2026-10-22T01:00Z",
    ]
    assert "secret" not in chen.screen
    assert "abcdef" not in chen.screen


def test_pages_hold_still_while_new_rows_come(chen, consortium):
    wrote(consortium, 25)
    chen.says("/log")
    assert chen.screen.count("\n") == 10
    assert chen.buttons == ["更早 ›", "‹ 绩效办"]
    first = chen.screen
    wrote(consortium, 5)
    chen.taps("更早 ›")
    assert chen.screen.split("\n")[1].startswith("10-08 10:14")
    assert chen.buttons == ["‹ 最新", "更早 ›", "‹ 绩效办"]
    chen.taps("‹ 最新")
    assert chen.screen != first
    assert chen.screen.split("\n")[1].startswith("10-08 10:04")


def test_one_persons_rows_and_those_of_one_action(chen, consortium):
    wrote(consortium, 12, actor="person:zhao", action="close_round")
    for words in ("/log 赵磊", "/log zhao", "/log close_round"):
        chen.says(words)
        assert chen.screen.count("赵磊　关闭互评轮次　互评轮次 2026-10") == 10
        chen.taps("更早 ›")
        assert chen.screen.count("赵磊　关闭互评轮次") == 2
        assert "更早 ›" not in chen.buttons
    chen.says("/log nobody")
    assert chen.said[-1] == explain("zh", DomainError("log_nobody", written="nobody"))
    for words in ("/log 0", "/log 999999999999"):
        chen.says(words)
        assert chen.screen.count("\n") in {1, 30} or chen.screen.startswith("审计记录")


def test_only_the_office_and_auditors_read_it(chen, phone, bind, consortium):
    chen.says("/log")
    li = phone("Li", "301")
    bind(li, "li")
    li.says("/log")
    assert li.said[-1] == explain("zh", DomainError("not_allowed"))
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="committee"))
    wrote(consortium, 12)
    chen.now = NOW + timedelta(hours=1)
    chen.says("/log")
    assert chen.said[-1] == explain("zh", DomainError("not_allowed"))
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="auditor"))
    chen.says("/log")
    assert chen.buttons == ["更早 ›"]


def test_looking_leaves_no_trace_and_a_bent_button_is_expired(chen, consortium):
    wrote(consortium, 12)
    with consortium.transaction() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow))
    chen.says("/log")
    chen.taps("更早 ›")
    with consortium.transaction() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == before


def test_every_action_of_the_program_has_its_words():
    actions, unread = written_actions()
    assert unread == set(PUT_TOGETHER)
    actions |= set().union(*PUT_TOGETHER.values())
    assert len(actions) > 150
    for language in LANGUAGES:
        missing = {each for each in actions if f"audit.action.{each}" not in catalogue(language, "audit")}
        assert missing == set()
    assert action_text("open_round", "en") == "opened the peer round"
    assert action_text("something_of_another_version", "zh") == "something_of_another_version"
