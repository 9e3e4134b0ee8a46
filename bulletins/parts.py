"""What a bulletin 协同简报 says, before it is said in any language: its values. PURE.

Both languages' names travel along, every figure is exact, and what small numbers must not show is not in here at all:
nobody can publish by mistake what the content does not hold. Refuses to know the database, wording and layout; how the
values are written down is `bulletins.content`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.peer_standing import PeerStanding

Wording = Mapping[str, str]
Figures = tuple[tuple[str, Fraction | None], ...]
"""Exact figures by code, in the order in which they are shown; None where there is none."""

INCOMPLETE, NO_PEER_SCORE = "incomplete", "no_peer_score"

OTHER_PARTS = "parts"
"""Why a trend breaks, besides the reasons of `evaluation.series`: other parts of the scheme were there to be scored."""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Patients' scores 0–100 from `responses` answers, never fewer than five.

    `low` and `high` are the ends of the score's interval (95 %); `invited` is None where it was not noted.
    """

    responses: int
    score: Fraction | None
    dimensions: Figures
    low: Fraction | None = None
    high: Fraction | None = None
    invited: int | None = None


@dataclass(frozen=True, slots=True)
class Certainty:
    """Between which places a ranked unit lies, with 90 %; its band; and up, down or same since the period before, where
    that can be said.
    """

    rank_low: int | None
    rank_high: int | None
    band: str | None
    movement: str | None
    total_low: Fraction | None = None
    total_high: Fraction | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A unit's score in one period, with its interval (90 %) and its place of `rank_of`; None where there is none.

    `is_break`: from here on it means something else (another scheme, another mix of parts); no line leads here.
    `reasons` say why, as `evaluation.series` names them.
    """

    period: str
    total: Fraction | None
    low: Fraction | None
    high: Fraction | None
    rank: int | None
    rank_of: int
    is_break: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit in its tier. `marks` are codes: why it has no rank, what its score lacks.

    `peer` is its peer score without single criteria; `raters` is a band such as "10-19", None below five;
    `satisfaction` is None below five responses, and where nobody answered at all `is_unanswered` says so: that is no
    secret. `certainty` is None where nothing was drawn. `shares` say by dimension of the scheme how much of what was
    available the unit earned, 0–100; `trend` are its last twelve months, this one last.
    """

    code: str
    name: Wording
    total: Fraction | None
    rank: int | None
    marks: tuple[str, ...]
    raters: str | None
    satisfaction: Satisfaction | None
    is_unanswered: bool = False
    peer: PeerStanding | None = None
    certainty: Certainty | None = None
    shares: Figures = ()
    trend: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class TierTable:
    """The units of a tier 层级: those with a rank first, best first, then the others in the consortium's own order."""

    code: str
    name: Wording
    rank_of: int
    units: tuple[UnitRow, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """The consortium as a whole, pooled from the units whose own figures are shown: subtraction finds no hidden one."""

    units: int
    units_shown: int
    satisfaction: Satisfaction | None


@dataclass(frozen=True, slots=True)
class History:
    """Imported figures of the years before, in their own definition: never beside this month's scores in one line.

    `unit` is a unit of measure of the scheme such as "percent", or None with a `unit_wording` of its own; `source` says
    who measured; `points` are by period, oldest first.
    """

    code: str
    name: Wording
    unit: str | None
    unit_wording: Wording | None
    source: Wording | None
    points: Figures


@dataclass(frozen=True, slots=True)
class Change:
    """A unit's figure that has changed by more than noise since the period before, with the numbers behind it."""

    unit: str
    name: Wording
    before: Fraction
    after: Fraction
    is_better: bool


@dataclass(frozen=True, slots=True)
class CollaborationFigure:
    """An indicator of collaboration: the consortium's figure pooled from its units, in this period and the one before.

    `unit` is the unit of measure, or None with a `unit_wording` of its own; `units` how many have a figure;
    `is_better` says of the whole whether it changed by more than noise, and to which side (None: it did not);
    `changes` are the units that did, the largest first.
    """

    code: str
    name: Wording
    unit: str | None
    value: Fraction | None
    before: Fraction | None
    units: int
    target: Fraction | None
    changes: tuple[Change, ...] = ()
    unit_wording: Wording | None = None
    is_better: bool | None = None


@dataclass(frozen=True, slots=True)
class Improved:
    """A unit whose score rose the most in its tier, by more than noise."""

    tier: str
    code: str
    name: Wording
    before: Fraction
    after: Fraction
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class StoryTold:
    """What a doctor or a patient tells, chosen by the office, with consent; `byline` None: without a name."""

    teller: str
    unit_name: Wording | None
    words: str
    byline: str | None
    language: str


@dataclass(frozen=True, slots=True)
class HonourGiven:
    """An honour that was decided: its name and who has it, unit by unit; `candidate` "" where it is the unit's own."""

    name: Wording
    winners: tuple[tuple[str, Wording], ...]  # candidate, name of the unit


@dataclass(frozen=True, slots=True)
class BrokenBound:
    """A bound of the rules that the scheme breaks for a written reason; `tier` "*": in the whole scheme."""

    bound: str
    tier: str
    tier_name: Wording
    sum: Fraction
    low: Fraction | None
    high: Fraction | None
    reason: Wording


@dataclass(frozen=True, slots=True)
class BulletinContent:
    """One edition 版次. `corrects` is the edition that this one replaces, and `note` says what was wrong with it.

    `modes` are the ways in which patients were asked: chat, page, or both; `peers_waived` is why two of the office had
    the month settled without its peer scores.
    """

    consortium: Wording
    aims: Wording
    period: str
    edition: int
    scheme: Wording
    scheme_year: int
    scheme_version: int
    tiers: tuple[TierTable, ...]
    overall: Overall
    dimensions: tuple[tuple[str, Wording], ...]
    history: tuple[History, ...]
    assumptions: tuple[Wording, ...]
    satisfaction_definition: str
    peer_definition: str
    digest: str
    corrects: int | None = None
    note: str | None = None
    modes: tuple[str, ...] = ()
    peers_waived: str | None = None
    overrides: tuple[BrokenBound, ...] = ()
    revision: int | None = None  # of the settlement, from the second one on
    groups: tuple[tuple[str, Wording], ...] = ()  # the dimensions of the scheme, as `UnitRow.shares` names them
    collaboration: tuple[CollaborationFigure, ...] = ()
    improved: tuple[Improved, ...] = ()
    stories: tuple[StoryTold, ...] = ()
    honours: tuple[HonourGiven, ...] = ()
