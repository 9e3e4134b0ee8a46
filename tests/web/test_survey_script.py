"""The survey's script against the server: the same items seen, the same comparisons, the same progress, in Chromium.

The script judges conditions anew in another language; questionnaires and answers by chance show whether it does so
alike. What the script adds for comfort is looked at as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import Browser, expect

from surveys.conversation import review, shown
from surveys.definition import parse_questionnaire
from surveys.structure import TYPES
from surveys.values import compare
from tests.web.cast import Town
from tests.web.chromium import find, served, started, window
from tests.web.every_type import KIND, PLACES, every_type
from tests.web.random_forms import answer, form

pytestmark = pytest.mark.browser
EXECUTABLE = find()

FILL = """(given) => {
  for (const [place, values] of given) {
    const named = (name) => [...document.querySelectorAll(`[name="${name}.${place}"]`)];
    if (!named("a").length) continue;
    if (["radio", "checkbox"].includes(named("a")[0].type)) {
      const own = values.filter((value) => value.startsWith("~")).map((value) => value.slice(1));
      for (const each of named("a")) each.checked = values.includes(each.value) || (each.value === "~" && own.length > 0);
      document.querySelector("form.questions").dispatchEvent(new Event("change"));
      named("o").forEach((each, number) => { each.value = own[number] || ""; });
      continue;
    }
    const add = document.querySelector(`button.add[value="${place}"]`);
    while (named("a").length < values.length) addLine({ target: add, preventDefault() {} });
    named("a").forEach((each, number) => { each.value = values[number] || ""; });
  }
  document.querySelector("form.questions").dispatchEvent(new Event("change"));
  const items = [...document.querySelectorAll(".questions [id^=q-]")].filter((each) => !each.hidden);
  return [items.map((each) => Number(each.id.slice(2))), document.querySelector("#done").value, document.querySelector("#done").max,
    items.filter((each) => each.tagName === "FIELDSET").every((each) => !each.disabled)];
}"""
SIGNS = {
    "number": ["0", "-0", "1", "01", "1.0", "1.50", "-3.25", "+2", ".5", "99999999999999999999.1", "x", "", "1e3"],
    "date": ["2026", "2026-03", "2026-03-01", "2024-02-29", "2026-02-29", "2026-12-31", "2026-12", "2025", "9999-12-31",
             "0001-01-01", "0000-01-01", "26-03-01", "~"],
    "time": ["08:30", "08:30:00", "08:30:00.5", "24:00:00", "23:59:59", "00:00", "8:30"],
    "dateTime": ["2026-03-01T08:30:00+08:00", "2026-03-01T00:30:00Z", "2026-03-01T08:30:00.000001+08:00", "2026-03-01",
                 "2026-02-28T17:00:00-07:30", "2026-03-01T08:30:00", "2026", "2026-03-02T00:00:00+14:00"],
    "words": ["", "a", "A", "ab", "好", "𠮷", "\uffee", "~a", "z"],
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started(EXECUTABLE) as browser:
        yield browser


def typed(item: dict, value: str) -> str:
    """A stored value as it stands in its field."""
    return value[:16] if item["type"] == "dateTime" else value


def begins(seen, ticket: str):
    page = seen.opens(f"/s/{ticket}")
    page.locator("button[value=grown]").click()
    page.wait_for_selector(".questions")
    return page


def compares_alike(seen, document: dict, chance: Random, times: int) -> int:
    """Fill the page anew again and again; the number of items that were seen in some and not in others."""
    questionnaire, findings = parse_questionnaire(document, file="")
    assert questionnaire is not None, findings
    sometimes, always = set(), set(range(len(questionnaire.questions)))
    for _ in range(times):
        given = {item["id"]: tuple(answer(chance, item)) for item in document["questions"] if "text" in item
                 and item["type"] not in ("group", "display")}  # fmt: skip
        fields = [
            [place, [typed(item, value) for value in given[item["id"]]]]
            for place, item in enumerate(document["questions"]) if item["id"] in given
        ]  # fmt: skip
        seen_places, done, required, are_open = seen.page.evaluate(FILL, fields)
        at = {item.id: place for place, item in enumerate(questionnaire.questions)}
        expected = [at[item.id] for item in shown(questionnaire, given)]
        assert seen_places == expected, (document["questions"], given)
        looked_over = review(questionnaire, given)
        needed = [entry for entry in looked_over.entries if entry.question.required]
        assert (done, required) == (len(needed) - len(looked_over.missing), max(len(needed), 1) if needed else required)
        assert are_open
        sometimes |= set(seen_places)
        always &= set(seen_places)
    return len(sometimes - always)


def test_script_and_server_show_the_same_items(hamlet: Town, chromium):
    chance, changing = Random(20261106), 0
    with served(hamlet.site()) as base, window(chromium, base) as seen:
        for number in range(14):
            document = form(chance, version=f"{number:03}", size=14)
            hamlet.asks(document)
            begins(seen, hamlet.ticket(kind=KIND))
            changing += compares_alike(seen, document, chance, 25)
    assert changing > 40  # the forms did have something to decide


def test_script_compares_as_the_server_does(hamlet: Town, chromium):
    of = {"integer": "number", "decimal": "number", "date": "date", "time": "time", "dateTime": "dateTime"}
    pairs = [
        (type_, left, right)
        for type_ in TYPES
        if type_ not in ("group", "display")
        for left, right in itertools.product(SIGNS[of.get(type_, "words")], repeat=2)
    ]
    with served(hamlet.asks(every_type()).site()) as base, window(chromium, base) as seen:
        page = begins(seen, hamlet.ticket(kind=KIND))
        by_script = page.evaluate("(pairs) => pairs.map((each) => compare(...each))", pairs)
    different = [
        (pair, compare(*pair), order) for pair, order in zip(pairs, by_script, strict=True) if compare(*pair) != order
    ]
    assert different == []


def test_script_reads_numbers_as_they_are_typed(hamlet: Town, chromium):
    typed_and_read = {"12": "12", " １２ ": "12", "-3.50": "-3.50", "−3": "-3", "007": "7", "0": "0", "000": "0", "1,200": "1200",
                      "0.5": "0.5", "12x": "", "": "", "1,2": "", "--1": ""}  # fmt: skip
    with served(hamlet.asks(every_type()).site()) as base, window(chromium, base) as seen:
        page = begins(seen, hamlet.ticket(kind=KIND))
        read = page.evaluate("(words) => words.map((each) => stored('decimal', each))", list(typed_and_read))
    assert read == list(typed_and_read.values())


def test_script_keeps_what_stands_alone_alone(hamlet: Town, chromium):
    with served(hamlet.asks(every_type()).site()) as base, window(chromium, base) as seen:
        page = begins(seen, hamlet.ticket(kind=KIND))
        name = f"a.{PLACES['help<b>']}"

        def box(value):
            return page.locator(f'[name="{name}"][value="{value}"]')

        box("eat").check()
        box("walk").check()
        expect(page.locator(f"#q-{PLACES['times']}")).to_be_visible()
        box("none").check()
        expect(box("eat")).not_to_be_checked()
        expect(page.locator(f"#q-{PLACES['times']}")).to_be_hidden()
        box("~").check()
        expect(box("none")).not_to_be_checked()
        words = page.locator(f'[name="o.{PLACES["help<b>"]}"]')
        words.fill("读报")
        box("~").uncheck()
        expect(words).to_be_hidden()
        expect(words).to_be_disabled()  # and so it is not sent
        box("~").check()
        expect(words).to_have_value("读报")


def test_script_adds_lines_up_to_the_most(hamlet: Town, chromium):
    with served(hamlet.asks(every_type()).site()) as base, window(chromium, base) as seen:
        page = begins(seen, hamlet.ticket(kind=KIND))
        lines = page.locator(f'[name="a.{PLACES["drugs"]}"]')
        add = page.locator(f'button.add[value="{PLACES["drugs"]}"]')
        for count in (1, 2, 3):
            expect(lines).to_have_count(count)
            lines.last.fill(f"药{count}")
            add.click()
            expect(lines.last).to_be_focused()
            expect(lines.last).to_have_value("")
            assert lines.last.get_attribute("aria-label") == f"第 {count + 1} 项"
        expect(add).to_be_hidden()
        assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size") == page.evaluate(
            "document.querySelectorAll('[id]').length"
        )


def test_script_shows_the_tick_for_words_only_where_words_are_asked_for(hamlet: Town, chromium):
    document = every_type(version="2", questions=[
        {"id": "ask", "type": "boolean", "text": {"zh": "想写吗？", "en": "Words?"}},
        {"id": "words", "type": "text", "text": {"zh": "写吧", "en": "Write"},
         "enable_when": [{"question": "ask", "operator": "=", "value": "true"}]},
    ])  # fmt: skip
    with served(hamlet.asks(document).site()) as base, window(chromium, base) as seen:
        page = begins(seen, hamlet.ticket(kind=KIND))
        box = page.locator("#text-consent")
        expect(box).to_be_hidden()
        page.locator('[name="a.0"][value="true"]').check()
        expect(box).to_be_visible()
        page.locator('[name="a.0"][value="false"]').check()
        expect(box).to_be_hidden()
        page.locator(".questions > .primary").click()
        expect(page.locator(".send")).to_be_visible()
