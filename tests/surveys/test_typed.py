"""What people type, read as answers: in both languages, in figures and numerals; and never as something it is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locales.errors import Reask, explain
from surveys.structure import (
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    STRING,
    TEXT,
    TIME,
    TYPES,
    Option,
    Question,
    Unit,
)
from surveys.typed import understand
from tests.surveys.chinese_numerals import one_by_one, shortened, written
from tests.surveys.hostile import HOSTILE

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)  # a Thursday
TODAY = NOW.date()


def asks(type_, **said):
    said.setdefault("text", {"zh": "？", "en": "?"})
    return Question(id="q", type=type_, **said)


def options(*labels, **said):
    """A question with these options, written "zh|en"; their codes are o0, o1, …"""
    made = tuple(
        Option(code=f"o{place}", text=dict(zip(("zh", "en"), label.split("|"), strict=False)))
        for place, label in enumerate(labels)
    )
    return asks(CODING, options=made, **said)


def reads(question, words, language="zh", **how):
    """The values, or the code of the reask."""
    found = understand(question, words, language, now=NOW, **how)
    return found.code if isinstance(found, Reask) else found


# --- numbers


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("3", "3"), ("３", "3"), (" 3 ", "3"), ("3。", "3"), ("003", "3"), ("-3", "-3"), ("−3", "-3"), ("负三", "-3"),
        ("零下五", "-5"), ("-0", "0"), ("三", "3"), ("两", "2"), ("俩", "2"), ("十", "10"), ("廿三", "23"), ("一百二", "120"),
        ("一百零二", "102"), ("两千零五十", "2050"), ("两万五", "25000"), ("1,000", "1000"), ("1，234，567", "1234567"),
        ("1.5万", "15000"), ("3千", "3000"), ("二〇二六", "2026"), ("三个", "3"), ("3次", "3"), ("大概 3 个吧", "3"),
        ("叁佰", "300"), ("twelve", "12"), ("Twenty-One", "21"), ("one hundred and five", "105"), ("minus two", "-2"),
        ("about 3", "3"), ("a hundred", "100"),
    ],
)  # fmt: skip
def test_whole_numbers_are_read(words, number):
    assert reads(asks(INTEGER), words) == (number,)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("36.5", "36.5"), ("36．5", "36.5"), ("三十六点五", "36.5"), ("零点零五", "0.05"), ("3.50", "3.50"), ("半", "0.5"),
        ("两个半", "2.5"), ("负一点五", "-1.5"), ("1,000.25", "1000.25"), ("三点一四一五九", "3.14159"),
    ],
)  # fmt: skip
def test_decimals_are_read_and_keep_their_figures(words, number):
    assert reads(asks(DECIMAL), words) == (number,)


@pytest.mark.parametrize(
    "words",
    [
        "36,5", "1,00", "1 000", "3-5", "3到5", "3~5", "两三", "两三个", "三四百", "七八十", "十七八", "一二", "十几", "百",
        "几个", "很多", "10²", "①", "½", "٣", "3e5", "0x10", "NaN", "Infinity", "一半", "三半", "两斤", "十两", "一百两", "3kg", "五天", "第三",
        "1.2.3", "--3", "+-3", "三 四", "3 4", "...", "五十多", "百分之三", "twenty twelve", "hundred", "one and a half",
    ],
)  # fmt: skip
def test_what_may_be_another_number_is_asked_for_again(words):
    assert reads(asks(INTEGER), words) == "typed_not_whole"
    assert reads(asks(DECIMAL), words) == "typed_not_a_number"


def test_half_is_given_on_to_be_refused_where_whole_numbers_are_asked_for():
    assert reads(asks(INTEGER), "两个半") == ("2.5",)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("5 kg", "5"),
        ("5公斤", "5"),
        ("五千克", "5"),
        ("5千克", "5"),
        ("5 kilos", "5"),
        ("５ＫＧ", "5"),
        ("5", "5"),
        ("五公斤半", "5.5"),
    ],
)
def test_unit_of_the_question_may_be_typed_along(words, number):
    assert reads(asks(DECIMAL, unit=Unit("kg", text="公斤")), words) == (number,)


@pytest.mark.parametrize("words", ["10斤", "5克", "5 g", "5 lb", "五个", "5 cm"])
def test_other_unit_is_never_ignored(words):
    weight = asks(DECIMAL, unit=Unit("kg", text="公斤"))
    found = understand(weight, words, "zh", now=NOW)
    assert found == Reask("typed_not_this_amount", {"unit": "公斤"})
    assert "公斤" in explain("zh", found)


def test_measure_that_may_be_read_two_ways_is_asked_for_again():
    both = asks(INTEGER, text={"zh": "孩子出生时多重？请写千克数或克数。"})
    assert reads(both, "五千克") == "typed_not_whole"  # 5 kg or 5000 g
    assert reads(both, "三克") == ("3",)


def test_measures_count_only_where_the_question_speaks_of_them():
    days = asks(INTEGER, text={"zh": "您住院几天？", "en": "How many days were you in hospital?"})
    assert reads(days, "三天") == ("3",)
    assert reads(days, "3 days") == ("3",)
    assert reads(days, "三周") == "typed_not_whole"
    drinks = asks(INTEGER, text={"zh": "您今天喝了几杯水？", "en": "How many glasses of water today?"})
    assert reads(drinks, "三天") == "typed_not_whole"
    waited = asks(INTEGER, text={"zh": "等了几分钟？"})
    assert reads(waited, "八分") == ("8",)
    assert reads(asks(INTEGER, text={"zh": "等了几小时？"}), "八分") == "typed_not_whole"
    assert reads(asks(INTEGER, text={"zh": "请您打分"}), "八分") == ("8",)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 99_999))
def test_every_number_written_in_chinese_reads_back(number):
    assert reads(asks(INTEGER), written(number)) == (str(number),)
    assert reads(asks(INTEGER), f"负{written(number)}") == (f"-{number}" if number else "0",)


def test_every_small_number_and_every_round_one_reads_back():
    for number in (*range(2000), *range(2000, 100_000, 97), *range(0, 100_000, 1000), 99_999):
        assert reads(asks(INTEGER), written(number)) == (str(number),), written(number)
        short = shortened(number)
        assert short is None or reads(asks(INTEGER), short) == (str(number),), short
        if number > 999:
            assert reads(asks(INTEGER), one_by_one(number)) == (str(number),), one_by_one(number)


@settings(deadline=None)
@given(st.decimals(-10_000, 10_000, places=3, allow_nan=False))
def test_decimals_in_figures_read_back(number):
    said = f"{number:f}"
    (value,) = reads(asks(DECIMAL), said)
    assert value == said.replace("-0.000", "0.000")


# --- options, yes and no


def test_label_is_an_option_in_any_language_and_any_dress():
    mood = options("非常满意|Very satisfied", "一般|So so", "不满意|Dissatisfied")
    for words in (
        "非常满意",
        " 非常满意。",
        "非常 满意",
        "“非常满意”！",
        "Very satisfied",
        "very SATISFIED.",
        "ｖｅｒｙ　ｓａｔｉｓｆｉｅｄ",
    ):
        assert reads(mood, words) == ("o0",), words
    for words in ("满意", "非常", "satisfied", "满意，非常", "挺满意的", "o0", "非常满意吗不满意"):
        assert reads(mood, words) == "typed_not_an_option", words


def test_place_is_an_option_and_a_bare_number_only_where_numbers_are_shown():
    mood = options("非常满意", "满意", "一般", "不满意", "非常不满意")
    for words in ("第二个", "第2个", "第二", "the second one", "2nd", "第二项"):
        assert reads(mood, words) == ("o1",), words
    for words in ("2", "二", "5", "2.", "5分"):  # may be meant as points
        assert reads(mood, words) == "typed_not_an_option", words
    for words in ("2", "２", "二", "2.", "选2", "#2", "option 2"):
        assert reads(mood, words, is_numbered=True) == ("o1",), words
    for words in ("0", "6", "第六个", "-1", "2.5", "1e0", "第零个", "99999999999999999999"):
        assert reads(mood, words, is_numbered=True) == "typed_not_an_option", words


def test_number_that_is_a_label_and_a_place_is_the_label_or_asked_for_again():
    points = options("5|5", "4|4", "3|3", "2|2", "1|1")
    assert reads(points, "5") == ("o0",)
    assert reads(points, "五") == ("o0",)
    assert reads(options("5分", "4分", "3分"), "4") == ("o1",)
    assert reads(options("5分", "4分", "3分", "2分"), "三", is_numbered=True) == ("o2",)  # place and points agree
    assert reads(options("5分", "4分", "3分", "2分"), "4", is_numbered=True) == "typed_not_an_option"
    assert reads(options("1次", "2天"), "2次") == "typed_not_an_option"


def test_labels_that_read_alike_are_told_apart_or_asked_for_again():
    ranges = options("<5", ">5", "-5")
    assert reads(ranges, ">5") == ("o1",)
    assert reads(ranges, "5") == "typed_not_an_option"
    assert reads(ranges, "-5") == ("o2",)
    twins = options("好！", "好？")
    assert reads(twins, "好") == "typed_not_an_option"
    assert reads(twins, "好？") == ("o1",)


def test_language_in_view_decides_where_two_languages_disagree():
    crossed = options("A|B", "B|A")
    assert reads(crossed, "a", "zh") == ("o0",)
    assert reads(crossed, "a", "en") == ("o1",)


def test_prefix_shown_before_an_option_names_it():
    marked = asks(
        CODING,
        options=(
            Option("x", {"zh": "苹果"}, prefix="a)"),
            Option("y", {"zh": "梨"}, prefix="b)"),
        ),
    )
    assert [reads(marked, words) for words in ("b", "B)", "b.", "c")] == [("y",), ("y",), ("y",), "typed_not_an_option"]


def test_several_are_read_in_the_order_said():
    care = options("挂号|Registration", "候诊|Waiting", "取药|Pharmacy", "住院 手续|Forms, admission", repeats=True)
    assert reads(care, "取药、挂号") == ("o2", "o0")
    for words in ("挂号，候诊", "挂号, 候诊", "挂号 候诊", "挂号和候诊", "挂号；候诊", "挂号/候诊", "registration and waiting",
                  "第一个、第二个", "挂号、候诊、挂号"):  # fmt: skip
        assert reads(care, words) == ("o0", "o1"), words
    assert reads(care, "Forms, admission") == ("o3",)
    assert reads(care, "Waiting; forms, admission") == ("o1", "o3")
    assert reads(care, "1、3", is_numbered=True) == ("o0", "o2")
    for words in ("挂号、别的", "挂号候诊", "、、", "和", "1、3"):
        assert reads(care, words) == "typed_not_an_option", words


def test_several_where_one_is_asked_for_is_said_so():
    assert reads(options("好", "坏"), "好、坏") == "typed_only_one"
    assert reads(options("好", "坏"), "好，好") == ("o0",)


def test_own_words_are_taken_where_they_may_be():
    cause = options("挂号", "候诊", constraint=OPTIONS_OR_STRING)
    assert reads(cause, "候诊") == ("o1",)
    assert reads(cause, " 找车位 ") == ("~找车位",)
    assert reads(cause, "2") == ("~2",)
    assert reads(cause, "挂号、候诊") == "typed_only_one"
    several = options("挂号", "候诊", constraint=OPTIONS_OR_STRING, repeats=True)
    assert reads(several, "挂号、候诊") == ("o0", "o1")
    assert reads(several, "挂号、找车位；候诊") == ("o0", "~找车位", "o1")
    assert reads(several, "停车、排队") == ("~停车、排队",)
    assert reads(several, "挂号，就是人太多") == ("~挂号，就是人太多",)


def test_other_values_of_the_type_are_taken_where_they_may_be():
    times = asks(
        INTEGER,
        constraint=OPTIONS_OR_TYPE,
        options=tuple(Option(str(n), {}, value_type=INTEGER) for n in (1, 2)),
    )
    assert reads(times, "2") == ("2",)
    assert reads(times, "七") == ("7",)
    assert reads(times, "很多") == "typed_not_whole"


@pytest.mark.parametrize(("words", "value"), [
    *((words, "true") for words in ("是", "是的。", "对", "有", "嗯", "好", "yes", "Y", "YES!", "ＯＫ")),
    *((words, "false") for words in ("否", "不", "不是", "没有", "没", "无", "no", "N", "Nope", "不用")),
])  # fmt: skip
def test_yes_and_no_are_read(words, value):
    assert reads(asks(BOOLEAN), words) == (value,)
    pair = options("是|Yes", "否|No", "记不清|Cannot say")
    assert reads(pair, words) == ("o0" if value == "true" else "o1",)


@pytest.mark.parametrize("words", ["不知道", "也许", "是不是", "有没有", "1", "没问题", "yesno", "是 否"])
def test_what_is_neither_yes_nor_no_is_asked_for_again(words):
    assert reads(asks(BOOLEAN), words) == "typed_not_yes_or_no"


def test_yes_means_nothing_where_the_options_are_no_pair():
    assert reads(options("是，全部", "是，一部分", "否"), "是") == "typed_not_an_option"


# --- days, times, moments


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2026-03-01", "2026-03-01"), ("2026/3/1", "2026-03-01"), ("2026.3.1", "2026-03-01"), ("20260301", "2026-03-01"),
        ("２０２６－０３－０１", "2026-03-01"), ("2026年3月1日", "2026-03-01"), ("2026 年 3 月 1 号", "2026-03-01"),
        ("二〇二六年三月一日", "2026-03-01"), ("二零二六年十二月三十一日", "2026-12-31"), ("三月一号", "2026-03-01"),
        ("10月8日", "2026-10-08"), ("10月9日", "2025-10-09"), ("2月29日", "2024-02-29"), ("5号", "2026-10-05"),
        ("31号", "2026-08-31"), ("今天", "2026-10-08"), ("昨天。", "2026-10-07"), ("前天", "2026-10-06"),
        ("大前天", "2026-10-05"), ("明天", "2026-10-09"), ("三天前", "2026-10-05"), ("10天前", "2026-09-28"),
        ("两天后", "2026-10-10"), ("上周三", "2026-09-30"), ("上星期日", "2026-10-04"), ("本周一", "2026-10-05"),
        ("下周五", "2026-10-16"), ("上个月3号", "2026-09-03"), ("去年3月1日", "2025-03-01"), ("去年的三月一号", "2025-03-01"),
        ("1 March 2026", "2026-03-01"), ("1st of March", "2026-03-01"), ("March 1, 2026", "2026-03-01"),
        ("mar. 1", "2026-03-01"), ("Dec 25th", "2025-12-25"), ("Today", "2026-10-08"), ("yesterday", "2026-10-07"),
        ("the day before yesterday", "2026-10-06"), ("3 days ago", "2026-10-05"), ("two days ago", "2026-10-06"),
        ("last Friday", "2026-10-02"), ("last Thursday", "2026-10-01"), ("3/13", "2026-03-13"), ("13/3/2026", "2026-03-13"),
        ("5/5", "2026-05-05"), ("on 1 March", "2026-03-01"),
    ],
)  # fmt: skip
def test_days_are_read(words, day):
    assert reads(asks(DATE), words) == (day,)


@pytest.mark.parametrize(("words", "code"), [
    *((words, "typed_no_such_date") for words in ("2026-02-29", "2月30日", "13月1日", "2026-00-10", "31 June", "32号",
                                                  "0000-01-01", "99/99", "2026年13月1日", "零月零日")),
    *((words, "typed_date_unclear") for words in ("3/1", "1/3/2026", "03-04-2026", "周三", "星期三", "Wednesday",
                                                  "last Wednesday", "last Monday")),
    *((words, "typed_not_a_date") for words in ("三", "3", "2026", "2026年3月", "三月", "农历三月初一", "上周", "几天前",
                                                "两三天前", "半天前", "9999999999999天前", "明年今日", "26-3-1", "sometime",
                                                "March", "1 March 26", "٣/١٣")),
])  # fmt: skip
def test_days_that_cannot_be_or_may_be_two_are_asked_for_again(words, code):
    assert reads(asks(DATE), words) == code


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_reads_back_in_every_way_of_writing(day):
    ways = [
        day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}",
        f"{one_by_one(day.year)}年{written(day.month)}月{written(day.day)}号", f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
    ]  # fmt: skip
    for words in ways:
        assert reads(asks(DATE), words) == (day.isoformat(),), words


@settings(deadline=None)
@given(st.integers(0, 364))
def test_day_without_a_year_is_the_latest_that_is_not_in_the_future(ago):
    day = TODAY - timedelta(days=ago)
    for words in (f"{day.month}月{day.day}日", f"{day.day} {day:%B}"):
        assert reads(asks(DATE), words) == (day.isoformat(),)


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("8:30", "08:30"), ("08:30", "08:30"), ("8：30", "08:30"), ("23:59", "23:59"), ("八点半", "08:30"), ("8点", "08:00"),
        ("8点整", "08:00"), ("八点一刻", "08:15"), ("十点三刻", "10:45"), ("九点零五分", "09:05"), ("9点05", "09:05"),
        ("15时20分", "15:20"), ("3时", "03:00"), ("二十点", "20:00"), ("下午3点", "15:00"), ("下午三点半", "15:30"),
        ("下午 3:20", "15:20"), ("晚上八点", "20:00"), ("早上8点", "08:00"), ("上午十点一刻", "10:15"), ("中午12点", "12:00"),
        ("中午1点", "13:00"), ("凌晨2点", "02:00"), ("凌晨12点", "00:00"), ("下午15点", "15:00"), ("13pm", "13:00"), ("3pm", "15:00"),
        ("3 PM", "15:00"), ("3 p.m.", "15:00"), ("3:30pm", "15:30"), ("12am", "00:00"), ("12pm", "12:00"), ("noon", "12:00"),
        ("half past eight", "08:30"), ("a quarter to nine", "08:45"), ("10 o'clock", "10:00"),
        ("3 o'clock in the afternoon", "15:00"),
    ],
)  # fmt: skip
def test_times_are_read(words, time):
    assert reads(asks(TIME), words) == (f"{time}:00",)


@pytest.mark.parametrize(("words", "code"), [
    *((words, "typed_time_unclear") for words in ("3点", "三点半", "六点", "half past two", "3 o'clock", "晚上3点", "早上12点")),
    *((words, "typed_not_a_time") for words in ("24:00", "25点", "8:60", "8", "八", "1520", "上午15点", "15am", "点", "点半",
                                                "八点百分", "下午", "8:3")),
])  # fmt: skip
def test_times_that_cannot_be_or_may_be_two_are_asked_for_again(words, code):
    assert reads(asks(TIME), words) == code


@settings(deadline=None)
@given(st.times())
def test_every_time_reads_back(time):
    hour, minute = time.hour, time.minute
    assert reads(asks(TIME), f"{hour}:{minute:02}") == (f"{hour:02}:{minute:02}:00",)
    assert reads(asks(TIME), f"{hour}时{minute}分") == (f"{hour:02}:{minute:02}:00",)
    assert reads(asks(TIME), f"{time:%I:%M %p}".lower()) == (f"{hour:02}:{minute:02}:00",)
    if hour > 6:
        assert reads(asks(TIME), f"{written(hour)}点{written(minute)}分") == (f"{hour:02}:{minute:02}:00",)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-03-01 8:30", "2026-03-01T08:30:00+08:00"), ("2026-03-01T08:30", "2026-03-01T08:30:00+08:00"),
        ("2026-03-01T08:30:00Z", "2026-03-01T08:30:00+00:00"), ("昨天下午3点", "2026-10-07T15:00:00+08:00"),
        ("3月1日8点", "2026-03-01T08:00:00+08:00"), ("3月1日 八点半", "2026-03-01T08:30:00+08:00"),
        ("昨天的 15:20", "2026-10-07T15:20:00+08:00"), ("March 1, 2026 at 3pm", "2026-03-01T15:00:00+08:00"),
        ("yesterday, 3 pm", "2026-10-07T15:00:00+08:00"), ("现在", "2026-10-08T10:00:00+08:00"),
    ],
)  # fmt: skip
def test_moments_are_read(words, moment):
    assert reads(asks(DATETIME), words) == (moment,)


@pytest.mark.parametrize(("words", "code"), [
    ("昨天", "typed_not_a_moment"), ("下午3点", "typed_not_a_moment"), ("2026-3-11:30", "typed_not_a_moment"),
    ("2月30日8点", "typed_no_such_date"), ("3/1 8:30", "typed_date_unclear"), ("昨天3点", "typed_time_unclear"),
    ("昨天晚上12点", "typed_time_unclear"), ("2026-03-01T25:30:00Z", "typed_no_such_date"), ("随便", "typed_not_a_moment"),
])  # fmt: skip
def test_moments_that_are_none_are_asked_for_again(words, code):
    assert reads(asks(DATETIME), words) == code


# --- several, words, hostile input


def test_several_numbers_and_days_at_once():
    assert reads(asks(INTEGER, repeats=True), "3、五；7") == ("3", "5", "7")
    assert reads(asks(INTEGER, repeats=True), "1,000、2") == ("1000", "2")
    assert reads(asks(INTEGER, repeats=True), "3、很多") == "typed_not_whole"
    assert reads(asks(DATE, repeats=True), "昨天、3月1日") == ("2026-10-07", "2026-03-01")
    assert reads(asks(INTEGER), "3、5") == "typed_not_whole"


@pytest.mark.parametrize("type_", [STRING, TEXT])
def test_text_is_taken_as_it_is_written(type_):
    assert reads(asks(type_), " 2 ") == ("2",)
    assert reads(asks(type_, repeats=True), "甲、乙") == ("甲、乙",)
    assert reads(asks(type_), "第一行\r\n第二行") == ("第一行\n第二行",)


@pytest.mark.parametrize("type_", [type_ for type_ in TYPES if type_ not in ("group", "display")])
def test_nothing_and_half_characters_are_no_answer(type_):
    assert reads(asks(type_), " \n\u200b") == "words_expected"
    assert reads(asks(type_), "好\ud83d") == "answer_unreadable"


@pytest.mark.parametrize(
    "words", ["", " " * 159 + "不", "否" + " " * 400 + "其实是", "3" * 10_000, "一" * 10_000, "昨天" * 5000]
)
def test_long_words_are_never_read_in_part(words):
    for question in (asks(BOOLEAN), asks(INTEGER), asks(DATE), asks(TIME), asks(DATETIME), options("是", "否")):
        found = reads(question, words)
        assert isinstance(found, str) or words.strip() == "不" or len("".join(found)) > 9_000, (question.type, found)


QUESTIONS = [
    asks(BOOLEAN), asks(INTEGER), asks(DECIMAL, unit=Unit("kg")), asks(DATE), asks(TIME), asks(DATETIME), asks(STRING),
    asks(INTEGER, repeats=True), options("是|Yes", "否|No"), options("1", "2", repeats=True),
    options("a", "b", constraint=OPTIONS_OR_STRING, repeats=True),
]  # fmt: skip


def test_hostile_strings_never_raise():
    for words in HOSTILE:
        for question in QUESTIONS:
            for numbered in (False, True):
                found = understand(question, words, "zh", now=NOW, is_numbered=numbered)
                assert isinstance(found, Reask) or all(isinstance(value, str) and value for value in found)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-16"), max_size=60), st.sampled_from(QUESTIONS))
def test_junk_never_raises(words, question):
    understand(question, words, "en", now=NOW, is_numbered=True)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from("零一二三十百千万亿两半点负上下周月日号时分前天今昨第个年第,.:-/、0123456789 apmMarch"),
        max_size=12,
    ),
    st.sampled_from(QUESTIONS),
)
def test_heaps_of_the_right_characters_never_raise(characters, question):
    understand(question, "".join(characters), "zh", now=NOW, is_numbered=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reask_is_one_sentence_or_two(language):
    for code in ("typed_not_an_option", "typed_only_one", "typed_not_yes_or_no", "typed_not_a_number", "typed_not_whole",
                 "typed_not_a_date", "typed_no_such_date", "typed_date_unclear", "typed_not_a_time", "typed_time_unclear",
                 "typed_not_a_moment"):  # fmt: skip
        assert 10 < len(explain(language, Reask(code))) < 200
