# ruff: noqa: PLR2004 - made-up people consist of figures and chance
"""Honest patients, made up: whom eight units write to in a month, who answers, when, how, and in which words.

Made to be hard on the signals: four in ten tick the best answer everywhere, one in forty hurries, links go out in
batches and bring waves, reminders bring more, families answer from one account, and comments repeat common phrases.
All figures are drawn from one seeded generator; none comes from people.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from surveys.honesty.facts import Content, Facts
from surveys.honesty.rhythm import Moment

CHAT, PAGE = "chat", "page"
DAYS = 30
QUESTIONS, CHARACTERS = 11, 330
SCORED = 10
HOUR, DAY = 3600.0, 86400.0

_SUBJECTS = (
    "儿科的护士", "抽血窗口", "停车的地方", "导诊台", "收费处", "B超室", "二楼药房", "骨科王主任",
    "门口保安", "电梯", "自助机", "候诊区的椅子", "眼科大夫", "洗手间", "输液室", "CT室",
    "挂号", "中医科", "内科李医生", "急诊", "住院部的饭", "护工阿姨", "病区的灯", "出院手续",
)  # fmt: skip
_PREDICATES = (
    "等了快一个小时", "讲得很清楚", "指路指错了", "特别有耐心", "态度一般", "人太多了", "比上次快", "坏了没人修",
    "味道有点大", "帮了大忙", "说话声音太小", "总算排到了", "叫号听不见", "挺干净的", "还要跑两趟", "动作利索",
    "没说清楚怎么吃药", "位置不好找", "扎针不疼", "老人不会用", "问什么都答", "中午没人", "可以再快点", "比别处便宜",
)  # fmt: skip
_DETAILS = (
    "早上{n}点就来了", "带着{n}岁的孩子", "从乡下坐车{n}个钟头", "前面还有{n}个人", "我妈{m}岁了腿脚不好",
    "第{n}次来复查", "花了{m}多块", "我住{n}楼", "排在{m}号", "拿了{n}样药", "陪{m}岁的父亲", "下午{n}点多才轮到",
)  # fmt: skip
_STOCK = (
    "很好", "满意", "谢谢", "谢谢医生", "没有", "无", "都挺好", "继续保持", "非常满意", "医生很好", "护士态度好",
    "等太久了", "希望快一点", "辛苦了",
)  # fmt: skip
_HOURS = (1, 1, 1, 1, 1, 2, 6, 14, 26, 34, 36, 32, 30, 24, 26, 30, 30, 28, 26, 30, 34, 28, 14, 5)


@dataclass(frozen=True, slots=True)
class Unit:
    """How big a unit is, how its links go out, and what its patients think."""

    code: str
    visits_a_day: int
    is_batch: bool
    satisfaction: float
    straight: float
    answering: float


UNITS = (
    Unit("a", 70, True, 4.4, 0.42, 0.33), Unit("b", 45, False, 4.2, 0.36, 0.30), Unit("c", 40, True, 4.6, 0.48, 0.40),
    Unit("d", 30, False, 4.0, 0.30, 0.28), Unit("e", 25, True, 4.5, 0.45, 0.45), Unit("f", 18, False, 4.3, 0.40, 0.35),
    Unit("g", 12, True, 4.1, 0.34, 0.30), Unit("h", 9, False, 4.6, 0.46, 0.50),
)  # fmt: skip


@dataclass(slots=True)
class Month:
    """One unit's month as it grows: answers with who gave them ("" for a patient), contacts, links nobody used."""

    unit: Unit
    answers: list[tuple[Facts, Moment, str]] = field(default_factory=list)
    contacts: list[float] = field(default_factory=list)
    unused: list[float] = field(default_factory=list)

    def add(self, facts: Facts, moment: Moment, kind: str) -> None:
        self.answers.append((facts, moment, kind))


def honest_months(random: Random) -> list[Month]:
    """All units with their patients' answers."""
    return [_month(random, unit) for unit in UNITS]


def moment_of(at: float, contact_at: float) -> Moment:
    return Moment(at, int(at % DAY // HOUR), contact_at)


def facts_of(
    key: str,
    *,
    mode: str,
    seconds: float,
    marks: Sequence[int | None],
    words: str = "",
    sender: str | None = None,
) -> Facts:
    """A response as the signals see it; a mark of None is "does not apply"."""
    content = Content(
        questions=QUESTIONS,
        characters=CHARACTERS,
        values=tuple("na" if mark is None else str(mark) for mark in marks),
        worths=tuple(Fraction(25 * (mark - 1)) for mark in marks if mark is not None),
        words=words,
    )
    return Facts(key, "outpatient:1", mode, max(int(seconds), 1), content, sender)


def honest_marks(random: Random, unit: Unit) -> list[int | None]:
    """What a patient ticks: often one line, else a mood of their own with each question a little apart from it."""
    drawn = random.random()
    if drawn < unit.straight:
        marks: list[int | None] = [5] * SCORED
    elif drawn < unit.straight + 0.07:
        marks = [4] * SCORED
    else:
        mood = random.gauss(unit.satisfaction - 0.25, 0.7)
        marks = [min(max(round(random.gauss(mood, 0.65)), 1), 5) for _ in range(SCORED)]
    for place in (1, 3, 8):
        if random.random() < 0.06:
            marks[place] = None
    return marks


def honest_words(random: Random) -> str:
    """Most write nothing; of the others half write what everybody writes."""
    drawn = random.random()
    if drawn > 0.22:
        return ""
    if drawn > 0.11:
        return random.choice(_STOCK)
    parts = [random.choice(_SUBJECTS) + random.choice(_PREDICATES)]
    if random.random() < 0.6:
        parts.append(random.choice(_DETAILS).format(n=random.randint(2, 9), m=random.randint(11, 88)))
    if random.random() < 0.35:
        parts.append(random.choice(_SUBJECTS) + random.choice(_PREDICATES))
    random.shuffle(parts)
    return random.choice("，。 ！").join(parts)


def awake(random: Random, at: float) -> float:
    """A moment near `at`, put off to an hour at which people look at their telephones."""
    for _ in range(24):
        if random.random() * max(_HOURS) < _HOURS[int(at % DAY // HOUR)]:
            return at
        at += random.uniform(0.5, 1.5) * HOUR
    return at


def _month(random: Random, unit: Unit) -> Month:
    month = Month(unit)
    senders: list[str] = []
    for day in range(-20, DAYS):
        for _ in range(_poisson(random, unit.visits_a_day)):
            left = (day + random.gauss(0.55, 0.12)) * DAY
            contact = (
                (math.floor(left / DAY) + 1) * DAY + 9 * HOUR if unit.is_batch else left + random.uniform(0.2, 3) * HOUR
            )
            _patient(random, month, contact, senders)
    month.answers.sort(key=lambda answer: answer[1].at)
    return month


def _patient(random: Random, month: Month, contact: float, senders: list[str]) -> None:
    """One who was written to: answers, answers when reminded after three days, or never."""
    unit = month.unit
    insort(month.contacts, contact)
    if random.random() < unit.answering:
        at = awake(random, contact + random.lognormvariate(math.log(0.9 * HOUR), 1.7))
    else:
        reminder = (math.floor(contact / DAY) + 3) * DAY + 10 * HOUR
        if reminder >= DAYS * DAY or random.random() > 0.14:
            month.unused.append(contact)
            return
        insort(month.contacts, reminder)
        contact = reminder
        at = awake(random, contact + random.lognormvariate(math.log(0.7 * HOUR), 1.5))
    if not 0 <= at < DAYS * DAY:
        return
    mode = CHAT if random.random() < 0.4 else PAGE
    marks = honest_marks(random, unit)
    pace = 0.7 if len(set(marks)) == 1 else 1.0
    seconds = random.lognormvariate(math.log((105 if mode == CHAT else 72) * pace), 0.55)
    if random.random() < 0.025:
        seconds = random.uniform(9, 18)  # in a hurry
    elif random.random() < 0.03:
        seconds = random.uniform(0.5, 30) * HOUR  # put aside and taken up again
    sender = None
    if mode == CHAT:
        sender = random.choice(senders) if senders and random.random() < 0.05 else f"{unit.code}{len(senders)}"
        senders.append(sender)
    key = f"{unit.code}-{len(month.answers)}"
    month.add(
        facts_of(key, mode=mode, seconds=seconds, marks=marks, words=honest_words(random), sender=sender),
        moment_of(at, contact),
        "",
    )


def _poisson(random: Random, mean: float) -> int:
    limit, number, product = math.exp(-mean), 0, random.random()
    while product > limit:
        number += 1
        product *= random.random()
    return number
