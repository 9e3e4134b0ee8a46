"""What the commands do, apart from serving: each opens the installation, calls one use case, and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.answer import FOUND, REFUSED, Answer, finding_lines, findings_document, refused_findings
from app.blindness import blindness_lines_of
from app.bot_name import bot_name
from app.configuration import Configuration, apply_configuration, read_configuration
from app.example_folder import make_example
from app.installation import opened
from app.invariants import diagnose, diagnosis_lines
from app.settings import read_settings, terminal_language
from consortium.definition import parse_consortium
from consortium.links import BIND, WEB, create_api_key, make_link, new_token
from consortium.periods import Period
from consortium.units import installation, zone
from evaluation.explaining import explain as explain_scorecard
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from evaluation.scorecards import settle_period
from evaluation.waivers import reason_waived
from locales.errors import DomainError
from locales.texts import text
from reviews.cooperation import import_cooperation
from reviews.prospects_on_record import blindness_lines
from reviews.rounds import close_round, local_time, open_round
from scheduler.examination import examination_before_settling
from scheduler.quarter_settling import figure_peers
from scheduler.timetable import CLOSE, due_time, parse_schedule
from scheduler.waiver_decisions import propose_without_peers

ACTOR = "command_line"
_LARGEST_FILE = 64 * 1024 * 1024


def init(folder: Path) -> Answer:
    """Write the example configuration."""
    settings, language = read_settings(), terminal_language()
    files = make_example(folder, now=settings.clock.now(), units=example_units())
    lines = [text(language, "cli.init.written", file=folder / file) for file in files]
    return Answer({"folder": str(folder), "files": files}, [*lines, text(language, "cli.init.next", folder=folder)])


def example_units() -> tuple[str, ...]:
    """The unit codes of the example, in its order."""
    import tomllib  # noqa: PLC0415 - only `init` and the demo need the example

    from app.example_folder import EXAMPLE  # noqa: PLC0415 - the same

    document = tomllib.loads((EXAMPLE / "consortium.toml").read_text(encoding="utf-8"))
    definition, _ = parse_consortium(document, file="consortium.toml")
    return tuple(unit.code for unit in definition.units)


def check(folder: Path) -> Answer:
    """Say everything that is wrong with a configuration directory."""
    language = terminal_language()
    configuration, findings = read_configuration(folder)
    document = {"accepted": configuration is not None, "findings": findings_document(findings, language)}
    if configuration is None:
        return Answer(document, finding_lines(findings, language), REFUSED)
    blindness = blindness_lines_of(configuration, language)
    warnings = [*blindness, *_auditor(configuration)]
    return Answer(document, [_summary("cli.check.fine", configuration)], warnings=warnings)


def apply(folder: Path) -> Answer:
    """Load a configuration directory: all of it, or nothing and the findings."""
    settings = read_settings()
    configuration, findings = read_configuration(folder)
    if configuration is None:
        return refused_findings(findings, terminal_language())
    with opened(settings, create=True) as database, database.transaction() as session:
        apply_configuration(session, configuration=configuration, actor=ACTOR, now=settings.clock.now())
        blindness = blindness_lines(session, terminal_language())
    warnings = [*blindness, *_auditor(configuration)]
    return Answer(_counts(configuration), [_summary("cli.apply.done", configuration)], warnings=warnings)


def login_link(person: str, *, bind: bool) -> Answer:
    """One line: a link by which the person gets in, once."""
    settings, token = read_settings(), new_token()
    with opened(settings) as database, database.transaction() as session:
        base = f"https://t.me/{bot_name(session, settings)}?start=" if bind else f"{settings.base_url}/sign-in/"
        expires = make_link(
            session,
            person_id=person,
            purpose=BIND if bind else WEB,
            made_by=None,
            token=token,
            now=settings.clock.now(),
        )
    return Answer({"link": base + token, "expires_at": expires.isoformat()}, [base + token])


def create_key(name: str, unit: str) -> Answer:
    """Make an API key and show it, this once."""
    settings, key = read_settings(), new_token() + new_token()
    with opened(settings) as database, database.transaction() as session:
        create_api_key(session, name=name, unit_code=unit, key=key, now=settings.clock.now())
    return Answer({"name": name, "unit": unit, "key": key}, [key])


def open_review_round(period: str, cooperation: Path, *, raters: int | None = None) -> Answer:
    """Import who cooperated, and open the round; `raters` a unit, where there are many."""
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    if not month.is_month:
        raise DomainError("period_not_month", period=str(month))
    content = file_content(cooperation)
    with opened(settings) as database, database.transaction() as session:
        now = settings.clock.now()
        report = import_cooperation(session, content=content, file=cooperation.name, actor=ACTOR, now=now)
        if isinstance(report, list):
            session.rollback()
            return refused_findings(report, language)
        timetable, _ = parse_schedule(installation(session).schedule, file="schedule.toml")
        closes_at = due_time(timetable, job=CLOSE, period=month, zone=zone(session))
        closes_at = closes_at if closes_at is not None and closes_at > now else None
        open_round(session, period=month, closes_at=closes_at, actor=ACTOR, now=now, raters=raters)
        shown = local_time(session, closes_at) if closes_at else "—"
    document = {"period": str(month), "state": "open", "closes_at": closes_at.isoformat() if closes_at else None}
    return Answer(document, [text(language, "cli.round.opened", period=month, closes=shown)])


def close_review_round(period: str) -> Answer:
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        close_round(session, period=month, actor=ACTOR, now=settings.clock.now())
    return Answer({"period": str(month), "state": "closed"}, [text(language, "cli.round.closed", period=month)])


def settle(period: str) -> Answer:
    """Look through a month's answers once more, then freeze its scorecards; or those of a quarter or a year."""
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database:
        with database.transaction() as session:
            parts = examination_before_settling(session, period=month, now=settings.clock.now())
        for part in parts:
            with database.transaction() as session:
                part(session, settings.clock.now())
        figure_peers(database, month)
        with database.transaction() as session:
            settlement = settle_period(session, period=month, actor=ACTOR, now=settings.clock.now())
            digest, waived = settlement.digest, reason_waived(session, month)
    document = {"period": str(month), "digest": digest} | ({"peers_waived": waived} if waived else {})
    lines = [text(language, "cli.settle.done", period=month, digest=digest)]
    return Answer(document, [*lines, text(language, "peers.waived", reason=waived)] if waived else lines)


def propose_settling_without_peers(period: str, reason: str) -> Answer:
    """Propose to settle a month without its peers. Settles nothing: two of the office have to agree."""
    settings, language, month = read_settings(), terminal_language(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        now = settings.clock.now()
        waiver, told = propose_without_peers(session, period=month, reason=reason, proposer=ACTOR, now=now)
        document = {"period": str(month), "state": "proposed", "reason": waiver.reason, "agreed": 0, "told": told}
    return Answer(document, [text(language, "waivers.cli.proposed", period=month, told=told)])


def explain(unit: str, period: str) -> Answer:
    """Why a unit has its score."""
    settings, month = read_settings(), Period.parse(period)
    with opened(settings) as database, database.transaction() as session:
        found = explain_scorecard(session, unit_code=unit, period=month)
    return Answer(explanation_document(found), explanation_text(found, terminal_language()).splitlines())


def doctor() -> Answer:
    """Everything that must hold and does not, each by name; and what a person should know of this installation."""
    settings, language = read_settings(), terminal_language()
    with opened(settings) as database:
        found = diagnose(database)
    lines = [text(language, "cli.doctor.engine", engine=found.engine), *diagnosis_lines(found, language)]
    lines += [] if found.broken else [text(language, "cli.doctor.clean")]
    document = {"engine": found.engine, "broken": findings_document(found.broken, language)}
    return Answer(document, lines, FOUND if found.broken else 0)


def key_file(folder: str, name: str | None) -> Path:
    """The private key file that the configuration names, or `no_key_file`."""
    if not name:
        raise DomainError("no_key_file")
    return Path(folder) / name


def file_content(path: Path) -> bytes:
    """A file that somebody named; `file_unreadable` or `table_too_large` if it cannot be taken."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DomainError("table_too_large", limit=_LARGEST_FILE // 1024 // 1024)
        return path.read_bytes()
    except OSError as error:
        raise DomainError("file_unreadable", file=str(path), reason=error.strerror or "") from None


def _auditor(configuration: Configuration) -> list[str]:
    """That nothing will be kept for an auditor, where rounds can be opened and no auditor has a key."""
    consortium = configuration.consortium
    without = consortium.public_key is not None and consortium.auditor_key is None
    return [text(terminal_language(), "count.no_auditor")] if without else []


def _counts(configuration: Configuration) -> dict[str, Any]:
    return {
        "units": len(configuration.consortium.units),
        "people": len(configuration.consortium.people),
        "schemes": len(configuration.schemes),
        "questionnaires": len(configuration.questionnaires),
    }


def _summary(key: str, configuration: Configuration) -> str:
    return text(terminal_language(), key, **_counts(configuration))
