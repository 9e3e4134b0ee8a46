# ruff: noqa: T201, S311 - a program that prints; the same figures every time
"""How many made-up attacks the honesty signals find, and how many honest answers they doubt.

`python -m benchmarks.honesty [--json]`. Attacks are mixed into eight units' honest answers until they are 5, 10, 20 and
30 % of all: one kind in every unit; another kind in each unit; all kinds at once in every unit. Prints what part of the
attacks and what part of the honest answers is flagged. Seeds are fixed: the same figures every time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random

from benchmarks.attacks import BEYOND_SIGNALS, FOUND_OUT, Attack
from benchmarks.respondents import DAY, DAYS, HOUR, Month, honest_months
from surveys.honesty.rhythm import SLOT, audience, expectation, learn_rhythm
from surveys.honesty.signals import UnitMonth, suspicions
from surveys.honesty.texts import plain, used_phrases

SHARES = (0.05, 0.10, 0.20, 0.30)
SEEDS = (11, 12, 13)
IN_TURN, AT_ONCE = "another kind in each unit", "all kinds at once in every unit"


@dataclass(slots=True)
class Found:
    """Flagged and all, among attacks and among honest answers."""

    attacks: int = 0
    attacks_flagged: int = 0
    honest: int = 0
    honest_flagged: int = 0

    @property
    def recall(self) -> float:
        return self.attacks_flagged / self.attacks if self.attacks else 0.0

    @property
    def false_alarms(self) -> float:
        return self.honest_flagged / self.honest if self.honest else 0.0

    def add(self, kind: str, *, flagged: bool) -> None:
        if kind:
            self.attacks += 1
            self.attacks_flagged += flagged
        else:
            self.honest += 1
            self.honest_flagged += flagged


def attacked(random: Random, kinds: Sequence[Sequence[Attack]], share: float) -> list[Month]:
    """A month in which `share` of each unit's answers are attacks, in equal parts of each of the unit's kinds.

    `kinds` are those of the first unit, the second and so on, over and over.
    """
    months = honest_months(random)
    for month, own in zip(months, cycle(kinds), strict=False):
        number = round(len(month.answers) * share / (1 - share))
        for place, kind in enumerate(own):
            kind(random, month, number * (place + 1) // len(own) - number * place // len(own))
        month.answers.sort(key=lambda answer: answer[1].at)
    return months


def judge(months: list[Month]) -> list[tuple[str, bool]]:
    """Every answer as (kind of attack or "", whether it is flagged)."""
    hours = [int(slot * SLOT % DAY // HOUR) for slot in range(int(DAYS * DAY / SLOT))]
    audiences = [audience(month.contacts, hours) for month in months]
    moments = [[moment for _, moment, _ in month.answers] for month in months]
    rhythm = learn_rhythm(list(zip(audiences, moments, strict=True)))
    used, wholes = used_phrases(plain(facts.content.words) for month in months for facts, _, _ in month.answers)
    found = []
    for month, reached, came in zip(months, audiences, moments, strict=True):
        responses = [facts for facts, _, _ in month.answers]
        judged = suspicions(UnitMonth(responses, came, expectation(rhythm, reached, len(came)), used, wholes))
        found += [(kind, each.is_flagged) for (_, _, kind), each in zip(month.answers, judged, strict=True)]
    return found


def run(kinds: Sequence[Sequence[Attack]], share: float, seeds: Sequence[int] = SEEDS) -> Found:
    """All seeds together; each turns the kinds by one unit."""
    found = Found()
    for turn, seed in enumerate(seeds):
        turned = [kinds[(place + turn) % len(kinds)] for place in range(len(kinds))]
        for kind, flagged in judge(attacked(Random(seed), turned, share)):
            found.add(kind, flagged=flagged)
    return found


def table(seeds: Sequence[int] = SEEDS) -> dict[str, dict[str, Found]]:
    """Kind → share → what was found."""
    known = list(FOUND_OUT.values())
    rows: dict[str, list[list[Attack]]] = {name: [[attack]] for name, attack in FOUND_OUT.items()}
    rows[IN_TURN] = [[attack] for attack in known]
    rows[AT_ONCE] = [known]
    rows |= {name: [[attack]] for name, attack in BEYOND_SIGNALS.items()}
    return {name: {f"{share:.0%}": run(kinds, share, seeds) for share in SHARES} for name, kinds in rows.items()}


def main() -> None:
    found = table()
    if "--json" in sys.argv:
        document = {
            kind: {
                share: {
                    "attacks": each.attacks,
                    "flagged": each.recall,
                    "honest": each.honest,
                    "doubted": each.false_alarms,
                }
                for share, each in row.items()
            }
            for kind, row in found.items()
        }
        print(json.dumps(document, indent=2))
        return
    print(f"{'attacks flagged / honest answers flagged, %':<44}" + "".join(f"{share:>14.0%}" for share in SHARES))
    for kind, row in found.items():
        cells = (f"{100 * each.recall:5.1f} / {100 * each.false_alarms:4.2f}" for each in row.values())
        print(f"{kind:<44}" + "".join(f"{cell:>14}" for cell in cells))


if __name__ == "__main__":
    main()
