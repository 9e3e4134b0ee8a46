"""A receipt shown on the page when the time of one's own words is over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from surveys.fhir.validation import validate
from surveys.retention import remove_overdue
from tests.surveys.cast import outpatient
from tests.web.test_receipts import enters, sent

GONE = "（文字已到期删除）"


@pytest.fixture
def mei(town, browse):
    """Mei sent her answers a year ago, with a comment."""
    browser = browse(town.site())
    browser.code = sent(town, browser)
    town.now += timedelta(days=366)
    with town.database.transaction() as session:
        assert remove_overdue(session, now=town.now)["own_words"] == 1
    return browser


def test_page_says_that_the_text_is_gone_and_shows_the_rest(town, mei):
    page = enters(mei, mei.code)
    assert (mei.status, mei.heading) == (200, "门诊就诊体验问卷")
    assert "提交时间：2026-11-06 11:30" in page.one("main").text
    shown = [entry.one("dd").text for entry in page.one("dl").every("div")]
    assert (len(shown), shown[-1]) == (11, GONE)
    assert "护士" not in page.one("main").text


def test_copy_as_text_says_it_too(mei):
    copy = mei.post("/receipt/text", {"code": mei.code}).text
    assert GONE in copy.split("\n")
    assert "\x1f" not in copy


def test_copy_as_fhir_leaves_the_text_out_and_is_valid(mei):
    response = mei.post("/receipt/fhir", {"code": mei.code})
    document = json.loads(response.text)
    assert validate(outpatient(), document) == []
    assert "comment" not in response.text
    assert "u001f" not in response.text


def test_answers_can_still_be_taken_back(mei):
    enters(mei, mei.code)
    assert mei.post("/receipt/withdraw/confirm", {"code": mei.code}).status_code == 200
    page = enters(mei, mei.code)
    assert page.every("dl") == []
