"""docs/privacy.md promises what the program does: every limit, in both languages, and no limit that nobody keeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.schema import metadata
from consortium.disclosure import MINIMUM_FOR_COMMENTS, MINIMUM_SHOWN
from consortium.links import BIND, LIFETIME, SESSION_LIFETIME, WEB
from locales.texts import text
from surveys.fielding import versions, visit_lists
from surveys.retention_limits import BLANKED, DAYS, DELETED, LIMITS, MONTHS
from tests.app.error_page import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
CHINESE, ENGLISH = PAGE.split("## English", 1)
HALVES = {"zh": CHINESE, "en": ENGLISH}
UNITS = {("zh", DAYS): "天", ("zh", MONTHS): "个月", ("en", DAYS): "day", ("en", MONTHS): "month"}
THEN = {("zh", DELETED): "删除", ("zh", BLANKED): "抹去", ("en", DELETED): "deleted", ("en", BLANKED): "blanked"}


def rows(half: str) -> dict[str, list[str]]:
    """Name → the other cells of its row in the table of limits."""
    found = re.findall(r"^\| `([a-z_]+)` \|(.+)\|$", half, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in found}


@pytest.mark.parametrize("language", HALVES)
def test_every_limit_is_on_the_page_and_no_other(language):
    assert list(rows(HALVES[language])) == list(LIMITS)


@pytest.mark.parametrize("language", HALVES)
@pytest.mark.parametrize("name", LIMITS)
def test_page_says_how_long_and_what_then(language, name):
    limit = LIMITS[name]
    _, how_long, then = rows(HALVES[language])[name]
    assert re.search(rf"(?<!\d){limit.length} {UNITS[language, limit.unit]}", how_long), how_long
    assert then.startswith(THEN[language, limit.then]), then


@pytest.mark.parametrize("language", HALVES)
def test_page_quotes_what_a_receipt_says(language):
    assert text(language, "retention.words_removed") in HALVES[language]


@pytest.mark.parametrize(
    ("lasts", "chinese", "english"),
    [
        (LIFETIME[WEB], "登录链接（10 分钟", "sign-in links (good for 10 minutes"),
        (LIFETIME[BIND], "绑定链接（7 天", "bind links (7 days"),
        (SESSION_LIFETIME, "网页登录（12 小时", "web sessions (good for 12 hours"),
        (versions.LIFETIME, "链接 24 小时后失效", "the link ends after 24 hours"),
        (visit_lists.LIFETIME, "2 小时后失效", "end after 2 hours"),
    ],
    ids=["web", "bind", "session", "test link", "list"],
)
def test_page_says_how_long_links_and_lists_are_good(lasts, chinese, english):
    assert chinese in CHINESE
    assert english in ENGLISH
    number, word = re.search(r"(\d+) (minute|hour|day)", english).groups()
    assert lasts == timedelta(**{f"{word}s": int(number)})


def test_page_says_from_how_many_on_something_is_shown():
    assert (MINIMUM_SHOWN, MINIMUM_FOR_COMMENTS) == (5, 10)
    assert "不足 5 人" in CHINESE
    assert "满 10 份答卷" in CHINESE
    assert "below five people" in ENGLISH
    assert "from ten responses on" in ENGLISH


@pytest.mark.parametrize("language", HALVES)
def test_both_halves_have_the_same_sections_and_as_many_rows(language):
    numbers = re.findall(r"^### (\d+)\. ", HALVES[language], re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]
    lines = {each: len(re.findall(r"^\| ", half, re.MULTILINE)) for each, half in HALVES.items()}
    assert len(set(lines.values())) == 1, lines


def test_a_new_column_that_may_hold_something_personal_is_thought_about():
    """Whoever adds one of these says on the page, and in the limits, how long it is kept; then it is added here."""
    personal = re.compile("account|address|chat|display_name|email|ip|person_key|phone|sender|title|visit")
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata().sorted_tables
        for column in table.columns
        if personal.fullmatch(column.name)
    }
    assert columns == {
        "account.account", "account.display_name", "blind_visit.visit", "chat.address", "chat.title",
        "delivery.address", "handled_update.chat", "invitation.person_key", "invitation.visit", "opt_out.account",
        "person_opt_out.person_key", "response.account", "sender_trace.sender", "set_aside.chat", "text_prompt.chat",
            "words_prompt.chat",
        "undrawn_visit.visit",
    }  # fmt: skip
