"""What a questionnaire 问卷 consists of, as values. PURE.

The one model behind the own TOML, FHIR R4 and R5, and XLSForm; types carry their FHIR R5 names. Items stand flat, in
the order of the form, each naming the item it stands in. Refuses to know where it was read from (`definition`, `fhir`,
`xlsform`), how it is written down (`document`), who answers (`conversation`) and where it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

GROUP, DISPLAY = "group", "display"
BOOLEAN, CODING = "boolean", "coding"
INTEGER, DECIMAL = "integer", "decimal"
DATE, TIME, DATETIME = "date", "time", "dateTime"
STRING, TEXT = "string", "text"
TYPES = (GROUP, DISPLAY, BOOLEAN, CODING, INTEGER, DECIMAL, DATE, TIME, DATETIME, STRING, TEXT)
NUMBERS = (INTEGER, DECIMAL)
MOMENTS = (DATE, TIME, DATETIME)
WRITTEN = (STRING, TEXT)

EXISTS, EQUAL, NOT_EQUAL = "exists", "=", "!="
GREATER, LESS, AT_LEAST, AT_MOST = ">", "<", ">=", "<="
OPERATORS = (EXISTS, EQUAL, NOT_EQUAL, GREATER, LESS, AT_LEAST, AT_MOST)
ALL, ANY = "all", "any"

OPTIONS_ONLY, OPTIONS_OR_STRING, OPTIONS_OR_TYPE = "optionsOnly", "optionsOrString", "optionsOrType"
CONSTRAINTS = (OPTIONS_ONLY, OPTIONS_OR_STRING, OPTIONS_OR_TYPE)

UNDETERMINED = "und"  # BCP 47: a form that does not say in which language it is written
OTHER = "~"
"""Begins an answer in one's own words where options were offered; so no option's code may begin with it."""

USUAL_ANSWER = 500  # characters of free text where the author says nothing

Wording = Mapping[str, str]
"""Language tag → text; the questionnaire's first language comes first. Empty where there is no text."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A sub-dimension of satisfaction, such as waiting 等待. Rule 14."""

    code: str
    name: Wording


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen. Without a score ("does not apply") it leaves the denominator.

    `code` is unique within its question and is what is stored: the coding's code, or the value as text where the option
    is a plain string, number, date or time (`value_type`). `system` is that of a coding. An exclusive option ("none of
    these") stands alone.
    """

    code: str
    text: Wording
    score: Fraction | None = None
    is_exclusive: bool = False
    value_type: str = CODING
    system: str | None = None
    prefix: str | None = None
    carried: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about another answer. `value` is that answer as it would be stored; for `exists`, a truth value."""

    question: str
    operator: str
    value: str | bool
    system: str | None = None  # of a coding; None means that any will do


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of measure of a number: a code of a system (mostly UCUM) and how it is shown."""

    code: str
    system: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One item: a question, a group of items, or a text that is only shown.

    `parent` is the id of the item it stands in. `minimum` and `maximum` are written as an answer of the type would be
    stored. `least` and `most` bound how many answers a repeating item takes. `enable_behavior` says how several
    conditions join. `hint` helps with answering and stands beneath the question. `carried` keeps, as JSON,
    what FHIR says about the item that means nothing to asking it (its definition, its codes): it is given back on the
    way out and never read.
    """

    id: str
    type: str
    text: Wording = field(default_factory=dict)
    parent: str | None = None
    required: bool = False
    repeats: bool = False
    options: tuple[Option, ...] = ()
    constraint: str = OPTIONS_ONLY
    dimension: str | None = None
    is_overall: bool = False
    enable_when: tuple[Condition, ...] = ()
    enable_behavior: str = ALL
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_decimals: int | None = None
    pattern: str | None = None
    least: int | None = None
    most: int | None = None
    initial: tuple[str, ...] = ()
    is_hidden: bool = False
    is_read_only: bool = False
    prefix: str | None = None
    unit: Unit | None = None
    entry_format: str | None = None
    control: str | None = None
    hint: Wording = field(default_factory=dict)
    carried: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_question(self) -> bool:
        """Whether it takes answers; groups and displays do not."""
        return self.type not in (GROUP, DISPLAY)

    @property
    def has_options(self) -> bool:
        """Whether an answer is chosen from a list."""
        return bool(self.options)

    @property
    def is_scored(self) -> bool:
        """Whether its answers enter a figure: it belongs to a dimension or asks for the overall impression."""
        return self.dimension is not None or self.is_overall


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A whole questionnaire. `kinds` are the kinds of visit that it serves; notice, thanks and kinds may be empty while
    nobody is asked with it (`fitness` says what is needed for that). `carried` as for a question.
    """

    id: str
    version: str
    title: Wording
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    notice: Wording = field(default_factory=dict)
    notice_version: str = ""
    thanks: Wording = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()
    kinds: tuple[str, ...] = ()
    url: str | None = None
    is_draft: bool = False
    is_blind: bool = False  # a response is parted from its invitation on sending; small groups are hidden
    carried: Mapping[str, Any] = field(default_factory=dict)


def find_question(questionnaire: Questionnaire, question_id: str) -> Question | None:
    """The item of that id, or None."""
    return next((question for question in questionnaire.questions if question.id == question_id), None)


def find_option(question: Question, code: str) -> Option | None:
    """The option of that code, or None."""
    return next((option for option in question.options if option.code == code), None)
