"""What a bulletin tells besides scores, in words of one language: collaboration, improvement, honours, stories, years
before. PURE. Page and message say the same from here; numbers are rounded here, once.

What a person wrote is one paragraph, cut to a length, and can neither look like a line of ours nor be markup. Refuses
to know layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bulletins.growth_words import growth_text, signed, yearly_text
from bulletins.parts import BulletinContent, Change, CollaborationFigure, History, HonourGiven, Improved, StoryTold
from bulletins.wording import name_in, one_line
from consortium.periods import Period
from evaluation.explanation_text import figure_text
from evaluation.growth import Climb, Growth, growth
from locales.numbers import rounded
from locales.texts import text
from outbox.cutting import safe_cut

LONGEST_STORY = 360
"""Characters of a story in a chat; the page has it whole."""

_TELLERS = ("doctor", "patient")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A unit whose figure has changed by more than noise; `word` says whether for the better."""

    unit: str
    before: str
    after: str
    word: str
    is_better: bool


@dataclass(frozen=True, slots=True)
class CollaborationLine:
    """An indicator: `value` now, `before` and `target` ("" where there is none), and `word` where the whole moved."""

    name: str
    value: str
    before: str
    target: str
    units: int
    word: str
    is_better: bool | None
    changes: tuple[ChangeLine, ...]


@dataclass(frozen=True, slots=True)
class ImprovedLine:
    """A unit that rose the most in its tier; `places` "" where its place did not change or it has none."""

    tier: str
    name: str
    before: str
    after: str
    by: str
    places: str


@dataclass(frozen=True, slots=True)
class HonourLine:
    """An honour with those who have it."""

    name: str
    winners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """What somebody tells, in their own language, and who that is, as far as it may be said."""

    words: str
    by: str
    language: str


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """Figures of earlier years with who measured them; `summary` is from the first to the last year, or ""."""

    name: str
    source: str
    points: tuple[tuple[str, str], ...]
    summary: str


def collaboration_lines(content: BulletinContent, language: str) -> tuple[CollaborationLine, ...]:
    """The indicators of collaboration, in the order of the content."""
    return tuple(_collaboration(figure, language) for figure in content.collaboration)


def improved_lines(content: BulletinContent, language: str) -> tuple[ImprovedLine, ...]:
    """Who improved the most, tier by tier. Where a tier is a single unit there is nobody to have improved more than."""
    tiers = {tier.code: tier for tier in content.tiers if len(tier.units) > 1}
    return tuple(
        _improved(each, name_in(tiers[each.tier].name, language, each.tier), tiers[each.tier].rank_of, language)
        for each in content.improved
        if each.tier in tiers
    )


def honour_lines(content: BulletinContent, language: str) -> tuple[HonourLine, ...]:
    """Each honour with its winners: a person with the unit, or the unit."""
    return tuple(_honour(each, language) for each in content.honours)


def story_lines(content: BulletinContent, language: str, longest: int | None = None) -> tuple[StoryLine, ...]:
    """The stories that were chosen, each one paragraph, cut to `longest` characters; none of which nothing is seen."""
    found = (_story(each, language, longest) for each in content.stories)
    return tuple(each for each in found if each.words)


def series_lines(content: BulletinContent, language: str) -> tuple[SeriesLine, ...]:
    """The imported series of earlier years."""
    return tuple(_series(series, language) for series in content.history)


def measured(value: Fraction, unit: str | None, wording: object, language: str, places: int = 1) -> str:
    """A figure in its unit of measure, rounded to so many places; whole numbers stay whole."""
    shown = value if value.denominator == 1 else Fraction(rounded(value, places))
    return one_line(figure_text(shown, unit, wording if isinstance(wording, dict) else None, language))


def _collaboration(figure: CollaborationFigure, language: str) -> CollaborationLine:
    def said(value: Fraction | None) -> str:
        return "" if value is None else measured(value, figure.unit, figure.unit_wording, language)

    def changed(change: Change) -> ChangeLine:
        name, before, after = name_in(change.name, language, change.unit), said(change.before), said(change.after)
        word = _word(change.before, change.after, language, is_better=change.is_better)
        return ChangeLine(name, before, after, word, change.is_better)

    word = ""
    if figure.is_better is not None and figure.value is not None and figure.before is not None:
        word = _word(figure.before, figure.value, language, is_better=figure.is_better)
    return CollaborationLine(
        name=name_in(figure.name, language, figure.code),
        value=said(figure.value),
        before=said(figure.before),
        target=said(figure.target),
        units=figure.units,
        word=word,
        is_better=figure.is_better if word else None,
        changes=tuple(changed(change) for change in figure.changes),
    )


def _word(before: Fraction, after: Fraction, language: str, *, is_better: bool) -> str:
    """Up or down, and whether that is good: a falling rate of complaints is."""
    way = "up" if after > before else "down"
    return text(language, f"edition.moved.{way}.{'better' if is_better else 'worse'}")


def _improved(found: Improved, tier: str, rank_of: int, language: str) -> ImprovedLine:
    places = ""
    if found.rank_before is not None and found.rank_after is not None and found.rank_before != found.rank_after:
        places = text(language, "edition.improved.places", before=found.rank_before, after=found.rank_after, of=rank_of)
    return ImprovedLine(
        tier=tier,
        name=name_in(found.name, language, found.code),
        before=rounded(found.before),
        after=rounded(found.after),
        by=signed(found.after - found.before, 2),
        places=places,
    )


def _honour(honour: HonourGiven, language: str) -> HonourLine:
    winners = []
    for candidate, unit in honour.winners:
        named, of_unit = one_line(candidate), name_in(unit, language)
        winners.append(text(language, "edition.honour.person", name=named, unit=of_unit) if named else of_unit)
    return HonourLine(name_in(honour.name, language), tuple(winners))


def _story(story: StoryTold, language: str, longest: int | None) -> StoryLine:
    words = one_line(story.words)
    if longest is not None and len(words) > longest:
        words = words[: safe_cut(words, longest - 1)].rstrip() + "…"
    teller = story.teller if story.teller in _TELLERS else _TELLERS[-1]
    name = one_line(story.byline or "") or text(language, f"edition.teller.{teller}")
    unit = name_in(story.unit_name, language) if story.unit_name is not None else ""
    by = text(language, "edition.story.by", name=name, unit=unit) if unit else name
    return StoryLine(words, by, story.language if story.language in ("zh", "en") else language)


def _series(series: History, language: str) -> SeriesLine:
    points = tuple(
        (period, "—" if value is None else measured(value, series.unit, series.unit_wording, language, 2))
        for period, value in series.points
    )
    return SeriesLine(
        name=name_in(series.name, language, series.code),
        source=name_in(series.source, language) if series.source is not None else "",
        points=points,
        summary=_summary(series, dict(points), language),
    )


def _summary(series: History, shown: dict[str, str], language: str) -> str:
    """From the first year to the last; "" without two whole years that can be compared."""
    years = [(period, value) for period, value in series.points if value is not None and _is_year(period)]
    if len(years) < 2:  # noqa: PLR2004 - growth needs two
        return ""
    (first, before), (last, after) = years[0], years[-1]
    grown = growth(before, after, unit=series.unit)
    if grown is None:
        return ""
    return text(
        language, "edition.series", first=first, before=shown[first], last=last, after=shown[last],
        growth=_grown(grown, int(last) - int(first), language),
    )  # fmt: skip


def _grown(grown: Growth, years: int, language: str) -> str:
    parts = [growth_text(grown, language), yearly_text(grown, years, language)]
    return text(language, "edition.separator").join(part for part in parts if part)


def _is_year(period: str) -> bool:
    return not Period.parse(period).is_month and Period.parse(period).quarter is None


def climbs_over(contents: Sequence[BulletinContent]) -> dict[tuple[str, str], tuple[str, str, Climb]]:
    """(Tier, unit) → the first and the latest period in which it had a place, and the way between them; only of those
    with two. A unit that changed its tier starts anew.
    """
    found: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for content in contents:
        for tier in content.tiers:
            for row in tier.units:
                if row.rank is not None:
                    found.setdefault((tier.code, row.code), []).append((content.period, row.rank, tier.rank_of))
    return {
        unit: (places[0][0], places[-1][0], Climb(places[0][1], places[0][2], places[-1][1], places[-1][2]))
        for unit, places in found.items()
        if len(places) > 1
    }
