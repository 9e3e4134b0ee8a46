"""`tongping verify`: whether anything stored of schemes, figures and settled periods was changed behind the product's
back (rules 36, 74, 125).

Reads every table with suspicion and asks each proof in turn. Refuses to repair anything, and to trust a digest more
than what it is of: what is stored is computed again as well.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import READING, Scheme
from evaluation.figures import Input
from evaluation.freezing import Values
from evaluation.inputs import reading_input
from evaluation.late_readings import counting_late, with_late
from evaluation.models import (
    LateReading,
    PeerWaiver,
    Reading,
    ReadingStratum,
    SchemeVersion,
    Scorecard,
    ScoreLine,
    Settlement,
    SupersededSettlement,
)
from evaluation.proof_chain import SETTLING, chain_findings, digest_findings, record_findings, replaced_findings
from evaluation.proof_peers import counted_findings
from evaluation.proof_points import BROKEN, ScoredBy, points_findings, rank_findings, total_findings
from evaluation.proof_readings import reading_findings, settled_findings, strata_findings
from evaluation.proof_schemes import APPLY, MOVE, scheme_findings
from evaluation.scheme import parse_scheme
from evaluation.scoring import PEERS_WAIVED
from evaluation.span_figures import region_figures
from evaluation.stored_rows import FILE, Stored, stored_rows
from locales.errors import DomainError, Finding
from storage.audit import AuditRow
from storage.base import Base, canonical
from surveys.shown import months_of

_FIGURE = ("value", "numerator", "denominator", "origin")
QUICK: tuple[type[Base], ...] = (SchemeVersion, Settlement, SupersededSettlement, Scorecard, ScoreLine)
"""What settled periods are, without what they were made from."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that settled periods rest on, as it is stored, and the acts that made it."""

    tables: dict[str, Stored]
    acts: list[Values]

    def rows(self, model: type) -> list[Values]:
        return self.tables[model.__name__].rows

    def by_period(self, model: type) -> dict[str, list[Values]]:
        """The rows of each period."""
        found: dict[str, list[Values]] = defaultdict(list)
        for row in self.rows(model):
            found[row["period"]].append(row)
        return found


def verify_evaluation(session: Session) -> list[Finding]:
    """Everything that does not hold, each by the row that it is about, once; empty where nothing was changed."""
    return list({(finding.key, finding.code): finding for finding in proofs(session)}.values())


def proofs(session: Session) -> Iterator[Finding]:
    """The same as it is found, digests before what is computed again."""
    record = read_record(session, (*QUICK, Reading, ReadingStratum, LateReading))
    for stored in record.tables.values():
        yield from stored.findings
    yield from _digest_findings(record)
    yield from quick_findings(session, record)
    yield from _computed_findings(session, record)


def read_record(session: Session, models: Sequence[type[Base]] = QUICK) -> Record:
    """These tables, and the acts of applying and settling in the order in which they happened."""
    found = session.execute(
        select(AuditRow.action, AuditRow.subject, AuditRow.actor, AuditRow.at, AuditRow.details)
        .where(AuditRow.action.in_((*SETTLING, APPLY, MOVE)))
        .order_by(AuditRow.id)
    )
    tables = {model.__name__: stored_rows(session, model) for model in models}
    return Record(tables, [dict(row) for row in found.mappings()])


def quick_findings(session: Session, record: Record) -> Iterator[Finding]:
    """The chain, the digests, totals of their lines, peers waived by two: what `doctor` looks at too."""
    standing, replaced = record.rows(Settlement), record.rows(SupersededSettlement)
    schemes = {(row["year"], row["version"]): row["digest"] for row in record.rows(SchemeVersion)}
    cards, lines = record.by_period(Scorecard), record.by_period(ScoreLine)
    yield from _told("settlement", chain_findings(standing, replaced))
    for row in sorted(standing, key=lambda row: row["sequence"] or 0):
        period = row["period"]
        key, of_period = f"settlement {period}", (cards.get(period, []), lines.get(period, []))
        yield from _told(key, total_findings(*of_period))
        yield from _told(key, digest_findings(row, *of_period, schemes))
    periods = {row["period"] for row in standing}
    for period in sorted({*map(str, cards), *map(str, lines)} - periods):
        yield Finding(FILE, f"settlement {period}", "rows_without_settlement")
    yield from _waiver_findings(session, lines)


def _digest_findings(record: Record) -> Iterator[Finding]:
    """Settled periods, schemes, figures and what was replaced, by their digests and the audit trail."""
    cards, lines = record.by_period(Scorecard), record.by_period(ScoreLine)
    standing, replaced = record.rows(Settlement), record.rows(SupersededSettlement)
    versions = record.rows(SchemeVersion)
    schemes = {(row["year"], row["version"]): row["digest"] for row in versions}
    readings, late, strata = (record.rows(model) for model in (Reading, LateReading, ReadingStratum))
    for row in standing:
        of_period = cards.get(row["period"], []), lines.get(row["period"], [])
        yield from _told(f"settlement {row['period']}", digest_findings(row, *of_period, schemes))
    yield from _told("scheme_version", scheme_findings(versions, record.acts))
    yield from _told("reading", reading_findings(readings, late))
    yield from _told("reading_stratum", strata_findings(readings, strata))
    yield from _told("settlement", settled_findings(standing, readings, late, strata))
    yield from _told("settlement", record_findings(standing, replaced, record.acts))
    yield from _told("superseded_settlement", replaced_findings(replaced, standing, schemes))


def _computed_findings(session: Session, record: Record) -> Iterator[Finding]:
    """Figures from readings, points from figures, ranks from totals."""
    cards, lines = record.by_period(Scorecard), record.by_period(ScoreLine)
    versions = record.rows(SchemeVersion)
    known = {(row["year"], row["version"]): _scheme(canonical(row["content"])) for row in versions}
    for row in record.rows(Settlement):
        scheme, period = known.get((row["scheme_year"], row["scheme_version"])), _period(row["period"])
        if scheme is None or period is None:
            continue  # what cannot be read is named already
        region = _region(session, record, period, scheme)
        scored, of_period = ScoredBy(period, scheme, cards, region), lines.get(row["period"], [])
        key = f"settlement {period}"
        yield from _told(key, rank_findings(cards.get(row["period"], [])))
        yield from _told(key, points_findings(scored, of_period))
        yield from _told(key, _figure_findings(scored, of_period, _readings(session, record, scored)))
        yield from _told(f"peer_result {period}", counted_findings(session, period, scheme, of_period))


def _told(key: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """What a proof finds; rows that it cannot even be made from are a finding as well."""
    try:
        yield from findings
    except BROKEN:
        yield Finding(FILE, key, "proof_impossible")


def _region(session: Session, record: Record, period: Period, scheme: Scheme) -> Mapping[str, Input]:
    """The region's figures of a period, by indicator."""
    if not period.is_month:
        settled = {row["period"] for row in record.rows(Settlement)}
        months = [month for month in months_of(period) if str(month) in settled]
        return region_figures(session, period=period, scheme=scheme, months=months)
    return {
        row["indicator"]: Input(row["value"])
        for row in record.rows(Reading)
        if row["unit_code"] is None and row["period"] == str(period)
    }


def _readings(session: Session, record: Record, scored: ScoredBy) -> Mapping[str, Mapping[str, Reading]]:
    """What a month was scored from, by unit and indicator, as it is stored; with the late figures that count in it."""
    found: dict[str, dict[str, Reading]] = defaultdict(dict)
    for row in record.rows(Reading):
        if row["period"] == str(scored.period) and row["unit_code"] is not None:
            found[row["unit_code"]][row["indicator"]] = cast("Reading", SimpleNamespace(**row))
    late = counting_late(session, scored.period) if record.rows(LateReading) else []
    return with_late(found, late, scored.scheme)


def _figure_findings(
    scored: ScoredBy, lines: Iterable[Values], readings: Mapping[str, Mapping[str, Reading]]
) -> Iterator[Finding]:
    """The figures that a month was scored from are those that are on record for it."""
    for row in lines if scored.period.is_month else ():
        indicator = scored.scheme.indicators.get(row["indicator"])
        if indicator is None or indicator.input != READING:
            continue
        given = reading_input(indicator, readings.get(row["unit_code"], {}).get(row["indicator"]))
        if (given.value, given.numerator, given.denominator, given.origin) != tuple(row[name] for name in _FIGURE):
            key = f"score_line {row['period']}/{row['unit_code']}/{row['indicator']}"
            yield Finding(FILE, key, "frozen_figure_differs")


def _waiver_findings(session: Session, lines: Mapping[str, Sequence[Values]]) -> Iterator[Finding]:
    """Peers are left out of a month only where two people of the office agreed to it."""
    waivers = dict(session.execute(select(PeerWaiver.period, PeerWaiver.second_by)).all())
    for period, rows in lines.items():
        if (month := _period(period)) is None or not month.is_month:
            continue  # a quarter's figures are those of its months
        is_waived = any(row["reason"] == PEERS_WAIVED for row in rows)
        if (is_waived or period in waivers) and waivers.get(period) is None:
            yield Finding(FILE, f"settlement {period}", "settlement_waiver_missing")


@lru_cache(maxsize=32)
def _scheme(written: str) -> Scheme | None:
    """The scheme of a stored document; None where it is none."""
    document = json.loads(written)
    scheme, _ = parse_scheme(document, file="scheme") if isinstance(document, dict) else (None, [])
    return scheme


def _period(written: str) -> Period | None:
    try:
        return Period.parse(written)
    except DomainError:
        return None
