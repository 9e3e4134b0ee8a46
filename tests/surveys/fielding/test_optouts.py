"""Opting out: at once, for good, for every survey of the account; and back in."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from outbox.deliveries import claim, enqueue, recover_interrupted, settle
from outbox.message import Message
from outbox.models import Delivery
from outbox.outcomes import RetryAt
from storage.audit import AuditRow
from surveys.fielding import optouts
from surveys.fielding.contacts import chat_reminders, take_contacts
from surveys.fielding.models import OptOut
from surveys.responses import record_page, send_response, sitting
from tests.surveys.cast import BEST, HER_SISTER, JIA, MEI, NOW
from tests.surveys.fielding.cast import DAY, opens_in_chat, report, stands, tokens

HERS = {"channel": MEI[0], "account": MEI[1]}
ANOTHER = {"channel": HER_SISTER[0], "account": HER_SISTER[1]}


def test_opting_out_is_known_from_then_on_and_only_of_that_account(ready):
    assert not optouts.has_opted_out(ready, **HERS)
    assert optouts.opt_out(ready, **HERS, now=NOW)
    assert optouts.has_opted_out(ready, **HERS)
    assert not optouts.has_opted_out(ready, **ANOTHER)
    assert not optouts.has_opted_out(ready, channel="local", account=HERS["account"])


def test_again_changes_nothing(ready):
    optouts.opt_out(ready, **HERS, now=NOW)
    assert not optouts.opt_out(ready, **HERS, now=NOW + DAY)
    assert ready.scalars(select(OptOut.since)).all() == [NOW]


def test_what_was_begun_counts_as_refused_and_can_still_be_finished(ready):
    report(ready)
    response = opens_in_chat(ready)
    optouts.opt_out(ready, **HERS, now=NOW)
    assert stands(ready) == ("refused", "opted_out")
    assert not sitting(ready, response_id=response).sent
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    send_response(ready, response_id=response, receipt_code="7Q2M-0KXD-94TB", now=NOW)
    assert stands(ready)[0] == "complete"


def test_others_and_what_was_sent_stay_as_they_are(ready):
    report(ready, "hers")
    report(ready, "sisters")
    opens_in_chat(ready, "hers")
    opens_in_chat(ready, "sisters", who=HER_SISTER)
    optouts.opt_out(ready, **HERS, now=NOW)
    assert stands(ready, "i-hers")[0] == "refused"
    assert stands(ready, "i-sisters")[0] == "started"


def test_reminders_that_are_still_owed_are_never_sent_other_messages_are(ready):
    def owe(key: str, account: str, kind: str = "reminder") -> None:
        enqueue(ready, dedupe_key=key, channel="telegram", address=account, kind=kind, message=Message("x"), now=NOW)

    owe("resume:r1:1", HERS["account"])
    owe("resume:r2:1", HERS["account"])
    owe("resume:r3:1", ANOTHER["account"])
    owe("remind:2026-10:jia", HERS["account"])
    ready.execute(update(Delivery).where(Delivery.dedupe_key == "resume:r2:1").values(state="held"))
    optouts.opt_out(ready, **HERS, now=NOW)
    rows = ready.execute(select(Delivery.dedupe_key, Delivery.state, Delivery.code).order_by(Delivery.id)).all()
    assert [tuple(row) for row in rows] == [
        ("resume:r1:1", "refused", "opted_out"),
        ("resume:r2:1", "refused", "opted_out"),
        ("resume:r3:1", "owed", None),
        ("remind:2026-10:jia", "owed", None),
    ]


def test_a_reminder_that_is_under_way_is_not_tried_again(ready):
    for key in ("resume:r1:1", "resume:r2:1"):
        enqueue(ready, dedupe_key=key, channel="telegram", address=HERS["account"], kind="reminder",
                message=Message("x"), now=NOW)  # fmt: skip
    [under_way] = claim(ready, now=NOW, lease=timedelta(minutes=1), limit=9, channel="telegram")
    optouts.opt_out(ready, **HERS, now=NOW)
    later = RetryAt(NOW + timedelta(seconds=5), "flood")
    assert not settle(ready, delivery_id=under_way.id, attempt=under_way.attempt, outcome=later, now=NOW)
    for days in range(40):
        at = NOW + timedelta(days=days)
        assert recover_interrupted(ready, now=at) == 0
        assert claim(ready, now=at, lease=timedelta(minutes=1), limit=9, channel="telegram") == []
    rows = ready.execute(select(Delivery.state, Delivery.code, Delivery.lease_until)).all()
    assert [tuple(row) for row in rows] == [("refused", "opted_out", None)] * 2


def test_nobody_is_reminded_in_any_survey_of_an_account_that_opted_out_even_one_opened_later(ready):
    optouts.opt_out(ready, **HERS, now=NOW)
    report(ready)
    opens_in_chat(ready)
    assert stands(ready)[0] == "started"
    for days in range(1, 38):
        at = NOW + timedelta(days=days)
        assert chat_reminders(ready, now=at) == []
        assert take_contacts(ready, unit_code=JIA, limit=10, token=tokens(), actor="api:his", now=at) == []


def test_coming_back_is_possible_and_no_more_than_that(ready):
    assert not optouts.opt_in(ready, **HERS, now=NOW)
    optouts.opt_out(ready, **HERS, now=NOW)
    optouts.opt_out(ready, **ANOTHER, now=NOW)
    assert optouts.opt_in(ready, **HERS, now=NOW)
    assert not optouts.has_opted_out(ready, **HERS)
    assert optouts.has_opted_out(ready, **ANOTHER)


def test_the_audit_trail_says_that_and_not_who(ready):
    optouts.opt_out(ready, **HERS, now=NOW)
    optouts.opt_in(ready, **HERS, now=NOW)
    rows = ready.scalars(select(AuditRow).where(AuditRow.action.in_(("opt_out", "opt_in"))).order_by(AuditRow.id)).all()
    assert [(row.actor, row.action, row.subject, row.details) for row in rows] == [
        ("patient", "opt_out", "channel:telegram", {}),
        ("patient", "opt_in", "channel:telegram", {}),
    ]
