"""Every channel gets a message in as many parts as it needs, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.channel_limits import CONFIGURED, length_of, limits_of
from outbox.cutting import split_text
from outbox.fitting import fitted
from outbox.message import Button, Message, from_json, to_json

CHANNELS = ("telegram", "local", *CONFIGURED)
LINK = Button("看全文", url="https://pingjia.example/b")
ACTION = Button("赞成", ("p", "vote", "1"))
WHOLE = Message(
    "十月简报", ((ACTION, LINK), (ACTION,)), "bulletin:17:zh", "甲第一", "协同简报", "bulletin:17:zh:edition"
)


def shapes(channel: str, message: Message = WHOLE) -> list[tuple]:
    """(text, picture, document, buttons) of each part, in short."""
    return [
        (one.text, one.picture is not None, one.document is not None, [b.text for row in one.buttons for b in row])
        for one in fitted(message, limits_of(channel))
    ]


def test_message_goes_as_each_channel_can_carry_it():
    line = "十月简报\n看全文 https://pingjia.example/b"
    three = ["赞成", "看全文", "赞成"]
    assert {channel: shapes(channel) for channel in CHANNELS} == {
        "telegram": [("", True, False, []), ("", False, True, []), ("十月简报", False, False, three)],
        "local": [("", True, False, []), ("", False, True, []), ("十月简报", False, False, three)],
        "wecom": [("", True, False, []), ("", False, True, []), (line, False, False, [])],
        "dingtalk": [(f"甲第一\n\n{line}", False, False, [])],
        "feishu": [("甲第一\n\n十月简报", False, False, ["看全文"])],
        "email": [(line, True, True, [])],
        "webhook": [(line, True, True, [])],
    }
    for channel in CHANNELS:
        assert {one.title for one in fitted(WHOLE, limits_of(channel))} == {"协同简报"}


def test_picture_with_a_short_caption_is_one_message_on_telegram():
    message = Message("十月", picture="bulletin:17:zh", alt="甲第一")
    assert fitted(message, limits_of("telegram")) == (message,)
    long = Message("十" * 1025, picture="bulletin:17:zh", alt="甲第一")
    assert shapes("telegram", long) == [("", True, False, []), ("十" * 1025, False, False, [])]


def test_what_a_channel_cannot_carry_at_all_is_no_message():
    assert fitted(Message("", document="bulletin:17:zh:edition"), limits_of("dingtalk")) == ()
    assert fitted(Message("", picture="bulletin:17:zh"), limits_of("feishu")) == ()


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet="评价 \n😀é\u0301👨‍👩‍👧🇨🇳a。", max_size=3000), channel=st.sampled_from(CHANNELS))
def test_long_text_is_cut_within_the_limit_and_whole_when_put_together(text, channel):
    limits = limits_of(channel)
    if not text.strip():
        return
    parts = fitted(Message(text * 8), limits)
    assert all(length_of(one.text, limits.counted_in) <= limits.text for one in parts)
    assert "".join("".join(one.text.split()) for one in parts) == "".join((text * 8).split())


@pytest.mark.parametrize(("counted", "limit"), [("bytes", 7), ("utf16", 3), ("characters", 2)])
def test_cut_counts_as_the_channel_does(counted, limit):
    parts = split_text("评价医院好😀", limit, counted)
    assert "".join(parts) == "评价医院好😀"
    assert all(length_of(part, counted) <= limit for part in parts)


def test_title_and_document_are_stored_and_read_back():
    stored = to_json(WHOLE)
    assert (stored["title"], stored["document"]) == ("协同简报", "bulletin:17:zh:edition")
    assert from_json(stored) == WHOLE
    assert to_json(Message("x")) == {"text": "x"}
    assert Message("", document="k").text == ""
    with pytest.raises(ValueError, match="one line"):
        Message("x", title="a\nb")
