"""The commands, arguments and options there are, read from the declaration itself."""

from __future__ import annotations

import typer

from app import cli


def commands() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Each command by its words, with its options."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    _walk(_root(), (), found)
    return found


def groups() -> list[tuple[str, ...]]:
    """The words that only lead to commands."""
    return sorted({command[:-1] for command in commands()} - {()})


def _root() -> object:
    application = next(each for each in vars(cli).values() if isinstance(each, typer.Typer) and each.registered_groups)
    return typer.main.get_command(application)


def _walk(command: object, words: tuple[str, ...], found: dict[tuple[str, ...], tuple[str, ...]]) -> None:
    if inner := getattr(command, "commands", None):
        for name, each in inner.items():
            _walk(each, (*words, name), found)
    else:
        options = [option for parameter in command.params for option in parameter.opts + parameter.secondary_opts]  # type: ignore[attr-defined]
        found[words] = tuple(option for option in options if option.startswith("-") and option != "--help")
