from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, update

from consortium.periods import Period
from reviews.models import PublishedReceipts, ReviewRound
from reviews.receipt_lists import ReceiptLists, lists_text
from reviews.receipt_standing import Standing, published_lists, receipt_standing
from storage.audit import AuditRow
from tests.reviews.season import OCTOBER, START, refusal

STRANGER = "AAAAA-BBBBB-CCCCC-DDDDD"


def publishes(session, period: str, counted=(), superseded=(), void=()) -> None:
    session.execute(
        insert(ReviewRound).values(period=period, state="erased", public_key="k", criteria=[], thresholds={},
                                   opened_at=START)
    )  # fmt: skip
    lists = ReceiptLists(period, tuple(counted), tuple(superseded), tuple(void))
    session.execute(insert(PublishedReceipts).values(period=period, published=lists_text(lists)))


def test_receipts_of_a_round_are_waited_for_until_its_count_and_found_then(season, session):
    season.is_open()
    first, last = season.votes("yi", "jia", "11111").code, season.votes("yi", "jia", "22222").code
    for act in ("closes", "counts"):
        assert receipt_standing(session, last) == Standing(last, None, "unknown", ("2026-10",))
        getattr(season, act)()
    assert receipt_standing(session, last) == Standing(last, "2026-10", "counted", ())
    assert receipt_standing(session, first) == Standing(first, "2026-10", "superseded", ())
    season.erases()
    assert receipt_standing(session, last) == Standing(last, "2026-10", "counted", ())
    assert receipt_standing(session, STRANGER) == Standing(STRANGER, None, "unknown", ())


def test_void_receipt_is_told_as_void(season, session):
    season.is_open("jia", "yi")
    receipt = season.votes("yi", "jia", "11111").code
    session.execute(update(ReviewRound).values(token_key="00" * 32))  # then nobody's token is right
    season.closes()
    season.counts()
    assert receipt_standing(session, receipt).standing == "void"


def test_newest_round_is_looked_at_first(session):
    publishes(session, "2026-08", counted=[STRANGER])
    publishes(session, "2026-09", superseded=[STRANGER])
    assert receipt_standing(session, STRANGER) == Standing(STRANGER, "2026-09", "superseded", ())


@pytest.mark.parametrize("written", [STRANGER.lower(), STRANGER.replace("-", " "), "ＡＡＡＡＡ－ＢＢＢＢＢ　ＣＣＣＣＣ－ＤＤＤＤＤ",
                                     f"\t{STRANGER}\n"])  # fmt: skip
def test_receipt_is_found_however_it_is_written(session, written):
    publishes(session, "2026-09", void=[STRANGER])
    assert receipt_standing(session, written) == Standing(STRANGER, "2026-09", "void", ())


@pytest.mark.parametrize("written", ["", "counted 0", "2026-09", "tongping receipts", STRANGER + "-EEEEE", "%"])
def test_what_is_no_receipt_is_refused(session, written):
    publishes(session, "2026-09", counted=[STRANGER])
    with refusal("receipt_malformed"):
        receipt_standing(session, written)


def test_lists_that_were_altered_are_not_believed(session):
    publishes(session, "2026-09", counted=[STRANGER])
    published = session.get_one(PublishedReceipts, "2026-09").published
    session.execute(update(PublishedReceipts).values(published=published.replace("superseded 0", "superseded 1")))
    session.expire_all()
    with refusal("receipt_lists_changed"):
        receipt_standing(session, STRANGER)
    with refusal("receipt_lists_changed"):
        published_lists(session, Period(2026, month=9))


def test_lists_of_a_round_are_there_after_its_count(season, session):
    season.is_open("jia", "yi")
    receipt = season.votes("yi", "jia", "11111").code
    season.closes()
    assert published_lists(session, OCTOBER) is None
    season.counts()
    assert published_lists(session, OCTOBER) == ReceiptLists("2026-10", (receipt,), ())


def test_asking_leaves_no_trace(season, session):
    season.is_open("jia", "yi")
    before = session.scalar(select(func.count()).select_from(AuditRow))
    receipt_standing(session, STRANGER)
    assert session.scalar(select(func.count()).select_from(AuditRow)) == before
