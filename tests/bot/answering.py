"""Somebody who answers any questionnaire in chat: taps where there are buttons, types where there are none.

Works on what stands on the screen; an answer is given as it would be stored and put the way a person would put it.
"""

from __future__ import annotations

from datetime import date, datetime, time

from outbox.message import Button
from storage.database import Database
from surveys.responses import sitting
from surveys.sittings import Sitting
from surveys.structure import BOOLEAN, OTHER, Question, find_option
from surveys.wording import choices
from tests.bot.phone import Phone


def sitting_on(phone: Phone, database: Database) -> Sitting:
    """The response whose screen is shown."""
    action = next(button.action for row in phone.message.buttons for button in row if button.action[0] == "s")
    with database.transaction() as session:
        return sitting(session, response_id=action[1])


def taps_action(phone: Phone, verb: str, *places: object) -> None:
    """Tap the button of the screen that carries this; turns pages until it is there."""
    wanted = tuple(map(str, places))
    for _ in range(10):
        for row in phone.message.buttons:
            for button in row:
                if button.action[3:4] == (verb,) and button.action[4 : 4 + len(wanted)] == wanted:
                    phone.does(phone.tap(phone.newest, button))
                    return
        phone.taps("下一页 ›")
    raise AssertionError(f"no button {verb} {wanted} on {phone.buttons}")


def has_action(phone: Phone, verb: str) -> bool:
    return any(button.action[3:4] == (verb,) for row in phone.message.buttons for button in row)


def agrees_to_text(phone: Phone) -> None:
    """Says yes where own words are about to be asked for."""
    if has_action(phone, "h"):
        button = next(button for row in phone.message.buttons for button in row if button.action[3:4] == ("h",))
        phone.does(phone.tap(phone.newest, button))


def gives(phone: Phone, whole: Sitting, question: Question, values: list[str], *, types: bool = False) -> None:
    """Answer the question on the screen with these stored values, by taps where possible or (`types`) in words."""
    agrees_to_text(phone)
    place = [each.id for each in whole.questionnaire.questions].index(question.id)
    if not values:
        if has_action(phone, "k"):
            taps_action(phone, "k", place)
        return
    for value in values:
        _gives_one(phone, whole, question, place, value, types=types)
        agrees_to_text(phone)
    if question.repeats and has_action(phone, "d"):
        taps_action(phone, "d", place)


def said(value: str, question: Question) -> str:
    """A stored value as somebody would type it."""
    if question.has_options:
        option = find_option(question, value)
        return option.text["zh"] if option is not None and option.text else value.removeprefix(OTHER)
    match question.type:
        case "date":
            day = date.fromisoformat(value)
            return f"{day.year}年{day.month}月{day.day}日"
        case "time":
            hour = time.fromisoformat(value)
            return f"{hour:%H:%M}" if hour.second == 0 else value
        case "dateTime":
            moment = datetime.fromisoformat(value)
            return f"{moment:%Y-%m-%d %H:%M}"
        case "boolean":
            return "是的" if value == "true" else "没有"
        case _:
            return value


def _gives_one(phone: Phone, whole: Sitting, question: Question, place: int, value: str, *, types: bool) -> None:
    codes = [code for code, _ in choices(question, "zh")] if question.options or question.type == BOOLEAN else []
    if value not in codes:
        if question.has_options:
            taps_action(phone, "o", place)
            agrees_to_text(phone)
        phone.says(said(value, question))
        if has_action(phone, "h"):  # words came before consent: say yes, and once more
            agrees_to_text(phone)
            phone.says(said(value, question))
    elif types:
        phone.says(said(value, question))
    elif question.repeats:
        taps_action(phone, "t", place, codes.index(value), 1)
    else:
        taps_action(phone, "a", place, codes.index(value))


def looks_back(phone: Phone, whole: Sitting, question: Question) -> None:
    """Go to a question as the numbers of the review do."""
    place = [each.id for each in whole.questionnaire.questions].index(question.id)
    button = Button("…", ("s", whole.response_id, str(whole.revision), "v", str(place)))
    phone.does(phone.tap(phone.newest, button))
