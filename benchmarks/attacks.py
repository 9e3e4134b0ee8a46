# ruff: noqa: PLR2004 - made-up people consist of figures and chance
"""Those who would better a unit's figures, made up: six ways, from clumsy to as good as a patient.

Every one of them holds links that patients did not use, because without a link nobody answers. What each way gives away
is written at it. The last one gives nothing away: it is there to say where signals end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from benchmarks.respondents import (
    CHAT,
    DAY,
    DAYS,
    HOUR,
    PAGE,
    SCORED,
    Month,
    awake,
    facts_of,
    honest_marks,
    honest_words,
    moment_of,
)

_PRAISE = (
    (
        "整体就医体验非常顺畅", "本次就诊给我留下了深刻印象", "总体而言这次就医令人满意", "从挂号到离院的流程都很高效",
        "此次看病的整体感受超出预期", "医院的综合服务水平值得肯定", "就诊全过程安排得井井有条",
        "这是一次令人安心的就医经历",
    ),
    (
        "医护人员态度亲切专业", "医生问诊细致耐心", "护士操作规范且温柔", "接诊医生认真倾听了我的描述",
        "医务人员展现了良好的职业素养", "大夫对病情的解释通俗易懂", "工作人员主动提供帮助", "医护团队配合默契沟通到位",
    ),
    (
        "环境整洁舒适", "院区标识清晰明了", "候诊区域干净有序", "就诊环境温馨安静",
        "设施齐全布局合理", "公共区域维护得非常好", "诊室布置简洁大方", "各楼层指引一目了然",
    ),
    (
        "等候时间也在合理范围内", "排队等候时间明显缩短", "预约系统使用方便快捷", "分时段预约大大提升了效率",
        "叫号有序没有拥挤", "缴费取药一站式完成", "检查报告很快就能查到", "候诊秩序管理得当",
    ),
    (
        "希望医院继续保持优质服务", "期待今后能够再接再厉", "感谢全体医护人员的辛勤付出", "会向亲友推荐这家医院",
        "祝愿医院越办越好", "衷心感谢每一位工作人员", "愿意再次选择在这里就诊", "为贵院的服务点赞",
    ),
)  # fmt: skip


def bot_fills(random: Random, month: Month, number: int) -> None:
    """A program posts the page within seconds, at any time, everything best or anything. Gives away its speed."""
    for _ in range(number):
        at, contact = _link(random, month, random.uniform(0, DAYS) * DAY)
        marks = [5] * SCORED if random.random() < 0.6 else [random.randint(3, 5) for _ in range(SCORED)]
        _add(random, month, "bot fills", at, contact, mode=PAGE, seconds=random.uniform(0.4, 6), marks=marks)


def staff_bursts(random: Random, month: Month, number: int) -> None:
    """Somebody sits down and goes through a heap of links, one after the other. Gives away the heap."""
    while number > 0:
        at = (random.randrange(DAYS) + random.uniform(7.5, 22) / 24) * DAY
        for _ in range(min(random.randint(6, 20), number)):
            number -= 1
            seconds = random.uniform(14, 50)
            at, contact = _link(random, month, at + seconds + random.uniform(2, 40))
            marks = [5 if random.random() < 0.95 else 4 for _ in range(SCORED)]
            _add(random, month, "staff bursts", at, contact, mode=PAGE, seconds=seconds, marks=marks)


def chosen_proportions(random: Random, month: Month, number: int) -> None:
    """A program aims at a figure: marks drawn to hit it, time on each page, many pages at once. Gives away the rush."""
    best = random.uniform(0.7, 0.9)
    while number > 0:
        at = random.uniform(0, DAYS) * DAY
        for _ in range(min(random.randint(10, 30), number)):
            number -= 1
            at, contact = _link(random, month, at + random.uniform(3, 75))
            marks = [5 if random.random() < best else random.choice((3, 4, 4)) for _ in range(SCORED)]
            _add(
                random,
                month,
                "chosen proportions",
                at,
                contact,
                mode=PAGE,
                seconds=random.uniform(30, 150),
                marks=marks,
            )


def shuffled_times(random: Random, month: Month, number: int) -> None:
    """A few people of the staff, patiently, over the whole month, in their own chats. Give away the accounts."""
    accounts = [f"staff-{month.unit.code}-{n}" for n in range(max(number // 12, 1))]
    for place in range(number):
        at, contact = _link(random, month, awake(random, random.uniform(0, DAYS) * DAY))
        marks = [5 if random.random() < 0.93 else 4 for _ in range(SCORED)]
        _add(
            random, month, "shuffled times", at, contact,
            mode=CHAT, seconds=random.uniform(35, 140), marks=marks, sender=accounts[place % len(accounts)],
        )  # fmt: skip


def written_by_machine(random: Random, month: Month, number: int) -> None:
    """Like patients in everything, with praise from a language model below. Gives away its turns of phrase."""
    for _ in range(number):
        at, contact = _link(random, month, awake(random, random.uniform(0, DAYS) * DAY))
        parts = [random.choice(part) for part in random.sample(_PRAISE, random.randint(3, 5))]
        marks = [5 if random.random() < 0.85 else 4 for _ in range(SCORED)]
        _add(
            random, month, "texts by machine", at, contact,
            mode=PAGE, seconds=random.uniform(40, 200), marks=marks, words="，".join(parts) + "。",
        )  # fmt: skip


def as_patients(random: Random, month: Month, number: int) -> None:
    """One person, one telephone, one link at a time, hours apart, marks as patients give them, only a little better."""
    for _ in range(number):
        at, contact = _link(random, month, awake(random, random.uniform(0, DAYS) * DAY))
        marks = honest_marks(random, month.unit)
        _add(
            random, month, "as patients", at, contact,
            mode=PAGE, seconds=random.lognormvariate(4.2, 0.5) + 12, marks=marks, words=honest_words(random),
        )  # fmt: skip


Attack = Callable[[Random, Month, int], None]
FOUND_OUT: dict[str, Attack] = {
    "bot fills": bot_fills,
    "staff bursts": staff_bursts,
    "chosen proportions": chosen_proportions,
    "shuffled times": shuffled_times,
    "texts by machine": written_by_machine,
}
BEYOND_SIGNALS: dict[str, Attack] = {"as patients": as_patients}


def _link(random: Random, month: Month, at: float) -> tuple[float, float]:
    """A moment in the month, and when the patient whose link is used had been written to."""
    at = at % (DAYS * DAY)
    for _ in range(50):
        contact = random.choice(month.unused)
        if contact < at < contact + 42 * DAY:
            return at, contact
    return at, min(month.unused[0], at - HOUR)


def _add(
    random: Random,
    month: Month,
    kind: str,
    at: float,
    contact: float,
    *,
    mode: str,
    seconds: float,
    marks: Sequence[int | None],
    words: str | None = None,
    sender: str | None = None,
) -> None:
    if words is None:
        words = random.choice(("很好", "满意", "谢谢医生")) if random.random() < 0.1 else ""
    key = f"{month.unit.code}-{len(month.answers)}"
    facts = facts_of(key, mode=mode, seconds=seconds, marks=marks, words=words, sender=sender)
    month.add(facts, moment_of(at, contact), kind)
