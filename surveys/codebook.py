"""The codebook: what the columns and codes of an export mean, in both languages, so that nobody has to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from consortium.tables_out import Cell, Sheet
from locales.texts import LANGUAGES, text
from surveys.condition_words import condition_words
from surveys.figure_wording import definition_name
from surveys.scoring import DEFINITIONS
from surveys.structure import BOOLEAN, Question, Questionnaire, Wording
from surveys.values import FALSE, TRUE

HEADER = (
    "about", "questionnaire", "version", "question", "code", "type", "text_zh", "text_en", "score", "dimension",
    "is_overall", "required", "several", "minimum", "maximum", "unit", "stands_in", "asked_zh", "asked_en",
)  # fmt: skip
WIDTHS = {"question": 18, "text_zh": 48, "text_en": 48, "asked_zh": 40, "asked_en": 40}
COLUMNS = (
    "unit", "unit_name", "month", "window", "questionnaire", "version", "stream", "measure", "measure_name",
    "definition", "score", "low", "high", "n", "invited", "response_rate", "chat", "page", "mixed", "note",
    "group", "source",
)  # fmt: skip
STREAMS = ("visit", "poster")


def codebook(questionnaires: Iterable[Questionnaire]) -> Sheet:
    """Columns, streams and definitions of figures; then every question of these versions with its options."""
    return Sheet("codebook", HEADER, list(_rows(questionnaires)), WIDTHS)


def _rows(questionnaires: Iterable[Questionnaire]) -> Iterator[list[Cell]]:
    for name in COLUMNS:
        yield _row("column", code=name, text=_both(f"results.column.{name}"))
    for name in STREAMS:
        yield _row("stream", code=name, text=_both(f"results.stream.{name}"))
    for name in DEFINITIONS:
        words = {language: definition_name(name, language) for language in LANGUAGES}
        yield _row("definition", code=name, text=words)
    for form in questionnaires:
        yield _row("questionnaire", form=form, text=form.title)
        for dimension in form.dimensions:
            yield _row("dimension", form=form, code=dimension.code, text=dimension.name)
        for item in form.questions:
            yield from _question(form, item)


def _question(form: Questionnaire, item: Question) -> Iterator[list[Cell]]:
    asked = {language: condition_words(form, item, language) for language in LANGUAGES}
    yield _row(
        "question",
        form=form,
        question=item.id,
        type=item.type,
        text=item.text,
        dimension=item.dimension,
        is_overall="yes" if item.is_overall else None,
        required="yes" if item.required else None,
        several="yes" if item.repeats else None,
        minimum=item.minimum,
        maximum=item.maximum,
        unit=(item.unit.text or item.unit.code) if item.unit is not None else None,
        stands_in=item.parent,
        asked_zh=asked["zh"],
        asked_en=asked["en"],
    )
    for option in item.options:
        yield _row(
            "option", form=form, question=item.id, code=option.code, text=option.text, score=_exact(option.score)
        )
    if item.type == BOOLEAN and not item.options:
        for code, score in ((TRUE, 1), (FALSE, 0)):
            words = _both(f"surveys.answer.{code}")
            yield _row("option", form=form, question=item.id, code=code, text=words, score=score)


def _row(about: str, *, form: Questionnaire | None = None, text: Wording, **cells: Cell) -> list[Cell]:
    known: dict[str, Cell] = {"about": about, "text_zh": text.get("zh"), "text_en": text.get("en"), **cells}
    if form is not None:
        known |= {"questionnaire": form.id, "version": form.version}
    return [known.get(name) for name in HEADER]


def _both(key: str) -> dict[str, str]:
    return {language: text(language, key) for language in LANGUAGES}


def _exact(score: Fraction | None) -> Cell:
    """As a number where it is a finite decimal, else as a fraction."""
    if score is None:
        return None
    try:
        value = Decimal(score.numerator) / Decimal(score.denominator)
    except ArithmeticError:
        return str(score)
    return value if Fraction(value) == score else str(score)
