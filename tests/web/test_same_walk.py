"""One questionnaire, two doors: whoever answers alike in chat and on the page walks the same path and leaves the same rows.

Questionnaires, answers and changes of mind come by chance. Mei has two visits: of one she tells in chat, tapping and
typing, of the other on the page, form by form; after each change of mind both doors must ask the same questions.
"""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from surveys.conversation import Ask, next_step, shown
from surveys.models import Response
from surveys.sittings import Sitting
from surveys.structure import BOOLEAN, WRITTEN, Question
from tests.bot.answering import agrees_to_text, has_action, looks_back, taps_action
from tests.web.browser import Browser
from tests.web.cast import Town
from tests.web.doors import MOST_STEPS, ChatDoor, Mind, PageDoor, both_doors, place_of, rows
from tests.web.every_type import every_type, field, own
from tests.web.filling import WARD
from tests.web.random_forms import form

versions = itertools.count(1)
settled = settings(
    max_examples=20, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def are_at_the_sameplace_of(chat: ChatDoor, page: PageDoor) -> None:
    """The same answers, the same questions asked, and the page shows just those."""
    one, other = chat.sitting(), page.sitting()
    assert one.answers == other.answers
    at = {item.id: place for place, item in enumerate(one.questionnaire.questions)}
    expected = [at[item.id] for item in shown(one.questionnaire, one.answers)]
    assert page.places() == expected
    assert rows(chat.town, chat.response_id) == rows(page.town, page.response_id)


def can_be_changed(whole: Sitting, question: Question) -> bool:
    """In chat the last of several typed answers stays where one is required."""
    is_typed = not question.options and question.type != BOOLEAN
    return not (question.repeats and is_typed and question.required)


def walks(town: Town, browser: Browser, document: dict, chance: Random, changes: int) -> None:
    town.asks(document)
    chat, page = both_doors(town, browser, f"7{document['version']}")
    mind = Mind(chance, {item["id"]: item for item in document["questions"]})
    for door in (chat, page):
        door.goes_on(mind)
    are_at_the_sameplace_of(chat, page)
    for _ in range(changes):
        whole = chat.sitting()
        asked = [item for item in shown(whole.questionnaire, whole.answers) if item.is_question]
        if not asked:  # everything hangs on something that nobody is asked
            break
        question = chance.choice(asked)
        if not can_be_changed(whole, question):
            continue
        mind.changes(question)
        for door in (chat, page):
            door.changes(mind, question)
            door.goes_on(mind)
        are_at_the_sameplace_of(chat, page)
    for door in (chat, page):
        door.sends()
    assert rows(town, chat.response_id) == rows(town, page.response_id)
    with town.database.transaction() as session:
        states = session.scalars(select(Response.state).where(Response.id.in_([chat.response_id, page.response_id])))
        assert list(states) == ["sent", "sent"]


@settled
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(3, 12), changes=st.integers(0, 4))
def test_random_questionnaires_are_walked_alike(hamlet: Town, seed, size, changes):
    chance = Random(seed)
    with Browser(hamlet.site()) as browser:
        walks(hamlet, browser, form(chance, version=f"{next(versions):05}", size=size), chance, changes)


def test_many_changes_of_mind_in_large_questionnaires(hamlet: Town, browse):
    for seed in range(3):
        chance = Random(seed)
        document = form(chance, version=f"{next(versions):05}", size=16)
        walks(hamlet, browse(hamlet.site()), document, chance, 6)


def test_what_is_typed_means_the_same_at_both_doors(hamlet: Town, browse):
    """Words, figures in Chinese, full width, units: the chat and the page read them alike."""
    hamlet.asks(every_type())
    chat, page = both_doors(hamlet, browse(hamlet.site()), "70001")
    typed = {
        "first-time": "不是", "before": "2026年3月1号", 'ward "7"': "外科", "help<b>": "吃饭、走动", "times": "一百二十次",
        "rate": "八", "weight": "七十点五公斤", "rounds": "早上八点半", "left": "昨天下午3点", "drugs": "阿司匹林",
        "values": "１３０", "days": "十四天", "code": "AB123", "because-web": "好",
    }  # fmt: skip
    fields: dict[str, object] = {"text": "yes"}
    for _ in range(MOST_STEPS):
        whole = chat.sitting()
        step = next_step(whole.questionnaire, whole.answers)
        if not isinstance(step, Ask):
            break
        question = step.question
        looks_back(chat.phone, whole, question)
        agrees_to_text(chat.phone)
        if question.id not in typed:
            taps_action(chat.phone, "k", place_of(whole, question))
            continue
        chat.phone.says(typed[question.id])
        if question.repeats and question.id == "values":
            chat.phone.says("一百二")
        if question.repeats and has_action(chat.phone, "d"):
            taps_action(chat.phone, "d", place_of(whole, question))
        if (
            not (question.options or question.type in (BOOLEAN, *WRITTEN) or question.id == "rate")
            or question.id == "days"
        ):
            kind = "o" if question.options else "a"
            place = place_of(whole, question)
            fields |= {f"{kind}.{place}": [typed[question.id], *(["一百二"] if question.id == "values" else [])]}
    answers = chat.sitting().answers
    for place, question in enumerate(chat.sitting().questionnaire.questions):
        if question.id in answers and f"a.{place}" not in fields and f"o.{place}" not in fields:
            fields[f"a.{place}"] = list(answers[question.id])
    page.browser.sends(page.home, change=fields)
    while not page.browser.path.endswith("/review"):
        assert page.browser.status == 200, page.browser.page.one("main").text
        page.browser.sends(page.home)
    assert page.sitting().answers == answers
    assert (answers["times"], answers["weight"], answers["values"]) == (("120",), ("70.5",), ("130", "120"))
    assert answers["left"] == ("2026-11-05T15:00:00+08:00",)


def test_writing_the_name_of_an_option_chooses_it_at_both_doors(hamlet: Town, browse):
    hamlet.asks(every_type())
    chat, page = both_doors(hamlet, browse(hamlet.site()), "70002")
    for _ in range(2):  # after the first question stands the one about the ward
        whole = chat.sitting()
        step = next_step(whole.questionnaire, whole.answers)
        assert isinstance(step, Ask)
        if step.question.type == BOOLEAN:
            chat.tells(step.question, ["true"])
        else:
            taps_action(chat.phone, "o", place_of(whole, step.question))
            agrees_to_text(chat.phone)
            chat.phone.says(" 外科 ")
    page.browser.sends(page.home, change={field("first-time"): "true", field(WARD): "~", own(WARD): " 外科 "})
    assert chat.sitting().answers[WARD] == page.sitting().answers[WARD] == ("sur",)
