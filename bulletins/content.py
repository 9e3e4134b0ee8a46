"""How what a bulletin says is written down: its JSON form, and its digest.

A field that came later is written only where it says something, so that a month that was settled before it has the same
content, and the same digest, for ever. What the values mean is `bulletins.parts`. Refuses to read another shape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from bulletins.parts import (
    INCOMPLETE,
    NO_PEER_SCORE,
    BrokenBound,
    BulletinContent,
    Certainty,
    Change,
    CollaborationFigure,
    Figures,
    History,
    HonourGiven,
    Improved,
    Overall,
    Satisfaction,
    StoryTold,
    TierTable,
    TrendPoint,
    UnitRow,
    Wording,
)
from evaluation.peer_standing import PeerStanding
from storage.base import canonical

__all__ = [
    "INCOMPLETE", "NO_PEER_SCORE", "BrokenBound", "BulletinContent", "Certainty", "Change", "CollaborationFigure",
    "Figures", "History", "HonourGiven", "Improved", "Overall", "Satisfaction", "StoryTold", "TierTable", "TrendPoint",
    "UnitRow", "Wording",
    "content_hash", "document_hash", "from_json", "to_json",
]  # fmt: skip

_SHAPE = 1  # of the JSON form
_NO_ENDS: Mapping[str, None] = {"total_low": None, "total_high": None}
_LATER = frozenset({
    "certainty", "overrides", "revision", "total_low", "total_high", "shares", "trend", "groups", "collaboration",
    "improved", "stories", "honours", "reasons", "is_better",
})  # fmt: skip


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
    values["groups"] = tuple((code, name) for code, name in values.get("groups", ()))
    values["collaboration"] = tuple(_collaboration(figure) for figure in values.get("collaboration", ()))
    values["improved"] = tuple(Improved(**_exactly(one, "before", "after")) for one in values.get("improved", ()))
    values["stories"] = tuple(StoryTold(**story) for story in values.get("stories", ()))
    values["honours"] = tuple(_honour(honour) for honour in values.get("honours", ()))
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
    return value not in (None, ()) or name not in _LATER


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
            "certainty": _certainty(values.get("certainty")),
            "shares": _figures(values.get("shares", ())),
            "trend": tuple(_trend_point(point) for point in values.get("trend", ())),
        }
    )


def _peer(values: Mapping[str, Any] | None) -> PeerStanding | None:
    if values is None:
        return None
    criteria = tuple((name, Fraction(score)) for name, score in values["criteria"])
    return PeerStanding(**{**values, "score": Fraction(values["score"]), "criteria": criteria})


def _certainty(values: Mapping[str, Any] | None) -> Certainty | None:
    return None if values is None else Certainty(**_exactly({**_NO_ENDS, **values}, *_NO_ENDS))


def _trend_point(values: Mapping[str, Any]) -> TrendPoint:
    return TrendPoint(**{**_exactly(values, "total", "low", "high"), "reasons": tuple(values.get("reasons", ()))})


def _collaboration(values: Mapping[str, Any]) -> CollaborationFigure:
    changes = tuple(Change(**_exactly(change, "before", "after")) for change in values.get("changes", ()))
    return CollaborationFigure(**{**_exactly(values, "value", "before", "target"), "changes": changes})


def _honour(values: Mapping[str, Any]) -> HonourGiven:
    winners = tuple((candidate, name) for candidate, name in values["winners"])
    return HonourGiven(**{**values, "winners": winners})


def _exactly(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The values with those of these names as fractions."""
    return {**values, **{name: _figure(values[name]) for name in names}}


def _broken(values: Mapping[str, Any]) -> BrokenBound:
    return BrokenBound(**_exactly(values, "low", "high", "sum"))


def _overall(values: Mapping[str, Any]) -> Overall:
    return Overall(**{**values, "satisfaction": _satisfaction(values["satisfaction"])})


def _history(values: Mapping[str, Any]) -> History:
    return History(**{**values, "points": _figures(values["points"])})
