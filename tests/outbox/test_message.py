"""Messages keep their shape through JSON; a button's data is worth nothing once anybody has touched it."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.errors import DomainError
from outbox.message import Button, Message, decode_action, encode_action, from_json, to_json

SECRET = b"k" * 32
FIELD = st.text(alphabet=string.ascii_letters + string.digits + "_.-", max_size=12)
ACTIONS = (
    st.tuples(FIELD.filter(bool), st.lists(FIELD, max_size=4))
    .map(lambda parts: (parts[0], *parts[1]))
    .filter(lambda action: len(":".join(action)) <= 52)
)


def refused(data: str, *, chat: str = "77", secret: bytes = SECRET) -> str:
    with pytest.raises(DomainError) as fault:
        decode_action(secret, chat, data)
    assert fault.value.details == {}
    return fault.value.code


@given(action=ACTIONS, chat=st.text(max_size=20))
def test_action_comes_back_as_it_was_and_fits_into_sixty_four_bytes(action, chat):
    data = encode_action(SECRET, chat, action)
    assert len(data.encode()) <= 64
    assert decode_action(SECRET, chat, data) == action


def test_action_of_fifty_two_bytes_fills_the_sixty_four_exactly():
    assert len(encode_action(SECRET, "77", ("b", "x" * 50))) == 64
    with pytest.raises(ValueError, match="52"):
        encode_action(SECRET, "77", ("b", "x" * 51))


@given(action=ACTIONS, position=st.integers(0, 63), character=st.characters(codec="utf-8"))
def test_action_with_one_character_changed_is_refused(action, position, character):
    data = encode_action(SECRET, "77", action)
    position %= len(data)
    altered = data[:position] + character + data[position + 1 :]
    if altered != data:
        assert refused(altered) == "button_expired"


@given(st.text(max_size=80))
def test_whatever_was_never_signed_is_refused(data):
    assert refused(data) == "button_expired"


@pytest.mark.parametrize(
    "data",
    ["", ":", "s", "s:", "s:1:", ":AAAAAAAAAAA", "s:1:AAAAAAAAAA", "s:1:AAAAAAAAAAAA", "s:1:AAAAAAAAAAÄ", "s:\ud800:AAAAAAAAAAA",
     "s:1:AAAAAAAAAA=", "s 1:AAAAAAAAAAA", "s:1:AAAAAAAAAAA\n", "s:١:AAAAAAAAAAA", "x" * 100_000],
)  # fmt: skip
def test_malformed_data_is_refused_without_saying_why(data):
    assert refused(data) == "button_expired"


def test_trailing_newline_after_good_data_is_refused():
    assert refused(encode_action(SECRET, "77", ("s", "1")) + "\n") == "button_expired"


def test_last_character_of_the_code_has_no_second_spelling():
    """Eleven base64 characters hold 66 bits: the two spare ones must not give four spellings of one code."""
    data = encode_action(SECRET, "77", ("s", "1"))
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    accepted = [letter for letter in alphabet if letter == data[-1] or not refused(data[:-1] + letter)]
    assert accepted == [data[-1]]


def test_action_is_worth_nothing_in_another_chat_or_under_another_secret():
    data = encode_action(SECRET, "77", ("o", "rel", "17", "a1b2c3"))
    assert refused(data, chat="78") == "button_expired"
    assert refused(data, chat="") == "button_expired"
    assert refused(data, secret=b"j" * 32) == "button_expired"


def test_where_the_fields_end_and_the_chat_begins_cannot_be_moved():
    data = encode_action(SECRET, "7", ("b", "1"))
    mac = data.rpartition(":")[2]
    for fields, chat in [("b:1:7", ""), ("b", "1:7"), ("b:17", "")]:
        assert refused(f"{fields}:{mac}", chat=chat) == "button_expired"


def test_colons_cannot_be_smuggled_into_a_field():
    with pytest.raises(ValueError, match="not allowed"):
        encode_action(SECRET, "77", ("s", "1:2"))
    with pytest.raises(ValueError, match="conversation"):
        encode_action(SECRET, "77", ())
    with pytest.raises(ValueError, match="conversation"):
        encode_action(SECRET, "77", ("", "1"))
    with pytest.raises(ValueError, match="not allowed"):
        encode_action(SECRET, "77", ("s", "非常满意"))


def test_nothing_is_signed_or_read_without_a_secret():
    with pytest.raises(ValueError, match="empty secret"):
        encode_action(b"", "77", ("s",))
    with pytest.raises(ValueError, match="empty secret"):
        decode_action(b"", "77", "s:AAAAAAAAAAA")


TEXTS = st.text(min_size=1).filter(lambda text: bool(text.strip()))
BUTTONS = st.one_of(
    st.builds(Button, TEXTS, ACTIONS), st.builds(Button, TEXTS, url=st.just("https://pingjia.example/jianbao"))
)


@given(
    st.builds(
        Message,
        TEXTS,
        st.lists(st.lists(BUTTONS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
        st.none() | st.just("bulletin:17:zh"),
        st.text(),
    )
)
def test_message_survives_json(message):
    assert from_json(json.loads(json.dumps(to_json(message)))) == message


def test_message_json_leaves_out_what_is_empty():
    assert to_json(Message("您好")) == {"text": "您好"}
    rows = ((Button("开始", ("s", "go")), Button("网页", url="https://pingjia.example")),)
    assert to_json(Message("您好", rows, "chart:1", "排名图")) == {
        "text": "您好",
        "buttons": [[{"text": "开始", "action": ["s", "go"]}, {"text": "网页", "url": "https://pingjia.example"}]],
        "picture": "chart:1",
        "alt": "排名图",
    }


@pytest.mark.parametrize("document", [{}, {"text": ""}, {"text": "a", "extra": 1}, {"text": "a", "buttons": [[{}]]},
                                      {"text": "a", "buttons": [[{"text": "x", "action": []}]]}, {"text": None}])  # fmt: skip
def test_stored_message_of_another_shape_is_a_fault(document):
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        from_json(document)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://x", "https://", "https://a b", "//x", ""]
)
def test_button_opens_http_addresses_only(address):
    with pytest.raises(ValueError):
        Button("看", url=address)


def test_button_has_an_action_or_an_address_and_a_text():
    for make in (lambda: Button("看"), lambda: Button("看", ("m",), "https://x.example"), lambda: Button(" ", ("m",))):
        with pytest.raises(ValueError):
            make()


def test_message_needs_text_or_picture():
    assert Message("", picture="chart:1").picture == "chart:1"
    with pytest.raises(ValueError):
        Message(" \n")
