"""`tongping demo`: a season of 26 units, played through the real use cases under a moved clock, then served.

Three months are played up to the one before the present; the present month is left open for whoever looks. The clock is
moved from one due run of the schedule to the next, and the scheduler itself does what is due.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from app.answer import Answer
from app.commands import ACTOR, example_units
from app.configuration import Configuration, apply_configuration, read_configuration
from app.demo import office_life, others, play
from app.demo.facts import closing_words, facts_of
from app.demo.folder import DemoFolder
from app.installation import open_database, opened
from app.logs import configure_logs
from app.serve import serve
from app.settings import Settings, read_settings, secret_key, terminal_language
from bot.local import Said, respond_locally
from bot.turn import Context
from bulletins.charts import kinds_of, picture_key
from bulletins.editions import content_of, released
from bulletins.pictures import picture
from consortium.periods import Period
from locales.errors import DomainError
from locales.texts import DEFAULT_LANGUAGE, text
from scheduler.examination import examination
from scheduler.runner import tick
from scheduler.timetable import CLOSE, DAILY, DRAFT, REMIND, SETTLE, Due, due
from storage.database import Database

MONTHS = 3
SEED = 20181


@dataclass(slots=True)
class Stage:
    """What the season is played on; `now` is the moved clock."""

    database: Database
    configuration: Configuration
    zone: ZoneInfo
    secret: bytes
    now: datetime

    def clock(self) -> datetime:
        return self.now


def demo(*, folder: Path, port: int, serve_it: bool) -> Answer:
    """Play the season, unless it lies there already, and serve it."""
    settings, language = read_settings(), terminal_language()
    if settings.telegram_token is not None or settings.clock.is_moved:
        raise DomainError("demo_is_local")
    configure_logs(quiet=True)  # while playing, the progress bar speaks
    place = DemoFolder(folder)
    settings = replace(settings, database_url=place.database_url, host="127.0.0.1", port=port, secret_key=None)
    console = Console()
    if place.is_finished:
        console.print(text(language, "demo.lies_there", folder=folder))
    else:
        play_season(place, settings, console)
    with opened(settings) as database, database.transaction() as session:
        lines, facts = closing_words(session, settings=settings, language=language), facts_of(session)
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return serve(simulator=True, facts=facts, settings=settings) if serve_it else Answer(None)


def play_season(place: DemoFolder, settings: Settings, console: Console) -> None:
    """Everything from an empty folder to an open present month."""
    language, present = terminal_language(), settings.clock.now()
    zone = ZoneInfo("Asia/Shanghai")
    months = _months(Period.month_of(present, zone))
    place.begin()
    start = months[0].start(zone) + timedelta(hours=8)  # what is over by then is nobody's to settle
    place.configure(units=example_units(), periods=months, now=start)
    configuration, findings = read_configuration(place.configuration)
    if configuration is None:
        raise DomainError("demo_configuration", findings=len(findings))
    database = open_database(settings, create=True)
    try:
        stage = Stage(database, configuration, zone, secret_key(settings), start)
        with database.transaction() as session:
            apply_configuration(session, configuration=configuration, actor=ACTOR, now=start)
        runs = due(configuration.timetable, after=start, until=present, zone=zone)
        with _progress(console) as progress:
            task = progress.add_task(text(language, "demo.begins"), total=_steps(months, runs))
            for label in itertools.chain(_played(stage, months, runs, present), _drawn(stage)):
                progress.update(task, advance=1, description=label)
    finally:
        database.close()
    place.finish()


def _played(stage: Stage, months: list[Period], runs: tuple[Due, ...], present: datetime) -> Iterator[str]:
    """The season, step by step; each step yields what has just happened."""
    language = terminal_language()
    with stage.database.transaction() as session:
        _open_chats(session, stage)
        play.import_history(session, last_year=months[0].year - 1, now=stage.now)
    yield text(language, "demo.people_in")
    pending = list(runs)
    for number, month in enumerate(months):
        end = min(month.next().start(stage.zone), present)
        yield from _while_due(stage, pending, end, months)
        for unit in stage.configuration.consortium.units:
            with stage.database.transaction() as session:
                play.patients_answer(session, unit=unit, month=month, number=number, until=end, seed=SEED)
            yield text(language, "demo.patients", period=month, unit=unit.name[language])
        with stage.database.transaction() as session:
            _others_act(session, months, number, until=end)
        yield text(language, "demo.others", period=month)
    yield from _while_due(stage, pending, present, months)
    stage.now = present
    with stage.database.transaction() as session:
        play.open_present_round(session, configuration=stage.configuration, month=months[-1], now=present)
        office_life.open_desk(session, now=present)
    _look_through(stage, months[-1])
    yield text(language, "demo.present_open", period=months[-1])


def _look_through(stage: Stage, month: Period) -> None:
    """The present month's answers are looked through as at night, and Chen proposes to release one that is held."""
    with stage.database.transaction() as session:
        parts = examination(session, months=(month,))
    for part in parts:
        with stage.database.transaction() as session:
            part(session, stage.now)
    with stage.database.transaction() as session:
        play.propose_a_held_one(session, month=month, now=stage.now)


def _others_act(session: Session, months: list[Period], number: int, *, until: datetime) -> None:
    """Whoever else answers in a month. The newest two months of inpatients are drawn by a wave."""
    month, is_over = months[number], number < MONTHS
    if number == MONTHS - 1:
        start = month.start(ZoneInfo("Asia/Shanghai"))
        others.launch_inpatient_wave(session, first=month, last=months[-1], now=start, seed=SEED)
    others.inpatients_answer(session, month=month, number=number, until=until, seed=SEED)
    others.posters_scanned(session, month=month, number=number, until=until, seed=SEED)
    if is_over:
        others.third_party_found(session, period=month, now=until, seed=SEED)
    if MONTHS - 2 <= number < MONTHS:
        others.others_answer(session, month=month, number=number, seed=SEED)


def _drawn(stage: Stage) -> Iterator[str]:
    """The newest edition's pictures, drawn now, so that the first look at them is not a wait."""
    with stage.database.transaction() as session:
        newest = released(session)[0]
        bulletin_id, kinds = newest.id, kinds_of(content_of(newest))
    for kind in kinds:
        asyncio.run(picture(stage.database, picture_key(bulletin_id, DEFAULT_LANGUAGE, kind)))
    yield text(terminal_language(), "demo.drawn")


def _while_due(stage: Stage, pending: list[Due], until: datetime, months: list[Period]) -> Iterator[str]:
    """Move the clock from one due run to the next, letting the scheduler do each; people act in between."""
    language = terminal_language()
    while pending and pending[0].due_at <= until:
        run = pending.pop(0)
        stage.now = run.due_at
        number = months.index(run.period) if run.period in months else None
        if number is not None:
            _people_before(stage, run, number)
        asyncio.run(tick(stage.database, clock=stage.clock, owner="demo"))
        if number is not None:
            _people_after(stage, run)
        if run.job not in DAILY:  # every day's quiet upkeep is no news
            yield text(language, f"demo.run.{run.job}", period=run.period)


def _people_before(stage: Stage, run: Due, number: int) -> None:
    with stage.database.transaction() as session:
        if run.job in (REMIND, CLOSE):
            share = 0.6 if run.job == REMIND else 1.0
            play.units_vote(session, period=run.period, share=share, now=stage.now - timedelta(hours=1), seed=SEED)
        elif run.job == SETTLE:
            play.import_readings_of(session, configuration=stage.configuration, month=run.period, number=number,
                                    now=stage.now, seed=SEED)  # fmt: skip


def _people_after(stage: Stage, run: Due) -> None:
    if run.job == DRAFT:
        with stage.database.transaction() as session:
            office_life.tell_stories(session, period=run.period, now=stage.now + timedelta(hours=1))
            office_life.sign(session, period=run.period, now=stage.now + timedelta(hours=1))
            play.two_people_release(session, period=run.period, now=stage.now + timedelta(hours=2))


def _open_chats(session: Session, stage: Stage) -> None:
    """Everybody says hello once, so that they can be reached: the same words that they would type."""
    context = Context(stage.secret, stage.now)
    for person in stage.configuration.consortium.people:
        said = Said("text", "/start")
        respond_locally(session, account=f"person:{person.id}", said=said, context=context, language=person.language)


def _months(present: Period) -> list[Period]:
    """The months played, and the present one."""
    months = [present]
    for _ in range(MONTHS):
        months.insert(0, months[0].previous())
    return months


def _steps(months: list[Period], runs: tuple[Due, ...]) -> int:
    return 2 + len(months) * (1 + len(example_units())) + sum(run.job not in DAILY for run in runs) + 1


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
