"""Figures in words: a score to two decimals, its interval, the name of its definition, why a line breaks. PURE."""

from __future__ import annotations

from fractions import Fraction

from locales.numbers import rounded
from locales.texts import text
from surveys.trends import Figure

NOTHING = "—"


def score_text(score: Fraction | None) -> str:
    """To two decimals; a dash where there is no figure."""
    return NOTHING if score is None else rounded(score)


def interval_text(figure: Figure, language: str) -> str:
    """Both ends of the interval, or that nobody answered."""
    if figure.low is None or figure.high is None:
        return text(language, "figures.none")
    return text(language, "figures.interval", low=rounded(figure.low), high=rounded(figure.high))


def definition_name(definition: str, language: str) -> str:
    """What a definition is called: `linear-0-100` and the others of `surveys.scoring`."""
    return text(language, f"figures.definition.{definition.partition('-')[0]}")


def break_name(reason: str, language: str) -> str:
    """Why a line does not go on: a reason of `surveys.trends`."""
    return text(language, f"figures.break.{reason}")


def signal_name(signal: str, language: str) -> str:
    """What speaks against a response: a signal of `surveys.honesty.signals`."""
    return text(language, f"figures.signal.{signal}")


def hold_name(state: str, language: str) -> str:
    """How far a doubted response is: a state of `surveys.honesty.holds`."""
    return text(language, f"figures.hold.{state}")
