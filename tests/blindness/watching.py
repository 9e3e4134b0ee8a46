"""Watching a world through every door there is: all pages of the running application, as everybody; all buttons of the
chat; the terminal.

Routes, commands and buttons are found by asking the program, not listed here: a page that is added tomorrow is watched
tomorrow. Listed is only what to put in the place of a name in an address; a new name without a value fails.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from outbox.message import Button
from tests.app.command_line import CommandLine
from tests.app.commands_listed import commands
from tests.blindness.cast import API_KEY, PEOPLE, TICKET, UNITS
from tests.blindness.site import ANONYMOUS
from tests.blindness.world import World, told
from web.assets import assets

WATCHERS: tuple[str, ...] = (
    ANONYMOUS,
    *{person["roles"][0]: person["id"] for person in reversed(PEOPLE)}.values(),
    "wang",
)
"""Nobody, one person in every role, and the representative of another unit than the one whose address is asked for."""

VALUES: Mapping[str, Sequence[str]] = {
    "code": ("jia", "nobody"),
    "command": ("close", "remind", "settle", "nothing"),
    "period": ("2026-10", "2026-11"),
    "edition": ("1",),
    "id": ("1",),
    "person": ("li",),
    "ticket": (TICKET, "nobody"),
    "token": ("nobody",),
    "version": ("1",),
    "unit": ("jia", "nobody"),
    "channel": ("telegram",),
    "receipt": ("ABCDE-FGHIJ-KLMNO-PQRST",),
    "indicator": ("down_referral",),
    "number": ("2026-001", "nothing"),
    "year": ("2026", "2025"),
    "template": ("county_14", "nothing"),
}
"""What is put in the place of a name in an address."""

ADDRESSES: Mapping[str, Sequence[str]] = {
    "/office/schemes/drafts/{id:int}/shadow": [
        f"/office/schemes/drafts/1/shadow?period={p}" for p in ("2026-10", "2026-11")
    ],
    "/static/{name}": [f"/static/{name}" for name in assets()] + ["/static/nothing"],
    "/pictures/{name}": ["/pictures/bulletin-1-zh.png", "/pictures/nothing"],
    "/simulator/pictures/{key}": ["/simulator/pictures/nothing"],
    "/surveys/previews/{id}/{version}": ["/surveys/previews/outpatient/1", "/surveys/previews/nothing/1"],
    "/indicators/{code}": ["/indicators/down_referral", "/indicators/peer_score", "/indicators/nothing"],
    "/surveys/posters/{code}.pdf": ["/surveys/posters/nothing.pdf"],
    "/simulator/deliveries": [
        f"/simulator/deliveries?account=person:{person}&after=0" for person in ("chen", "li", "wang")
    ],
}
"""Addresses that need more than that."""

ONCE = frozenset(
    {
        "/static/{name}",
        "/bulletins/{period}.pdf",
        "/bulletins/{period}/{edition:int}.pdf",
        "/pictures/{name}",
        "/simulator/pictures/{key}",
        "/api/v1/openapi.json",
    }
)
"""The same for everybody; asked once."""

LAST = frozenset({"/sign-out"})
_PLACE = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")
FAULT = 500
MOST_TAPS = 30


def routes(application: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of everything that the application answers, however it came there."""
    found = list(dict.fromkeys(_routes(application.routes, "")))
    assert len(found) > 80
    return found


def _routes(routes_: Iterable[BaseRoute], prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes_:
        router = getattr(route, "original_router", route)  # how FastAPI holds what was included
        inner = getattr(router, "routes", None)
        if isinstance(route, Route | APIRoute):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, prefix + route.path
        elif inner is not None:
            yield from _routes(inner, prefix + str(getattr(route, "path", "")))
        else:
            msg = f"nobody knows how to watch {route!r}"
            raise AssertionError(msg)


def addresses(path: str) -> list[str]:
    """What is asked for under a path: with every value in the place of its names."""
    if path in ADDRESSES:
        return list(ADDRESSES[path])
    names = _PLACE.findall(path)
    unknown = [name for name in names if name not in VALUES]
    assert not unknown, f"say in VALUES what stands for {unknown} in {path}"
    found = []
    for values in itertools.product(*(VALUES[name] for name in names)):
        left = iter(values)
        found.append(_PLACE.sub(lambda _match, left=left: next(left), path))
    return found


def sees_pages(world: World, *, watchers: Sequence[str] = WATCHERS, where: str = "", only: str = "") -> None:
    """Every page of the application (whose path begins with `only`), as every watcher, in the order of the routes."""
    site = world.site
    for who, home in (("chen", "/office"), ("li", "/units/jia")):
        assert site.asks(who, "GET", home)[0] == 200, f"{who} is signed out: nothing would be watched"
    for method, path in routes(site.application):
        if method != "GET" or not path.startswith(only):
            continue
        for who in watchers[:1] if path in ONCE else watchers:
            for address in addresses(path):
                status, seen = site.asks(who, "GET", address)
                assert status < FAULT, f"GET {address} as {who or 'anybody'}"
                world.sees(f"{where} GET {address} as {who or 'anybody'}", seen)
    for address in ("/office?language=en", *(f"/units/{code}" for code in UNITS if not only), "/units/jia?language=en"):
        world.sees(f"{where} GET {address} as chen", site.asks("chen", "GET", address)[1])


FORMS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "/surveys/results/export": [
        {"table": table, "form": form, "questionnaire": "outpatient", "period": "2026-10", "definition": "linear-0-100",
         "stream": "visit"}
        for table, form in (("figures", "csv"), ("codebook", "csv"), ("responses", "ndjson"))
    ],
    "/units/{code}/audiences/export": [{"period": "2026-10", "form": "csv"}],
    "/receipt": [{"code": "ABCDE-FGHIJ-KLMNO-PQRST"}],
    "/rounds/receipt": [{"receipt": "AAAAA-BBBBB-CCCCC-DDDDD"}, {"receipt": "nonsense"}],
    "/office/bulletins": [{"period": "2026-11"}],
    "/office/year/{year:int}/notes": [{"subject": "jia/down_referral", "cause": "half of it was flooded", "measure": ""}],
    "/office/year/{year:int}/export": [{"table": table} for table in ("completion", "troubles", "standing", "below")],
    "/office/schemes/drafts/{id:int}/shadow": [{"period": "2026-10"}],
    "/office/waivers": [{"period": "2026-11", "act": "propose", "reason": "half of the units were flooded"}],
    "/office/vetoes": [
        {"period": "2026-11", "act": "propose", "unit": "jia", "reason": "figures were made up", "evidence": "audit 7/2026"}
    ],
    "/office/peer-comments": [{"period": "2026-11", "act": act, "unit": "jia"} for act in ("save", "show", "take_back")],
    "/office/panel": [{"period": "2026-11", "act": act} for act in ("open", "close")],
    "/simulator/enter": [{"person": "li"}],
}  # fmt: skip
"""Forms as people fill them in, beside the empty one and one with a field that is not asked for."""


def sees_forms(world: World, *, watchers: Sequence[str] = ("chen", "li"), where: str = "") -> None:
    """What everybody is answered to every form there is: empty, filled in, and with what does not belong there.

    Whoever signs out sees nothing any more: that comes last.
    """
    site = world.site
    found = [path for method, path in routes(site.application) if method == "POST"]
    for path in sorted(found, key=lambda path: path in LAST):
        for who, address in itertools.product(watchers, addresses(path)[:1]):
            told_as = f"as {who or 'anybody'}"
            for fields in ({}, {"marks": "55555"}, *FORMS.get(path, ())):
                send = site.fills_in if path in OPEN_FORMS else site.sends
                seen = send(who, address, fields)[1]
                world.sees(f"{where} POST {address} {sorted(fields)} {told_as}", seen)
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {API_KEY}"}
            seen = site.asks(who, "POST", address, content='{"rater": "jia"}', headers=headers)[1]
            world.sees(f"{where} POST {address} JSON {told_as}", seen)


OPEN_FORMS = frozenset({"/receipt", "/rounds/receipt", "/simulator/enter"})
"""Forms for everybody, which no session signs."""

COMMANDS = (
    "/start",
    "/help",
    "/language",
    "/receipt ABCDE-FGHIJ-KLMNO-PQRST",
    "/visits",
    "/nothing",
    "/status",
    "/remind",
    "/extend",
    "/close",
    "/settle",
    "/draft",
    "/release",
    "/explain",
    "/objections",
    "/alerts",
    "/deliveries",
    "/duty",
    "/log 30",
    "ABCDE-FGHIJ-KLMNO-PQRST",
)
"""What anybody may type."""


NOT_TAPPED = {("b", "x"), ("b", "m"), ("c", "y"), ("c", "p"), ("c", "a"), ("c", "n")}
"""Buttons that send a ballot, or take a step of the season: those are the story's own."""


def sees_chats(world: World, *, people: Sequence[str] | None = None, where: str = "", taps: int = MOST_TAPS) -> None:
    """Every command and every button that is offered to everybody, as far as there are any; ballots are not sent."""
    for person in people if people is not None else [*WATCHERS[1:], "zhao"]:
        for words in COMMANDS:
            command = words.startswith("/")
            kind = "start" if words == "/start" else "command" if command else "text"
            content = "" if kind == "start" else words.removeprefix("/")
            world.sees(f"{where} {person} says {words}", told(world.says(person, kind=kind, content=content)))
        _taps_through(world, person, where, taps)
    stranger = world.says("", kind="command", content="help", account="555")
    world.sees(f"{where} a stranger says /help", told(stranger))


def _taps_through(world: World, person: str, where: str, taps: int) -> None:
    """Tap every button that is seen, once, breadth first."""
    known: set[tuple[str, ...]] = set()
    waiting = list(_buttons(world.says(person, kind="start")))
    while waiting and len(known) < taps:
        action = waiting.pop(0).action
        if action in known or action[:2] in NOT_TAPPED or action[0] == "l":
            continue
        known.add(action)
        reply = world.says(person, kind="tap", action=action)
        world.sees(f"{where} {person} taps {':'.join(action)}", told(reply))
        waiting += _buttons(reply)


def _buttons(reply: Any) -> list[Button]:
    screens = [each for each in (reply.screen, *reply.more) if each is not None]
    return [button for screen in screens for row in screen.buttons for button in row if button.action]


EXPORTED = "exported"
"""The folder that is written by the terminal, looked at file by file and taken away again: worlds lie side by side."""

TERMINAL: Mapping[tuple[str, ...], Sequence[Sequence[str]]] = {
    ("doctor",): [[], ["--json"]],
    ("explain",): [["jia", "2026-11"], ["jia", "2026-10", "--json"], ["yi", "2026-11", "--json"]],
    ("review", "receipt"): [["ABCDE-FGHIJ-KLMNO-PQRST"], ["ABCDE-FGHIJ-KLMNO-PQRST", "--json"]],
    ("bulletin", "render"): [["2026-11"], ["2026-10", "--format", "text"]],
    ("verify",): [[], ["--json"]],
    ("export",): [["2026-11", "--output", EXPORTED, "--json"], ["2026-10", "--output", EXPORTED, "--json"]],
    ("settle",): [["2026-11"], ["2026-11", "--json"]],
}
"""Commands that tell something of a round, with what is asked."""

UNWATCHED: Mapping[str, frozenset[tuple[str, ...]]] = {
    "they only read files": frozenset({
        ("check",), ("questionnaire", "check"), ("questionnaire", "convert"), ("questionnaire", "validate-response"),
        ("survey", "score"), ("scheme", "check"), ("scheme", "score"), ("due",), ("review", "assign"), ("review", "score"),
    }),
    "they make something new and tell nothing of a round": frozenset({
        ("init",), ("apply",), ("api-key", "create"), ("login-link",), ("review", "keygen"), ("indicators", "import"),
        ("demo",), ("backup",), ("restore",),
    }),
    "they are the steps themselves, which are watched as such": frozenset({
        ("review", "open-round"), ("review", "close-round"), ("review", "count"), ("serve",), ("chat",),
    }),
    "the auditor's own key opens it": frozenset({("review", "audit")}),
}  # fmt: skip
"""Commands that need no watching, by the reason."""


def sees_terminal(world: World) -> None:
    """What whoever may use the terminal is told. It opens the database itself: the world is at rest meanwhile."""
    shell, listed = CommandLine(world.path.parent, {"TONGPING_DATABASE_URL": f"sqlite:///{world.path}"}), commands()
    logs = structlog.get_config()
    clock = world.now.isoformat()
    for words, calls in TERMINAL.items():
        for arguments in calls if words in listed else ():
            ran = shell.run(*words, *arguments, CLOCK=clock)
            world.sees(f"terminal {' '.join([*words, *arguments])}", f"{ran.exit_code}\n{ran.out}\n{ran.err}")
            for path in sorted((shell.folder / EXPORTED).glob("*")):
                world.sees(f"terminal {' '.join([*words, *arguments])} {path.name}", path.read_text(encoding="utf-8"))
            shutil.rmtree(shell.folder / EXPORTED, ignore_errors=True)
    structlog.configure(**logs)
