"""What the templates get: fields filled, items in each other, the box for words, and the rules for the script."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from locales.errors import Reask
from surveys.definition import parse_questionnaire
from surveys.sittings import Sitting
from surveys.structure import (
    CODING,
    DATE,
    DATETIME,
    DISPLAY,
    GROUP,
    INTEGER,
    STRING,
    TIME,
    Condition,
    Option,
    Question,
    Questionnaire,
    Unit,
)
from tests.web.every_type import PLACES, every_type
from web.survey_controls import control_view
from web.survey_fields import Brought, Given
from web.survey_rules import rules
from web.survey_views import Asking, ItemView, page_view, review_entries

SHANGHAI = ZoneInfo("Asia/Shanghai")


def sitting(*questions: Question, **answers: tuple[str, ...]) -> Sitting:
    return sitting_of(
        Questionnaire(id="q", version="1", title={}, languages=("zh", "en"), questions=questions), **answers
    )


def sitting_of(questionnaire: Questionnaire, **answers: tuple[str, ...]) -> Sitting:
    return Sitting(
        response_id="r", questionnaire=questionnaire, answers=dict(answers), revision=0, language="zh", consented=True,
        sent=False, unit_code="jia", unit_name={"zh": "人民医院"}, mode="page", channel=None, account=None,
        message_ref=None, expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip


def drawn(sitting: Sitting, asking: Asking | None = None, language: str = "zh"):
    return page_view(sitting, asking or Asking(), language=language, zone=SHANGHAI)


def outline(items: tuple[ItemView, ...]) -> list:
    return [[each.place, outline(each.inside)] if each.inside else each.place for each in items]


def lines(question: Question, *values: str, language: str = "zh"):
    return control_view(question, Given(values), language, SHANGHAI)


def test_items_stand_in_each_other_and_hidden_ones_nowhere():
    questionnaire, _ = parse_questionnaire(every_type(), file="")
    assert questionnaire is not None
    p = PLACES
    assert outline(drawn(sitting_of(questionnaire)).items) == [
        p["intro text"],
        [p["stay/§1"], [[p["first-time"], [p["before"]]], p['ward "7"'], [p["care"], [p["help<b>"], p["times"]]]]],
        p["rate"], p["why"], p["weight"], p["heavy"], p["rounds"], p["left"], p["weekend"], p["drugs"], p["values"],
        p["days"], p["code"], p["because-web"], p["never"],
    ]  # fmt: skip


def test_what_stands_in_a_question_nobody_is_asked_stands_outside_it():
    page = drawn(sitting(
        Question("fixed", CODING, options=(Option("a", {}),), initial=("a",), is_read_only=True),
        Question("child", STRING, parent="fixed"), Question("g", GROUP, is_hidden=True), Question("in", STRING, parent="g"),
    ))  # fmt: skip
    assert outline(page.items) == [1]
    assert page.items[0].is_shown


def test_headings_have_levels_and_never_more_than_six():
    groups = [Question(f"g{n}", GROUP, {"zh": "组"}, parent=f"g{n - 1}" if n else None) for n in range(40)]
    page = drawn(sitting(*groups, Question("x", STRING, parent="g39")))
    levels, depth, items = [], 0, page.items
    while items:
        levels += [each.level for each in items]
        depth, items = depth + 1, tuple(inner for each in items for inner in each.inside)
    assert levels[:6] == [2, 3, 4, 5, 6, 6]
    assert max(levels) == 6
    assert depth <= 13
    assert len(levels) == 41  # none got lost


@pytest.mark.parametrize(
    ("question", "stored", "kind", "line"),
    [
        (Question("x", DATE), "2026-03-01", "date", "2026-03-01"),
        (Question("x", DATE), "2026-03", "line", "2026-03"),
        (Question("x", DATE), "2026-02-30", "line", "2026-02-30"),
        (Question("x", DATE), "昨天", "line", "昨天"),
        (Question("x", TIME), "08:30:00", "time", "08:30"),
        (Question("x", TIME), "08:30:15", "time", "08:30:15"),
        (Question("x", TIME), "08:30:15.5", "line", "08:30:15.5"),
        (Question("x", DATETIME), "2026-03-01T00:30:00Z", "datetime-local", "2026-03-01T08:30"),
        (Question("x", DATETIME), "2026-03-01T08:30:15+08:00", "datetime-local", "2026-03-01T08:30:15"),
        (Question("x", DATETIME), "2026-03-01T08:30:15.25+08:00", "line", "2026-03-01T08:30:15.25+08:00"),
        (Question("x", DATETIME), "2026-03-01", "line", "2026-03-01"),
        (Question("x", INTEGER), "12", "line", "12"),
    ],
)
def test_stored_values_stand_in_fields_that_do_not_lose_them(question, stored, kind, line):
    control = lines(question, stored)
    assert (control.kind, control.lines) == (kind, (line,))


def test_repeating_lines_have_one_empty_at_the_end_until_it_is_enough():
    question = Question("x", STRING, repeats=True, most=3)
    assert [lines(question, *values).lines for values in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        ("",), ("a", ""), ("a", "b", ""), ("a", "b", "c"),
    ]  # fmt: skip
    assert [lines(question, *values).may_add for values in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        True, True, False, False,
    ]  # fmt: skip


def test_bounds_reach_the_browsers_own_field_only_where_it_takes_them():
    control = lines(Question("x", DATE, minimum="2026", maximum="2026-12-31"))
    assert (control.low, control.high) == (None, "2026-12-31")
    number = lines(Question("x", INTEGER, minimum="0", maximum="200", unit=Unit("{call}", text="次")))
    assert (number.low, number.high, number.unit, number.input_mode) == (None, None, "次", "numeric")
    assert lines(Question("x", INTEGER, minimum="-5")).input_mode is None  # some keyboards of phones have no minus


def test_hints_say_how_many_what_range_and_how_to_write():
    several = Question(
        "x", CODING, options=(Option("a", {}), Option("b", {}), Option("c", {})), repeats=True, least=1, most=2
    )
    assert lines(several).hints == ("请选 1 至 2 项",)
    assert lines(several, language="en").hints == ("Choose 1 to 2",)
    assert lines(Question("x", STRING, repeats=True, least=2)).hints == ("请至少填 2 项",)
    assert lines(Question("x", INTEGER, minimum="0", maximum="200")).hints == ("0 到 200",)
    assert lines(Question("x", STRING, entry_format="AB123")).hints == ("格式：AB123",)
    assert lines(Question("x", DATE)).hints == ("例如 2026-03-01",)


def test_box_for_words_stands_before_the_first_of_them():
    page = drawn(sitting(
        Question("a", INTEGER), Question("g", GROUP), Question("in", STRING, parent="g"), Question("b", STRING),
    ))  # fmt: skip
    assert page.text_consent is not None
    assert (page.text_consent.before, page.text_consent.is_shown, page.text_consent.fault) == (1, True, False)
    assert drawn(sitting(Question("a", INTEGER))).text_consent is None
    asked_later = Question("w", STRING, enable_when=(Condition("a", "=", "1"),))
    hidden = drawn(sitting(Question("a", INTEGER), asked_later)).text_consent
    assert hidden is not None
    assert not hidden.is_shown


def test_faults_that_lack_nothing_but_the_tick_are_one():
    asking = Asking(faults={"a": Reask("text_consent_unticked"), "b": Reask("text_consent_unticked"), "n": Reask("answer_required")},
                    brought=Brought({}, {}, {}))  # fmt: skip
    page = drawn(sitting(Question("a", STRING), Question("n", INTEGER, {"zh": "几个"}), Question("b", STRING)), asking)
    assert [(fault.anchor, fault.label) for fault in page.faults] == [("text-consent", ""), ("q-1", "几个")]
    assert page.text_consent is not None
    assert page.text_consent.fault


def test_progress_counts_what_is_required_and_seen():
    needed = Question("n", INTEGER, required=True)
    only_then = Question("m", INTEGER, required=True, enable_when=(Condition("n", ">", "3"),))
    assert [(page.done, page.required) for page in (
        drawn(sitting(needed, only_then)), drawn(sitting(needed, only_then, n=("3",))),
        drawn(sitting(needed, only_then, n=("4",))), drawn(sitting(needed, only_then, n=("4",), m=("1",))),
    )] == [(0, 1), (1, 1), (1, 2), (2, 2)]  # fmt: skip


def test_refused_words_stand_where_they_were_and_other_fields_show_what_is_stored():
    questions = (Question("n", INTEGER), Question("m", INTEGER))
    brought = Brought({"n": Given(("很多",)), "m": Given(("二",))}, {}, {})
    page = drawn(sitting(*questions, m=("2",)), Asking(faults={"n": Reask("typed_not_whole")}, brought=brought))
    assert [item.control.lines for item in page.items if item.control] == [("很多",), ("2",)]


def test_review_tells_times_on_the_consortiums_clock():
    entries = review_entries(sitting(
        Question("m", DATETIME), Question("t", TIME), Question("n", INTEGER, required=True),
        m=("2026-03-01T00:30:00Z",), t=("08:30:00",),
    ), "zh", SHANGHAI)  # fmt: skip
    assert [(entry.answer, entry.is_missing) for entry in entries] == [
        ("2026-03-01 08:30", False), ("08:30", False), (entries[2].answer, True),
    ]  # fmt: skip


def test_rules_name_items_by_place_and_hold_no_words_of_the_form():
    options = (Option("a", {"zh": "甲"}, system="http://one"), Option("b", {"zh": "乙"}))
    questionnaire = sitting(
        Question("c", CODING, {"zh": "哪个"}, options=options, constraint="optionsOrString"),
        Question("g", GROUP, {"zh": "组"}, enable_when=(Condition("c", "=", "a", system="http://two"), Condition("c", "exists", True)),
                 enable_behavior="any"),
        Question("s", STRING, {"zh": "写"}, parent="g", required=True),
        Question("h", INTEGER, is_hidden=True, initial=("7",)),
        Question("d", DISPLAY, {"zh": "说明"}, parent="g"),
    ).questionnaire  # fmt: skip
    assert json.loads(rules(questionnaire)) == [
        {"type": "coding", "chosen": True, "typed": False, "words": True},
        {"type": "group", "when": [[0, "=", "a", True], [0, "exists", True]], "any": True},
        {"type": "string", "in": 1, "words": True, "needed": True},
        {"type": "integer", "hidden": True, "fixed": ["7"]},
        {"type": "display", "in": 1},
    ]
    assert not {"甲", "哪个", "写"} & set(rules(questionnaire))


def test_language_of_the_page_is_that_of_its_texts():
    question = Question("n", INTEGER, {"zh": "几个", "en": "How many"})
    page = drawn(sitting(replace(question)), language="en")
    assert page.items[0].label == "How many"


def test_hint_stands_beneath_the_question_and_describes_its_fields():
    asked = Question("q", STRING, {"zh": "姓名？"}, hint={"zh": "与身份证一致"})
    helped = Question("h", DISPLAY, {"zh": "不会告诉科室"}, parent="q", control="help")

    view = drawn(sitting(asked, helped))

    assert outline(view.items) == [0]
    assert view.items[0].notes == ("与身份证一致", "不会告诉科室")
    assert view.items[0].described.split()[0] == "note-0"
