"""`tongping`: the command line. Declares the commands; what they do is imported when one is called."""

from __future__ import annotations

import importlib
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypedDict

import typer

from app.settings import terminal_language
from locales.texts import text

_LANGUAGE = terminal_language()
_USAGE = 2  # how the library ends after it has said what is wrong with the words
_called: list[str] = []  # the command that was reached, if any


def _text(key: str) -> str:
    return text(_LANGUAGE, f"cli.{key}")


class _Help(TypedDict):
    help: str
    short_help: str


def _help(key: str) -> _Help:
    """The same sentence in the list and on the command's own page: the library would cut it in the list."""
    sentence = _text(f"help.{key}")
    return {"help": sentence, "short_help": sentence}


def _group(key: str) -> typer.Typer:
    return typer.Typer(help=_text(key), no_args_is_help=True, add_completion=False)


def _run(module: str, command: str, *arguments: Any, as_json: bool = False, **options: Any) -> None:
    """Import what the command needs, only now that it is called, and answer."""
    _called.append(command)
    answer = importlib.import_module("app.answer").answer
    run = getattr(importlib.import_module(module), command)
    answer(lambda: run(*arguments, **options), as_json=as_json)


def main() -> None:
    """The entry point. A call whose words are wrong is refused in one document too, where one was asked for."""
    _set_encoding()
    try:
        tongping()
    except SystemExit as end:
        if end.code == _USAGE and not _called and "--json" in sys.argv:
            importlib.import_module("app.answer").print_usage_refusal()
        raise


def _set_encoding() -> None:
    """What programs read is UTF-8 whatever the terminal speaks; a terminal that lacks a character shows another."""
    is_for_programs = any(word in sys.argv for word in ("--json", "convert", "render"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if is_for_programs else None, errors="replace")


tongping = typer.Typer(
    help=_text("help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
questionnaire, survey = _group("help.questionnaire"), _group("help.survey")
review, indicators, api_key = _group("help.review"), _group("help.indicators"), _group("help.api_key")
scheme, bulletin = _group("help.scheme"), _group("help.bulletin")
tongping.add_typer(questionnaire, name="questionnaire")
tongping.add_typer(survey, name="survey")
tongping.add_typer(review, name="review")
tongping.add_typer(indicators, name="indicators")
tongping.add_typer(api_key, name="api-key")
tongping.add_typer(scheme, name="scheme")
tongping.add_typer(bulletin, name="bulletin")

Json = Annotated[bool, typer.Option("--json", help=_text("option.json"))]
Panel = Annotated[bool, typer.Option("--panel", help=_text("option.panel"))]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=_text("argument.folder"))]
FormFile = Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.form"))]
PeriodText = Annotated[str, typer.Argument(metavar="PERIOD", help=_text("argument.period"))]


class Target(StrEnum):
    """The formats a questionnaire can be written in."""

    TOML = "toml"
    FHIR_R4 = "fhir-r4"
    FHIR_R5 = "fhir-r5"


class ScoreDefinition(StrEnum):
    """How answers become a score."""

    LINEAR = "linear"
    TOPBOX = "topbox"
    POSITIVE = "positive"
    NPS = "nps"
    MEAN5 = "mean5"


class Role(StrEnum):
    """What one process of a server runs."""

    ALL = "all"
    WEB = "web"
    BOT = "bot"
    DELIVERY = "delivery"
    SCHEDULER = "scheduler"


class BulletinFormat(StrEnum):
    """What an edition can be rendered as."""

    TEXT = "text"
    HTML = "html"
    PNG = "png"
    PDF = "pdf"


class PictureKind(StrEnum):
    """The pictures of an edition."""

    RANKING = "ranking"
    TRENDS = "trends"
    HEAT = "heat"
    HISTORY = "history"


class BulletinLanguage(StrEnum):
    """The languages of an edition."""

    ZH = "zh"
    EN = "en"


@tongping.command(**_help("demo"))
def demo(
    port: Annotated[int, typer.Option(help=_text("option.port"), min=0, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help=_text("option.demo_folder"))] = Path("demo-data"),
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help=_text("option.demo_serve"))] = True,
) -> None:
    _run("app.demo.season", "demo", folder=folder, port=port, serve_it=serve_it)


@tongping.command(**_help("init"))
def init(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "init", folder, as_json=as_json)


@tongping.command(**_help("check"))
def check(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "check", folder, as_json=as_json)


@tongping.command(**_help("apply"))
def apply(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "apply", folder, as_json=as_json)


@tongping.command(**_help("serve"))
def serve(
    role: Annotated[Role, typer.Option(help=_text("option.role"))] = Role.ALL,
    simulator: Annotated[bool, typer.Option("--simulator", help=_text("option.simulator"))] = False,
) -> None:
    _run("app.serve", "serve", simulator=simulator, role=role.value)


@tongping.command(**_help("chat"))
def chat() -> None:
    _run("app.terminal", "chat")


@tongping.command("login-link", **_help("login_link"))
def login_link(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=_text("argument.person"))],
    bind: Annotated[bool, typer.Option("--bind", help=_text("option.bind"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.commands", "login_link", person, bind=bind, as_json=as_json)


@api_key.callback()
def _api_key() -> None:
    """One command today; the name stays `api-key create`."""


@api_key.command("create", **_help("api_key_create"))
def create_api_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_text("argument.key_name"))],
    unit: Annotated[str, typer.Option(help=_text("option.unit"))],
    as_json: Json = False,
) -> None:
    _run("app.commands", "create_key", name, unit, as_json=as_json)


@questionnaire.command("check", **_help("questionnaire_check"))
def check_questionnaire(file: FormFile, as_json: Json = False) -> None:
    _run("app.questionnaire_commands", "check", file, as_json=as_json)


@questionnaire.command("convert", **_help("questionnaire_convert"))
def convert_questionnaire(
    file: FormFile,
    target: Annotated[Target, typer.Option("--to", help=_text("option.to"))],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help=_text("option.output"))] = None,
    as_json: Json = False,
) -> None:
    _run("app.questionnaire_commands", "convert", file, target.value, output, as_json=as_json)


@questionnaire.command("validate-response", **_help("validate_response"))
def validate_response(
    form: Annotated[Path, typer.Argument(metavar="FORM", help=_text("argument.form"))],
    response: Annotated[Path, typer.Argument(metavar="RESPONSE", help=_text("argument.response"))],
    as_json: Json = False,
) -> None:
    _run("app.questionnaire_commands", "validate_response", form, response, as_json=as_json)


@survey.callback()
def _survey() -> None:
    """One command today; the name stays `survey score`."""


@survey.command("score", **_help("survey_score"))
def score_survey(  # noqa: PLR0917 - the options of one command
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.answers"))],
    definition: Annotated[ScoreDefinition, typer.Option(help=_text("option.definition"))],
    scale: Annotated[str | None, typer.Option(metavar="LOW:HIGH", help=_text("option.scale"))] = None,
    top: Annotated[str | None, typer.Option(metavar="CODES", help=_text("option.top"))] = None,
    positive: Annotated[str | None, typer.Option(metavar="CODES", help=_text("option.positive"))] = None,
    missing: Annotated[str | None, typer.Option(metavar="CODES", help=_text("option.missing"))] = None,
    as_json: Json = False,
) -> None:
    words = (definition.value, scale, top, positive, missing)
    _run("app.questionnaire_commands", "score", file, *words, as_json=as_json)


@review.command("assign", **_help("review_assign"))
def assign_review(
    cooperation: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.cooperation"))],
    units: Annotated[Path | None, typer.Option(metavar="FILE", help=_text("option.units"))] = None,
    raters: Annotated[int, typer.Option(metavar="K", help=_text("option.raters"))] = 16,
    seed: Annotated[int | None, typer.Option(metavar="N", help=_text("option.assign_seed"))] = None,
    as_json: Json = False,
) -> None:
    _run("app.review_assign", "assign", cooperation, units=units, raters=raters, seed=seed, as_json=as_json)


@review.command(**_help("keygen"))
def keygen(
    output: Annotated[Path, typer.Option(metavar="KEYFILE", help=_text("option.key_file"))],
    trustee: Annotated[list[str] | None, typer.Option(metavar="NAME", help=_text("option.trustee"))] = None,
    screen: Annotated[bool, typer.Option("--screen", help=_text("option.screen"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.review_keys", "keygen", output, trustees=trustee or (), on_screen=screen, as_json=as_json)


@review.command("open-round", **_help("open_round"))
def open_round(
    period: PeriodText,
    cooperation: Annotated[Path | None, typer.Option(metavar="FILE", help=_text("option.cooperation"))] = None,
    raters: Annotated[int | None, typer.Option(metavar="K", help=_text("option.round_raters"))] = None,
    panel: Panel = False,
    as_json: Json = False,
) -> None:
    if panel:
        _run("app.panel_commands", "open_review_panel", period, as_json=as_json)
    elif cooperation is None:
        raise typer.BadParameter(_text("option.cooperation_needed"), param_hint="--cooperation")
    else:
        _run("app.commands", "open_review_round", period, cooperation, raters=raters, as_json=as_json)


@review.command("close-round", **_help("close_round"))
def close_round(period: PeriodText, panel: Panel = False, as_json: Json = False) -> None:
    if panel:
        _run("app.panel_commands", "close_review_panel", period, as_json=as_json)
    else:
        _run("app.commands", "close_review_round", period, as_json=as_json)


@review.command("count", **_help("count"))
def count(
    period: PeriodText,
    key_file: Annotated[Path | None, typer.Option(metavar="KEYFILE", help=_text("option.count_key"))] = None,
    share: Annotated[list[Path] | None, typer.Option(metavar="FILE", help=_text("option.count_share"))] = None,
    panel: Panel = False,
    as_json: Json = False,
) -> None:
    module, function = ("app.panel_commands", "count_review_panel") if panel else ("app.review_count", "count_round")
    _run(module, function, period, key_file, shares=share or (), as_json=as_json)


@review.command("receipt", **_help("receipt"))
def receipt(
    code: Annotated[str, typer.Argument(metavar="CODE", help=_text("argument.receipt"))], as_json: Json = False
) -> None:
    _run("app.review_receipt", "look_up", code, as_json=as_json)


@review.command("audit", **_help("audit"))
def audit(
    period: PeriodText,
    key_file: Annotated[Path, typer.Option(metavar="KEYFILE", help=_text("option.auditor_key_file"))],
    as_json: Json = False,
) -> None:
    _run("app.review_audit", "audit", period, key_file, as_json=as_json)


@review.command("score", **_help("review_score"))
def score_review(  # noqa: PLR0917 - the options of one command
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.scores"))],
    plain: Annotated[bool, typer.Option("--plain", help=_text("option.plain"))] = False,
    interval: Annotated[float, typer.Option(help=_text("option.interval"))] = 0.9,
    draws: Annotated[int, typer.Option(help=_text("option.draws"), min=20, max=100_000)] = 1000,
    seed: Annotated[int, typer.Option(help=_text("option.seed"), min=0)] = 1,
    as_json: Json = False,
) -> None:
    options = {"plain": plain, "interval": interval, "draws": draws, "seed": seed}
    _run("app.review_score", "score", file, as_json=as_json, **options)


@indicators.callback()
def _indicators() -> None:
    """One command today; the name stays `indicators import`."""


@indicators.command("import", **_help("indicators_import"))
def import_indicators(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.readings"))],
    preview: Annotated[bool, typer.Option("--preview", help=_text("option.preview_readings"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.indicator_commands", "import_indicators", file, as_json=as_json, preview=preview)


@tongping.command(**_help("settle"))
def settle(
    period: PeriodText,
    without_peers: Annotated[str | None, typer.Option(metavar="REASON", help=_text("option.without_peers"))] = None,
    as_json: Json = False,
) -> None:
    if without_peers is None:
        _run("app.commands", "settle", period, as_json=as_json)
    else:
        _run("app.commands", "propose_settling_without_peers", period, without_peers, as_json=as_json)


@tongping.command(**_help("explain"))
def explain(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=_text("argument.unit"))],
    period: PeriodText,
    as_json: Json = False,
) -> None:
    _run("app.commands", "explain", unit, period, as_json=as_json)


@scheme.command("check", **_help("scheme_check"))
def scheme_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.scheme"))], as_json: Json = False
) -> None:
    _run("app.scheme_check", "check", file, as_json=as_json)


@scheme.command("score", **_help("scheme_score"))
def scheme_score(
    file: Annotated[Path, typer.Argument(metavar="SCHEME", help=_text("argument.scheme"))],
    readings: Annotated[Path, typer.Argument(metavar="READINGS", help=_text("argument.scheme_readings"))],
    units: Annotated[Path | None, typer.Option(metavar="FILE", help=_text("option.scheme_units"))] = None,
    period: Annotated[str | None, typer.Option(metavar="PERIOD", help=_text("option.scheme_period"))] = None,
    as_json: Json = False,
) -> None:
    _run("app.scheme_score", "score", file, readings, as_json=as_json, units=units, period=period)


@bulletin.callback()
def _bulletin() -> None:
    """One command today; the name stays `bulletin render`."""


@bulletin.command("render", **_help("bulletin_render"))
def render_bulletin(  # noqa: PLR0917 - the options of one command
    period: PeriodText,
    form: Annotated[BulletinFormat, typer.Option("--format", help=_text("option.render_format"))] = BulletinFormat.TEXT,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help=_text("option.output"))] = None,
    language: Annotated[BulletinLanguage, typer.Option(help=_text("option.render_language"))] = BulletinLanguage.ZH,
    kind: Annotated[PictureKind | None, typer.Option(help=_text("option.render_kind"))] = None,
    edition: Annotated[int | None, typer.Option(metavar="N", help=_text("option.render_edition"), min=1)] = None,
    as_json: Json = False,
) -> None:
    options = {"form": form.value, "output": output, "language": language.value, "edition": edition}
    picture = None if kind is None else kind.value
    _run("app.bulletin_render", "render", period, kind=picture, is_for_json=as_json, as_json=as_json, **options)


@tongping.command(**_help("due"))
def due(
    date: Annotated[str, typer.Argument(metavar="DATE", help=_text("argument.date"))],
    workdays: Annotated[int, typer.Option(metavar="N", help=_text("option.workdays"))],
    as_json: Json = False,
) -> None:
    _run("app.due", "due", date, workdays, as_json=as_json)


@tongping.command(**_help("doctor"))
def doctor(as_json: Json = False) -> None:
    _run("app.commands", "doctor", as_json=as_json)


@tongping.command(**_help("verify"))
def verify(as_json: Json = False) -> None:
    _run("app.replay_commands", "verify", as_json=as_json)


@tongping.command(**_help("export"))
def export(
    period: PeriodText,
    output: Annotated[Path, typer.Option(metavar="DIR", help=_text("option.export_folder"))],
    pay: Annotated[bool, typer.Option("--pay", help=_text("option.pay"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.replay_commands", "export_pay" if pay else "export", period, output, as_json=as_json)


@tongping.command(**_help("backup"))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.backup_target"))],
    as_json: Json = False,
) -> None:
    _run("app.backup", "backup", file, as_json=as_json)


@tongping.command(**_help("restore"))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_text("argument.backup_file"))],
    replace: Annotated[bool, typer.Option("--replace", help=_text("option.replace"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.restore", "restore", file, as_json=as_json, replace=replace)
