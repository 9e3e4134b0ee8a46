"""What replaces a message goes after it, once, and the latest wins."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from locales.errors import explain
from outbox.deliveries import deliveries_for, settle
from outbox.invariants import check_outbox
from outbox.message import Message
from outbox.models import Delivery
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from tests.outbox.cast import NOON, at, owe, state, take


def sent(session, key: str = "bulletin", ref: str | None = "55", **more) -> int:
    delivery = owe(session, key, kind="bulletin", address="-100", **more)
    [one] = take(session)
    settle(session, delivery_id=delivery, attempt=one.attempt, outcome=Sent(ref), now=NOON)
    return delivery


def edit(session, key: str, of: int, **more) -> int:
    return owe(session, key, kind="bulletin", address="-100", edits=of, **more)


def test_edit_names_the_message_that_it_replaces(session):
    picture = sent(session, "p", ref="7", message=Message("图", picture="bulletin:17:zh"))
    words = sent(session, "w", ref="8")
    edit(session, "e1", picture, message=Message("撤回"))
    [one] = take(session)
    assert (one.edits, one.edits_file) == ("7", True)
    settle(session, delivery_id=one.id, attempt=1, outcome=Sent("7"), now=NOON)
    edit(session, "e2", words)
    [two] = take(session)
    assert (two.edits, two.edits_file) == ("8", False)


def test_edit_waits_for_the_message_and_is_refused_with_it(session):
    original = owe(session, "bulletin", kind="bulletin", address="-100")
    change = edit(session, "edit", original)
    [one] = take(session)
    assert (one.id, take(session, seconds=3600)) == (original, [])
    settle(session, delivery_id=original, attempt=1, outcome=Refused("blocked"), now=NOON)
    assert state(session, change) == ("refused", "predecessor_refused")
    assert state(session, edit(session, "later", original)) == ("refused", "predecessor_refused")


def test_later_edit_makes_the_earlier_needless(session):
    original = sent(session)
    first, second = edit(session, "e1", original), edit(session, "e2", original)
    assert state(session, first) == ("refused", "superseded")
    assert [one.id for one in take(session)] == [second]


@pytest.mark.parametrize("end", [NotSent("no_connection"), RetryAt(at(9), "flood"), Uncertain("no_answer")])
def test_edit_that_failed_never_comes_after_a_later_one(session, end):
    original = sent(session)
    first = edit(session, "e1", original)
    [one] = take(session)
    edit(session, "e2", original)
    settle(session, delivery_id=first, attempt=one.attempt, outcome=end, now=NOON)
    assert state(session, first) == ("refused", "superseded")


def test_doubtful_edit_is_repeated_as_it_cannot_double_anything(session):
    change = edit(session, "e", sent(session))
    for turn in range(3):
        [one] = take(session, seconds=turn * 600)
        settle(session, delivery_id=change, attempt=one.attempt, outcome=Uncertain("no_answer"), now=at(turn * 600))
    assert state(session, change) == ("uncertain", "no_answer")


def test_message_that_a_person_said_has_arrived_cannot_be_edited(session):
    change = edit(session, "e", sent(session, ref=None))
    assert take(session) == []
    assert state(session, change) == ("refused", "cannot_edit")


@pytest.mark.parametrize("wrong", ["nobody", "elsewhere", "an edit"])
def test_edit_of_what_cannot_be_meant_is_a_fault_of_ours(session, wrong):
    original = sent(session)
    meant = {"nobody": 999, "elsewhere": owe(session, "x"), "an edit": edit(session, "e", original)}[wrong]
    with pytest.raises(ValueError, match="an edit names"):
        edit(session, "e2", meant)


def test_edit_in_a_local_chat_says_what_it_replaces(session):
    first = owe(session, "a", channel="local", address="mei")
    second = owe(session, "b", channel="local", address="mei", edits=first, message=Message("撤回"))
    shown = deliveries_for(session, channel="local", address="mei")
    assert [(one.id, one.edits) for one in shown] == [(first, None), (second, first)]
    assert state(session, second) == ("sent", None)


def test_edit_that_points_elsewhere_is_found_by_the_doctor(session):
    original, other = sent(session), owe(session, "other", channel="wecom")
    change = edit(session, "e", original)
    assert check_outbox(session) == []
    session.execute(update(Delivery).where(Delivery.id == change).values(edits_id=other))
    [found] = check_outbox(session)
    assert (found.key, found.code, found.details) == (
        f"delivery:{change}", "delivery_edits_another", {"edited": other},
    )  # fmt: skip
    assert all(explain(language, found) for language in ("zh", "en"))
