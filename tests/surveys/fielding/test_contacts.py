"""Who is written to: never twice by two calls, never too early, in chat first, by link when that was in vain."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from consortium.models import Chat
from storage.audit import AuditRow
from surveys.fielding.contacts import chat_reminders, contact_from, count_due, note_chat_reminder, take_contacts
from surveys.fielding.upkeep import note_unreachable
from surveys.models import Invitation, Ticket
from surveys.responses import open_ticket, record_page, send_response
from tests.surveys.cast import BEST, JIA, LEFT, MEI, NOW, YI
from tests.surveys.fielding.cast import (
    DAY,
    HOUR,
    fielded,
    launch,
    opens_in_chat,
    report,
    set_surveys,
    stands,
    tokens,
)

FRESH = tokens("fresh-")


def take(session, *, at=NOW, limit=100, unit=JIA, **more):
    """(visit, occasion) of everybody given out."""
    found = take_contacts(session, unit_code=unit, limit=limit, token=FRESH, actor="api:his", now=at, **more)
    return [(each.visit, each.occasion) for each in found]


def test_a_patient_is_given_out_once_with_a_ticket_that_opens(ready):
    report(ready)
    [contact] = take_contacts(ready, unit_code=JIA, limit=10, token=tokens(), actor="api:his", now=NOW)
    assert (contact.visit, contact.occasion, contact.language, contact.kind) == ("v1", "first", "zh", "outpatient")
    assert contact.expires_at == LEFT + 42 * DAY
    assert open_ticket(ready, ticket=contact.ticket, mode="page", new_id="r1", now=NOW).unit_code == JIA
    assert take(ready) == []
    row = fielded(ready)
    assert (row.contacted_at, row.contacted_by, row.reminders) == (NOW, "link", 0)


def test_tickets_are_kept_as_hashes_only(ready):
    report(ready)
    [contact] = take_contacts(ready, unit_code=JIA, limit=10, token=tokens("secret"), actor="api:his", now=NOW)
    stored = str(ready.execute(select(Ticket.__table__)).all()) + str(ready.execute(select(AuditRow.__table__)).all())
    assert contact.ticket == "secret0"
    assert "secret0" not in stored


def test_contact_begins_48_hours_after_discharge_and_two_after_a_day_case(ready):
    set_surveys(ready, kinds={"outpatient": {"contact_after_hours": 2}})
    report(ready, discharged_at=NOW)
    assert take(ready, at=NOW + 2 * HOUR - timedelta(seconds=1)) == []
    set_surveys(ready)
    assert take(ready, at=NOW + 48 * HOUR - timedelta(seconds=1)) == []
    set_surveys(ready, kinds={"outpatient": {"contact_after_hours": 2}})
    assert take(ready, at=NOW + 2 * HOUR) == [("v1", "first")]


def test_a_wave_has_its_own_wait(ready):
    launch(ready, contact_after_hours=5)
    report(ready, discharged_at=NOW)
    assert contact_from(ready, invitation_ids=["i-v1"]) == {"i-v1": NOW + 5 * HOUR}
    assert take(ready, at=NOW + 5 * HOUR - timedelta(seconds=1)) == []
    assert take(ready, at=NOW + 5 * HOUR) == [("v1", "first")]


def test_the_first_contact_comes_without_the_tickets_being_refused_before(ready):
    """A ticket opens at any time; only writing waits."""
    report(ready, discharged_at=NOW)
    assert open_ticket(ready, ticket="t-v1", mode="page", new_id="r1", now=NOW).unit_code == JIA


def test_reminders_go_to_who_has_not_answered_and_to_nobody_else(ready):
    for visit in ("silent", "opened", "sent", "young"):
        report(ready, visit, discharged_at=LEFT if visit != "young" else NOW + 4 * DAY - 49 * HOUR,
               now=NOW + 3 * DAY if visit == "young" else NOW)  # fmt: skip
    assert [visit for visit, _ in take(ready)] == ["opened", "sent", "silent"]
    open_ticket(ready, ticket="t-opened", mode="page", new_id="r-opened", now=NOW)
    sent = open_ticket(ready, ticket="t-sent", mode="page", new_id="r-sent", now=NOW)
    from surveys.responses import give_consent

    give_consent(ready, response_id=sent.response_id, now=NOW)
    record_page(ready, response_id="r-sent", answers=BEST, now=NOW)
    send_response(ready, response_id="r-sent", receipt_code="7Q2M-0KXD-94TB", now=NOW)
    later = NOW + 4 * DAY
    assert count_due(ready, unit_code=JIA, now=later) == {"first": 1, "reminder": 2}
    assert take(ready, at=later, occasion="first") == [("young", "first")]
    assert take(ready, at=later) == [("opened", "reminder"), ("silent", "reminder")]
    assert take(ready, at=later) == []
    assert fielded(ready, "i-silent").reminders == 1


def test_at_most_so_many_reminders_and_with_so_much_time_between(ready):
    report(ready)
    found = [(day, take(ready, at=NOW + day * DAY)) for day in range(40)]
    assert [(day, taken[0][1]) for day, taken in found if taken] == [(0, "first"), (3, "reminder"), (6, "reminder")]


def test_nobody_is_written_to_after_the_end(ready):
    report(ready)
    assert take(ready, at=LEFT + 42 * DAY) == []


def test_only_the_units_own_patients(ready):
    report(ready)
    report(ready, "v2", unit_code=YI)
    assert take(ready, unit=YI) == [("v2", "first")]
    assert count_due(ready, unit_code="bing", now=NOW) == {"first": 0, "reminder": 0}


def test_a_page_of_patients_is_bounded_and_the_next_call_goes_on(ready):
    for number in range(7):
        report(ready, f"v{number}", discharged_at=LEFT + number * timedelta(minutes=1))
    assert [visit for visit, _ in take(ready, limit=3)] == ["v0", "v1", "v2"]
    assert [visit for visit, _ in take(ready, limit=3)] == ["v3", "v4", "v5"]
    assert [visit for visit, _ in take(ready, limit=3)] == ["v6"]


def test_looking_further_than_one_reading_when_the_first_are_not_due(ready, monkeypatch):
    monkeypatch.setattr("surveys.fielding.contacts._AT_A_TIME", 2)
    set_surveys(ready, kinds={"outpatient": {"contact_after_hours": 24}})
    for number in range(5):
        report(ready, f"late{number}", discharged_at=LEFT - number * DAY)
        opens_in_chat(ready, f"late{number}", who=("telegram", f"8{number}"), at=NOW)
    report(ready, "due", discharged_at=LEFT + HOUR)
    assert take(ready) == [("due", "first")]


def test_handing_out_is_audited_with_numbers(ready):
    report(ready)
    take(ready)
    row = ready.scalars(select(AuditRow).where(AuditRow.action == "hand_out_links")).one()
    assert (row.actor, row.subject, row.details) == ("api:his", f"unit:{JIA}", {"count": 1, "reminders": 0})


# ── in chat, and from chat to link ─────────────────────────────────────────────────────────────────────────────────


def test_who_left_in_a_chat_is_reminded_there_and_by_link_when_that_was_in_vain(ready):
    report(ready)
    opens_in_chat(ready)
    begun = NOW + DAY + timedelta(seconds=1)
    [reminder] = chat_reminders(ready, now=begun)
    assert (reminder.channel, reminder.account) == MEI
    assert (reminder.response_id, reminder.language, reminder.number) == ("r-v1", "zh", 1)
    note_chat_reminder(ready, invitation_id="i-v1", now=begun)
    for hours in range(0, 72, 6):
        at = begun + hours * HOUR
        assert (chat_reminders(ready, now=at), take(ready, at=at)) == ([], [])
    assert take(ready, at=begun + 3 * DAY) == [("v1", "reminder")]
    assert stands(ready)[0] == "started"
    for days in range(4, 36):
        at = begun + days * DAY
        assert (chat_reminders(ready, now=at), take(ready, at=at)) == ([], [])


def test_without_consent_and_once_sent_nobody_is_reminded(ready):
    report(ready)
    channel, account = MEI
    ready.add(Chat(channel=channel, address=account, kind="private", title="", state="active", seen_at=NOW))
    open_ticket(ready, ticket="t-v1", mode="chat", channel=channel, account=account, new_id="r1", now=NOW)
    assert chat_reminders(ready, now=NOW + 2 * DAY) == []


def test_a_chat_that_is_lost_is_given_up_for_a_link(ready):
    report(ready)
    opens_in_chat(ready)
    ready.execute(update(Chat).values(state="blocked"))
    later = NOW + 3 * DAY
    assert chat_reminders(ready, now=later) == []
    assert note_unreachable(ready, now=later) == 1
    assert stands(ready) == ("unreachable", "chat_blocked")
    assert take(ready, at=later) == [("v1", "reminder")]
    assert stands(ready) == ("delivered", "reminded_by_link")
    assert note_unreachable(ready, now=later) == 0
    assert stands(ready) == ("delivered", "reminded_by_link")


def test_posters_and_test_links_are_written_to_by_nobody(ready):
    from surveys.fielding.posters import make_poster, open_poster
    from surveys.fielding.versions import make_test_link

    set_surveys(ready, kinds={"outpatient": {"contact_after_hours": 0}})  # nothing but their stream holds them back
    make_poster(ready, unit_code=JIA, department="", kind="outpatient", code="abcdefgh", actor="person:chen", now=NOW)
    open_poster(ready, code="abcdefgh", language="zh", ticket="t-poster", new_id="ip", now=NOW)
    make_test_link(ready, questionnaire=("outpatient", "1"), language="zh", ticket="t-test", new_id="it",
                   actor="person:chen", now=NOW)  # fmt: skip
    ready.execute(update(Invitation).values(expires_at=NOW + 10 * DAY))
    opens_in_chat(ready, "poster")
    for hours in range(0, 9 * 24, 12):
        at = NOW + hours * HOUR
        assert (chat_reminders(ready, now=at), take(ready, at=at)) == ([], [])
    ready.execute(update(Invitation).values(stream="visit"))
    assert [each.response_id for each in chat_reminders(ready, now=NOW + 2 * DAY)] == ["r-poster"]
