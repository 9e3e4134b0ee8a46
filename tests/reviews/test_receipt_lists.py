"""The published receipts: sorted, once each, the same text for the same round, and found however they are written."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortium.periods import Period
from reviews.counting import Sorted
from reviews.receipt_lists import (
    COUNTED,
    SUPERSEDED,
    VOID,
    ReceiptLists,
    find_receipt,
    lists_text,
    read_lists,
    read_receipt,
    receipt_lists,
    root_of,
)
from reviews.sealing import receipt_of
from tests.reviews.season import OCTOBER, refusal

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
RECEIPTS = st.text(ALPHABET, min_size=20, max_size=20).map(
    lambda letters: "-".join(letters[start : start + 5] for start in range(0, 20, 5))
)


def apart(found: set[str], of: list[int]) -> ReceiptLists:
    """Receipts in the three lists, as the numbers say."""
    lists: list[list[str]] = [[], [], []]
    for receipt, place in zip(sorted(found), of, strict=False):
        lists[place].append(receipt)
    return ReceiptLists("2026-10", *map(tuple, lists))


SEPARATED = st.builds(apart, st.sets(RECEIPTS, max_size=12), st.lists(st.integers(0, 2), min_size=12, max_size=12))
ONCE, FIRST, LAST, BROKEN = (receipt_of(text) for text in ("once", "first", "last", "broken"))
FOUND = Sorted((), tuple(sorted((ONCE, LAST))), (FIRST,), ())
LISTS = receipt_lists(OCTOBER, FOUND)
WITH_VOID = ReceiptLists("2026-10", LISTS.counted, LISTS.superseded, (BROKEN,))


# --- making --------------------------------------------------------------------------------------------------------


def test_lists_of_a_round_are_what_the_count_found():
    assert ReceiptLists("2026-10", tuple(sorted((ONCE, LAST))), (FIRST,), ()) == LISTS
    assert receipt_lists(OCTOBER, Sorted((), LISTS.counted, LISTS.superseded, (BROKEN,))) == WITH_VOID


def test_published_text_names_month_lists_and_numbers():
    first, second = LISTS.counted
    expected = f"tongping receipts 2026-10\ncounted 2\n{first}\n{second}\nsuperseded 1\n{FIRST}\n"
    assert lists_text(LISTS) == expected
    assert lists_text(WITH_VOID) == f"{expected}void 1\n{BROKEN}\n"


def test_lists_of_a_round_without_ballots_are_empty_and_have_a_root():
    empty = receipt_lists(OCTOBER, Sorted((), (), (), ()))
    assert lists_text(empty) == "tongping receipts 2026-10\ncounted 0\nsuperseded 0\n"
    assert len(root_of(empty)) == 64


@pytest.mark.parametrize(
    "lists",
    [
        ((ONCE, ONCE), ()),
        ((ONCE,), (ONCE,)),
        ((ONCE,), (), (ONCE,)),
        ((), (), tuple(sorted((ONCE, LAST), reverse=True))),
        ((), (), ("ABCDE",)),
        (tuple(sorted((ONCE, LAST), reverse=True)), ()),
        ((ONCE.lower(),), ()),
        (("ABCDE-FGHIJ-KLMNO-PQRS1",), ()),
        (("",), ()),
    ],
)
def test_lists_that_are_none_cannot_be_made(lists):
    with pytest.raises(ValueError, match="sorted lists"):
        ReceiptLists("2026-10", *lists)


# --- root ----------------------------------------------------------------------------------------------------------


def test_the_root_is_what_any_tool_finds_for_the_published_text(tmp_path):
    (tmp_path / "receipts.txt").write_text(lists_text(LISTS), "ascii")
    found = subprocess.run(["sha256sum", tmp_path / "receipts.txt"], capture_output=True, text=True, check=True).stdout
    assert found.split()[0] == root_of(LISTS)
    assert root_of(LISTS) == hashlib.sha256((tmp_path / "receipts.txt").read_bytes()).hexdigest()


def test_the_root_changes_with_every_receipt_its_list_and_the_month():
    moved = ReceiptLists("2026-10", tuple(sorted((*LISTS.counted, *LISTS.superseded))), ())
    fewer = ReceiptLists("2026-10", LISTS.counted[1:], LISTS.superseded)
    later = receipt_lists(Period(2026, month=11), FOUND)
    replaced = ReceiptLists("2026-10", LISTS.counted, (), LISTS.superseded)
    assert len({root_of(lists) for lists in (LISTS, moved, fewer, later, WITH_VOID, replaced)}) == 6


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
        PUBLISHED + "void 0\n", PUBLISHED + "superseded 0\n", PUBLISHED + "late 0\n", PUBLISHED + "\n\n",
        "\n".join([*PUBLISHED.split("\n")[:2], *PUBLISHED.split("\n")[3:1:-1], *PUBLISHED.split("\n")[4:]]),
    ],
)  # fmt: skip
def test_a_published_text_that_was_changed_is_refused(changed):
    with refusal("receipt_lists_changed"):
        read_lists(changed)


# --- looking up ----------------------------------------------------------------------------------------------------


def test_a_receipt_is_found_where_it_stands_and_a_stranger_nowhere():
    found = [find_receipt(WITH_VOID, receipt) for receipt in (ONCE, LAST, FIRST, BROKEN)]
    assert found == [COUNTED, COUNTED, SUPERSEDED, VOID]
    assert find_receipt(LISTS, BROKEN) is None
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
