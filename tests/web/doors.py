"""The two doors of a survey, for tests: Mei's phone, one question at a time, and her browser, all questions at once.

Both are given the same answers, as they would be stored, and put them as people do there: taps, typed words, forms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sqlalchemy import select

from surveys.conversation import Ask, next_step
from surveys.models import Answer, Response
from surveys.sittings import Sitting
from surveys.sittings import sitting as sitting_of
from surveys.structure import BOOLEAN, OTHER, Question
from surveys.wording import choices
from tests.bot.answering import agrees_to_text, has_action, looks_back, said, taps_action
from tests.bot.phone import Phone
from tests.web.browser import Browser
from tests.web.cast import GROWN, Town
from tests.web.every_type import KIND
from tests.web.random_forms import answer

MOST_STEPS = 60
NAMES_AN_OPTION = {"~o1": "~别的"}  # who writes an option's name chooses it, at both doors: that has its own test


@dataclass
class Mind:
    """What Mei would say to each question, once she is asked: the same at both doors, until she changes her mind."""

    chance: Random
    items: dict[str, dict]
    answers: dict[str, list[str]] = field(default_factory=dict)

    def says(self, question: Question) -> list[str]:
        if question.id not in self.answers:
            self.changes(question)
        return self.answers[question.id]

    def changes(self, question: Question) -> None:
        """Another answer; to what is not required, perhaps none any more."""
        values = answer(self.chance, self.items[question.id])
        while not values and question.required:
            values = answer(self.chance, self.items[question.id])
        self.answers[question.id] = [NAMES_AN_OPTION.get(value, value) for value in values]


@dataclass
class ChatDoor:
    """Mei's phone: one question at a time."""

    town: Town
    phone: Phone
    response_id: str = ""

    def opens(self, ticket: str) -> None:
        self.phone.starts(ticket)
        self.phone.taps("同意并开始（我已满14周岁）")

    def sitting(self) -> Sitting:
        return look_at(self.town, self.response_id)

    def goes_on(self, mind: Mind) -> None:
        """Answer whatever is asked, until the review."""
        for _ in range(MOST_STEPS):
            whole = self.sitting()
            step = next_step(whole.questionnaire, whole.answers)
            if not isinstance(step, Ask):
                return
            looks_back(self.phone, whole, step.question)
            self.tells(step.question, mind.says(step.question), types=mind.chance.random() < 0.3)
        raise AssertionError("the chat never comes to an end")

    def tells(self, question: Question, values: list[str], *, types: bool = False) -> None:
        """Answer the question on the screen, by taps where possible or in words; pass over it without values."""
        agrees_to_text(self.phone)
        place = place_of(self.sitting(), question)
        codes = _codes(question)
        for value in values:
            if value not in codes or types:
                self._types(question, place, value)
            elif question.repeats:
                taps_action(self.phone, "t", place, codes.index(value), 1)
            else:
                taps_action(self.phone, "a", place, codes.index(value))
        if not values and has_action(self.phone, "k"):
            taps_action(self.phone, "k", place)
        elif question.repeats and has_action(self.phone, "d"):
            taps_action(self.phone, "d", place)

    def _types(self, question: Question, place: int, value: str) -> None:
        if value not in _codes(question) and question.options:
            taps_action(self.phone, "o", place)
            agrees_to_text(self.phone)
        self.phone.says(said(value, question))

    def changes(self, mind: Mind, question: Question) -> None:
        looks_back(self.phone, self.sitting(), question)
        agrees_to_text(self.phone)
        wanted = mind.says(question)
        if question.repeats and _codes(question):
            self._ticks_anew(question, wanted)
            return
        while question.repeats and self.sitting().answers.get(question.id):
            taps_action(self.phone, "u", place_of(self.sitting(), question))
        self.tells(question, wanted)

    def _ticks_anew(self, question: Question, wanted: list[str]) -> None:
        """Give what is new, then take back what is not meant any more, one by one."""
        place, codes = place_of(self.sitting(), question), _codes(question)
        for value in wanted:
            if value in self.sitting().answers.get(question.id, ()):
                continue
            if value in codes:
                taps_action(self.phone, "t", place, codes.index(value), 1)
            else:
                self._types(question, place, value)
        for value in [each for each in self.sitting().answers.get(question.id, ()) if each not in wanted]:
            own = [each for each in self.sitting().answers[question.id] if each not in codes]
            number = codes.index(value) if value in codes else len(codes) + own.index(value)
            taps_action(self.phone, "t", place, number, 0)
        if has_action(self.phone, "d"):
            taps_action(self.phone, "d", place)

    def sends(self) -> None:
        for _ in range(MOST_STEPS):  # whoever gave up all ticks still stands at that question
            if has_action(self.phone, "x"):
                break
            self.phone.taps("去核对 ›" if has_action(self.phone, "r") else "下一题 ›")
        self.phone.taps("提交")


@dataclass
class PageDoor:
    """Mei's browser: all questions at once, form by form."""

    town: Town
    browser: Browser
    home: str = ""
    response_id: str = ""

    def opens(self, ticket: str) -> None:
        self.home = f"/s/{ticket}"
        self.browser.opens(self.home)
        self.browser.sends(f"{self.home}/consent", change=GROWN)

    def sitting(self) -> Sitting:
        return look_at(self.town, self.response_id)

    def goes_on(self, mind: Mind) -> None:
        """Fill in and send until the review."""
        for _ in range(MOST_STEPS):
            questionnaire = self.sitting().questionnaire
            change = {"text": "yes"}
            for place in self.places():
                item = questionnaire.questions[place]
                if item.is_question:
                    change |= _fields(item, place, mind.says(item), types=mind.chance.random() < 0.5)
            self.browser.sends(self.home, change=change)
            assert self.browser.status == 200, self.browser.page.one("main").text
            if self.browser.path.endswith("/review"):
                return
        raise AssertionError("the page never comes to an end")

    def changes(self, mind: Mind, question: Question) -> None:
        self.browser.opens(self.home)
        self.goes_on(mind)

    def places(self) -> list[int]:
        """The items that can be seen on the page as it stands."""
        self.browser.opens(self.home)
        form = self.browser.page.one("form")
        items = [each for tag in ("fieldset", "div") for each in form.every(tag)]
        seen = [
            each for each in items if each.attributes.get("id", "").startswith("q-") and "hidden" not in each.attributes
        ]
        return sorted(int(each["id"].removeprefix("q-")) for each in seen)

    def sends(self) -> None:
        self.browser.opens(f"{self.home}/review")
        self.browser.sends(f"{self.home}/send")


def look_at(town: Town, response_id: str) -> Sitting:
    with town.database.transaction() as session:
        return sitting_of(session, response_id=response_id)


def place_of(whole: Sitting, question: Question) -> int:
    return [each.id for each in whole.questionnaire.questions].index(question.id)


def _codes(question: Question) -> list[str]:
    """What can be tapped and ticked."""
    return [code for code, _ in choices(question, "zh")] if question.options or question.type == BOOLEAN else []


def _fields(question: Question, place: int, values: list[str], *, types: bool) -> dict[str, list[str]]:
    """An answer as fields; `types` fills lines as people write rather than as browsers do."""
    codes = _codes(question)
    if codes:
        own = [value.removeprefix(OTHER) for value in values if value not in codes]
        chosen = [value for value in values if value in codes] + ([OTHER] if own else [])
        return {f"a.{place}": chosen or ([] if question.repeats else [""]), f"o.{place}": own} if own else {
            f"a.{place}": chosen or ([] if question.repeats or question.required else [""])
        }  # fmt: skip
    native = [value[:16] if question.type == "dateTime" else value for value in values]
    return {f"a.{place}": [said(value, question) for value in values] if types else native or [""]}


def rows(town: Town, response_id: str) -> list[tuple[str, int, str]]:
    with town.database.transaction() as session:
        found = session.execute(
            select(Answer.question_id, Answer.place, Answer.value)
            .where(Answer.response_id == response_id)
            .order_by(Answer.question_id, Answer.place)
        )
        return [tuple(row) for row in found]


def responses_of(town: Town) -> set[str]:
    with town.database.transaction() as session:
        return set(session.scalars(select(Response.id)))


def both_doors(town: Town, browser: Browser, account: str) -> tuple[ChatDoor, PageDoor]:
    """Two visits of Mei's, opened and agreed to."""
    chat = ChatDoor(town, Phone(town.database, account, town.now, "Mei"))
    page = PageDoor(town, browser)
    for door in (chat, page):
        before = responses_of(town)
        door.opens(town.ticket(kind=KIND))
        (door.response_id,) = responses_of(town) - before
    return chat, page
