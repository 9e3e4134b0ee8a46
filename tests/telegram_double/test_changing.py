"""Edits, taps and files: what may be changed, answered and sent again, and what not."""

from __future__ import annotations

from typing import Any

import httpx

from tests.telegram_double import TelegramDouble
from tests.telegram_double.conftest import PIXEL, Api

MEI, LI, GROUP = 1001, 1002, -5001


def started(tg: TelegramDouble) -> None:
    tg.person(MEI, "Mei").opens("/start")


def buttons(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in pairs]]}


# edits


def sent(api: Api, **extra: Any) -> int:
    return int(api.result("sendMessage", chat_id=MEI, text="第 1 题", **extra)["message_id"])


def test_an_edit_that_changes_nothing_is_refused(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    number = sent(api, reply_markup=buttons(("好", "a")))
    again = {"chat_id": MEI, "message_id": number, "text": " 第 1 题\n"}
    sentence = api.refusal("editMessageText", **again, reply_markup=buttons(("好", "a")))
    assert sentence == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
    assert api("editMessageText", **again, reply_markup=buttons(("好", "b")))["ok"]
    assert api("editMessageText", **again)["ok"]  # without a keyboard, the keyboard goes
    assert [message.labels for message in tg.delivered(MEI)] == [()]
    assert len(tg.delivered(MEI)[0].history) == 2


def test_only_what_is_there_can_be_edited(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    number = sent(api)
    assert api("deleteMessage", chat_id=MEI, message_id=number)["ok"]
    for missing in (number, 999):
        refused = api.refusal("editMessageText", chat_id=MEI, message_id=missing, text="x")
        assert refused == "Bad Request: message to edit not found"
    refused = api.refusal("deleteMessage", chat_id=MEI, message_id=number)
    assert refused == "Bad Request: message to delete not found"
    assert api.refusal("editMessageText", chat_id=MEI, text="x") == "Bad Request: message identifier is not specified"


def test_only_its_own_messages_can_the_bot_edit(tg: TelegramDouble, api: Api) -> None:
    update = tg.person(MEI, "Mei").opens("/start")
    number = update["message"]["message_id"]
    refused = api.refusal("editMessageText", chat_id=MEI, message_id=number, text="x")
    assert refused == "Bad Request: message can't be edited"
    with_keys = sent(api, reply_markup={"keyboard": [["好"]]})
    refused = api.refusal("editMessageText", chat_id=MEI, message_id=with_keys, text="x")
    assert refused == "Bad Request: message can't be edited"


def test_texts_and_captions_are_edited_each_by_their_method(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    text = sent(api)
    photo = api.upload("sendPhoto", "photo", PIXEL, chat_id=str(MEI), caption="图")["result"]["message_id"]
    refused = api.refusal("editMessageCaption", chat_id=MEI, message_id=text, caption="x")
    assert refused == "Bad Request: there is no caption in the message to edit"
    refused = api.refusal("editMessageText", chat_id=MEI, message_id=photo, text="x")
    assert refused == "Bad Request: there is no text in the message to edit"
    assert api("editMessageCaption", chat_id=MEI, message_id=photo, caption="新图")["ok"]
    assert [message.text for message in tg.delivered(MEI)] == ["第 1 题", "新图"]


def test_only_the_keyboard_is_edited_by_its_method(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    number = sent(api)
    keys = buttons(("好", "a"))
    edited = api.result("editMessageReplyMarkup", chat_id=MEI, message_id=number, reply_markup=keys)
    assert (edited["text"], edited["reply_markup"]) == ("第 1 题", keys)
    refused = api.refusal("editMessageReplyMarkup", chat_id=MEI, message_id=number, reply_markup={"keyboard": [["x"]]})
    assert refused == "Bad Request: inline keyboard expected"


def test_other_peoples_messages_in_a_group_stay(tg: TelegramDouble, api: Api) -> None:
    chen, group = tg.person(LI, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    update = chen.sends_in(group, "/help")
    number = update["message"]["message_id"]
    refused = api.refusal("deleteMessage", chat_id=GROUP, message_id=number)
    assert refused == "Bad Request: message can't be deleted for everyone"


# taps

GONE = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def test_a_tap_is_answered_once(tg: TelegramDouble, api: Api) -> None:
    mei = tg.person(MEI, "Mei")
    mei.opens("/start")
    sent(api, reply_markup=buttons(("好", "a")))
    query = mei.taps("好")["callback_query"]["id"]
    refused = api.refusal("answerCallbackQuery", callback_query_id=query, text="好" * 201)
    assert refused == "Bad Request: MESSAGE_TOO_LONG"
    assert mei.unanswered_taps == 1
    assert api.result("answerCallbackQuery", callback_query_id=query, text="收到") is True
    assert (mei.toasts, mei.unanswered_taps) == (["收到"], 0)
    assert api.refusal("answerCallbackQuery", callback_query_id=query) == GONE
    assert api.refusal("answerCallbackQuery", callback_query_id="0") == GONE
    assert api.refusal("answerCallbackQuery") == GONE


def test_a_tap_grows_old() -> None:
    with TelegramDouble(queries_live_for=2) as tg, httpx.Client(trust_env=False, verify=False) as client:
        api = Api(client, tg.url, tg.token)
        mei = tg.person(MEI, "Mei")
        mei.opens("/start")
        sent(api, reply_markup=buttons(("好", "a")))
        old, young = (mei.taps("好")["callback_query"]["id"] for _ in range(2))
        mei.sends("1")
        mei.sends("2")
        assert api.refusal("answerCallbackQuery", callback_query_id=old) == GONE
        assert api("answerCallbackQuery", callback_query_id=young)["ok"]


# files


def test_a_picture_must_be_one(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    refused = [api.upload("sendPhoto", "photo", content, chat_id=str(MEI)) for content in (b"", b"GIF89a")]
    assert [body["description"] for body in refused] == [
        "Bad Request: file must be non-empty",
        "Bad Request: IMAGE_PROCESS_FAILED",
    ]
    slim = PIXEL[:16] + (9_999).to_bytes(4) + (1).to_bytes(4) + PIXEL[24:]
    assert api.upload("sendPhoto", "photo", slim, chat_id=str(MEI))["description"].endswith("PHOTO_INVALID_DIMENSIONS")
    assert api.refusal("sendPhoto", chat_id=MEI) == "Bad Request: there is no photo in the request"
    assert "wrong remote file identifier" in api.refusal("sendPhoto", chat_id=MEI, photo="AgAC")
    url = api.refusal("sendPhoto", chat_id=MEI, photo="https://a.example/x.png")
    assert url == "Bad Request: failed to get HTTP URL content"
    assert tg.delivered(MEI) == []


def test_a_picture_arrives_whole_and_can_be_sent_again_by_its_id(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    shown = api.upload("sendPhoto", "photo", PIXEL, chat_id=str(MEI), caption="图")["result"]["photo"][0]
    assert (shown["width"], shown["height"], shown["file_size"]) == (1, 1, len(PIXEL))
    assert api.result("sendPhoto", chat_id=MEI, photo=shown["file_id"])["photo"][0] == shown
    assert [message.upload.content for message in tg.delivered(MEI) if message.upload] == [PIXEL, PIXEL]


def test_albums_are_refused_whole_or_arrive_whole(tg: TelegramDouble, api: Api) -> None:
    started(tg)
    photo = api.upload("sendPhoto", "photo", PIXEL, chat_id=str(MEI))["result"]["photo"][0]["file_id"]
    paper = api.upload("sendDocument", "document", b"%PDF", chat_id=str(MEI))["result"]["document"]
    assert (paper["file_name"], paper["file_size"]) == ("picture.png", 4)
    picture = {"type": "photo", "media": photo}
    mixed = [picture, {"type": "document", "media": paper["file_id"]}]
    assert "can't be mixed" in api.refusal("sendMediaGroup", chat_id=MEI, media=mixed)
    many = api.refusal("sendMediaGroup", chat_id=MEI, media=[picture] * 11)
    assert many == "Bad Request: too many messages to send as an album"
    none = api.refusal("sendMediaGroup", chat_id=MEI, media=[])
    assert none == "Bad Request: there are no messages to send"
    assert len(tg.delivered(MEI)) == 2
    album = api.result("sendMediaGroup", chat_id=MEI, media=[{**picture, "caption": "甲"}, picture])
    assert len({message["media_group_id"] for message in album}) == 1
    assert [message.text for message in tg.delivered(MEI)[2:]] == ["甲", ""]
