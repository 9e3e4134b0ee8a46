"""Who may see and do what, on every route there is: nobody is let in but those whose work it is, and everybody else is
told the same whether the thing exists or not.
"""

from __future__ import annotations

import json

import pytest

from consortium.permissions import ROLES
from tests.blindness.cast import PEOPLE, SECRET, SESSIONS
from tests.blindness.ideal import without_chance
from tests.blindness.matrix import EVERYBODY, FILES, FILLED, HERE_FOR_NOBODY, MATRIX, SECRET_HOLDERS
from tests.blindness.watching import WATCHERS, addresses, routes
from tests.blindness.world import World
from web.forms import form_token

OUT, MISSING = {401, 403}, 404
LIKE_MISSING = {"POST /sheet/ballots", "POST /panel/evidence", "POST /readings/evidence"}
ASKED = {"GET /sheet/ballots": "/sheet/ballots?unit=jia"}
"""Addresses that say for which unit."""


@pytest.fixture(scope="module")
def world(founded, tmp_path_factory):
    path = tmp_path_factory.mktemp("matrix") / "world.sqlite3"
    path.write_bytes(founded)
    world = World(path)
    with without_chance(seed="matrix"):
        yield world
    world.ends()


def answered(world: World, route: str, who: str) -> tuple[int, bytes]:
    """The status for one person, with a form as it should be."""
    method, path = route.split(" ")
    address = ASKED.get(route, addresses(path)[0])
    token = form_token(SECRET, SESSIONS[who]) if who else ""
    if method == "GET":
        return world.site.asks(who, "GET", address)
    if route == "POST /sheet/ballots":
        ballot = {"assignment": _assignment(world), "counter": 1, "sealed": "x"}
        sent = json.dumps({"csrf": token, "ballots": [ballot]})
        return world.site.asks(who, "POST", address, content=sent, headers={"Content-Type": "application/json"})
    fields = FILLED.get(route, {})
    if route in FILES:
        files = {FILES[route]: ("x.csv", b"nothing", "text/csv")}
        return world.site.asks(who, "POST", address, data={**fields, "csrf": token}, files=files)
    if has_no_token(route):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return world.site.asks(who, "POST", address, content="", headers=headers)
    return world.site.sends(who, address, fields)


def has_no_token(route: str) -> bool:
    """Whether no session is looked at: then no form has a session's token."""
    return MATRIX[route] in {EVERYBODY, SECRET_HOLDERS} or " /s/" in route


def _assignment(world: World) -> int:
    from tests.blindness.world import Cast

    return int(world.task(Cast("jia", "yi"))[0])


def test_matrix_names_every_route_and_no_other(world):
    assert {f"{method} {path}" for method, path in routes(world.site.application)} == set(MATRIX)


def test_cast_has_somebody_in_every_role():
    assert {role for person in PEOPLE for role in person["roles"]} == set(ROLES)
    assert len(WATCHERS) == len(ROLES) + 2


@pytest.mark.parametrize("route", sorted(set(MATRIX) - {"POST /sign-out"}))
def test_only_those_are_let_in_whose_work_it_is(world, route):
    statuses = {who: answered(world, route, who)[0] for who in WATCHERS}
    allowed = MATRIX[route]
    assert max(statuses.values()) < 500, statuses
    if route in HERE_FOR_NOBODY:
        assert statuses.pop("") == 401
        assert set(statuses.values()) <= {403, MISSING, 409, 410}, statuses
        return
    let_in = {who for who, status in statuses.items() if status not in OUT}
    if " /units/" in route or route in LIKE_MISSING:  # whose unit it is not is told that there is none
        let_in -= {who for who, status in statuses.items() if status == MISSING}
    assert let_in == allowed - SECRET_HOLDERS, statuses
    assert "" in let_in or statuses[""] == 401, statuses


def test_session_of_somebody_who_left_the_role_opens_nothing(world, founded, tmp_path):
    """Roles are those of the moment, not those of the session."""
    from sqlalchemy import delete

    from consortium.models import Role

    path = tmp_path / "left.sqlite3"
    path.write_bytes(founded)
    left = World(path)
    with left.database.transaction() as session:
        session.execute(delete(Role).where(Role.person_id.in_(SESSIONS)))
    open_to = {}
    for route, allowed in MATRIX.items():
        if route.startswith("GET ") and allowed not in {EVERYBODY, SECRET_HOLDERS}:
            statuses = {who: answered(left, route, who)[0] for who in ("chen", "li", "trustee1", "expert1")}
            open_to |= {route: statuses} if set(statuses.values()) - {403, 404, 410} else {}
    left.ends()
    assert open_to == {}


def test_post_without_the_token_of_the_session_does_nothing(world):
    """Whatever asks who somebody is asks as well whether the form is theirs."""
    unguarded = {}
    for route, allowed in MATRIX.items():
        method, path = route.split(" ")
        if method == "GET" or has_no_token(route) or route in FILES:
            continue
        who = min(allowed)
        from urllib.parse import urlencode

        fields = urlencode(dict(FILLED.get(route, {})) | {"csrf": "0" * 32})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _ = world.site.asks(who, "POST", addresses(path)[0], content=fields, headers=headers)
        if status != 403 and route != "POST /sheet/ballots":
            unguarded[route] = status
    assert unguarded == {}
