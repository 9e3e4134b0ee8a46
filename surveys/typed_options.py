"""Which of the offered options people mean when they type: its words, or the number shown beside it. PURE.

Never a guess: words count as an option only where they are its label (in any language of the questionnaire) after
folding width, case and marks, and where no other option reads alike. "the second one" is one; a bare "2" only where
numbers are shown, for on a scale it may be meant as points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from locales.errors import Reask
from surveys.structure import Question
from surveys.typed_numbers import plain, read_number

YES = frozenset(
    {
        "是",
        "是的",
        "对",
        "对的",
        "有",
        "有的",
        "嗯",
        "嗯嗯",
        "好",
        "好的",
        "可以",
        "yes",
        "y",
        "yeah",
        "yep",
        "true",
        "ok",
    }
)
NO = frozenset({"否", "不", "不是", "不对", "没有", "没", "无", "不用", "不要", "不行", "no", "n", "nope", "false"})

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ONLY_COUNTS = frozenset({"分", "个", "次", "天", "点", "point", "points"})
_NTH = re.compile("第(?P<number>[0-9]{1,3}|[零一二两三四五六七八九十百]{1,5})[个项种条]?")
_ENGLISH_NTH = re.compile(r"(?:the )?(?:(?P<number>[0-9]{1,3})(?:st|nd|rd|th)|(?P<word>[a-z]+))(?: one| option)?")
_SHOWN = re.compile(r"(?:选|option |no\.? ?|number |#)?(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})[.)、]?")
_SLASH = r"(?<![0-9])/|/(?![0-9])"  # between figures it may divide them
_SEPARATORS = (
    r"[;；|\n]+",
    r"[;；|\n、]+",
    rf"[;；|\n、,，]+|{_SLASH}",
    rf"[;；|\n、,，+&]+|{_SLASH}|以及|还有|和|与|跟|及| and ",
    rf"[;；|\n、,，+&\s]+|{_SLASH}|以及|还有|和|与|跟|及",
)
"""Between several answers, the surest first: a label may hold the later ones itself."""

_LONGEST_LIST = 1000


def read_options(
    question: Question, choices: Mapping[str, Iterable[str]], words: str, *, is_numbered: bool
) -> tuple[str, ...] | Reask:
    """The codes that these words name, in the order said; `choices` are the labels of each code, in any language.

    Reasks: `typed_not_an_option`, and `typed_only_one` where several are named but one is asked for.
    """
    names = _Names(question, choices, is_numbered=is_numbered)
    whole = names.code_of(words)
    if whole is not None:
        return (whole,)
    for separator in _SEPARATORS if len(words) <= _LONGEST_LIST else ():
        parts = [part for part in re.split(separator, words) if part and part.strip()]
        codes = [names.code_of(part) for part in parts]
        named = tuple(dict.fromkeys(code for code in codes if code is not None))
        if len(parts) > 1 and None not in codes:
            return named if question.repeats or len(named) == 1 else Reask("typed_only_one")
    return Reask("typed_not_an_option")


class _Names:
    """By what each option goes: folded labels, numbers, and yes and no where it is one of the two."""

    def __init__(self, question: Question, choices: Mapping[str, Iterable[str]], *, is_numbered: bool) -> None:
        self._codes = list(choices)
        self._is_numbered = is_numbered
        labels = [(code, label) for code, many in choices.items() for label in many]
        prefixes = [(each.code, each.prefix) for each in question.options if each.prefix]
        self._exact = _unambiguous((_folded(label), code) for code, label in labels)
        self._loose = _unambiguous((key, code) for code, label in labels for key in _loosely(label))
        self._prefixes = _unambiguous((_without_marks(_folded(prefix)), code) for code, prefix in prefixes)
        self._numbers = _unambiguous((key, code) for code, label in labels for key in _numbers_of(label))
        self._yes = _only(code for code, label in labels if plain(label) in YES)
        self._no = _only(code for code, label in labels if plain(label) in NO)

    def code_of(self, words: str) -> str | None:
        """The one option that these words name; None if there is none, or more than one reading."""
        exact = self._exact.get(_folded(words))
        if exact is not None:
            return exact
        readings = set(self._readings(words))
        return readings.pop() if len(readings) == 1 else None

    def _readings(self, words: str) -> Iterator[str]:
        said = plain(words)
        for key in _loosely(words):
            if key in self._loose:
                yield self._loose[key]
        marked = _without_marks(_folded(words))
        if marked in self._prefixes:
            yield self._prefixes[marked]
        number = read_number(words)
        if number is not None and number in self._numbers:
            yield self._numbers[number]
        place = _ordinal(said) or (_shown_number(said) if self._is_numbered else None)
        if place is not None and 0 < place <= len(self._codes):
            yield self._codes[place - 1]
        if self._yes is not None and self._no is not None and said in YES | NO:
            yield self._yes if said in YES else self._no


def _folded(words: str) -> str:
    folded = unicodedata.normalize("NFKC", words.replace("\ufe0f", "")).casefold()
    return " ".join(folded.split())


def _loosely(words: str) -> tuple[str, ...]:
    """A label without its marks and spaces; where it has figures, whose marks mean something, without outer ones."""
    folded = _folded(words)
    if any(each.isdecimal() or unicodedata.category(each) == "No" for each in words + folded):
        return (plain(words),)
    bare = _without_marks(folded)
    return (bare,)


def _without_marks(folded: str) -> str:
    return "".join(each for each in folded if unicodedata.category(each)[0] not in "PZ")


def _numbers_of(words: str) -> tuple[str, ...]:
    """A label that is a number, perhaps with 分 or a word that counts."""
    number = read_number(words, _ONLY_COUNTS.__contains__)
    return (number,) if number is not None else ()


def _ordinal(said: str) -> int | None:
    found = _NTH.fullmatch(said)
    if found is not None:
        return _whole(found["number"])
    found = _ENGLISH_NTH.fullmatch(said)
    if found is None:
        return None
    if found["number"]:
        return int(found["number"])
    return _ORDINALS.index(found["word"]) + 1 if found["word"] in _ORDINALS else None


def _shown_number(said: str) -> int | None:
    found = _SHOWN.fullmatch(said)
    return _whole(found["number"]) if found is not None else None


def _whole(written: str) -> int | None:
    number = read_number(written)
    return int(number) if number is not None and number.isdecimal() else None


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What names exactly one code."""
    named: dict[str, set[str]] = {}
    for key, code in pairs:
        if key:
            named.setdefault(key, set()).add(code)
    return {key: next(iter(codes)) for key, codes in named.items() if len(codes) == 1}


def _only(codes: Iterable[str]) -> str | None:
    found = set(codes)
    return found.pop() if len(found) == 1 else None
