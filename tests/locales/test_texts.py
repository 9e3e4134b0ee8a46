"""The texts: both languages complete, the same places in both, every key in use, every used key there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locales.errors import DomainError, Finding, Reask, explain
from locales.texts import LANGUAGES, catalogue, known_language, pick, placeholders, text

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "app",
    "web",
    "delivery",
    "bot",
    "scheduler",
    "bulletins",
    "evaluation",
    "surveys",
    "reviews",
    "consortium",
    "outbox",
    "storage",
)


PROPER_NAMES = {"Telegram", "English"}
"""Written alike in every language."""


def sources() -> str:
    files = [
        path
        for folder in FOLDERS
        for kind in ("*.py", "*.j2", "*.html", "*.js")
        for path in (ROOT / folder).rglob(kind)
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_both_languages_have_the_same_keys() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)

    assert set(chinese) == set(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, value in catalogue(language).items() if not value.strip()] == []


def test_both_languages_have_the_same_places() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    differing = {key for key in chinese if placeholders(chinese[key]) != placeholders(english[key])}

    assert differing == set()


def test_chinese_texts_use_chinese_punctuation() -> None:
    between = re.compile(r"[一-鿿][,;:!?](?=[\s一-鿿]|$)")
    odd = {key: value for key, value in catalogue("zh").items() if between.search(value)}

    assert odd == {}


def test_chinese_texts_are_chinese() -> None:
    without = {value for value in catalogue("zh").values() if not re.search(r"[一-鿿]", value)}

    assert {value for value in without if re.search(r"[A-Za-z]{4,}", placeholder_free(value))} <= PROPER_NAMES


def placeholder_free(value: str) -> str:
    return re.sub(r"\{[^}]*\}", "", value)


def test_every_raised_code_has_a_sentence() -> None:
    codes = set(re.findall(r"DomainError\(\s*\"([a-z_]+)\"", sources())) | set(
        re.findall(r"Reask\(\s*\"([a-z_]+)\"", sources())
    )

    assert {code for code in codes if f"errors.{code}" not in catalogue("zh")} == set()


def test_every_text_is_used() -> None:
    """A key stands in the code as a whole, or its last word or its beginning does, where it is put together there."""
    found = sources()
    words = set(re.findall(r"[A-Za-z0-9_]+", found))
    begun = tuple(beginning for beginning in set(re.findall(r"\"([a-z_.]{4,})\{", found)) if beginning != "errors.")
    unused = [
        key
        for key in catalogue("zh")
        if f'"{key}"' not in found
        and key.split(".")[-1] not in words
        and not key.removeprefix("errors.").startswith(begun)
    ]

    assert unused == []


def test_a_missing_key_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        text("zh", "errors.no_such_thing")


def test_values_are_shown_never_read() -> None:
    shown = explain("en", DomainError("unit_unknown", unit="{0.__class__} {unit} %s ${x} {{7*7}}"))

    assert "{0.__class__} {unit} %s ${x} {{7*7}}" in shown


def test_reasks_and_findings_are_explained_alike() -> None:
    assert explain("en", Reask("period_invalid", {"period": "x"})) == explain(
        "en", Finding("f", "k", "period_invalid", {"period": "x"})
    )


@pytest.mark.parametrize(
    ("tag", "language"), [("en-GB", "en"), ("EN", "en"), ("zh-CN", "zh"), ("fr", "zh"), (None, "zh"), ("", "zh")]
)
def test_known_language_is_chinese_unless_english(tag: str | None, language: str) -> None:
    assert known_language(tag) == language


def test_pick_falls_back_to_chinese() -> None:
    assert pick({"zh": "甲"}, "en") == "甲"
    assert pick({"zh": "甲", "en": "A"}, "en") == "A"
    assert pick({}, "en") == ""
