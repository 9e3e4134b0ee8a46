"""How a command answers: one JSON document or lines for people; exit 0 done, 1 something found, 2 refused input.

Figures in JSON are unrounded numbers; a refusal with `--json` is `{"error": {"code", "message", "details"}}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

from app.settings import terminal_language
from locales.errors import DomainError, Finding, explain

DONE, FOUND, REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found out: a document for programs, lines for people, and how it ended."""

    document: Any
    lines: Sequence[str] = field(default=())
    exit_code: int = DONE
    is_complaint: bool = False  # the lines go to stderr: stdout was asked to carry something else
    warnings: Sequence[str] = field(default=())  # what people should know besides; on stderr, with --json too
    is_long: bool = False  # the document: set without indents, in a third of the time


def answer(command: Callable[[], Answer], *, as_json: bool = False) -> NoReturn:
    """Run a command and leave the program with its answer."""
    language = terminal_language()
    try:
        found = command()
    except DomainError as error:
        _refuse(error, as_json=as_json, language=language)
    for line in found.warnings:
        print(line, file=sys.stderr)  # noqa: T201 - a warning goes to stderr
    if as_json:
        _print_json(found.document, is_long=found.is_long)
    else:
        for line in found.lines:
            print(line, file=sys.stderr if found.is_complaint else sys.stdout)
    sys.exit(found.exit_code)


def finding_lines(findings: Sequence[Finding], language: str) -> list[str]:
    """One line a finding: file, place, sentence."""
    return [f"{finding.file} · {finding.key}: {explain(language, finding)}" for finding in findings]


def findings_document(findings: Sequence[Finding], language: str) -> list[dict[str, Any]]:
    return [
        {"file": finding.file, "key": finding.key, "code": finding.code, "message": explain(language, finding)}
        for finding in findings
    ]


def refused_findings(findings: Sequence[Finding], language: str) -> Answer:
    """A file that was not taken, with everything that is wrong in it."""
    first = findings[0]
    error = {
        "code": first.code,
        "message": finding_lines([first], language)[0],
        "details": {"findings": findings_document(findings, language)},
    }
    return Answer({"error": error}, finding_lines(findings, language), REFUSED)


def print_usage_refusal() -> None:
    """A call whose words are wrong, as the one document that was asked for; what is wrong stands on stderr."""
    sentence = explain(terminal_language(), DomainError("usage"))
    _print_json({"error": {"code": "usage", "message": sentence, "details": {}}})


def _refuse(error: DomainError, *, as_json: bool, language: str) -> NoReturn:
    sentence = explain(language, error)
    if as_json:
        _print_json({"error": {"code": error.code, "message": sentence, "details": dict(error.details)}})
    else:
        print(sentence, file=sys.stderr)  # noqa: T201 - a command's refusal goes to stderr
    sys.exit(REFUSED)


def _print_json(document: Any, *, is_long: bool = False) -> None:
    indent = None if is_long else 2
    print(json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False, default=_plain))  # noqa: T201


def _plain(value: object) -> Any:
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else value.numerator / value.denominator
    return str(value)
