"""`consortium.toml`: every fault is named by file and key, and a correct file is read whole."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from consortium.definition import RATERS, parse_consortium
from locales.errors import explain
from reviews.assignment import FEWEST_RATERS, MOST_RATERS
from tests.cast import consortium_document


def faults(document: dict[str, Any]) -> list[tuple[str, str]]:
    findings = parse_consortium(document, file="consortium.toml")[1]
    assert all(
        finding.file == "consortium.toml" and explain("zh", finding) and explain("en", finding) for finding in findings
    )
    return [(finding.key, finding.code) for finding in findings]


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    document = deepcopy(consortium_document())
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def test_a_correct_file_has_no_findings() -> None:
    definition, findings = parse_consortium(consortium_document(), file="consortium.toml")

    assert findings == []
    assert [unit.code for unit in definition.units] == ["jia", "yi", "bing"]
    assert definition.people[3].language == "en"
    assert definition.people[0].language == "zh"
    assert (definition.public_key, definition.auditor_key, definition.raters) == (None, None, None)


def test_terms_of_the_reviews_are_read() -> None:
    document = consortium_document(review={"public_key": "{}", "auditor_key": '{"kty":"RSA"}', "raters": 20})
    definition, findings = parse_consortium(document, file="consortium.toml")

    assert findings == []
    assert (definition.public_key, definition.auditor_key, definition.raters) == ("{}", '{"kty":"RSA"}', 20)


def test_raters_in_the_configuration_are_those_a_draw_takes() -> None:
    assert RATERS == (FEWEST_RATERS, MOST_RATERS)


@pytest.mark.parametrize(
    ("path", "value", "key", "code"),
    [
        (["consortium", "colour"], "red", "consortium.colour", "key_unknown"),
        (["weather"], {}, "weather", "key_unknown"),
        (["consortium", "name"], ..., "consortium.name", "key_missing"),
        (["consortium", "name"], {"zh": "甲"}, "consortium.name.en", "key_missing"),
        (["consortium", "name"], {"zh": "甲", "en": "A", "fr": "A"}, "consortium.name.fr", "key_unknown"),
        (["consortium", "name"], "甲", "consortium.name", "wording_expected"),
        (["consortium", "time_zone"], "Mars/Olympus", "consortium.time_zone", "time_zone_unknown"),
        (["units"], ..., "units", "key_missing"),
        (["units"], [], "units", "list_length"),
        (["units", 1, "tier"], ..., "units[1].tier", "key_missing"),
        (["units", 1, "tier"], "fourth", "units[1].tier", "value_unknown"),
        (["units", 1, "code"], "jia", "units[1].code", "unit_twice"),
        (["units", 1, "code"], "Bad Code", "units[1].code", "code_malformed"),
        (["units", 1, "beds"], 3, "units[1].beds", "key_unknown"),
        (["people", 1, "id"], "chen", "people[1].id", "person_twice"),
        (["people", 1, "roles"], ["king"], "people[1].roles[0]", "value_unknown"),
        (["people", 1, "roles"], ["office", "office"], "people[1].roles[1]", "value_twice"),
        (["people", 2, "units"], ..., "people[2].units", "unit_role_without_unit"),
        (["people", 2, "units"], ["nowhere"], "people[2].units", "unit_not_listed"),
        (["people", 2, "telegram"], [1, 2], "people[2].telegram", "person_with_two_accounts"),
        (["people", 2, "telegram"], "@li", "people[2].telegram", "account_malformed"),
        (["people", 2, "telegram"], True, "people[2].telegram", "account_malformed"),
        (["people", 2, "name"], "  ", "people[2].name", "text_expected"),
        (["review"], {"public_key": "hello"}, "review.public_key", "public_key_malformed"),
        (["review"], {"auditor_key": "hello"}, "review.auditor_key", "public_key_malformed"),
        (["review"], {"raters": 11}, "review.raters", "out_of_range"),
        (["review"], {"raters": 21}, "review.raters", "out_of_range"),
        (["review"], {"raters": "16"}, "review.raters", "out_of_range"),
        (["review"], {"raters": True}, "review.raters", "out_of_range"),
        (["telegram"], {"bot": "@my bot"}, "telegram.bot", "bot_name_malformed"),
        (["telegram"], 3, "telegram", "table_expected"),
        (["chats"], [{"address": "-100", "purpose": "unit", "unit": "nowhere"}], "chats[0].unit", "unit_not_listed"),
        (["chats"], [{"address": "-100", "purpose": "party"}], "chats[0].purpose", "value_unknown"),
        (["chats"], [3], "chats[0]", "table_expected"),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_key(path: list[Any], value: Any, key: str, code: str) -> None:
    assert (key, code) in faults(changed(path, value))


def test_an_account_given_to_two_people_is_named_twice() -> None:
    document = deepcopy(consortium_document())
    document["people"][0]["telegram"] = 4711
    document["people"][2]["telegram"] = "4711"

    assert faults(document) == [("people[2].telegram", "account_twice")]


def test_empty_optional_keys_count_as_absent() -> None:
    document = consortium_document(telegram={"bot": ""}, review={"public_key": "", "key_file": "", "auditor_key": ""})

    assert faults(document) == []


def test_hostile_values_never_raise() -> None:
    for odd in ([], {}, 3, 1.5, True, "", "\x00", "{x}", [[]], {"zh": []}):
        for path in (
            ["consortium"],
            ["units"],
            ["people"],
            ["chats"],
            ["units", 0],
            ["people", 0, "roles"],
            ["units", 0, "name"],
        ):
            parse_consortium(changed(path, odd), file="consortium.toml")
