"""`/metrics` for Prometheus: how the machine does. No mark, no figure of a unit, and no label that names a person, a
unit, a ticket or an address.

Answered to this very machine alone, and to nothing that a proxy has forwarded: to everybody else there is no such page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.models import HandledUpdate, SetAside
from locales.errors import DomainError
from outbox.models import Delivery
from outbox.policy import OWED
from scheduler.models import Occurrence
from scheduler.occurrences import DUE, RUNNING
from scheduler.runner import CATCH_UP
from web.meter import Meter
from web.site import LOOPBACK, client_of, site_of

_FORWARDED = ("x-forwarded-for", "forwarded", "via")
_RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database says at this moment. Ages in seconds."""

    deliveries: tuple[tuple[str, str, int], ...]
    oldest_owed: tuple[tuple[str, float], ...]
    runs: tuple[tuple[str, int], ...]
    oldest_run: float
    handled: int
    set_aside: int


async def metrics(request: Request) -> Response:
    """GET /metrics"""
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    if client_of(request.scope) not in LOOPBACK or is_forwarded:
        raise DomainError("page_unknown")
    site, waiting = site_of(request), site_of(request).database.waiting
    now = site.clock()
    figures = await site.database.run(lambda session: _figures(session, now))
    registry = CollectorRegistry()
    registry.register(_Snapshot(figures, waiting, site.role))
    meter: Meter = request.app.state.meter
    content = generate_latest(registry) + generate_latest(meter.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)


class _Snapshot(Collector):
    """The figures of one reading."""

    def __init__(self, figures: Figures, waiting: int, role: str) -> None:
        self._figures, self._waiting, self._role = figures, waiting, role

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._figures
        yield _gauge("info", "What this process runs.", ("role",), [((self._role,), 1)])
        yield _gauge("database_waiting", "Calls that wait for the database.", (), [((), self._waiting)])
        yield _gauge(
            "deliveries", "Deliveries by channel and state.", ("channel", "state"),
            (((channel, state), count) for channel, state, count in found.deliveries),
        )  # fmt: skip
        yield _gauge(
            "delivery_oldest_owed_seconds", "Age of the oldest delivery that could go out now.", ("channel",),
            (((channel,), age) for channel, age in found.oldest_owed),
        )  # fmt: skip
        yield _gauge(
            "runs", "Runs of the schedule in forty days, by state.", ("state",),
            (((state,), count) for state, count in found.runs),
        )  # fmt: skip
        yield _gauge("run_oldest_late_seconds", "How late the oldest open run is.", (), [((), found.oldest_run)])
        yield _gauge("updates_handled_last_hour", "Chat updates handled in the last hour.", (), [((), found.handled)])
        yield _gauge("updates_set_aside", "Chat updates that could not be handled.", (), [((), found.set_aside)])


def _gauge(
    name: str, words: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"tongping_{name}", words, labels=labels)
    for each, value in values:
        family.add_metric(each, value)
    return family


def _figures(session: Session, now: datetime) -> Figures:
    owed_now = Delivery.state == OWED, or_(Delivery.not_before.is_(None), Delivery.not_before <= now)
    deliveries = session.execute(
        select(Delivery.channel, Delivery.state, func.count()).group_by(Delivery.channel, Delivery.state)
    )
    oldest = session.execute(
        select(Delivery.channel, func.min(Delivery.created_at)).where(*owed_now).group_by(Delivery.channel)
    )
    runs = session.execute(
        select(Occurrence.state, func.count()).where(Occurrence.due_at > now - CATCH_UP).group_by(Occurrence.state)
    )
    late = session.scalar(select(func.min(Occurrence.due_at)).where(Occurrence.state.in_((DUE, RUNNING))))
    handled = select(func.count()).select_from(HandledUpdate).where(HandledUpdate.at > now - _RECENT)
    return Figures(
        deliveries=tuple(sorted((channel, state, count) for channel, state, count in deliveries)),
        oldest_owed=tuple(sorted((channel, _age(since, now)) for channel, since in oldest)),
        runs=tuple(sorted((state, count) for state, count in runs)),
        oldest_run=_age(late, now) if late is not None else 0.0,
        handled=session.scalar(handled) or 0,
        set_aside=session.scalar(select(func.count()).select_from(SetAside)) or 0,
    )


def _age(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)


ROUTES = [Route("/metrics", metrics)]
