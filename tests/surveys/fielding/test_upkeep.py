"""What time does: invitations expire with what they came to, test links and lists go without a trace."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.models import TextPrompt
from storage.audit import AuditRow
from surveys.fielding.dispositions import history, note
from surveys.fielding.models import DispositionChange, Fielded, VisitList
from surveys.fielding.upkeep import expire_invitations, remove_leftovers
from surveys.fielding.versions import make_test_link
from surveys.models import Answer, Invitation, Response, Ticket
from surveys.responses import give_consent, open_ticket, record_page
from tests.surveys.cast import JIA, LEFT, NOW
from tests.surveys.fielding.cast import DAY, HOUR, chen, report, stands

END = LEFT + 42 * DAY
WAYS = {
    "invited": [], "delivered": ["delivered"], "started": ["started"], "partial": ["started", "partial"],
    "unreachable": ["unreachable"], "complete": ["complete"], "refused": ["refused"],
}  # fmt: skip


def test_what_is_open_expires_at_the_end_and_says_how_far_it_had_come(ready):
    for visit, steps in WAYS.items():
        report(ready, visit, ticket=None)
        for step in steps:
            note(ready, invitation_id=f"i-{visit}", disposition=step, now=NOW)
    assert expire_invitations(ready, now=END - HOUR) == 0
    assert expire_invitations(ready, now=END) == 5
    assert {visit: stands(ready, f"i-{visit}") for visit in WAYS} == {
        "invited": ("expired", "invited"),
        "delivered": ("expired", "delivered"),
        "started": ("expired", "started"),
        "partial": ("expired", "partial"),
        "unreachable": ("expired", "unreachable"),
        "complete": ("complete", None),
        "refused": ("refused", None),
    }
    last = history(ready, invitation_id="i-partial")[-1]
    assert (last.number, last.disposition, last.reason, last.at) == (3, "expired", "partial", END)
    assert expire_invitations(ready, now=END + DAY) == 0
    assert [row.details for row in ready.scalars(select(AuditRow).where(AuditRow.action == "expire_invitations"))] == [
        {"count": 5}
    ]


def test_a_test_link_goes_after_a_day_with_everything_that_came_of_it(ready):
    report(ready)
    make_test_link(ready, questionnaire=("outpatient", "1"), language="zh", ticket="tt", new_id="it",
                   actor="person:chen", now=NOW)  # fmt: skip
    draft = open_ticket(ready, ticket="tt", mode="chat", channel="telegram", account="9", new_id="rt", now=NOW)
    give_consent(ready, response_id=draft.response_id, now=NOW)
    record_page(ready, response_id="rt", answers={"clean": ("5",)}, now=NOW)
    ready.add(TextPrompt(channel="telegram", chat="9", response_id="rt", question_id="clean", revision=1))
    ready.flush()
    before = counts(ready)
    assert remove_leftovers(ready, now=NOW + DAY - HOUR) == 0
    assert remove_leftovers(ready, now=NOW + DAY) == 1
    assert counts(ready) == {
        **before, "invitation": 1, "ticket": 1, "response": 0, "answer": 0, "fielded": 1, "text_prompt": 0,
        "disposition_change": 2,
    }  # fmt: skip
    assert ready.scalars(select(Invitation.id)).all() == ["i-v1"]
    assert remove_leftovers(ready, now=NOW + 2 * DAY) == 0


def counts(session) -> dict[str, int]:
    tables = (Invitation, Ticket, Response, Answer, Fielded, DispositionChange, TextPrompt, VisitList)
    return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables}


def test_lists_that_nobody_fetched_go_when_their_time_is_over(ready):
    actor = chen(ready)
    for number, hours in (("l1", 1), ("l2", 2)):
        ready.add(VisitList(id=number, unit_code=JIA, made_by=actor.person_id, rows=[], created_at=NOW,
                            expires_at=NOW + hours * HOUR))  # fmt: skip
    ready.flush()
    assert remove_leftovers(ready, now=NOW + HOUR) == 1
    assert ready.scalars(select(VisitList.id)).all() == ["l2"]
