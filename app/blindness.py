"""What `check` says of a configuration that is too small for blindness, before anything is applied."""

from __future__ import annotations

from app.configuration import Configuration
from locales.texts import pick
from reviews.assignment_tables import read_cooperation
from reviews.prospects import prospect_lines, prospects
from reviews.prospects_on_record import tier_names


def blindness_lines_of(configuration: Configuration, language: str) -> list[str]:
    """From the units and the newest month of the cooperation file; one that is missing or faulty is not judged here."""
    units = configuration.consortium.units
    found = prospects({unit.code: unit.tier for unit in units}, _newest_pairs(configuration))
    names = {unit.code: pick(unit.name, language) for unit in units}
    return prospect_lines(found, names=names, tiers=tier_names(language), language=language)


def _newest_pairs(configuration: Configuration) -> list[tuple[str, str]] | None:
    """Who worked together in the newest month of the file; None where it says nothing that could be taken."""
    file = configuration.timetable.cooperation_file
    if file is None:
        return None
    try:
        content = (configuration.folder / file).read_bytes()
    except OSError:
        return None
    units = {unit.code for unit in configuration.consortium.units}
    rows, findings = read_cooperation(content, file=file, units=units, for_record=True)
    newest = max((row.period for row in rows), default=None)
    return None if findings else [(row.unit_a, row.unit_b) for row in rows if row.period == newest]
