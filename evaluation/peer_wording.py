"""Peer scores as people read them, on the scale of marks. PURE: rounding was done by the count; here are words only.

Never more than the standing holds: no rater, no number of raters, no severity.
"""

from __future__ import annotations

from consortium.disclosure import criterion_text, mark_text
from evaluation.peer_standing import PeerStanding
from locales.texts import pick, text

SEVERITY = "peer-severity-1"
"""The definition by which a score is what an average rater would have given."""


def band_text(band: str, language: str) -> str:
    """The band 档次 by name."""
    return text(language, f"severity.band.{band}")


def places_text(standing: PeerStanding, language: str) -> str:
    """Between which places the unit lies, of how many; "" where its tier has none."""
    if standing.rank_low is None or standing.rank_high is None:
        return ""
    key = "peers.place" if standing.rank_low == standing.rank_high else "peers.places"
    return text(language, key, low=standing.rank_low, high=standing.rank_high, of=standing.rank_of)


def standing_parts(standing: PeerStanding, language: str) -> list[str]:
    """Mark, band, places, raters as a band, and where it may be told the way since the month before."""
    parts = [text(language, "peers.mark", mark=mark_text(standing.score, language))]
    if standing.band is not None:
        parts.append(band_text(standing.band, language))
    places = places_text(standing, language)
    parts += [places] if places else []
    parts.append(text(language, "peers.raters", band=standing.rater_band))
    if standing.arrow is not None:
        parts.append(text(language, f"peers.arrow.{standing.arrow}"))
    return parts


def criteria_parts(standing: PeerStanding, language: str) -> list[str]:
    """The criteria with their marks; nothing below eight raters."""
    return [
        text(language, "peers.criterion", name=pick(name, language), mark=criterion_text(score, language))
        for name, score in standing.criteria
    ]


def definition_text(definition: str, language: str) -> str:
    """In one sentence how the score was made, and that it is coarse on purpose."""
    key = "peers.definition.severity" if definition == SEVERITY else "peers.definition.mean"
    return text(language, key, definition=definition)


def peer_lines(standing: PeerStanding | None, language: str) -> list[str]:
    """The whole of it line by line; nothing without a score."""
    if standing is None:
        return []
    separator = text(language, "peers.separator")
    criteria = criteria_parts(standing, language)
    lines = [separator.join(standing_parts(standing, language))]
    lines += [text(language, "peers.criteria", criteria=separator.join(criteria))] if criteria else []
    return [*lines, definition_text(standing.definition, language)]
