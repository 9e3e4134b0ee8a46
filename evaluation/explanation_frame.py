"""What stands around the lines of an explanation: how certain it is, what it rests on, what it replaced. PURE words.

Each function gives whole lines, and none where there is nothing to say. Numbers are rounded here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from evaluation.bounds import BoundSum
from evaluation.explanation import Explanation, Replaced, ReplacedLine
from evaluation.peer_wording import band_text
from locales.numbers import plain, rounded
from locales.texts import pick, text

_FULL = 100


def certainty_lines(explanation: Explanation, language: str) -> list[str]:
    """The total's interval, the places between which the unit lies, and its band."""
    found, parts = explanation.certainty, []
    if found.total_low is not None and found.total_high is not None:
        ends = {"low": rounded(found.total_low), "high": rounded(found.total_high)}
        parts.append(text(language, "explain.interval", **ends))
    if found.rank_low is not None and found.rank_high is not None:
        key = "explain.place" if found.rank_low == found.rank_high else "explain.places"
        parts.append(text(language, key, low=found.rank_low, high=found.rank_high))
    if found.band is not None:
        parts.append(text(language, "explain.band", band=band_text(found.band, language)))
    return [text(language, "evaluation.list_separator").join(parts)] if parts else []


def standing_lines(explanation: Explanation, language: str) -> list[str]:
    """What the result rests on besides the figures: a veto, part of the time as a member, the rule of the year."""
    lines = []
    if explanation.veto is not None:
        lines.append(text(language, "explain.veto", reason=explanation.veto))
    if explanation.days is not None:
        days, of_days = explanation.days
        lines.append(text(language, "explain.membership", days=days, of=of_days))
    if explanation.is_mean_of_months:
        lines.append(text(language, "explain.months_mean"))
    elif explanation.total == _FULL and explanation.earned > explanation.available:
        lines.append(text(language, "explain.capped"))
    return lines


def sub_score_lines(explanation: Explanation, language: str) -> list[str]:
    """The four synergies and the four national aspects, each set adding up to what it divides (rules 3 and 124)."""
    lines = []
    for key, scores in (("synergy", explanation.synergies), ("aspect", explanation.aspects)):
        if any(score is not None for score in scores.values()):
            plural = "explain.synergies" if key == "synergy" else "explain.aspects"
            lines.append(text(language, plural, parts=_parts(key, scores, language)))
    return lines


def override_lines(explanation: Explanation, language: str) -> list[str]:
    """The bounds that the scheme may break, with their reasons."""
    return [
        _override(bound, pick(override.reason, language), explanation, language)
        for bound, override in explanation.overrides
    ]


def _override(bound: BoundSum, reason: str, explanation: Explanation, language: str) -> str:
    tier = pick(explanation.tier_names.get(bound.tier, {}), language) or text(language, "explain.every_tier")
    limits = [
        text(language, f"explain.limit.{name}", limit=plain(limit))
        for name, limit in (("low", bound.low), ("high", bound.high))
        if limit is not None
    ]
    return text(
        language,
        "explain.override",
        bound=text(language, f"explain.bound.{bound.bound}"),
        tier=tier,
        sum=plain(bound.sum),
        limits=text(language, "explain.comma").join(limits),
        reason=reason,
    )


def revision_lines(explanation: Explanation, language: str) -> list[str]:
    """That the settlement is a corrected one, and what each correction changed, line by line."""
    if explanation.revision == 1:
        return []
    lines = [text(language, "explain.revision", revision=explanation.revision)]
    for each in explanation.replaced:
        lines.append(_replaced(each, language))
        lines += [_replaced_line(line, language) for line in each.lines]
    return lines


def _replaced(replaced: Replaced, language: str) -> str:
    objection = ""
    if replaced.objection is not None:
        objection = text(language, "explain.replaced_objection", number=replaced.objection)
    return text(
        language,
        "explain.replaced",
        revision=replaced.revision,
        date=replaced.at.date().isoformat(),
        before=_number(replaced.before[0], language),
        after=_number(replaced.after[0], language),
        rank_before=replaced.before[1] or text(language, "explain.none"),
        rank_after=replaced.after[1] or text(language, "explain.none"),
        objection=objection,
    )


def _replaced_line(line: ReplacedLine, language: str) -> str:
    return text(
        language,
        "explain.replaced_line",
        name=pick(line.name, language) or line.code,
        before=_number(line.before[0], language),
        after=_number(line.after[0], language),
        points_before=_number(line.before[1], language),
        points_after=_number(line.after[1], language),
    )


def _parts(key: str, scores: Mapping[str, Fraction | None], language: str) -> str:
    shown = [
        text(
            language,
            "explain.part",
            name=text(language, f"explain.{key}.{code}"),
            points=rounded(score) if score is not None else text(language, "evaluation.explain.nothing"),
        )
        for code, score in scores.items()
    ]
    return text(language, "explain.comma").join(shown)


def _number(value: Fraction | None, language: str) -> str:
    return text(language, "explain.none") if value is None else rounded(value)
