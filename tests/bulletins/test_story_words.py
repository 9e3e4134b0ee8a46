"""The words of a story: what is kept of what anybody may write, and what the office is warned of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulletins.story_passes import DOCTOR, PATIENT, number_after, read_pass, receipt_for, story_pass
from bulletins.story_words import (
    LONGEST,
    MOST_LINES,
    WARNINGS,
    parted,
    tidy_byline,
    tidy_story,
    warnings_in,
)
from locales.errors import DomainError
from locales.texts import text
from surveys.receipts import read_receipt_code
from tests.bulletins.cast import refused

GOOD = "医生把检查结果直接传给了社区，我不用再跑一趟医院，省了半天时间。"
HIDDEN = "".join(chr(code) for code in (0x200B, 0x200E, 0x202E, 0x2066, 0xFEFF, 0xE0041, 0x07, 0xAD))


def test_hidden_characters_are_gone_and_paragraphs_stay():
    written = f"  {GOOD}{HIDDEN}\r\n\r\n\r\n  第二段\u202e也在这里。\t "
    assert tidy_story(written) == f"{GOOD}\n第二段也在这里。"


def test_markup_is_only_letters():
    written = "<script>alert(1)</script> **粗** [链接](http://x) {{7*7}} {name} %s 就是这些字。"
    assert tidy_story(written) == written


def test_a_tower_of_marks_is_cut_and_real_letters_stay():
    tower = "a" + "\u0301" * 40 + "b" * 30
    assert len(tidy_story(tower)) <= 34
    assert tidy_story("Việt Nam: bác sĩ rất tận tình với tôi.") == unicodedata.normalize(
        "NFC", "Việt Nam: bác sĩ rất tận tình với tôi."
    )
    assert "👨\u200d⚕" in tidy_story("谢谢这位医生👨\u200d⚕，讲得特别清楚，一点也不着急。")


@pytest.mark.parametrize("written", ["", "太短了", "\u200b" * 50, " \n " * 40, "字" * 19, "字" * (LONGEST + 1)])
def test_length_counts_what_is_seen(written):
    with refused("story_length"):
        tidy_story(written)


def test_limits_are_inclusive():
    assert len(tidy_story("字" * 20)) == 20
    assert len(tidy_story("字" * LONGEST)) == LONGEST
    assert tidy_story("\n".join(["很好很好"] * MOST_LINES)).count("\n") == MOST_LINES - 1
    with refused("story_lines"):
        tidy_story("\n".join(["很好很好"] * (MOST_LINES + 1)))


@given(st.text(max_size=900))
@settings(max_examples=50)
def test_whatever_is_written_is_refused_or_safe(written):
    try:
        words = tidy_story(written)
    except DomainError as error:
        if error.code not in {"story_length", "story_lines"}:
            raise
        return
    assert 20 <= len(words) <= LONGEST
    assert not any(unicodedata.category(each) in {"Cc", "Cs", "Co", "Cn"} for each in words if each != "\n")
    assert tidy_story(words) == words


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"{GOOD}\n—— 王女士", (GOOD, "王女士")),
        (f"{GOOD}\n\n署名：小李", (f"{GOOD}\n", "小李")),
        ("It went well for all of us.\n— Mei", ("It went well for all of us.", "Mei")),
        ("It went well.\nSigned: Mei", ("It went well.", "Mei")),
        (GOOD, (GOOD, "")),
        ("—— 王女士", ("—— 王女士", "")),
        (f"{GOOD}\n第二段——不是署名", (f"{GOOD}\n第二段——不是署名", "")),
    ],
)
def test_a_last_line_with_a_dash_is_the_name(written, expected):
    assert parted(written) == expected


def test_name_is_one_line_and_short():
    assert tidy_byline(" 王\u202e女士\n") == "王女士"
    assert tidy_byline(" \u200b ") is None
    with refused("story_byline_length"):
        tidy_byline("王" * 31)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("电话13812345678", ("phone", "long_number")),
        ("电话 １３８－１２３４－５６７８", ("phone", "long_number")),
        ("座机0551-6234567", ("phone", "long_number")),
        ("身份证34010419800101123X", ("id_number", "long_number")),
        ("写信到 a.b@example.com", ("mail",)),
        ("看 https://example.com", ("web",)),
        ("加我 @someone_here", ("web",)),
        ("住院号 2026001234", ("long_number",)),
        ("王医生讲得清楚", ("name",)),
        ("Dr Smith was kind", ("name",)),
        ("李华很好", ("name",)),
        ("血压从180降到130，等了20分钟，2026年10月", ()),
        ("医生和护士都很好", ()),
    ],
)
def test_what_to_look_at_twice(words, expected):
    assert warnings_in(words, names=["李华", ""]) == expected


def test_every_warning_has_its_words():
    assert all(text(language, f"stories.warning.{code}") for code in WARNINGS for language in ("zh", "en"))


def test_a_pass_opens_once_made_and_nothing_else():
    secret = b"secret"
    made = story_pass(secret, PATIENT, "numbernumber", "jia")
    assert read_pass(secret, made, PATIENT) == ("numbernumber", "jia")
    for wrong in (
        made[:-1] + "0" if made[-1] != "0" else made[:-1] + "1",
        made.replace("jia", "yi"),
        "",
        "p.x",
        "é" * 9,
    ):
        with refused("story_pass_invalid"):
            read_pass(secret, wrong, PATIENT)
    with refused("story_pass_invalid"):
        read_pass(secret, made, DOCTOR)
    with refused("story_pass_invalid"):
        read_pass(b"another", made, PATIENT)


def test_a_number_leads_to_one_receipt():
    code = receipt_for(b"secret", "number")
    assert read_receipt_code(code) == code == receipt_for(b"secret", "number")
    assert code != receipt_for(b"other", "number") != receipt_for(b"other", "number2")
    assert number_after(b"secret", "a", "b") == number_after(b"secret", "a", "b") != number_after(b"secret", "ab", "")
