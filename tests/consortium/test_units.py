"""Whether patients answer in chat: as the file says, and yes where it says nothing."""

from __future__ import annotations

import pytest

from consortium.definition import parse_consortium
from consortium.models import Installation
from consortium.units import allows_chat, patients_may_chat
from locales.errors import DomainError
from tests.cast import consortium_document, found_consortium


@pytest.mark.parametrize(("said", "may"), [({}, True), ({"patients": {}}, True), ({"patients": {"chat": True}}, True),
                                          ({"patients": {"chat": False}}, False)])  # fmt: skip
def test_patients_answer_in_chat_as_the_file_says(session, said, may):
    found_consortium(session, **said)

    assert patients_may_chat(session) == may


def test_switching_off_and_on_again_is_an_apply(session):
    for may in (False, True):
        found_consortium(session, patients={"chat": may}, review={"public_key": "{}", "key_file": "k"})

        assert patients_may_chat(session) == may
        assert session.get_one(Installation, 1).review["key_file"] == "k"


def test_installation_applied_before_the_key_existed_answers_in_chat():
    assert allows_chat({"public_key": None, "key_file": None})


def test_nothing_applied_is_said_so(session):
    with pytest.raises(DomainError, match="not_applied"):
        patients_may_chat(session)


@pytest.mark.parametrize(
    ("patients", "key", "code"),
    [
        ({"chat": "no"}, "patients.chat", "truth_expected"),
        ({"chat": 0}, "patients.chat", "truth_expected"),
        ({"chats": False}, "patients.chats", "key_unknown"),
        ("off", "patients", "table_expected"),
    ],
)
def test_other_values_and_keys_are_named(patients, key, code):
    _, findings = parse_consortium(consortium_document(patients=patients), file="consortium.toml")

    assert [(each.key, each.code) for each in findings] == [(key, code)]
