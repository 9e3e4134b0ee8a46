"""A bulletin as text for chats, in one language; cut into messages; and a picture in words. PURE but for the templates.

Knows the layout. Templates are ours alone: names and notes enter as values and are never read as templates. Plain text
without markup, so nothing a person wrote can become markup. Numbers are rounded here, once.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bulletins.certainty import band_name, method_text, movement_sign, place_text
from bulletins.cutting import split_text
from bulletins.parts import BulletinContent, Satisfaction, TierTable, UnitRow
from bulletins.peers import definition, peer_tiers, waived_text
from bulletins.sections import (
    LONGEST_STORY,
    collaboration_lines,
    honour_lines,
    improved_lines,
    series_lines,
    story_lines,
)
from bulletins.wording import edition_name, name_in, one_line, plain_text
from consortium.disclosure import MINIMUM_RATERS, MINIMUM_RESPONSES_TO_RANK, MINIMUM_SHOWN
from evaluation.bound_wording import permission_text
from locales.numbers import rounded
from locales.texts import text

LONGEST_CAPTION = 1024
"""What Telegram takes beside a picture, in UTF-16 units."""

DIGEST_DIGITS = 12
NO_FIGURE = "—"


def bulletin_text(content: BulletinContent, language: str) -> str:
    """The whole edition as plain text of any length."""
    written = _templates(language).get_template("bulletin.txt.j2").render(_view(content, language))
    return written.strip() + "\n"


def caption(content: BulletinContent, language: str) -> str:
    """What stands beside the picture: short enough for every channel."""
    name = edition_name(content, language)
    consortium = name_in(content.consortium, language)
    return split_text(text(language, "bulletins.caption", name=name, consortium=consortium), LONGEST_CAPTION)[0]


def history_alt_text(content: BulletinContent, language: str) -> str:
    """The picture of the years before in words."""
    lines = [text(language, "bulletins.alt.history")]
    separator = text(language, "bulletins.alt.separator")
    for series in series_lines(content, language):
        points = separator.join(f"{period} {value}" for period, value in series.points)
        lines.append(text(language, "bulletins.alt.series", name=series.name, points=points))
    return "\n".join(lines)


def score(value: Fraction | None) -> str:
    """A score as it is printed, with two decimals; a dash where there is none."""
    return NO_FIGURE if value is None else rounded(value)


def behind(figures: Satisfaction, language: str) -> str:
    """What stands behind a satisfaction score: its interval, the responses, and the response rate of the flow."""
    parts = [interval(figures, language), text(language, "bulletins.behind.responses", n=figures.responses)]
    rate = response_rate(figures)
    if rate:
        parts.append(text(language, "bulletins.behind.rate", rate=rate))
    return text(language, "bulletins.behind.separator").join(part for part in parts if part)


def interval(figures: Satisfaction, language: str) -> str:
    """Both ends of the interval of 95 %; "" where there is none."""
    if figures.low is None or figures.high is None:
        return ""
    return text(language, "bulletins.behind.interval", low=rounded(figures.low), high=rounded(figures.high))


def override_texts(content: BulletinContent, language: str) -> list[str]:
    """Each bound that the scheme breaks: where, how far, and the written reason."""
    return [
        one_line(
            permission_text(
                bound=each.bound,
                tier=each.tier,
                tier_name=each.tier_name,
                total=each.sum,
                low=each.low,
                high=each.high,
                reason=each.reason,
                language=language,
            )
        )
        for each in content.overrides
    ]


def response_rate(figures: Satisfaction, places: int = 1) -> str:
    """Responses ÷ invited in percent; "" where nobody is known to have been invited."""
    return rounded(Fraction(100 * figures.responses, figures.invited), places) if figures.invited else ""


def modes_text(content: BulletinContent, language: str) -> str:
    """In which ways patients answered; "" where it was not noted."""
    names = [text(language, f"bulletins.mode.{mode}") for mode in content.modes]
    return text(language, "bulletins.behind.separator").join(names)


def remarks(row: UnitRow, language: str) -> str:
    """Why a unit has no rank and what its score lacks, as one phrase; "" if there is nothing to say."""
    marks = [
        text(language, f"bulletins.mark.{mark}", responses=MINIMUM_RESPONSES_TO_RANK, raters=MINIMUM_RATERS)
        for mark in row.marks
    ]
    return text(language, "bulletins.mark.separator").join(marks)


def settlement_digest(content: BulletinContent, language: str) -> str:
    """The first digits of the settlement's digest; of a corrected one with which settlement of the period it is."""
    digest = content.digest[:DIGEST_DIGITS]
    if content.revision is None:
        return digest
    return text(language, "replay.corrected", digest=digest, revision=content.revision)


@cache
def _templates(language: str) -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates" / language),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the text goes where no markup is read; pages escape it themselves
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _view(content: BulletinContent, language: str) -> dict[str, Any]:
    """Everything the templates print, as plain strings and numbers."""
    units = [row for tier in content.tiers for row in tier.units]
    return {
        "consortium": name_in(content.consortium, language),
        "title": edition_name(content, language),
        "aims": name_in(content.aims, language),
        "scheme": name_in(content.scheme, language),
        "scheme_year": content.scheme_year,
        "scheme_version": content.scheme_version,
        "correction": None
        if content.note is None
        else {"note": plain_text(content.note), "corrects": content.corrects},
        "tiers": [_tier(tier, language) for tier in content.tiers],
        "overall": _overall(content, language),
        "collaboration": collaboration_lines(content, language),
        "improved": improved_lines(content, language),
        "honours": honour_lines(content, language),
        "stories": story_lines(content, language, LONGEST_STORY),
        "history": series_lines(content, language),
        "bands": [
            {"name": band, "units": number}
            for band, number in sorted(Counter(row.raters for row in units if row.raters).items(), key=_band_order)
        ],
        "assumptions": len(content.assumptions),
        "satisfaction_definition": content.satisfaction_definition,
        "modes": modes_text(content, language),
        "peer_definition": content.peer_definition,
        "peers": peer_tiers(content, language),
        "peers_explained": definition(content, language),
        "waived": waived_text(content, language),
        "overrides": override_texts(content, language),
        "certainty": method_text(content, language),
        "digest": settlement_digest(content, language),
        "minimum_shown": MINIMUM_SHOWN,
        "minimum_to_rank": MINIMUM_RESPONSES_TO_RANK,
        "minimum_raters": MINIMUM_RATERS,
    }


def _tier(tier: TierTable, language: str) -> dict[str, Any]:
    """A tier with its units band by band, in the order of their places; those without a place make no band."""
    runs = [(band, list(rows)) for band, rows in groupby(tier.units, key=lambda row: band_name(row, language))]
    return {
        "name": name_in(tier.name, language, tier.code),
        "rank_of": tier.rank_of,
        "bands": [{"name": band, "rows": [_row(row, language) for row in rows]} for band, rows in runs],
        "satisfaction": [_satisfaction(row, language) for row in tier.units],
    }


def _row(row: UnitRow, language: str) -> dict[str, Any]:
    return {
        "rank": place_text(row, language),
        "sign": movement_sign(row),
        "name": name_in(row.name, language, row.code),
        "total": None if row.total is None else score(row.total),
        "remarks": remarks(row, language),
    }


def _overall(content: BulletinContent, language: str) -> dict[str, Any] | None:
    figures = content.overall.satisfaction
    if figures is None:
        return None
    names = dict(content.dimensions)
    return {
        "score": score(figures.score),
        "behind": behind(figures, language),
        "units": content.overall.units,
        "units_shown": content.overall.units_shown,
        "dimensions": [
            {"name": name_in(names.get(code, {}), language, code), "score": score(value)}
            for code, value in figures.dimensions
        ],
    }


def _satisfaction(row: UnitRow, language: str) -> dict[str, Any]:
    name = name_in(row.name, language, row.code)
    if row.satisfaction is None:
        return {"name": name, "is_shown": False, "is_unanswered": row.is_unanswered}
    return {"name": name, "is_shown": True, "short": _short(row.satisfaction, language)}


def _short(figures: Satisfaction, language: str) -> str:
    """A unit's score with what stands behind it, on a line of a phone: interval and rate in whole numbers."""
    rate = response_rate(figures, 0)
    said = text(language, "edition.short_rate", rate=rate) if rate else ""
    if figures.low is None or figures.high is None:
        return text(language, "edition.short_open", score=score(figures.score), n=figures.responses, rate=said)
    return text(
        language, "edition.short", score=score(figures.score), low=rounded(figures.low, 0),
        high=rounded(figures.high, 0), n=figures.responses, rate=said,
    )  # fmt: skip


def _band_order(entry: tuple[str, int]) -> int:
    """Bands by their lower end: "5-9" before "10-19"."""
    return int("".join(digit for digit in entry[0].split("-")[0] if digit.isdecimal()))
