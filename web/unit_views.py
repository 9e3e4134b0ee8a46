"""A scorecard as a page shows it: dimensions, and every point with the figures it was made from. PURE.

Knows what `evaluation.scorecards.explain` says. Neither the exact number of raters nor anything that fewer than five
patients said is in there: it cannot be shown (rules 21, 46).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from bulletins.wording import period_name
from consortium.disclosure import mark_text
from evaluation.comparisons import Yardstick, is_met
from evaluation.curve_wording import curve_text
from evaluation.elements import Wording
from evaluation.explanation import ExplainedLine, Explanation
from evaluation.explanation_frame import (
    certainty_lines,
    override_lines,
    revision_lines,
    standing_lines,
    sub_score_lines,
)
from evaluation.explanation_text import (
    behind_text,
    figure_text,
    foreign_text,
    held_lines,
    panel_text,
    rank_text,
    reason_text,
    stream_text,
    survey_parts,
    waived_lines,
)
from evaluation.peer_wording import peer_lines
from locales.numbers import plain, rounded
from locales.texts import pick, text


@dataclass(frozen=True, slots=True)
class LineView:
    """One indicator. `missing` is why it has no figure; `scale` says what earns nothing and what everything.

    `evidence` is what must be said with a survey's figure, piece by piece; `median` that of the tier, where it may be
    shown; `met` is "yes", "no", or "" where there is nothing to reach; `note` is why a figure earns nothing; `origin`
    says how and when the figure came in.
    """

    name: str
    value: str
    behind: str
    evidence: tuple[str, ...]
    scale: str
    points: str
    of: str
    percent: int | None
    missing: str
    is_watched: bool
    source: str
    owner: str
    median: str = ""
    met: str = ""
    note: str = ""
    origin: str = ""
    is_bonus: bool = False


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
    behind: str
    held: tuple[str, ...]
    dimensions: tuple[PartView, ...]
    parties: tuple[PartView, ...]
    third_party: tuple[str, ...]
    waived: tuple[str, ...]
    peer: tuple[str, ...]
    peer_comments: tuple[str, ...]
    assumptions: tuple[str, ...]
    scheme: str
    digest: str
    standing: tuple[str, ...] = ()
    certainty: tuple[str, ...] = ()
    sub_scores: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a unit's figures besides what was frozen of them, by indicator: medians of the tier (only those
    that the reader may see), and in words how and when each figure came in.
    """

    medians: Mapping[str, Yardstick]
    origins: Mapping[str, str]


NOTHING_BESIDE = Beside({}, {})


def scorecard_view(explanation: Explanation, language: str, beside: Beside = NOTHING_BESIDE) -> ScorecardView:
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
        behind=behind_text(explanation, language),
        held=tuple(held_lines(explanation, language)),
        dimensions=dimension_views(
            explanation.lines, explanation.dimension_names, explanation.dimensions, language, beside
        ),
        parties=tuple(_parties(explanation, language)),
        third_party=tuple(foreign_text(figure, language) for figure in explanation.third_party),
        waived=tuple(waived_lines(explanation, language)),
        peer=tuple(peer_lines(explanation.peer, language)),
        peer_comments=explanation.peer_comments,
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
        standing=tuple(standing_lines(explanation, language)),
        certainty=tuple(certainty_lines(explanation, language)),
        sub_scores=tuple(sub_score_lines(explanation, language)),
        overrides=tuple(override_lines(explanation, language)),
        revisions=tuple(revision_lines(explanation, language)),
    )


def dimension_views(
    lines: Iterable[ExplainedLine],
    names: Mapping[str, Wording],
    points: Mapping[str, Fraction | None],
    language: str,
    beside: Beside = NOTHING_BESIDE,
) -> tuple[PartView, ...]:
    """Lines under their dimensions, in their order."""
    told = list(lines)
    return tuple(
        PartView(
            name=pick(names.get(code, {}), language) or code,
            points=_points(points.get(code)),
            lines=tuple(_line(line, language, beside) for line in told if line.dimension == code),
        )
        for code in dict.fromkeys(line.dimension for line in told)
    )


def _parties(explanation: Explanation, language: str) -> list[PartView]:
    return [
        PartView(name=pick(explanation.party_names.get(code, {}), language) or code, points=_points(points), lines=())
        for code, points in explanation.parties.items()
    ]


def _line(line: ExplainedLine, language: str, beside: Beside) -> LineView:
    is_watched = line.scheme_points == 0
    scale = ""
    if line.curve is not None and not is_watched:
        scale = curve_text(line.curve, language, reference=line.reference, against=line.against)
    met = None if is_watched else is_met({"share": line.share})
    return LineView(
        name=pick(line.name, language),
        value=_value(line, language),
        behind=_behind(line, language),
        evidence=tuple(survey_parts(line, language)),
        scale=scale,
        points=_points(line.points),
        of=plain(line.scheme_points),
        percent=None if line.share is None else round(100 * line.share),
        missing=_missing(line, language) if line.value is None else "",
        is_watched=is_watched,
        source=pick(line.source, language) if line.source else "",
        owner=pick(line.owner, language) if line.owner else "",
        median=_median(line, beside.medians.get(line.code), language),
        met="" if met is None else "yes" if met else "no",
        note=reason_text(line.reason, language) if line.reason and line.value is not None and not is_watched else "",
        origin=beside.origins.get(line.code, ""),
        is_bonus=line.is_bonus,
    )


def _median(line: ExplainedLine, yardstick: Yardstick | None, language: str) -> str:
    """The tier's median in the figure's own unit, and of how many figures."""
    if yardstick is None:
        return ""
    if line.rater_band is not None:
        value = mark_text(yardstick.median, language)
    else:
        value = figure_text(Fraction(rounded(yardstick.median)), line.unit, line.unit_wording, language)
    return text(language, "scorecard.median", value=value, n=yardstick.figures)


def _missing(line: ExplainedLine, language: str) -> str:
    """Why there is no figure, and of whom it would be, where it is not our own."""
    return " · ".join(part for part in (reason_text(line.reason, language), stream_text(line, language)) if part)


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
        raters = text(language, "web.unit.raters", raters=line.rater_band)
        mark = text(language, "peers.mark", mark=mark_text(line.value, language)) if line.value is not None else ""
        return " · ".join(part for part in (mark, raters) if part)
    if line.is_marked:
        return panel_text(line, language)
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


def _points(value: Fraction | None) -> str:
    return "—" if value is None else rounded(value)
