"""Drafts of a scheme: files from elsewhere, what is kept, what they lack, and that they have no effect."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from consortium.models import Person
from consortium.permissions import Actor
from evaluation import scheme_program
from evaluation.follow_up_models import SchemeDraft
from evaluation.models import SchemeVersion
from evaluation.scheme_diff import diff_schemes
from evaluation.scheme_drafts import (
    LARGEST_FILE,
    LONGEST_NOTE,
    MOST_DRAFTS,
    copy_newest,
    draft_of,
    drafts,
    give_up_draft,
    keep_draft,
    lacks,
    read_scheme_file,
    scheme_of,
)
from evaluation.scheme_writing import scheme_toml
from evaluation.schemes import apply_scheme, scheme_for
from evaluation.templates import TEMPLATES, template_text
from locales.errors import DomainError, Finding
from storage.audit import AuditRow
from tests.evaluation.cast import EXAMPLE, IN_OCTOBER, OCTOBER, assert_told, changed, example, parsed, small, without

CHEN = Actor("chen", "陈静", "zh", frozenset({"office"}), frozenset())
SUN = Actor("sun", "孙建国", "zh", frozenset({"committee"}), frozenset())


@pytest.fixture
def office(season, session):
    season.is_set_up()
    session.add(Person(id="chen", name="陈静", language="zh", active=True))
    session.flush()
    return session


def kept(session, document=None, note="", actor=CHEN):
    return keep_draft(session, document=document or example(), note=note, actor=actor, now=IN_OCTOBER)


def refused(code, work):
    with pytest.raises(DomainError) as refusal:
        work()
    assert refusal.value.code == code
    assert_told(refusal.value)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_file_is_read_exactly_as_apply_reads_it():
    document, findings = read_scheme_file(EXAMPLE.read_bytes())
    assert findings == []
    assert parsed(document) == parsed(example())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe[\x00s\x00", "scheme_file_not_utf8"),
        ("[scheme]\ntitle = '方案'".encode("gb18030"), "scheme_file_not_utf8"),
        (b'[scheme]\ntitle = "\x00"', "scheme_file_not_utf8"),
        (b"unit,period,indicator\njia,2026-10,x", "scheme_file_malformed"),
        (b"[scheme]\nyear = 2026-01-01", "scheme_file_malformed"),
        (b"[scheme]\nyear = nan", "number_unfit"),
        (b"[scheme]\nyear = 1e999999", "number_unfit"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "document_too_deep"),
        (b"PK\x03\x04" + b"\x80" * 400, "scheme_file_not_utf8"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_document_is_refused_with_its_reason(content, code):
    found = scheme_program.read(content, [])
    assert found["code"] == code
    assert_told(Finding("scheme.toml", "file", found["code"], found["details"]))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b" \n\t ", "scheme_file_empty"),
        (b"#" * (LARGEST_FILE + 1), "scheme_file_too_large"),
        (b"[[[", "scheme_file_malformed"),
    ],
)
def test_a_file_that_is_not_read_leaves_no_document(content, code):
    document, findings = read_scheme_file(content)
    assert (document, [each.code for each in findings]) == ({}, [code])
    for each in findings:
        assert_told(each)


def test_every_fault_of_a_scheme_is_named_at_once():
    text = (
        template_text("county_14")
        .replace('direction = "qualitative"', 'direction = "sideways"')
        .replace("points = 1}", "points = -1}", 1)
    )
    _, findings = read_scheme_file(text.encode())
    assert [each.code for each in findings].count("value_unknown") == 3
    assert "scheme_points_negative" in {each.code for each in findings}


def test_templates_can_be_uploaded_as_they_are():
    for name in TEMPLATES[:2]:
        assert read_scheme_file(template_text(name, year=2027).encode())[1] == []


# ── what is kept ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_kept_beside_the_version_it_would_follow(office):
    later = changed(changed(example(), "scheme.year", 2027), "scheme.version", 1)
    first, second = kept(office, note="  明年\n试试 "), kept(office, later)
    assert (first.based_year, first.based_version, first.note) == (2026, 1, "明年 试试")
    assert (second.year, second.based_year) == (2027, 2026)
    assert [each.id for each in drafts(office)] == [second.id, first.id]
    assert scheme_of(first) == parsed(example())
    before = changed(example(), "scheme.year", 2020)
    assert kept(office, before).based_year == 2026  # nothing is as old


def test_a_draft_has_no_effect_on_what_months_are_scored_by(office):
    kept(office, changed(example(), "scheme.version", 9))
    assert scheme_for(office, OCTOBER).version == 1
    assert office.scalar(select(func.count()).select_from(SchemeVersion)) == 1


def test_a_draft_that_breaks_bounds_is_kept_and_says_what_it_lacks(office):
    draft = kept(office, changed(example(), "tiers.tertiary.indicators.down_referral.points", 14))
    assert {each.code for each in lacks(draft)} == {"bound_points", "bound_collaboration"}
    assert lacks(kept(office)) == []


def test_what_is_no_scheme_is_not_kept(office):
    refused("scheme_draft_malformed", lambda: kept(office, without(example(), "scheme.year")))
    refused("scheme_draft_malformed", lambda: kept(office, {"nothing": 1}))
    refused("scheme_draft_note_length", lambda: kept(office, note="长" * (LONGEST_NOTE + 1)))
    assert drafts(office) == []


def test_only_the_office_keeps_copies_and_gives_up(office):
    draft = kept(office)
    refused("not_allowed", lambda: kept(office, actor=SUN))
    refused("not_allowed", lambda: copy_newest(office, actor=SUN, now=IN_OCTOBER))
    refused("not_allowed", lambda: give_up_draft(office, draft_id=draft.id, actor=SUN, now=IN_OCTOBER))
    assert [each.id for each in drafts(office)] == [draft.id]


def test_the_newest_version_is_copied_to_the_year_after_without_a_difference(office):
    second = changed(example(), "scheme.version", 2)
    second = changed(second, "scheme.effective", "2026-12")
    apply_scheme(office, document=second, now=IN_OCTOBER)
    copy = copy_newest(office, actor=CHEN, now=IN_OCTOBER)
    assert (copy.year, copy.version, copy.based_year, copy.based_version) == (2027, 1, 2026, 2)
    assert diff_schemes(parsed(second), scheme_of(copy)) == ()
    read, findings = read_scheme_file(scheme_toml(copy.content).encode())
    assert (parsed(read), findings) == (scheme_of(copy), [])


def test_a_draft_is_given_up_once(office):
    draft = kept(office)
    give_up_draft(office, draft_id=draft.id, actor=CHEN, now=IN_OCTOBER)
    refused("scheme_draft_unknown", lambda: draft_of(office, 1))
    refused("scheme_draft_unknown", lambda: give_up_draft(office, draft_id=1, actor=CHEN, now=IN_OCTOBER))
    actions = list(office.scalars(select(AuditRow.action).where(AuditRow.action.like("%draft%")).order_by(AuditRow.id)))
    assert actions == ["keep_scheme_draft", "give_up_scheme_draft"]


def test_there_are_not_any_number_of_drafts(office):
    tiny = small({}, {})
    first = kept(office)
    for _ in range(MOST_DRAFTS - 1):
        office.add(SchemeDraft(year=2026, version=1, based_year=2026, based_version=1, content=tiny, digest="0" * 64,
                               note="", made_by="chen", made_at=IN_OCTOBER))  # fmt: skip
    office.flush()
    refused("scheme_drafts_full", lambda: kept(office))
    give_up_draft(office, draft_id=first.id, actor=CHEN, now=IN_OCTOBER)
    assert kept(office).id


def test_without_any_scheme_there_is_nothing_to_stand_beside(session):
    refused("scheme_draft_without_scheme", lambda: kept(session))
    refused("scheme_draft_without_scheme", lambda: copy_newest(session, actor=CHEN, now=IN_OCTOBER))
