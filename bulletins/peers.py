"""The peer scores of a bulletin: band by band, and places only where they say something. PURE.

Knows the order and which of the figures a bulletin prints. A unit's exact place is never among them: with nothing truly
changing most units change it from one month to the next. Refuses to know the database and layout.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulletins.parts import BulletinContent, TierTable, UnitRow
from bulletins.wording import name_in, plain_text
from consortium.disclosure import mark_text
from evaluation.peer_standing import DOWN, SAME, UP, PeerStanding
from evaluation.peer_wording import band_text, definition_text, places_text
from locales.texts import text

_BANDS = ("upper", "middle", "lower", None)
_SIGNS = {UP: "↑", DOWN: "↓", SAME: "→"}


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One unit: its mark in words, its places where their interval is narrow, and the way since last month; "" if not
    to be said. `short` is mark and places for a narrow line, `sign` the way as an arrow.
    """

    name: str
    mark: str
    places: str
    arrow: str
    short: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class PeerBand:
    """The units of one band, best score first; `name` is "" where the tier has none."""

    name: str
    rows: tuple[PeerRow, ...]


@dataclass(frozen=True, slots=True)
class PeerTier:
    """A tier with its bands; tiers without any peer score are not there."""

    name: str
    bands: tuple[PeerBand, ...]


def peer_tiers(content: BulletinContent, language: str) -> tuple[PeerTier, ...]:
    """Tier by tier what is printed of peer scores."""
    return tuple(
        PeerTier(name_in(tier.name, language, tier.code), bands)
        for tier in content.tiers
        if (bands := tuple(_bands(tier, language)))
    )


def definition(content: BulletinContent, language: str) -> str:
    """How the scores were made, in one sentence."""
    return definition_text(content.peer_definition, language)


def waived_text(content: BulletinContent, language: str) -> str:
    """That the month was settled without peers, and why; "" where it was not."""
    if content.peers_waived is None:
        return ""
    return text(language, "peers.waived", reason=plain_text(content.peers_waived))


def is_narrow(standing: PeerStanding) -> bool:
    """Whether the places that a unit may have are half of its tier's at most."""
    if standing.rank_low is None or standing.rank_high is None:
        return False
    return 2 * (standing.rank_high - standing.rank_low + 1) <= standing.rank_of


def _bands(tier: TierTable, language: str) -> list[PeerBand]:
    scored = [(row, row.peer) for row in tier.units if row.peer is not None]
    scored.sort(key=lambda pair: (-pair[1].score, pair[0].code))
    found: list[PeerBand] = []
    for band in _BANDS:
        rows = tuple(_row(row, peer, language) for row, peer in scored if peer.band == band)
        if rows:
            named = text(language, "peers.no_band") if found else ""  # where no unit has a band, none is missing
            found.append(PeerBand(named if band is None else band_text(band, language), rows))
    return found


def _row(row: UnitRow, peer: PeerStanding, language: str) -> PeerRow:
    mark = mark_text(peer.score, language)
    short = mark
    if is_narrow(peer):
        key = "edition.peer_one" if peer.rank_low == peer.rank_high else "edition.peer"
        short = text(language, key, mark=mark, low=peer.rank_low, high=peer.rank_high)
    return PeerRow(
        name=name_in(row.name, language, row.code),
        mark=mark,
        places=places_text(peer, language) if is_narrow(peer) else "",
        arrow=text(language, f"peers.arrow.{peer.arrow}") if peer.arrow is not None else "",
        short=short,
        sign=_SIGNS.get(peer.arrow or "", ""),
    )
