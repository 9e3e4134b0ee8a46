"""An explanation as a document for programs. PURE: numbers stay exact, the edge decides how to write them."""

from __future__ import annotations

from typing import Any

from evaluation.curves import curve_document
from evaluation.explanation import ExplainedLine, Explanation, ForeignFigure, Replaced
from evaluation.peer_standing import PeerStanding
from evaluation.scoring import FULL_SCORE
from reviews.panel_figures import DEFINITION as PANEL_DEFINITION


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
        **_standing_document(explanation),
    }  # fmt: skip


def _standing_document(explanation: Explanation) -> dict[str, Any]:
    """How certain the result is, what it rests on besides the lines, and what it replaced."""
    certainty, days = explanation.certainty, explanation.days or (None, None)
    return {
        "rank_low": certainty.rank_low,
        "rank_high": certainty.rank_high,
        "band": certainty.band,
        "total_low": certainty.total_low,
        "total_high": certainty.total_high,
        "days": days[0],
        "of_days": days[1],
        "veto": explanation.veto,
        "mean_of_months": explanation.is_mean_of_months,
        "synergies": dict(explanation.synergies),
        "aspects": dict(explanation.aspects),
        "overrides": [
            {"bound": bound.bound, "tier": bound.tier, "sum": bound.sum, "low": bound.low, "high": bound.high,
             "reason": dict(override.reason)}
            for bound, override in explanation.overrides
        ],
        "revision": explanation.revision,
        "replaced": [_replaced_document(each) for each in explanation.replaced],
    }  # fmt: skip


def _replaced_document(replaced: Replaced) -> dict[str, Any]:
    return {
        "revision": replaced.revision,
        "at": replaced.at.isoformat(),
        "objection": replaced.objection,
        "digest": replaced.digest,
        "total": list(replaced.before)[:1] + list(replaced.after)[:1],
        "rank": list(replaced.before)[1:] + list(replaced.after)[1:],
        "indicators": [
            {"code": line.code, "value": [line.before[0], line.after[0]], "points": [line.before[1], line.after[1]]}
            for line in replaced.lines
        ],
    }


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
            "curve": curve_document(line.curve) if line.curve is not None else None,
            "reference": line.reference,
            "bonus": line.is_bonus,
            "origin": line.origin,
            "of": [code for code, _ in line.of],
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
