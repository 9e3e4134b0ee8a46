"""The demo's folder: only its own is ever emptied, and its configuration is whole and clean."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands import example_units
from app.configuration import read_configuration
from app.demo.folder import KEY_FILE, DemoFolder
from consortium.periods import Period
from locales.errors import DomainError
from reviews.sealing import BallotContent, seal, unseal

NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
MONTHS = [Period.parse("2026-12"), Period.parse("2027-01")]


def test_new_folder_is_begun_and_not_finished(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    assert not place.is_finished
    place.begin()
    assert not place.is_finished
    place.finish()
    assert place.is_finished
    assert DemoFolder(tmp_path / "demo").is_finished


def test_half_played_season_is_swept_away(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    place.begin()
    (place.root / "tongping.sqlite3").write_text("half", encoding="utf-8")
    place.begin()
    assert [path.name for path in place.root.iterdir()] == ["demo.txt"]


@pytest.mark.parametrize("name", ["thesis.docx", ".git", "demo.txt.bak"])
def test_folder_of_somebody_else_is_never_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("years of work", encoding="utf-8")
    with pytest.raises(DomainError) as caught:
        DemoFolder(tmp_path).begin()
    assert (caught.value.code, caught.value.details) == ("folder_not_empty", {"folder": str(tmp_path)})
    assert (tmp_path / name).read_text(encoding="utf-8") == "years of work"


def test_configuration_of_the_demo_is_clean_over_two_years(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    place.begin()
    place.configure(units=example_units(), periods=MONTHS, now=NOW)
    configuration, findings = read_configuration(place.configuration)
    assert findings == []
    assert configuration is not None
    assert [(scheme.year, scheme.effective) for scheme, _ in configuration.schemes] == [
        (2026, "2026-12"),
        (2027, "2027-01"),
    ]
    assert {scheme.indicators["first_visit"].range for scheme, _ in configuration.schemes} == {(20, 40)}
    table = (place.configuration / "cooperation.csv").read_text(encoding="utf-8").splitlines()
    assert len(table) == 1 + 2 * 325
    assert {line.rpartition(",")[2] for line in table[1:]} == {"2026-12", "2027-01"}


def test_key_of_the_demo_is_fresh_private_and_the_pair_of_the_public_one(tmp_path: Path) -> None:
    public = []
    for name in ("one", "two"):
        place = DemoFolder(tmp_path / name)
        place.begin()
        place.configure(units=("jia", "yi"), periods=MONTHS, now=NOW)
        text = (place.configuration / "consortium.toml").read_text(encoding="utf-8")
        public.append(text.partition("public_key = '")[2].partition("'")[0])
        key = place.configuration / KEY_FILE
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        content = BallotContent("2026-12", 1, "jia", "yi", "12345", NOW, 1)
        assert unseal(key.read_text(encoding="utf-8"), seal(public[-1], content)) == content
    assert public[0] != public[1]


def test_database_of_the_demo_lies_in_its_folder(tmp_path: Path) -> None:
    assert DemoFolder(tmp_path / "demo").database_url == f"sqlite:///{tmp_path}/demo/tongping.sqlite3"
