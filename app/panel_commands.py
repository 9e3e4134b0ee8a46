"""The commands about an expert panel: `review open-round|close-round|count PERIOD --panel`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.answer import Answer
from app.commands import ACTOR, key_file
from app.installation import opened
from app.review_keys import private_key_in
from app.settings import read_settings, terminal_language
from consortium.periods import Period
from consortium.units import installation
from evaluation.panel import open_month_panel
from locales.texts import text
from reviews.panel_rounds import close_panel
from scheduler.panel_counting import run_panel_count
from scheduler.panel_notices import invite_experts


def open_review_panel(period: str) -> Answer:
    """Open the month's panel, without a closing time, and tell its experts; a person closes it."""
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        panel = open_month_panel(session, period=month, closes_at=None, actor=ACTOR, now=settings.clock.now())
        invite_experts(session, panel=panel, now=settings.clock.now())
        document = {"period": str(month), "state": panel.state, "indicators": [each["code"] for each in panel.criteria]}
    return Answer(document, [text(language, "panel.cli.opened", period=month)])


def close_review_panel(period: str) -> Answer:
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        close_panel(session, period=month, actor=ACTOR, now=settings.clock.now())
    return Answer({"period": str(month), "state": "closed"}, [text(language, "panel.cli.closed", period=month)])


def count_review_panel(period: str, key: Path | None, *, shares: Sequence[Path] = ()) -> Answer:
    """Open the experts' ballots with the key of the rounds, write the figures, erase the ballots."""
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database:
        with database.transaction() as session:
            path = key or key_file(installation(session).folder, installation(session).review.get("key_file"))
        private = private_key_in(path, share_files=shares)
        done = run_panel_count(database, period=month, private_key=private, actor=ACTOR, clock=settings.clock.now)
    found = done.counted
    document = {
        "period": str(month),
        "state": "erased",
        "ballots": found.ballots,
        "void": found.void,
        "figures": found.figures,
        "known": found.known,
        "root": found.root,
    }
    said = {name: document[name] for name in ("ballots", "void", "known", "figures", "root")}
    return Answer(document, [text(language, "panel.cli.counted", period=month, **said)])
