"""Lists of visits: looked over, invited all or not at all, given back with links; nothing of the draw before that."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from locales.errors import DomainError, explain
from storage.audit import AuditRow
from storage.base import Base
from surveys.fielding.contacts import take_contacts
from surveys.fielding.list_links import links_of
from surveys.fielding.models import VisitList
from surveys.fielding.visit_files import VisitRow, read_visits
from surveys.fielding.visit_lists import (
    LIFETIME,
    drop_list,
    invite_visits,
    keep_list,
    may_field,
    preview_visits,
)
from surveys.models import Invitation, Ticket
from surveys.responses import open_ticket
from tests.surveys.cast import JIA, LEFT, NOW, YI
from tests.surveys.fielding.cast import (
    DAY,
    HOUR,
    SECRET,
    actor,
    chen,
    fielded,
    half,
    li,
    report,
    set_surveys,
    tokens,
    wang,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def row(visit: str, line: int = 2, **changes) -> VisitRow:
    values = {"kind": "outpatient", "discharged_at": LEFT, "language": "zh", "person": None} | changes
    return VisitRow(line, visit, **values)


def look(session, *rows: VisitRow, unit=JIA, now=NOW):
    return preview_visits(session, unit_code=unit, visits=rows, file="list.csv", secret=SECRET, now=now)


def kept(session, *rows: VisitRow, who=None, now=NOW, new_id="l1") -> str:
    preview = look(session, *rows, now=now)
    assert preview.findings == ()
    person = who or li(session)
    return keep_list(session, unit_code=JIA, rows=preview.rows, actor=person, new_id=new_id, now=now).id


def invited(session, list_id="l1", *, who=None, now=NOW):
    return invite_visits(session, list_id=list_id, actor=who or li(session), token=tokens("i"), now=now)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def everything(session) -> dict[str, int]:
    return {t.name: session.scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}


def test_a_preview_tells_new_from_known_and_repeated_and_changes_nothing(ready):
    report(ready, "v2")
    before = everything(ready)
    preview = look(ready, row("v1"), row("v2", 3), row("v1", 4), row("v3", 5))
    assert [each.outcome for each in preview.rows] == ["new", "known", "repeated", "new"]
    assert (preview.count("new"), preview.count("known"), preview.count("repeated")) == (2, 1, 1)
    assert preview.findings == ()
    assert everything(ready) == before


FAULTS = [
    ((row("v1"), row("v1", 3, language="en")), [("line 3, visit", "visit_twice", {"first": 2})]),
    ((row("v" * 65),), [("line 2, visit", "visit_invalid", {"limit": 64})]),
    ((row("v1", kind="inpatient"),), [("line 2, kind", "kind_without_questionnaire", {"kind": "inpatient"})]),
    ((row("v1", discharged_at=NOW - 42 * DAY),), [("line 2, discharged_at", "discharge_long_ago", {"days": 42})]),
    ((row("v1", discharged_at=NOW + 2 * DAY),), [("line 2, discharged_at", "discharge_ahead", None)]),
]


@pytest.mark.parametrize(("rows", "expected"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_names_row_column_and_reason_and_leaves_no_row(ready, rows, expected):
    preview = look(ready, row("good", 9), *rows)
    assert preview.rows == ()
    assert [(each.key, each.code) for each in preview.findings] == [each[:2] for each in expected]
    for finding, (_, _, details) in zip(preview.findings, expected, strict=True):
        assert details is None or dict(finding.details) == details
        assert all(explain(language, finding) for language in ("zh", "en"))


def test_faults_of_the_file_and_of_the_rows_are_told_together_in_the_order_of_the_file(ready):
    from locales.errors import Finding

    found = [Finding("list.csv", "line 3, language", "invitation_language", {"value": "fr"}),
             Finding("list.csv", "file", "visits_missing")]  # fmt: skip
    preview = preview_visits(ready, unit_code=JIA, visits=[row("v1", 2, kind="x"), row("v2", 10, kind="y")],
                             file="list.csv", secret=SECRET, now=NOW, faults=found)  # fmt: skip
    assert preview.rows == ()
    assert [each.key for each in preview.findings] == ["file", "line 2, kind", "line 3, language", "line 10, kind"]


def test_a_preview_is_the_same_whoever_the_draw_would_take(ready):
    before = look(ready, *(row(f"v{n}", n) for n in range(2, 30)))
    half(ready)
    assert look(ready, *(row(f"v{n}", n) for n in range(2, 30))) == before


def test_only_the_office_and_the_units_own_people_may_send_lists(ready):
    assert may_field(chen(ready), JIA)
    assert may_field(li(ready), JIA)
    assert not may_field(wang(ready), JIA)
    assert not may_field(actor(ready, "gao", "auditor"), JIA)
    preview = look(ready, row("v1"))
    act = {"unit_code": JIA, "rows": preview.rows, "new_id": "l1", "now": NOW}
    assert code_of(lambda: keep_list(ready, actor=wang(ready), **act)) == "not_allowed"


def test_a_list_is_invited_whole_once_and_each_visit_once(ready):
    report(ready, "v2")
    kept(ready, row("v1"), row("v2", 3), row("v1", 4), row("v3", 5))
    done = invited(ready)
    assert [each.outcome for each in done] == ["new", "known", "repeated", "new"]
    assert [each.invitation_id for each in done] == ["i0", None, None, "i2"]
    again = invited(ready)
    assert again == done
    assert ready.scalar(select(func.count()).select_from(Invitation)) == 3
    row_of_it = ready.scalars(select(AuditRow).where(AuditRow.action == "invite_visit_list")).one()
    assert (row_of_it.actor, row_of_it.subject, row_of_it.details) == (
        "person:li", f"unit:{JIA}", {"rows": 4, "invited": 2},
    )  # fmt: skip


def test_the_same_list_a_second_time_invites_nobody(ready):
    kept(ready, row("v1"), row("v2", 3))
    invited(ready)
    kept(ready, row("v1"), row("v2", 3), new_id="l2")
    assert [each.outcome for each in invited(ready, "l2")] == ["known", "known"]
    assert {link.ticket for link in links_of(ready, list_id="l2", actor=li(ready), token=tokens(), now=NOW)} == {None}


def test_a_rule_that_broke_meanwhile_leaves_nothing_half_done(ready):
    kept(ready, row("v1"), row("v2", 3, kind="outpatient"))
    ready.execute(VisitList.__table__.update().values(rows=[*ready.get_one(VisitList, "l1").rows[:1],
                  [3, "v2", "gone", LEFT.isoformat(), "zh", None, "new", None]]))  # fmt: skip
    ready.expire_all()
    with pytest.raises(DomainError) as refused, ready.begin_nested():
        invited(ready)
    assert refused.value.code == "kind_without_questionnaire"
    ready.expire_all()
    assert ready.scalar(select(func.count()).select_from(Invitation)) == 0
    assert ready.get_one(VisitList, "l1").invited_at is None


def test_links_open_the_survey_and_say_from_when_to_send_them(ready):
    kept(ready, row("old"), row("fresh", 3, discharged_at=NOW - HOUR))
    invited(ready)
    links = links_of(ready, list_id="l1", actor=li(ready), token=tokens("t"), now=NOW)
    assert [(each.visit.visit, each.send_from, each.send_until) for each in links] == [
        ("old", NOW, LEFT + 42 * DAY),
        ("fresh", NOW + 47 * HOUR, NOW - HOUR + 42 * DAY),
    ]
    for place, link in enumerate(links):
        assert open_ticket(ready, ticket=link.ticket, mode="page", new_id=f"r{place}", now=NOW).unit_code == JIA
    assert (fielded(ready, "i0").contacted_at, fielded(ready, "i1").contacted_at) == (NOW, NOW + 47 * HOUR)
    assert fielded(ready, "i0").disposition == "started"


def test_whoever_stands_in_the_file_is_in_no_list_of_first_contacts_but_is_reminded(ready):
    kept(ready, row("v1"))
    invited(ready)
    links_of(ready, list_id="l1", actor=li(ready), token=tokens("t"), now=NOW)
    found = [
        (day, contact.occasion)
        for day in range(10)
        for contact in take_contacts(
            ready, unit_code=JIA, limit=9, token=tokens(f"{day}-"), actor="api:his", now=NOW + day * DAY
        )
    ]
    assert found == [(3, "reminder"), (6, "reminder")]


def test_links_can_be_fetched_again_with_fresh_tickets_and_count_as_one_contact(ready):
    kept(ready, row("v1"))
    invited(ready)
    first = links_of(ready, list_id="l1", actor=li(ready), token=tokens("a"), now=NOW)
    second = links_of(ready, list_id="l1", actor=li(ready), token=tokens("b"), now=NOW + HOUR)
    assert (first[0].ticket, second[0].ticket) == ("a0", "b0")
    assert fielded(ready, "i0").contacted_at == NOW
    assert ready.scalar(select(func.count()).select_from(Ticket)) == 2


def test_who_answered_meanwhile_gets_no_link(ready):
    from surveys.fielding.dispositions import note
    from surveys.models import Response

    kept(ready, row("v1"), row("v2", 3))
    invited(ready)
    links_of(ready, list_id="l1", actor=li(ready), token=tokens("a"), now=NOW)
    open_ticket(ready, ticket="a0", mode="page", new_id="r0", now=NOW)
    ready.execute(Response.__table__.update().values(state="sent", consented_at=NOW, sent_at=NOW, period="2026-10",
                  receipt_hash="x"))  # fmt: skip
    note(ready, invitation_id="i0", disposition="complete", now=NOW)
    again = links_of(ready, list_id="l1", actor=li(ready), token=tokens("b"), now=NOW)
    assert [each.ticket for each in again] == [None, "b0"]


def test_who_was_invited_recently_and_who_was_not_drawn_have_no_link(ready):
    set_surveys(ready, person_days=90)
    half(ready)
    rows = [row(f"v{n}", n, person="4711" if n < 30 else None) for n in range(2, 60)]
    kept(ready, *rows)
    invited(ready)
    links = links_of(ready, list_id="l1", actor=li(ready), token=tokens("t"), now=NOW)
    outcomes = {each.visit.outcome for each in links}
    assert outcomes == {"new", "recent", "undrawn"}
    assert all((each.ticket is not None) == (each.visit.outcome == "new") for each in links)
    assert sum(each.visit.outcome == "new" for each in links[:28]) == 1


def test_a_list_is_its_makers_and_the_offices_and_ends_after_two_hours(ready):
    kept(ready, row("v1"))
    assert code_of(lambda: invited(ready, who=wang(ready))) == "visit_list_gone"
    other = actor(ready, "lu", "representative", units=(JIA,))
    assert code_of(lambda: invited(ready, who=other)) == "visit_list_gone"
    assert code_of(lambda: invited(ready, "l9")) == "visit_list_gone"
    assert code_of(lambda: invited(ready, now=NOW + LIFETIME)) == "visit_list_gone"
    assert code_of(lambda: links_of(ready, list_id="l1", actor=li(ready), token=tokens(), now=NOW)) == "visit_list_gone"
    assert len(invited(ready, who=chen(ready), now=NOW + LIFETIME - MINUTE)) == 1


def test_who_no_longer_represents_the_unit_cannot_go_on(ready):
    from consortium.models import Role

    kept(ready, row("v1"))
    ready.execute(Role.__table__.delete())
    ready.expire_all()
    assert code_of(lambda: invited(ready, who=actor(ready, "li"))) == "visit_list_gone"


def test_a_new_list_replaces_the_one_that_waited(ready):
    kept(ready, row("v1"))
    kept(ready, row("v2"), new_id="l2")
    assert ready.scalars(select(VisitList.id)).all() == ["l2"]


def test_neither_the_file_nor_a_person_is_stored(ready):
    content = "visit,kind,discharged_at,language,person\nV1,outpatient,2026-10-17,zh,330106199901011234\n"
    visits, findings = read_visits(content.encode(), file="secret-name.csv", zone=SHANGHAI)
    assert findings == []
    kept(ready, *visits)
    invited(ready)
    for table in Base.metadata.sorted_tables:
        stored = str(ready.execute(select(table)).all())
        assert "330106199901011234" not in stored
        assert "secret-name" not in stored


def test_a_list_to_another_unit_is_another_list(ready):
    kept(ready, row("v1"))
    invited(ready)
    preview = look(ready, row("v1"), unit=YI)
    assert [each.outcome for each in preview.rows] == ["new"]


def test_thinking_better_of_a_list_removes_it_and_invites_nobody(ready):
    keep(ready)
    assert drop_list(ready, list_id="l1", actor=li(ready), now=NOW).invited_at is None
    assert ready.scalars(select(VisitList)).all() == []
    assert code_of(lambda: invite_visits(ready, list_id="l1", actor=li(ready), token=tokens(), now=NOW)) == (
        "visit_list_gone"
    )
    row = ready.scalars(select(AuditRow).where(AuditRow.action == "drop_visit_list")).one()
    assert (row.actor, row.subject, row.details) == ("person:li", f"unit:{JIA}", {"rows": 1})


def test_an_invited_list_or_somebody_elses_cannot_be_dropped(ready):
    keep(ready)
    assert code_of(lambda: drop_list(ready, list_id="l1", actor=wang(ready), now=NOW)) == "visit_list_gone"
    invite_visits(ready, list_id="l1", actor=li(ready), token=tokens(), now=NOW)
    assert drop_list(ready, list_id="l1", actor=li(ready), now=NOW).invited_at == NOW
    assert ready.scalars(select(VisitList.id)).all() == ["l1"]
    assert ready.scalars(select(AuditRow).where(AuditRow.action == "drop_visit_list")).all() == []


def keep(session) -> None:
    looked = preview_visits(
        session, unit_code=JIA, visits=[VisitRow(2, "v1", "outpatient", LEFT, "zh", None)], file="f", secret=SECRET,
        now=NOW,
    )  # fmt: skip
    keep_list(session, unit_code=JIA, rows=looked.rows, actor=li(session), new_id="l1", now=NOW)
