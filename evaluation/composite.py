"""How sure totals and places are: the uncertain parts of all units drawn together, through the curves. PURE.

Uncertain are what patients said (a normal distribution with the interval that stands beside each figure, cut to what
the definition can give; everything the same patients said moves together) and what peers said (with the coarse spreads
and the covariance that a count publishes, never anything finer). Everything else is what it is. A total is never drawn
from a finer figure than the one that is scored, so its interval tells nothing that the published figures do not.

A relative curve keeps the reference it was scored with. The seed comes from the period and the scheme: the same
draws on every machine. Refuses to know tables, and to be exact: intervals are rounded, scores are not made here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from evaluation.draw_curves import drawn_share
from evaluation.elements import BY_SHARE, COMPLEMENT, COMPUTED, FULL, PEER, SURVEY, THIRD_PARTY, Scheme
from evaluation.figures import Input
from evaluation.freezing import Standing, Values
from evaluation.scoring import LineScore
from surveys.scoring import DEFINITIONS, bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS, INTERVAL = 2000, 90
"""How many draws, and per cent of them inside an interval."""

FEWEST_IN_BANDS = 3  # ranked units of a tier from which halves mean something

_SIGMAS_OF_95, _SIGMAS_OF_90 = 1.959963984540054, 1.644853626951473
_MONTHS_ALIKE = 0.5  # how alike a rater's view of a unit is from month to month, as in the quarter of peer figures
_MARK = 25.0  # points of a score (0–100) in a mark (1–5)
_PARTS_OF_A_POINT = 100  # intervals of totals are in hundredths
_ALIKE = 9  # decimals; beyond these two totals are the same
_FULL_SCORE = 100.0
_AT_ONCE = 500  # draws

Document = Mapping[str, Any]
"""What the count of a round publishes of one of its parts (`reviews.figures_fit`)."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit with what is drawn of it: by indicator, a figure for each draw."""

    scheme: Scheme
    standing: Standing
    drawn: Mapping[str, Floats]
    lines: Mapping[str, LineScore]


def seed_of(*words: str) -> int:
    """The seed that these words stand for."""
    return int.from_bytes(hashlib.sha256(":".join(words).encode()).digest()[:8], "big")


def drawn_totals(
    scheme: Scheme, standings: Sequence[Standing], months: Sequence[Sequence[Document]], *, seed: int
) -> dict[str, Floats]:
    """Unit → its total in each draw; units of which nothing is uncertain, or that have no total, are not there.

    `months` are the documents of the rounds behind the peer figures, month by month.
    """
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    random = np.random.Generator(np.random.PCG64(seed))
    noise = _peer_noise(months, random)
    found: dict[str, Floats] = {}
    for standing in sorted(standings, key=lambda each: each.unit_code):
        drawn = _drawn_figures(scheme, standing.inputs.figures, noise.get(standing.unit_code), random)
        if standing.score.total is None or not drawn:
            continue
        unit = _Unit(scheme, standing, drawn, {line.code: line for line in standing.score.lines})
        total = _drawn_total(unit)
        if total is not None:
            found[standing.unit_code] = total
    return found


def totals_from_intervals(parts: Mapping[str, Sequence[tuple[Fraction, Fraction, Fraction]]], *, seed: int) -> dict[
    str, Floats
]:  # fmt: skip
    """The same for totals that are means of others: unit → (weight, total, half of its interval) of each part.

    Patients and raters differ from part to part, but raters' views last: half of what is unsure is taken to be alike.
    """
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    random = np.random.Generator(np.random.PCG64(seed))
    found: dict[str, Floats] = {}
    for unit, of_unit in sorted(parts.items()):
        weights = sum(weight for weight, _, _ in of_unit)
        if not weights or all(half == 0 for _, _, half in of_unit):
            continue
        mean = float(sum((weight * total for weight, total, _ in of_unit), Fraction(0)) / weights)
        spreads = [float(weight * half / weights) / _SIGMAS_OF_90 for weight, _, half in of_unit]
        variance = (1 - _MONTHS_ALIKE) * sum(each**2 for each in spreads) + _MONTHS_ALIKE * sum(spreads) ** 2
        found[unit] = np.clip(mean + variance**0.5 * random.standard_normal(DRAWS), 0.0, _FULL_SCORE)
    return found


def with_intervals(cards: Sequence[Values], drawn: Mapping[str, Floats]) -> list[Values]:
    """The scorecards with the intervals of totals and places, and with bands; as they are where nothing was drawn.

    A unit of which nothing is uncertain has no interval of its total, but its place moves with those of the others.
    """
    if not drawn:
        return list(cards)
    places: dict[str, Values] = {}
    for tier in dict.fromkeys(card["tier"] for card in cards):
        field = [card for card in cards if card["tier"] == tier and card["rank"] is not None]
        if any(card["unit_code"] in drawn for card in field):
            places |= _places(field, drawn)
    return [card | places.get(card["unit_code"], {}) | _ends(card, drawn.get(card["unit_code"])) for card in cards]


def competition_ranks(totals: Floats) -> Any:
    """The place of each unit (a row) in each draw (a column): 1 the best, equal totals share the better place."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    rounded = np.round(totals, _ALIKE)
    order = np.argsort(-rounded, axis=0, kind="stable")
    ordered = np.take_along_axis(rounded, order, axis=0)
    places = np.broadcast_to(np.arange(1, len(totals) + 1, dtype=np.int32)[:, None], totals.shape)
    is_new = np.ones(totals.shape, dtype=bool)
    is_new[1:] = ordered[1:] < ordered[:-1]
    shared = np.maximum.accumulate(np.where(is_new, places, 1), axis=0)
    ranks = np.empty(totals.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, shared, axis=0)
    return ranks


def _places(field: Sequence[Values], drawn: Mapping[str, Floats]) -> dict[str, Values]:
    """Places of one tier's ranked units, each within 90 % of the draws; its own place always among them."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    from reviews.rank_intervals import band, quantile  # noqa: PLC0415 - needs numpy

    totals = np.array([drawn.get(card["unit_code"], np.full(DRAWS, float(card["total"]))) for card in field])
    ranks, tail = np.empty((len(field), DRAWS), dtype=np.int64), (1 - INTERVAL / 100) / 2
    for start in range(0, DRAWS, _AT_ONCE):  # draw by draw nothing is shared, and thousands of units need room
        block = slice(start, start + _AT_ONCE)
        ranks[:, block] = competition_ranks(totals[:, block])
    lows, highs = quantile(ranks, tail), quantile(ranks, 1 - tail)
    found = {}
    for card, drawn_low, drawn_high in zip(field, lows.tolist(), highs.tolist(), strict=True):
        low, high = min(drawn_low, card["rank"]), max(drawn_high, card["rank"])
        named = band(low, high, len(field)) if len(field) >= FEWEST_IN_BANDS else None
        found[card["unit_code"]] = {"rank_low": low, "rank_high": high, "band": named}
    return found


def _ends(card: Values, drawn: Floats | None) -> Values:
    """The interval of a total in hundredths, the total always inside."""
    if drawn is None or card["total"] is None:
        return {}
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    tail = (1 - INTERVAL / 100) / 2
    low, high = (round(_PARTS_OF_A_POINT * float(each)) for each in np.quantile(drawn, [tail, 1 - tail]))
    total = _PARTS_OF_A_POINT * card["total"]
    return {
        "total_low": Fraction(min(low, floor(total)), _PARTS_OF_A_POINT),
        "total_high": Fraction(max(high, ceil(total)), _PARTS_OF_A_POINT),
    }


def _peer_noise(months: Sequence[Sequence[Document]], random: np.random.Generator) -> dict[str, Floats]:
    """Unit → how far its peer score may lie from what is published, on the scale of scores; the mean of its months.

    What lasts from month to month is one draw a unit, the rest one a month.
    """
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    from reviews.figures_fit import covariance_of, step_variance  # noqa: PLC0415 - needs numpy

    units = sorted({unit["unit"] for month in months for document in month for unit in document["units"]})
    lasting = dict(zip(units, random.standard_normal((len(units), DRAWS)), strict=True))
    lasts = _MONTHS_ALIKE if sum(bool(month) for month in months) > 1 else 0.0
    sums: dict[str, Floats] = {}
    times = dict.fromkeys(units, 0)
    for month in months:
        for document in month:
            codes = [unit["unit"] for unit in document["units"]]
            steps = np.diag(step_variance(document))
            covariance = covariance_of(document)
            lower = np.linalg.cholesky(steps if covariance is None else covariance + steps)
            fresh = random.standard_normal((len(codes), DRAWS))
            common = np.array([lasting[code] for code in codes])
            moved = lower @ (lasts**0.5 * common + (1.0 - lasts) ** 0.5 * fresh)
            for code, row in zip(codes, moved, strict=True):
                sums[code] = sums[code] + row if code in sums else row
                times[code] += 1
    return {code: _MARK * total / times[code] for code, total in sums.items()}


def _drawn_figures(
    scheme: Scheme, figures: Mapping[str, Input], peers: Floats | None, random: np.random.Generator
) -> dict[str, Floats]:
    """The uncertain figures of one unit, by indicator."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    answers: dict[str, Floats] = {}
    drawn: dict[str, Floats] = {}
    for code, given in sorted(figures.items()):
        indicator = scheme.indicators.get(code)
        if indicator is None or given.value is None:
            continue
        value = float(given.value)
        if indicator.input == PEER and peers is not None:
            drawn[code] = np.clip(value + peers, 0.0, _FULL_SCORE)
        if indicator.input not in {SURVEY, THIRD_PARTY} or given.low is None or given.high is None:
            continue
        asked = indicator.questionnaire or indicator.surveyor or code
        if asked not in answers:
            answers[asked] = random.standard_normal(DRAWS)
        spread = float(given.high - given.low) / (2 * _SIGMAS_OF_95)
        figure = value + spread * answers[asked]
        low, high = bounds(given.definition) if given.definition in DEFINITIONS else (None, None)
        drawn[code] = figure if low is None else np.clip(figure, float(low), float(high or 0))
    return drawn


def _drawn_total(unit: _Unit) -> Floats | None:
    """The total of one unit in each draw: what is certain is added once; None where nothing uncertain earns points."""
    import numpy as np  # noqa: PLC0415 - heavy, and most of this package needs none

    score = unit.standing.score
    known: dict[str, Any] = {}
    moved = None
    certain = score.earned
    for line, row in zip(score.lines, unit.scheme.tiers[unit.standing.tier].lines, strict=True):
        if not line.points and not (line.share is not None and row.points):
            continue
        if line.reason is not None or not _is_drawn(unit, line.code):
            continue
        share = _share(unit, line.code, known)
        certain -= line.points or Fraction(0)
        points = float(row.points) * share
        moved = points if moved is None else moved + points
    if moved is None:
        return None
    total: Floats = np.minimum(_FULL_SCORE, _FULL_SCORE * (float(certain) + moved) / float(score.available))
    return total


def _is_drawn(unit: _Unit, code: str) -> bool:
    """Whether something uncertain is in an indicator's figure."""
    indicator = unit.scheme.indicators[code]
    return code in unit.drawn or (indicator.input in COMPUTED and any(_is_drawn(unit, each) for each in indicator.of))


def _value(unit: _Unit, code: str, known: dict[str, Any]) -> Any:
    """An indicator's figure: an array where it is uncertain, a number where it is not, None where it is missing."""
    if code not in known:
        indicator = unit.scheme.indicators[code]
        if indicator.input not in COMPUTED:
            given = unit.standing.inputs.figures.get(code, Input(None)).value
            known[code] = unit.drawn.get(code, None if given is None else float(given))
        elif indicator.input == COMPLEMENT:
            part = _value(unit, indicator.of[0], known)
            known[code] = None if part is None else float(FULL[indicator.unit or ""]) - part
        else:
            by_share = indicator.by == BY_SHARE
            parts = [(_share if by_share else _value)(unit, each, known) for each in indicator.of]
            there = [each for each in parts if each is not None]
            scale = float(FULL.get(indicator.unit or "", Fraction(1))) if by_share else 1.0
            known[code] = scale * sum(there) / len(there) if there else None
    return known[code]


def _share(unit: _Unit, code: str, known: dict[str, Any]) -> Any:
    """The share that an indicator earns by its line's curve; of a part without a line, by its own."""
    line = unit.lines.get(code)
    if line is not None and (line.share is None or line.reason is not None):
        return None if line.share is None else float(line.share)
    curve = line.curve if line is not None else unit.scheme.indicators[code].curve
    value = _value(unit, code, known)
    if value is None or curve is None:
        return None
    reference = line.reference if line is not None else None
    return drawn_share(curve, value, reference=None if reference is None else float(reference))
