"""The season at a glance: the timeline, what is missing and what waits, near-live counts, in few queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from consortium.models import Installation
from evaluation.models import Reading
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from reviews.models import Assignment, ReviewRound
from scheduler.models import Occurrence
from tests.scheduler.cast import WHOLE_EXAMPLE
from tests.web.cast import NOW, signed_in
from web.season import REFRESHED_EVERY, deliveries_by_channel, shown_count, shown_total, timeline

MOST_QUERIES = 75


def runs(town, *rows):
    with town.database.transaction() as session:
        for job, hours, state, failures in rows:
            at = NOW + timedelta(hours=hours)
            final = state in {"done", "skipped", "failed"}
            session.add(Occurrence(job=job, due_at=at, period="2026-10", late="run", state=state, fence=failures, failures=failures,
                                   noted_at=at, finished_at=at if final else None, outcome="settled" if final else None,
                                   lease_until=NOW if state == "running" else None))  # fmt: skip


def asked(browser, path="/office"):
    page = browser.opens(path)
    return page, page.text


@pytest.fixture
def chen(hamlet, browse):
    with hamlet.database.transaction() as session:
        session.get(Installation, 1).schedule = WHOLE_EXAMPLE
    return signed_in(browse(hamlet.has_a_season().site()), hamlet, "chen")


def test_timeline_says_what_is_done_late_failed_and_next(hamlet, chen):
    runs(hamlet, ("open", -40, "done", 0), ("settle", -30, "failed", 8), ("draft", -2, "due", 1), ("close", -0.5, "due", 0),
         ("survey", -3, "done", 0), ("survey", -27, "done", 0))  # fmt: skip
    with hamlet.database.transaction() as session:
        steps, daily = timeline(session, NOW)
    assert [(each.job, each.state) for each in steps[:4]] == [
        ("open", "done"), ("settle", "failed"), ("draft", "late"), ("close", "due"),
    ]  # fmt: skip
    assert {each.state for each in steps[4:]} == {"next"}
    assert [each.at for each in steps] == sorted(each.at for each in steps)
    assert [(each.job, each.at) for each in daily] == [("survey", NOW - timedelta(hours=3))]
    shown = chen.opens("/office").one("ol", class_="timeline").text
    for words in ("迟了", "未成功", "已完成", "到时间", "未到时间"):
        assert words in shown


def test_what_waits_is_named_with_its_place_and_whose_it_is(chen):
    page = chen.opens("/office")
    todo = page.one("ul", class_="todo")
    assert ("/office/bulletins", "简报草稿待提交：1") in [(link["href"], link.text) for link in todo.every("a")]
    assert "绩效办" in todo.text


def test_units_that_owe_something_are_named(hamlet, chen):
    assert "目前什么都不缺" in chen.opens("/office").text
    with hamlet.database.transaction() as session:
        session.add(ReviewRound(period="2026-11", state="open", public_key="{}", criteria=[], thresholds={}, opened_at=NOW,
                                closes_at=NOW + timedelta(days=3)))  # fmt: skip
        session.flush()
        session.add_all(Assignment(period="2026-11", rater="yi", target=target, casts=int(target == "jia")) for target in ("jia", "bing"))  # fmt: skip
        session.query(Reading).filter(Reading.scope == "bing", Reading.period == "2026-10").delete()
    lacks = [each.text for each in chen.opens("/office").one("ul", class_="lacks").every("li")]
    assert "二院 互评未完成 1" in lacks
    assert all("人民医院" not in each for each in lacks)


def test_page_is_drawn_anew_by_itself_only_when_asked(chen):
    assert "refresh" not in chen.get("/office").headers
    answer = chen.get("/office?live=1")
    assert answer.headers["refresh"] == str(REFRESHED_EVERY)
    assert "11:30:00" in answer.text  # the consortium's own clock
    assert 'href="/office"' in answer.text


def test_fewer_than_five_are_never_a_number():
    assert [shown_count(n) for n in (0, 1, 4, 5, 12)] == ["0", "<5", "<5", "5", "12"]
    assert [shown_total(each) for each in ([], [0, 7], [7, 1], [4, 4], [1])] == ["0", "7", "7+", "0+", "0+"]


def test_few_answers_are_not_counted_out_on_the_page(hamlet, browse):
    hamlet.has_a_season(bing=(2, 1))
    browser = signed_in(browse(hamlet.site()), hamlet, "chen")
    row = next(row for row in browser.opens("/office").every("tr") if "社区中心" in row.text and "<5" in row.text)
    assert next(cell.text for cell in row.every("td")) == "<5"


def test_deliveries_by_channel(hamlet, chen):
    with hamlet.database.transaction() as session:
        for number, channel in enumerate(("telegram", "telegram", "email")):
            enqueue(session, dedupe_key=str(number), channel=channel, address="a@x.org", kind="notice", message=Message("x"), now=NOW)  # fmt: skip
        session.query(Delivery).filter(Delivery.dedupe_key == "1").update({"state": "held", "code": "restored"})
        found = dict(deliveries_by_channel(session))
    assert found["telegram"] == {"owed": 1, "uncertain": 0, "held": 1, "refused": 0}
    assert found["email"]["owed"] == 1
    table = next(each for each in chen.opens("/office").every("table") if "telegram" in each.text)
    assert "email 1 0 0" in table.text


def test_page_asks_the_database_few_times_whatever_the_number_of_units(hamlet, chen):
    counted = 0

    def count(*_):
        nonlocal counted
        counted += 1

    event.listen(hamlet.database.engine, "before_cursor_execute", count)
    chen.get("/office")
    event.remove(hamlet.database.engine, "before_cursor_execute", count)
    assert 10 < counted <= MOST_QUERIES, counted


@pytest.mark.parametrize("person", ["sun", "gao"])
def test_committee_and_auditors_see_it_too(hamlet, browse, person):
    browser = signed_in(browse(hamlet.has_a_season().site()), hamlet, person)
    assert browser.get("/office?live=1").status_code == 200
