"""What speaks against a response, and how loudly: signals with weights, and one threshold. PURE.

No signal condemns by itself what honest people do: most satisfied patients tick the best answer everywhere, and some
are quick. A response is doubted from a weight of 3. Doubted is not refused: it is held out of the points until two
people have looked (`holds`). The weights were set on synthetic attacks; `benchmarks/honesty.py` prints what they find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from surveys.honesty.bursts import burst_members
from surveys.honesty.facts import Facts
from surveys.honesty.rhythm import Expectation, Moment
from surveys.honesty.texts import is_repeated, plain

THRESHOLD = 3

TOO_FAST, HURRIED = "too_fast", "hurried"
STRAIGHT_LINE = "straight_line"
BURST = "burst"
REPEATED_TEXT = "repeated_text"
SAME_ANSWERS = "same_answers"
SAME_SENDER = "same_sender"
MORE_THAN_VISITS = "more_than_visits"
SIGNALS = (
    TOO_FAST, HURRIED, STRAIGHT_LINE, BURST, REPEATED_TEXT, SAME_ANSWERS, SAME_SENDER, MORE_THAN_VISITS,
)  # fmt: skip

_SECONDS_A_QUESTION = {"chat": 1.0}  # to read, to tap, and in chat to wait for the next
_USUAL_SECONDS = 0.7
_CHARACTERS_A_SECOND = 60  # four times the pace of a fast reader
_FIRST_ANSWERS = 6  # below so many, neither a line nor a pattern is one
_SENDER_WEIGHTS = {3: 2, 4: 3}  # two are a family; a parent answers for a child, a daughter for her father
_SAME_AS_OTHERS = {4: 1, 6: 2}
_FULL = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks against one response: signal → weight."""

    response_id: str
    signals: Mapping[str, int]

    @property
    def weight(self) -> int:
        return sum(self.signals.values())

    @property
    def is_flagged(self) -> bool:
        return self.weight >= THRESHOLD


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """One unit's responses of a month, in the order they came, and what they are held against.

    `moments` are those of the responses; `used` and `wholes` what all units' comments share (`texts.used_phrases`);
    `visits` how many visits another source counted, None if nobody did.
    """

    responses: Sequence[Facts]
    moments: Sequence[Moment]
    expected: Expectation
    used: AbstractSet[str] = frozenset()
    wholes: AbstractSet[str] = frozenset()
    visits: int | None = None


def suspicions(month: UnitMonth) -> list[Suspicion]:
    """Every response of the month with what speaks against it, in the same order."""
    found: list[dict[str, int]] = [_alone(facts) for facts in month.responses]
    for add in (_bursts, _texts, _same_answers, _senders, _beyond_visits):
        for place, signal, weight in add(month):
            found[place][signal] = max(found[place].get(signal, 0), weight)
    return [Suspicion(facts.response_id, signals) for facts, signals in zip(month.responses, found, strict=True)]


def shortest_honest(facts: Facts) -> float:
    """Seconds below which nobody has read and tapped."""
    tapping = facts.content.questions * _SECONDS_A_QUESTION.get(facts.mode, _USUAL_SECONDS)
    return max(tapping, facts.content.characters / _CHARACTERS_A_SECOND)


def is_straight(facts: Facts) -> bool:
    """Whether all of many answers are worth the same."""
    return len(facts.content.worths) >= _FIRST_ANSWERS and len(set(facts.content.worths)) == 1


_Found = list[tuple[int, str, int]]
"""Place of a response, signal, weight."""


def _alone(facts: Facts) -> dict[str, int]:
    """What a response says against itself."""
    signals: dict[str, int] = {}
    shortest = shortest_honest(facts)
    if facts.seconds < shortest:
        signals[TOO_FAST] = _FULL
    elif facts.seconds < 2 * shortest:
        signals[HURRIED] = 1
    if is_straight(facts):
        signals[STRAIGHT_LINE] = 1
    return signals


def _bursts(month: UnitMonth) -> _Found:
    members = burst_members(month.moments, month.expected)
    return [(place, BURST, _FULL if sure else 2) for place, sure in members.items()]


def _texts(month: UnitMonth) -> _Found:
    return [
        (place, REPEATED_TEXT, _FULL)
        for place, facts in enumerate(month.responses)
        if facts.content.words and is_repeated(plain(facts.content.words), month.used, month.wholes)
    ]


def _same_answers(month: UnitMonth) -> _Found:
    """Patterns of answers that several people give alike; straight lines are everybody's."""
    patterns = [
        (facts.form, facts.content.values)
        if len(facts.content.worths) >= _FIRST_ANSWERS and not is_straight(facts)
        else None
        for facts in month.responses
    ]
    uses = Counter(pattern for pattern in patterns if pattern is not None)
    least = max(len(month.responses) // 100, 1)  # in a large unit chance brings some together
    found: _Found = []
    for place, pattern in enumerate(patterns):
        weight = _step(_SAME_AS_OTHERS, uses[pattern] // least) if pattern is not None else 0
        if weight:
            found.append((place, SAME_ANSWERS, weight))
    return found


def _senders(month: UnitMonth) -> _Found:
    uses = Counter(facts.sender for facts in month.responses if facts.sender is not None)
    weights = {sender: _step(_SENDER_WEIGHTS, count) for sender, count in uses.items()}
    return [
        (place, SAME_SENDER, weights[facts.sender])
        for place, facts in enumerate(month.responses)
        if facts.sender is not None and weights[facts.sender]
    ]


def _beyond_visits(month: UnitMonth) -> _Found:
    """Answers that came when all the visits there were had been answered for."""
    if month.visits is None:
        return []
    return [(place, MORE_THAN_VISITS, _FULL) for place in range(month.visits, len(month.responses))]


def _step(weights: Mapping[int, int], count: int) -> int:
    return max((weight for least, weight in weights.items() if count >= least), default=0)
