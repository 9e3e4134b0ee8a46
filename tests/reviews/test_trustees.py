"""Shares of a private key: any two of three open it, one opens nothing, and every slip is named for what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations

import pytest
from shamir_mnemonic import generate_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from locales.errors import DomainError, explain
from reviews.sealing import thumbprint
from reviews.trustees import (
    Share,
    is_wrapped,
    key_text,
    read_key_text,
    read_share,
    share_private_key,
    unwrap,
)
from tests.reviews.season import refusal

NAMES = ("陈", "李", "王")
SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def shared(keys):
    return share_private_key(keys[0], trustees=NAMES, wrapping_key=SECRET)


@pytest.fixture(scope="module")
def others(keys):
    """The same pair shared a second time, among the same people: other shares."""
    return share_private_key(keys[0], trustees=NAMES, wrapping_key=SECRET[::-1])


# --- the way there and back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", list(permutations(range(3), 2)))
def test_any_two_of_three_shares_open_the_key(shared, keys, pair):
    key, shares = shared
    assert unwrap(key, [shares[place] for place in pair]) == keys[0]


def test_all_three_shares_open_the_key_too(shared, keys):
    key, shares = shared
    assert unwrap(key, shares) == keys[0]


def test_shares_are_read_back_from_what_was_written_down(shared, keys):
    key, shares = shared
    read = [read_share(read_key_text(key_text(key)), share.words) for share in shares]
    assert read == list(shares)
    assert [share.trustee for share in read] == list(NAMES)
    assert all(len(share.words.split()) == 33 for share in read)


@pytest.mark.parametrize("given", [0, 1])
def test_fewer_than_two_shares_open_nothing(shared, given):
    key, shares = shared
    with refusal("shares_missing", given=given, needed=2):
        unwrap(key, shares[:given])


def test_the_file_holds_no_secret_and_the_shares_hold_no_key(shared, keys):
    key, shares = shared
    secrets = [SECRET.hex(), json.loads(keys[0])["d"][:40], *(share.words for share in shares)]
    for shown in (key_text(key), repr(key), *(repr(share) for share in shares)):
        assert not [secret for secret in secrets if secret in shown]


def test_the_key_is_wrapped_under_another_nonce_and_shared_in_other_words_each_time(keys, shared):
    key, shares = share_private_key(keys[0], trustees=NAMES, wrapping_key=SECRET)
    assert key.wrapped != shared[0].wrapped
    assert not {share.words for share in shares} & {share.words for share in shared[1]}


# --- how people write ----------------------------------------------------------------------------------------------


def numbered(words: str) -> str:
    return "\n".join(f"{place}. {word}" for place, word in enumerate(words.split(), start=1))


@pytest.mark.parametrize(
    "written",
    [
        str.upper,
        str.title,
        numbered,
        lambda words: words.replace(" ", ",\n\t"),
        lambda words: " ".join(word[:4] for word in words.split()),
        lambda words: f"# 互评密钥份额 1 / 3，保管人：陈\n  # key of the round\n{words}\n",
        lambda words: "".join(chr(ord(letter) + 0xFEE0) if letter != " " else "　" for letter in words),
        lambda words: "\ufeff" + words.replace(" ", "\r\n"),
    ],
)
def test_a_share_is_taken_in_any_case_and_layout(shared, written):
    key, shares = shared
    assert read_share(key, written(shares[0].words)) == shares[0]


@pytest.mark.parametrize(("change", "given"), [(lambda w: w[:-1], 32), (lambda w: [*w, w[0]], 34), (lambda w: [], 0)])
def test_a_share_of_another_length_is_told_its_number_of_words(shared, change, given):
    key, shares = shared
    with refusal("share_words", given=given, needed=33):
        read_share(key, " ".join(change(shares[0].words.split())))


@pytest.mark.parametrize("place", [1, 17, 33])
def test_a_word_that_is_none_is_named_by_its_place_alone(shared, place):
    key, shares = shared
    words = shares[0].words.split()
    words[place - 1] = "acadmic"
    with refusal("share_word_unknown", place=place):
        read_share(key, " ".join(words))


def test_a_wrong_word_of_the_list_is_found_wherever_it_stands(shared):
    key, shares = shared
    words = shares[1].words.split()
    for place in range(33):
        other = WORDLIST[(WORDLIST.index(words[place]) + 1) % len(WORDLIST)]
        with refusal("share_mistyped"):
            read_share(key, " ".join([*words[:place], other, *words[place + 1 :]]))


def test_two_words_exchanged_are_found(shared):
    key, shares = shared
    words = shares[2].words.split()
    words[10], words[11] = words[11], words[10]
    with refusal("share_mistyped"):
        read_share(key, " ".join(words))


def test_a_refusal_repeats_no_word_of_the_share(shared):
    key, shares = shared
    words = shares[0].words.split()
    for wrong in ([*words[:-1], "zzzz"], [*words[:-2], words[-1], words[-2]], words[:-1]):
        with pytest.raises(DomainError) as caught:
            read_share(key, " ".join(wrong))
        told = explain("en", caught.value) + repr(caught.value.details)
        assert not [word for word in words if word in told]
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


# --- shares that do not belong -------------------------------------------------------------------------------------


def test_the_same_share_twice_is_one_share(shared):
    key, shares = shared
    with refusal("share_twice", trustee="李"):
        unwrap(key, [shares[1], shares[1]])


def test_a_share_of_another_key_is_foreign(shared, others):
    with refusal("share_foreign", trustees="陈, 李, 王"):
        read_share(shared[0], others[1][0].words)


@pytest.mark.parametrize("groups", [[(3, 5)], [(1, 1)], [(2, 5)]])
def test_a_share_of_another_scheme_is_foreign_even_if_it_is_numbered_alike(shared, groups, monkeypatch):
    key, _ = shared
    monkeypatch.setattr("shamir_mnemonic.shamir._random_identifier", lambda: key.identifier)
    foreign = generate_mnemonics(1, groups, SECRET, iteration_exponent=0)[0][-1]
    with refusal("share_foreign", trustees="陈, 李, 王"):
        read_share(key, foreign)


def test_shares_that_agree_with_each_other_but_not_with_the_key_open_nothing(shared, others):
    key, _ = shared
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(key, others[1][:2])


def test_a_forged_share_that_checks_out_by_itself_opens_nothing(shared, others, monkeypatch):
    key, shares = shared
    monkeypatch.setattr("shamir_mnemonic.shamir._random_identifier", lambda: key.identifier)
    forged = generate_mnemonics(1, [(2, 3)], b"\xff" * 32, iteration_exponent=0)[0][1]
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(key, [shares[0], read_share(key, forged)])


def test_a_changed_file_opens_nothing(shared, others):
    key, shares = shared
    first, middle, end = key.wrapped[:60], key.wrapped[60], key.wrapped[61:]
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(replace(key, wrapped=first + ("A" if middle != "A" else "B") + end), shares[:2])
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(replace(key, wrapped=others[0].wrapped), shares[:2])
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(replace(key, thumbprint="another"), shares[:2])


def test_words_that_make_no_share_at_all_open_nothing(shared):
    key, shares = shared
    with refusal("shares_wrong", one="陈", other="李"):
        unwrap(key, [shares[0], Share(2, "李", "academic " * 33)])


# --- making and reading --------------------------------------------------------------------------------------------


def test_the_file_names_its_trustees_and_its_pair(shared, keys):
    key, _ = shared
    document = json.loads(key_text(key))
    assert document["trustees"] == list(NAMES)
    assert document["thumbprint"] == thumbprint(keys[1])
    assert read_key_text(key_text(key)) == key
    assert is_wrapped(key_text(key))
    assert not is_wrapped(keys[0])


@pytest.mark.parametrize("text", ["", "null", "[]", "no key", '"x"', "[" * 100_000])
def test_what_is_no_wrapped_key_is_refused(text):
    assert not is_wrapped(text)
    with refusal("wrapped_key_invalid"):
        read_key_text(text)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "x"}, {"trustees": ["陈", "李"]}, {"trustees": "陈李王"}, {"trustees": [1, 2, 3]}, {"shares": "7"},
        {"shares": True}, {"shares_needed": 1}, {"thumbprint": None}, {"wrapped": 3},
    ],
)  # fmt: skip
def test_a_wrapped_key_with_a_wrong_field_is_refused(shared, change):
    document = json.loads(key_text(shared[0]))
    with refusal("wrapped_key_invalid"):
        read_key_text(json.dumps(document | change))
    for name in change:
        with refusal("wrapped_key_invalid"):
            read_key_text(json.dumps({key: value for key, value in document.items() if key != name}))


@pytest.mark.parametrize("names", [(), ("陈",), ("陈", "李"), ("陈", "李", "王", "赵")])
def test_trustees_are_three(keys, names):
    with refusal("trustees_number", given=len(names), needed=3):
        share_private_key(keys[0], trustees=names, wrapping_key=SECRET)


def test_trustees_are_three_different_people_with_names(keys):
    with refusal("trustee_twice", trustee="陈"):
        share_private_key(keys[0], trustees=("陈", "李", " 陈 "), wrapping_key=SECRET)
    for name in ("", "  ", "陈\n李", "x" * 81):
        with refusal("trustee_name", limit=80):
            share_private_key(keys[0], trustees=("陈", "李", name), wrapping_key=SECRET)


def test_only_a_private_key_can_be_shared(keys):
    with refusal("review_key_invalid"):
        share_private_key(keys[1], trustees=NAMES, wrapping_key=SECRET)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_the_wrapping_key_has_256_bits(keys, length):
    with pytest.raises(ValueError, match="32 bytes"):
        share_private_key(keys[0], trustees=NAMES, wrapping_key=SECRET[:1] * length)
