"""The published receipts: sorted, once each, the same text for the same round, and found however they are written."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortium.periods import Period
from reviews.receipt_lists import (
    COUNTED,
    SUPERSEDED,
    ReceiptLists,
    find_receipt,
    lists_text,
    read_lists,
    read_receipt,
    receipt_lists,
    root_of,
)
from reviews.sealing import BallotContent, receipt_of
from tests.reviews.season import OCTOBER, refusal

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
RECEIPTS = st.text(ALPHABET, min_size=20, max_size=20).map(
    lambda letters: "-".join(letters[start : start + 5] for start in range(0, 20, 5))
)
SEPARATED = st.sets(RECEIPTS).flatmap(
    lambda found: st.sets(st.sampled_from(sorted(found)) if found else st.nothing()).map(
        lambda kept: ReceiptLists("2026-10", tuple(sorted(kept)), tuple(sorted(found - kept)))
    )
)


def ballot(rater: str, target: str, counter: int, *, marks: str = "34512") -> tuple[str, BallotContent]:
    """A receipt as `receipt_of` makes it, and what was inside."""
    content = BallotContent("2026-10", 1, rater, target, marks, datetime(2026, 10, 20, tzinfo=UTC), counter)
    return receipt_of(f"sealed {rater} {target} {counter}"), content


ONCE, FIRST, LAST = ballot("jia", "yi", 1), ballot("yi", "jia", 1), ballot("yi", "jia", 2)
LISTS = receipt_lists(OCTOBER, [LAST, ONCE, FIRST])


# --- making --------------------------------------------------------------------------------------------------------


def test_the_newest_ballot_of_each_pair_is_counted_and_the_others_are_superseded():
    assert set(LISTS.counted) == {ONCE[0], LAST[0]}
    assert LISTS.superseded == (FIRST[0],)
    assert LISTS.period == "2026-10"


def test_lists_do_not_tell_in_which_order_ballots_came():
    ballots = [ballot(f"u{rater}", f"u{unit}", cast) for rater in range(5) for unit in range(5) for cast in (1, 2)]
    for seed in range(5):
        shuffled = Random(seed).sample(ballots, len(ballots))
        assert receipt_lists(OCTOBER, shuffled) == receipt_lists(OCTOBER, ballots)
    lists = receipt_lists(OCTOBER, ballots)
    assert (len(lists.counted), len(lists.superseded)) == (25, 25)


def test_lists_do_not_depend_on_the_marks():
    other = [(receipt, replace(content, marks="11111")) for receipt, content in (ONCE, FIRST, LAST)]
    assert receipt_lists(OCTOBER, other) == LISTS


def test_a_rater_whose_last_receipt_was_dropped_finds_an_older_one_counted():
    tampered = receipt_lists(OCTOBER, [ONCE, FIRST])  # the last ballot was taken away behind everybody's back
    assert find_receipt(tampered, LAST[0]) is None
    assert find_receipt(tampered, FIRST[0]) == COUNTED
    replayed = receipt_lists(OCTOBER, [ONCE, LAST, ballot("yi", "jia", 3)])  # or another put in its place
    assert find_receipt(replayed, LAST[0]) == SUPERSEDED


def test_lists_of_a_round_without_ballots_are_empty_and_have_a_root():
    empty = receipt_lists(OCTOBER, [])
    assert lists_text(empty) == "tongping receipts 2026-10\ncounted 0\nsuperseded 0\n"
    assert len(root_of(empty)) == 64


@pytest.mark.parametrize(
    ("counted", "superseded"),
    [
        ((ONCE[0], ONCE[0]), ()),
        ((ONCE[0],), (ONCE[0],)),
        (tuple(sorted((ONCE[0], LAST[0]), reverse=True)), ()),
        ((ONCE[0].lower(),), ()),
        (("ABCDE-FGHIJ-KLMNO-PQRS1",), ()),
        (("",), ()),
    ],
)
def test_lists_that_are_none_cannot_be_made(counted, superseded):
    with pytest.raises(ValueError, match="sorted lists"):
        ReceiptLists("2026-10", counted, superseded)


# --- root ----------------------------------------------------------------------------------------------------------


def test_the_root_is_what_any_tool_finds_for_the_published_text(tmp_path):
    (tmp_path / "receipts.txt").write_text(lists_text(LISTS), "ascii")
    found = subprocess.run(["sha256sum", tmp_path / "receipts.txt"], capture_output=True, text=True, check=True).stdout
    assert found.split()[0] == root_of(LISTS)
    assert root_of(LISTS) == hashlib.sha256((tmp_path / "receipts.txt").read_bytes()).hexdigest()


def test_the_root_changes_with_every_receipt_its_list_and_the_month():
    moved = ReceiptLists("2026-10", tuple(sorted((*LISTS.counted, *LISTS.superseded))), ())
    fewer = ReceiptLists("2026-10", LISTS.counted[1:], LISTS.superseded)
    later = receipt_lists(Period(2026, month=11), [LAST, ONCE, FIRST])
    assert len({root_of(lists) for lists in (LISTS, moved, fewer, later)}) == 4


@given(SEPARATED, SEPARATED)
def test_different_lists_have_different_roots_and_equal_ones_the_same(one, other):
    assert (root_of(one) == root_of(other)) == (one == other)


# --- reading -------------------------------------------------------------------------------------------------------


@given(SEPARATED)
def test_lists_are_read_back_from_what_was_published(lists):
    assert read_lists(lists_text(lists)) == lists


PUBLISHED = lists_text(LISTS)


@pytest.mark.parametrize(
    "changed",
    [
        "", "x", PUBLISHED[:-1], PUBLISHED + "\n", PUBLISHED.replace("\n", "\r\n"), PUBLISHED.replace("10", "13", 1),
        PUBLISHED.replace("counted 2", "counted 1"), PUBLISHED.replace("counted 2", "counted 02"),
        PUBLISHED.replace("counted 2", "counted -2"), PUBLISHED.replace("counted 2", "counted 999999"),
        PUBLISHED.replace("superseded 1", "superseded 0"), PUBLISHED.lower(), "\ufeff" + PUBLISHED,
        PUBLISHED.replace("tongping", "someone"), PUBLISHED.replace(LISTS.superseded[0], LISTS.counted[0]),
        "\n".join([*PUBLISHED.split("\n")[:2], *PUBLISHED.split("\n")[3:1:-1], *PUBLISHED.split("\n")[4:]]),
    ],
)  # fmt: skip
def test_a_published_text_that_was_changed_is_refused(changed):
    with refusal("receipt_lists_changed"):
        read_lists(changed)


# --- looking up ----------------------------------------------------------------------------------------------------


def test_a_receipt_is_found_where_it_stands_and_a_stranger_nowhere():
    assert [find_receipt(LISTS, receipt) for receipt, _ in (ONCE, LAST, FIRST)] == [COUNTED, COUNTED, SUPERSEDED]
    assert find_receipt(LISTS, "AAAAA-BBBBB-CCCCC-DDDDD") is None


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda receipt: receipt.replace("-", ""),
        lambda receipt: receipt.replace("-", " – "),
        lambda receipt: f"\t{receipt}\n",
        lambda receipt: "".join(chr(ord(each) + 0xFEE0) if each != "-" else "－" for each in receipt),
        lambda receipt: receipt.replace("O", "0").replace("B", "8"),
    ],
)
@given(receipt=RECEIPTS)
def test_a_receipt_is_read_however_a_person_writes_it(write, receipt):
    assert read_receipt(write(receipt)) == receipt


@pytest.mark.parametrize(
    "written", ["", "ABCDE", "ABCDE-FGHIJ-KLMNO-PQRS", "ABCDE-FGHIJ-KLMNO-PQRSTU", "1BCDE-FGHIJ-KLMNO-PQRST",
                "ABCDE-FGHIJ-KLMNO-PQRS9", "回执", "ABCDE-FGHIJ-KLMNO-PQRSß", "A" * 10_000]
)  # fmt: skip
def test_what_is_no_receipt_is_refused_without_being_repeated(written):
    with refusal("receipt_malformed"):
        find_receipt(LISTS, written)
