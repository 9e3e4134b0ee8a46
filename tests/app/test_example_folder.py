"""The example that `init` writes: the group of one people's hospital, five and twenty, whole and clean in any year."""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands import example_units
from app.configuration import read_configuration
from app.example_folder import EXAMPLE, cooperation_of_all, make_example, write_scheme
from consortium.periods import Period
from evaluation.templates import READY
from locales.errors import DomainError

NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("now", [NOW, datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)])
def test_example_is_clean_whenever_it_is_made(tmp_path: Path, now: datetime) -> None:
    written = make_example(tmp_path / "group", now=now, units=example_units())
    assert sorted(written) == files(tmp_path / "group")
    configuration, findings = read_configuration(tmp_path / "group")
    assert findings == []
    assert configuration is not None
    assert [scheme.year for scheme, _ in configuration.schemes] == [now.year]


def test_example_made_on_new_years_eve_belongs_to_the_year_that_has_begun_in_shanghai(tmp_path: Path) -> None:
    written = make_example(tmp_path / "group", now=datetime(2026, 12, 31, 16, 0, tzinfo=UTC), units=example_units())
    assert "scheme-2027.toml" in written
    assert "2027-01" in (tmp_path / "group" / "cooperation.csv").read_text(encoding="utf-8")


def test_templates_are_for_the_same_year_and_nobody_checks_them(tmp_path: Path) -> None:
    make_example(tmp_path / "group", now=datetime(2031, 1, 1, tzinfo=UTC), units=example_units())
    folder = tmp_path / "group" / "templates"
    assert {tomllib.loads(path.read_text(encoding="utf-8"))["scheme"]["year"] for path in folder.iterdir()} == {2031}
    (folder / "scheme-2031.toml").write_text("nonsense", encoding="utf-8")
    assert read_configuration(tmp_path / "group")[1] == []


def test_a_ready_template_is_a_scheme_for_the_example_as_it_stands(tmp_path: Path) -> None:
    group = tmp_path / "group"
    make_example(group, now=NOW, units=example_units())
    for name in READY:
        template = (group / "templates" / f"{name}.toml").read_text(encoding="utf-8")
        (group / f"scheme-{NOW.year}.toml").write_text(template, encoding="utf-8")
        assert read_configuration(group)[1] == []


def test_example_is_the_group_of_one_five_and_twenty() -> None:
    document = tomllib.loads((EXAMPLE / "consortium.toml").read_text(encoding="utf-8"))
    tiers = [unit["tier"] for unit in document["units"]]
    assert {tier: tiers.count(tier) for tier in set(tiers)} == {"tertiary": 1, "secondary": 5, "primary": 20}


def test_example_has_a_person_in_each_role_and_one_for_each_unit() -> None:
    document = tomllib.loads((EXAMPLE / "consortium.toml").read_text(encoding="utf-8"))
    roles = {role for person in document["people"] for role in person["roles"]}
    assert roles == {"office", "committee", "auditor", "trustee", "representative", "head", "accountant"}
    represented = {unit for person in document["people"] for unit in person.get("units", [])}
    assert represented == set(example_units())
    assert sum("office" in person["roles"] for person in document["people"]) >= 2  # a bulletin needs two


def test_example_goes_into_an_empty_folder_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    make_example(tmp_path / "empty", now=NOW, units=("a", "b"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("", encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name in ("empty", "full", "file"):
        with pytest.raises(DomainError) as caught:
            make_example(tmp_path / name, now=NOW, units=("a", "b"))
        assert (caught.value.code, caught.value.details) == ("folder_not_empty", {"folder": str(tmp_path / name)})
    assert files(tmp_path / "full") == [".hidden"]


def test_scheme_of_another_year_differs_in_the_year_alone(tmp_path: Path) -> None:
    assert write_scheme(tmp_path, 2031) == "scheme-2031.toml"
    made = (tmp_path / "scheme-2031.toml").read_text(encoding="utf-8").splitlines()
    source = (EXAMPLE / "scheme.toml").read_text(encoding="utf-8").splitlines()
    assert [(old.split()[2], new.split()[2]) for old, new in zip(source, made, strict=True) if old != new] == [
        ("2026", "2031")
    ]


def test_all_pairs_cooperate_in_every_period() -> None:
    periods = [Period.parse("2026-09"), Period.parse("2026-10")]
    rows = list(csv.DictReader(io.StringIO(cooperation_of_all(("jia", "yi", "bing"), periods))))
    assert {(row["unit_a"], row["unit_b"], row["period"]) for row in rows} == {
        (one, other, str(period))
        for one, other in itertools.combinations(("jia", "yi", "bing"), 2)
        for period in periods
    }
    assert {row["count"] for row in rows} == {"1"}
    assert len(list(csv.reader(io.StringIO(cooperation_of_all(example_units(), periods))))) == 1 + 2 * 325
