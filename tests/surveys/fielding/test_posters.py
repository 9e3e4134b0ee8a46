"""Posters: a stream of their own, a limit for the day, nothing made by looking."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from consortium.periods import Period
from locales.errors import DomainError
from storage.audit import AuditRow
from surveys.fielding.models import Poster
from surveys.fielding.posters import (
    make_poster,
    new_poster_code,
    open_poster,
    poster_at,
    poster_counts,
    posters,
    withdraw_poster,
)
from surveys.models import Invitation, Response, Tally
from surveys.responses import give_consent, open_ticket, record_page, send_response
from surveys.tallies import counts
from tests.surveys.cast import BEST, JIA, NOW, YI
from tests.surveys.fielding.cast import DAY, HOUR, stands

CODE = "abcdefgh"


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def hang(session, code=CODE, **changes) -> Poster:
    values = {
        "unit_code": JIA,
        "department": "",
        "kind": "outpatient",
        "code": code,
        "actor": "person:chen",
        "now": NOW,
    }
    return make_poster(session, **(values | changes))


def scan(session, n=0, *, now=NOW, code=CODE, language="zh"):
    return open_poster(session, code=code, language=language, ticket=f"t{n}", new_id=f"i{n}", now=now)


def test_a_poster_hangs_for_a_unit_or_a_department(ready):
    hang(ready)
    hang(ready, "bcdefghj", department="  心内科 ")
    hang(ready, "cdefghjk", unit_code=YI)
    assert [(each.department, each.kind) for each in posters(ready, unit_code=JIA)] == [
        ("", "outpatient"),
        ("心内科", "outpatient"),
    ]


def test_the_same_department_again_is_the_same_poster(ready):
    assert hang(ready, department="心内科").code == hang(ready, "bcdefghj", department="心内科").code
    assert ready.scalar(select(func.count()).select_from(Poster)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_code": "nobody"}, "unit_unknown"),
        ({"department": "x" * 31}, "department_name"),
        ({"department": "a\nb"}, "department_name"),
        ({"department": "\ud800"}, "department_name"),
        ({"kind": "inpatient"}, "kind_without_questionnaire"),
        ({"daily_limit": 0}, "poster_limit"),
        ({"daily_limit": 5001}, "poster_limit"),
    ],
)
def test_what_cannot_be_meant_is_refused(ready, changes, code):
    assert code_of(lambda: hang(ready, **changes)) == code
    assert ready.scalar(select(func.count()).select_from(Poster)) == 0


def test_scanning_makes_an_invitation_of_its_own_stream_for_a_day(ready):
    hang(ready)
    assert scan(ready).expires_at == NOW + DAY
    stored = ready.scalars(select(Invitation)).one()
    assert (stored.stream, stored.unit_code, stored.visit) == ("poster", JIA, "poster:i0")
    assert stands(ready, "i0") == ("invited", None)


def test_answers_from_a_poster_are_counted_apart_and_never_among_visits(ready):
    hang(ready)
    scan(ready)
    open_ticket(ready, ticket="t0", mode="page", new_id="r0", now=NOW)
    give_consent(ready, response_id="r0", now=NOW)
    record_page(ready, response_id="r0", answers=BEST, now=NOW)
    send_response(ready, response_id="r0", receipt_code="7Q2M-0KXD-94TB", now=NOW)
    assert ready.scalar(select(Response.stream)) == "poster"
    assert set(ready.scalars(select(Tally.stream))) == {"poster"}
    assert counts(ready, period=Period(2026, 10)) == {}
    [shown] = poster_counts(ready, unit_code=JIA, now=NOW)
    assert (shown.opened, shown.opened_today, shown.complete) == (1, 1, 1)


def test_a_poster_opens_so_many_surveys_a_day_and_begins_anew_at_midnight(ready):
    hang(ready, daily_limit=3)
    for n in range(3):
        scan(ready, n)
    assert code_of(lambda: scan(ready, 3)) == "poster_full"
    evening = datetime(2026, 10, 20, 15, 59, 59, tzinfo=UTC)  # one second before midnight in Shanghai
    assert code_of(lambda: scan(ready, 3, now=evening)) == "poster_full"
    scan(ready, 3, now=evening + timedelta(seconds=1))
    assert ready.scalar(select(func.count()).select_from(Invitation)) == 4
    [shown] = poster_counts(ready, unit_code=JIA, now=evening + timedelta(seconds=1))
    assert (shown.opened, shown.opened_today) == (4, 1)


def test_posters_have_limits_of_their_own(ready):
    hang(ready, daily_limit=1)
    hang(ready, "bcdefghj", department="心内科", daily_limit=1)
    scan(ready, 0)
    scan(ready, 1, code="bcdefghj")
    assert code_of(lambda: scan(ready, 2)) == "poster_full"


def test_a_poster_that_was_taken_down_opens_nothing_more_and_makes_room(ready):
    hang(ready)
    scan(ready)
    for _ in range(2):
        withdraw_poster(ready, code=CODE, actor="person:chen", now=NOW + HOUR)
    assert code_of(lambda: scan(ready, 1)) == "poster_withdrawn"
    assert code_of(lambda: poster_at(ready, code=CODE)) == "poster_withdrawn"
    assert open_ticket(ready, ticket="t0", mode="page", new_id="r0", now=NOW + HOUR).unit_code == JIA
    assert hang(ready, "bcdefghj").code == "bcdefghj"
    assert len(ready.scalars(select(AuditRow).where(AuditRow.action == "withdraw_poster")).all()) == 1


@pytest.mark.parametrize(
    "code", ["", "abc", "ABCDEFG", "abcdefgi", "abcdefg0", "abcdefgh1", "../../x", "abcdefg\n", "ａbcdefgh"]
)
def test_codes_that_are_none_are_unknown(ready, code):
    hang(ready)
    assert code_of(lambda: poster_at(ready, code=code)) == "poster_unknown"


def test_a_code_may_be_typed_in_capitals(ready):
    hang(ready)
    assert poster_at(ready, code=" ABCDEFGH ").code == CODE


def test_a_language_nobody_speaks_here_is_refused(ready):
    hang(ready)
    assert code_of(lambda: scan(ready, language="fr")) == "invitation_language"


def test_codes_are_easy_to_type_and_do_not_repeat():
    codes = {new_poster_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[2-9a-hj-km-np-z]{8}", code) for code in codes)
    assert not set("01ilo") & set("".join(codes))
