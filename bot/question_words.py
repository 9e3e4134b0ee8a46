"""What stands above a question's buttons: headings, the question, how to answer, what was answered so far. PURE."""

from __future__ import annotations

from bot.answer_buttons import Look, is_chosen_from, keypad, near_days, option_list, own_values, takes_own_words
from bot.answer_words import answer_words
from bot.layout import LONGEST_TEXT, bar, fitted, shorten
from bulletins.cutting import utf16_length
from locales.texts import pick, text
from surveys.conversation import Ask
from surveys.hints import hints_of
from surveys.sittings import TEST, Sitting
from surveys.structure import (
    DATE,
    DATETIME,
    DECIMAL,
    GROUP,
    INTEGER,
    NUMBERS,
    OTHER,
    TIME,
    USUAL_ANSWER,
    WRITTEN,
    Question,
)
from surveys.values import shown_range

_GAP = "\n\n"
_LONGEST_SHOWN_ANSWER = 600
_LONGEST_PROPOSAL = 200
_ROOM_FOR_LEADS = 40  # fewer characters would say nothing
_EXAMPLES = {
    INTEGER: "bot.survey.type_number",
    DECIMAL: "bot.survey.type_decimal",
    DATE: "bot.survey.type_date",
    TIME: "bot.survey.type_time",
    DATETIME: "bot.survey.type_moment",
}


def question_words(sitting: Sitting, step: Ask, look: Look) -> str:
    """The whole text of a question's screen; headings and texts before it give way where it would be too long."""
    head = [look.said] if look.said else []
    if sitting.stream == TEST:
        head.append(text(sitting.language, "bot.survey.trial"))
    progress = text(sitting.language, "bot.survey.progress", number=step.number, total=step.total)
    head.append(f"{progress}  {bar(step.number - 1, step.total)}")
    body = [wording_of(step.question, sitting.language), *_hints(sitting, step.question)]
    body += _how_to_answer(sitting, step, look)
    body += [
        part for part in (option_list(sitting, step, look), _so_far(sitting, step), _proposed(sitting, step)) if part
    ]
    core = utf16_length(_GAP.join([*head, *body]))
    room = LONGEST_TEXT - core - len(_GAP)
    leads = _GAP.join(words for words in (_lead(each, sitting.language) for each in step.leads) if words)
    between = [fitted(leads, room)] if leads and room > _ROOM_FOR_LEADS else []
    return fitted(_GAP.join([*head, *between, *body]))


def wording_of(question: Question, language: str) -> str:
    """The question with its number in the form, if it has one."""
    words = pick(question.text, language) or question.id
    return f"{question.prefix} {words}" if question.prefix else words


def _hints(sitting: Sitting, question: Question) -> list[str]:
    """What the author says beneath the question."""
    hints = [pick(hint, sitting.language) for hint in hints_of(sitting.questionnaire, question)]
    return ["\n".join(words for words in hints if words)] if any(hints) else []


def _lead(item: Question, language: str) -> str:
    words = wording_of(item, language) if item.text else ""
    return text(language, "bot.survey.heading", words=words) if words and item.type == GROUP else words


def _how_to_answer(sitting: Sitting, step: Ask, look: Look) -> list[str]:
    """One paragraph at most: how to answer, in which range and form."""
    question, language = step.question, sitting.language
    if look.is_own:
        hints = [text(language, "bot.survey.write_own_now", limit=question.max_length or USUAL_ANSWER)]
    elif is_chosen_from(question):
        hints = [_how_many(question, language)]
        if takes_own_words(question):
            hints.append(text(language, "bot.survey.or_write"))
    elif question.type in WRITTEN:
        hints = [_how_to_write(step, language)]
    else:
        hints = [_how_to_type(question, look, language)]
    if question.repeats and not is_chosen_from(question):
        hints.append(_how_many(question, language))
    if question.entry_format and not is_chosen_from(question):
        hints.append(text(language, "bot.survey.format", format=question.entry_format))
    return ["\n".join(hint for hint in hints if hint)] if any(hints) else []


def _how_many(question: Question, language: str) -> str:
    """How many answers a repeating question takes."""
    if not question.repeats:
        return ""
    kind = "several" if is_chosen_from(question) else "repeat"
    least, most = question.least or 0, question.most
    if most is not None:
        ends = "between" if least > 1 else "most"
        return text(language, f"bot.survey.{kind}_{ends}", least=least, most=most)
    return text(language, f"bot.survey.{kind}_least" if least > 1 else f"bot.survey.{kind}", least=least)


def _how_to_write(step: Ask, language: str) -> str:
    """Words: what to do, or what was written and how to replace it."""
    limit = step.question.max_length or USUAL_ANSWER
    if not step.answer or step.question.repeats:
        return text(language, "bot.survey.write", limit=limit)
    written = shorten(step.answer[0], _LONGEST_SHOWN_ANSWER)
    return text(language, "bot.survey.write_again", written=written, limit=limit)


def _how_to_type(question: Question, look: Look, language: str) -> str:
    """A number, day or time: where it must lie, in which unit, and how it may be typed."""
    has_keys = keypad(question) is not None
    key = "bot.survey.tap_number" if has_keys else _EXAMPLES.get(question.type, "bot.survey.type_number")
    if near_days(question, look.today):
        key = "bot.survey.tap_date"
    said = [text(language, key)]
    bounds = shown_range(question, language)
    if bounds:
        said.append(text(language, "bot.survey.range", range=bounds))
    if question.unit is not None and question.type in NUMBERS:
        said.append(text(language, "bot.survey.unit", unit=question.unit.text or question.unit.code))
    return "\n".join(said)


def _so_far(sitting: Sitting, step: Ask) -> str:
    """What was typed before; what was tapped is marked at its button, and one text is quoted where it is replaced."""
    question, language = step.question, sitting.language
    if not step.answer:
        return ""
    if is_chosen_from(question):
        own = own_values(question, step.answer)
        if not own or question.repeats:
            return ""
        written = shorten(own[0].removeprefix(OTHER), _LONGEST_SHOWN_ANSWER)
        return text(language, "bot.survey.own_so_far", written=written)
    if question.type in WRITTEN and not question.repeats:
        return ""
    answered = shorten(answer_words(question, step.answer, language), _LONGEST_SHOWN_ANSWER)
    return text(language, "bot.survey.several_so_far" if question.repeats else "bot.survey.so_far", answer=answered)


def _proposed(sitting: Sitting, step: Ask) -> str:
    """The author's proposal is no answer until it is taken."""
    if not step.question.initial or step.answer is not None:
        return ""
    words = shorten(answer_words(step.question, step.question.initial, sitting.language), _LONGEST_PROPOSAL)
    return text(sitting.language, "bot.survey.proposed", answer=words)
