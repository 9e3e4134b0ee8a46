"""Whole numbers written in Chinese, for tests that read them back: as schools teach it, and as people shorten it."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_PLACES = ((1000, "千"), (100, "百"), (10, "十"))


def written(number: int) -> str:
    """10023 → 一万零二十三."""
    if number == 0:
        return "零"
    high, low = divmod(number, 10_000)
    parts = _section(high) + "万" if high else ""
    if low:
        parts += ("零" if high and low < 1000 else "") + _section(low)
    return parts.removeprefix("一") if 10 <= number < 20 else parts


def shortened(number: int) -> str | None:
    """120 → 一百二, 3500 → 三千五, 25000 → 两万五; None where nothing is left out."""
    for size, word in ((10_000, "万"), (1000, "千"), (100, "百")):
        front, rest = divmod(number, size)
        if 0 < front < 10 and rest and rest % (size // 10) == 0:
            first = "两" if front == 2 else _DIGITS[front]
            return f"{first}{word}{_DIGITS[rest // (size // 10)]}"
    return None


def one_by_one(number: int) -> str:
    """2026 → 二〇二六."""
    return "".join(_DIGITS[int(figure)] for figure in str(number)).replace("零", "〇")


def _section(number: int) -> str:
    """Below ten thousand; a gap is one 零."""
    words, gap = "", False
    for size, word in _PLACES:
        digit, number = divmod(number, size)
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + word
            gap = False
        else:
            gap = bool(words)
    if number:
        words += ("零" if gap and words else "") + _DIGITS[number]
    return words
