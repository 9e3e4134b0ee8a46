"""The survey's forms under hostile input: odd bytes, odd fields, other sites. One sentence, and nothing changes."""

from __future__ import annotations

import pytest

from surveys.models import Answer
from tests.web.browser import FORM
from tests.web.cast import BEST, GROWN, answered
from tests.web.every_type import KIND, every_type
from tests.web.every_type import field as field_of

pytestmark = pytest.mark.both_databases

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
    browser.sends(f"{browser.home}/consent", change=GROWN)
    return browser


def sends_bytes(mei, content: bytes, kind: str = FORM):
    return mei.request("POST", mei.home, content=content, headers={"Content-Type": kind})


def test_words_come_back_as_words(hamlet, browse):
    for words in XSS:
        mei = browse(hamlet.site())
        ticket = hamlet.ticket()
        mei.opens(f"/s/{ticket}")
        mei.sends(f"/s/{ticket}/consent", change=GROWN)
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
        b"a.0=%ff",
        b"a.0=\xff\xfe",
        b"a.11=%ED%A0%80",  # half a surrogate pair, as some encoders write it
        b"a.0",
        b"a.0=5&&;",
        b"&".join(b"shown=%d" % number for number in range(2_100)),
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
        "a.clean",  # a question is named by its place
        "a.12",
        "a.00",
        "a.-1",
        "a.٣",
        "a.99999",
        "o.0",  # a question without own words
        "o.",
        "b.0",
        "unit",
        "unit_code",
        "flagged",
        "period",
        "state",
        "a.",
        "revision",
        "a.0.x",
        "A.0",
        "code",
    ]:
        before = town.everything()
        response = mei.post(mei.home, {"a.0": "5", field: "1"})
        assert (response.status_code, "x-error" in response.headers) == (422, False)
        assert mei.heading == f"没有“{field}”这一项，请删去后再发送。"
        assert town.everything() == before


def test_field_given_twice_is_refused(town, mei):
    assert sends_bytes(mei, b"a.0=5&a.0=1").status_code == 422
    assert mei.heading == "“a.0”出现了两次，请只保留一个。"
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


def odd_form(words: str) -> dict:
    """A questionnaire whose author writes `words` wherever words can stand."""
    both = {"zh": words, "en": words}
    short = words[:40]
    options = [{"code": f"c{words}"[:200], "text": both, "prefix": short}, {"code": "d", "text": both}]
    return every_type(title=both, notice=both, thanks=both, questions=[
        {"id": f"g{words}", "type": "group", "text": both, "prefix": short},
        {"id": f"q{words}", "type": "choice", "parent": f"g{words}", "text": both, "repeats": True, "options": options,
         "constraint": "optionsOrString"},
        {"id": f"n{words}", "type": "decimal", "text": both, "unit": {"code": short}, "entry_format": short,
         "enable_when": [{"question": f"q{words}", "operator": "!=", "value": "d"}]},
        {"id": f"t{words}", "type": "display", "text": both},
        {"id": f"s{words}", "type": "string", "text": both, "initial": words},
    ])  # fmt: skip


def test_words_of_authors_come_back_as_words(hamlet, browse):
    for number, words in enumerate([*XSS[:5], XSS[7]]):
        hamlet.asks(odd_form(words) | {"version": f"{number:03}"})
        mei = browse(hamlet.site())
        home = f"/s/{hamlet.ticket(kind=KIND)}"
        mei.opens(home)
        assert mei.page.one("title").text.startswith(" ".join(words.split())[:10])
        mei.sends(f"{home}/consent", change=GROWN)
        for _ in range(2):
            assert len(mei.page.every("script")) == 1
            assert mei.page.every("img") == []
            assert mei.page.one("input", name="a.4")["value"] == words
            assert mei.page.every("input", name="a.1")[0]["value"] == f"c{words}"[:200]
            mei.sends(
                home,
                change={
                    "a.1": [f"c{words}"[:200], "~"],
                    "o.1": f"{words} 与此无关",
                    "a.2": "x",
                    "a.4": words,
                    "text": "yes",
                },
            )
            assert mei.status == 422
            assert mei.page.every("input", name="o.1")[0]["value"] == f"{words} 与此无关"
        mei.sends(home, change={"a.2": "1.5"})
        shown = mei.sends(home).one("dl") if not mei.path.endswith("/review") else mei.page.one("dl")
        assert shown.every("img") + shown.every("script") == []
        assert "onerror" not in str([element.attributes for element in shown.every("dd")])


def test_more_values_than_a_question_takes_are_refused(town, browse):
    town.asks(every_type())
    mei = browse(town.site())
    home = f"/s/{town.ticket(kind=KIND)}"
    mei.opens(home)
    mei.sends(f"{home}/consent", change=GROWN)
    for values in (["a"] * 5, ["a"] * 60, [f"药{number}" for number in range(1_000)]):
        response = mei.post(home, {field_of("drugs"): values, "text": "yes"})
        assert response.status_code == 422
        assert town.count(Answer) == 0
    assert mei.post(home, {field_of("help<b>"): ["eat"] * 900}).status_code == 422
    assert mei.post(home, {field_of("drugs"): [""] * 900 + ["a"], "text": "yes"}).status_code == 303
    assert town.count(Answer, Answer.value == "a") == 1


def test_fields_of_questions_that_are_not_asked_change_nothing(town, browse):
    town.asks(every_type())
    mei = browse(town.site())
    home = f"/s/{town.ticket(kind=KIND)}"
    mei.opens(home)
    mei.sends(f"{home}/consent", change=GROWN)
    response = mei.post(home, {field_of("never"): "true", field_of("before"): "no date at all", field_of("times"): "3"})
    assert response.status_code == 303
    assert town.count(Answer) == 0


def test_shown_fields_by_the_thousand_cost_nothing_and_store_nothing(town, mei):
    assert sends_bytes(mei, b"&".join(b"shown=%d" % (number % 40) for number in range(1_900))).status_code == 303
    assert town.count(Answer) == 1  # the optional question that was asked, shown and left
