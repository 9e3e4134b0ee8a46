"""`tongping review audit PERIOD`: the auditor opens, with the auditor's own key, what a count kept for nobody else.

Refits the plain model from the sums alone, beside what was published, and lists pairs and flags. Knows the terminal.
Refuses to draw a conclusion: a flag opens a talk and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.answer import Answer
from app.foreign_file import read_file
from app.installation import opened
from app.settings import read_settings, terminal_language
from consortium.disclosure import mark_text
from consortium.periods import Period
from locales.errors import DomainError
from locales.texts import text
from reviews.models import PeerResidue
from reviews.residue import open_residue
from reviews.results import PeerScore, peer_scores
from reviews.rounds import round_of

if TYPE_CHECKING:
    from reviews.figures_residue import PartResidue
    from reviews.severity import Fit

_LARGEST_KEY = 64 * 1024


def audit(period: str, key: Path) -> Answer:
    """Open what was kept for the auditor. Errors: `file_unreadable`, `review_key_invalid`, `residue_none`,
    `residue_unreadable`, and those of a round that is not counted.
    """
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        sealed, published = _sealed(session, month), peer_scores(session, month)
    private = read_file(key, largest=_LARGEST_KEY).decode("utf-8", "replace")
    from reviews.figures_residue import read_residue  # noqa: PLC0415 - numpy is heavy

    parts = [(part, _refit(part)) for part in read_residue(open_residue(private, sealed))]
    document = {"period": str(month), "parts": [_document(part, fit, published) for part, fit in parts]}
    return Answer(document, _lines(month, parts, published, language))


def _sealed(session: Session, month: Period) -> str:
    if round_of(session, month) is None:
        raise DomainError("round_unknown", period=str(month))
    residue = session.get(PeerResidue, str(month))
    if residue is None:
        raise DomainError("residue_none", period=str(month))
    return residue.sealed


def _refit(part: PartResidue) -> Fit | None:
    """The plain model from the sums; None where none were kept, or where they allow no model."""
    from reviews.severity_margins import refit  # noqa: PLC0415 - numpy is heavy

    if part.margins is None:
        return None
    try:
        return refit(part.margins)
    except DomainError:
        return None  # all alike: nothing differs that a model could explain


def _document(part: PartResidue, fit: Fit | None, published: dict[str, PeerScore]) -> dict[str, Any]:
    return {
        "model": None if fit is None else _model(fit),
        "units": [] if fit is None else _units(fit, published),
        "raters": [] if fit is None else _raters(fit),
        "pairs": [{"members": [one, other], "statistic": statistic} for one, other, statistic in part.pairs],
        "flags": [
            {"kind": flag.kind, "members": list(flag.members), "statistic": flag.statistic, "threshold": flag.threshold}
            for flag in part.flags
        ],
    }


def _model(fit: Fit) -> dict[str, float]:
    return {"mu": fit.mu, "sd_rater": fit.sd_rater, "sd_unit": fit.sd_unit, "sd_residual": fit.sd_residual}


def _units(fit: Fit, published: dict[str, PeerScore]) -> list[dict[str, Any]]:
    """The mark that the sums give, 1–5, and the published score, 0–100 and coarse."""
    return [
        {"unit": unit, "refitted": mark, "published": published[unit].score if unit in published else None}
        for unit, mark in zip(fit.units, fit.score.tolist(), strict=True)
    ]


def _raters(fit: Fit) -> list[dict[str, Any]]:
    severities = zip(fit.raters, fit.severity.tolist(), strict=True)
    return [{"rater": rater, "severity": severity} for rater, severity in severities]


def _lines(
    month: Period, parts: Sequence[tuple[PartResidue, Fit | None]], published: dict[str, PeerScore], language: str
) -> list[str]:
    lines = [text(language, "count.audit.head", period=month), text(language, "count.audit.accuses_nobody")]
    for number, (part, fit) in enumerate(parts, start=1):
        lines += ["", text(language, "count.audit.part", number=number, of=len(parts))]
        lines += _fit_lines(fit, published, language)
        lines += [
            text(language, "count.audit.pair", one=one, other=other, statistic=f"{statistic:+.2f}")
            for one, other, statistic in part.pairs
        ] or [text(language, "count.audit.no_pairs")]
        lines += [
            text(language, "count.audit.flag", kind=text(language, f"severity.kind.{flag.kind}"),
                 members=", ".join(flag.members), statistic=f"{flag.statistic:.2f}", threshold=f"{flag.threshold:.2f}")
            for flag in part.flags
        ] or [text(language, "count.audit.no_flags")]  # fmt: skip
    return lines


def _fit_lines(fit: Fit | None, published: dict[str, PeerScore], language: str) -> list[str]:
    if fit is None:
        return [text(language, "count.audit.no_margins")]
    spreads = {name: f"{value:.3f}" for name, value in _model(fit).items()}
    lines = [text(language, "count.audit.model", **spreads)]
    for unit in _units(fit, published):
        score = unit["published"]
        shown = "—" if score is None else mark_text(score, language)
        lines.append(
            text(language, "count.audit.unit", unit=unit["unit"], refitted=f"{unit['refitted']:.3f}", published=shown)
        )
    return lines
