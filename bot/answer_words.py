"""How an answer reads in chat: as everywhere, but days with their weekday, and times as people say them. PURE."""

from __future__ import annotations

from datetime import date, datetime

from bot.layout import shorten
from locales.texts import text
from surveys.structure import DATE, DATETIME, TIME, Question
from surveys.wording import answer_text

_LONGEST_ECHO = 120
_NO_SECONDS = ":00"


def answer_words(question: Question, answer: tuple[str, ...] | None, language: str) -> str:
    """An answer in words: the option's, what was written, the day, or that there is none."""
    if not answer or question.has_options or question.type not in (DATE, TIME, DATETIME):
        return answer_text(question, answer, language)
    said = (_moment(question.type, value, language) for value in answer)
    return text(language, "surveys.names.separator").join(said)


def echo(question: Question, answer: tuple[str, ...], language: str) -> str:
    """What was understood of typed words, in one line for the head of the next screen."""
    return text(
        language, "bot.survey.understood", answer=shorten(answer_words(question, answer, language), _LONGEST_ECHO)
    )


def day_words(day: date, language: str) -> str:
    """2026年3月1日（周日）"""
    weekday = text(language, f"bot.weekday.{day.isoweekday()}")
    month = text(language, f"bulletins.month.{day.month}")
    return text(language, "bot.day", year=day.year, month=month, day=day.day, weekday=weekday)


def _moment(type_: str, value: str, language: str) -> str:
    """A stored day, time or moment; one that is only part of a date stays as it is."""
    try:
        if type_ == DATE:
            return day_words(date.fromisoformat(value), language)
        if type_ == TIME:
            return value.removesuffix(_NO_SECONDS) if len(value) == len("08:30:00") else value
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{day_words(moment.date(), language)} {moment:%H:%M}"
