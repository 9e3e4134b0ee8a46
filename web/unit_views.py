"""A scorecard as a page shows it: dimensions, and every point with the figures it was made from. PURE.

Knows what `evaluation.scorecards.explain` says. The exact number of raters is not in there and cannot be shown; what
fewer than five patients said is not shown either, nor the sums that would give it away (rule 46).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bulletins.wording import period_name
from consortium.disclosure import may_show_count
from evaluation.explanation import ExplainedLine, Explanation
from evaluation.explanation_text import figure_text, rank_text, raters_text, reason_text, stream_text
from evaluation.figures import plain, rounded
from locales.texts import pick, text


@dataclass(frozen=True, slots=True)
class LineView:
    """One indicator. `missing` is why it has no figure; `scale` says what earns nothing and what everything."""

    name: str
    value: str
    is_hidden: bool
    behind: str
    scale: str
    points: str
    of: str
    percent: int | None
    missing: str
    is_watched: bool
    source: str
    owner: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A dimension with its lines, or a party without any."""

    name: str
    points: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """One unit in one settled month."""

    period: str
    period_name: str
    tier: str
    total: str | None
    is_complete: bool
    earned: str
    available: str
    rank: str
    responses: int
    raters: str
    dimensions: tuple[PartView, ...]
    parties: tuple[PartView, ...]
    assumptions: tuple[str, ...]
    scheme: str
    digest: str


def scorecard_view(explanation: Explanation, language: str) -> ScorecardView:
    """The explanation in words of `language`; numbers are rounded here, once."""
    return ScorecardView(
        period=str(explanation.period),
        period_name=period_name(explanation.period, language),
        tier=pick(explanation.tier_name, language),
        total=rounded(explanation.total) if explanation.total is not None else None,
        is_complete=explanation.complete,
        earned=rounded(explanation.earned),
        available=plain(explanation.available),
        rank=rank_text(explanation.rank, explanation.rank_of, explanation.unranked_reason, language),
        responses=explanation.responses,
        raters=raters_text(explanation.rater_band, language),
        dimensions=tuple(_dimensions(explanation, language)),
        parties=tuple(_parties(explanation, language)),
        assumptions=tuple(_assumptions(explanation, language)),
        scheme=text(
            language,
            "evaluation.explain.scheme",
            title=pick(explanation.scheme_title, language),
            year=explanation.scheme_year,
            version=explanation.scheme_version,
            digest=explanation.digest[:12],
        ),
        digest=explanation.digest,
    )


def _dimensions(explanation: Explanation, language: str) -> list[PartView]:
    codes = dict.fromkeys(line.dimension for line in explanation.lines)
    hidden = {line.dimension for line in explanation.lines if _is_hidden(line)}
    return [
        PartView(
            name=pick(explanation.dimension_names.get(code, {}), language) or code,
            points=_points(explanation.dimensions.get(code), hidden=code in hidden),
            lines=tuple(_line(line, language) for line in explanation.lines if line.dimension == code),
        )
        for code in codes
    ]


def _parties(explanation: Explanation, language: str) -> list[PartView]:
    hidden = {line.party for line in explanation.lines if _is_hidden(line)}
    return [
        PartView(
            name=pick(explanation.party_names.get(code, {}), language) or code,
            points=_points(points, hidden=code in hidden),
            lines=(),
        )
        for code, points in explanation.parties.items()
    ]


def _is_hidden(line: ExplainedLine) -> bool:
    """Whether a figure comes from too few patients to be shown."""
    return line.n is not None and line.value is not None and not may_show_count(line.n)


def _line(line: ExplainedLine, language: str) -> LineView:
    hidden = _is_hidden(line)
    is_watched = line.scheme_points == 0
    scale = ""
    if line.floor is not None and line.target is not None and not is_watched:
        scale = text(language, "web.unit.scale", floor=plain(line.floor), target=plain(line.target))
    return LineView(
        name=pick(line.name, language),
        value="—" if hidden else _value(line, language),
        is_hidden=hidden,
        behind=_behind(line, language),
        scale=scale,
        points=_points(line.points, hidden=hidden),
        of=plain(line.scheme_points),
        percent=None if line.share is None or hidden else round(100 * line.share),
        missing=_missing(line, language, hidden=hidden),
        is_watched=is_watched,
        source=pick(line.source, language) if line.source else "",
        owner=pick(line.owner, language) if line.owner else "",
    )


def _missing(line: ExplainedLine, language: str, *, hidden: bool) -> str:
    """Why there is no figure, or why it is not shown."""
    if hidden:
        return text(language, "web.bulletin.hidden")
    return reason_text(line.reason, language) if line.value is None else ""


def _value(line: ExplainedLine, language: str) -> str:
    """The figure with its unit of measure, to two decimals at most."""
    if line.value is None:
        return "—"
    return figure_text(Fraction(rounded(line.value)), line.unit, line.unit_wording, language)


def _behind(line: ExplainedLine, language: str) -> str:
    """The counts, answers or raters behind a figure."""
    if line.numerator is not None and line.denominator is not None:
        return f"{plain(line.numerator)} ÷ {plain(line.denominator)}"
    if line.rater_band is not None:
        return text(language, "web.unit.raters", raters=line.rater_band)
    parts = [stream_text(line, language), text(language, "web.unit.answers", n=line.n) if line.n is not None else ""]
    return " · ".join(part for part in parts if part)


def _assumptions(explanation: Explanation, language: str) -> list[str]:
    names = {line.code: line.name for line in explanation.lines}
    found = []
    for note in explanation.notes:
        about = pick(names.get(note.indicator or "", {}), language)
        words = pick(note.text, language) if note.text is not None else text(language, "web.unit.assumed_points")
        found.append(text(language, "web.unit.note", about=about, note=words) if about else words)
    return found


def _points(value: Fraction | None, *, hidden: bool = False) -> str:
    return "—" if value is None or hidden else rounded(value)
