"""The command line as declared: help in two languages, light, one JSON document, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from locales.texts import catalogue
from tests.app.command_line import PROGRAM, CommandLine
from tests.app.commands_listed import commands, groups

HEAVY = ("aiogram", "telegram", "sqlalchemy", "fastapi", "starlette", "numpy", "matplotlib", "uvicorn", "apscheduler",
         "alembic", "joserfc", "structlog", "psycopg", "jinja2")  # fmt: skip
EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": ("example",),
    "check": ("nowhere",),
    "apply": ("nowhere",),
    "login-link": ("chen",),
    "api-key create": ("his", "--unit", "jia"),
    "questionnaire check": ("nowhere.json",),
    "questionnaire convert": ("nowhere.json", "--to", "toml"),
    "questionnaire validate-response": ("nowhere.json", "nowhere.json"),
    "survey score": ("nowhere.csv", "--definition", "nps"),
    "review assign": ("nowhere.csv",),
    "review keygen": ("--output", "nowhere/key.json"),
    "review open-round": ("2026-10", "--cooperation", "nowhere.csv"),
    "review close-round": ("2026-10",),
    "review count": ("2026-10",),
    "review receipt": ("AAAAA-BBBBB-CCCCC-DDDDD",),
    "review audit": ("2026-10", "--key-file", "nowhere/key.json"),
    "review score": ("nowhere.csv",),
    "indicators import": ("nowhere.csv",),
    "settle": ("2026-10",),
    "explain": ("jia", "2026-10"),
    "doctor": (),
    "verify": (),
    "export": ("2026-10", "--output", "somewhere"),
    "backup": ("somewhere",),
    "restore": ("nowhere",),
    "bulletin render": ("2026-10", "--output", "somewhere"),
    "due": ("nowhen", "--workdays", "15"),
    "scheme check": ("nowhere.toml",),
    "scheme score": ("nowhere.toml", "nowhere.csv"),
}
"""A call of each command that takes `--json`, in an empty folder: all but `init` are refused there."""
OWN_SHAPE = ("questionnaire check", "questionnaire validate-response", "scheme check")
"""A refusal is what these are asked for: they answer it in their own document, on stdout."""
REFUSED = [name for name in EXAMPLES if name not in ("init", *OWN_SHAPE)]
NEED_NO_INSTALLATION = {
    "due",
    "scheme score",
    "check",
    "review assign",
    "review keygen",
    "review score",
    "survey score",
    "questionnaire convert",
    *OWN_SHAPE,
}


def python(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of Python with the arguments of `tongping`; it must succeed."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )


@pytest.mark.parametrize("command", [(), *groups(), *commands()], ids=" ".join)
def test_help_of_every_command_ends_well(command: tuple[str, ...], shell: CommandLine) -> None:
    ran = shell.run(*command, "--help")
    assert (ran.exit_code, ran.err) == (0, "")
    assert f"tongping {' '.join(command)}".rstrip() in ran.out


def test_list_of_commands_is_the_one_promised() -> None:
    assert {" ".join(command) for command in commands()} == {
        "demo", "init", "check", "apply", "serve", "chat", "login-link", "api-key create", "questionnaire check",
        "questionnaire convert", "questionnaire validate-response", "survey score", "review assign", "review keygen",
        "review open-round", "review close-round", "review count", "review receipt", "review audit", "review score", "indicators import", "settle", "explain", "doctor", "verify", "export", "backup", "restore", "bulletin render", "due", "scheme check", "scheme score",
    }  # fmt: skip


def test_every_command_but_those_that_run_on_takes_json() -> None:
    with_json = {" ".join(command) for command, options in commands().items() if "--json" in options}
    assert with_json == set(EXAMPLES)
    assert {" ".join(command) for command in commands()} - with_json == {"demo", "serve", "chat"}


@pytest.mark.parametrize(("language", "sentence"), [("zh_CN.UTF-8", "zh"), ("C", "zh"), ("en_GB.UTF-8", "en")])
def test_help_speaks_chinese_or_where_the_terminal_does_english(
    shell: CommandLine, language: str, sentence: str
) -> None:
    ran = shell.starts("--help", LANG=language)
    assert ran.exit_code == 0
    assert catalogue(sentence, "cli")["cli.help"][:20] in ran.out
    assert catalogue("en" if sentence == "zh" else "zh", "cli")["cli.help"][:20] not in ran.out


@pytest.mark.parametrize("command", [(), ("review",), ("settle",), ("serve",), ("demo",)], ids=" ".join)
def test_help_loads_nothing_heavy(command: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import sys, runpy\n"
        "from app.cli import main\n"
        "sys.argv = ['tongping', *sys.argv[1:], '--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = set(python(code, *command, folder=tmp_path).stdout.rpartition("LOADED")[2].split())
    assert "typer" in loaded
    assert loaded & set(HEAVY) == set()
    assert loaded & {"bot", "web", "delivery", "storage", "surveys", "reviews", "evaluation"} == set()


def test_nothing_asked_shows_the_help(shell: CommandLine) -> None:
    ran = shell.run()
    assert ran.exit_code == 2
    assert "doctor" in ran.out + ran.err


@pytest.mark.parametrize(
    "command", [("nosuch",), ("review", "nosuch"), ("settle", "2026-10", "--nosuch"), ("explain", "jia")], ids=" ".join
)
def test_command_line_that_is_none_is_refused(shell: CommandLine, command: tuple[str, ...]) -> None:
    ran = shell.run(*command)
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err


@pytest.mark.parametrize("command", REFUSED)
def test_refusal_with_json_is_exactly_one_document(shell: CommandLine, command: str) -> None:
    ran = shell.run(*command.split(), *EXAMPLES[command], "--json", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.err) == (2, "")
    error = ran.document["error"]
    assert set(error) == {"code", "message", "details"}
    assert f"errors.{error['code']}" in catalogue("en", "errors")


@pytest.mark.parametrize("command", OWN_SHAPE)
def test_refusal_in_its_own_shape_is_on_stdout_at_exit_two(shell: CommandLine, command: str) -> None:
    ran = shell.run(*command.split(), *EXAMPLES[command], "--json", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.err) == (2, "")
    assert ran.document["accepted" if command.endswith("check") else "valid"] is False


@pytest.mark.parametrize("command", REFUSED)
def test_refusal_without_json_is_one_sentence_on_stderr(shell: CommandLine, command: str) -> None:
    ran = shell.run(*command.split(), *EXAMPLES[command], LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "command", [("settle", "--json"), ("explain", "jia", "--json"), ("check", "--json"), ("review", "count", "--json", "--nosuch")], ids=" ".join
)  # fmt: skip
def test_json_is_one_document_at_a_usage_error(shell: CommandLine, command: tuple[str, ...]) -> None:
    ran = shell.starts(*command)
    assert (ran.exit_code, set(json.loads(ran.out))) == (2, {"error"})


def test_refusals_speak_the_language_of_the_terminal(shell: CommandLine) -> None:
    assert (
        shell.run("doctor", LANG="en_GB.UTF-8").err
        == "No configuration is loaded here yet; run tongping apply DIR first.\n"
    )
    assert shell.run("doctor").err == catalogue("zh", "errors")["errors.not_applied"] + "\n"


def test_unknown_setting_is_refused_by_every_command_that_reads_settings(shell: CommandLine) -> None:
    for command in set(EXAMPLES) - NEED_NO_INSTALLATION:
        assert shell.run(*command.split(), *EXAMPLES[command], "--json", TELEGRAM_TOKN="x").refusal == "setting_unknown"


def test_installed_program_starts(shell: CommandLine) -> None:
    assert PROGRAM.exists()
    ran = shell.starts("doctor", "--json")
    assert (ran.exit_code, ran.document["error"]["code"], ran.err) == (2, "not_applied", "")
