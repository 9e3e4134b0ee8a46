"""A representative's story: bound by a link, scoring blind, replaced; and no marks anywhere but in the sealed ballots."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.journeys.ballot_walk import (
    BALLOTS,
    LIST,
    NO_DEALINGS,
    SEND,
    casts,
    casts_of,
    has_no_marks,
    marks_unit,
)
from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.small_consortium import LI, Member, Wishes
from tests.journeys.survey_walk import chooses
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey
WISHES = Wishes(periods=("2026-10",))
SUN = Member("sun", "孙强", ("representative",), ("jia",))


@pytest.fixture
def house(found: Founder, telegram: TelegramDouble) -> Installation:
    """The round of October is open, and the server runs."""
    house = found(telegram, wishes=WISHES, CLOCK="2026-10-22T10:00:00+08:00")
    house.does("review", "open-round", "2026-10", "--cooperation", "configuration/cooperation.csv")
    return house.serves()


def test_representatives_score_blind_and_one_is_replaced(house: Installation, telegram: TelegramDouble) -> None:
    li, wang = telegram.person(4001, "Li Min"), telegram.person(4002, "Wang Fang", "en")
    house.binds(li=li, wang=wang)

    tasks = chooses(li, BALLOTS)
    assert "已评 0 家，共 6 家" in tasks.text
    assert tasks.labels[:6] == ("二院", "社区中心", "城东医院", "柳荫中心", "石桥中心", "南山中心")
    review = marks_unit(li, "二院", "34512")
    assert [line[-3:] for line in review.text.splitlines() if "：" in line][:6][-5:] == [
        f"{mark} 分" for mark in "34512"
    ]
    third = chooses(li, "3")
    assert "✓ 5" in third.labels
    review = chooses(li, "2")
    assert "：2 分" in review.text
    li.taps(SEND, message=review)
    li.taps(SEND, message=review)  # a double tap
    first_receipt = li.waits_for("对 二院 的评分已密封").text
    li.waits_for_toast("这张评分票已经提交过了")
    li.waits_until_taps_are_answered()
    assert casts_of(house, "jia") == {"yi": 1}

    li.opens("/start")
    li.waits_for("请选择：")
    tasks = chooses(li, BALLOTS)
    assert ("已评 1 家，共 6 家" in tasks.text, "✓ 二院" in tasks.labels) == (True, True)
    second_receipt = casts(li, "社区中心", "55143")
    assert second_receipt not in first_receipt
    following = li.waits_for("评 城东医院")  # the next unit comes by itself
    assert "第 1 项，共 5 项" in following.text
    none = chooses(li, NO_DEALINGS)
    assert "本月没有往来，不打分" in none.text
    chooses(li, SEND)
    assert casts_of(house, "jia") == {"yi": 1, "bing": 1, "ding": 1}

    chooses(wang, "Score other units")
    assert "People's Hospital" in wang.last_message().labels
    chooses(wang, "People's Hospital", *"24134")
    chooses(wang, "Send")
    assert casts_of(house, "yi") == {"jia": 1}

    _li_is_replaced_by_sun(house, telegram, li)

    house.does("review", "close-round", "2026-10")
    counted = json.loads(house.does("review", "count", "2026-10", "--json").out)
    assert counted["ballots"] == 5  # jia for yi, bing (replaced), ding, wu; yi for jia
    assert house.rows("select count(*) from sqlite_master where name like 'ballots%'") == [(0,)]
    assert house.rows("select count(*) from peer_result where score is not null") == [(0,)]  # fewer than five raters
    has_no_marks(house, telegram, "34512", "34212", "55143", "24134", "41332", "53221")
    for receipt in (second_receipt, first_receipt.partition("回执：")[2].splitlines()[0]):
        found = json.loads(house.does("review", "receipt", receipt, "--json").out)
        assert (found["period"], found["standing"]) in {("2026-10", "counted"), ("2026-10", "superseded")}
        assert receipt not in house.logs
    house.stops()
    house.is_sound()


def _li_is_replaced_by_sun(house: Installation, telegram: TelegramDouble, li: Person) -> None:
    """Li's buttons die at once, the unit's ballots stay, and Sun may replace one of them."""
    has_no_marks(house, telegram, "34512", "34212", "55143", "24134")  # while the sealed ballots lie there
    li.opens("/start")
    li.waits_for("请选择：")
    tasks = chooses(li, BALLOTS)
    house.is_applied(replace(WISHES, people=(*WISHES.without(LI).people, SUN)))
    li.taps("柳荫中心", message=tasks)
    li.waits_for_toast("您现在的角色不能做这件事")
    li.waits_until_taps_are_answered()
    assert casts_of(house, "jia") == {"yi": 1, "bing": 1, "ding": 1}
    sun = telegram.person(4003, "Sun Qiang")
    house.binds(sun=sun)
    tasks = chooses(sun, BALLOTS)
    assert "已评 3 家，共 6 家" in tasks.text
    assert {"✓ 二院", "✓ 社区中心", "✓ 城东医院"} <= set(tasks.labels)
    again = marks_unit(sun, "社区中心", "41332")
    assert "重新提交，以最新一次为准" in again.text
    chooses(sun, SEND)
    casts_before = casts_of(house, "jia")
    assert casts_before == {"yi": 1, "bing": 2, "ding": 1}
    sun.waits_for("评 柳荫中心")
    chooses(sun, LIST)
    casts(sun, "柳荫中心", "53221")
    assert casts_of(house, "jia") == casts_before | {"wu": 1}


def test_strangers_patients_and_old_representatives_score_nothing(
    house: Installation, telegram: TelegramDouble
) -> None:
    """What a representative's button carries is worthless in another chat, and cannot be made up."""
    li = telegram.person(4011, "Li Min")
    house.binds(li=li)
    tasks = chooses(li, BALLOTS)
    data = next(button["callback_data"] for button in tasks.buttons if button["text"] == "二院")
    mallory = telegram.person(4012, "Mallory")
    mallory.opens("/start")
    hello = mallory.waits_for("您好！这里是医联体的评价机器人")
    for forged in (data, "b:x:1:55555:0:AAAAAAAAAAA", "b:x:1:55555:0", "b:m:1:5____:" + data[-11:], "\u0000", "b" * 64):
        mallory.taps_data(forged, hello)
    mallory.waits_until_taps_are_answered()
    assert set(mallory.toasts) == {"这个按钮已经失效，请发送 /start 重新打开菜单。"}
    assert house.rows("select count(*) from ballots_2026_10") == [(0,)]

    [link] = house.links_for("wang")
    wang = telegram.person(4013, "Wang Fang", "en")
    wang.opens(link)
    wang.waits_for("王芳")
    mallory.opens(link)
    mallory.waits_for("这个链接已经用过")
    house.stops()
    house.is_sound()
