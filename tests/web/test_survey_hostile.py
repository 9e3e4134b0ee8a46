"""The survey's forms under hostile input: odd bytes, odd fields, other sites. One sentence, and nothing changes."""

from __future__ import annotations

import pytest

from surveys.models import Answer
from tests.web.browser import FORM
from tests.web.cast import BEST, answered

XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "'; alert(1); //",
    "{{7*7}} ${7*7} {0.__class__} %s {% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "&lt;b&gt; &amp;",
)


@pytest.fixture
def mei(town, browse):
    browser = browse(town.site())
    browser.ticket = town.ticket()
    browser.home = f"/s/{browser.ticket}"
    browser.opens(browser.home)
    browser.sends(f"{browser.home}/consent")
    return browser


def sends_bytes(mei, content: bytes, kind: str = FORM):
    return mei.request("POST", mei.home, content=content, headers={"Content-Type": kind})


def test_words_come_back_as_words(hamlet, browse):
    for words in XSS:
        mei = browse(hamlet.site())
        ticket = hamlet.ticket()
        mei.opens(f"/s/{ticket}")
        mei.sends(f"/s/{ticket}/consent")
        scripts = len(mei.page.every("script"))
        mei.sends(f"/s/{ticket}", change=answered(BEST | {"comment": words}))
        shown = mei.page.one("dl").every("div")[-1].every("dd")[0].text
        assert shown == words.replace("\u202e", "")
        assert len(mei.page.every("script")) == scripts
        assert mei.page.every("img") == []
        field = mei.opens(f"/s/{ticket}").one("textarea")
        assert (field.text, field.every("script")) == (shown, [])


def test_nul_and_controls_are_dropped_alike_on_both_databases(town, mei):
    mei.sends(mei.home, change=answered({"comment": "a\x00b\x07c\u202ed\ufffe"}))
    assert town.one(Answer, Answer.question_id == "comment").value == "abcd"


def test_bytes_that_are_no_form_are_refused_in_one_sentence(town, mei):
    for content in [
        b"a.clean=%ff",
        b"a.clean=\xff\xfe",
        b"a.comment=%ED%A0%80",  # half a surrogate pair, as some encoders write it
        b"a.clean",
        b"a.clean=5&&;",
        b"&".join(b"shown=%d" % number for number in range(600)),
    ]:
        before = town.everything()
        response = sends_bytes(mei, content)
        assert (response.status_code, mei.heading) == (400, "表单内容无法读取，请返回上一页重新填写。")
        assert town.everything() == before


def test_other_kinds_of_body_are_refused(hamlet, browse):
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]:
        browser = browse(hamlet.site())
        ticket = hamlet.ticket()
        response = browser.request("POST", f"/s/{ticket}/consent", content=b"x=1", headers={"Content-Type": kind})
        assert response.status_code == 400


def test_fields_that_the_page_does_not_have_are_refused_and_nothing_is_kept(town, mei):
    for field in [
        "a.weight",
        "unit",
        "unit_code",
        "flagged",
        "period",
        "state",
        "a.",
        "revision",
        "a.clean.x",
        "A.clean",
    ]:
        before = town.everything()
        response = mei.post(mei.home, {"a.clean": "5", field: "1"})
        assert (response.status_code, "x-error" in response.headers) == (422, False)
        assert mei.heading == f"没有“{field}”这一项，请删去后再发送。"
        assert town.everything() == before


def test_field_given_twice_is_refused(town, mei):
    assert sends_bytes(mei, b"a.clean=5&a.clean=1").status_code == 422
    assert mei.heading == "“a.clean”出现了两次，请只保留一个。"
    assert town.count(Answer) == 0


def test_form_from_another_site_is_refused(town, mei):
    for site in ["cross-site", "same-site", "somewhere"]:
        before = town.everything()
        for path in (mei.home, f"{mei.home}/consent", f"{mei.home}/send"):
            assert mei.post(path, {}, headers={"Sec-Fetch-Site": site}).status_code == 403
        assert town.everything() == before


def test_form_from_this_site_or_an_old_browser_is_taken(mei):
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        assert mei.post(mei.home, answered({"clean": "5"}), headers=headers).status_code == 303


def test_attempt_that_is_none_is_refused(mei):
    for attempt in ("", "x", "A" * 23, "A" * 21 + "%", "../" * 8):
        assert mei.post(f"{mei.home}/send", {"attempt": attempt}).status_code == 400


def test_body_that_is_too_long_is_refused(town, mei):
    before = town.everything()
    response = mei.post(mei.home, answered({"comment": "好" * 30_000}))
    assert (response.status_code, mei.heading) == (413, "内容太长，最多 64 KiB，请缩短后再试。")
    assert town.everything() == before


def test_odd_queries_are_ignored(mei):
    for query in (
        "more=%00",
        "more=where%22%3E",
        "check=%ff",
        "language=xx",
        "language=zh&language=en",
        "x=" + "y" * 3000,
    ):
        assert mei.get(f"{mei.home}?{query}").status_code == 200


def test_ticket_never_leaves_in_a_header_that_others_see(mei):
    response = mei.get(mei.home)
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert mei.ticket not in str({name: value for name, value in response.headers.items() if name != "location"})
