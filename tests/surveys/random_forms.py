"""Random sound questionnaires of every type, nested, with conditions that look ahead; and what people answer to them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    EXISTS,
    GROUP,
    INTEGER,
    MOMENTS,
    NUMBERS,
    OPERATORS,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    STRING,
    TEXT,
    TIME,
    TYPES,
    WRITTEN,
    Condition,
    Option,
    Question,
    Questionnaire,
    Unit,
)

WORDS = {"zh": "字", "en": "word"}
CODES = ("a", "b", "c", "none")
VALUES = {
    BOOLEAN: ("true", "false"),
    INTEGER: ("0", "3", "10", "-2"),
    DECIMAL: ("0", "3.50", "3.5", "-2.25", "10"),
    DATE: ("2026-03-01", "2026-02-28", "2024-02-29"),
    TIME: ("08:30:00", "00:00:00", "23:59:59"),
    DATETIME: ("2026-03-01T08:30:00+08:00", "2026-03-01T00:30:00Z", "2026-03-01T08:30:00Z"),
    STRING: ("好", "not good", "0"),
    TEXT: ("好", "not good", "0"),
    CODING: CODES,
}
NONSENSE = st.sampled_from(["\ud800", "1e999", "~", "NaN", "2026-02-30", "yes", "~好", " x ", "99999999999", "24:00"])


@st.composite
def questionnaires(draw: st.DrawFn, *, most: int = 9) -> Questionnaire:
    """Items in the order of a tree; whom a condition names comes before it in some order, on the form or not."""
    parents = draw(_trees(most))
    kinds = [draw(st.sampled_from(TYPES if _may_be_leaf(n, parents) else _HOLDERS)) for n in range(len(parents))]
    decided = draw(_orders(parents))
    questions = []
    for number, parent in enumerate(parents):
        earlier = [other for other in decided[: decided.index(number)] if kinds[other] not in (GROUP, DISPLAY)]
        when = tuple(_condition(draw, f"q{n}", kinds[n]) for n in draw(_few(earlier)))
        holder = None if parent is None else f"q{parent}"
        questions.append(_question(draw, f"q{number}", kinds[number], holder, when))
    return Questionnaire(
        id="random", version="1", title=WORDS, languages=("zh", "en"), questions=tuple(questions), notice=WORDS,
        notice_version="1", thanks=WORDS, kinds=("outpatient",),
    )  # fmt: skip


def given_to(question: Question) -> st.SearchStrategy[list[str]]:
    """What somebody may give: an answer, several, nothing, or nonsense."""
    proper = st.sampled_from(VALUES[question.type])
    if question.options and question.constraint == OPTIONS_OR_STRING:
        proper |= st.just("~something else")
    return st.lists(proper, max_size=3) | st.lists(proper, min_size=1, max_size=1) | st.lists(NONSENSE, max_size=1)


def proper_for(question: Question) -> list[str]:
    """One answer that is always taken."""
    return [VALUES[question.type][0]]


_HOLDERS = tuple(type_ for type_ in TYPES if type_ != DISPLAY)


@st.composite
def _trees(draw: st.DrawFn, most: int) -> list[int | None]:
    """For each item the place of the one that holds it: the last one, or one that the last one stands in."""
    parents: list[int | None] = [None]
    for number in range(1, draw(st.integers(1, most))):
        chain: list[int | None] = [None]
        at: int | None = number - 1
        while at is not None:
            chain.append(at)
            at = parents[at]
        parents.append(draw(st.sampled_from(chain)))
    return parents


@st.composite
def _orders(draw: st.DrawFn, parents: list[int | None]) -> list[int]:
    """An order in which every item comes after its holder: who comes first may decide about who comes later."""
    order: list[int] = []
    waiting = set(range(len(parents)))
    while waiting:
        ready = sorted(n for n in waiting if parents[n] is None or parents[n] not in waiting)
        chosen = draw(st.sampled_from(ready))
        order.append(chosen)
        waiting.remove(chosen)
    return order


def _few(numbers: list[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from(numbers), max_size=3) if numbers else st.just([])


def _may_be_leaf(number: int, parents: list[int | None]) -> bool:
    return number not in parents


def _condition(draw: st.DrawFn, about: str, kind: str) -> Condition:
    operators = OPERATORS if kind in (*NUMBERS, *MOMENTS) else OPERATORS[:3]
    operator = draw(st.sampled_from(operators))
    if operator == EXISTS:
        return Condition(about, operator, value=draw(st.booleans()))
    return Condition(about, operator, draw(st.sampled_from(VALUES[kind])))


def _question(draw: st.DrawFn, id_: str, kind: str, parent: str | None, when: tuple[Condition, ...]) -> Question:
    behaviour = draw(st.sampled_from(["all", "any"])) if when else "all"
    hidden = draw(st.booleans()) and draw(st.booleans())
    if kind in (GROUP, DISPLAY):
        return Question(
            id_, kind, WORDS, parent=parent, enable_when=when, enable_behavior=behaviour, is_hidden=hidden,
            is_read_only=kind == GROUP and draw(st.sampled_from([False, False, True])),
        )  # fmt: skip
    repeats = draw(st.booleans())
    options = _options(draw, repeats=repeats) if kind == CODING else ()
    initial = draw(st.lists(st.sampled_from(VALUES[kind][:3]), max_size=2 if repeats else 1, unique=True))
    return Question(
        id_,
        kind,
        WORDS,
        parent=parent,
        required=draw(st.booleans()),
        repeats=repeats,
        options=options,
        constraint=draw(st.sampled_from([OPTIONS_ONLY, OPTIONS_OR_STRING])) if options else OPTIONS_ONLY,
        enable_when=when,
        enable_behavior=behaviour,
        minimum=draw(st.sampled_from([None, "-2"])) if kind in NUMBERS else None,
        maximum=draw(st.sampled_from([None, "10"])) if kind in NUMBERS else None,
        max_length=draw(st.sampled_from([None, 8, 500])) if kind in WRITTEN else None,
        max_decimals=draw(st.sampled_from([None, 2])) if kind == DECIMAL else None,
        pattern=draw(st.sampled_from([None, "[^x]*"])) if kind == STRING else None,
        entry_format="…" if kind == STRING else None,
        most=draw(st.sampled_from([None, 2])) if repeats else None,
        least=draw(st.sampled_from([None, 1, 2])) if repeats else None,
        initial=tuple(initial),
        is_hidden=hidden,
        is_read_only=draw(st.sampled_from([False, False, False, True])),
        prefix=draw(st.sampled_from([None, "1.", "甲"])),
        unit=Unit("cm", "http://unitsofmeasure.org", "厘米") if kind == INTEGER and draw(st.booleans()) else None,
        control=draw(st.sampled_from([None, "slider"])),
        hint=draw(st.sampled_from([{}, WORDS])),
        carried=draw(st.sampled_from([{}, {"definition": "http://x", "n": Decimal("1.50"), "l": [1, None, True]}])),
    )


def _options(draw: st.DrawFn, *, repeats: bool) -> tuple[Option, ...]:
    scores = [None, Fraction(1), Fraction(5, 2), Fraction(-1)]
    return tuple(
        Option(
            code,
            WORDS,
            draw(st.sampled_from(scores)),
            is_exclusive=repeats and code == "none",
            system=draw(st.sampled_from([None, "http://loinc.org"])),
            carried=draw(st.sampled_from([{}, {"extension": []}])),
        )
        for code in CODES
    )
