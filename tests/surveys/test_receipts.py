"""Receipt codes: drawn from enough randomness, read as people type them."""

from __future__ import annotations

import re

import pytest

from surveys.receipts import new_receipt_code, read_receipt_code, receipt_hash
from tests.surveys.hostile import HOSTILE


def test_new_receipt_code_has_one_form_and_does_not_repeat():
    codes = {new_receipt_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert {character for code in codes for character in code} == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


@pytest.mark.parametrize(
    "written",
    ["7Q2M-0KXD-94T1", " 7q2m-0kxd-94t1 ", "7Q2M0KXD94T1", "7Q2M OKXD 94TI", "7q2m-okxd-94tl", "7-Q-2-M 0KXD94T1"],
)
def test_read_receipt_code_forgives_how_people_type(written):
    assert read_receipt_code(written) == "7Q2M-0KXD-94T1"


@pytest.mark.parametrize(
    "written", ["7Q2M-0KXD-94T", "7Q2M-0KXD-94T11", "7Q2M-0KXD-94TU", "七二三四五六七八九十一二", *HOSTILE]
)
def test_read_receipt_code_refuses_all_else(written):
    assert read_receipt_code(written) is None


def test_read_receipt_code_gives_new_codes_back():
    for _ in range(200):
        code = new_receipt_code()
        assert read_receipt_code(code.lower().replace("-", "")) == code


def test_receipt_hash_differs_with_the_code_and_is_no_plain_hash_of_it():
    assert receipt_hash("7Q2M-0KXD-94T1") != receipt_hash("7Q2M-0KXD-94T2")
    assert len(receipt_hash("x")) == 64
