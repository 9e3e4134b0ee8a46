"""What people write behind a number: the unit of the question, or a measure word that changes nothing. PURE.

"三个", "5 kg", "大概三天吧". A word that measures otherwise than the question does (斤 where kilograms are asked for)
is never ignored. Knows the common units of a hospital's questionnaires, in both languages. Refuses to convert.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from surveys.structure import Question
from surveys.typed_numbers import plain, read_number

_COUNTERS = frozenset("个|次|位|名|人|项|件|种|家|口|遍|回|趟|time|times|person|persons|people".split("|"))  # noqa: SIM905
"""Words that only count: they stand behind any number that has no unit of its own."""

_MEASURES = tuple(
    frozenset(line.split("|"))
    for line in (
        "kg|公斤|千克|kilo|kilos|kilogram|kilograms",
        "g|克|gram|grams",
        "cm|厘米|公分|centimetre|centimetres|centimeter|centimeters",
        "m|米|metre|metres|meter|meters",
        "mm|毫米",
        "km|公里|千米",
        "s|sec|秒|秒钟|second|seconds",
        "min|分钟|分|minute|minutes|mins",
        "h|小时|个小时|钟头|个钟头|hour|hours|hr|hrs",
        "d|天|日|day|days",
        "wk|周|星期|个星期|礼拜|个礼拜|week|weeks",
        "mo|月|个月|month|months",
        "a|年|岁|周岁|year|years|years old|yr|yrs",
        "cel|degc|℃|°c|度|摄氏度|degree|degrees",
        "%|个百分点|percent",
        "元|块|块钱|圆|元钱|rmb|cny|yuan|¥",
        "ml|毫升|millilitre|millilitres|milliliter|milliliters",
        "l|升|litre|litres|liter|liters",
        "mm[hg]|mmhg|毫米汞柱",
        "/min|次/分|次每分|bpm",
    )
)
_POINTS = frozenset({"分", "分儿", "point", "points"})
_SPEAKS_OF_NO_MEASURE = re.compile(
    "今天|昨天|前天|明天|每天|当天|那天|白天|今日|当日|生日|日常|十分|部分|分别|充分|今年|去年"
)
_BEFORE = ("大约", "大概", "差不多", "约", "about ", "around ", "approximately ")
_BEHIND = ("左右", "吧", "了", "呢", "啊")


def read_amount(question: Question, words: str) -> str | None:
    """The number typed as an answer to this question, as plain figures; None if it is none or measured otherwise."""
    said = plain(words)
    for word in _BEFORE:
        said = said.removeprefix(word)
    for word in _BEHIND:
        said = said.removesuffix(word)
    return read_number(said, measured_by(question))


def measured_by(question: Question) -> Callable[[str], bool]:
    """What may stand behind a number that answers this question.

    With a unit, its own names; without one, words that only count, and measures that the question itself speaks of.
    """
    own = _names_of_unit(question)
    if own:
        return own.__contains__
    asked = _SPEAKS_OF_NO_MEASURE.sub(" ", " ".join(question.text.values()).casefold())
    spoken = _words_of(asked)
    named = [group for group in _MEASURES if any(_is_named(name, asked, spoken) for name in group)]
    taken = _COUNTERS.union(*named, () if named else _POINTS)  # with minutes asked for, 分 is theirs
    return taken.__contains__


def _names_of_unit(question: Question) -> frozenset[str]:
    unit = question.unit
    if unit is None:
        return frozenset()
    named = {plain(name) for name in (unit.code, unit.text) if name}
    same = [group for group in _MEASURES if group & named]
    return frozenset(named).union(*same)


def _is_named(name: str, asked: str, spoken: frozenset[str]) -> bool:
    """Whether a question speaks of this measure: an English word stands alone, a Chinese one anywhere."""
    if not name.isascii():
        return name in asked
    return len(name) > 1 and name in spoken  # a single letter is an article more often than a unit


def _words_of(asked: str) -> frozenset[str]:
    return frozenset("".join(each if each.isascii() and each.isalpha() else " " for each in asked).split())
