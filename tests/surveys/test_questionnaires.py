"""Versions: frozen once applied, found by kind of visit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.models import QuestionnaireVersion
from surveys.questionnaires import apply_questionnaire, digest_of, for_kind, in_use, load
from tests.surveys.cast import NOW, choice, outpatient, outpatient_document, parsed, small_document


def apply(session, document, *, hours: int = 0) -> bool:
    return apply_questionnaire(session, document=document, now=NOW + timedelta(hours=hours))


def test_apply_stores_what_load_gives_back(session):
    assert apply(session, outpatient_document())
    assert load(session, "outpatient", "1") == outpatient()
    assert for_kind(session, "outpatient") == outpatient()


def test_apply_again_changes_nothing_and_writes_no_audit_row(session):
    apply(session, outpatient_document())
    assert not apply(session, outpatient_document(), hours=1)
    assert session.scalar(select(func.count()).select_from(AuditRow)) == 1
    assert session.scalar(select(QuestionnaireVersion.applied_at)) == NOW


def test_apply_of_the_same_content_written_otherwise_changes_nothing(session):
    document = small_document(choice("a"))
    apply(session, document)
    written_otherwise = dict(reversed(document.items()))
    written_otherwise["title"] = {"en": " small ", "zh": "small"}
    assert not apply(session, written_otherwise)


@pytest.mark.parametrize(
    "other",
    [
        small_document(choice("b")),
        small_document(choice("a", required=True)),
        small_document(choice("a", "no", "yes")),
        small_document(choice("a"), title={"zh": "x", "en": "small"}),
        small_document(choice("a"), kinds=["inpatient"]),
    ],
)
def test_apply_of_other_content_under_the_same_version_is_refused(session, other):
    apply(session, small_document(choice("a")))
    with pytest.raises(DomainError) as refused:
        apply(session, other)
    assert refused.value.code == "questionnaire_version_frozen"
    assert refused.value.details == {"questionnaire": "small", "version": "1"}
    assert load(session, "small", "1") == parsed(small_document(choice("a")))


def test_apply_of_a_new_version_leaves_the_old_one_readable(session):
    apply(session, small_document(choice("a")))
    apply(session, small_document(choice("b"), version="2"), hours=1)
    assert in_use(session, "outpatient") == ("small", "2")
    assert [load(session, "small", version).questions[0].id for version in "12"] == ["a", "b"]


def test_apply_of_an_old_version_puts_it_in_use_again(session):
    apply(session, small_document(choice("a")))
    apply(session, small_document(choice("b"), version="2"), hours=1)
    assert apply(session, small_document(choice("a")), hours=2)
    assert in_use(session, "outpatient") == ("small", "1")
    assert not apply(session, small_document(choice("a")), hours=3)


def test_for_kind_finds_each_kind_its_own(session):
    apply(session, small_document(choice("a"), id="out", kinds=["outpatient", "day_case"]))
    apply(session, small_document(choice("b"), id="in", kinds=["inpatient"]))
    assert [in_use(session, kind) for kind in ("outpatient", "day_case", "inpatient", "patient", "")] == [
        ("out", "1"), ("out", "1"), ("in", "1"), None, None,
    ]  # fmt: skip
    assert for_kind(session, "emergency") is None


def test_apply_of_an_unsound_document_is_refused(session):
    with pytest.raises(DomainError) as refused:
        apply(session, {**small_document(choice("a")), "colour": "red"})
    assert refused.value.code == "key_unknown"
    assert session.scalar(select(func.count()).select_from(QuestionnaireVersion)) == 0


def test_load_of_an_unknown_version_is_refused(session):
    apply(session, small_document(choice("a")))
    for name, version in (("small", "2"), ("nobody", "1")):
        with pytest.raises(DomainError) as refused:
            load(session, name, version)
        assert refused.value.code == "questionnaire_unknown"


def test_same_name_and_version_in_another_database_is_another_questionnaire(session):
    apply(session, small_document(choice("a")))
    assert load(session, "small", "1").questions[0].id == "a"
    session.rollback()
    apply(session, small_document(choice("b")))
    assert load(session, "small", "1").questions[0].id == "b"


def test_digest_differs_with_every_word():
    one, other = (parsed(small_document(choice("a"), thanks={"zh": word, "en": "t"})) for word in ("谢", "谢谢"))
    assert digest_of(one) != digest_of(other)
    assert len(digest_of(one)) == 64
