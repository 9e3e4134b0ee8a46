"""PURE: what only the auditor opens of a round: margins of the plain model, pairs beyond |S| 2.5, and flags.

A margin of fewer than five ballots would be as good as a ballot, so a part in which somebody gave fewer has none.
Nothing here accuses anybody. Knows fitted parts. Refuses to know who may open it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from consortium.disclosure import MINIMUM_RATERS
from reviews.collusion import Flag, kept_pairs, watch
from reviews.figures_parts import Part
from reviews.severity_ballots import sizes
from reviews.severity_margins import Margins, margins_of

Pair = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class PartResidue:
    """The residue of one part; without margins where they would be as good as ballots."""

    margins: Margins | None
    pairs: tuple[Pair, ...]
    flags: tuple[Flag, ...]


def residue_text(parts: Sequence[Part], *, definition: str, seed: int) -> str:
    """The residue of a round as JSON text; `read_residue` reads it."""
    documents = [_document(part, np.random.default_rng([seed, number, 1])) for number, part in enumerate(parts)]
    return json.dumps({"definition": definition, "parts": documents}, ensure_ascii=False, sort_keys=True)


def read_residue(written: str) -> tuple[PartResidue, ...]:
    """What `residue_text` wrote, part by part."""
    return tuple(
        PartResidue(
            None if part["margins"] is None else _margins_from(part["margins"]),
            tuple((one, other, float(statistic)) for one, other, statistic in part["pairs"]),
            tuple(Flag(**{**flag, "members": tuple(flag["members"])}) for flag in part["flags"]),
        )
        for part in json.loads(written)["parts"]
    )


def _document(part: Part, random: np.random.Generator) -> dict[str, Any]:
    ballots, robust = part.ballots, part.robust
    pairs = () if robust is None else kept_pairs(ballots, robust)
    flags = () if robust is None else watch(ballots, robust, random)
    has_margins = int(min(sizes(ballots).given.min(), sizes(ballots).got.min())) >= MINIMUM_RATERS
    return {
        "margins": _margins_document(margins_of(ballots)) if has_margins else None,
        "pairs": [list(pair) for pair in pairs],
        "flags": [
            {"kind": flag.kind, "members": list(flag.members), "statistic": flag.statistic, "threshold": flag.threshold}
            for flag in flags
        ],
    }


def _margins_document(margins: Margins) -> dict[str, Any]:
    return {
        "raters": list(margins.raters),
        "units": list(margins.units),
        "rater": margins.rater.tolist(),
        "unit": margins.unit.tolist(),
        "times": margins.times.tolist(),
        "rater_sums": margins.rater_sums.tolist(),
        "unit_sums": margins.unit_sums.tolist(),
        "squares": margins.squares,
    }


def _margins_from(document: Mapping[str, Any]) -> Margins:
    return Margins(
        tuple(document["raters"]),
        tuple(document["units"]),
        np.array(document["rater"], dtype=np.intp),
        np.array(document["unit"], dtype=np.intp),
        np.array(document["times"], dtype=np.intp),
        np.array(document["rater_sums"], dtype=np.float64),
        np.array(document["unit_sums"], dtype=np.float64),
        float(document["squares"]),
    )
