"""The office sees every delivery that needs a person, and no text."""

from __future__ import annotations

from outbox.deliveries import settle
from outbox.message import Message
from outbox.outcomes import NotSent, Sent, Uncertain
from outbox.overview import count_by_state, list_by_state
from tests.outbox.cast import NOON, at, owe, take


def test_overview_names_what_waits_for_a_person_and_what_is_tried_again(session):
    bulletin = owe(session, "bulletin:17:-5:1", kind="bulletin", address="-5", message=Message("not shown"))
    failing, done = owe(session, "failing"), owe(session, "done")
    take(session)
    for delivery, outcome in (
        (bulletin, Uncertain("no_answer")),
        (failing, NotSent("no_connection")),
        (done, Sent("1")),
    ):
        settle(session, delivery_id=delivery, attempt=1, outcome=outcome, now=at(3))
    fresh = owe(session, "fresh")
    assert count_by_state(session) == {"uncertain": 1, "owed": 2, "sent": 1}
    [doubtful] = list_by_state(session, states=("uncertain", "held"))
    assert (doubtful.id, doubtful.dedupe_key, doubtful.code) == (bulletin, "bulletin:17:-5:1", "no_answer")
    assert (doubtful.channel, doubtful.address, doubtful.created_at, doubtful.settled_at) == (
        "telegram",
        "-5",
        NOON,
        None,
    )
    assert "not shown" not in str(doubtful)
    assert [one.id for one in list_by_state(session, states=("owed",))] == [failing, fresh]
    [tried] = list_by_state(session, states=("owed",), only_tried=True)
    assert (tried.id, tried.attempts, tried.code, tried.not_before) == (failing, 1, "no_connection", at(5))
    assert [one.id for one in list_by_state(session, states=("owed", "uncertain"), limit=1)] == [bulletin]


def test_overview_of_an_empty_outbox_is_empty(session):
    assert count_by_state(session) == {}
    assert list_by_state(session, states=("uncertain",)) == []
