"""What a scheme 考核方案 is made of. PURE values: indicators, and one table of points per tier.

Two axes meet in one table: *what is judged* (the dimension) and *who judges* (the party). Every indicator has one of
each, so every bound is a sum over one projection of the same table.
Refuses to know where a scheme is written down, and what a unit has reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Wording = Mapping[str, str]

COLLABORATION = "collaboration"
DIMENSIONS = ("medical_quality", "operating_efficiency", "patient_experience", COLLABORATION, "capacity")  # rule 11
PEERS = "peers"
PATIENTS = "patients"
PARTIES = (PEERS, PATIENTS, "committee", "third_party", "authority")  # those of rule 19; a scheme may have others

UP, DOWN, WATCH, QUALITATIVE = "up", "down", "watch", "qualitative"
DIRECTIONS = (UP, DOWN, WATCH, QUALITATIVE)

READING, SURVEY, PEER, THIRD_PARTY, PANEL = "reading", "survey", "peer", "third_party", "panel"
INPUTS = (READING, SURVEY, PEER, THIRD_PARTY, PANEL)
SCORE, OVERALL = "score", "overall"  # measures of a survey; besides them any dimension of the questionnaire

PERCENT, SHARE = "percent", "share"
UNITS_OF_MEASURE = (PERCENT, SHARE, "score", "count", "visits", "hours", "days", "yuan", "ratio")
FULL = {PERCENT: Fraction(100), SHARE: Fraction(1)}  # what a qualitative indicator reaches at best

OUTCOME = "outcome"
FLAGS = (OUTCOME, "resource", "service", "information", "management")  # rules 3 and 61

LINEAR = "linear"
CURVES = (LINEAR,)


@dataclass(frozen=True, slots=True)
class PanelTerms:
    """How experts mark a qualitative indicator: from how many on it has a figure, and what 1 and 5 mean.

    Without anchors of the scheme's own (None) those of the product are shown.
    """

    minimum: int
    low: Wording | None
    high: Wording | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator 指标: what it measures, in which direction better lies, and who answers for the figure."""

    code: str
    name: Wording
    dimension: str
    party: str
    direction: str
    unit: str | None  # one of UNITS_OF_MEASURE; None when the scheme words its own
    unit_wording: Wording | None
    source: Wording | None
    owner: Wording | None
    flags: tuple[str, ...]
    input: str
    questionnaire: str | None  # input "survey" only
    measure: str | None  # input "survey" only
    curve: str
    floor: Fraction | None
    target: Fraction | None
    surveyor: str | None = None  # input "third_party" only: the source as its results name it
    definition: str | None = None  # input "survey": how the figure is made; "third_party": which of its figures
    panel: PanelTerms | None = None  # input "panel" only


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a tier's table: the indicator, its points 分值, and the two ends of its curve in this tier.

    At `floor` nothing is earned, at `target` everything; both None for a watched indicator.
    """

    indicator: str
    points: Fraction
    floor: Fraction | None
    target: Fraction | None


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier 层级 with its table. `collaboration` is the sum the file itself states for that dimension, if it does."""

    code: str
    name: Wording
    ranked: bool
    collaboration: Fraction | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of the scheme that every report prints; `assumed`: the source documents leave this open (decision 2)."""

    tier: str | None
    indicator: str | None
    assumed: bool
    text: Wording | None


@dataclass(frozen=True, slots=True)
class Scheme:
    """One year's scheme in one version. Dimensions, parties and tiers stand in the order in which they are shown."""

    year: int
    version: int
    title: Wording
    dimensions: Mapping[str, Wording]
    parties: Mapping[str, Wording]
    indicators: Mapping[str, Indicator]
    tiers: Mapping[str, Tier]
    notes: tuple[Note, ...]
