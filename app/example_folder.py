"""`tongping init`: writing the example configuration, the group of one people's hospital, five and twenty."""

from __future__ import annotations

import csv
import io
import itertools
import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.configuration import CONSORTIUM, QUESTIONNAIRES, SCHEDULE
from consortium.periods import Period
from evaluation.templates import TEMPLATES, template_text
from locales.errors import DomainError

EXAMPLE = Path(__file__).parent / "example"
QUESTIONNAIRE_FOLDER = Path(__file__).parent.parent / "surveys" / "questionnaires"
COOPERATION = "cooperation.csv"
TEMPLATES_FOLDER = "templates"
"""Schemes to begin with; neither `check` nor `apply` looks at them."""
COOPERATION_HEADER = ("unit_a", "unit_b", "kind", "count", "period")


def make_example(folder: Path, *, now: datetime, units: tuple[str, ...]) -> list[str]:
    """Write the example into a new or empty folder; returns the files written. `folder_not_empty` otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DomainError("folder_not_empty", folder=str(folder))
    (folder / QUESTIONNAIRES).mkdir(parents=True)
    period = Period.month_of(now, ZoneInfo("Asia/Shanghai"))
    shutil.copyfile(EXAMPLE / CONSORTIUM, folder / CONSORTIUM)
    shutil.copyfile(EXAMPLE / SCHEDULE, folder / SCHEDULE)
    scheme = write_scheme(folder, period.year)
    for source in sorted(QUESTIONNAIRE_FOLDER.glob("*.toml")):
        shutil.copyfile(source, folder / QUESTIONNAIRES / source.name)
    (folder / COOPERATION).write_text(cooperation_of_all(units, [period]), encoding="utf-8")
    templates = write_templates(folder, period.year)
    questionnaires = [f"{QUESTIONNAIRES}/{path.name}" for path in sorted((folder / QUESTIONNAIRES).iterdir())]
    return [CONSORTIUM, SCHEDULE, scheme, COOPERATION, *questionnaires, *templates]


def write_scheme(folder: Path, year: int) -> str:
    """The example scheme for a year; returns the file's name."""
    name = f"scheme-{year}.toml"
    text = (EXAMPLE / "scheme.toml").read_text(encoding="utf-8")
    (folder / name).write_text(text.replace("year = 2026", f"year = {year}", 1), encoding="utf-8")
    return name


def write_templates(folder: Path, year: int) -> list[str]:
    """The templates of schemes, for a year; returns the files' names."""
    (folder / TEMPLATES_FOLDER).mkdir()
    for name in TEMPLATES:
        path = folder / TEMPLATES_FOLDER / f"{name}.toml"
        path.write_text(template_text(name, year=year), encoding="utf-8")
    return [f"{TEMPLATES_FOLDER}/{name}.toml" for name in TEMPLATES]


def cooperation_of_all(units: tuple[str, ...], periods: list[Period]) -> str:
    """A cooperation file in which every two units worked together in each period."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COOPERATION_HEADER)
    for period in periods:
        for one, other in itertools.combinations(units, 2):
            writer.writerow((one, other, "referral", 1, str(period)))
    return table.getvalue()
