"""What is owed is owed once, shown where it is due, and moved or resolved by nobody unseen."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from locales.errors import DomainError
from outbox.deliveries import deliveries_for, move_address, resolve_uncertain, settle
from outbox.message import Button, Message
from outbox.models import Delivery
from outbox.outcomes import Refused, Uncertain
from storage.audit import AuditRow
from tests.outbox.cast import NOON, at, audited, owe, row, state, take


def uncertain(session, key: str, *, kind: str = "bulletin") -> int:
    delivery = owe(session, key, kind=kind)
    [one] = [one for one in take(session) if one.id == delivery]
    assert settle(session, delivery_id=delivery, attempt=one.attempt, outcome=Uncertain("no_answer"), now=NOON)
    return delivery


def test_delivery_is_owed_once_by_its_key(session):
    first = owe(session, "bulletin:17:甲", kind="bulletin", message=Message("十月简报"))
    again = owe(session, "bulletin:17:甲", kind="notice", message=Message("another"), address="elsewhere", now=at(5))
    assert again == first
    assert session.scalar(select(func.count()).select_from(Delivery)) == 1
    delivery = row(session, first)
    assert (delivery.kind, delivery.address, delivery.created_at) == ("bulletin", "chat-bulletin:17:甲", NOON)
    assert (delivery.state, delivery.attempts, delivery.message) == ("owed", 0, {"text": "十月简报"})
    assert audited(session, "enqueue_delivery") == [
        ("outbox", {"channel": "telegram", "kind": "bulletin", "state": "owed"})
    ]


def test_delivery_to_a_local_chat_is_sent_with_its_row(session):
    invitation = Message("请评价", ((Button("开始", ("s", "go", "r1")),),), "bulletin:17:zh", "排名图")
    first = owe(session, "a", channel="local", address="mei", message=invitation)
    second = owe(session, "b", channel="local", address="mei", kind="notice", after=first, now=at(3))
    owe(session, "c", channel="local", address="li")
    owe(session, "d", channel="telegram", address="mei")
    shown = deliveries_for(session, channel="local", address="mei", after_id=0)
    assert [(one.id, one.kind, one.created_at) for one in shown] == [
        (first, "invitation", NOON),
        (second, "notice", at(3)),
    ]
    assert shown[0].message == invitation
    assert [one.id for one in deliveries_for(session, channel="local", address="mei", after_id=first)] == [second]
    assert take(session, channel="local") == []
    assert row(session, first).settled_at == NOON


def test_delivery_after_a_refused_one_is_refused_when_enqueued(session):
    first = owe(session, "part 1", kind="bulletin")
    take(session)
    settle(session, delivery_id=first, attempt=1, outcome=Refused("blocked"), now=NOON)
    late = owe(session, "part 2", kind="bulletin", after=first)
    assert state(session, late) == ("refused", "predecessor_refused")


def test_delivery_after_one_that_does_not_exist_is_refused_by_the_database(database):
    with pytest.raises(IntegrityError), database.transaction() as session:
        owe(session, "a", after=99)


def test_unknown_kind_is_refused_by_the_database(session):
    with pytest.raises(IntegrityError):
        owe(session, "a", kind="advert")


@pytest.mark.parametrize(
    "wrong",
    ["state='lost'", "state='attempting'", "state='sent'", "settled_at=created_at", "doubts=1", "after_id=id"],
)
def test_impossible_row_is_refused_by_the_database(session, wrong):
    owe(session, "a")
    with pytest.raises(IntegrityError):
        session.execute(text(f"update delivery set {wrong}"))


def test_audit_rows_carry_neither_texts_nor_addresses(session):
    delivery = owe(session, "secret key", message=Message("a text nobody logs"), address="4711")
    [one] = take(session)
    settle(session, delivery_id=delivery, attempt=one.attempt, outcome=Refused("gone"), now=NOON)
    rows = session.execute(select(AuditRow.actor, AuditRow.action, AuditRow.subject, AuditRow.details)).all()
    assert [(row.action, row.subject) for row in rows] == [
        ("enqueue_delivery", f"delivery:{delivery}"),
        ("settle_delivery", f"delivery:{delivery}"),
    ]
    assert not any(word in str(rows) for word in ("4711", "nobody", "secret"))


def test_person_sends_an_uncertain_delivery_again(session):
    delivery = uncertain(session, "bulletin")
    resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="send_again", now=at(60))
    assert state(session, delivery) == ("owed", "sent_again")
    assert [(one.id, one.attempt) for one in take(session, seconds=61)] == [(delivery, 2)]
    assert audited(session, "resolve_delivery") == [
        ("person:chen", {"channel": "telegram", "kind": "bulletin", "decision": "send_again"})
    ]


def test_person_marks_an_uncertain_delivery_as_sent_and_the_next_part_follows(session):
    first = uncertain(session, "part 1")
    second = owe(session, "part 2", kind="bulletin", after=first)
    assert take(session, seconds=1) == []
    resolve_uncertain(session, delivery_id=first, actor="person:chen", decision="mark_sent", now=at(60))
    assert (state(session, first), row(session, first).settled_at) == (("sent", "marked_sent"), at(60))
    assert [one.id for one in take(session, seconds=61)] == [second]


def test_invitation_sent_again_by_a_person_returns_to_a_person_in_doubt(session):
    delivery = owe(session, "invitation")
    for attempt in (1, 2, 3):
        take(session, seconds=attempt * 100)
        settle(session, delivery_id=delivery, attempt=attempt, outcome=Uncertain("no_answer"), now=at(attempt * 100))
    assert state(session, delivery) == ("uncertain", "no_answer")
    resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="send_again", now=at(400))
    [again] = take(session, seconds=401)
    settle(session, delivery_id=delivery, attempt=again.attempt, outcome=Uncertain("no_answer"), now=at(402))
    assert (again.attempt, state(session, delivery)) == (4, ("uncertain", "no_answer"))


@pytest.mark.parametrize("decision", ["send_again", "mark_sent"])
def test_second_person_to_decide_learns_that_it_is_decided(session, decision):
    delivery = uncertain(session, "bulletin")
    resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="mark_sent", now=at(60))
    with pytest.raises(DomainError) as fault:
        resolve_uncertain(session, delivery_id=delivery, actor="person:zhao", decision=decision, now=at(61))
    assert fault.value.code == "delivery_not_uncertain"
    assert (state(session, delivery), len(audited(session, "resolve_delivery"))) == (("sent", "marked_sent"), 1)


def test_deliveries_that_are_not_in_doubt_cannot_be_resolved(session):
    owed = owe(session, "a")
    for delivery, code in ((owed, "delivery_not_uncertain"), (owed + 1000, "delivery_unknown")):
        with pytest.raises(DomainError) as fault:
            resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="send_again", now=NOON)
        assert fault.value.code == code


def test_decision_that_is_none_changes_nothing(session):
    delivery = uncertain(session, "bulletin")
    with pytest.raises(KeyError):
        resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="forget", now=NOON)
    assert state(session, delivery) == ("uncertain", "no_answer")


def test_delivery_held_after_a_restore_is_resolved_by_a_person(session):
    delivery = owe(session, "a", kind="bulletin")
    session.execute(text("update delivery set state='held'"))
    assert take(session) == []
    resolve_uncertain(session, delivery_id=delivery, actor="person:chen", decision="send_again", now=NOON)
    assert [one.id for one in take(session)] == [delivery]


def test_group_that_moved_takes_its_unfinished_deliveries_along(session):
    sent, doubtful = owe(session, "1", address="-5", kind="bulletin"), owe(session, "2", address="-5", kind="bulletin")
    take(session)
    settle(session, delivery_id=sent, attempt=1, outcome=Refused("bad_request"), now=NOON)
    take(session)
    settle(session, delivery_id=doubtful, attempt=1, outcome=Uncertain("no_answer"), now=NOON)
    owed, other = owe(session, "3", address="-5"), owe(session, "4", address="-6")
    elsewhere = owe(session, "5", address="-5", channel="feishu")
    assert move_address(session, channel="telegram", old="-5", new="-1005", now=at(9)) == 2
    addresses = {one: row(session, one).address for one in (sent, doubtful, owed, other, elsewhere)}
    assert addresses == {sent: "-5", doubtful: "-1005", owed: "-1005", other: "-6", elsewhere: "-5"}
    assert audited(session, "move_deliveries") == [("outbox", {"count": 2})]
    assert move_address(session, channel="telegram", old="-5", new="-1005", now=at(9)) == 0
    assert len(audited(session, "move_deliveries")) == 1
