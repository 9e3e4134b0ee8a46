"""The digest for heads of units: once for each edition, of the own unit and nothing else, in the head's language."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from bot import explain_desk
from consortium.models import Chat, Person, Role
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import HEAD, may_cast_ballot, may_see_unit
from evaluation.explaining import explain
from outbox.message import from_json
from outbox.models import Delivery
from scheduler.digests import WITHIN, Waiting, digest_lines, pass_over_digests, send_digests
from storage.database import Database
from tests.web.cast import NOW, Town

NAMES = {"jia": ("人民医院", "甲"), "yi": ("二院", "乙"), "bing": ("社区中心", "丙")}
OCTOBER = Period(2026, month=10)


def leads(town: Town, person: str, *units: str, language: str = "zh") -> None:
    with town.database.transaction() as session:
        session.add(Person(id=person, name=person.title(), language=language, active=True))
        session.flush()
        session.add_all(Role(person_id=person, role=HEAD, unit_code=unit) for unit in units)
        session.add(Chat(channel="telegram", address=f"9{len(person)}{ord(person[0])}", kind="private", title="", state="active",
                         purpose=None, person_id=person, seen_at=NOW))  # fmt: skip


def sends(town: Town, now=NOW) -> int:
    with town.database.transaction() as session:
        return send_digests(session, now=now)


def digests(town: Town) -> dict[str, list[str]]:
    with town.database.transaction() as session:
        rows = session.query(Delivery).filter(Delivery.dedupe_key.like("digest:%")).order_by(Delivery.id).all()
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row.dedupe_key.split(":")[2], []).append(str(row.message))
        return found


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database).is_founded()


@pytest.fixture
def released(town: Town) -> Town:
    town.has_a_season()
    leads(town, "yuan", "jia")
    leads(town, "qian", "yi", "bing", language="en")
    return town.has_released()


def names_of(town: Town, code: str) -> list[str]:
    from consortium.models import Unit

    with town.database.transaction() as session:
        return list(session.get(Unit, code).name.values())


def test_each_head_is_told_of_the_own_units_alone_and_once(released: Town) -> None:
    assert sends(released) == 3
    assert (sends(released), sends(released, NOW + timedelta(hours=5))) == (0, 0)
    told = digests(released)
    assert {code: len(messages) for code, messages in told.items()} == {"jia": 1, "yi": 1, "bing": 1}
    for code, (message,) in told.items():
        assert any(name in message for name in names_of(released, code))
        for other in {"jia", "yi", "bing"} - {code}:
            assert not any(name in message for name in names_of(released, other)), (code, other)
            assert f"'{other}'" not in message
    assert "总分" in told["jia"][0]
    assert "Total" in told["yi"][0] or "no total" in told["yi"][0]


def test_drafts_and_old_editions_are_no_news(town: Town) -> None:
    town.has_a_season()
    leads(town, "yuan", "jia")
    assert sends(town) == 0
    town.has_released()
    assert sends(town, NOW + WITHIN) == 0
    assert sends(town, NOW + WITHIN - timedelta(seconds=1)) == 1


def test_corrected_edition_is_told_anew(released: Town) -> None:
    sends(released)
    released.has_corrected()
    assert sends(released) == 3
    assert {code: len(messages) for code, messages in digests(released).items()} == {"jia": 2, "yi": 2, "bing": 2}


def test_after_a_restore_nobody_is_told_by_itself(released: Town) -> None:
    with released.database.transaction() as session:
        pass_over_digests(session, now=NOW)
    assert (sends(released), digests(released)) == (0, {})


def test_button_leads_to_the_scorecard_of_this_unit(released: Town) -> None:
    sends(released)
    with released.database.transaction() as session:
        row = session.query(Delivery).filter(Delivery.dedupe_key.like("digest:%:jia:%")).one()
        ((button,),) = from_json(row.message).buttons
        yuan = actor_of(session, "yuan")
    assert button.action == ("k", "jia", explain_desk._written(OCTOBER))
    assert row.kind == "notice"
    assert [may_see_unit(yuan, code) for code in ("jia", "yi")] == [True, False]
    assert not may_cast_ballot(yuan, "jia")


def test_digest_says_what_cost_most_and_what_waits(released: Town) -> None:
    with released.database.transaction() as session:
        found = explain(session, unit_code="jia", period=OCTOBER)
    lines = digest_lines(found, None, Waiting(2, 1, 0), "2026年10月协同简报", "zh")
    assert lines[-1] == "待办：书面说明 2 · 整改 1 · 异议 0"
    costly = lines[lines.index("失分最多的：") + 1 :][:3]
    lost = [Fraction(line.rpartition("少 ")[2].removesuffix(" 分")) for line in costly if line]
    assert lost == sorted(lost, reverse=True)
    assert 1 <= len(lost) <= 3
    dearest = max(line.available - line.points for line in found.lines if line.points is not None)
    assert abs(lost[0] - dearest) <= Fraction(1, 20)
