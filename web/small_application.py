"""What a process without pages answers: whether it lives and is ready, its metrics, and Telegram's updates where it is
the bot's. Everything else is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from locales.errors import DomainError
from storage.database import Database
from web import assets, health, metrics
from web.faults import Catcher, answer_fault, answer_http
from web.meter import Meter, Metered
from web.security import Guard
from web.site import LONGEST_UPDATE, Site, Webhook
from web.throttle import FAILURES, SECONDS_FOR_ONE_FAILURE, Throttle
from web.webhook import webhook_route


def build_small_application(
    *,
    database: Database,
    clock: Callable[[], datetime],
    secret: bytes,
    role: str,
    ready: Callable[[], Mapping[str, bool]] = dict,
    webhook: Webhook | None = None,
) -> Starlette:
    """Health, metrics and, where there is one, the webhook; guarded as the pages are."""
    routes: list[BaseRoute] = [webhook_route(webhook)] if webhook is not None else []
    routes += [*health.ROUTES, *metrics.ROUTES, *assets.ROUTES]
    application = Starlette(
        routes=routes,
        exception_handlers={DomainError: answer_fault, HTTPException: answer_http},
    )
    application.router.redirect_slashes = False
    application.state.site = Site(
        database=database,
        clock=clock,
        secret=secret,
        public_url=None,
        bot_name=lambda: None,
        simulator=False,
        moved_clock=False,
        webhook=webhook,
        ready=ready,
        demo=None,
        role=role,
    )
    application.state.throttle = Throttle(FAILURES, SECONDS_FOR_ONE_FAILURE)
    application.state.meter = Meter()
    application.add_middleware(Catcher)
    application.add_middleware(Guard, limits={webhook.path: LONGEST_UPDATE} if webhook is not None else {})
    application.add_middleware(Metered, meter=application.state.meter)
    return application
