"""Which keyboards and addresses the server takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.telegram_double.addresses import checked_link, loopback_http, wrong_with
from tests.telegram_double.keyboards import parse_markup
from tests.telegram_double.refusals import Refusal


def inline(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def refusal(markup: Any, *, private: bool = True) -> str:
    with pytest.raises(Refusal) as caught:
        parse_markup(markup, private=private)
    return caught.value.description


def test_a_keyboard_keeps_text_and_purpose_of_each_button() -> None:
    markup = inline(
        {"text": "满意", "callback_data": "s:1", "web_app": None},
        {"text": "网页", "url": "http://127.0.0.1:8000/s"},
        {"text": "评分", "web_app": {"url": "https://example.org/ballot"}},
    )
    assert parse_markup(markup, private=True) == inline(
        {"text": "满意", "callback_data": "s:1"},
        {"text": "网页", "url": "http://127.0.0.1:8000/s"},
        {"text": "评分", "web_app": {"url": "https://example.org/ballot"}},
    )


@pytest.mark.parametrize("markup", [None, "", {}, {"inline_keyboard": []}, {"inline_keyboard": [[]]}])
def test_no_button_is_no_keyboard(markup: Any) -> None:
    assert parse_markup(markup, private=True) is None


def test_other_markups_are_told_apart() -> None:
    assert parse_markup({"keyboard": [["好"]]}, private=True) == {"keyboard": [[{"text": "好"}]]}
    assert parse_markup({"remove_keyboard": True}, private=True) == {"remove_keyboard": True}
    assert parse_markup({"force_reply": True}, private=True) == {"force_reply": True}


@pytest.mark.parametrize("data", ["a" * 64, "好" * 21])
def test_callback_data_may_have_64_bytes(data: str) -> None:
    assert parse_markup(inline({"text": "x", "callback_data": data}), private=True) is not None


@pytest.mark.parametrize(
    ("button", "sentence"),
    [
        ({"text": "x", "callback_data": "a" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "好" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "x"}, "Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "a"}, 'Can\'t find field "text"'),
        ({"text": " ", "callback_data": "a"}, "button text must be non-empty"),
        ("x", "InlineKeyboardButton must be an Object"),
        ({"text": "x", "url": "http://localhost/x"}, "button URL 'http://localhost/x' is invalid: Wrong HTTP URL"),
        ({"text": "x", "url": "ftp://a.example/x"}, "is invalid: Unsupported URL protocol"),
        ({"text": "x", "web_app": {"url": "http://a.example"}}, "is invalid: Only HTTPS links are allowed"),
    ],
)
def test_a_bad_button_is_refused(button: Any, sentence: str) -> None:
    assert sentence in refusal(inline(button))


def test_mini_app_buttons_are_for_private_chats() -> None:
    button = {"text": "x", "web_app": {"url": "https://a.example"}}
    assert refusal(inline(button), private=False) == "Bad Request: BUTTON_TYPE_INVALID"


def test_a_keyboard_has_at_most_eight_in_a_row_and_a_hundred_in_all() -> None:
    button = {"text": "x", "callback_data": "a"}
    assert parse_markup({"inline_keyboard": [[button] * 5] * 20}, private=True) is not None
    assert refusal(inline(*[button] * 9)) == "Bad Request: reply markup is too long"
    assert refusal({"inline_keyboard": [[button]] * 101}) == "Bad Request: reply markup is too long"


@pytest.mark.parametrize("markup", [[], "x", {"inline_keyboard": {}}, {"inline_keyboard": [{}]}])
def test_a_markup_of_the_wrong_shape_is_refused(markup: Any) -> None:
    if markup == []:
        assert refusal(markup) == "Bad Request: object expected as reply markup"
    else:
        assert refusal(markup).startswith("Bad Request: ")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://a.example/?x=1", ""),
        ("a.example", ""),
        ("tg://resolve?domain=x", ""),
        ("http://[::1]:8000/", ""),
        ("https://", "URL host is empty"),
        ("http://a.example:99999/", "Wrong HTTP URL"),
        ("http://a.example:0/", "Wrong HTTP URL"),
        ("http://a b.example/", "Wrong HTTP URL"),
        ("javascript://a.example", "Unsupported URL protocol"),
    ],
)
def test_addresses_are_judged_as_telegram_does(url: str, reason: str) -> None:
    assert wrong_with(url) == reason


def test_links_are_completed_and_webhooks_stay_on_this_machine() -> None:
    assert checked_link("a.example") == "http://a.example/"
    assert [loopback_http(url) for url in ("http://127.0.0.1:1/x", "http://localhost:1", "https://127.0.0.1:1")] == [
        True,
        True,
        False,
    ]
    assert not loopback_http("http://127.0.0.1.evil.example/")
