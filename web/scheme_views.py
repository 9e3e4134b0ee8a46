"""A scheme as a page shows it: its table tier by tier, what its bounds add up to, what differs from another. PURE.

Everything that a rank rests on is there in words, but for the names of people: a scheme has none (rule 125).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from evaluation.bound_wording import bound_name, broken_text, limits_text
from evaluation.bounds import EVERY_TIER, POINT_BOUNDS, BoundSum, bound_sums, broken_by_permission, override_of
from evaluation.elements import Note, Scheme
from evaluation.elements import Tier as SchemeTier
from evaluation.scheme_diff import Change
from locales.numbers import plain
from locales.texts import LANGUAGES, pick, text
from web.scheme_lines import LineView, indicator_name, line_view

WEIGHTY = ("points", "floor", "target", "curve", "band", "ceiling", "steps", "per", "range", "against", "direction")
"""Keys whose change moves scores: they are marked in a list of differences."""


@dataclass(frozen=True, slots=True)
class DimensionView:
    """The rows of one dimension, and what they add up to."""

    name: str
    points: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class SumView:
    """One bound: what it is, the sum, its limits, and what is added. `mark`: holds, broken or permitted."""

    name: str
    sum: str
    limits: str
    mark: str
    rows: str


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier's whole table."""

    code: str
    name: str
    is_ranked: bool
    raters: str
    dimensions: tuple[DimensionView, ...]
    sums: tuple[SumView, ...]


@dataclass(frozen=True, slots=True)
class SchemeView:
    """A scheme in words of one language."""

    title: str
    year: int
    version: int
    effective: str
    year_rule: str
    watching: str
    approval: str
    actions: str
    notes: tuple[str, ...]
    tiers: tuple[TierView, ...]
    sums: tuple[SumView, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference: where, which key, before and after ("" where there is none)."""

    where: str
    key: str
    before: str
    after: str
    is_weighty: bool


def scheme_view(scheme: Scheme, language: str) -> SchemeView:
    """Everything a scheme says."""
    sums = bound_sums(scheme)
    return SchemeView(
        title=pick(scheme.title, language),
        year=scheme.year,
        version=scheme.version,
        effective=scheme.effective or f"{scheme.year}-01",
        year_rule=text(language, f"schemes.year_rule.{scheme.year_rule}"),
        watching=text(
            language,
            "schemes.watching",
            day=scheme.watching.readings_due,
            workdays=scheme.watching.explanation_workdays,
            below=plain(scheme.watching.below),
            periods=scheme.watching.periods,
        ),
        approval=_approval(scheme, language),
        actions=_actions(scheme, language),
        notes=tuple(_notes(scheme, language)),
        tiers=tuple(
            TierView(
                code=tier.code,
                name=pick(tier.name, language),
                is_ranked=tier.ranked,
                raters="" if tier.raters is None else text(language, "schemes.raters", n=tier.raters),
                dimensions=tuple(_dimensions(scheme, tier, language)),
                sums=_sums(scheme, (each for each in sums if each.tier == tier.code), language),
            )
            for tier in scheme.tiers.values()
        ),
        sums=_sums(scheme, (each for each in sums if each.tier == EVERY_TIER), language),
        overrides=tuple(broken_text(scheme, bound, why, language) for bound, why in broken_by_permission(scheme)),
    )


def change_views(changes: Iterable[Change], old: Scheme, new: Scheme, language: str) -> tuple[ChangeView, ...]:
    """Differences with tiers and indicators by name; a text only in the language of the page."""
    return tuple(
        ChangeView(
            where=_where(each, old, new, language),
            key=_key(each.key, language),
            before=each.before,
            after=each.after,
            is_weighty=each.key in WEIGHTY,
        )
        for each in changes
        if each.key.rpartition(".")[2] not in LANGUAGES or each.key.endswith(f".{language}")
    )


def _dimensions(scheme: Scheme, tier: SchemeTier, language: str) -> list[DimensionView]:
    found = []
    for code, name in scheme.dimensions.items():
        lines = [line for line in tier.lines if scheme.indicators[line.indicator].dimension == code]
        if lines:
            counted = [line.points for line in lines if not scheme.indicators[line.indicator].is_bonus]
            views = tuple(line_view(scheme, line, language) for line in lines)
            found.append(DimensionView(pick(name, language), plain(sum(counted, Fraction(0))), views))
    return found


def _sums(scheme: Scheme, sums: Iterable[BoundSum], language: str) -> tuple[SumView, ...]:
    return tuple(
        SumView(
            name=bound_name(each.bound, language),
            sum=plain(each.sum),
            limits=limits_text(each.low, each.high, language),
            mark="holds" if each.holds else "permitted" if override_of(scheme, each) is not None else "broken",
            rows=_rows(scheme, each, language),
        )
        for each in sums
    )


def _rows(scheme: Scheme, each: BoundSum, language: str) -> str:
    """What a sum adds, with the points; of a number of things, the things."""
    points = (
        {line.indicator: line.points for line in scheme.tiers[each.tier].lines} if each.tier in scheme.tiers else {}
    )
    named = []
    for code in each.indicators:
        name = indicator_name(code, (scheme,), language)
        named.append(f"{name} {plain(points[code])}" if each.bound in POINT_BOUNDS and code in points else name)
    return text(language, "schemes.separator").join(named)


def _notes(scheme: Scheme, language: str) -> list[str]:
    found = []
    for note in scheme.notes:
        words = pick(note.text, language) if note.text is not None else text(language, "schemes.assumed")
        about = _about(note, scheme, language)
        found.append(text(language, "schemes.note", about=about, note=words) if about else words)
    return found


def _about(note: Note, scheme: Scheme, language: str) -> str:
    tier = pick(scheme.tiers[note.tier].name, language) if note.tier is not None else ""
    name = indicator_name(note.indicator, (scheme,), language) if note.indicator else ""
    return " · ".join(part for part in (tier, name) if part)


def _where(change: Change, old: Scheme, new: Scheme, language: str) -> str:
    tiers = {**old.tiers, **new.tiers}
    tier = pick(tiers[change.tier].name, language) if change.tier in tiers else change.tier or ""
    name = indicator_name(change.indicator, (new, old), language) if change.indicator is not None else ""
    return " · ".join(part for part in (tier, name) if part) or text(language, "schemecheck.whole")


def _approval(scheme: Scheme, language: str) -> str:
    """Whether the committee decides on results before they are published, and by what rule."""
    if scheme.approval is None:
        return text(language, "schemes.approval.none")
    return text(language, f"schemes.approval.{scheme.approval.majority}", quorum=scheme.approval.quorum)


def _actions(scheme: Scheme, language: str) -> str:
    """Which figures call for an action by themselves."""
    rule = scheme.actions
    if rule is None:
        return text(language, "schemes.actions.none")
    key = "schemes.actions.targets" if rule.targets else "schemes.actions.below"
    return text(language, key, below=plain(rule.below), workdays=rule.workdays)


def _key(key: str, language: str) -> str:
    """A key of the file by what it is called, as far as people change it; else as it stands in the file."""
    base = key.removesuffix(f".{language}")
    if base.startswith(_OVERRIDES):
        bound = base.removeprefix(_OVERRIDES).partition(".")[0]
        return text(language, "schemes.key.override", bound=bound_name(bound, language))
    return text(language, f"schemes.key.{base}") if base in NAMED_KEYS else base


_OVERRIDES = "overrides."
NAMED_KEYS = frozenset({
    "watching.readings_due", "watching.explanation_workdays", "watching.below", "watching.periods",
    "approval.quorum", "approval.majority", "actions.below", "actions.targets", "actions.workdays",
    "points", "floor", "target", "ceiling", "band", "steps", "against", "per", "curve", "range", "direction", "name",
    "dimension", "party", "unit", "input", "source", "owner", "flags", "aspect", "standard", "perspective", "over_time",
    "target_by", "evidence", "bonus", "method", "note", "assumed", "ranked", "collaboration", "raters", "title",
    "effective", "year_rule", "definition", "questionnaire", "measure", "of", "by", "experts",
})  # fmt: skip
"""Keys that have a name in both languages."""
