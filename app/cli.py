"""`tongping`: the command line. Declares the commands; what they do is imported when one is called."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from app.settings import terminal_language
from locales.texts import text

_LANGUAGE = terminal_language()


def _(key: str) -> str:
    return text(_LANGUAGE, f"cli.{key}")


def _group(key: str) -> typer.Typer:
    return typer.Typer(help=_(key), no_args_is_help=True, add_completion=False)


def _run(module: str, command: str, *arguments: Any, as_json: bool = False, **options: Any) -> None:
    """Import what the command needs, only now that it is called, and answer."""
    answer = importlib.import_module("app.answer").answer
    run = getattr(importlib.import_module(module), command)
    answer(lambda: run(*arguments, **options), as_json=as_json)


main = typer.Typer(
    help=_("help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
review, indicators, api_key = _group("help.review"), _group("help.indicators"), _group("help.api_key")
main.add_typer(review, name="review")
main.add_typer(indicators, name="indicators")
main.add_typer(api_key, name="api-key")

Json = Annotated[bool, typer.Option("--json", help=_("option.json"))]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=_("argument.folder"))]
PeriodText = Annotated[str, typer.Argument(metavar="PERIOD", help=_("argument.period"))]


@main.command(help=_("help.demo"))
def demo(
    port: Annotated[int, typer.Option(help=_("option.port"), min=0, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help=_("option.demo_folder"))] = Path("demo-data"),
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help=_("option.demo_serve"))] = True,
) -> None:
    _run("app.demo.season", "demo", folder=folder, port=port, serve_it=serve_it)


@main.command(help=_("help.init"))
def init(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "init", folder, as_json=as_json)


@main.command(help=_("help.check"))
def check(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "check", folder, as_json=as_json)


@main.command(help=_("help.apply"))
def apply(folder: Folder, as_json: Json = False) -> None:
    _run("app.commands", "apply", folder, as_json=as_json)


@main.command(help=_("help.serve"))
def serve(simulator: Annotated[bool, typer.Option("--simulator", help=_("option.simulator"))] = False) -> None:
    _run("app.serve", "serve", simulator=simulator)


@main.command(help=_("help.chat"))
def chat() -> None:
    _run("app.terminal", "chat")


@main.command("login-link", help=_("help.login_link"))
def login_link(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=_("argument.person"))],
    bind: Annotated[bool, typer.Option("--bind", help=_("option.bind"))] = False,
    as_json: Json = False,
) -> None:
    _run("app.commands", "login_link", person, bind=bind, as_json=as_json)


@api_key.callback()
def _api_key() -> None:
    """One command today; the name stays `api-key create`."""


@api_key.command("create", help=_("help.api_key_create"))
def create_api_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("argument.key_name"))],
    unit: Annotated[str, typer.Option(help=_("option.unit"))],
    as_json: Json = False,
) -> None:
    _run("app.commands", "create_key", name, unit, as_json=as_json)


@review.command(help=_("help.keygen"))
def keygen(
    output: Annotated[Path, typer.Option(metavar="KEYFILE", help=_("option.key_file"))], as_json: Json = False
) -> None:
    _run("app.commands", "keygen", output, as_json=as_json)


@review.command("open-round", help=_("help.open_round"))
def open_round(
    period: PeriodText,
    cooperation: Annotated[Path, typer.Option(metavar="FILE", help=_("option.cooperation"))],
    as_json: Json = False,
) -> None:
    _run("app.commands", "open_review_round", period, cooperation, as_json=as_json)


@review.command("close-round", help=_("help.close_round"))
def close_round(period: PeriodText, as_json: Json = False) -> None:
    _run("app.commands", "close_review_round", period, as_json=as_json)


@review.command("count", help=_("help.count"))
def count(period: PeriodText, as_json: Json = False) -> None:
    _run("app.commands", "count_review_round", period, as_json=as_json)


@indicators.callback()
def _indicators() -> None:
    """One command today; the name stays `indicators import`."""


@indicators.command("import", help=_("help.indicators_import"))
def import_indicators(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("argument.readings"))], as_json: Json = False
) -> None:
    _run("app.commands", "import_indicators", file, as_json=as_json)


@main.command(help=_("help.settle"))
def settle(period: PeriodText, as_json: Json = False) -> None:
    _run("app.commands", "settle", period, as_json=as_json)


@main.command(help=_("help.explain"))
def explain(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=_("argument.unit"))],
    period: PeriodText,
    as_json: Json = False,
) -> None:
    _run("app.commands", "explain", unit, period, as_json=as_json)


@main.command(help=_("help.doctor"))
def doctor(as_json: Json = False) -> None:
    _run("app.commands", "doctor", as_json=as_json)
