"""The screens of a receipt: what was sent, a copy of it, taking it back. PURE.

A button carries the code itself, which nobody stores: whoever taps proves it again. Refuses to know who asks.
"""

from __future__ import annotations

from bot.layout import LONGEST_TEXT, Rows, fitted, page_of, page_turners
from bot.survey_screens import entry_words
from bulletins.cutting import split_text
from locales.texts import pick, text
from outbox.message import Button, Message
from surveys.conversation import Entry
from surveys.sittings import Sitting
from surveys.structure import GROUP

RECEIPT, SHOW, COPY, ASK, WITHDRAW = "r", "v", "c", "w", "x"

_ENTRIES = 20
_GAP = "\n\n"


def answers_screen(language: str, sitting: Sitting, code: str, *, sent: str, is_settled: bool, page: int) -> Message:
    """One's own answers, and what may be done with them. `sent` is when, in words."""
    entries, place = page_of(_entries(sitting), page, _ENTRIES)
    first = place.number * _ENTRIES + 1
    lines = [entry_words(sitting, number, entry) for number, entry in enumerate(entries, start=first)]
    rows: Rows = page_turners(
        place,
        (RECEIPT, SHOW, _bare(code)),
        earlier=text(language, "bot.page.earlier"),
        later=text(language, "bot.page.later"),
    )
    ways = [Button(text(language, "bot.receipt.copy"), (RECEIPT, COPY, _bare(code)))]
    foot = text(language, "bot.receipt.settled", period=sitting.period)
    if not is_settled:
        ways.append(Button(text(language, "bot.receipt.withdraw"), (RECEIPT, ASK, _bare(code))))
        foot = text(language, "bot.receipt.open")
    head = _head(language, sitting, sent)
    return Message(fitted(_GAP.join((head, "\n".join(lines), foot))), (*rows, tuple(ways)))


def withdrawn_screen(language: str, sitting: Sitting) -> Message:
    """The answers are gone."""
    return Message(text(language, "bot.receipt.withdrawn", unit=pick(sitting.unit_name, language)))


def ask_screen(language: str, code: str) -> Message:
    """Whether to take the answers back: it cannot be undone."""
    return Message(
        text(language, "bot.receipt.ask"),
        (
            (Button(text(language, "bot.receipt.do_withdraw"), (RECEIPT, WITHDRAW, _bare(code))),),
            (Button(text(language, "bot.receipt.keep"), (RECEIPT, SHOW, _bare(code), "0")),),
        ),
    )


def copy_of(language: str, sitting: Sitting, *, sent: str) -> tuple[Message, ...]:
    """Everything that is kept of the answers, whole, as text to take along."""
    head = _head(language, sitting, sent)
    lines = [
        entry_words(sitting, number, entry, is_whole=True) for number, entry in enumerate(_entries(sitting), start=1)
    ]
    return tuple(Message(part) for part in split_text(_GAP.join((head, "\n".join(lines))), LONGEST_TEXT))


def _head(language: str, sitting: Sitting, sent: str) -> str:
    title, unit = pick(sitting.questionnaire.title, language), pick(sitting.unit_name, language)
    return text(language, "bot.receipt.head", title=title, unit=unit, sent=sent)


def _entries(sitting: Sitting) -> list[Entry]:
    """Every answer that is kept, in the order of the questionnaire; what nobody was asked is among them."""
    return [
        Entry(question, sitting.answers[question.id])
        for question in sitting.questionnaire.questions
        if question.type != GROUP and question.id in sitting.answers
    ]


def _bare(code: str) -> str:
    return code.replace("-", "")
