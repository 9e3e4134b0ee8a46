"""What the demo says when it is ready: how much happened, and the links to look at it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.settings import Settings
from consortium.links import WEB, make_link, new_token
from consortium.people import actor_of
from consortium.units import all_units
from evaluation.scorecards import settlements
from locales.texts import text
from reviews.models import ReviewRound
from surveys.models import Response
from web.application import DemoFacts

SIGN_IN = ("chen", "zhao", "h1.rep")
"""Whose sign-in links are printed: the two who release a bulletin, and one representative."""


def facts_of(session: Session) -> DemoFacts:
    """How much was played."""
    return DemoFacts(
        months=tuple(settlement.period for settlement in settlements(session)),
        units=len(all_units(session)),
        responses=session.scalar(select(func.count()).select_from(Response).where(Response.state == "sent")) or 0,
        ballots=session.scalar(select(func.sum(ReviewRound.ballots_counted))) or 0,
    )


def closing_words(session: Session, *, settings: Settings, language: str) -> list[str]:
    """The lines printed before the pages are served; the sign-in links are new, single use, and hold ten minutes."""
    base = settings.base_url
    facts = facts_of(session)
    newest = facts.months[-1]
    lines = [
        text(language, "demo.done", months=", ".join(facts.months), units=facts.units, responses=facts.responses,
             ballots=facts.ballots),
        text(language, "demo.key_is_here"),
        "",
        text(language, "demo.link.home", url=f"{base}/"),
        text(language, "demo.link.simulator", url=f"{base}/simulator"),
        text(language, "demo.link.bulletin", url=f"{base}/bulletins/{newest}"),
    ]  # fmt: skip
    for person in SIGN_IN:
        token = new_token()
        make_link(session, person_id=person, purpose=WEB, made_by=None, token=token, now=settings.clock.now())
        name = actor_of(session, person).name
        lines.append(text(language, "demo.link.sign_in", name=name, url=f"{base}/sign-in/{token}"))
    return [*lines, "", text(language, "demo.stop")]
