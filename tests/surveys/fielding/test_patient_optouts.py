"""No for good, by every door that a link reaches: what was invited is refused, and no later visit invites."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.fielding.contacts import take_contacts
from surveys.fielding.models import Fielded, PersonOptOut
from surveys.fielding.optouts import has_opted_out, opt_in, opt_out
from surveys.fielding.patient_optouts import (
    decline,
    may_decline,
    opt_out_invitation,
    opt_out_person,
    opt_out_visit,
)
from surveys.fielding.person_optouts import barred_persons, readmit_persons
from surveys.fielding.visits import NewVisit, report_visits
from surveys.invitations import invite_aside
from surveys.models import Ticket
from surveys.responses import open_ticket, record_page, send_response
from surveys.sittings import view_ticket
from tests.surveys.cast import BEST, JIA, LEFT, MEI, NOW, YI
from tests.surveys.fielding.cast import DAY, opens_in_chat, report, set_surveys, stands, tokens

MEIS, SISTERS = "a" * 64, "b" * 64
BY_PHONE = {"unit_code": JIA, "actor": "person:li", "now": NOW}


def test_no_this_time_is_about_this_survey_only(ready):
    report(ready, "v1", person_key=MEIS)
    assert decline(ready, ticket="t-v1", is_for_good=False, now=NOW) is False
    assert stands(ready) == ("refused", "declined")
    assert barred_persons(ready, person_keys=[MEIS]) == set()
    assert report(ready, "v2", person_key=MEIS, now=NOW + 90 * DAY).outcome == "new"


def test_no_for_good_covers_what_is_invited_and_whatever_comes_later(ready):
    set_surveys(ready, person_days=0)
    report(ready, "v1", person_key=MEIS)
    report(ready, "v2", person_key=MEIS)
    report(ready, "hers", person_key=SISTERS)
    assert decline(ready, ticket="t-v1", is_for_good=True, now=NOW) is True
    assert [stands(ready, f"i-{visit}") for visit in ("v1", "v2")] == [("refused", "opted_out")] * 2
    assert stands(ready, "i-hers")[0] == "delivered"
    for days in (1, 400, 4000):
        then = NOW + days * DAY
        again = report(ready, f"later {days}", person_key=MEIS, discharged_at=then, now=then)
        assert again.outcome == "recent"
    assert stands(ready, "i-later 400") == ("ineligible", "opted_out")
    tickets = ready.scalars(select(Ticket.invitation_id)).all()
    assert [each for each in tickets if "later" in each] == []
    assert report(ready, "hers again", person_key=SISTERS).outcome == "new"


def test_nobody_who_said_no_is_given_out_to_be_written_to(ready):
    report(ready, "v1", person_key=MEIS, ticket=None)
    report(ready, "hers", person_key=SISTERS, ticket=None)
    opt_out_visit(ready, visit="v1", **BY_PHONE)
    taken = take_contacts(
        ready, unit_code=JIA, limit=9, token=tokens(), actor="api:his", now=LEFT + timedelta(days=4, hours=2)
    )
    assert [each.visit for each in taken] == ["hers"]


def test_without_a_reference_of_the_person_only_the_invitation_can_be_closed(ready):
    report(ready, "v1")
    assert decline(ready, ticket="t-v1", is_for_good=True, now=NOW) is False
    assert stands(ready) == ("refused", "opted_out")
    assert ready.scalar(select(func.count()).select_from(PersonOptOut)) == 0
    assert report(ready, "v2").outcome == "new"


def test_the_chat_it_was_opened_in_is_written_to_no_more(ready):
    report(ready, "v1", person_key=MEIS)
    opens_in_chat(ready, "v1")
    opt_out_visit(ready, visit="v1", **BY_PHONE)
    assert has_opted_out(ready, channel=MEI[0], account=MEI[1])


def test_by_the_hospitals_own_reference_before_any_visit(ready):
    opt_out_person(ready, person_key=MEIS, actor="api:his", now=NOW)
    opt_out_person(ready, person_key=MEIS, actor="api:his", now=NOW + DAY)
    assert report(ready, "v1", person_key=MEIS).outcome == "recent"
    assert ready.scalars(select(PersonOptOut.since)).all() == [NOW]


def test_minds_may_change_while_the_link_is_good(ready):
    report(ready, "v1", person_key=MEIS)
    decline(ready, ticket="t-v1", is_for_good=True, now=NOW)
    draft = open_ticket(ready, ticket="t-v1", mode="page", new_id="r-v1", now=NOW + DAY)
    assert stands(ready)[0] == "started"
    readmit_persons(ready, invitation_ids=[draft.invitation_id])
    assert barred_persons(ready, person_keys=[MEIS]) == set()


def test_what_was_answered_stays_answered(ready):
    set_surveys(ready, person_days=0)
    report(ready, "v1", person_key=MEIS)
    report(ready, "v2", person_key=MEIS)
    response = opens_in_chat(ready, "v1")
    record_page(ready, response_id=response, answers=BEST, now=NOW)
    send_response(ready, response_id=response, receipt_code="7Q2M-0KXD-94TB", now=NOW)
    opt_out_visit(ready, visit="v2", **BY_PHONE)
    assert stands(ready, "i-v1") == ("complete", None)
    assert stands(ready, "i-v2") == ("refused", "opted_out")


@pytest.mark.parametrize("visit", ["never reported", "", "v1 "])
def test_a_visit_nobody_invited_is_named(ready, visit):
    report(ready, "v1")
    with pytest.raises(DomainError) as refused:
        opt_out_visit(ready, visit=visit, **BY_PHONE)
    assert (refused.value.code, refused.value.details) == ("visit_unknown", {"visit": visit})
    with pytest.raises(DomainError) as refused:
        opt_out_visit(ready, **(BY_PHONE | {"unit_code": YI}), visit="v1")
    assert refused.value.code == "visit_unknown"


def test_only_who_was_invited_can_decline(ready):
    invite_aside(
        ready, stream="poster", unit_code=JIA, visit="p1", kind="outpatient", language="zh",
        questionnaire=("outpatient", "1"), lifetime=DAY, ticket="t-p1", new_id="i-p1", actor="patient", now=NOW,
    )  # fmt: skip
    assert not may_decline(view_ticket(ready, ticket="t-p1", now=NOW))
    with pytest.raises(DomainError) as refused:
        decline(ready, ticket="t-p1", is_for_good=True, now=NOW)
    assert refused.value.code == "ticket_unknown"


def test_a_list_with_a_person_who_is_out_leaves_the_others_in(ready):
    opt_out_person(ready, person_key=MEIS, actor="api:his", now=NOW)
    visits = [
        NewVisit(f"v{number}", "outpatient", LEFT, "zh", f"i-v{number}", None, key)
        for number, key in enumerate((MEIS, SISTERS, None, MEIS))
    ]
    outcomes = report_visits(ready, unit_code=JIA, visits=visits, now=NOW)
    assert [each.outcome for each in outcomes] == ["recent", "new", "new", "recent"]


def test_the_trail_says_who_noted_it_and_never_the_person(ready):
    report(ready, "v1", person_key=MEIS)
    opt_out_visit(ready, visit="v1", **BY_PHONE)
    opt_out_person(ready, person_key=SISTERS, actor="api:his", now=NOW)
    rows = ready.scalars(select(AuditRow).where(AuditRow.action == "opt_out_patient").order_by(AuditRow.id)).all()
    assert [(row.actor, row.subject) for row in rows] == [("person:li", "invitation:i-v1"), ("api:his", "person")]
    assert all(MEIS not in str(row.details) and SISTERS not in str(row.details) for row in rows)


def test_again_changes_nothing(ready):
    report(ready, "v1", person_key=MEIS)
    for _ in range(2):
        assert opt_out_invitation(ready, invitation_id="i-v1", actor="person:li", now=NOW) is True
    changes = ready.scalar(select(Fielded.changes).where(Fielded.invitation_id == "i-v1"))
    assert changes == 2  # invited, delivered, refused


def test_stop_in_a_chat_is_heard_by_the_hospitals_links_too_and_can_be_taken_back_there(ready):
    set_surveys(ready, person_days=0)
    report(ready, "v1", person_key=MEIS)
    opens_in_chat(ready, "v1")
    opt_out(ready, channel=MEI[0], account=MEI[1], now=NOW)
    assert report(ready, "v2", person_key=MEIS).outcome == "recent"
    opt_in(ready, channel=MEI[0], account=MEI[1], now=NOW)
    assert report(ready, "v3", person_key=MEIS).outcome == "new"
