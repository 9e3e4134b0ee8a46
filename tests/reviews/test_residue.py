from __future__ import annotations

import json

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey

from reviews.residue import BLOCK, open_residue, seal_residue
from reviews.sealing import thumbprint
from tests.reviews.season import refusal


@pytest.mark.parametrize("residue", ["", "{}", '{"unit":"人民医院"}', "x" * BLOCK, "x" * (BLOCK + 1), "票" * 40_000])
def test_residue_is_opened_as_it_was_sealed(keys, residue):
    assert open_residue(keys[0], seal_residue(keys[1], residue)) == residue


def test_length_tells_blocks_and_no_more(keys):
    lengths = {size: len(seal_residue(keys[1], "x" * size)) for size in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK)}
    assert lengths[0] == lengths[1] == lengths[BLOCK - 1] == lengths[BLOCK]
    assert lengths[BLOCK + 1] == lengths[2 * BLOCK] > lengths[BLOCK]


def test_residue_is_a_compact_jwe_that_others_can_open(keys):
    sealed = seal_residue(keys[1], '{"flags":[]}')
    key = RSAKey.import_key(json.loads(keys[0]))
    plaintext = jwe.decrypt_compact(sealed, key, algorithms=["RSA-OAEP-256", "A256GCM"]).plaintext
    assert plaintext == b'{"flags":[]}'.ljust(BLOCK)


def test_other_key_or_changed_text_opens_nothing_and_says_which_key_was_tried(keys, other_keys):
    sealed = seal_residue(keys[1], "secret pairs")
    with refusal("residue_unreadable", thumbprint=thumbprint(other_keys[0])):
        open_residue(other_keys[0], sealed)
    for changed in ("", "x", sealed[:-1], sealed[:900] + ("A" if sealed[900] != "A" else "B") + sealed[901:]):
        with refusal("residue_unreadable", thumbprint=thumbprint(keys[0])):
            open_residue(keys[0], changed)


def test_key_that_is_none_is_refused(keys):
    with refusal("review_key_private"):
        seal_residue(keys[0], "x")
    with refusal("review_key_invalid"):
        open_residue(keys[1], seal_residue(keys[1], "x"))


def test_error_carries_nothing_of_what_was_inside(keys, other_keys):
    with pytest.raises(Exception) as caught:
        open_residue(other_keys[0], seal_residue(keys[1], "secret pairs"))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
