"""The texts of this folder: the same keys and places in both languages, and a sentence for every code in use."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import read_po

import evaluation
import locales
from locales.texts import placeholders

FOLDER = Path(evaluation.__file__ or "").parent
FILES = ("evaluation.po", "errors_evaluation.po")


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in FILES:
        with (Path(locales.__file__ or "").parent / language / name).open("rb") as file:
            found |= {str(entry.id): str(entry.string) for entry in read_po(file, locale=language) if entry.id}
    return found


def test_both_languages_say_the_same_things() -> None:
    chinese, english = texts("zh"), texts("en")
    assert chinese.keys() == english.keys()
    assert {key: placeholders(chinese[key]) for key in chinese} == {key: placeholders(english[key]) for key in english}
    assert all(chinese.values())
    assert all(english.values())


def test_every_error_code_of_the_folder_has_a_sentence() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if not path.stem.endswith("models")
    )
    codes = set(re.findall(r'DomainError\(\s*"(\w+)"', source))
    codes |= set(re.findall(r'(?:fault|refuse|Finding)\([^"()]*"[^"]*",\s*"(\w+)"', source))
    files = (Path(locales.__file__ or "").parent / "zh").glob("errors*.po")
    entries = [entry for file in files for entry in read_po(BytesIO(file.read_bytes()), locale="zh") if entry.id]
    named = {str(entry.id).removeprefix("errors.") for entry in entries}
    assert len(codes) > 50
    assert codes - named == set()
