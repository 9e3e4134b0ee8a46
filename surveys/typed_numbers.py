"""Numbers as people type them: ASCII and full-width figures, Chinese numerals, English number words. PURE.

Strict on purpose: what could be two numbers is none ("两三", "七八十", "36,5", "3-5"). Knows how numbers are written,
also "半" and a multiplier behind figures ("1.5万"). Refuses to know questions, units and what is counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal

LONGEST = 80
"""Characters of a typed number with everything around it; longer words are none."""

_DIGITS = {
    **dict.fromkeys("零〇○", 0),
    **dict.fromkeys("一壹", 1),
    **dict.fromkeys("二两兩贰貳", 2),
    **dict.fromkeys("三叁", 3),
    **dict.fromkeys("四肆", 4),
    **dict.fromkeys("五伍", 5),
    **dict.fromkeys("六陆", 6),
    **dict.fromkeys("七柒", 7),
    **dict.fromkeys("八捌", 8),
    **dict.fromkeys("九玖", 9),
}
_SAME = str.maketrans("〇○壹贰貳兩叁肆伍陆柒捌玖拾佰仟萬億點", "零零一二二两三四五六七八九十百千万亿点")
_SPELT = {"廿": "二十", "卅": "三十"}
_FEW = {"俩": 2, "仨": 3}
_MULTIPLIERS = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_NUMERALS = "零一二两三四五六七八九十百千万亿点廿卅俩仨"

_SECTION = re.compile(
    "(?:(?P<thousands>[一二两三四五六七八九])千)?(?P<gap>零)?(?:(?P<hundreds>[一二两三四五六七八九])百)?(?P<hole>零)?"
    "(?:(?P<tens>[一二三四五六七八九])?(?P<ten>十))?(?P<ones>[一二两三四五六七八九])?"
)
_FIGURES = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?", re.ASCII)
_SIGNS = (("负", "-"), ("零下", "-"), ("minus ", "-"), ("negative ", "-"), ("-", "-"), ("+", ""), ("正", ""))

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ENGLISH = {word: number for number, word in enumerate(_SMALL)} | _TENS


def plain(words: str) -> str:
    """Typed words in one form: width and case folded, spaces single, marks of the end of a sentence removed.

    A raised or circled figure is no figure, although the folding would make it one. Words that are too long to be short
    answers are "": half of them would say something else.
    """
    if len(words) > 2 * LONGEST:
        return ""
    visible = "".join("\ufffd" if unicodedata.category(each) == "No" else each for each in words)
    folded = unicodedata.normalize("NFKC", visible).casefold().translate(str.maketrans("−–—﹣", "----"))
    return " ".join(folded.split()).strip(" 。.!！?？、~…;；:：\"'“”‘’")


def nothing(_: str) -> bool:
    """The suffix of a number that stands alone."""
    return False


def read_number(words: str, is_suffix: Callable[[str], bool] = nothing) -> str | None:
    """The number that these words are, as plain figures such as "-3.50"; None if they are none, or more than one.

    What follows the number, if anything, must be what `is_suffix` takes: "天" in "三天", "kg" in "5 kg".
    """
    said = plain(words)
    if not said or len(said) > LONGEST:
        return None
    sign, rest = _sign(said)
    readings = {_with_suffix(number, suffix.strip(), is_suffix) for number, suffix in _splits(rest)} - {None}
    if len(readings) != 1:  # 五千克 may be five kilograms or five thousand grams
        return None
    return _signed(sign, str(*readings))


def chinese_number(numeral: str) -> int | None:
    """A whole number in Chinese, such as 一万零三十, 两百五, 廿三; None for anything else, 两三 and 七八十 included."""
    numeral = numeral.translate(_SAME)
    if numeral in _FEW:
        return _FEW[numeral]
    for short, spelt in _SPELT.items():
        if numeral.startswith(short):
            numeral = spelt + numeral.removeprefix(short)
    if numeral == "零":
        return 0
    if not numeral or numeral.startswith("零"):
        return None
    high, has_eight, low = numeral.partition("亿")
    if not has_eight:
        return _below_eight(numeral)
    top, rest = _below_eight(high), _after("亿", low)
    return None if top is None or rest is None else top * _MULTIPLIERS["亿"] + rest


def chinese_figures(numeral: str) -> str | None:
    """Numerals read out one by one, as in years: 二〇二六 → "2026". Fewer than four may mean "two or three": None."""
    return _one_by_one(numeral) if len(numeral) > 3 else None  # noqa: PLR2004 - as the docstring says


def _sign(said: str) -> tuple[str, str]:
    for word, sign in _SIGNS:
        if said.startswith(word) and len(said) > len(word):
            return sign, said.removeprefix(word).lstrip()
    return "", said


def _splits(said: str) -> Iterator[tuple[str, str]]:
    """Every way to see a number in front of something else, the longest number first."""
    found = _FIGURES.match(said)
    if found is not None:
        number, rest = found[0].replace(",", ""), said[found.end() :]
        if not rest[:1].isdecimal():
            yield number, rest
            multiplier = _MULTIPLIERS.get(rest.strip()[:1])
            if multiplier is not None:
                yield _times(number, multiplier), rest.strip()[1:]
        return
    said = said.translate(_SAME)
    if said.startswith("半"):
        yield "0", said
        return
    length = next((place for place, each in enumerate(said) if each not in _NUMERALS), len(said))
    for end in range(length, 0, -1):
        numeral = _chinese(said[:end])
        if numeral is not None:
            yield numeral, said[end:]
    yield from _english(said)


def _with_suffix(number: str, suffix: str, is_suffix: Callable[[str], bool]) -> str | None:
    """The number if what follows is taken; "半" in it, as in 三天半 and 三个半小时, adds a half."""
    if not suffix or is_suffix(suffix):
        return number
    before, is_half, behind = suffix.partition("半")
    if not is_half or "." in number or "半" in behind:
        return None
    counted = (before + behind).strip()
    if before == "" and number != "0":  # 三半 is nothing, 半天 is
        return None
    return f"{number}.5" if not counted or is_suffix(counted) else None


def _signed(sign: str, number: str) -> str:
    whole, point, fraction = number.partition(".")
    bare = (whole.lstrip("0") or "0") + point + fraction
    return bare if not sign or not bare.strip("0.") else sign + bare


def _times(number: str, multiplier: int) -> str:
    product = Decimal(number) * multiplier
    return f"{product:f}".rstrip("0").rstrip(".") if "." in f"{product:f}" else f"{product:f}"


def _chinese(numeral: str) -> str | None:
    """A numeral, perhaps with 点 and figures behind it, as figures."""
    whole, has_point, fraction = numeral.partition("点")
    number = chinese_number(whole)
    figures = _one_by_one(fraction) if has_point else ""
    if number is None:
        return chinese_figures(whole) if not has_point else None
    return None if figures is None else f"{number}.{figures}" if has_point else str(number)


def _one_by_one(numeral: str) -> str | None:
    figures = [_DIGITS.get(each) for each in numeral]
    known = [each for each in figures if each is not None]
    return "".join(map(str, known)) if known and len(known) == len(figures) else None


def _below_eight(numeral: str) -> int | None:
    """A number below 亿."""
    high, has_four, low = numeral.partition("万")
    if not has_four:
        return _section(numeral)
    top, rest = _section(high), _after("万", low)
    return None if top is None or rest is None else top * _MULTIPLIERS["万"] + rest


def _after(unit: str, low: str) -> int | None:
    """What follows 万 or 亿: nothing, a shortened 两万五, or a smaller number, with 零 where there is a gap."""
    if not low:
        return 0
    if len(low) == 1 and low != "十":
        digit = _DIGITS.get(low)
        return digit * _MULTIPLIERS[unit] // 10 if digit else None
    bare = low.removeprefix("零")
    return _below_eight(bare) if unit == "亿" else _section(bare, is_after_gap=bare != low)


def _section(numeral: str, *, is_after_gap: bool = False) -> int | None:
    """A number below ten thousand. The last figure of 一百二 counts tens: it stands right after 百 without 零."""
    found = _SECTION.fullmatch(numeral)
    if found is None or not numeral:
        return None
    thousands, hundreds, tens = (_DIGITS.get(found[name] or "", 0) for name in ("thousands", "hundreds", "tens"))
    ones = _DIGITS.get(found["ones"] or "", 0)
    tens = tens or (1 if found["ten"] else 0)
    if found["gap"] and (not thousands or hundreds or not (tens or ones)):
        return None
    if found["hole"] and (not hundreds or tens or not ones):
        return None
    if found["ones"] == "两" and numeral != "两":
        return None
    above = thousands * 1000 + hundreds * 100 + tens * 10
    if ones and not tens and not found["gap"] and not found["hole"] and not is_after_gap and above:
        return above + ones * (10 if hundreds else 100)
    return above + ones


def _english(said: str) -> Iterator[tuple[str, str]]:
    """Numbers below a thousand in words: "three", "twenty-one", "one hundred and five"."""
    words = said.replace("-", " - ").split()
    for end in range(len(words), 0, -1):
        number = _english_number([word for word in words[:end] if word != "-"])
        if number is not None and words[end - 1] not in ("-", "and"):
            yield str(number), " ".join(words[end:])


def _english_number(words: list[str]) -> int | None:
    if "hundred" in words:
        place = words.index("hundred")
        front = 1 if words[:place] == ["a"] else _english_number(words[:place])
        behind = [word for word in words[place + 1 :] if word != "and"]
        rest = _english_number(behind) if behind else 0
        return None if front is None or not 0 < front < 10 or rest is None or rest > 99 else front * 100 + rest  # noqa: PLR2004
    values = [_ENGLISH.get(word) for word in words]
    match values:
        case [int(one)]:
            return one
        case [int(ten), int(one)] if words[0] in _TENS and 0 < one < 10:  # noqa: PLR2004
            return ten + one
    return None
