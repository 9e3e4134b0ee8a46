"""Comparing what was seen in two worlds: every byte, in order; and the first difference, told so that it can be found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from tests.blindness.world import World

_AROUND = 80
_NOTHING = ("nothing more", b"")


class WorldsDifferError(AssertionError):
    """Somebody can tell two worlds apart."""


def assert_alike(one: World, other: World) -> None:
    """`WorldsDifferError` names the first thing by which the worlds can be told apart."""
    assert one.seen, "nothing was seen"
    differences = [
        _told(first, second)
        for first, second in zip_longest(one.seen, other.seen, fillvalue=_NOTHING)
        if first != second
    ]
    if differences:
        raise WorldsDifferError("\n".join([f"{len(differences)} differences", *differences[:5]]))


def assert_silent(world: World, secrets: Sequence[str], *, but: Sequence[str] = ()) -> None:
    """None of these texts stands in anything that was seen; `but` names the places where they may."""
    for where, what in world.seen:
        if any(where.startswith(each) for each in but):
            continue
        found = [secret for secret in secrets if secret.encode() in what]
        if found:
            raise WorldsDifferError(f"{where} tells {found}")


def _told(first: tuple[str, bytes], second: tuple[str, bytes]) -> str:
    (where, what), (there, that) = first, second
    if where != there:
        return f"{where!r} here is {there!r} there"
    place = next((n for n, (a, b) in enumerate(zip(what, that, strict=False)) if a != b), min(len(what), len(that)))
    start = max(0, place - _AROUND)
    return f"{where}: {what[start : place + _AROUND]!r} here is {that[start : place + _AROUND]!r} there"
