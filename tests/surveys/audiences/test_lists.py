"""Lists of staff: the optional column `group`, and a file of links that does not tell who has answered."""

from __future__ import annotations

import itertools
from zoneinfo import ZoneInfo

from sqlalchemy import select

from consortium.models import Person
from consortium.permissions import Actor
from surveys.fielding.list_links import links_of
from surveys.fielding.visit_files import read_visits
from surveys.fielding.visit_lists import invite_visits, keep_list, preview_visits
from surveys.models import Invitation
from surveys.responses import Sent, send_response
from tests.surveys.audiences.cast import begin
from tests.surveys.cast import JIA, NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
LI = Actor(person_id="li", name="李敏", language="zh", roles=frozenset({"representative"}), units=frozenset({JIA}))
HEAD = "visit,kind,discharged_at,language,group\n"
LIST = HEAD + "E1,staff,2026-10-19,zh,外科\nE2,staff,2026-10-19,zh,\n"


def read(content: str):
    return read_visits(content.encode(), file="staff.csv", zone=SHANGHAI)


def test_group_is_read_and_may_be_empty():
    rows, findings = read(LIST)
    assert findings == []
    assert [row.group for row in rows] == ["外科", None]


def test_group_that_is_too_long_is_named():
    _, findings = read(HEAD + f"E1,staff,2026-10-19,zh,{'长' * 41}\n")
    assert [(each.key, each.code) for each in findings] == [("line 2, group", "group_malformed")]


def test_file_of_links_looks_the_same_whoever_has_answered(ready):
    ready.add(Person(id="li", name="李敏", language="zh", active=True))
    ready.flush()
    serial = itertools.count(1)

    def token() -> str:
        return f"token-{next(serial):016d}"

    rows, _ = read(LIST)
    preview = preview_visits(ready, unit_code=JIA, visits=rows, file="f", secret=b"s", now=NOW)
    keep_list(ready, unit_code=JIA, rows=preview.rows, actor=LI, new_id="list", now=NOW)
    invite_visits(ready, list_id="list", actor=LI, token=token, now=NOW)
    assert set(ready.scalars(select(Invitation.group_name))) == {"外科", None}
    first = links_of(ready, list_id="list", actor=LI, token=token, now=NOW)
    ticket = first[0].ticket
    assert ticket is not None
    response = begin(ready, "E1", {"pay": ("5",), "whole": ("5",)}, ticket=ticket)
    assert send_response(ready, response_id=response, receipt_code="c", now=NOW) == Sent("c")
    again = links_of(ready, list_id="list", actor=LI, token=token, now=NOW)
    shown = [[(row.ticket is not None, row.send_from, row.send_until) for row in rows] for rows in (first, again)]
    assert shown[0] == shown[1]
    assert shown[1][0] == shown[1][1]
