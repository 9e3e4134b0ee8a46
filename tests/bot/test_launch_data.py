"""Launch data of a Mini App: Telegram's own signature and nothing else, fresh, whole, and each field once."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.launch_data import AHEAD, LIFETIME, LONGEST, launch_key, read_launch
from locales.errors import DomainError

TOKEN = "4242:abcdefghijklmnopqrstuvwxyz012345678"
KEY = launch_key(TOKEN)
NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
USER = {"id": 4001, "first_name": "李敏 +%&=", "last_name": "", "language_code": "zh-hans", "allows_write_to_pm": True}


def signed(pairs, *, key=KEY):
    """The text as Telegram writes it: all fields but the hash, sorted, signed; percent-encoded."""
    content = "\n".join(f"{name}={value}" for name, value in sorted(pairs))
    return urlencode([*pairs, ("hash", hmac.new(key, content.encode(), hashlib.sha256).hexdigest())], quote_via=quote)


def launched(user=None, *, at=NOW, key=KEY, **more):
    document = json.dumps(USER if user is None else user, ensure_ascii=False, separators=(",", ":"))
    given_user = user if isinstance(user, str) else document
    pairs = [("query_id", "AAHdF6IQAAAAAN0X"), ("user", given_user), ("auth_date", str(int(at.timestamp())))]
    return signed([*pairs, *more.items()], key=key)


def refused(data, *, key=KEY, now=NOW):
    with pytest.raises(DomainError) as error:
        read_launch(data, key=key, now=now)
    assert error.value.details == {}
    return error.value.code


def test_it_says_who_opened_it_and_when():
    launch = read_launch(launched(), key=KEY, now=NOW)
    assert (launch.account, launch.at, launch.expires_at) == ("4001", NOW, NOW + timedelta(hours=1))
    assert "4001" not in repr(launch)


def test_the_signature_is_the_one_of_telegram_s_own_documentation_and_of_aiogram():
    from aiogram.utils.web_app import check_webapp_signature

    for data in (launched(), launched(signature="x-_" * 28), launched(start_param="")):
        assert check_webapp_signature(TOKEN, data) is (data != launched(start_param=""))  # it drops empty values
        assert read_launch(data, key=KEY, now=NOW).account == "4001"


def test_the_key_is_not_the_token():
    assert launch_key(TOKEN) == hmac.new(b"WebAppData", TOKEN.encode(), hashlib.sha256).digest()
    assert refused(launched(), key=launch_key(TOKEN + "9")) == "launch_invalid"


def test_equal_launches_have_equal_fingerprints_whatever_their_spelling():
    data = launched()
    again = "&".join(reversed(data.split("&")))
    prints = {read_launch(each, key=KEY, now=NOW).fingerprint for each in (data, again, data.replace("%3A", ":"))}
    assert len(prints) == 1
    assert len(prints.pop()) == 64
    other = read_launch(launched(at=NOW - timedelta(seconds=1)), key=KEY, now=NOW)
    assert other.fingerprint != read_launch(data, key=KEY, now=NOW).fingerprint


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW - LIFETIME, None),
        (NOW - LIFETIME - timedelta(seconds=1), "launch_expired"),
        (datetime(1970, 1, 2, tzinfo=UTC), "launch_expired"),
        (NOW + AHEAD, None),
        (NOW + AHEAD + timedelta(seconds=1), "launch_invalid"),
        (datetime(5000, 1, 1, tzinfo=UTC), "launch_invalid"),
    ],
)
def test_it_is_at_most_an_hour_old_and_not_from_the_future(at, code):
    data = launched(at=at)
    if code is None:
        assert read_launch(data, key=KEY, now=NOW).at == at
    else:
        assert refused(data) == code


def mutations():
    good = launched()
    fields = good.split("&")
    hash_field = fields[-1]
    yield "", "empty"
    for place, each in enumerate(fields):
        yield "&".join(fields[:place] + fields[place + 1 :]), f"without {each[:9]}"
        yield "&".join([*fields, each]), f"twice {each[:9]}"
    yield good.replace("4001", "4002"), "another account"
    yield good.replace("auth_date=1", "auth_date=2"), "another time"
    yield good + "&more=1", "one more field"
    yield good + "&more=", "one more empty field"
    yield good + "&", "an empty pair"
    yield good.replace("&", ";"), "other separators"
    yield good.replace("hash=", "Hash="), "another name"
    yield good[:-1], "cut"
    yield good.replace(hash_field, hash_field.upper().replace("HASH", "hash")), "in capitals"
    yield good.replace(hash_field, "hash=" + "0" * 64), "no hash of anything"
    yield good.replace(hash_field, "hash=é" + "0" * 63), "not ASCII"
    yield good.replace(hash_field, "hash=%C3%A9" + "0" * 63), "not ASCII, encoded"
    yield good.replace("query_id", "query%5Fid%00"), "a NUL"
    yield good + "&x=%ff", "half a character"
    yield good + "&" + "a" * LONGEST, "too long"
    yield good + "".join(f"&f{number}=1" for number in range(60)), "too many fields"
    yield "\ud800" + good, "half a surrogate"


@pytest.mark.parametrize(("data", "how"), list(mutations()), ids=lambda value: value if len(value) < 30 else "")
def test_whatever_was_not_signed_is_refused(data, how):
    assert refused(data) == "launch_invalid", how


@pytest.mark.parametrize(
    "user",
    [
        {"id": "4001"}, {"id": 4001.0}, {"id": True}, {"id": 0}, {"id": -4001}, {"id": 2**52}, {"id": None}, {"ID": 4001}, {},
        [4001], "4001", "null", "", "{", '{"id":4001,"id":4002}', '{"id":4001e0}', '{"id":NaN}', "[" * 2000,
    ],
)  # fmt: skip
def test_a_user_of_another_shape_is_refused_even_if_it_is_signed(user):
    assert refused(launched(user)) == "launch_invalid"


@pytest.mark.parametrize("seconds", ["", "-1", "1.5", "1e9", " 1791424800", "١٧٩١٤٢٤٨٠٠", "99999999999999", "0"])
def test_a_time_of_another_shape_is_refused_even_if_it_is_signed(seconds):
    data = signed([("user", json.dumps(USER)), ("auth_date", seconds)])
    assert refused(data) == "launch_invalid"


def test_another_bot_s_launch_is_refused():
    assert refused(launched(key=launch_key("4243:abcdefghijklmnopqrstuvwxyz012345678"))) == "launch_invalid"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_refused_in_one_way(text):
    assert refused(text) == "launch_invalid"
