"""The commands about readings: `indicators import FILE [--preview]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.answer import REFUSED, Answer, finding_lines, findings_document
from app.commands import ACTOR, file_content
from app.installation import opened
from app.settings import read_settings, terminal_language
from evaluation.indicators import ImportReport, import_rows, read_reading_table, report_of
from evaluation.reading_plans import CORRECTED, LATE, Change, Plan, figure_of, plan_rows
from evaluation.reading_words import change_line
from evaluation.reading_writing import IMPORTED, Progress
from evaluation.strata import Counts
from locales.errors import Finding
from locales.texts import text

MOST_FINDINGS = 200
_SHOWN_CHANGES = 20


def import_indicators(file: Path, *, preview: bool = False) -> Answer:
    """Import readings, all rows or none; or only say what an import would do."""
    settings, language = read_settings(), terminal_language()
    content = file_content(file)
    with opened(settings) as database, _progress(language) as progress:
        rows, findings = read_reading_table(content, file=file.name)
        if findings:
            return _refused(findings, language)
        with database.transaction() as session:
            if preview:
                return _previewed(plan_rows(session, rows, file=file.name), language)
            found = import_rows(
                session, rows, file=file.name, origin=IMPORTED, actor=ACTOR, now=settings.clock.now(), progress=progress
            )
            if isinstance(found, list):
                session.rollback()
                return _refused(found, language)
    return Answer(_document(found), [text(language, "readings.cli.imported", **_document(found))])


def _previewed(plan: Plan, language: str) -> Answer:
    """Nothing is written; corrections and late figures are told one by one."""
    if plan.findings:
        return _refused(plan.findings, language)
    told = [*plan.of(CORRECTED), *plan.of(LATE)]
    lines = [text(language, "readings.cli.preview", **_document(report_of(plan)))]
    lines += [change_line(each, language) for each in told[:_SHOWN_CHANGES]]
    if len(told) > _SHOWN_CHANGES:
        lines.append(text(language, "readings.more", count=len(told) - _SHOWN_CHANGES))
    document = _document(report_of(plan)) | {"preview": True, "changes": [_change(each) for each in told]}
    return Answer(document, lines)


def _document(report: ImportReport) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "added": report.added,
        "corrected": report.corrected,
        "unchanged": report.unchanged,
        "late": report.late,
    }


def _change(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = {
        "outcome": change.outcome,
        "unit": change.entry.scope,
        "period": change.entry.period,
        "indicator": change.entry.indicator,
        "before": _figure(change.before.counts) if change.before is not None else None,
        "after": _figure(figure_of(change.entry)),
    }
    if change.late is not None:
        document |= {"counts": _figure(change.late.part), "counted_in": change.late.counted_in}
    return document


def _figure(counts: Counts) -> dict[str, Any]:
    return dict(zip(("numerator", "denominator", "value"), counts, strict=True))


def _refused(findings: Sequence[Finding], language: str) -> Answer:
    """What is wrong, the first faults one by one and the number of the rest."""
    shown, more = findings[:MOST_FINDINGS], max(0, len(findings) - MOST_FINDINGS)
    lines = finding_lines(shown, language)
    error = {
        "code": findings[0].code,
        "message": lines[0],
        "details": {"findings": findings_document(shown, language), "more": more},
    }
    if more:
        lines.append(text(language, "readings.more_findings", count=more))
    return Answer({"error": error}, lines, REFUSED)


@contextmanager
def _progress(language: str) -> Iterator[Progress]:
    """A progress bar on stderr while figures are written; nothing where nobody looks."""
    import sys  # noqa: PLC0415 - with the library below

    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415 - heavy, and only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415 - the same
    from rich.progress import Progress as Bar  # noqa: PLC0415 - the same

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text(language, "readings.cli.importing"), total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
