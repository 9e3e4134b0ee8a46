"""What is exported can be computed again by a script that imports nothing of ours, and imported again elsewhere."""

from __future__ import annotations

import csv as csv_files
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from consortium.models import Person, Unit
from consortium.periods import Period
from evaluation.export_documents import export_files
from evaluation.indicators import import_readings
from evaluation.models import Scorecard, Veto
from evaluation.proof import verify_evaluation
from evaluation.scorecards import scorecards
from locales.errors import DomainError
from locales.numbers import rounded
from storage.database import Database
from tests.evaluation.cast import Season
from tests.evaluation.every_kind import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    OVER,
    QUARTER,
    has_three_months,
    is_judged,
    is_set_up,
    readings,
    reads,
)

YEAR = Period(2026)
REPLAY = Path(__file__).parents[2] / "docs" / "replay.py"


@pytest.fixture
def winter(season: Season) -> Season:
    return has_three_months(season)


def written(season: Season, folder: Path, period: Period = OCTOBER) -> Path:
    """The export as a folder of files."""
    folder.mkdir()
    for name, content in export_files(season.session, period=period, program="0").items():
        (folder / name).write_bytes(content)
    return folder


def replayed(folder: Path) -> tuple[int, list[str]]:
    """How an outsider's run of the script ends, in an interpreter that finds nothing of ours."""
    ran = subprocess.run(
        [sys.executable, "-I", REPLAY, folder], capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.stderr == "", ran.stderr
    return ran.returncode, ran.stdout.splitlines()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv_files.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_months_and_quarter_are_computed_again_by_the_script(winter: Season, tmp_path: Path) -> None:
    """Every kind of curve, means, complements, a bonus, missing figures, a corrected month, and a quarter of counts."""
    winter.settles(QUARTER, OVER[QUARTER])
    for period in (OCTOBER, NOVEMBER, QUARTER):
        code, told = replayed(written(winter, tmp_path / str(period), period))
        assert (code, told[-1]) == (0, "everything agrees")
        totals = {card.unit_code: card for card in scorecards(winter.session, period)}
        for line in told[:-1]:
            tier, rank, unit, _, total, *_ = line.split()
            assert (tier, rank, total) == (
                "only",
                str(totals[unit].rank or "-"),
                rounded(totals[unit].total or Fraction(0)),
            )


@pytest.mark.parametrize("rule", ["own", "mean_of_months"])
def test_year_is_computed_again_by_the_script(season: Season, tmp_path: Path, rule: str) -> None:
    has_three_months(season, effective="2026-10", year_rule=rule).settles(YEAR, OVER[DECEMBER])
    code, told = replayed(written(season, tmp_path / "year", YEAR))
    assert (code, told[-1], len(told)) == (0, "everything agrees", 4)


def test_what_people_decided_is_taken_as_decided(season: Season, tmp_path: Path) -> None:
    """Bing joined on the 22nd, a veto on Yi, figures that nobody has approved, a bonus that was paid the month before,
    and so large a bonus that the total ends at 100.
    """
    is_set_up(season, changes={"indicators.rules.evidence": True, "tiers.only.indicators.papers.points": 40})
    for name in ("chen", "sun"):
        season.session.add(Person(id=name, name=name, language="zh", active=True))
    season.session.get_one(Unit, "bing").joined_on = date(2026, 10, 22)
    season.session.flush()
    season.session.add(
        Veto(period="2026-10", unit_code="yi", state="in_force", reason="falsified", evidence="file 7", proposed_by="chen",
             proposed_at=OVER[OCTOBER], decided_by="sun", decided_at=OVER[OCTOBER])
    )  # fmt: skip
    for number, month in enumerate((OCTOBER, NOVEMBER)):
        is_judged(season, month, number)
        reads(season, readings(month, number), at=month)
        season.settles(month, OVER[month])
    found = {
        month: {card.unit_code: card for card in scorecards(season.session, month)} for month in (OCTOBER, NOVEMBER)
    }
    assert (found[OCTOBER]["jia"].total, found[OCTOBER]["yi"].total, found[OCTOBER]["yi"].rank) == (100, None, None)
    assert found[NOVEMBER]["jia"].total != 100
    for month in (OCTOBER, NOVEMBER):
        folder = written(season, tmp_path / str(month), month)
        assert replayed(folder)[1][3:] == ["everything agrees"]
        reasons = {
            (row["unit_code"], row["indicator"]): row["reason"] for row in rows((folder / "inputs.csv").read_bytes())
        }
        assert reasons["jia", "rules"] == "not_approved"
        assert reasons["jia", "papers"] == ("" if month == OCTOBER else "bonus_paid")
    months = {row["unit_code"]: row["months"] for row in rows((tmp_path / "2026-10" / "units.csv").read_bytes())}
    assert months == {"jia": "1", "yi": "1", "bing": "10/31"}
    assert verify_evaluation(season.session) == []


def test_part_of_a_mean_that_has_no_line_is_measured_against_the_region(season: Season, tmp_path: Path) -> None:
    """In a month and in a quarter: the region's figures are exported, as nobody's line holds them."""
    is_set_up(season, effective="2026-12", changes={"indicators.steady.of": ["growth", "waits"]}, without=["growth"])
    is_judged(season, DECEMBER)
    reads(season, readings(DECEMBER), at=DECEMBER)
    for period in (DECEMBER, QUARTER):
        season.settles(period, OVER[period])
        assert replayed(written(season, tmp_path / str(period), period))[1][3:] == ["everything agrees"]
    assert verify_evaluation(season.session) == []


def test_readings_of_an_export_give_the_same_scores_elsewhere(season: Season) -> None:
    elsewhere = season.session.begin_nested()
    has_three_months(season)
    exported = export_files(season.session, period=OCTOBER, program="0")
    here = [(card.total, card.rank, card.parties) for card in scorecards(season.session, OCTOBER)]
    elsewhere.rollback()
    season.session.expire_all()
    is_judged(is_set_up(season), OCTOBER)
    now = OVER[OCTOBER]
    import_readings(season.session, content=exported["readings.csv"], file="readings.csv", actor="person:sun", now=now)
    season.settles(OCTOBER, now)
    assert [(card.total, card.rank, card.parties) for card in scorecards(season.session, OCTOBER)] == here


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("inputs.csv", "jia,referral,40.5,81,200", "jia,referral,45,90,200", "jia referral: settled"),
        ("inputs.csv", "yi,waits,10,", "yi,waits,11,", "yi steady: settled"),
        ("lines.csv", ",8.1,10,", ",9.1,10,", "jia referral: settled"),
        ("scorecards.csv", "yi,1,only,", "yi,1,only,1", "yi: settled"),
        ("scheme.json", '"referral":{"points":10}', '"referral":{"points":12}', "jia referral: settled"),
        ("units.csv", "bing,社区中心,Bing,only,true,1", "bing,社区中心,Bing,only,true,0.5", "bing sessions: settled"),
        ("manifest.json", '"previous": null', '"previous": "0"', "digest"),
    ],
)
def test_changed_copy_is_found(
    once: dict[str, bytes], tmp_path: Path, file: str, old: str, new: str, named: str
) -> None:
    """By what it is, not only by the digest of the file."""
    for name, content in once.items():
        (tmp_path / name).write_bytes(content)
    content = (tmp_path / file).read_text(encoding="utf-8")
    assert content.count(old) == 1
    (tmp_path / file).write_text(content.replace(old, new), encoding="utf-8", newline="")
    code, told = replayed(tmp_path)
    assert code == 1
    assert [line for line in told if line.startswith(named)]
    assert file == "manifest.json" or file in told


@pytest.fixture(scope="module")
def once(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """October's export, made once: the script is what is tried on it."""
    path = tmp_path_factory.mktemp("export") / "tongping.sqlite3"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    with Session(database.engine) as session:
        has_three_months(Season(session))
        yield export_files(session, period=OCTOBER, program="0")
        session.rollback()
    database.close()


def test_manifest_names_every_file_and_the_scheme_is_its_digest(once: dict[str, bytes]) -> None:
    manifest = json.loads(once["manifest.json"])
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in once.items() if name != "manifest.json"}
    assert manifest["files"] == digests
    assert manifest["scheme"] == [2026, 1, digests["scheme.json"]]
    assert (manifest["period"], manifest["revision"], manifest["sequence"], manifest["previous"]) == (
        "2026-10",
        1,
        1,
        None,
    )


def test_nobody_is_named_and_raters_are_a_band(winter: Season) -> None:
    """Seventeen rated Yi in a month settled before there were bands; one row still says so."""
    of_yi = (Scorecard.period == "2026-10") & (Scorecard.unit_code == "yi")
    winter.session.execute(update(Scorecard).where(of_yi).values(raters=17))
    winter.session.expire_all()
    exported = export_files(winter.session, period=OCTOBER, program="0")
    assert {row["unit_code"]: row["raters"] for row in rows(exported["scorecards.csv"])} == {
        "jia": "5",
        "yi": "10",
        "bing": "0",
    }
    assert json.loads(exported["manifest.json"])["is_exact"] is False
    assert not [name for name, content in exported.items() if b"chen" in content.lower()]


def test_patients_too_few_to_count_stay_hidden(winter: Season) -> None:
    """Three of Bing answered: nowhere is there a three, nor what they said."""
    exported = export_files(winter.session, period=OCTOBER, program="0")
    (heard,) = [
        row for row in rows(exported["inputs.csv"]) if (row["unit_code"], row["indicator"]) == ("bing", "heard")
    ]
    assert (heard["value"], heard["n"], heard["reason"]) == ("", "", "too_few_answers")
    (card,) = [row for row in rows(exported["scorecards.csv"]) if row["unit_code"] == "bing"]
    assert (card["responses"], card["too_few"]) == ("0", "true")


def test_late_figures_and_groups_of_cases_are_told(winter: Season) -> None:
    exported = export_files(winter.session, period=NOVEMBER, program="0")
    assert [tuple(row.values()) for row in rows(exported["late_readings.csv"])] == [
        ("bing", "2026-10", "referral", "9", "70", "", "2026-11")
    ]
    groups = [row for row in rows(exported["readings.csv"]) if row["stratum"]]
    assert [(row["stratum"], row["numerator"], row["value"]) for row in groups] == [("A1", "40", ""), ("B2", "42", "")]
    assert json.loads(exported["manifest.json"])["revision"] == 2


def test_open_month_is_not_exported(season: Season) -> None:
    is_set_up(season)
    with pytest.raises(DomainError) as refused:
        export_files(season.session, period=OCTOBER, program="0")
    assert refused.value.code == "not_settled"


def test_script_is_short_and_needs_nothing_of_ours() -> None:
    source = REPLAY.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 150
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert imported <= sys.stdlib_module_names
