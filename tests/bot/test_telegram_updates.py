"""Which updates of Telegram concern the bot, and what they become."""

from __future__ import annotations

import pytest
from aiogram.types import Update

from bot.telegram_updates import chat_of, field_names, read_update, update_number

MEI = {"id": 1001, "is_bot": False, "first_name": "梅", "last_name": "张", "language_code": "zh-hans"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "梅"}
GROUP = {"id": -500, "type": "group", "title": "大\n群"}
MEMBER = {"user": {"id": 1, "is_bot": True, "first_name": "b"}, "status": "member"}
LEFT = {**MEMBER, "status": "left"}


def read(bot_name="tongping_bot", **content):
    update = Update.model_validate({"update_id": 7, **content})
    return read_update(update, bot="42", bot_name=bot_name)


def message(chat=PRIVATE, sender=MEI, **content):
    return {"message": {"message_id": 5, "date": 1, "chat": chat, "from": sender, **content}}


def test_private_words():
    said = read(**message(text="你好"))
    assert (said.channel, said.chat, said.account, said.kind, said.content) == (
        "telegram",
        "1001",
        "1001",
        "text",
        "你好",
    )
    assert (said.display_name, said.language_hint, said.title) == ("梅 张", "zh-hans", "")
    assert (said.bot, said.update_id, said.chat_kind) == ("42", 7, "private")


def test_start_with_payload():
    said = read(**message(text="/start abc_-9"))
    assert (said.kind, said.content) == ("start", "abc_-9")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("/help", "command"), ("/help@tongping_bot", "command"), ("/help@TONGPING_bot", "command"),
     ("/help@other_bot", None), ("大家好", None), ("@tongping_bot 你好", None), ("/start@tongping_bot x", "start")],
)  # fmt: skip
def test_groups_are_read_for_commands_to_us_only(text, kind):
    said = read(**message(GROUP, text=text))
    assert (said.kind if said is not None else None) == kind
    if said is not None:
        assert (said.chat, said.title, said.chat_kind) == ("-500", "大 群", "group")


def test_name_of_the_bot_unknown_reads_every_command():
    assert read(None, **message(GROUP, text="/help@anybody")).kind == "command"


def test_pictures_and_stickers_are_something_else_in_private_and_nothing_in_groups():
    photo = {"photo": [{"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}], "caption": "看"}
    assert (read(**message(**photo)).kind, read(**message(**photo)).content) == ("other", "")
    assert read(**message(GROUP, **photo)) is None
    sizes = [{"file_id": each, "file_unique_id": each, "width": 1, "height": 1, "file_size": 9} for each in ("s", "l")]
    sent = read(**message(photo=sizes)).file
    assert (sent.handle, sent.mime, sent.size, sent.message_ref) == ("l", "image/jpeg", 9, "5")


def test_service_messages_bots_and_channels_are_none_of_our_affair():
    assert read(**message(GROUP, new_chat_title="新名字")) is None
    assert read(**message(text="hi", sender={**MEI, "is_bot": True})) is None
    assert read(**message({"id": -1001, "type": "channel", "title": "c"}, text="hi")) is None
    assert read(channel_post=message({"id": -1001, "type": "channel", "title": "c"}, text="hi")["message"]) is None
    assert read(edited_message=message(text="hi")["message"] | {"edit_date": 2}) is None
    assert read() is None
    no_sender = message(GROUP, text="/help")
    del no_sender["message"]["from"]
    assert read(**no_sender) is None


def test_tap_carries_its_message_and_its_data():
    query = {"id": "q", "from": MEI, "chat_instance": "i", "data": "m:menu:x", "message": message(text="x")["message"]}
    said = read(callback_query=query)
    assert (said.kind, said.content, said.message_ref, said.account) == ("tap", "m:menu:x", "5", "1001")
    old = {**query, "message": {"chat": PRIVATE, "message_id": 5, "date": 0}}
    assert read(callback_query=old).message_ref == "5"
    assert read(callback_query={**query, "data": None, "game_short_name": "g"}) is None
    assert read(callback_query={key: value for key, value in query.items() if key != "message"}) is None


@pytest.mark.parametrize(
    ("chat", "old", "new", "expected"),
    [
        (GROUP, LEFT, MEMBER, ("join", "")),
        (GROUP, MEMBER, LEFT, ("left", "gone")),
        (PRIVATE, MEMBER, {**MEMBER, "status": "kicked", "until_date": 0}, ("left", "blocked")),
        (PRIVATE, {**MEMBER, "status": "kicked", "until_date": 0}, MEMBER, ("join", "")),
        (GROUP, MEMBER, MEMBER, None),
    ],
)
def test_coming_and_going(chat, old, new, expected):
    change = {"chat": chat, "from": MEI, "date": 1, "old_chat_member": old, "new_chat_member": new}
    said = read(my_chat_member=change)
    assert (None if said is None else (said.kind, said.content)) == expected


def test_both_ends_of_a_migration_mean_the_same():
    old = read(**message(GROUP, migrate_to_chat_id=-1000000000500))
    new = read(**message({"id": -1000000000500, "type": "supergroup", "title": "x"}, migrate_from_chat_id=-500))
    assert (old.chat, old.content) == (new.chat, new.content) == ("-500", "-1000000000500")


@pytest.mark.parametrize(
    ("raw", "number"),
    [({"update_id": 5}, 5), ({"update_id": True}, None), ({"update_id": "5"}, None), ({"update_id": 2**63}, None),
     ({"update_id": -1}, None), ({"update_id": 1.0}, None), ({}, None), ([], None), (None, None), ("x", None)],
)  # fmt: skip
def test_numbers_that_can_be_kept(raw, number):
    assert update_number(raw) == number


@pytest.mark.parametrize(
    ("raw", "chat"),
    [(message(text="x"), "1001"), ({"callback_query": {"message": {"chat": {"id": 9}}}}, "9"),
     ({"message": {"chat": {"id": "9"}}}, None), ({"message": {"chat": 5}}, None), ({"message": None}, None),
     ({"message": {"chat": {"id": 2**70}}}, None), ({"callback_query": {}}, None), ({}, None)],
)  # fmt: skip
def test_chat_of_anything(raw, chat):
    assert chat_of(raw) == chat


def test_field_names_hold_nothing_that_stood_there():
    places = [("message", "photo", 0, "秘密 b:m:1:54321"), ("message", "x" * 60), ("a", "b")]
    assert field_names(places) == ["a.b", "message", "message.photo"]
    assert len(field_names([(f"f{number}",) for number in range(50)])) == 10


def test_a_document_is_a_file_with_what_was_said_of_it():
    document = {
        "file_id": "F1",
        "file_unique_id": "u",
        "file_name": "名\n单.csv",
        "mime_type": "text/csv",
        "file_size": 9,
    }
    said = read(**message(document=document, caption="/start x"))
    assert (said.kind, said.content, said.message_ref) == ("file", "", None)
    file = said.file
    assert (file.name, file.mime, file.size, file.handle, file.message_ref) == ("名 单.csv", "text/csv", 9, "F1", "5")
    bare = read(**message(document={"file_id": "F2", "file_unique_id": "u"})).file
    assert (bare.name, bare.mime, bare.size) == ("", "", None)
    long = read(**message(document={**document, "file_name": "x" * 300 + ".xlsx"})).file
    assert (len(long.name), long.name[-5:]) == (80, ".xlsx")
    assert "F1" not in repr(said)
    assert "名" not in repr(file)


@pytest.mark.parametrize(
    ("more", "is_read"),
    [({}, False), ({"caption": "给你 @TONGPING_bot"}, True), ({"caption": "@other_bot"}, False),
     ({"reply_to_message": {"message_id": 1, "date": 1, "chat": GROUP, "text": "x",
                            "from": {"id": 42, "is_bot": True, "first_name": "b"}}}, True),
     ({"reply_to_message": {"message_id": 1, "date": 1, "chat": GROUP, "text": "x", "from": MEI}}, False)],
)  # fmt: skip
def test_a_document_in_a_group_is_read_only_if_it_is_meant_for_us(more, is_read):
    said = read(**message(GROUP, document={"file_id": "F1", "file_unique_id": "u"}, **more))
    assert (said is not None and said.kind == "file") is is_read


def test_a_tap_carries_the_document_that_its_message_answers():
    answered = {
        "message_id": 4,
        "date": 1,
        "chat": PRIVATE,
        "from": MEI,
        "document": {"file_id": "F1", "file_unique_id": "u"},
    }

    def tapped(**shown):
        return read(callback_query={"id": "1", "from": MEI, "chat_instance": "c", "data": "v:u:jia",
                                    "message": {"message_id": 5, "chat": PRIVATE, **shown}})  # fmt: skip

    said = tapped(date=1, text="?", reply_to_message=answered)
    assert (said.kind, said.message_ref, said.file.handle, said.file.message_ref) == ("tap", "5", "F1", "4")
    assert tapped(date=1, text="?").file is None
    assert tapped(date=1, text="?", reply_to_message={**answered, "document": None, "text": "x"}).file is None
    assert tapped(date=0).file is None  # too old to say anything
