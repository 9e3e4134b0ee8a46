"""Why a unit has its score: every line with its inputs, as values. PURE.

Numbers stay exact here. Refuses to know the exact number of raters: only their band is in here (rule 21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from consortium.disclosure import rater_band
from consortium.periods import Period
from evaluation.bounds import BoundSum
from evaluation.elements import PANEL, PEER, SURVEY, THIRD_PARTY, Curve, Indicator, Note, Override, Wording
from evaluation.freezing import Values, applied_curve
from evaluation.peer_standing import PeerStanding


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
    curve: Curve | None = None  # as it was applied: a count's target is for the time as a member
    reference: Fraction | None = None  # what a relative curve was measured against
    against: Wording | None = None  # the name of the indicator that the reference is of, if it is one
    is_bonus: bool = False
    origin: str | None = None  # of a reading
    of: tuple[tuple[str, Wording], ...] = ()  # codes and names of what a computed figure was made of

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
class ReplacedLine:
    """A line of which a corrected settlement changed the figure or the points: (value, points) before and after."""

    code: str
    name: Wording
    before: tuple[Fraction | None, Fraction | None]
    after: tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A settlement that a corrected one replaced, and what became of it: (total, rank) before and after."""

    revision: int
    at: datetime
    objection: str | None
    digest: str
    before: tuple[Fraction | None, int | None]
    after: tuple[Fraction | None, int | None]
    lines: tuple[ReplacedLine, ...]


@dataclass(frozen=True, slots=True)
class Certainty:
    """How far the total and the rank may be off, as it was drawn when the period was settled (90 %)."""

    rank_low: int | None = None
    rank_high: int | None = None
    band: str | None = None
    total_low: Fraction | None = None
    total_high: Fraction | None = None


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
    certainty: Certainty = Certainty()
    days: tuple[int, int] | None = None  # as a member, of the days of the period; None: all of them
    veto: str | None = None  # the committee's reason to make the result void
    is_mean_of_months: bool = False
    synergies: Mapping[str, Fraction | None] = field(default_factory=dict)  # add up to the collaboration dimension
    aspects: Mapping[str, Fraction | None] = field(default_factory=dict)  # add up to the total
    overrides: tuple[tuple[BoundSum, Override], ...] = ()  # bounds that the scheme breaks, and what allows it to
    tier_names: Mapping[str, Wording] = field(default_factory=dict)
    revision: int = 1
    replaced: tuple[Replaced, ...] = ()


def explained_line(row: Values, indicator: Indicator, *, names: Mapping[str, Wording] = {}) -> ExplainedLine:
    """A frozen line with the names that its scheme gives it; `names` are those of all its indicators."""
    curve = applied_curve(row)
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
        curve=curve,
        reference=row["reference"],
        against=names.get(curve.against) if curve is not None and curve.against is not None else None,
        is_bonus=bool(row["is_bonus"]),
        origin=row["origin"],
        of=tuple((code, names.get(code, {})) for code in indicator.of),
    )
