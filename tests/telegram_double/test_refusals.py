"""What the server refuses, at the door: every sentence as Telegram says it, and nothing done."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.telegram_double import Limits, TelegramDouble
from tests.telegram_double.conftest import PIXEL, Api

MEI, LI, GROUP = 1001, 1002, -5001


def started(tg: TelegramDouble) -> None:
    tg.person(MEI, "Mei").opens("/start")


def buttons(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in pairs]]}


def sent(api: Api, **extra: Any) -> int:
    return int(api.result("sendMessage", chat_id=MEI, text="第 1 题", **extra)["message_id"])


# the envelope


def test_a_wrong_token_is_401(tg: TelegramDouble, api: Api) -> None:
    wrong = Api(api.client, api.root, "1:wrong")
    assert wrong("getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert tg.calls == []


def test_an_unknown_method_is_404_and_noted(tg: TelegramDouble, api: Api) -> None:
    assert api.refusal("sendThought") == "Not Found: method not found"
    assert [(call.method, call.code) for call in tg.calls] == [("sendThought", 404)]


def test_any_other_path_is_404(tg: TelegramDouble, api: Api) -> None:
    answer = api.client.get(f"{tg.url}/elsewhere")
    assert (answer.status_code, answer.json()["description"]) == (404, "Not Found")


def test_methods_come_by_get_form_json_and_in_any_case(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    root = f"{tg.url}/bot{tg.token}"
    answers = [
        api.client.get(f"{root}/sendmessage", params={"chat_id": MEI, "text": "1"}),
        api.client.post(f"{root}/sendMessage", data={"chat_id": str(MEI), "text": "2"}),
        api.client.post(f"{root}/SENDMESSAGE", json={"chat_id": str(MEI), "text": "3", "reply_markup": "{}"}),
        api.client.post(f"{root}/sendMessage", params={"chat_id": MEI}, files={"text": (None, "4")}),
    ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["1", "2", "3", "4"]
    assert [message.text for message in tg.delivered(MEI)] == ["1", "2", "3", "4"]


def test_a_body_that_is_no_object_is_refused(tg: TelegramDouble, api: Api) -> None:
    for content in (b"{", b"[]"):
        answer = api.client.post(
            f"{tg.url}/bot{tg.token}/getMe", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400


# texts


@pytest.mark.parametrize("text", ["", " \n", "<b> </b>"])
def test_an_empty_text_is_refused(tg: TelegramDouble, api: Api, text: str) -> None:
    started(tg)
    sentence = api.refusal("sendMessage", chat_id=MEI, text=text, parse_mode="HTML")
    assert sentence == "Bad Request: message text is empty"
    assert tg.delivered(MEI) == []


def test_a_text_has_4096_utf16_units_after_entities(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    assert api("sendMessage", chat_id=MEI, text=f"<b>{'好' * 4096}</b>", parse_mode="HTML")["ok"]
    assert api("sendMessage", chat_id=MEI, text="&amp;" * 4096, parse_mode="HTML")["ok"]
    assert api("sendMessage", chat_id=MEI, text="👍" * 2048)["ok"]
    for text in ("好" * 4097, "👍" * 2048 + "x"):
        assert api.refusal("sendMessage", chat_id=MEI, text=text) == "Bad Request: message is too long"


def test_a_caption_has_1024_units(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    assert api.upload("sendPhoto", "photo", PIXEL, chat_id=str(MEI), caption="好" * 1024)["ok"]
    refused = api.upload("sendPhoto", "photo", PIXEL, chat_id=str(MEI), caption="好" * 1025)
    assert refused["description"] == "Bad Request: message caption is too long"


def test_bad_html_sends_nothing(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    sentence = api.refusal("sendMessage", chat_id=MEI, text="<b>x", parse_mode="HTML")
    assert sentence == "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    assert tg.delivered(MEI) == []


def test_bad_buttons_send_nothing(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    long = buttons(("x", "好" * 22))
    assert api.refusal("sendMessage", chat_id=MEI, text="x", reply_markup=long) == "Bad Request: BUTTON_DATA_INVALID"
    broken = api.refusal("sendMessage", chat_id=MEI, text="x", reply_markup="{")
    assert broken == "Bad Request: can't parse reply markup JSON object"
    assert tg.delivered(MEI) == []


# who may be written to


def test_nobody_is_written_to_before_they_wrote(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    sentence = "Forbidden: bot can't initiate conversation with a user"
    assert api.refusal("sendMessage", chat_id=MEI, text="x") == sentence
    mei.opens("/start")
    assert api("sendMessage", chat_id=MEI, text="x")["ok"]


def test_a_blocked_bot_is_told_so_until_it_is_unblocked(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    mei.opens("/start")
    mei.blocks_bot()
    assert api.refusal("sendMessage", chat_id=MEI, text="x") == "Forbidden: bot was blocked by the user"
    assert api.refusal("sendChatAction", chat_id=MEI, action="typing") == "Forbidden: bot was blocked by the user"
    mei.unblocks_bot()
    assert api("sendMessage", chat_id=MEI, text="x")["ok"]
    mei.deletes_account()
    assert api.refusal("sendMessage", chat_id=MEI, text="x") == "Forbidden: user is deactivated"


@pytest.mark.parametrize("chat", [4711, -4711, "@nobody", "x", GROUP])
def test_an_unknown_chat_is_not_found(tg: TelegramDouble, api: Api, chat: int | str) -> None:
    tg.group(GROUP, "甲")
    assert api.refusal("sendMessage", chat_id=chat, text="x") == "Bad Request: chat not found"


def test_a_missing_chat_is_named(tg: TelegramDouble, api: Api) -> None:
    assert api.refusal("sendMessage", text="x") == "Bad Request: chat_id is empty"


def test_a_group_that_removed_the_bot_refuses_it(tg: TelegramDouble, api: Api) -> None:
    chen, small, large = tg.person(LI, "Chen"), tg.group(GROUP, "甲"), tg.group(-1_000_000_000_777, "乙")
    for group in (small, large):
        chen.adds_bot_to(group)
        assert api("sendMessage", chat_id=group.id, text="x")["ok"]
        chen.removes_bot_from(group)
    assert api.refusal("sendMessage", chat_id=small.id, text="x") == "Forbidden: bot was kicked from the group chat"
    refused = api.refusal("sendMessage", chat_id=large.id, text="x")
    assert refused == "Forbidden: bot was kicked from the supergroup chat"


def test_a_group_that_was_left_refuses_the_bot(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    assert api.result("leaveChat", chat_id=GROUP) is True
    refused = api.refusal("sendMessage", chat_id=GROUP, text="x")
    assert refused == "Forbidden: bot is not a member of the group chat"


def test_an_upgraded_group_names_its_new_id(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    group.upgrades(chen)
    assert api("sendMessage", chat_id=GROUP, text="x") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": group.id},
    }
    assert (group.old_id, group.id) == (GROUP, -1_000_000_005_001)
    assert api("sendMessage", chat_id=group.id, text="x")["ok"]


# the rest


def test_replies_need_what_they_reply_to(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    number = sent(api)
    replied = api.result("sendMessage", chat_id=MEI, text="x", reply_parameters={"message_id": number})
    assert replied["reply_to_message"]["message_id"] == number
    refused = api.refusal("sendMessage", chat_id=MEI, text="x", reply_parameters={"message_id": 999})
    assert refused == "Bad Request: message to be replied not found"
    assert api.refusal("sendMessage", chat_id=MEI, text="x", reply_parameters=[1]).startswith("Bad Request: object")
    lenient = {"message_id": 999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in api.result("sendMessage", chat_id=MEI, text="x", reply_parameters=lenient)


def test_commands_are_checked_and_kept_by_scope_and_language(tg: TelegramDouble, api: Api) -> None:
    commands = [{"command": "help", "description": "帮助"}]
    assert api.result("setMyCommands", commands=commands, language_code="zh") is True
    assert api.result("getMyCommands", language_code="zh") == commands
    assert api.result("getMyCommands") == []
    assert api.result("deleteMyCommands", language_code="zh") is True
    assert api.result("getMyCommands", language_code="zh") == []
    bad = [{"command": "帮助", "description": "x"}]
    assert api.refusal("setMyCommands", commands=bad) == "Bad Request: BOT_COMMAND_INVALID"
    bad = [{"command": "help", "description": ""}]
    assert api.refusal("setMyCommands", commands=bad) == "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"


def test_chats_and_members_can_be_looked_up(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    assert api.result("getChat", chat_id=GROUP)["title"] == "甲"
    assert api.result("getChatMember", chat_id=GROUP, user_id=tg.bot.id)["status"] == "member"
    assert api.result("getChatMember", chat_id=GROUP, user_id=LI)["user"]["first_name"] == "Chen"
    refused = api.refusal("getChatMember", chat_id=GROUP, user_id=4711)
    assert refused == "Bad Request: PARTICIPANT_ID_INVALID"
    assert api.refusal("sendChatAction", chat_id=GROUP, action="dance").startswith("Bad Request: wrong parameter")


def test_supergroups_count_their_messages_for_themselves(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    chen, group = tg.person(LI, "Chen"), tg.group(-1_000_000_000_777, "乙")
    chen.adds_bot_to(group)
    private = sent(api)
    large = api.result("sendMessage", chat_id=group.id, text="x")["message_id"]
    assert (private, large) == (102, 2)


# flood control


def test_flood_is_refused_with_the_time_to_wait() -> None:
    now = [1_000_000.0]
    with (
        TelegramDouble(limits=Limits(), clock=lambda: now[0]) as tg,
        httpx.Client(trust_env=False, verify=False) as client,
    ):
        api = Api(client, tg.url, tg.token)
        started(tg)
        chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
        chen.adds_bot_to(group)
        assert api("sendMessage", chat_id=MEI, text="1")["ok"]
        assert api("sendMessage", chat_id=MEI, text="2") == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        assert [api("sendMessage", chat_id=GROUP, text=str(n))["ok"] for n in range(21)] == [True] * 20 + [False]
        now[0] += 1
        assert api("sendMessage", chat_id=MEI, text="3")["ok"]
        assert api("sendMessage", chat_id=GROUP, text="x")["parameters"] == {"retry_after": 59}
        assert [message.text for message in tg.delivered(MEI)] == ["1", "3"]
        assert len(tg.delivered(GROUP)) == 20


def test_a_refused_message_costs_nothing() -> None:
    with (
        TelegramDouble(limits=Limits(), clock=lambda: 5.0) as tg,
        httpx.Client(trust_env=False, verify=False) as client,
    ):
        api = Api(client, tg.url, tg.token)
        started(tg)
        assert not api("sendMessage", chat_id=MEI, text="<b>", parse_mode="HTML")["ok"]
        assert api("sendMessage", chat_id=MEI, text="x")["ok"]
