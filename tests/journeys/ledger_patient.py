"""A patient who keeps a ledger: what was tapped and then acknowledged by the next screen must be what is stored."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tests.journeys.installation import Installation, Survey
from tests.journeys.survey_walk import AGREE, NO, SEND, VERY, WRITE, YES, stored_answers
from tests.telegram_double import Message, Person

PATIENCE = 60.0
CODES = {VERY: "5", "满意": "4", "一般": "3", "不满意": "2", "非常不满意": "1", YES: "yes", NO: "no", "取药": "pharmacy"}  # fmt: skip
_NUMBER = re.compile(r"第 (\d+) 题，共 (\d+) 题")


class LedgerPatient:
    """Goes through surveys one after the other, choosing at random, whatever happens to the server."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person = person
        self.ledger: dict[str, dict[str, str]] = {}
        self._chance = random.Random(seed)

    def answers(self, surveys: Sequence[tuple[str, Survey]]) -> None:
        """All of these, each from the link to the thanks."""
        for visit, survey in surveys:
            self.person.opens(survey.start)
            shown = self._waits(lambda message: AGREE in message.labels)
            shown = self._taps(AGREE, shown)
            said = self.ledger.setdefault(visit, {})
            while SEND not in shown.labels:
                shown = self._answers_one(visit, shown, said)
            self._taps(SEND, shown)

    def agrees_with(self, house: Installation) -> bool:
        """Whether exactly the ledger is stored."""
        return all(stored_answers(house, visit) == said for visit, said in self.ledger.items())

    def _answers_one(self, visit: str, shown: Message, said: dict[str, str]) -> Message:
        """One question; the ledger has it once the next screen is there. The screens repeat none."""
        number = _NUMBER.search(shown.text)
        assert number is not None, shown.text
        assert int(number[1]) == len(said) + 1, (shown.text, said)
        if WRITE in shown.labels:
            shown = self._taps(WRITE, shown)
        if "请直接输入文字" in shown.text:
            words = f"{visit} · {self._chance.random()}"
            self.person.sends(words)
            following = self._waits(lambda message: SEND in message.labels)
            said["comment"] = words
            return following
        choices = [label for label in shown.labels if label in CODES]
        label = self._chance.choice(choices)
        following = self._taps(label, shown)
        said[_question(shown)] = CODES[label]
        return following

    def _taps(self, label: str, shown: Message) -> Message:
        self.person.taps(label, message=shown)
        return self._waits(lambda message: message.text != shown.text)

    def _waits(self, expected: object) -> Message:
        return self.person.waits_for(expected, timeout=PATIENCE)  # type: ignore[arg-type]


def _question(shown: Message) -> str:
    """Which question a screen asks, by words of its own."""
    words = {
        "区域是否整洁": "clean", "院内标识": "signs", "耐心听您": "listening", "说明是否清楚": "explaining",
        "预约、挂号": "booking", "从到达到": "queue", "比预想的长": "longer", "哪个环节": "where", "离开前": "next",
        "之间转诊": "handover", "总的来说": "overall",
    }  # fmt: skip
    return next(name for each, name in words.items() if each in shown.text)
