"""Evidence: who hands it in, who sees it, until when, how much; and that the audit names no file."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from consortium.models import Role
from consortium.permissions import STAFF
from evaluation.models import Reading
from reviews import panel_evidence
from reviews.panel_evidence import (
    evidence_content,
    evidence_of,
    hand_in_evidence,
    may_still_hand_in,
    may_still_take_back,
    take_back_evidence,
)
from reviews.panel_models import EvidenceFile
from storage.audit import AuditRow
from tests.reviews.evidence_files import DOCX, PDF, PNG
from tests.reviews.panel import CHEN, OCTOBER, PanelSeason, expert, representative
from tests.reviews.season import refusal, undone

LI = representative("jia")
IDS = itertools.count()


@pytest.fixture
def panel(session, keys) -> PanelSeason:
    return PanelSeason(session, keys).is_set_up()


def hands_in(
    panel, actor=LI, unit="jia", *, indicator="mechanism", content=PDF, name="章程.pdf", period=OCTOBER
) -> str:
    new_id = f"file{next(IDS)}"
    hand_in_evidence(panel.session, actor=actor, period=period, unit_code=unit, indicator=indicator, name=name,
                     content=content, new_id=new_id, now=panel.tick())  # fmt: skip
    return new_id


def names(session, unit="jia"):
    return [
        (each.indicator, each.name, each.handed_in_by) for each in evidence_of(session, period=OCTOBER, unit_code=unit)
    ]


def test_files_are_kept_by_indicator_in_the_order_they_came(session, panel):
    hands_in(panel, indicator="service", content=DOCX, name="b.docx")
    hands_in(panel, content=PNG, name="a.png")
    hands_in(panel, CHEN)
    assert names(session) == [
        ("mechanism", "a.png", "Li"), ("mechanism", "章程.pdf", "Chen"), ("service", "b.docx", "Li"),
    ]  # fmt: skip
    assert names(session, "yi") == []


def test_a_file_comes_back_as_it_was(session, panel):
    assert evidence_content(session, actor=LI, evidence_id=hands_in(panel)) == ("章程.pdf", PDF)


def test_the_same_file_again_changes_nothing(session, panel):
    hands_in(panel)
    hands_in(panel, name="anders.pdf")
    hands_in(panel, indicator="service")
    assert [each[:2] for each in names(session)] == [("mechanism", "章程.pdf"), ("service", "章程.pdf")]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "evidence_empty"), (b"MZ", "evidence_type_unknown"), (b"<html>", "evidence_type_unknown")],
)
def test_what_is_no_evidence_is_refused(session, panel, content, code):
    with refusal(code):
        hands_in(panel, content=content)
    assert names(session) == []


def test_a_file_may_be_just_so_large(session, panel, monkeypatch):
    monkeypatch.setattr(panel_evidence, "LARGEST_EVIDENCE", 1024**2)
    hands_in(panel, content=PDF.ljust(1024**2))
    with refusal("evidence_too_large", limit=1):
        hands_in(panel, content=PDF.ljust(1024**2 + 1))
    assert len(names(session)) == 1


def test_a_unit_may_hand_in_just_so_many_a_month(session, panel, monkeypatch):
    monkeypatch.setattr(panel_evidence, "MOST_FILES", 2)
    hands_in(panel, content=PDF + b"1")
    hands_in(panel, content=PDF + b"2", indicator="service")
    with undone(session), refusal("evidence_too_many", limit=2):
        hands_in(panel, content=PDF + b"3")
    hands_in(panel, CHEN, "yi")
    hands_in(panel, content=PDF + b"3", period=OCTOBER.previous())
    assert session.scalar(select(func.count()).select_from(EvidenceFile)) == 4


def test_another_unit_does_not_exist_for_a_representative(session, panel):
    with refusal("unit_unknown", unit="yi"):
        hands_in(panel, LI, "yi")
    with refusal("unit_unknown", unit="nowhere"):
        hands_in(panel, CHEN, "nowhere")


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"auditor"}), frozenset({"expert"})])
def test_others_hand_nothing_in(panel, roles):
    with refusal("not_allowed"):
        hands_in(panel, dataclasses.replace(LI, roles=roles, units=frozenset()))


def test_who_may_have_a_file(session, panel):
    file = hands_in(panel)
    for actor in (LI, CHEN, expert("an")):
        assert evidence_content(session, actor=actor, evidence_id=file)[1] == PDF
    auditor = dataclasses.replace(CHEN, roles=frozenset({"auditor"}))
    for actor in (representative("yi"), expert("du"), auditor, dataclasses.replace(LI, roles=frozenset())):
        with refusal("evidence_unknown"):
            evidence_content(session, actor=actor, evidence_id=file)
    with refusal("evidence_unknown"):
        evidence_content(session, actor=CHEN, evidence_id="nothing")


def test_an_expert_who_joins_the_unit_sees_its_files_no_more(session, panel):
    file = hands_in(panel)
    session.add(Role(person_id="an", role=STAFF, unit_code="jia"))
    session.flush()
    with refusal("evidence_unknown"):
        evidence_content(session, actor=expert("an"), evidence_id=file)


def test_a_file_is_taken_back_until_the_panel_opens(session, panel):
    first, second = hands_in(panel), hands_in(panel, content=PNG)
    for actor in (representative("yi"), expert("an")):
        with refusal("evidence_unknown"):
            take_back_evidence(session, actor=actor, evidence_id=first, now=panel.now)
    take_back_evidence(session, actor=LI, evidence_id=first, now=panel.now)
    assert (len(names(session)), may_still_take_back(session, OCTOBER)) == (1, True)
    panel.opens()
    with refusal("evidence_frozen", period="2026-10"):
        take_back_evidence(session, actor=CHEN, evidence_id=second, now=panel.now)
    assert (len(names(session)), may_still_take_back(session, OCTOBER)) == (1, False)


def test_a_file_that_a_figure_rests_on_is_not_taken_back(session, panel):
    file = hands_in(panel)
    session.add(Reading(scope="jia", unit_code="jia", period="2026-10", indicator="new_techniques", value=Fraction(3),
                        origin="typed", recorded_at=panel.now, recorded_by="person:li", evidence=file, digest="d"))  # fmt: skip
    session.flush()
    with refusal("evidence_of_figure", period="2026-10"):
        take_back_evidence(session, actor=LI, evidence_id=file, now=panel.now)
    assert len(names(session)) == 1


def test_a_file_is_taken_until_the_panel_closes(session, panel):
    from datetime import timedelta

    closes_at = panel.now + timedelta(hours=1)
    panel.opens(closes_at=closes_at)
    hands_in(panel)
    assert may_still_hand_in(session, OCTOBER, closes_at - timedelta(seconds=1))
    assert not may_still_hand_in(session, OCTOBER, closes_at)
    panel.closes()
    with refusal("evidence_late", period="2026-10"):
        hands_in(panel, content=PNG)
    hands_in(panel, content=PNG, period=OCTOBER.previous())


def test_the_audit_names_a_file_by_its_digest(session, panel):
    take_back_evidence(session, actor=CHEN, evidence_id=hands_in(panel), now=panel.now)
    rows = session.scalars(select(AuditRow).where(AuditRow.subject == "evidence:2026-10").order_by(AuditRow.id)).all()
    details = {"unit": "jia", "indicator": "mechanism", "digest": hashlib.sha256(PDF).hexdigest()}
    assert [(row.actor, row.action, row.details) for row in rows] == [
        ("person:li", "hand_in_evidence", details), ("person:chen", "take_back_evidence", details),
    ]  # fmt: skip


def test_lists_read_no_contents(session, panel):
    hands_in(panel)
    session.expire_all()
    file = session.scalars(select(EvidenceFile)).one()
    assert "content" not in file.__dict__
