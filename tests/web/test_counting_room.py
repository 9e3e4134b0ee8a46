"""Shares in memory: two people, two shares, a quarter of an hour, one count."""

from __future__ import annotations

import pytest

from locales.errors import DomainError, explain
from reviews.trustees import Share, WrappedKey
from web.counting_room import LIFETIME, CountingRoom

KEY = WrappedKey("thumb", ("何敏", "罗秀兰", "唐志强"), 7, "wrapped")
ONE, TWO, THREE = (Share(place, name, f"words of {name}") for place, name in enumerate(KEY.trustees, start=1))
MONTH = "2026-10"


@pytest.fixture
def room():
    return CountingRoom()


def refused(code, act, *arguments):
    with pytest.raises(DomainError) as caught:
        act(*arguments)
    assert caught.value.code == code
    sentences = [explain(language, caught.value) for language in ("zh", "en")]
    assert all("{" not in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]


def people(room, moment=0.0, period=MONTH):
    return [each.person for each in room.given(period, moment)]


def test_two_people_give_two_shares_and_either_of_them_begins(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 1)
    assert people(room, 2) == ["he", "luo"]
    assert room.begin(MONTH, "he", 2) == (ONE, TWO)
    assert people(room, 2) == []
    under_way = room.count(MONTH)
    assert (under_way.people, under_way.runs, under_way.outcome) == (("he", "luo"), True, None)


def test_who_began_stands_first(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 1)
    room.begin(MONTH, "luo", 2)
    assert room.count(MONTH).people == ("luo", "he")


def test_one_person_never_gives_two_shares(room):
    room.give(MONTH, "he", ONE, 0)
    refused("share_given", room.give, MONTH, "he", TWO, 1)
    refused("share_given", room.give, MONTH, "he", ONE, 1)
    assert people(room, 1) == ["he"]


def test_two_people_never_give_the_same_share(room):
    room.give(MONTH, "he", ONE, 0)
    refused("share_twice", room.give, MONTH, "luo", ONE, 1)
    assert people(room, 1) == ["he"]


def test_a_third_share_is_not_taken(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 0)
    refused("shares_complete", room.give, MONTH, "tang", THREE, 1)


def test_nobody_begins_with_one_share_nor_without_having_given_one(room):
    refused("count_shares_missing", room.begin, MONTH, "he", 0)
    room.give(MONTH, "he", ONE, 0)
    refused("count_shares_missing", room.begin, MONTH, "he", 1)
    room.give(MONTH, "luo", TWO, 1)
    refused("share_not_given", room.begin, MONTH, "tang", 2)
    assert people(room, 2) == ["he", "luo"]


def test_shares_of_another_round_do_not_help(room):
    room.give("2026-09", "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 0)
    refused("count_shares_missing", room.begin, MONTH, "luo", 1)


def test_a_share_taken_back_is_gone_and_may_be_given_again(room):
    room.give(MONTH, "he", ONE, 0)
    assert room.take_back(MONTH, "he") is True
    assert room.take_back(MONTH, "he") is False
    assert people(room) == []
    room.give(MONTH, "he", ONE, 1)
    assert people(room, 1) == ["he"]


def test_nobody_takes_back_what_another_gave(room):
    room.give(MONTH, "he", ONE, 0)
    assert room.take_back(MONTH, "luo") is False
    assert people(room) == ["he"]


def test_each_share_is_forgotten_after_its_own_quarter_of_an_hour(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 100)
    assert people(room, LIFETIME - 0.001) == ["he", "luo"]
    assert people(room, LIFETIME) == ["luo"]
    refused("count_shares_missing", room.begin, MONTH, "luo", LIFETIME + 1)
    room.forget(LIFETIME + 100)
    assert "words of" not in held_in(room)


def test_what_is_too_old_goes_though_nobody_asks_for_it(room):
    room.give(MONTH, "he", ONE, 0)
    room.bring_key(MONTH, KEY, 0)
    room.forget(LIFETIME)
    assert (room._tables[MONTH].given, room._tables[MONTH].key) == ({}, None)


def test_nothing_is_taken_while_a_count_runs_and_nothing_of_it_is_kept(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 0)
    room.bring_key(MONTH, KEY, 0)
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 0)
    room.begin(MONTH, "luo", 1)
    refused("count_under_way", room.give, MONTH, "tang", THREE, 2)
    refused("count_under_way", room.begin, MONTH, "he", 2)
    refused("count_under_way", room.begin_alone, MONTH, "he", 2)
    refused("count_under_way", room.bring_key, MONTH, KEY, 2)
    assert room.key(MONTH, 2) is None
    assert "words of" not in held_in(room)


def test_after_a_count_that_failed_both_give_their_shares_anew(room):
    room.give(MONTH, "he", ONE, 0)
    room.give(MONTH, "luo", TWO, 0)
    room.begin(MONTH, "he", 1)
    room.count(MONTH).outcome = "shares_wrong"
    refused("count_shares_missing", room.begin, MONTH, "he", 2)
    room.give(MONTH, "he", ONE, 3)
    room.give(MONTH, "tang", THREE, 3)
    assert room.begin(MONTH, "tang", 4) == (ONE, THREE)


def test_another_key_drops_the_shares_that_were_read_with_the_one_before(room):
    room.bring_key(MONTH, KEY, 0)
    room.give(MONTH, "he", ONE, 0)
    room.bring_key(MONTH, KEY, 1)
    assert people(room, 1) == ["he"]
    room.bring_key(MONTH, WrappedKey("thumb", KEY.trustees, 8, "another"), 2)
    assert people(room, 2) == []


def test_a_key_is_forgotten_like_a_share(room):
    room.bring_key(MONTH, KEY, 0)
    assert room.key(MONTH, LIFETIME - 1) == KEY
    assert room.key(MONTH, LIFETIME) is None


def held_in(room):
    """All that a dump of the room's own objects would show."""
    return " ".join(
        share.words for table in room._tables.values() for each in table.given.values() for share in [each.share]
    ) + repr(room._tables)


def test_no_representation_shows_a_word(room):
    room.give(MONTH, "he", ONE, 0)
    room.bring_key(MONTH, KEY, 0)
    room.give(MONTH, "he", ONE, 0)
    shown = repr(room.given(MONTH, 1)) + repr(room._tables) + repr(room)
    assert "words of" not in shown
    assert "wrapped'" not in shown
