"""Who may answer: fourteen or older, or through a guardian; and what a no leaves behind."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from locales.errors import DomainError, Reask, explain
from storage.audit import AuditRow
from surveys.fielding import dispositions
from surveys.models import Answer, Response
from tests.bot.phone import everything_stored

AGREE, UNDER, GUARDIAN, NO = "同意并开始（我已满14周岁）", "未满14周岁", "我是监护人，同意并代为作答", "不参加"


def actions(database):
    with database.transaction() as session:
        return list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))


def response(database):
    with database.transaction() as session:
        return session.scalars(select(Response)).one()


def came_of_it(database):
    with database.transaction() as session:
        return [(step.disposition, step.reason) for step in dispositions.history(session, invitation_id="invitation1")]


@pytest.fixture
def mei(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    return mei


def test_under_fourteen_a_guardian_answers(mei, consortium):
    mei.taps(UNDER)
    assert mei.buttons == [GUARDIAN, NO, "‹ 返回说明"]
    assert response(consortium).consented_at is None
    mei.taps(GUARDIAN)
    assert mei.screen.startswith("第 1 题")
    assert response(consortium).consented_at is not None
    assert "answer_as_guardian" in actions(consortium)
    assert len(mei.messages) == 1


def test_under_fourteen_without_a_guardian_ends_and_keeps_nothing(mei, consortium):
    mei.taps(UNDER)
    mei.says("我十三岁")
    assert mei.said[-1] == explain("zh", Reask("tap_to_begin"))
    mei.taps(UNDER)
    mei.taps(NO)
    assert mei.buttons == ["我想参加"]
    assert "answer_as_guardian" not in actions(consortium)
    assert "十三岁".encode() not in everything_stored(consortium)
    with consortium.transaction() as session:
        assert session.scalars(select(Answer)).all() == []


def test_way_back_from_the_guardian_to_the_notice(mei):
    mei.taps(UNDER)
    mei.taps("‹ 返回说明")
    assert mei.buttons[:2] == [AGREE, UNDER]


def test_who_is_old_enough_is_no_guardian(mei, consortium):
    mei.taps(AGREE)
    assert "answer_as_guardian" not in actions(consortium)


def test_double_tap_of_the_guardian_is_one_consent(mei, consortium):
    mei.taps(UNDER)
    mei.taps_twice(GUARDIAN)
    assert mei.toast == explain("zh", Reask("button_stale"))
    assert actions(consortium).count("answer_as_guardian") == 1


def test_no_thanks_is_on_record_and_may_be_taken_back(mei, consortium):
    assert came_of_it(consortium)[-1] == ("started", None)
    mei.taps(NO)
    assert came_of_it(consortium)[-1] == ("refused", "declined")
    mei.taps("我想参加")
    mei.taps(AGREE)
    mei.taps("非常满意")
    assert came_of_it(consortium)[-1] == ("partial", None)


def test_staff_do_not_answer_for_their_own_unit_and_the_try_is_on_record(phone, bind, ticket, consortium):
    li = phone("Li", "301")
    bind(li, "li")
    li.starts(ticket(unit="jia"))
    assert li.said[-1] == explain("zh", DomainError("staff_of_unit"))
    assert "refuse_staff" in actions(consortium)
    with consortium.transaction() as session:
        assert session.scalars(select(Response)).all() == []
    li.starts(ticket(unit="yi"))
    assert li.screen.startswith("门诊问卷")
