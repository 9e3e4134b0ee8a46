"""Everything that a settled period was made from, as files that an outsider can compute it again from (rule 125).

Knows which files there are and what stands in each. Nothing is in them that a bulletin, a unit's own page or the office
may not show: figures are as they were frozen, no person is named, raters are a band. Refuses to know folders.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Boolean, Integer, select
from sqlalchemy.orm import Session

from consortium.disclosure import band_floor
from consortium.models import Unit
from consortium.periods import Period
from consortium.tables_out import Cell, write_csv
from evaluation.digests import OPTIONAL
from evaluation.elements import PEER, REGION, Scheme
from evaluation.freezing import Values, applied_curve
from evaluation.inputs import region_inputs
from evaluation.models import (
    LateReading,
    Reading,
    ReadingStratum,
    SchemeVersion,
    Scorecard,
    ScoreLine,
    Settlement,
)
from evaluation.readings import COLUMNS, WHOLE_CONSORTIUM
from evaluation.scheme import parse_scheme
from evaluation.settled import frozen_cards, frozen_lines, settlement_of
from evaluation.span_figures import region_figures
from evaluation.span_months import Month, months_as_member, settled_months
from locales.errors import DomainError
from locales.numbers import plain
from locales.texts import LANGUAGES, text
from storage.base import Exact, Json, canonical
from surveys.shown import months_of

FORMAT, NUMBER = 1, "number"
MANIFEST, SCHEME, README = "manifest.json", "scheme.json", "README.txt"
UNITS, INPUTS, LINES, CARDS, READINGS, LATE = (
    "units.csv", "inputs.csv", "lines.csv", "scorecards.csv", "readings.csv", "late_readings.csv",
)  # fmt: skip

_GIVEN = (
    "unit_code", "indicator", "value", "numerator", "denominator", "reason", "reference", "n", "definition", "low",
    "high", "invited", "mode_mix", "origin",
)  # fmt: skip
"""The columns of a frozen line that say what came in; the others say what came out of it."""

_KEY = ("unit_code", "indicator")


def export_files(session: Session, *, period: Period, program: str) -> dict[str, bytes]:
    """File name → content, the manifest with the digests of the others last. Error: `not_settled`.

    `program` is the version that writes them.
    """
    settlement = settlement_of(session, period)
    version = session.get_one(SchemeVersion, (settlement.scheme_year, settlement.scheme_version))
    scheme = _read(version)
    cards, lines = frozen_cards(session, str(period)), frozen_lines(session, str(period))
    places = {card["unit_code"]: place for place, card in enumerate(cards)}
    lines.sort(key=lambda row: (places[row["unit_code"]], row["position"]))
    is_exact = _in_bands(cards, lines, scheme)
    files = {
        SCHEME: canonical(version.content).encode(),
        UNITS: _units(session, scheme, cards, period),
        INPUTS: _table(_GIVEN, [*lines, *_region(session, period, scheme, lines)]),
        LINES: _table([name for name in _columns(lines) if name in _KEY or name not in _GIVEN], lines),
        CARDS: _table(_columns(cards), cards),
        READINGS: _readings(session, period),
    }
    late = _late(session, period)
    files |= {LATE: late} if late is not None else {}
    files[README] = "\n\n".join(text(language, "replay.readme", period=period) for language in LANGUAGES).encode()
    manifest = _manifest(settlement, version, files, program=program, is_exact=is_exact)
    return files | {MANIFEST: (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()}


def _read(version: SchemeVersion) -> Scheme:
    scheme, _ = parse_scheme(version.content, file=SCHEME)
    if scheme is None:
        raise DomainError("scheme_missing", year=version.year)
    return scheme


def _region(session: Session, period: Period, scheme: Scheme, lines: Iterable[Values]) -> list[Values]:
    """The region's figures, in the place of a unit's: what lines, and parts of means, were measured against."""
    if period.is_month:
        known = region_inputs(session, period, scheme)
    else:
        months = [month for month in months_of(period) if session.get(Settlement, str(month)) is not None]
        known = region_figures(session, period=period, scheme=scheme, months=months)
    found = {code: each.value for code, each in known.items()}
    for row in lines:
        curve = applied_curve(row)
        if curve is not None and curve.against == REGION:
            found[row["indicator"]] = row["reference"]
    empty: Values = dict.fromkeys(_GIVEN)
    return [
        empty | {"unit_code": WHOLE_CONSORTIUM, "indicator": code, "value": value}
        for code, value in sorted(found.items())
        if value is not None
    ]


def _in_bands(cards: list[Values], lines: list[Values], scheme: Scheme) -> bool:
    """Put the low end of its band in the place of each number of raters; whether every one was that already.

    Periods settled before there were bands hold exact numbers, which nobody may see (rule 21).
    """
    peers = {code for code, each in scheme.indicators.items() if each.input == PEER}
    numbers = [(card, "raters") for card in cards]
    numbers += [(row, "n") for row in lines if row["indicator"] in peers and row["n"] is not None]
    is_exact = True
    for row, name in numbers:
        is_exact &= row[name] == band_floor(row[name])
        row[name] = band_floor(row[name])
    return is_exact


def _manifest(
    settlement: Settlement, version: SchemeVersion, files: Mapping[str, bytes], *, program: str, is_exact: bool
) -> dict[str, Any]:
    """What the other files are: of which period, in which place of the chain, and how their cells are read."""
    noted = settlement.readings_digest
    return {
        "format": FORMAT,
        "program": program,
        "period": settlement.period,
        "revision": settlement.revision,
        "sequence": settlement.sequence,
        "settled_at": settlement.settled_at.isoformat(),
        "scheme": [version.year, version.version, version.digest],
        "previous": settlement.previous_digest,
        **({"readings": noted} if noted is not None else {}),
        "digest": settlement.digest,
        "is_exact": is_exact,
        "kinds": _kinds() | {"months": NUMBER},
        "optional": sorted(OPTIONAL),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _kinds() -> dict[str, str]:
    """How the columns of frozen rows are read: exact numbers, whole ones, JSON; all others are text."""
    kinds = {}
    for column in (*Scorecard.__table__.columns, *ScoreLine.__table__.columns):
        if isinstance(column.type, Exact):
            kinds[column.key] = NUMBER
        elif isinstance(column.type, Json | Boolean):
            kinds[column.key] = "json"
        elif isinstance(column.type, Integer):
            kinds[column.key] = "whole"
    return kinds


def _units(session: Session, scheme: Scheme, cards: Iterable[Values], period: Period) -> bytes:
    """Names and tiers, and how many months of membership the period holds for a unit: what counts are cut to."""
    names = {unit.code: unit.name for unit in session.scalars(select(Unit))}
    spans = [] if period.is_month else _settled_months(session, period)
    rows: list[list[Cell]] = []
    for card in cards:
        unit, tier = card["unit_code"], card["tier"]
        months = months_as_member(spans, unit) if spans else _share(card)
        words = [names.get(unit, {}).get(language, "") for language in LANGUAGES]
        is_ranked = tier in scheme.tiers and scheme.tiers[tier].ranked
        rows.append([unit, *words, tier, _cell(is_ranked), _cell(months)])
    return write_csv(("unit_code", *(f"name_{language}" for language in LANGUAGES), "tier", "ranked", "months"), rows)


def _share(card: Values) -> Fraction:
    """The part of a month in which a unit was a member."""
    return Fraction(1) if card["days"] is None else Fraction(card["days"], card["of_days"])


def _settled_months(session: Session, period: Period) -> list[Month]:
    settled = [month for month in months_of(period) if session.get(Settlement, str(month)) is not None]
    return settled_months(session, settled, period=str(period))


def _table(columns: Sequence[str], rows: Iterable[Values]) -> bytes:
    return write_csv(columns, [[_cell(row[name]) for name in columns] for row in rows])


def _columns(rows: Sequence[Values]) -> list[str]:
    """The columns of frozen rows; the period stands in the manifest."""
    return [name for name in (rows[0] if rows else {}) if name != "period"]


def _readings(session: Session, period: Period) -> bytes:
    """What is on record for the period and for its months, in the form in which it can be imported again."""
    wanted = sorted({str(period), *map(str, months_of(period))})
    order = (Reading.period, Reading.scope, Reading.indicator)
    found = list(session.scalars(select(Reading).where(Reading.period.in_(wanted)).order_by(*order)))
    parts: dict[int, list[ReadingStratum]] = {}
    of_readings = select(ReadingStratum).join(Reading, Reading.id == ReadingStratum.reading_id)
    for part in session.scalars(of_readings.where(Reading.period.in_(wanted)).order_by(ReadingStratum.stratum)):
        parts.setdefault(part.reading_id, []).append(part)
    rows: list[list[Cell]] = []
    for reading in found:
        place = reading.scope, reading.period, reading.indicator
        if reading.id in parts:
            rows += [[*place, *_figures(part), part.stratum] for part in parts[reading.id]]
        else:
            rows.append([*place, *_figures(reading), ""])
    return write_csv((*COLUMNS, "stratum"), rows)


def _late(session: Session, period: Period) -> bytes | None:
    """Figures of settled months that were meant to count in this period, beside its own."""
    wanted = sorted({str(period), *map(str, months_of(period))})
    order = (LateReading.counted_in, LateReading.period, LateReading.unit_code, LateReading.indicator)
    found = list(session.scalars(select(LateReading).where(LateReading.counted_in.in_(wanted)).order_by(*order)))
    rows = [[row.unit_code, row.period, row.indicator, *_figures(row), row.counted_in] for row in found]
    return write_csv((*COLUMNS, "counted_in"), rows) if rows else None


def _figures(row: Reading | ReadingStratum | LateReading) -> tuple[Cell, Cell, Cell]:
    """Numerator, denominator and value; what follows from counts is not said twice."""
    if row.numerator is not None:
        return _cell(row.numerator), _cell(row.denominator), None
    return None, None, _cell(row.value)


def _cell(value: Any) -> Cell:
    """A number as a decimal where it is one, else as `a/b`; truths as words, documents as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return Decimal(plain(value)) if Fraction(plain(value)) == value else str(value)
    if isinstance(value, Mapping):
        return canonical(value)
    return value if isinstance(value, str | int) or value is None else str(value)
