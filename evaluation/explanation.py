"""Why a unit has its score: every line with its inputs, as a value and as a document. PURE.

The document keeps numbers exact: the edge decides how to write them. Refuses to know the exact number of raters: only
their band is in here (rule 21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from consortium.disclosure import rater_band
from consortium.periods import Period
from evaluation.elements import PANEL, PEER, SURVEY, THIRD_PARTY, Indicator, Note, Wording
from evaluation.freezing import Values
from evaluation.peer_standing import PeerStanding
from evaluation.scoring import FULL_SCORE
from reviews.panel_figures import DEFINITION as PANEL_DEFINITION


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One indicator's way from figure to points.

    `n`: people behind a survey figure, None elsewhere and where they are too few to say. With a figure of a survey
    stand its definition, its window and an interval (95 %), and, with one of our own, how many were invited and the
    answers by mode (None: hidden, because few).
    """

    code: str
    name: Wording
    dimension: str
    party: str
    direction: str
    unit: str | None
    unit_wording: Wording | None
    source: Wording | None
    owner: Wording | None
    numerator: Fraction | None
    denominator: Fraction | None
    n: int | None
    rater_band: str | None
    value: Fraction | None
    floor: Fraction | None
    target: Fraction | None
    share: Fraction | None
    points: Fraction | None
    available: Fraction
    scheme_points: Fraction
    reason: str | None
    surveyor: str | None = None  # whose survey it is, where it is not the consortium's own
    definition: str | None = None
    window: str | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    invited: int | None = None
    mode_mix: Mapping[str, int | None] | None = None
    is_marked: bool = False
    """A figure of the expert panel: `low` and `high` are then the ends of what it stands for."""

    @property
    def response_rate(self) -> Fraction | None:
        """Answers ÷ invited, of the flow of the window; None where one of them is not known."""
        return Fraction(self.n, self.invited) if self.n is not None and self.invited else None


@dataclass(frozen=True, slots=True)
class ForeignFigure:
    """A result of a third party 第三方 about the unit: in its own definition, beside ours and never added to it.

    Without a score and with n None: fewer than five answered.
    """

    source: str
    definition: str
    score: Fraction | None
    n: int | None
    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A frozen scorecard with everything needed to compute it again by hand."""

    period: Period
    unit_code: str
    unit_name: Wording
    tier: str
    tier_name: Wording
    total: Fraction | None
    complete: bool
    earned: Fraction
    available: Fraction
    dimensions: Mapping[str, Fraction | None]
    parties: Mapping[str, Fraction | None]
    dimension_names: Mapping[str, Wording]
    party_names: Mapping[str, Wording]
    responses: int | None  # None: fewer than five
    held_out: int | None
    rater_band: str | None
    rank: int | None
    rank_of: int
    unranked_reason: str | None
    scheme_year: int
    scheme_version: int
    scheme_title: Wording
    digest: str
    lines: tuple[ExplainedLine, ...]
    notes: tuple[Note, ...]
    third_party: tuple[ForeignFigure, ...] = ()
    peers_waived: str | None = None
    """Why two of the office had the month settled without its peer scores."""
    peer: PeerStanding | None = None
    peer_comments: tuple[str, ...] = ()
    """What the office has made of the raters' comments, once it has shown it to the unit."""


def explained_line(row: Values, indicator: Indicator) -> ExplainedLine:
    """A frozen line with the names that its scheme gives it."""
    is_peer, is_survey = indicator.input == PEER, indicator.input in {SURVEY, THIRD_PARTY}
    return ExplainedLine(
        code=indicator.code,
        name=indicator.name,
        dimension=row["dimension"],
        party=row["party"],
        direction=indicator.direction,
        unit=indicator.unit,
        unit_wording=indicator.unit_wording,
        source=indicator.source,
        owner=indicator.owner,
        numerator=row["numerator"],
        denominator=row["denominator"],
        n=None if is_peer else row["n"],
        rater_band=rater_band(row["n"] or 0) if is_peer else None,
        value=row["value"],
        floor=row["floor"],
        target=row["target"],
        share=row["share"],
        points=row["points"],
        available=row["available"],
        scheme_points=row["scheme_points"],
        reason=row["reason"],
        surveyor=indicator.surveyor if indicator.input == THIRD_PARTY else None,
        definition=(row["definition"] or indicator.definition) if is_survey else None,
        window=row["period"] if is_survey else None,
        low=row["low"],
        high=row["high"],
        invited=row["invited"],
        mode_mix=row["mode_mix"],
        is_marked=indicator.input == PANEL,
    )


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """The explanation as a document of texts, whole numbers, lists and Fractions; undefined figures are None."""
    return {
        "period": str(explanation.period),
        "scheme": {"year": explanation.scheme_year, "version": explanation.scheme_version},
        "digest": explanation.digest,
        "unit": explanation.unit_code,
        "tier": explanation.tier,
        "total": explanation.total,
        "complete": explanation.complete,
        "earned": explanation.earned,
        "available": explanation.available,
        "rank": explanation.rank,
        "rank_of": explanation.rank_of,
        "unranked_reason": explanation.unranked_reason,
        "responses": explanation.responses,
        "held_out": explanation.held_out,
        "raters": explanation.rater_band,
        "dimensions": dict(explanation.dimensions),
        "parties": dict(explanation.parties),
        "indicators": [_line_document(line) for line in explanation.lines],
        "notes": [
            {"tier": note.tier, "indicator": note.indicator, "assumed": note.assumed,
             "text": dict(note.text) if note.text else None}
            for note in explanation.notes
        ],
        "third_party": [_foreign_document(each) for each in explanation.third_party],
        "peers_waived": explanation.peers_waived,
        "peer": _peer_document(explanation.peer) if explanation.peer else None,
        "peer_comments": list(explanation.peer_comments),
    }  # fmt: skip


def _line_document(line: ExplainedLine) -> dict[str, Any]:
    return (
        _survey_document(line)
        | _panel_document(line)
        | {
            "code": line.code,
            "name": dict(line.name),
            "dimension": line.dimension,
            "party": line.party,
            "direction": line.direction,
            "unit": line.unit,
            "numerator": line.numerator,
            "denominator": line.denominator,
            "n": line.n,
            "raters": line.rater_band,
            "value": line.value,
            "floor": line.floor,
            "target": line.target,
            "share": line.share,
            "points": line.points,
            "available": line.available,
            "scheme_points": line.scheme_points,
            "reason": line.reason,
            "source": dict(line.source) if line.source else None,
            "owner": dict(line.owner) if line.owner else None,
        }
    )


def _panel_document(line: ExplainedLine) -> dict[str, Any]:
    """Of a figure of the expert panel: how it is made, and the ends of what it stands for."""
    return {"definition": PANEL_DEFINITION, "low": line.low, "high": line.high} if line.is_marked else {}


def _survey_document(line: ExplainedLine) -> dict[str, Any]:
    """What stands with a figure of a survey, our own or a third party's; nothing with others."""
    if line.definition is None:
        return {}
    told = {"definition": line.definition, "window": line.window, "low": line.low, "high": line.high}
    if line.surveyor is not None:
        return {"surveyor": line.surveyor, **told}
    mix = dict(line.mode_mix) if line.mode_mix is not None else None
    return {**told, "invited": line.invited, "response_rate": line.response_rate, "mode_mix": mix}


def _peer_document(peer: PeerStanding) -> dict[str, Any]:
    """Scores 0–100; `top_class` where all that may be said is that the mark is 4.8 or more."""
    return {
        "score": peer.score,
        "top_class": peer.score == FULL_SCORE,
        "definition": peer.definition,
        "raters": peer.rater_band,
        "band": peer.band,
        "rank_low": peer.rank_low,
        "rank_high": peer.rank_high,
        "rank_of": peer.rank_of,
        "arrow": peer.arrow,
        "criteria": [{"name": dict(name), "score": score} for name, score in peer.criteria],
    }


def _foreign_document(figure: ForeignFigure) -> dict[str, Any]:
    return {
        "surveyor": figure.source,
        "definition": figure.definition,
        "value": figure.score,
        "n": figure.n,
        "low": figure.low,
        "high": figure.high,
    }
