"""What is wrong with a scheme beside its bounds: lines that reward the wrong thing, count twice, or move nothing. PURE.

`check_scheme` is everything that keeps a well-formed scheme from being applied. Each finding names tier and indicator.
Refuses to know what any unit has reached; what a curve can give is `evaluation.reach`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from evaluation.bounds import check_bounds, counted_lines
from evaluation.elements import (
    BAND,
    BY_SHARE,
    COLLABORATION,
    MEAN,
    PEER,
    STEPS,
    SURVEY,
    SYNERGIES,
    THIRD_PARTY,
    WATCH,
    Curve,
    Indicator,
    Line,
    Scheme,
    Tier,
)
from evaluation.income import rewards_income
from evaluation.reach import shares_within_reach
from locales.errors import Finding
from locales.numbers import rounded


def check_scheme(scheme: Scheme, *, file: str) -> list[Finding]:
    """Everything that keeps a scheme from being applied: its bounds, and what `lints` finds."""
    return check_bounds(scheme, file=file) + lints(scheme, file=file)


def lints(scheme: Scheme, *, file: str) -> list[Finding]:
    """Every finding, in the order of the tiers and their tables; then what concerns the indicators themselves."""
    parts = Parts(scheme)
    findings: list[Finding] = []
    for tier in scheme.tiers.values():
        findings += _income_findings(scheme, tier, parts, file)
        findings += _double_findings(scheme, tier, parts, file)
        findings += _reach_findings(scheme, tier, file)
        findings += _idle_findings(scheme, tier, parts, file)
        findings += _synergy_findings(scheme, tier, file)
    return [*findings, *_unused_findings(scheme, parts, file), *_perspective_findings(scheme, file)]


class Parts:
    """What stands behind each indicator: itself, and through means and complements all that it is made of."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._known: dict[str, frozenset[str]] = {}

    def of(self, code: str) -> frozenset[str]:
        """Every code behind `code`, its own included; a code that is not defined has nothing behind it."""
        if code not in self._known:
            self._known[code] = frozenset({code})  # whoever comes round to itself stops here
            indicator = self._scheme.indicators.get(code)
            of = () if indicator is None else indicator.of
            self._known[code] = frozenset({code}).union(*(self.of(part) for part in of))
        return self._known[code]

    @cached_property
    def used(self) -> frozenset[str]:
        """Everything that earns points in some tier, stands behind what does, or is measured against."""
        earning = {line.indicator for tier in self._scheme.tiers.values() for line in tier.lines if line.points > 0}
        behind = frozenset().union(*(self.of(code) for code in earning))
        return behind | _references(self._scheme)


def _references(scheme: Scheme) -> set[str]:
    """The indicators that others are measured against."""
    curves = [line.curve for tier in scheme.tiers.values() for line in tier.lines]
    curves += [indicator.curve for indicator in scheme.indicators.values()]
    against = {curve.against for curve in curves if curve is not None and curve.against is not None}
    return against & set(scheme.indicators)


def _earning(tier: Tier) -> list[Line]:
    """The lines with points, bonus or not."""
    return [line for line in tier.lines if line.points > 0]


def _finding(file: str, code: str, tier: str, indicator: str, **details: object) -> Finding:
    return Finding(
        file, f"tiers.{tier}.indicators.{indicator}", code, {"tier": tier, "indicator": indicator, **details}
    )


def _income_findings(scheme: Scheme, tier: Tier, parts: Parts, file: str) -> list[Finding]:
    """Rule 84: nothing rewards income alone, directly or as a part of a mean; a share of income is no income."""
    return [
        _finding(file, "lint_income", tier.code, line.indicator, part=part)
        for line in _earning(tier)
        for part in sorted(parts.of(line.indicator))
        if part in scheme.indicators and rewards_income(scheme.indicators[part])
    ]


def _double_findings(scheme: Scheme, tier: Tier, parts: Parts, file: str) -> list[Finding]:
    """One thing counted by two lines: the first of the table stands, each later one is named with it."""
    findings = []
    first: dict[tuple[str, ...], str] = {}
    for line in _earning(tier):
        told: set[str] = set()
        for key, code in _keys(scheme.indicators, parts.of(line.indicator)):
            other = first.setdefault(key, line.indicator)
            if other != line.indicator and other not in told:
                told.add(other)
                findings.append(_finding(file, code, tier.code, line.indicator, other=other, what=key[-1]))
    return findings


def _keys(indicators: Mapping[str, Indicator], codes: Iterable[str]) -> list[tuple[tuple[str, ...], str]]:
    """What is counted with these indicators, each with the finding for counting it again; the gravest first."""
    found: list[tuple[int, tuple[str, ...], str]] = []
    for code in sorted(codes):
        indicator = indicators.get(code)
        if indicator is None:
            continue
        found.append((0, ("part", code), "lint_double_part"))
        if (source := _source_key(indicator)) is not None:
            found.append((1, source, "lint_double_input"))
        if indicator.standard is not None:
            found.append((2, ("standard", indicator.standard.casefold()), "lint_double_standard"))
        names = {("name", language, _one_form(name)) for language, name in indicator.name.items()}
        found += [(3, name, "lint_double_name") for name in sorted(names)]
    return [(key, finding) for _, key, finding in sorted(found)]


def _source_key(indicator: Indicator) -> tuple[str, ...] | None:
    """What figure of a survey, of the blind round or of a third party it is; None for what has a code of its own."""
    if indicator.input == PEER:
        return ("input", PEER)
    if indicator.input == SURVEY:
        return ("input", SURVEY, "/".join(map(str, (indicator.questionnaire, indicator.measure, indicator.definition))))
    if indicator.input == THIRD_PARTY:
        return ("input", THIRD_PARTY, f"{indicator.surveyor}/{indicator.definition}")
    return None


def _one_form(name: str) -> str:
    """A name without what only looks different: letter case and spaces."""
    return "".join(name.casefold().split())


def _reach_findings(scheme: Scheme, tier: Tier, file: str) -> list[Finding]:
    """A full share that no possible value earns, and curves that give every possible value the same."""
    findings = []
    for code, curve in _curves(scheme, tier).items():
        shares = shares_within_reach(scheme.indicators[code], curve)
        if shares and max(shares) < 1:
            finding = {STEPS: "lint_steps_not_full", BAND: "lint_band_out_of_reach"}.get(curve.kind)
            best = rounded(100 * max(shares), 2)
            findings.append(_finding(file, finding or "lint_cap_out_of_reach", tier.code, code, best=best))
        elif len(shares) == 1:
            findings.append(_finding(file, "lint_same_share", tier.code, code))
    return findings


def _curves(scheme: Scheme, tier: Tier) -> dict[str, Curve]:
    """The curves that points come from in a tier: those of its lines, and of what a mean of shares is made of."""
    of_lines = {line.indicator: line.curve for line in tier.lines}
    found: dict[str, Curve] = {}
    waiting = [line.indicator for line in _earning(tier)]
    while waiting:
        code = waiting.pop(0)
        indicator = scheme.indicators.get(code)
        if indicator is None or code in found:
            continue
        if (curve := of_lines.get(code) or indicator.curve) is not None:
            found[code] = curve
        if indicator.input == MEAN and indicator.by == BY_SHARE:
            waiting += indicator.of
    return found


def _idle_findings(scheme: Scheme, tier: Tier, parts: Parts, file: str) -> list[Finding]:
    """A line without points that is neither watched nor behind a line that has some."""
    behind = frozenset().union(*(parts.of(line.indicator) for line in _earning(tier))) | _references(scheme)
    return [
        _finding(file, "lint_no_points", tier.code, line.indicator)
        for line in tier.lines
        if line.points == 0 and scheme.indicators[line.indicator].direction != WATCH and line.indicator not in behind
    ]


def _unused_findings(scheme: Scheme, parts: Parts, file: str) -> list[Finding]:
    """An indicator that no table has, that nothing is made of, and that is not watched."""
    listed = {line.indicator for tier in scheme.tiers.values() for line in tier.lines}
    return [
        Finding(file, f"indicators.{code}", "lint_unused", {"indicator": code})
        for code, indicator in scheme.indicators.items()
        if indicator.direction != WATCH and code not in listed and code not in parts.used
    ]


def _synergy_findings(scheme: Scheme, tier: Tier, file: str) -> list[Finding]:
    """Rule 3: every line of the collaboration dimension belongs to one of the four, so that they add up to it."""
    findings = []
    for line in counted_lines(scheme, tier):
        indicator = scheme.indicators[line.indicator]
        tags = [flag for flag in SYNERGIES if flag in indicator.flags]
        if indicator.dimension != COLLABORATION or len(tags) == 1:
            continue
        known = ", ".join(SYNERGIES)
        if tags:
            details = {"tags": ", ".join(tags)}
            findings.append(_finding(file, "lint_synergy_twice", tier.code, line.indicator, **details))
        else:
            findings.append(_finding(file, "lint_synergy_missing", tier.code, line.indicator, known=known))
    return findings


def _perspective_findings(scheme: Scheme, file: str) -> list[Finding]:
    """Rule 130: where one counted indicator has a perspective of the balanced scorecard, all have."""
    counted = {line.indicator for tier in scheme.tiers.values() for line in counted_lines(scheme, tier)}
    used = [code for code in scheme.indicators if code in counted]
    if all(scheme.indicators[code].perspective is None for code in used):
        return []
    return [
        Finding(file, f"indicators.{code}.perspective", "lint_perspective_missing", {"indicator": code})
        for code in used
        if scheme.indicators[code].perspective is None
    ]
