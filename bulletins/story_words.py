"""The words of a story as they may be kept, and what the office should look at twice before it prints them. PURE.

Knows that words come from anybody: no markup means anything here, nothing in them is invisible or turns a line around,
no letter carries a tower of marks. Marks are warnings from simple patterns: they find what looks like a telephone or
identity number, an address on the web or a person's name; they prove nothing. Refuses to change what was said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bulletins.wording import one_line, plain_text
from locales.errors import DomainError

SHORTEST, LONGEST = 20, 600  # characters
MOST_LINES = 8
LONGEST_BYLINE, LONGEST_KNOWN_NAME = 30, 80
"""Of a name that somebody types, and of one on record."""
CONSENT = "2026-1"
"""The version of the words that a teller agrees to (`stories.consent.*`); changed words are another version."""

PHONE, ID_NUMBER, LONG_NUMBER, MAIL, WEB, NAME = WARNINGS = ("phone", "id_number", "long_number", "mail", "web", "name")

_MOST_MARKS = 2  # combining marks on one letter: enough for every language, too few for a tower
_JOINERS = "\u200d"  # holds emoji together
_BYLINE = re.compile(r"(?:—{1,2}|–{1,2}|--|署名[:：]|[Ss]igned[:：])\s*(?P<name>\S.*)")
_GAP = r"[\s().\-–—]?"
_PATTERNS = (
    (ID_NUMBER, re.compile(r"(?<![0-9])[0-9]{6}" + _GAP + r"(?:19|20)[0-9]{2}(?:" + _GAP + r"[0-9]){7}[0-9Xx]")),
    (PHONE, re.compile(r"(?<![0-9])1[3-9](?:" + _GAP + r"[0-9]){9}(?![0-9])")),
    (PHONE, re.compile(r"(?<![0-9])0[0-9]{2,3}" + _GAP + r"[2-9][0-9]{3}" + _GAP + r"[0-9]{3,4}(?![0-9])")),
    (MAIL, re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}")),
    (WEB, re.compile(r"https?://|www\.|\bt\.me/|(?<!\S)@[A-Za-z0-9_]{4,}", re.IGNORECASE)),
    (LONG_NUMBER, re.compile(r"[0-9](?:[\s-]?[0-9]){6,}")),
    (NAME, re.compile(
        r"[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏章云苏潘葛范彭郎鲁韦马苗方俞任袁柳"
        r"唐罗薛雷贺倪汤滕殷毕郝安常于傅皮卞齐康伍余元顾孟黄穆萧尹姚邵汪毛戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾路江童颜郭"
        r"梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍万柯管卢莫房丁邓洪包左石崔龚程邢裴陆翁曲井段侯伊宁甘武刘景龙叶幸司韶黎白赖"
        r"谭][\u4e00-\u9fff]{0,2}(?:先生|女士|医生|大夫|医师|护士|护士长|主任|院长|教授|阿姨|叔叔|大爷|奶奶|爷爷|老师)"
    )),
    (NAME, re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|Nurse)\.?\s+[A-Z][a-z]+")),
)  # fmt: skip


def tidy_story(written: str) -> str:
    """A story's words: a few paragraphs of visible characters. `story_length` unless 20–600 characters are left,
    `story_lines` for more than eight lines.
    """
    lines = [one_line(line) for line in _visible(plain_text(written)).split("\n")]
    words = "\n".join(line for line in lines if line)
    if not SHORTEST <= len(words) <= LONGEST:
        raise DomainError("story_length", length=len(words), low=SHORTEST, high=LONGEST)
    if words.count("\n") >= MOST_LINES:
        raise DomainError("story_lines", most=MOST_LINES)
    return words


def tidy_byline(written: str, longest: int = LONGEST_BYLINE) -> str | None:
    """The name that stands beneath a story, on one line; None for none. `story_byline_length` beyond `longest`."""
    name = one_line(_visible(plain_text(written)))
    if len(name) > longest:
        raise DomainError("story_byline_length", high=longest)
    return name or None


def parted(written: str) -> tuple[str, str]:
    """Words and byline of what was typed in one message: a last line such as "— Mei" is the byline; "" without one."""
    body, _, last = written.rstrip().rpartition("\n")
    found = _BYLINE.fullmatch(last.strip()) if body.strip() else None
    return (body, found["name"]) if found is not None else (written, "")


def warnings_in(words: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """What looks as if it should not be printed, each once, in the order of `WARNINGS`. `names`: people known here."""
    plain = unicodedata.normalize("NFKC", words)
    found = {code for code, pattern in _PATTERNS if pattern.search(plain)}
    if any(len(name) > 1 and name in plain for name in names):
        found.add(NAME)
    return tuple(code for code in WARNINGS if code in found)


def _visible(cleaned: str) -> str:
    """Without format characters that nobody sees, and with at most two marks on a letter."""
    kept: list[str] = []
    marks = 0
    for character in cleaned:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS or (category in ("Cf", "Co", "Cn") and character not in _JOINERS):
            continue
        kept.append(character)
    return "".join(kept)
