"""Questionnaires of a configuration directory: fit to be asked, and drafts beside those in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.configuration import read_configuration
from tests.app.command_line import CommandLine
from tests.app.small_group import APPLIED, edit

FOLDER = "questionnaires"


@pytest.fixture
def folder(shell: CommandLine) -> Path:
    """The small group's configuration, sound."""
    made = shell.folder / "group"
    shell.done("init", made, CLOCK=APPLIED)
    edit(made)
    return made


def found(folder: Path) -> list[tuple[str, str, str]]:
    configuration, findings = read_configuration(folder)
    assert (configuration is None) == bool(findings)
    return [(finding.file, finding.key, finding.code) for finding in findings]


def add(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """The outpatient questionnaire once more under another name, with changes."""
    text = (folder / FOLDER / "outpatient.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / FOLDER / name).write_text(text, encoding="utf-8")


NEXT = ('\nversion = "1"', '\nversion = "2"\nis_draft = true')


def test_draft_of_the_next_version_stands_beside_the_one_in_use(folder: Path) -> None:
    add(folder, "next.toml", NEXT)
    assert found(folder) == []
    configuration, _ = read_configuration(folder)
    assert configuration is not None
    read = [(form.id, form.version, form.is_draft) for form, _ in configuration.questionnaires]
    assert [each for each in read if each[0] == "outpatient"] == [("outpatient", "2", True), ("outpatient", "1", False)]


@pytest.mark.parametrize("name", ["a.toml", "z.toml"])
def test_draft_under_the_number_of_the_one_in_use_is_named(folder: Path, name: str) -> None:
    add(folder, name, ('\nversion = "1"', '\nversion = "1"\nis_draft = true'))
    second = max(name, "outpatient.toml")
    assert found(folder) == [(f"{FOLDER}/{second}", "id", "questionnaire_twice")]


def test_scheme_is_not_fed_from_a_draft(folder: Path) -> None:
    add(folder, "next.toml", NEXT)
    (folder / FOLDER / "outpatient.toml").unlink()
    assert [(key, code) for _, key, code in found(folder)] == [
        ("indicators.outpatient_satisfaction.questionnaire", "questionnaire_not_listed")
    ]


def test_sound_questionnaire_that_cannot_be_asked_is_named(folder: Path) -> None:
    add(folder, "other.toml", ('id = "outpatient"', 'id = "other"'), ('kinds = ["outpatient"]', ""))
    assert found(folder) == [(f"{FOLDER}/other.toml", "kinds", "key_missing")]
    add(folder, "other.toml", NEXT, ('zh = "谢谢您', 'fr = "谢谢您'))
    assert [key for _, key, _ in found(folder)] == ["thanks.fr"]
