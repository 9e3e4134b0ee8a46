"""A round that waits for its trustees, as pages show it: since when, how many ballots, who has given a share.

Reads rows and what lies in the room; no share, no key and no figure of the round comes out of here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request

from bulletins.wording import one_line, period_name
from consortium.periods import Period
from consortium.units import zone
from reviews.models import ReviewRound
from scheduler.count_notices import ballots_cast, trustees, waiting_rounds
from web.counting_room import CountingRoom
from web.pages import local_time


@dataclass(frozen=True, slots=True)
class HolderView:
    """A trustee of the consortium. `has_given`: their share is here now; `is_reachable`: they can be told in chat."""

    person_id: str
    name: str
    is_reachable: bool
    has_given: bool


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A closed round: its name, when it closed, how many ballots were cast, its trustees."""

    period: str
    name: str
    closed: str
    ballots: int
    holders: tuple[HolderView, ...]


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round in whatever state; times are "" where it has not come so far, numbers None."""

    period: str
    name: str
    state: str
    opened: str
    closes: str
    closed: str
    counted: str
    erased: str
    ballots: int | None
    void: int | None
    root: str


def room_of(request: Request) -> CountingRoom:
    """Where the shares lie that were given to this process."""
    room: CountingRoom = request.app.state.counting
    return room


def round_view(round_: ReviewRound, language: str, local: ZoneInfo) -> RoundView:
    """A round's dates on the consortium's clock, and after its count what the count says of itself."""
    moments = (round_.opened_at, round_.closes_at, round_.closed_at, round_.counted_at, round_.erased_at)
    opened, closes, closed, counted, erased = (local_time(each, local) if each is not None else "" for each in moments)
    return RoundView(
        period=round_.period,
        name=period_name(Period.parse(round_.period), language),
        state=round_.state,
        opened=opened,
        closes=closes,
        closed=closed,
        counted=counted,
        erased=erased,
        ballots=round_.ballots_counted,
        void=round_.ballots_void,
        root=round_.root or "",
    )


def waiting_views(session: Session, room: CountingRoom, language: str, moment: float) -> list[WaitingView]:
    """The rounds that wait for two trustees, for whoever sees how far the season is."""
    return [waiting_view(session, each, room, language, moment) for each in waiting_rounds(session)]


def waiting_view(
    session: Session, round_: ReviewRound, room: CountingRoom, language: str, moment: float
) -> WaitingView:
    """One round that waits."""
    given = {each.person for each in room.given(round_.period, moment)}
    view = round_view(round_, language, zone(session))
    return WaitingView(
        period=round_.period,
        name=view.name,
        closed=view.closed,
        ballots=ballots_cast(session, round_.period),
        holders=tuple(holder_views(session, given)),
    )


def holder_views(session: Session, given: Iterable[str]) -> list[HolderView]:
    """The people with the role of a trustee, and who of them has given a share."""
    here = set(given)
    return [
        HolderView(each.person_id, one_line(each.name) or each.person_id, each.is_reachable, each.person_id in here)
        for each in trustees(session)
    ]
