"""Links for a group without a list: random serials, blind surveys only, for those who field for the unit."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from consortium.permissions import Actor
from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.audiences.handing_out import make_links
from surveys.audiences.invariants import check_audiences
from surveys.models import Invitation
from surveys.questionnaires import apply_questionnaire
from surveys.responses import view_ticket
from tests.surveys.cast import JIA, NOW, YI, outpatient_document

LI = Actor(person_id="li", name="李敏", language="zh", roles=frozenset({"representative"}), units=frozenset({JIA}))
numbers = itertools.count(1)


def token() -> str:
    return f"{next(numbers):022d}"[::-1]


def make(session, count: int = 3, **more):
    given = {"unit_code": JIA, "kind": "staff", "group": " 外科 ", "language": "zh", "actor": LI, **more}
    return make_links(session, count=count, token=token, now=NOW, **given)


def test_links_open_the_survey_and_stand_for_nobody(ready):
    made = make(ready)
    assert len({each.serial for each in made} | {each.ticket for each in made}) == 6
    assert all(view_ticket(ready, ticket=each.ticket, now=NOW).questionnaire.is_blind for each in made)
    rows = ready.execute(select(Invitation.group_name, Invitation.kind, Invitation.unit_code)).all()
    assert [tuple(row) for row in rows] == [("外科", "staff", JIA)] * 3
    assert check_audiences(ready) == []
    audited = ready.scalars(select(AuditRow).where(AuditRow.action == "make_links")).one()
    assert audited.details == {"kind": "staff", "count": 3}
    assert made[0].ticket not in repr(made[0])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"count": 0}, "links_count"),
        ({"count": 501}, "links_count"),
        ({"kind": "nobody"}, "links_kind"),
        ({"kind": "outpatient"}, "links_kind"),
        ({"group": "长" * 41}, "group_malformed"),
        ({"group": "a\nb"}, "group_malformed"),
        ({"language": "fr"}, "invitation_language"),
        ({"unit_code": YI}, "not_allowed"),
    ],
)
def test_what_cannot_be_handed_out_is_refused_and_nothing_is_made(ready, more, code):
    apply_questionnaire(ready, document=outpatient_document(), now=NOW)
    with pytest.raises(DomainError) as refused:
        make(ready, **more)
    assert refused.value.code == code
    assert ready.scalars(select(Invitation.id)).all() == []
