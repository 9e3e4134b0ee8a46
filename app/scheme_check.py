"""`tongping scheme check FILE`: whether a scheme can be used, with every sum and what it adds. Needs no installation.

The document is the same whatever the file is: one that cannot be read has no sums, and findings. `accepted` is true
exactly where there are no findings; a bound that is broken for a written reason is none, and is named with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.answer import DONE, REFUSED, Answer
from app.foreign_file import read_file, shown
from app.questionnaire_report import printable
from app.settings import terminal_language
from evaluation.bound_wording import bound_name, broken_text, limits_text, tier_text
from evaluation.bounds import EVERY_TIER, POINT_BOUNDS, BoundSum, bound_sums, broken_by_permission, override_of
from evaluation.elements import Scheme
from evaluation.lints import check_scheme
from evaluation.scheme import parse_scheme
from locales.errors import DomainError, Finding, explain
from locales.numbers import plain
from locales.texts import pick, text
from surveys.strict_toml import read_toml

LARGEST_FILE = 4 * 1024 * 1024


def check(file: Path) -> Answer:
    """Prove all bounds of a scheme file together, and say what else is wrong with it."""
    language = terminal_language()
    scheme, findings = _read(file)
    document = {
        "accepted": not findings,
        "sums": [] if scheme is None else [_sum_document(bound) for bound in bound_sums(scheme)],
        "findings": [{"code": each.code, "key": each.key, "message": explain(language, each)} for each in findings],
    }
    lines = [printable(line) for line in _lines(scheme, findings, language)]
    return Answer(document, lines, REFUSED if findings else DONE)


def _read(file: Path) -> tuple[Scheme | None, list[Finding]]:
    """The scheme of a file and everything that stands against it; a file that cannot be read has findings alone."""
    name = shown(Path(file.name))
    try:
        content = read_file(file, largest=LARGEST_FILE)
        if len(content) > LARGEST_FILE:
            return None, [Finding(name, "file", "file_too_large", {"limit": LARGEST_FILE // 1024 // 1024})]
        written = content.decode("utf-8-sig")
    except DomainError as error:
        return None, [Finding(name, "file", error.code, error.details)]
    except UnicodeDecodeError:
        return None, [Finding(name, "file", "file_not_utf8")]
    document, refusal = read_toml(written)
    if refusal is not None:
        return None, [Finding(name, "file", refusal.code, refusal.details)]
    scheme, findings = parse_scheme(document, file=name)
    return scheme, findings if scheme is None else check_scheme(scheme, file=name)


def _sum_document(bound: BoundSum) -> dict[str, Any]:
    return {
        "bound": bound.bound,
        "tier": bound.tier,
        "sum": bound.sum,
        "low": bound.low,
        "high": bound.high,
        "indicators": list(bound.indicators),
    }


def _lines(scheme: Scheme | None, findings: Sequence[Finding], language: str) -> Iterator[str]:
    """The sums of each tier, what is broken by permission, then the verdict with its findings."""
    if scheme is not None:
        title = pick(scheme.title, language)
        yield text(language, "schemecheck.title", year=scheme.year, version=scheme.version, title=title)
        sums = bound_sums(scheme)
        for tier in (*scheme.tiers, EVERY_TIER):
            yield _tier_heading(scheme, tier, language)
            yield from (_sum_line(scheme, bound, language) for bound in sums if bound.tier == tier)
        for bound, override in broken_by_permission(scheme):
            yield broken_text(scheme, bound, override, language)
    if not findings:
        yield text(language, "schemecheck.accepted")
        return
    yield text(language, "schemecheck.refused", count=len(findings))
    for finding in findings:
        yield text(language, "schemecheck.finding", key=finding.key, message=explain(language, finding))


def _tier_heading(scheme: Scheme, tier: str, language: str) -> str:
    if tier == EVERY_TIER:
        return tier_text(tier, {}, language)
    return text(language, "schemecheck.tier", name=tier_text(tier, scheme.tiers[tier].name, language), code=tier)


def _sum_line(scheme: Scheme, bound: BoundSum, language: str) -> str:
    mark = "holds" if bound.holds else "broken" if override_of(scheme, bound) is None else "permitted"
    return text(
        language,
        "schemecheck.sum",
        mark=text(language, f"schemecheck.mark.{mark}"),
        bound=bound_name(bound.bound, language),
        sum=plain(bound.sum),
        limits=limits_text(bound.low, bound.high, language),
        rows=_rows(scheme, bound, language),
    )


def _rows(scheme: Scheme, bound: BoundSum, language: str) -> str:
    """What a sum adds, each with its points; of a count, what was counted."""
    if not bound.indicators:
        return ""
    if bound.bound not in POINT_BOUNDS:
        codes = text(language, "schemecheck.comma").join(bound.indicators)
        return text(language, "schemecheck.counted", rows=codes)
    points = {line.indicator: line.points for line in scheme.tiers[bound.tier].lines}
    rows = [text(language, "schemecheck.row", code=code, points=plain(points[code])) for code in bound.indicators]
    return text(language, "schemecheck.rows", rows=text(language, "schemecheck.plus").join(rows))
