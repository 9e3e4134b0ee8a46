"""What belongs to others cannot be reached by its number, and nothing hidden can be asked for by a name in an address.

A task of another unit, and of another expert, is answered like one that does not exist; a receipt that was really given
like one that was made up, as long as the round is not counted. Words that nobody reads in an address change nothing.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.blindness.cast import SECRET, SESSIONS
from tests.blindness.ideal import without_chance
from tests.blindness.matrix import EVERYBODY, MATRIX
from tests.blindness.watching import ONCE, addresses
from tests.blindness.world import NONE, Cast, Thought, World, told
from web.forms import form_token

NO_ID = 987654
HIDDEN = ("rater", "target", "sort", "order", "marks", "score", "mean", "comment", "severity", "filter", "casts", "by")
"""Names by which a careless page could sort or choose; the others are as long and mean nothing."""


@pytest.fixture(scope="module")
def world(founded, tmp_path_factory):
    path = tmp_path_factory.mktemp("foreign") / "world.sqlite3"
    path.write_bytes(founded)
    world = World(path)
    with without_chance(seed="foreign"):
        for number, rater in enumerate(("jia", "yi", "bing", "wu", "xin")):
            marks = NONE if number == 1 else str(number + 1) * 5
            world.votes(Cast(rater, "ding", "chat" if number % 2 else "form"), Thought(marks, ""))
        world.marks("expert1", "jia", "45")
        yield world
    world.ends()


def without_id(answer: bytes, id_: int) -> bytes:
    """The answer without the number that was asked for, where addresses and fields have it, nor its length."""
    found = re.sub(rb"content-length: \d+", b"content-length", answer)
    return re.sub(rf"(/panel/|[mkcn]\.|assignment\D{{1,4}}){id_}\b".encode(), rb"\1#", found)


def foreign_task(world: World) -> int:
    """A task of the second hospital, which Li does not represent."""
    return int(world.task(Cast("yi", "ding"))[0])


@pytest.mark.parametrize("who", ["li", "chen", "gao", "he", "trustee1", ""])
def test_task_of_another_unit_is_answered_like_a_missing_one(world, who):
    forms = {f"m.{{id}}.{place}": "5" for place in range(5)} | {"k.{id}": "2", "c.{id}": "words"}
    token = form_token(SECRET, SESSIONS[who]) if who else ""
    answers = []
    for id_ in (foreign_task(world), NO_ID):
        fields = {name.format(id=id_): value for name, value in forms.items()} | {"unit": "jia"}
        ballots = [{"assignment": id_, "counter": 2, "sealed": "x" * 1971}]
        sent = json.dumps({"csrf": token, "ballots": ballots})
        told_ = [
            world.site.sends(who, "/sheet", fields)[1],
            world.site.asks(who, "POST", "/sheet/ballots", content=sent, headers={"Content-Type": "application/json"})[
                1
            ],
        ]
        answers.append([without_id(each, id_) for each in told_])
    assert answers[0] == answers[1]
    assert not any(answer[:3] == b"200" for answer in answers[0])


@pytest.mark.parametrize("who", ["li", "chen", "rep-bing"])
def test_button_with_the_number_of_anothers_task_is_answered_like_a_missing_one(world, who):
    for action in (("c", "{id}", "", "0"), ("m", "{id}", "5____"), ("m", "{id}", "55555"), ("x", "{id}", "55555", "1")):
        answers = []
        for id_ in (foreign_task(world), NO_ID):
            buttons = ["b", *(each.format(id=id_) for each in action)]
            answers.append(
                [str(each).replace(str(id_), "#") for each in told(world.says(who, kind="tap", action=buttons))]
            )
        assert answers[0] == answers[1]


def test_task_of_another_expert_is_answered_like_a_missing_one(world):
    from sqlalchemy import select

    from reviews.panel_models import PanelTask

    with world.database.transaction() as session:
        foreign = session.scalars(select(PanelTask.id).where(PanelTask.person_id == "expert2")).first()
    answers = []
    for id_ in (foreign, NO_ID):
        asked = world.site.asks("expert1", "GET", f"/panel/{id_}")[1]
        sent = world.site.sends("expert1", f"/panel/{id_}", {"casts": "0", "m.mechanism": "5", "m.service": "5"})[1]
        answers.append([without_id(each, id_) for each in (asked, sent)])
    assert answers[0] == answers[1]


@pytest.mark.parametrize("who", ["li", "chen", ""])
def test_unit_of_others_is_answered_like_a_missing_one_on_the_sheet(world, who):
    for path in ("/sheet?unit={}", "/sheet/ballots?unit={}"):
        found = []
        for unit in ("yi", "qq"):
            answer = world.site.asks(who, "GET", path.format(unit))[1]
            found.append(re.sub(rf"\b{unit}\b".encode(), b"unit", answer))
        assert found[0] == found[1]


def test_receipt_that_was_given_is_answered_like_one_made_up_before_the_count(world):
    shown = "".join(what.decode() for where, what in world.seen if where.startswith(("answer", "sheet")))
    given = re.search(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){3}", shown)[0]
    for who in ("", "li", "chen"):
        answers = [
            world.site.fills_in(who, "/rounds/receipt", {"receipt": code})[1].replace(code.encode(), b"#")
            for code in (given, "AAAAA-BBBBB-CCCCC-DDDDD")
        ]
        assert answers[0] == answers[1]
        assert answers[0][:3] == b"200"
    for words in (given, f"/receipt {given}"):
        made_up = words.replace(given, "AAAAA-BBBBB-CCCCC-DDDDD")
        kind = "command" if words.startswith("/") else "text"
        answers = [
            str(told(world.says("li", kind=kind, content=each.removeprefix("/")))).replace(code, "#")
            for each, code in ((words, given), (made_up, "AAAAA-BBBBB-CCCCC-DDDDD"))
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("who", ["li", "chen"])
def test_no_page_reads_a_name_in_its_address_by_which_something_hidden_could_be_found(world, who):
    """The same page with names that do the same length of nothing: only the page's own address may show the names."""
    pages = [route.split(" ")[1] for route, allowed in MATRIX.items()
             if route.startswith("GET ") and (who in allowed or allowed == EVERYBODY)]  # fmt: skip
    for path in pages:
        if path in ONCE or path.startswith(("/s/", "/static")):
            continue
        address = addresses(path)[0]
        joint = "&" if "?" in address else "?"
        answers = []
        for prefix in ("", "q"):
            names = [prefix + name[len(prefix) :] for name in HIDDEN]
            query = "&".join(f"{name}={value}" for name in names for value in ("yi", "1"))
            answer = world.site.asks(who, "GET", address + joint + query)[1]
            answers.append(answer.replace(query.encode(), b"").replace(query.replace("&", "&amp;").encode(), b""))
        assert answers[0] == answers[1], address
