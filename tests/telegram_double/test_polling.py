"""How updates reach a bot that polls, and what people do to make them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.telegram_double import Stall, TelegramDouble, malformed
from tests.telegram_double.conftest import Api

MEI, LI, GROUP = 1001, 1002, -5001
OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def wait_for_pollers(tg: TelegramDouble, number: int) -> None:
    tg.until(lambda: tg.world.polls >= number, what=f"{number} waiting pollers")


# polling


def test_updates_come_again_until_confirmed(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    for text in ("1", "2", "3"):
        mei.sends(text)
    updates = api.result("getUpdates")
    assert texts(updates) == texts(api.result("getUpdates")) == ["1", "2", "3"]
    assert texts(api.result("getUpdates", limit=2)) == ["1", "2"]
    assert texts(api.result("getUpdates", offset=updates[1]["update_id"] + 1)) == ["3"]
    assert api.result("getUpdates", offset=updates[2]["update_id"] + 1) == []
    assert tg.pending_updates == 0


def test_a_long_poll_returns_with_the_first_update(tg: TelegramDouble, api: Api, pool: ThreadPoolExecutor) -> None:
    poll = pool.submit(api.result, "getUpdates", timeout=30)
    wait_for_pollers(tg, 1)
    tg.person(MEI, "Mei").sends("好")
    assert texts(poll.result(10)) == ["好"]


def test_a_long_poll_returns_empty_after_its_time(api: Api) -> None:
    assert api.result("getUpdates", timeout=1) == []


def test_the_older_of_two_pollers_is_sent_away(tg: TelegramDouble, api: Api, pool: ThreadPoolExecutor) -> None:
    older = pool.submit(api, "getUpdates", timeout=30)
    wait_for_pollers(tg, 1)
    newer = pool.submit(api.result, "getUpdates", timeout=30)
    assert older.result(10) == {"ok": False, "error_code": 409, "description": OTHER}
    wait_for_pollers(tg, 2)
    tg.person(MEI, "Mei").sends("好")
    assert texts(newer.result(10)) == ["好"]


def test_a_poller_that_died_is_in_nobodys_way(tg: TelegramDouble, api: Api, pool: ThreadPoolExecutor) -> None:
    dead = socket.create_connection(("127.0.0.1", int(tg.url.rpartition(":")[2])))
    dead.sendall(f"GET /bot{tg.token}/getUpdates?timeout=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    wait_for_pollers(tg, 1)
    dead.close()
    poll = pool.submit(api.result, "getUpdates", timeout=30)
    wait_for_pollers(tg, 2)
    tg.person(MEI, "Mei").sends("好")
    assert texts(poll.result(10)) == ["好"]


def test_a_webhook_ends_polling_and_forbids_it(tg: TelegramDouble, api: Api, pool: ThreadPoolExecutor) -> None:
    poll = pool.submit(api.refusal, "getUpdates", timeout=30)
    wait_for_pollers(tg, 1)
    assert api.result("setWebhook", url="http://127.0.0.1:9/hook") is True
    assert poll.result(10) == "Conflict: terminated by setWebhook request"
    assert api("getUpdates") == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    }
    assert api.result("deleteWebhook") is True
    assert api.result("getUpdates") == []


def test_only_wanted_kinds_are_born(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    mei.sends("1")
    kept = api.result("getUpdates", allowed_updates=["my_chat_member"])
    assert texts(kept) == ["1"]  # it was born before the wish
    assert mei.sends("2") == {}
    mei.blocks_bot()
    assert [list(update)[1] for update in api.result("getUpdates")] == ["message", "my_chat_member"]


def test_held_updates_come_in_one_shuffled_batch_of_copies(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    with tg.held_updates(copies=3, shuffle_seed=5):
        for number in range(4):
            mei.sends(str(number))
        assert api.result("getUpdates") == []
    got = texts(api.result("getUpdates"))
    assert sorted(got) == sorted("012" * 3 + "3" * 3)
    assert got != sorted(got)
    assert len({update["update_id"] for update in api.result("getUpdates")}) == 4


def test_an_update_comes_again_though_it_was_confirmed(tg: TelegramDouble, api: Api) -> None:
    update = tg.person(MEI, "Mei").sends("1")
    after = update["update_id"] + 1
    assert api.result("getUpdates", offset=after) == []
    tg.repeats(update, times=2)
    assert api.result("getUpdates", offset=after) == [update, update]
    assert api.result("getUpdates", offset=after) == []


def test_malformed_updates_travel_as_they_are(tg: TelegramDouble, api: Api) -> None:
    bodies = malformed.every_kind(MEI)
    for body in bodies:
        tg.inject(body)
    got = api.result("getUpdates")
    assert [{key: value for key, value in update.items() if key != "update_id"} for update in got] == bodies
    raw = api.client.get(f"{tg.url}/bot{tg.token}/getUpdates").text
    assert "\\ud83d\\u4e86" in raw


def test_an_update_may_carry_any_id(tg: TelegramDouble, api: Api) -> None:
    tg.inject({"update_id": 5, "message": {}})
    assert [update["update_id"] for update in api.result("getUpdates")] == [5]


# what people do


def test_groups_show_the_bot_only_what_concerns_it(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    joined = chen.adds_bot_to(group)["my_chat_member"]
    assert (joined["old_chat_member"]["status"], joined["new_chat_member"]["status"]) == ("left", "member")
    assert chen.sends_in(group, "大家好") == {}
    assert chen.sends_in(group, "@tongping_bot 你好")["message"]["text"] == "@tongping_bot 你好"
    assert chen.sends_in(group, "/help")["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    left = chen.removes_bot_from(group)["my_chat_member"]
    assert (left["old_chat_member"]["status"], left["new_chat_member"]["status"]) == ("member", "kicked")
    assert chen.sends_in(group, "/help") == {}
    shown = [update for update in api.result("getUpdates") if "message" in update]
    assert shown[0]["message"]["new_chat_members"][0]["id"] == tg.bot.id


def test_an_upgrade_is_told_in_both_chats(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    group.upgrades(chen)
    old, new = [update["message"] for update in api.result("getUpdates")[-2:]]
    assert (old["chat"]["id"], old["chat"]["type"], old["migrate_to_chat_id"]) == (GROUP, "group", group.id)
    assert (new["chat"]["id"], new["chat"]["type"], new["migrate_from_chat_id"]) == (group.id, "supergroup", GROUP)


def test_a_person_may_send_anything_and_correct_it(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei", "en")
    mei.sends_other("sticker", sticker={"emoji": "👍"})
    mei.sends("1")
    mei.corrects("2")
    sticker, text, edited = api.result("getUpdates")
    assert sticker["message"]["sticker"] == {"emoji": "👍"}
    assert sticker["message"]["from"]["language_code"] == "en"
    assert (text["message"]["text"], edited["edited_message"]["text"]) == ("1", "2")
    assert edited["edited_message"]["message_id"] == text["message"]["message_id"]


def test_a_tap_shows_the_message_as_it_reads_now(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    mei.opens("/start")
    keys = {"inline_keyboard": [[{"text": "很好", "callback_data": "a"}, {"text": "好", "callback_data": "b"}]]}
    sent = api.result("sendMessage", chat_id=MEI, text="1", reply_markup=keys)
    query = mei.taps("好")["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("b", MEI, sent["message_id"])
    assert query["message"]["reply_markup"] == keys
    api.result("deleteMessage", chat_id=MEI, message_id=sent["message_id"])
    forged = mei.taps_data("x" * 99, tg.delivered(MEI)[0])["callback_query"]
    assert (forged["data"], forged["message"]["date"]) == ("x" * 99, 0)


# the end


def test_stopping_ends_every_wait(pool: ThreadPoolExecutor) -> None:
    import httpx

    tg = TelegramDouble()
    with tg, httpx.Client(trust_env=False, verify=False) as client:
        api = Api(client, tg.url, tg.token)
        poll = pool.submit(api.result, "getUpdates", timeout=50)
        wait_for_pollers(tg, 1)
        script = tg.fails("getMe", Stall(50))
        stalled = pool.submit(api.result, "getMe")
        tg.until(lambda: script.fired, what="the stall")
        tg.stop()
        assert poll.result(5) == []
        assert stalled.result(5)["id"] == tg.bot.id
