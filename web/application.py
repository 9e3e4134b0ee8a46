"""The web application put together: which routes there are, and what wraps all of them.

Refuses to know what any page does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from locales.errors import DomainError
from storage.database import Database
from web import (
    actions,
    acts,
    alerts,
    api,
    api_contacts,
    api_opt_outs,
    api_readings,
    approvals,
    assets,
    audiences,
    audit,
    before_after,
    bulletin_files,
    bulletins,
    channels,
    counting,
    drafts,
    duties,
    explanations,
    exports,
    fielding,
    fielding_lists,
    fielding_unit,
    fielding_versions,
    health,
    held,
    honour_office,
    honours,
    indicator_pages,
    landing,
    metrics,
    objections,
    office,
    panel,
    panel_evidence,
    panel_office,
    peer_comments,
    people,
    posters,
    previews,
    reading_detail,
    readings,
    receipts,
    retractions,
    rounds,
    scheme_drafts,
    schemes,
    sheet,
    sheet_launch,
    sign_in,
    signatures,
    stories,
    story_office,
    survey,
    survey_refusals,
    survey_results,
    third_party,
    unit_history,
    unit_objections,
    unit_readings,
    units,
    vetoes,
    votes,
    waivers,
    year,
)
from web import simulator as simulator_pages
from web.counting_room import CountingRoom
from web.faults import Catcher, answer_fault, answer_http
from web.meter import Meter, Metered
from web.pages import environment
from web.security import Guard
from web.sheet_forms import LONGEST_SHEET
from web.site import LONGEST_UPDATE, DemoFacts, Site, Webhook
from web.throttle import (
    FAILURES,
    OPENINGS,
    SECONDS_FOR_ONE_FAILURE,
    SECONDS_FOR_ONE_OPENING,
    Throttle,
)
from web.uploads import LONGEST_UPLOAD
from web.webhook import webhook_route

__all__ = ["DemoFacts", "Webhook", "build_application"]


def build_application(
    *,
    database: Database,
    clock: Callable[[], datetime],
    secret: bytes,
    public_url: str | None = None,
    bot_name: Callable[[], str | None] = lambda: None,
    simulator: bool = False,
    moved_clock: bool = False,
    webhook: Webhook | None = None,
    ready: Callable[[], Mapping[str, bool]] = dict,
    demo: DemoFacts | None = None,
    launch_key: bytes | None = None,
    role: str = "all",
) -> FastAPI:
    """Every page, the interface for hospital systems and, where asked for, simulator and webhook.

    `secret` signs buttons, forms and receipts. `bot_name` and `ready` are asked at every use; `ready` names parts
    beside the database, such as the bot. `launch_key` signs what Telegram says when it opens a page inside itself; None
    without a bot. The caller serves it without an access log: addresses carry tickets.
    """
    if webhook is not None and not webhook.secret:
        msg = "a webhook without a secret would believe everybody"
        raise ValueError(msg)
    site = Site(
        database=database,
        clock=clock,
        secret=secret,
        public_url=public_url,
        bot_name=bot_name,
        simulator=simulator,
        moved_clock=moved_clock,
        webhook=webhook,
        ready=ready,
        demo=demo,
        launch_key=launch_key,
        role=role,
    )
    application = FastAPI(
        title="Tongping",
        version="1",
        description=api.DESCRIPTION,
        openapi_url=api.OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=_routes(site),
        exception_handlers={DomainError: answer_fault, HTTPException: answer_http},
    )
    application.include_router(api.router)
    application.include_router(api_contacts.router)
    application.include_router(api_opt_outs.router)
    application.include_router(api_readings.router)
    application.state.site = site
    application.state.throttle = Throttle(FAILURES, SECONDS_FOR_ONE_FAILURE)
    application.state.counting, application.state.counts = CountingRoom(), set()
    application.state.openings = Throttle(OPENINGS, SECONDS_FOR_ONE_OPENING)
    application.add_middleware(Catcher)
    limits = dict.fromkeys((fielding_lists.LISTS_PATH, third_party.PATH, readings.PATH), LONGEST_UPLOAD)
    limits |= {peer_comments.PATH: peer_comments.LONGEST_FORM}
    limits |= dict.fromkeys((sheet.PATH, sheet.BALLOTS_PATH), LONGEST_SHEET)
    limits[scheme_drafts.PATH] = scheme_drafts.LONGEST_BODY
    limits[panel_evidence.PATH] = panel_evidence.LONGEST_EVIDENCE_BODY
    limits[unit_readings.EVIDENCE_PATH] = unit_readings.LONGEST_EVIDENCE_BODY
    limits[api_readings.READINGS_PATH] = api_readings.LONGEST_BODY
    limits |= {webhook.path: LONGEST_UPDATE} if webhook else {}
    framed = (sheet_launch.PATH,) if launch_key is not None else ()
    application.add_middleware(Guard, limits=limits, framed=framed)
    application.state.meter = Meter()
    application.add_middleware(Metered, meter=application.state.meter)
    _describe_keys(application)
    for name in environment().list_templates():
        environment().get_template(name)  # a template that does not compile stops the start, not a visitor
    return application


def _routes(site: Site) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        *survey.ROUTES,
        *survey_refusals.ROUTES,
        *health.ROUTES,
        *metrics.ROUTES,
        *assets.ROUTES,
        *landing.ROUTES,
        *sign_in.ROUTES,
    ]
    routes += [*bulletin_files.ROUTES, *bulletins.ROUTES, *before_after.ROUTES, *drafts.ROUTES]
    routes += [*retractions.ROUTES, *approvals.ROUTES, *acts.ROUTES]
    routes += [*office.ROUTES, *audit.ROUTES, *channels.ROUTES, *people.ROUTES, *units.ROUTES]
    routes += [*unit_history.ROUTES, *objections.ROUTES, *unit_objections.ROUTES, *indicator_pages.ROUTES]
    routes += [*fielding.ROUTES, *fielding_unit.ROUTES, *fielding_lists.ROUTES, *fielding_versions.ROUTES]
    routes += [*readings.ROUTES, *reading_detail.ROUTES, *unit_readings.ROUTES]
    routes += [*alerts.ROUTES, *explanations.ROUTES]
    routes += [*posters.ROUTES, *held.ROUTES]
    routes += [*receipts.ROUTES, *audiences.ROUTES, *third_party.ROUTES]
    routes += [*survey_results.ROUTES, *exports.ROUTES, *previews.ROUTES]
    routes += [*sheet.ROUTES, *(sheet_launch.ROUTES if site.launch_key is not None else ())]
    routes += [*waivers.ROUTES, *vetoes.ROUTES, *peer_comments.ROUTES]
    routes += [*schemes.ROUTES, *scheme_drafts.ROUTES, *year.ROUTES]
    routes += [*counting.ROUTES, *rounds.ROUTES]
    routes += [*votes.ROUTES, *signatures.ROUTES, *duties.ROUTES, *actions.ROUTES]
    routes += [*stories.ROUTES, *story_office.ROUTES, *honours.ROUTES, *honour_office.ROUTES]
    routes += [*panel_evidence.ROUTES, *panel.ROUTES, *panel_office.ROUTES]
    if site.simulator:
        routes += simulator_pages.ROUTES
    if site.webhook is not None:
        routes.insert(0, webhook_route(site.webhook))
    return routes


def _describe_keys(application: FastAPI) -> None:
    """Add to the OpenAPI document how a key is given; FastAPI cannot know, as we look at it ourselves."""
    document: dict[str, Any] = application.openapi()
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["key"] = {"type": "http", "scheme": "bearer", "description": "A key made with `tongping api-key create`."}
