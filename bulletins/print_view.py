"""Everything a printed edition or a page of its own says, in words of one language, as JSON values. PURE.

Knows the order of the sections and what stands in each row. Layout is the business of `edition.typ` and
`edition.html.j2`; both print what stands here and nothing else, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bulletins.certainty import method_text, place_text
from bulletins.charts_heat import ground_of, heat_step, ink_on
from bulletins.charts_style import PAPER, QUIET, interval_of, lowest_score, short_standing, ticks_from
from bulletins.cutting import wrapped
from bulletins.parts import BulletinContent, Satisfaction, TierTable, UnitRow
from bulletins.peers import PeerTier, definition, peer_tiers, waived_text
from bulletins.rendering import (
    NO_FIGURE,
    behind,
    interval,
    modes_text,
    override_texts,
    remarks,
    response_rate,
    score,
    settlement_digest,
)
from bulletins.sections import (
    CollaborationLine,
    SeriesLine,
    collaboration_lines,
    honour_lines,
    improved_lines,
    series_lines,
    story_lines,
)
from bulletins.wording import edition_name, name_in, one_line, plain_text
from consortium.disclosure import MINIMUM_RATERS, MINIMUM_RESPONSES_TO_RANK, MINIMUM_SHOWN
from locales.numbers import rounded
from locales.texts import text

NO_RANK = "–"
_RUNNING = 56  # narrow characters of the consortium's name that every page carries on its head

_LABELS = (
    "ranking", "satisfaction", "collaboration", "improved", "honours", "stories", "peers", "history", "trends", "heat",
    "method", "assumptions", "place", "unit", "score", "score_interval", "standing", "responses", "rate", "interval",
    "indicator", "value", "before", "target", "correction", "remark", "satisfaction_words", "history_words",
    "heat_words", "trends_words",
)  # fmt: skip


def print_view(content: BulletinContent, language: str) -> dict[str, Any]:
    """The whole edition: labels, sections, rows. Every value is a string, a list or null, but for places on the scale
    of the scores, which lie between 0 and 1.
    """
    low, step, codes = lowest_score(content), heat_step(content), [code for code, _ in content.groups]
    return {
        "language": language,
        "labels": {name: text(language, f"printing.{name}") for name in _LABELS},
        "consortium": name_in(content.consortium, language),
        "running": "".join(wrapped(name_in(content.consortium, language)[:_RUNNING], _RUNNING)[:1]),
        "title": edition_name(content, language),
        "aims": name_in(content.aims, language),
        "scheme": text(
            language,
            "printing.scheme",
            title=name_in(content.scheme, language),
            year=content.scheme_year,
            version=content.scheme_version,
        ),
        "correction": _correction(content, language),
        "notices": [*override_texts(content, language), *_one_if(one_line(waived_text(content, language)))],
        "ticks": [{"at": _share_of_scale(Fraction(tick), low), "said": str(tick)} for tick in ticks_from(low)],
        "tiers": [_tier(tier, low, codes, step, language) for tier in content.tiers],
        "satisfaction": _satisfaction_table(content, language),
        "collaboration": [_collaboration(line, language) for line in collaboration_lines(content, language)],
        "improved": _improved(content, language),
        "honours": [{"name": each.name, "winners": list(each.winners)} for each in honour_lines(content, language)],
        "stories": _stories(content, language),
        "peers": _peers(content, language),
        "history": [_series(series, language) for series in series_lines(content, language)],
        "groups": [name_in(name, language, code) for code, name in content.groups],
        "method": _method(content, language),
        "assumptions": [name_in(each, language) for each in content.assumptions],
        "foot": text(
            language,
            "printing.foot",
            satisfaction=content.satisfaction_definition,
            peer=content.peer_definition,
            digest=settlement_digest(content, language),
        ),
        "digest": content.digest,
    }


def _one_if(words: str) -> list[str]:
    return [words] if words else []


def _correction(content: BulletinContent, language: str) -> dict[str, str] | None:
    if content.note is None:
        return None
    replaces = text(language, "printing.replaces", edition=content.corrects or content.edition - 1)
    return {"replaces": replaces, "note": plain_text(content.note)}


def _tier(tier: TierTable, low: int, codes: Sequence[str], step: int, language: str) -> dict[str, Any]:
    ranked = text(language, "bulletins.chart.ranked", ranked=tier.rank_of) if tier.rank_of else ""
    rows = [_row(row, low, codes, step, language) for row in tier.units]
    return {"name": name_in(tier.name, language, tier.code), "ranked": ranked, "rows": rows}


def _row(row: UnitRow, low: int, codes: Sequence[str], step: int, language: str) -> dict[str, Any]:
    ends = interval_of(row)
    return {
        "place": place_text(row, language) or NO_RANK,
        "rank": NO_RANK if row.rank is None else str(row.rank),
        "is_ranked": row.rank is not None,
        "is_first": row.rank == 1,
        "name": name_in(row.name, language, row.code),
        "score": score(row.total),
        "interval": NO_FIGURE if ends is None else f"{score(ends[0])}–{score(ends[1])}",
        "standing": short_standing(row, language, has_places=False),
        "remarks": remarks(row, language),
        "at": None if row.total is None else _share_of_scale(row.total, low),
        "ends": None if ends is None else [_share_of_scale(end, low) for end in ends],
        "shares": [_share(row, code, step) for code in codes],
    }


def _share_of_scale(value: Fraction, low: int) -> float:
    """Where a score lies between the scale's beginning and 100."""
    return round(float(min(max((value - low) / (100 - low), Fraction(0)), Fraction(1))), 4)


def _share(row: UnitRow, code: str, step: int) -> dict[str, str]:
    """What stands in a cell of the heat table, its ground, and the colour of the words on it."""
    value = dict(row.shares).get(code)
    if value is None:
        return {"said": NO_FIGURE, "ground": PAPER, "ink": QUIET}
    ground = ground_of(value, step)
    return {"said": rounded(value, 0), "ground": ground, "ink": ink_on(ground)}


def _satisfaction_table(content: BulletinContent, language: str) -> dict[str, Any]:
    rows = [
        _satisfied(name_in(row.name, language, row.code), row.satisfaction, content, language)
        or {"name": name_in(row.name, language, row.code), "silent": _silent(row, language)}
        for tier in content.tiers
        for row in tier.units
    ]
    whole = text(language, "printing.whole")
    return {
        "dimensions": [name_in(name, language, code) for code, name in content.dimensions],
        "overall": _satisfied(whole, content.overall.satisfaction, content, language),
        "rows": rows,
    }


def _satisfied(
    name: str, figures: Satisfaction | None, content: BulletinContent, language: str
) -> dict[str, Any] | None:
    if figures is None:
        return None
    by_code, rate = dict(figures.dimensions), response_rate(figures)
    return {
        "name": name,
        "silent": "",
        "score": score(figures.score),
        "interval": interval(figures, language) or NO_FIGURE,
        "responses": str(figures.responses),
        "rate": text(language, "bulletins.behind.rate", rate=rate) if rate else NO_FIGURE,
        "dimensions": [score(by_code.get(code)) for code, _ in content.dimensions],
        "behind": behind(figures, language),
    }


def _silent(row: UnitRow, language: str) -> str:
    key = "printing.unanswered" if row.is_unanswered else "printing.too_few"
    return text(language, key, minimum=MINIMUM_SHOWN)


def _collaboration(line: CollaborationLine, language: str) -> dict[str, Any]:
    changes = [
        text(language, "printing.change", unit=change.unit, before=change.before, after=change.after, word=change.word)
        for change in line.changes
    ]
    return {
        "name": line.name,
        "value": line.value or NO_FIGURE,
        "before": line.before or NO_FIGURE,
        "target": line.target or NO_FIGURE,
        "word": line.word,
        "changes": changes,
    }


def _improved(content: BulletinContent, language: str) -> list[str]:
    return [
        text(
            language,
            "printing.rose_places" if each.places else "printing.rose",
            tier=each.tier,
            unit=each.name,
            before=each.before,
            after=each.after,
            by=each.by,
            places=each.places,
        )
        for each in improved_lines(content, language)
    ]


def _stories(content: BulletinContent, language: str) -> list[dict[str, Any]]:
    return [
        {"language": story.language, "words": story.words, "by": story.by} for story in story_lines(content, language)
    ]


def _peers(content: BulletinContent, language: str) -> dict[str, Any]:
    tiers = peer_tiers(content, language)
    explained = definition(content, language) if tiers else ""
    return {"tiers": [{"name": tier.name, "bands": _bands(tier)} for tier in tiers], "explained": explained}


def _bands(tier: PeerTier) -> list[dict[str, Any]]:
    return [
        {
            "name": band.name,
            "rows": [{"name": row.name, "said": _joined((row.mark, row.places, row.arrow))} for row in band.rows],
        }
        for band in tier.bands
    ]


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _series(series: SeriesLine, language: str) -> dict[str, Any]:
    source = text(language, "bulletins.chart.source", source=series.source) if series.source else ""
    points = [[one_line(period), value] for period, value in series.points]
    return {"name": series.name, "source": source, "points": points, "summary": series.summary}


def _method(content: BulletinContent, language: str) -> list[str]:
    lines = [
        text(language, "printing.method_total"),
        text(language, "printing.method_ranked", responses=MINIMUM_RESPONSES_TO_RANK),
        *_one_if(method_text(content, language)),
        text(language, "printing.method_peers", raters=MINIMUM_RATERS),
        text(language, "printing.method_small", minimum=MINIMUM_SHOWN),
    ]
    modes = modes_text(content, language)
    if modes:
        lines.append(text(language, "printing.method_modes", modes=modes))
    return lines
