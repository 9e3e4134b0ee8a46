"""Versions of questionnaires, and trying them: nothing counts, everything vanishes."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from locales.errors import DomainError
from surveys.fielding.models import DispositionChange, Fielded
from surveys.fielding.progress import progress
from surveys.fielding.versions import make_test_link, versions
from surveys.models import Answer, Invitation, Response, Tally, Ticket
from surveys.questionnaires import apply_questionnaire
from surveys.responses import give_consent, open_ticket, record_page, send_response
from tests.surveys.cast import BEST, NOW, YI, outpatient_document
from tests.surveys.fielding.cast import DAY, HOUR, report


def make(session, version="1", **changes):
    values = {"questionnaire": ("outpatient", version), "language": "zh", "ticket": "tt", "new_id": "it",
              "actor": "person:chen", "now": NOW}  # fmt: skip
    return make_test_link(session, **(values | changes))


def draft(session, version="2"):
    apply_questionnaire(session, document=outpatient_document() | {"version": version, "is_draft": True}, now=NOW)


def test_versions_tell_drafts_what_is_in_use_and_how_many_were_invited(ready):
    report(ready)
    draft(ready)
    apply_questionnaire(ready, document=outpatient_document() | {"version": "3"}, now=NOW + HOUR)
    make(ready)
    found = [(v.questionnaire.version, v.is_draft, v.serves, v.invited) for v in versions(ready)]
    assert found == [("3", False, ("outpatient",), 0), ("2", True, (), 0), ("1", False, (), 1)]


def test_a_draft_is_tried_for_a_day_as_a_patient_of_the_first_unit(ready):
    draft(ready)
    assert make(ready, "2").expires_at == NOW + DAY
    stored = ready.scalars(select(Invitation)).one()
    assert (stored.stream, stored.unit_code, stored.questionnaire_version) == ("test", "jia", "2")
    sitting = open_ticket(ready, ticket="tt", mode="page", new_id="r1", now=NOW)
    assert sitting.questionnaire.is_draft
    assert make(ready, "2", unit_code=YI, ticket="t2", new_id="i2").is_new


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"questionnaire": ("outpatient", "9")}, "questionnaire_unknown"),
        ({"language": "fr"}, "invitation_language"),
        ({"unit_code": "nobody"}, "unit_unknown"),
    ],
)
def test_what_does_not_exist_cannot_be_tried(ready, changes, code):
    with pytest.raises(DomainError) as refused:
        make(ready, **changes)
    assert refused.value.code == code


def test_what_was_tried_leaves_nothing_once_it_is_sent(ready):
    draft(ready)
    make(ready, "2")
    open_ticket(ready, ticket="tt", mode="page", new_id="r1", now=NOW)
    give_consent(ready, response_id="r1", now=NOW)
    record_page(ready, response_id="r1", answers=BEST, now=NOW)
    send_response(ready, response_id="r1", receipt_code="7Q2M-0KXD-94TB", now=NOW)
    for table in (Invitation, Ticket, Response, Answer, Tally, Fielded, DispositionChange):
        assert ready.scalar(select(func.count()).select_from(table)) == 0, table.__tablename__
    assert progress(ready, now=NOW) == {}
