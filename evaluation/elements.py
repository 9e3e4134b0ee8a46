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
MEAN, COMPLEMENT = "mean", "complement"
COMPUTED = (MEAN, COMPLEMENT)  # from other indicators of the same unit and period
INPUTS = (READING, SURVEY, PEER, THIRD_PARTY, PANEL, *COMPUTED)
BY_VALUE, BY_SHARE = "value", "share"
MEANS = (BY_VALUE, BY_SHARE)  # what a mean is taken of
SCORE, OVERALL = "score", "overall"  # measures of a survey; besides them any dimension of the questionnaire

PERCENT, SHARE = "percent", "share"
UNITS_OF_MEASURE = (PERCENT, SHARE, "score", "count", "visits", "hours", "days", "yuan", "ratio")
FULL = {PERCENT: Fraction(100), SHARE: Fraction(1)}  # what a qualitative indicator reaches at best

OUTCOME, INCOME = "outcome", "income"  # rules 61 and 84
SYNERGIES = ("resource", "service", "information", "management")  # rule 3
LEGS = ("public_health", "clinical")  # rule 91
AIMS = ("strengthen_primary", "promote_health", "lower_cost")  # rule 129
FLAGS = (OUTCOME, *SYNERGIES, *LEGS, *AIMS, INCOME)
ASPECTS = ("quality", "efficiency", "development", "satisfaction")  # rule 124
ASPECT_OF = dict(zip(DIMENSIONS, (*ASPECTS[:2], ASPECTS[3], ASPECTS[0], ASPECTS[2]), strict=True))
"""The aspect of a dimension's indicators that name none: the national lists put referral under quality."""
PERSPECTIVES = ("finance", "customer", "process", "learning", "collaboration")  # rule 130

LINEAR, BAND, STEPS, RELATIVE, CHECKLIST, COUNT = "linear", "band", "steps", "relative", "checklist", "count"
CURVES = (LINEAR, BAND, STEPS, RELATIVE, CHECKLIST, COUNT)
REGION, TIER_MEDIAN = "region", "tier_median"  # what a relative curve measures against; or another indicator
MONTH, QUARTER, YEAR = "month", "quarter", "year"
SPANS = {MONTH: 1, QUARTER: 3, YEAR: 12}  # months that a count's target is for
POOL, SUM, AVERAGE, LAST = "pool", "sum", "mean", "last"
OVER_TIME = (POOL, SUM, AVERAGE, LAST)  # how the months of a quarter or year become one figure
OWN, MEAN_OF_MONTHS = "own", "mean_of_months"
YEAR_RULES = (OWN, MEAN_OF_MONTHS)  # rule 75
SIMPLE, TWO_THIRDS = "simple", "two_thirds"
MAJORITIES = (SIMPLE, TWO_THIRDS)  # of the voices: more than half; two thirds or more (rule 20)
BOUNDS = (
    "points", PEERS, PATIENTS, "outcomes", COLLABORATION, "dimensions", *LEGS, *AIMS, "raters",
)  # fmt: skip
"""What a scheme can be proved to keep, and may break for a written reason."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How a value becomes a share of the points. Only the fields of its kind are set.

    `linear`, `checklist`: nothing at `floor`, everything at `target`, straight between; a target below the floor counts
    downwards. `count`: the same from 0 to `target`, which is for a `per` (month, quarter, year). `relative`: the same
    on value − reference. `band`: everything inside both edges, straight down to `floor` below and `ceiling` above,
    nothing beside an edge without one. `steps`: (limit, share) from worst to best; the last limit reached counts.
    """

    kind: str
    floor: Fraction | None = None
    target: Fraction | None = None
    band: tuple[Fraction, Fraction] | None = None
    ceiling: Fraction | None = None
    steps: tuple[tuple[Fraction, Fraction], ...] = ()
    against: str | None = None  # of `relative`: "region", "tier_median", or the code of another indicator
    per: str | None = None
    is_down: bool = False  # less is better: what `steps` need to know


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
    curve: Curve  # the usual one; its ends may be missing where every tier states its own
    surveyor: str | None = None  # input "third_party" only: the source as its results name it
    definition: str | None = None  # input "survey": how the figure is made; "third_party": which of its figures
    panel: PanelTerms | None = None  # input "panel" only
    standard: str | None = None  # its code in a public list of indicators
    aspect: str = ASPECTS[0]  # of the four national ones, exactly one
    perspective: str | None = None  # of the balanced scorecard, where the scheme uses it
    of: tuple[str, ...] = ()  # inputs "mean" and "complement": the codes of the others
    by: str = BY_VALUE  # input "mean": the mean of their values, or of their shares in percent
    over_time: str | None = None  # None: pooled where there are counts, else the mean of the months
    range: tuple[Fraction, Fraction] | None = None  # outside it a written explanation is asked for, edges inside (62)
    target_by: str | None = None  # the month by which the target is to be met (rule 67)
    method: Wording | None = None  # how an estimated figure is made (rule 105)
    needs_evidence: bool = False  # an entry without approved evidence earns nothing (rule 16)
    is_bonus: bool = False  # points beside the 100, once a year


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a tier's table: the indicator, its points 分值, and its curve in this tier (None: watched)."""

    indicator: str
    points: Fraction
    curve: Curve | None
    range: tuple[Fraction, Fraction] | None = None  # in this tier: its own, else the indicator's

    @property
    def floor(self) -> Fraction | None:
        """Where nothing is earned."""
        return self.curve.floor if self.curve is not None else None

    @property
    def target(self) -> Fraction | None:
        """Where everything is earned; of a band there is none."""
        return self.curve.target if self.curve is not None else None


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier 层级 with its table. `collaboration` is the sum the file itself states for that dimension, if it does;
    `raters` is by how many units each of the tier is expected to be scored.
    """

    code: str
    name: Wording
    ranked: bool
    collaboration: Fraction | None
    lines: tuple[Line, ...]
    raters: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A bound that the scheme may break, and why; every bulletin of the scheme says so. `tier` None: in every tier."""

    bound: str
    tier: str | None
    reason: Wording


@dataclass(frozen=True, slots=True)
class Watching:
    """What is watched besides points: when readings must be here, and what follows when they are not, or are poor."""

    readings_due: int = 8  # day of the month after
    explanation_workdays: int = 10
    below: Fraction = Fraction(60)  # a total under it `periods` times running is reported (rule 24)
    periods: int = 3


@dataclass(frozen=True, slots=True)
class Approval:
    """The committee decides on results before they are published (rule 20): how many voices a decision needs, and what
    share of them must approve.
    """

    quorum: int
    majority: str = SIMPLE


@dataclass(frozen=True, slots=True)
class Actions:
    """Which figures of a settled month call for an action (rule 117): a share of the line's points under `below`
    percent, with `targets` a missed target as well; done by so many working days after.
    """

    below: Fraction = Fraction(60)
    targets: bool = False
    workdays: int = 20


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
    effective: str = ""  # the first month that is scored by this version, "2026-07"; "" in a document: January
    year_rule: str = OWN
    overrides: tuple[Override, ...] = ()
    watching: Watching = Watching()
    approval: Approval | None = None  # None: results are published without the committee's decision
    actions: Actions | None = None  # None: only what the office opens itself
