"""What a bulletin 协同简报 says, before it is said in any language. PURE.

Frozen values with their JSON form and their digest. Both languages' names travel along, every figure is exact, and what
small numbers must not show is not in here at all: nobody can publish by mistake what the content does not hold.
Refuses to know the database, wording and layout.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Any

from evaluation.peer_standing import PeerStanding
from storage.base import canonical

Wording = Mapping[str, str]
Figures = tuple[tuple[str, Fraction | None], ...]
"""Exact figures by code, in the order in which they are shown; None where there is none."""

INCOMPLETE, NO_PEER_SCORE = "incomplete", "no_peer_score"

_SHAPE = 1  # of the JSON form
_LATER = frozenset({"certainty", "overrides", "revision"})


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


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit in its tier. `marks` are codes: why it has no rank, what its score lacks.

    `peer` is its peer score without single criteria; `raters` is a band such as "10-19", None below five;
    `satisfaction` is None below five responses, and where nobody answered at all `is_unanswered` says so: that is no
    secret. `certainty` is None where nothing was drawn.
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


def to_json(content: BulletinContent) -> dict[str, Any]:
    """The content as JSON values; fractions are the text "a/b"."""
    return {"shape": _SHAPE, **_plain(content)}


def from_json(document: Mapping[str, Any]) -> BulletinContent:
    """Read back what `to_json` wrote; ValueError, KeyError or TypeError when it is something else."""
    values = dict(document)
    if values.pop("shape", None) != _SHAPE:
        msg = "stored bulletin content has a shape that this version does not know"
        raise ValueError(msg)
    values["tiers"] = tuple(_tier(tier) for tier in values["tiers"])
    values["overall"] = _overall(values["overall"])
    values["dimensions"] = tuple((code, name) for code, name in values["dimensions"])
    values["history"] = tuple(_history(series) for series in values["history"])
    values["assumptions"] = tuple(values["assumptions"])
    values["modes"] = tuple(values.get("modes", ()))
    values["overrides"] = tuple(_broken(bound) for bound in values.get("overrides", ()))
    return BulletinContent(**values)


def content_hash(content: BulletinContent) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits: equal contents have equal hashes on every machine."""
    return document_hash(to_json(content))


def document_hash(document: Mapping[str, Any]) -> str:
    """The same of what is stored, whether or not it can still be read."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(shown)
            for field in fields(value)
            if _is_said(field.name, shown := getattr(value, field.name))
        }
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value


def _is_said(name: str, value: Any) -> bool:
    """Whether a field is written down: those that came later only where they say something, so that a month that was
    settled before them has the same content for ever.
    """
    return bool(value) or name not in _LATER


def _figure(written: str | None) -> Fraction | None:
    return None if written is None else Fraction(written)


def _figures(values: Sequence[tuple[str, str | None]]) -> Figures:
    return tuple((code, _figure(written)) for code, written in values)


def _satisfaction(values: Mapping[str, Any] | None) -> Satisfaction | None:
    if values is None:
        return None
    figures = {name: _figure(values.get(name)) for name in ("score", "low", "high")}
    return Satisfaction(**{**values, **figures, "dimensions": _figures(values["dimensions"])})


def _tier(values: Mapping[str, Any]) -> TierTable:
    return TierTable(**{**values, "units": tuple(_unit(unit) for unit in values["units"])})


def _unit(values: Mapping[str, Any]) -> UnitRow:
    return UnitRow(
        **{
            **values,
            "total": _figure(values["total"]),
            "marks": tuple(values["marks"]),
            "satisfaction": _satisfaction(values["satisfaction"]),
            "peer": _peer(values.get("peer")),
            "certainty": None if values.get("certainty") is None else Certainty(**values["certainty"]),
        }
    )


def _peer(values: Mapping[str, Any] | None) -> PeerStanding | None:
    if values is None:
        return None
    criteria = tuple((name, Fraction(score)) for name, score in values["criteria"])
    return PeerStanding(**{**values, "score": Fraction(values["score"]), "criteria": criteria})


def _broken(values: Mapping[str, Any]) -> BrokenBound:
    limits = {name: _figure(values[name]) for name in ("low", "high")}
    return BrokenBound(**{**values, **limits, "sum": Fraction(values["sum"])})


def _overall(values: Mapping[str, Any]) -> Overall:
    return Overall(**{**values, "satisfaction": _satisfaction(values["satisfaction"])})


def _history(values: Mapping[str, Any]) -> History:
    return History(**{**values, "points": _figures(values["points"])})
