"""Invitations: one for a visit, tickets kept as hashes, odd values refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text

from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.invitations import AHEAD, WINDOW, Invited, add_ticket, invite
from surveys.models import Invitation, Ticket
from surveys.responses import open_ticket, send_response
from tests.surveys.cast import BEST, JIA, LEFT, MEI, NOW, TICKET, YI, fill, invite_visit
from tests.surveys.hostile import HOSTILE


def invite_mei(session, **changes) -> Invited:
    values = {
        "unit_code": JIA, "visit": "2026-001", "kind": "outpatient", "discharged_at": LEFT, "language": "zh",
        "ticket": TICKET, "new_id": "i1", "actor": "api:his", "now": NOW,
    }  # fmt: skip
    return invite(session, **(values | changes))


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_invite_opens_a_window_of_six_weeks_from_discharge(ready):
    assert timedelta(days=42) == WINDOW
    assert invite_mei(ready) == Invited("i1", LEFT + timedelta(days=42), is_new=True)


def test_invite_keeps_the_questionnaire_of_the_day_and_no_ticket(ready):
    invite_mei(ready)
    stored = ready.scalars(select(Invitation)).one()
    assert (stored.questionnaire_id, stored.questionnaire_version) == ("outpatient", "1")
    assert (stored.unit_code, stored.visit, stored.kind, stored.language) == (JIA, "2026-001", "outpatient", "zh")
    ticket = ready.scalars(select(Ticket)).one()
    assert (len(ticket.hash), ticket.invitation_id) == (64, "i1")
    for table in ("invitation", "ticket", "audit"):
        assert TICKET not in str(ready.execute(text(f"select * from {table}")).all())


def test_invite_of_the_same_visit_again_gives_the_first_invitation_and_takes_no_ticket(ready):
    invite_mei(ready)
    again = invite_mei(ready, ticket="another", new_id="i2", discharged_at=NOW, language="en", now=NOW + WINDOW)
    assert again == Invited("i1", LEFT + WINDOW, is_new=False)
    assert ready.scalar(select(func.count()).select_from(Ticket)) == 1
    assert ready.scalar(select(Invitation.language)) == "zh"
    assert code_of(lambda: open_ticket(ready, ticket="another", mode="page", new_id="r", now=NOW)) == "ticket_unknown"


def test_invite_of_the_same_visit_number_in_another_unit_is_another_visit(ready):
    invite_mei(ready)
    assert invite_mei(ready, unit_code=YI, ticket="t2", new_id="i2").is_new


REFUSED = [
    ({"unit_code": "nobody"}, "unit_unknown"),
    ({"kind": "inpatient"}, "kind_without_questionnaire"),
    ({"kind": ""}, "kind_without_questionnaire"),
    ({"language": "fr"}, "invitation_language"),
    ({"language": ""}, "invitation_language"),
    ({"visit": ""}, "visit_invalid"),
    ({"visit": " v1"}, "visit_invalid"),
    ({"visit": "v" * 65}, "visit_invalid"),
    ({"visit": "a\x00b"}, "visit_invalid"),
    ({"visit": "a\nb"}, "visit_invalid"),
    ({"visit": "a\u3000b"}, "visit_invalid"),
    ({"visit": "\ud800"}, "visit_invalid"),
    ({"visit": "\u202ev1"}, "visit_invalid"),
    ({"visit": "e\u0301"}, "visit_invalid"),
    ({"discharged_at": NOW + AHEAD + timedelta(microseconds=1)}, "discharge_ahead"),
    ({"discharged_at": datetime(2062, 1, 1, tzinfo=UTC)}, "discharge_ahead"),
]
TAKEN = [
    {"visit": "v"},
    {"visit": "门诊 2026/10-001#甲"},
    {"visit": "v" * 64},
    {"language": "en"},
    {"discharged_at": NOW + AHEAD},
    {"discharged_at": NOW - timedelta(days=400)},
    {"discharged_at": LEFT.astimezone(timezone(timedelta(hours=8)))},
]


def test_invite_refuses_what_cannot_be_meant(ready):
    for changes, code in REFUSED:
        assert code_of(lambda changes=changes: invite_mei(ready, **changes)) == code
    assert ready.scalar(select(func.count()).select_from(Invitation)) == 0


def test_invite_takes_what_can(ready):
    for number, changes in enumerate(TAKEN):
        values = {"visit": f"v-{number}", "ticket": f"t{number}", "new_id": f"i{number}", **changes}
        assert invite_mei(ready, **values).is_new


def test_invite_takes_a_hostile_visit_as_it_is_or_not_at_all(ready):
    taken, codes = [], set()
    for number, visit in enumerate(HOSTILE):
        try:
            invite_mei(ready, visit=visit, ticket=f"t{number}", new_id=f"i{number}")
        except DomainError as refused:
            codes.add(refused.code)
        else:
            taken.append(visit)
    assert codes == {"visit_invalid"}
    assert set(ready.scalars(select(Invitation.visit))) == set(taken)
    assert not any("\x00" in visit or visit != visit.strip() for visit in taken)


def test_invite_long_after_the_visit_makes_an_invitation_that_is_over(ready):
    invited = invite_mei(ready, discharged_at=NOW - WINDOW)
    assert invited.expires_at == NOW
    assert code_of(lambda: open_ticket(ready, ticket=TICKET, mode="page", new_id="r", now=NOW)) == "ticket_expired"


def test_invite_writes_one_audit_row_without_the_visit(ready):
    before = ready.scalar(select(func.count()).select_from(AuditRow))
    invite_mei(ready)
    invite_mei(ready)
    rows = ready.scalars(select(AuditRow).order_by(AuditRow.id)).all()[before:]
    assert [(row.actor, row.action, row.subject, row.details) for row in rows] == [
        ("api:his", "invite", "invitation:i1", {"unit": JIA, "kind": "outpatient"})
    ]


def test_invite_with_a_ticket_that_exists_is_a_fault(ready):
    invite_mei(ready)
    assert code_of(lambda: invite_mei(ready, visit="2026-002", new_id="i2")) == "ticket_repeated"


def test_add_ticket_opens_the_same_response_and_the_first_stays_good(ready):
    invitation = invite_visit(ready)
    add_ticket(ready, invitation_id=invitation, ticket="second", now=NOW)
    channel, account = MEI
    one = open_ticket(ready, ticket="second", mode="chat", channel=channel, account=account, new_id="r1", now=NOW)
    other = open_ticket(ready, ticket=TICKET, mode="page", new_id="r2", now=NOW)
    assert (one.response_id, other.response_id) == ("r1", "r1")


def test_add_ticket_refuses_unknown_used_and_expired_invitations(ready):
    response = fill(ready, BEST, "v9")
    send_response(ready, response_id=response, receipt_code="code", now=NOW)
    invitation = invite_visit(ready)
    expiry = LEFT + WINDOW
    last = expiry - timedelta(microseconds=1)
    assert code_of(lambda: add_ticket(ready, invitation_id="nobody", ticket="x", now=NOW)) == "invitation_unknown"
    assert code_of(lambda: add_ticket(ready, invitation_id="i-jia-v9", ticket="x", now=NOW)) == "ticket_used"
    assert code_of(lambda: add_ticket(ready, invitation_id=invitation, ticket="x", now=expiry)) == "ticket_expired"
    add_ticket(ready, invitation_id=invitation, ticket="x", now=last)
    assert code_of(lambda: add_ticket(ready, invitation_id=invitation, ticket="x", now=NOW)) == "ticket_repeated"
