from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from reviews.sealing import (
    PAYLOAD_BYTES,
    SEALED_LENGTH,
    BallotContent,
    ballot_token,
    check_public_key,
    generate_keys,
    looks_sealed,
    open_private_key,
    receipt_of,
    seal,
    thumbprint,
    unseal,
    unseal_with,
)
from tests.reviews.season import refusal

CONTENT = BallotContent(
    period="2026-10",
    assignment_id=17,
    rater="yi",
    target="jia",
    marks="34512",
    cast_at=datetime(2026, 10, 20, 8, 0, 5, 123456, tzinfo=UTC),
    counter=2,
    token="AEIMQUYcgkosw048-_aeim",
    comment="转诊“很快”",
)
ALGORITHMS = ["RSA-OAEP-256", "A256GCM"]


@pytest.fixture(scope="module")
def opened(keys):
    return open_private_key(keys[0])


def sealed_as(public_key: str, plaintext: bytes, header: dict[str, object] | None = None) -> str:
    """What somebody else's program might seal."""
    protected = header or {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
    key = RSAKey.import_key(json.loads(public_key))
    return jwe.encrypt_compact(protected, plaintext, key, algorithms=[*ALGORITHMS, "RSA-OAEP", "A128GCM", "DEF"])


def fields(**changes: object) -> bytes:
    """The payload of CONTENT, changed, as `seal` would pad it."""
    payload = {
        "assignment": 17,
        "cast_at": "2026-10-20T08:00:05.123456+00:00",
        "comment": "转诊“很快”",
        "counter": 2,
        "marks": "34512",
        "period": "2026-10",
        "rater": "yi",
        "target": "jia",
        "token": "AEIMQUYcgkosw048-_aeim",
    }
    written = json.dumps(payload | changes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written.encode("utf-8", "surrogatepass").ljust(PAYLOAD_BYTES)


def without(field: str) -> bytes:
    payload = json.loads(fields())
    del payload[field]
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode().ljust(PAYLOAD_BYTES)


def escaped() -> bytes:
    """The same payload with the letters beyond ASCII written as escapes: one ballot, one spelling."""
    return json.dumps(json.loads(fields()), sort_keys=True, separators=(",", ":")).encode().ljust(PAYLOAD_BYTES)


def test_ballot_is_opened_as_it_was_sealed(keys):
    assert unseal(keys[0], seal(keys[1], CONTENT)) == CONTENT


def test_ballot_of_no_dealings_is_opened_as_it_was_sealed(keys, opened):
    content = replace(CONTENT, marks="-----")
    assert unseal_with(opened, seal(keys[1], content)) == content


def test_ballot_time_is_kept_as_the_moment_it_was(keys, opened):
    shanghai = CONTENT.cast_at.astimezone(timezone(timedelta(hours=8)))
    assert unseal_with(opened, seal(keys[1], replace(CONTENT, cast_at=shanghai))).cast_at == CONTENT.cast_at


def test_ballot_time_without_a_zone_is_refused(keys):
    with pytest.raises(ValueError, match="zone"):
        seal(keys[1], replace(CONTENT, cast_at=datetime(2026, 10, 20, 8)))  # noqa: DTZ001


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.builds(
        BallotContent,
        period=st.just("2026-10"),
        assignment_id=st.integers(1, 2**31),
        rater=st.text(min_size=1, max_size=40, alphabet=st.characters(codec="utf-8")),
        target=st.text(min_size=1, max_size=40, alphabet=st.characters(codec="utf-8")),
        marks=st.one_of(st.just("-----"), st.text("12345", min_size=5, max_size=5)),
        cast_at=st.datetimes(timezones=st.just(UTC)),
        counter=st.integers(1, 10**9),
        token=st.text("ABCDEFabcdef0123456789-_", min_size=22, max_size=22),
        comment=st.text(max_size=60, alphabet=st.characters(codec="utf-8")),
    )
)
def test_sealed_ballots_all_have_one_length_whatever_they_say(keys, opened, content):
    sealed = seal(keys[1], content)
    assert len(sealed) == SEALED_LENGTH
    assert sealed.isascii()
    assert unseal_with(opened, sealed) == content


def test_ballot_that_would_need_more_room_is_refused_and_not_longer(keys):
    with pytest.raises(ValueError, match="does not fit"):
        seal(keys[1], replace(CONTENT, rater="x" * PAYLOAD_BYTES))


def test_same_ballot_sealed_twice_shows_nothing_in_common(keys):
    first, second = seal(keys[1], CONTENT), seal(keys[1], CONTENT)
    header = first.split(".")[0]
    assert [part == other for part, other in zip(first.split("."), second.split("."), strict=True)] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)) == b'{"alg":"RSA-OAEP-256","enc":"A256GCM"}'


def test_sealed_ballot_is_a_compact_jwe_that_others_can_open(keys):
    key = RSAKey.import_key(json.loads(keys[0]))
    plaintext = jwe.decrypt_compact(seal(keys[1], CONTENT), key, algorithms=ALGORITHMS).plaintext
    assert plaintext == fields()
    assert len(plaintext) == PAYLOAD_BYTES


def test_ballot_sealed_elsewhere_in_the_same_form_is_opened(keys, opened):
    assert unseal_with(opened, sealed_as(keys[1], fields())) == CONTENT


def test_wrong_key_opens_nothing(keys, other_keys):
    with refusal("ballot_unreadable"):
        unseal(other_keys[0], seal(keys[1], CONTENT))


def test_changed_character_anywhere_makes_the_ballot_unreadable(keys, opened):
    sealed = seal(keys[1], CONTENT)
    ends = [place - 1 for place, character in enumerate(sealed + ".") if character == "."]
    for place in sorted({*range(0, SEALED_LENGTH, 37), *ends}):
        for other in {"A", "B", "_", "."} - {sealed[place]}:
            with refusal("ballot_unreadable"):
                unseal_with(opened, sealed[:place] + other + sealed[place + 1 :])


def test_every_spelling_of_the_last_characters_but_one_is_unreadable(keys, opened):
    """Stray bits in the last character of a part would give a second text, and receipt, of the same ballot."""
    sealed = seal(keys[1], CONTENT)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    readable = []
    for last in alphabet:
        try:
            unseal_with(opened, sealed[:-1] + last)
        except Exception:  # noqa: BLE001 - counted
            continue
        readable.append(last)
    assert readable == [sealed[-1]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: "",
        lambda sealed: sealed[:-1],
        lambda sealed: sealed + "A",
        lambda sealed: sealed + "=",
        lambda sealed: " " + sealed[:-1],
        lambda sealed: sealed[:-1] + "\n",
        lambda sealed: sealed[:-1] + "é",
        lambda sealed: sealed[:100] + "票" + sealed[101:],
        lambda sealed: sealed.replace(".", "A", 1),
        lambda sealed: "." * SEALED_LENGTH,
        lambda sealed: "A" * SEALED_LENGTH,
    ],
)
def test_text_that_is_no_sealed_ballot_is_unreadable(keys, opened, spoil):
    with refusal("ballot_unreadable"):
        unseal_with(opened, spoil(seal(keys[1], CONTENT)))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RSA-OAEP", "enc": "A256GCM"},
        {"alg": "RSA-OAEP-256", "enc": "A128GCM"},
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "1"},
        {"enc": "A256GCM", "alg": "RSA-OAEP-256"},
    ],
)
def test_ballot_sealed_with_another_header_is_unreadable(keys, opened, header):
    with refusal("ballot_unreadable"):
        unseal_with(opened, sealed_as(keys[1], fields(), header))


@pytest.mark.parametrize(
    "plaintext",
    [
        b"".ljust(PAYLOAD_BYTES),
        b"\xff" * PAYLOAD_BYTES,
        b"[]".ljust(PAYLOAD_BYTES),
        b"17".ljust(PAYLOAD_BYTES),
        b"[" * PAYLOAD_BYTES,
        fields()[:-1] + b"}",
        fields(extra=1),
        fields(marks="34516"),
        fields(marks="3451*"),
        fields(marks=""),
        fields(marks=34512),
        fields(marks=None),
        fields(counter="2"),
        fields(counter=2.0),
        fields(assignment=True),
        fields(cast_at="2026-10-20T08:00:05.123456"),
        fields(cast_at="yesterday"),
        fields(cast_at=1792483205),
        fields(rater=None),
        fields(target=["jia"]),
        fields(comment=None),
        fields(comment="\ud800"),
        fields(token=None),
        fields(token=1),
        fields(counter=float("nan")),
        without("token"),
        without("comment"),
        escaped(),
    ],
)
def test_payload_of_another_shape_is_unreadable(keys, opened, plaintext):
    with refusal("ballot_unreadable"):
        unseal_with(opened, sealed_as(keys[1], plaintext))


def test_error_carries_nothing_of_the_ballot(keys, opened):
    with pytest.raises(Exception) as caught:
        unseal_with(opened, sealed_as(keys[1], fields(marks="3451x")))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.details == {}


def test_content_does_not_show_marks_comment_and_token_when_printed():
    for secret in ("34512", "marks", "很快", "comment", "AEIMQ", "token"):
        assert secret not in repr(CONTENT)


def test_longest_comment_and_longest_names_fit_into_a_ballot(keys, opened):
    full = replace(CONTENT, rater="j" * 40, target="y" * 40, comment="票" * 200, assignment_id=2**31, counter=10**9)
    assert unseal_with(opened, seal(keys[1], full)) == full


def test_token_is_the_beginning_of_the_hmac_of_assignment_and_cast():
    """Computed apart: printf 17:2 | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…1f, base64url, 22 letters."""
    key = bytes(range(32))
    digest = hmac.digest(key, b"17:2", "sha256")
    assert ballot_token(key.hex(), 17, 2) == base64.urlsafe_b64encode(digest)[:22].decode()


def test_token_is_another_for_every_round_assignment_and_cast():
    tokens = {ballot_token(key * 64, task, cast) for key in "ab" for task in (1, 11, 111) for cast in (1, 11, 111)}
    assert len(tokens) == 18
    assert all(re.fullmatch("[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_sealed_text_is_recognised_by_its_form_alone(keys):
    sealed = seal(keys[1], CONTENT)
    assert looks_sealed(sealed)
    for text in ("", sealed[:-1], sealed + "A", "B" + sealed[1:], sealed[:900] + "票" + sealed[901:], sealed + "\n",
                 sealed.replace(".", "_"), sealed[:-1] + "\n", "A" * SEALED_LENGTH):  # fmt: skip
        assert not looks_sealed(text)


def test_keys_are_one_line_each_of_the_right_kind(keys):
    private, public = (json.loads(key) for key in keys)
    assert "\n" not in keys[0] + keys[1]
    assert set(public) == {"alg", "e", "kty", "n", "use"}
    assert {name: public[name] for name in ("alg", "kty", "use")} == {
        "alg": "RSA-OAEP-256",
        "kty": "RSA",
        "use": "enc",
    }
    assert {name: private[name] for name in public} == public
    assert len(base64.urlsafe_b64decode(public["n"] + "==")) * 8 == 3072


def test_keys_are_new_every_time(keys):
    assert generate_keys()[1] != keys[1]


def test_thumbprint_is_that_of_rfc_7638_and_the_same_for_both_halves(keys, other_keys):
    assert thumbprint(keys[0]) == thumbprint(keys[1]) == open_private_key(keys[0]).thumbprint()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", thumbprint(keys[0]))
    assert thumbprint(keys[1]) != thumbprint(other_keys[1])


def test_thumbprint_does_not_depend_on_how_the_key_is_written(keys):
    spread = json.dumps(dict(reversed(json.loads(keys[1]).items())), indent=2)
    assert thumbprint(spread) == thumbprint(keys[1])


def test_public_key_is_taken(keys):
    check_public_key(keys[1])


def test_private_key_in_the_place_of_the_public_one_is_refused(keys):
    with refusal("review_key_private"):
        check_public_key(keys[0])
    with refusal("review_key_private"):
        seal(keys[0], CONTENT)


def test_public_key_in_the_place_of_the_private_one_is_refused(keys):
    with refusal("review_key_invalid"):
        open_private_key(keys[1])


@pytest.fixture(scope="module")
def short_key():
    return json.dumps(RSAKey.generate_key(2048, private=False).as_dict())


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"key"', "17", "{}", '{"kty":"RSA"}', '{"kty":"oct","k":"AA"}',
                                  '{"kty":"RSA","n":"!","e":"AQAB"}', '{"kty":"RSA","n":1,"e":2}', "[" * 100_000])  # fmt: skip
def test_text_that_is_no_key_is_refused(text):
    for use in (check_public_key, open_private_key, thumbprint):
        with refusal("review_key_invalid"):
            use(text)


def test_key_of_another_size_or_kind_is_refused(short_key):
    for key in (short_key, json.dumps(ECKey.generate_key("P-256", private=False).as_dict())):
        with refusal("review_key_invalid"):
            check_public_key(key)


def test_damaged_private_key_is_refused(keys):
    document = json.loads(keys[0])
    document["p"], document["q"] = document["q"][::-1], document["p"]
    with refusal("review_key_invalid"):
        open_private_key(json.dumps(document))


def test_receipt_is_four_groups_that_can_be_read_aloud(keys):
    assert re.fullmatch(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){3}", receipt_of(seal(keys[1], CONTENT)))


def test_receipt_is_the_beginning_of_the_hash_of_the_sealed_text():
    assert receipt_of("abc") == "XJ4BN-P4PAH-H6UQK-BIDPF"


def test_receipt_differs_with_every_cast_of_the_same_marks(keys):
    assert len({receipt_of(seal(keys[1], CONTENT)) for _ in range(5)}) == 5
