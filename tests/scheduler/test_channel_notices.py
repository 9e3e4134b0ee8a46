"""A way out that fails is told to the office once a day, and only when people should hear of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.chats import see_chat
from delivery.handover import write_end
from outbox.attempts import claim
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from outbox.policy import KINDS
from scheduler.channel_notices import REPEATED, tell_of_failure
from tests.cast import NOW, found_consortium

CHANNELS = [{"id": "staff", "kind": "wecom", "title": "职工群", "url_file": "x"}]


@pytest.fixture
def office(session):
    """Chen of the office, reached in a local chat; Mei, a patient."""
    found_consortium(session, channels=CHANNELS)
    see_chat(session, channel="local", address="person:chen", kind="private", title="", now=NOW, person_id="chen")
    see_chat(session, channel="telegram", address="1001", kind="private", title="", now=NOW)
    return session


def told(session) -> list[str]:
    rows = session.scalars(select(Delivery).where(Delivery.dedupe_key.startswith("way:")).order_by(Delivery.id))
    return [row.message["text"] for row in rows]


def fails(session, *ends, channel="wecom", address="staff", kind="bulletin", days=0) -> None:
    """Deliveries there, and how their attempts ended."""
    now = NOW + timedelta(days=days)
    for number, end in enumerate(ends):
        key = f"{channel}:{address}:{kind}:{days}:{number}:{type(end).__name__}"
        enqueue(session, dedupe_key=key, channel=channel, address=address, kind=kind, message=Message("x"), now=now)
        [one] = claim(session, now=now, lease=timedelta(minutes=1), limit=1, channel=channel)
        write_end(session, claimed=one, end=end, now=now)


def test_refusal_is_told_once_a_day_with_its_reason(office):
    fails(office, Refused("key_refused"), Refused("key_refused"))
    [said] = told(office)
    assert "职工群" in said
    assert "企业微信" in said
    assert "平台不认地址里的密钥，请核对地址文件" in said
    fails(office, Refused("content_refused"), days=1)
    assert len(told(office)) == 2


def test_failure_that_may_mend_itself_is_told_from_the_third_attempt_on(office):
    enqueue(office, dedupe_key="k", channel="wecom", address="staff", kind="bulletin", message=Message("x"), now=NOW)
    for attempt in range(1, REPEATED + 3):
        [one] = claim(office, now=NOW + timedelta(hours=attempt), lease=timedelta(minutes=1), limit=1, channel="wecom")
        write_end(office, claimed=one, end=NotSent("unreachable"), now=NOW + timedelta(minutes=attempt))
        assert len(told(office)) == (attempt >= REPEATED)


def test_success_doubt_and_being_asked_to_wait_are_not_told(office):
    fails(office, Sent(None), Uncertain("no_answer"))
    fails(office, RetryAt(NOW, "flood"), days=1)
    assert told(office) == []


def test_person_who_blocked_the_bot_is_nobody_s_news_and_a_group_is(office):
    fails(office, Refused("blocked"), channel="telegram", address="1001", kind="invitation")
    fails(office, Refused("blocked"), channel="telegram", address="1001", kind="notice")
    assert told(office) == []
    fails(office, Refused("blocked"), channel="telegram", address="-100", kind="bulletin")
    [said] = told(office)
    assert "-100" in said


@pytest.mark.parametrize("code", ["superseded", "predecessor_refused", "channel_unknown", "rehearsal"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_we_did_ourselves_is_not_told(office, code, kind):
    fault = {"channel": "wecom", "address": "staff", "kind": kind, "code": code, "is_over": True, "attempt": 9}
    assert tell_of_failure(office, **fault, now=NOW) == 0


def test_database_without_an_installation_still_settles(session):
    fails(session, Refused("key_refused"))
    assert told(session) == []
