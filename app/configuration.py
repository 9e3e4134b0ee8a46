"""The configuration directory: reading it, checking it, applying it, making an example of it.

Each domain parses its own file; here the files are found, faults are collected by file and key, and what one file says
of another is compared. Nothing is applied while there is one finding.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consortium.application import apply_consortium
from consortium.channels import missing_secrets
from consortium.definition import ConsortiumDefinition, parse_consortium
from consortium.permissions import COMMITTEE
from consortium.workdays import FILE as WORKDAYS
from consortium.workdays import WorkdayTable, apply_workdays, read_workdays
from evaluation.bounds import check_raters
from evaluation.elements import READING
from evaluation.lints import check_scheme
from evaluation.references import check_measures
from evaluation.scheme import Scheme, parse_scheme
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, Finding
from reviews.sealing import check_public_key, thumbprint
from scheduler.due_dates import recompute_due_dates
from scheduler.timetable import COUNT, Timetable, parse_schedule
from surveys.definition import parse_questionnaire
from surveys.fitness import unfit
from surveys.questionnaires import apply_questionnaire
from surveys.structure import Questionnaire

CONSORTIUM, SCHEDULE, QUESTIONNAIRES = "consortium.toml", "schedule.toml", "questionnaires"
_SCHEME = re.compile(r"scheme-(20[0-9]{2})\.toml")
_LARGEST_FILE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole directory that holds together. Documents are kept as read, for the domains that store them."""

    folder: Path
    consortium: ConsortiumDefinition
    timetable: Timetable
    schedule_document: dict[str, Any]
    schemes: tuple[tuple[Scheme, dict[str, Any]], ...]
    questionnaires: tuple[tuple[Questionnaire, dict[str, Any]], ...]
    workdays: WorkdayTable | None = None


def read_configuration(folder: Path) -> tuple[Configuration | None, list[Finding]]:
    """Read and check a directory; the configuration is None exactly when there are findings."""
    if not folder.is_dir():
        raise DomainError("folder_missing", folder=str(folder))
    findings: list[Finding] = []
    consortium_document = _document(folder / CONSORTIUM, CONSORTIUM, findings)
    schedule_document = _document(folder / SCHEDULE, SCHEDULE, findings)
    schemes = list(_schemes(folder, findings))
    workdays = _workdays(folder / WORKDAYS, findings)
    before = len(findings)
    questionnaires = list(_questionnaires(folder, findings))
    all_read = len(findings) == before  # else a scheme that names a refused one would be blamed for it
    if consortium_document is None or schedule_document is None:
        return None, findings
    consortium, found = parse_consortium(consortium_document, file=CONSORTIUM)
    timetable, more = parse_schedule(schedule_document, file=SCHEDULE)
    findings += found + more
    configuration = Configuration(
        folder, consortium, timetable, schedule_document, tuple(schemes), tuple(questionnaires), workdays
    )
    findings += _cross_check(configuration, all_questionnaires_read=all_read)
    return (None, findings) if findings else (configuration, [])


def apply_configuration(session: Session, *, configuration: Configuration, actor: str, now: datetime) -> None:
    """Load a checked configuration in one transaction: all of it or nothing."""
    apply_consortium(
        session,
        definition=configuration.consortium,
        schedule=configuration.schedule_document,
        folder=str(configuration.folder.resolve()),
        actor=actor,
        now=now,
    )
    for _, document in configuration.questionnaires:
        apply_questionnaire(session, document=document, now=now, actor=actor)
    if apply_workdays(session, table=configuration.workdays, actor=actor, now=now):
        recompute_due_dates(session, actor=actor, now=now)
    for _, document in configuration.schemes:
        apply_scheme(session, document=document, now=now, actor=actor)


def _document(path: Path, file: str, findings: list[Finding]) -> dict[str, Any] | None:
    """A TOML document with exact numbers, or None and a finding."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            findings.append(Finding(file, "file", "file_too_large", {"limit": _LARGEST_FILE // 1024 // 1024}))
            return None
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        findings.append(Finding(file, "file", "file_missing"))
    except OSError as error:
        findings.append(Finding(file, "file", "file_unreadable", {"file": file, "reason": error.strerror or ""}))
    except UnicodeDecodeError:
        findings.append(Finding(file, "file", "file_not_utf8"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        findings.append(Finding(file, "file", "toml_malformed", {"reason": str(error)[:200]}))
    return None


def _workdays(path: Path, findings: list[Finding]) -> WorkdayTable | None:
    """The imported official calendar, which need not be there."""
    try:
        if not path.exists():
            return None
        if path.stat().st_size > _LARGEST_FILE:
            findings.append(Finding(WORKDAYS, "file", "file_too_large", {"limit": _LARGEST_FILE // 1024 // 1024}))
            return None
        table, found = read_workdays(path.read_bytes(), file=WORKDAYS)
    except OSError as error:
        details = {"file": WORKDAYS, "reason": error.strerror or ""}
        findings.append(Finding(WORKDAYS, "file", "file_unreadable", details))
        return None
    findings += found
    return table


def _schemes(folder: Path, findings: list[Finding]) -> Iterator[tuple[Scheme, dict[str, Any]]]:
    found = sorted(path for path in folder.glob("scheme-*.toml"))
    if not found:
        findings.append(Finding("scheme-YYYY.toml", "file", "file_missing"))
    for path in found:
        named = _SCHEME.fullmatch(path.name)
        if named is None:
            findings.append(Finding(path.name, "file", "scheme_file_misnamed"))
            continue
        document = _document(path, path.name, findings)
        if document is None:
            continue
        scheme, faults = parse_scheme(document, file=path.name)
        findings += faults
        if scheme is None:
            continue
        findings += check_scheme(scheme, file=path.name)
        if scheme.year != int(named[1]):
            findings.append(Finding(path.name, "scheme.year", "scheme_year_differs", {"year": scheme.year}))
        yield scheme, document


def _questionnaires(folder: Path, findings: list[Finding]) -> Iterator[tuple[Questionnaire, dict[str, Any]]]:
    seen: dict[str, str] = {}
    versions: dict[tuple[str, str], str] = {}
    kinds: dict[str, str] = {}
    for path in sorted((folder / QUESTIONNAIRES).glob("*.toml")):
        file = f"{QUESTIONNAIRES}/{path.name}"
        document = _document(path, file, findings)
        if document is None:
            continue
        questionnaire, faults = parse_questionnaire(document, file=file)
        findings += faults
        if questionnaire is None:
            continue
        findings += unfit(questionnaire, file=file)
        version = (questionnaire.id, questionnaire.version)
        first = versions.get(version) if questionnaire.is_draft else seen.get(questionnaire.id) or versions.get(version)
        if first is not None:
            details = {"questionnaire": questionnaire.id, "first": first}
            findings.append(Finding(file, "id", "questionnaire_twice", details))
        versions.setdefault(version, file)
        if questionnaire.is_draft:  # it stands beside what is in use, until it is launched
            yield questionnaire, document
            continue
        seen.setdefault(questionnaire.id, file)
        for kind in questionnaire.kinds:
            if kind in kinds:
                findings.append(Finding(file, "kinds", "kind_twice", {"kind": kind, "first": kinds[kind]}))
            kinds.setdefault(kind, file)
        yield questionnaire, document


def _cross_check(configuration: Configuration, *, all_questionnaires_read: bool) -> Iterator[Finding]:
    """What one file says of another."""
    launched = [each for each, _ in configuration.questionnaires if not each.is_draft]
    known = {questionnaire.id: questionnaire for questionnaire in launched}
    for scheme, _ in configuration.schemes:
        file = f"scheme-{scheme.year}.toml"
        for code, indicator in scheme.indicators.items():
            if indicator.questionnaire is not None and indicator.questionnaire not in known and all_questionnaires_read:
                details = {"questionnaire": indicator.questionnaire}
                yield Finding(file, f"indicators.{code}.questionnaire", "questionnaire_not_listed", details)
        yield from check_measures(scheme, file=file, questionnaires=known)
        yield from _check_quorum(configuration.consortium, scheme, file)
        yield from check_raters(scheme, units=_members_in(configuration.consortium, scheme.year), file=file)
        for place, unit in enumerate(configuration.consortium.units):
            if unit.tier and unit.tier not in scheme.tiers:
                details = {"unit": unit.code, "tier": unit.tier, "scheme": file}
                yield Finding(CONSORTIUM, f"units[{place}].tier", "tier_not_in_scheme", details)
    yield from _check_keys(configuration)
    yield from _check_visits(configuration)
    channels = configuration.consortium.channels
    yield from missing_secrets(channels, folder=configuration.folder, file=CONSORTIUM)


def _check_quorum(consortium: ConsortiumDefinition, scheme: Scheme, file: str) -> Iterator[Finding]:
    """A committee smaller than the quorum could never decide."""
    members = sum(COMMITTEE in person.roles for person in consortium.people)
    if scheme.approval is not None and scheme.approval.quorum > members:
        details = {"quorum": scheme.approval.quorum, "members": members}
        yield Finding(file, "approval.quorum", "approval_quorum_beyond_committee", details)


def _members_in(consortium: ConsortiumDefinition, year: int) -> int:
    """How many units are members in a year, if only for a part of it."""
    return sum(
        (unit.joined is None or unit.joined.year <= year) and (unit.left is None or unit.left.year >= year)
        for unit in consortium.units
    )


def _check_visits(configuration: Configuration) -> Iterator[Finding]:
    """What counts the visits must be an imported reading, in every year."""
    code = configuration.timetable.visits
    for scheme, _ in configuration.schemes if code else ():
        indicator = scheme.indicators.get(code)
        if indicator is None or indicator.input != READING:
            details = {"indicator": code, "scheme": f"scheme-{scheme.year}.toml"}
            yield Finding(SCHEDULE, "surveys.visits", "visits_not_a_reading", details)


def _check_keys(configuration: Configuration) -> Iterator[Finding]:
    consortium = configuration.consortium
    yield from _check_public_key("review.public_key", consortium.public_key)
    auditor = list(_check_public_key("review.auditor_key", consortium.auditor_key))
    if not auditor and _are_one_key(consortium.auditor_key, consortium.public_key):
        auditor = [Finding(CONSORTIUM, "review.auditor_key", "auditor_key_shared")]
    yield from auditor
    counts_by_itself = any(line.job == COUNT for line in configuration.timetable.lines)
    if counts_by_itself and consortium.key_file and not _is_file(configuration.folder / consortium.key_file):
        yield Finding(CONSORTIUM, "review.key_file", "file_missing")
    file = configuration.timetable.cooperation_file
    if file is not None and not _is_file(configuration.folder / file):
        yield Finding(SCHEDULE, "cooperation.file", "file_missing")


def _check_public_key(name: str, key: str | None) -> Iterator[Finding]:
    if key is not None:
        try:
            check_public_key(key)
        except DomainError as error:
            yield Finding(CONSORTIUM, name, error.code, error.details)


def _are_one_key(one: str | None, other: str | None) -> bool:
    """However they are written; keys that are none are named elsewhere."""
    try:
        return one is not None and other is not None and thumbprint(one) == thumbprint(other)
    except DomainError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system
        return False
