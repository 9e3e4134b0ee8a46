"""`tongping export`: a period for others to compute again. `tongping verify`: whether what is stored was changed."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path

from app.answer import FOUND, Answer, findings_document
from app.installation import opened
from app.settings import read_settings, terminal_language
from bulletins.invariants import check_bulletins
from bulletins.printed_digests import check_printed_digests
from consortium.periods import Period
from consortium.tables_out import CSV
from evaluation.export_documents import MANIFEST, export_files
from evaluation.pay_export import pay_file, pay_name, pay_sheet
from evaluation.proof import verify_evaluation
from evaluation.settled import settlement_of
from locales.errors import DomainError, explain
from locales.texts import text
from storage.audit import record

_TEMPORARY = ".{name}.part"


def export(period: str, output: Path) -> Answer:
    """Write a settled period's files into a new folder, or an empty one: all of them, or nothing."""
    settings, language, wanted = read_settings(), terminal_language(), Period.parse(period)
    _refuse_folder(output)
    with opened(settings) as database, database.transaction() as session:
        files = export_files(session, period=wanted, program=version("tongping"))
    _write(files, output)
    manifest = json.loads(files[MANIFEST])
    lines = [text(language, "replay.exported", period=wanted, folder=output, files=len(files))]
    return Answer(manifest, [*lines, text(language, "replay.digest", digest=manifest["digest"])])


def export_pay(period: str, output: Path) -> Answer:
    """Write the table that feeds pay, of a period that the chief accountant has signed (rule 100), and note it."""
    settings, language, wanted = read_settings(), terminal_language(), Period.parse(period)
    _refuse_folder(output)
    with opened(settings) as database, database.transaction() as session:
        sheet, digest = pay_sheet(session, wanted, language), settlement_of(session, wanted).digest
        now = settings.clock.now()
        record(session, actor="command_line", action="export_pay", subject=period, now=now, details={"form": CSV})
    name = pay_name(wanted, CSV)
    _write({name: pay_file(sheet, CSV)}, output)
    lines = [text(language, "replay.pay_exported", period=wanted, file=output / name)]
    return Answer({"period": str(wanted), "digest": digest, "files": [name]}, lines)


def verify() -> Answer:
    """Everything stored of schemes, figures, settlements and bulletins, held against its digests and each other."""
    settings, language = read_settings(), terminal_language()
    with opened(settings) as database, database.transaction() as session:
        findings = [*verify_evaluation(session), *check_bulletins(session), *check_printed_digests(session)]
    lines = [f"{finding.key}: {explain(language, finding)}" for finding in findings]
    document = {"clean": not findings, "findings": findings_document(findings, language)}
    return Answer(document, lines or [text(language, "replay.clean")], FOUND if findings else 0)


def _refuse_folder(output: Path) -> None:
    try:
        is_free = not output.exists() or (output.is_dir() and next(output.iterdir(), None) is None)
    except OSError as error:
        raise DomainError("file_unreadable", file=str(output), reason=error.strerror or "") from None
    if not is_free:
        raise DomainError("export_folder_taken", folder=str(output))


def _write(files: dict[str, bytes], output: Path) -> None:
    """Into a folder beside it first, which is renamed once it is whole."""
    part = output.parent / _TEMPORARY.format(name=output.name)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, content in files.items():
            (part / name).write_bytes(content)
        part.replace(output)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise DomainError("export_not_written", folder=str(output), reason=error.strerror or "") from None
