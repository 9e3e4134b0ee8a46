"""The part of XPath that spreadsheets use for conditions and bounds, as values. PURE.

Taken are `${question}`, `.`, words in quotes, numbers, `= != < <= > >=`, `and`, `or`, parentheses and calls of
functions with such things between their commas. Refuses to know which functions there are and what an expression is
for: anything else (paths, sums, predicates) is `Unsupported`, with the words at which reading stopped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 2000
_DEEPEST = 20
_SHOWN = 40  # characters of a foreign expression that are repeated

EQUAL, NOT_EQUAL, LESS, AT_MOST, GREATER, AT_LEAST = "=", "!=", "<", "<=", ">", ">="
AND, OR = "and", "or"
MIRRORED = {EQUAL: EQUAL, NOT_EQUAL: NOT_EQUAL, LESS: GREATER, AT_MOST: AT_LEAST, GREATER: LESS, AT_LEAST: AT_MOST}
OPPOSITE = {EQUAL: NOT_EQUAL, NOT_EQUAL: EQUAL, LESS: AT_LEAST, AT_MOST: GREATER, GREATER: AT_MOST, AT_LEAST: LESS}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<reference>\$\{\s*(?P<name>[^{}]*?)\s*\})
    | (?P<words>'[^']*'|"[^"]*")
    | (?P<number>-?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?![\w.]))
    | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    | (?P<word>[A-Za-z_][\w\-]*(?::[A-Za-z_][\w\-]*)?)
    | (?P<self>\.(?![.\w/]))
    )""",
    re.VERBOSE,
)
_TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})


class Unsupported(Exception):  # noqa: N818 - it says what it says
    """The expression holds something that cannot be taken over; `part` is where, `code` says why."""

    def __init__(self, part: str, code: str = "xlsform_expression_unsupported") -> None:
        super().__init__(part)
        self.part = part.strip()[:_SHOWN]
        self.code = code


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`: the answer to another question."""

    name: str


@dataclass(frozen=True, slots=True)
class Self:
    """`.`: the answer to this question."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Words in quotes, or a number as it was written."""

    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what stands between its parentheses."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Joined:
    """Several expressions joined by `and` or by `or`."""

    word: str
    parts: tuple[Expression, ...]


Expression = Reference | Self | Literal | Call | Comparison | Joined


def parse(written: str) -> Expression:
    """The expression; `Unsupported` where it holds anything else."""
    if len(written) > LONGEST:
        raise Unsupported(written)
    reader = _Reader(written.translate(_TYPOGRAPHIC).strip())
    expression = reader.joined(OR)
    if reader.kind:
        raise Unsupported(reader.rest)
    return expression


def opposite(expression: Expression) -> Expression | None:
    """What `not(…)` of a comparison says, as a comparison; None for everything else."""
    if not isinstance(expression, Comparison):
        return None
    return Comparison(expression.left, OPPOSITE[expression.operator], expression.right)


class _Reader:
    """Looks at one token at a time."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at = self._next = 0
        self._depth = 0
        self.kind = self.text = ""
        self._advance()

    @property
    def rest(self) -> str:
        return self._written[self._at :]

    def _advance(self) -> None:
        self._at = self._next
        if not self._written[self._at :].strip():
            self.kind, self.text = "", ""
            return
        found = _TOKEN.match(self._written, self._at)
        if found is None:
            raise Unsupported(self.rest)
        self.kind = next(kind for kind in ("reference", "words", "number", "sign", "word", "self") if found[kind])
        self.text = found["name"] if self.kind == "reference" else found[self.kind]
        self._next = found.end()

    def _take(self) -> str:
        text = self.text
        self._advance()
        return text

    def _skip(self, sign: str) -> None:
        if self.kind != "sign" or self.text != sign:
            raise Unsupported(self.rest or self._written)
        self._advance()

    def joined(self, word: str) -> Expression:
        """Parts joined by `word`; `and` binds more closely than `or`."""
        parts = [self._part(word)]
        while self.kind == "word" and self.text == word:
            self._advance()
            parts.append(self._part(word))
        if len(parts) == 1:
            return parts[0]
        flat = [each.parts if isinstance(each, Joined) and each.word == word else (each,) for each in parts]
        return Joined(word, tuple(inner for group in flat for inner in group))

    def _part(self, word: str) -> Expression:
        return self.joined(AND) if word == OR else self._comparison()

    def _comparison(self) -> Expression:
        left = self._operand()
        if self.kind != "sign" or self.text not in MIRRORED:
            return left
        operator = self._take()
        right = self._operand()
        if self.kind == "sign" and self.text in MIRRORED:
            raise Unsupported(self.rest)
        return Comparison(left, operator, right)

    def _operand(self) -> Expression:
        if self.kind == "reference":
            return Reference(self._take())
        if self.kind == "self":
            self._advance()
            return Self()
        if self.kind == "words":
            return Literal(self._take()[1:-1], is_number=False)
        if self.kind == "number":
            return Literal(self._take(), is_number=True)
        if self.kind == "sign" and self.text == "(":
            return self._within_parentheses()
        return self._call()

    def _within_parentheses(self) -> Expression:
        self._deeper()
        self._skip("(")
        inner = self.joined(OR)
        self._skip(")")
        self._depth -= 1
        return inner

    def _call(self) -> Expression:
        begins = self.rest or self._written
        if self.kind != "word":
            raise Unsupported(begins)
        name = self._take()
        if self.kind != "sign" or self.text != "(":
            raise Unsupported(begins)
        self._deeper()
        self._advance()
        arguments: list[Expression] = []
        while not (self.kind == "sign" and self.text == ")"):
            if arguments:
                self._skip(",")
            arguments.append(self.joined(OR))
        self._advance()
        self._depth -= 1
        return Call(name, tuple(arguments))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unsupported(self.rest)
