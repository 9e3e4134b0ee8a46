"""A bulletin as text for chats, in one language; cut into messages; and a picture in words. PURE but for the templates.

Knows the layout. Templates are ours alone: names and notes enter as values and are never read as templates. Plain text
without markup, so nothing a person wrote can become markup. Numbers are rounded here, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bulletins.certainty import method_text, place_text, standing_text
from bulletins.content import BulletinContent, History, Satisfaction, TierTable, UnitRow
from bulletins.cutting import split_text
from bulletins.peers import definition, peer_tiers, waived_text
from bulletins.wording import edition_name, name_in, one_line, plain_text
from consortium.disclosure import MINIMUM_RATERS, MINIMUM_RESPONSES_TO_RANK, MINIMUM_SHOWN
from evaluation.bound_wording import permission_text
from evaluation.explanation_text import figure_text
from locales.numbers import rounded
from locales.texts import text

LONGEST_MESSAGE = 4096
LONGEST_CAPTION = 1024
"""What Telegram takes in a message and beside a picture, in UTF-16 units; other channels take more."""

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


def alt_text(content: BulletinContent, language: str) -> str:
    """The ranking picture in words, for whoever cannot see it: tier by tier, the same figures in the same order."""
    name = edition_name(content, language)
    lines = [text(language, "bulletins.alt.ranking", name=name)]
    lines += [waived_text(content, language)] if content.peers_waived is not None else []
    for tier in content.tiers:
        units = [_alt_row(row, language) for row in tier.units]
        listed = text(language, "bulletins.alt.separator").join(units)
        lines.append(text(language, "bulletins.alt.tier", tier=name_in(tier.name, language, tier.code), units=listed))
    return "\n".join(lines)


def history_alt_text(content: BulletinContent, language: str) -> str:
    """The picture of the years before in words."""
    lines = [text(language, "bulletins.alt.history")]
    separator = text(language, "bulletins.alt.separator")
    for series in content.history:
        name = name_in(series.name, language, series.code)
        lines.append(
            text(language, "bulletins.alt.series", name=name, points=separator.join(_points(series, language)))
        )
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


def response_rate(figures: Satisfaction) -> str:
    """Responses ÷ invited with one decimal; "" where nobody is known to have been invited."""
    return rounded(Fraction(100 * figures.responses, figures.invited), 1) if figures.invited else ""


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
        "satisfaction": [_satisfaction(row, language) for row in units],
        "history": [_series(series, language) for series in content.history],
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
    rows = [
        {
            "rank": place_text(row, language),
            "standing": standing_text(row, language),
            "name": name_in(row.name, language, row.code),
            "total": None if row.total is None else score(row.total),
            "remarks": remarks(row, language),
        }
        for row in tier.units
    ]
    return {"name": name_in(tier.name, language, tier.code), "rank_of": tier.rank_of, "rows": rows}


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
    figures = row.satisfaction
    return {"name": name, "is_shown": True, "score": score(figures.score), "behind": behind(figures, language)}


def _series(series: History, language: str) -> dict[str, Any]:
    return {
        "name": name_in(series.name, language, series.code),
        "source": name_in(series.source, language) if series.source is not None else "",
        "points": list(_points(series, language)),
    }


def _points(series: History, language: str) -> Iterator[str]:
    for period, value in series.points:
        shown = NO_FIGURE if value is None else figure_text(value, series.unit, series.unit_wording, language)
        yield f"{period} {one_line(shown)}"


def _alt_row(row: UnitRow, language: str) -> str:
    name, total = name_in(row.name, language, row.code), score(row.total)
    if row.rank is None:
        return text(language, "bulletins.alt.unranked", name=name, total=total)
    return text(language, "bulletins.alt.ranked", name=name, total=total, rank=place_text(row, language))


def _band_order(entry: tuple[str, int]) -> int:
    """Bands by their lower end: "5-9" before "10-19"."""
    return int("".join(digit for digit in entry[0].split("-")[0] if digit.isdecimal()))
