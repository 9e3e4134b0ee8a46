from __future__ import annotations

import copy

import pytest

from reviews.criteria import CRITERIA, MARKS, are_legal_marks, criteria_document, no_dealings, parse_criteria


def test_criteria_are_five_and_begin_with_those_of_rule_22():
    assert [criterion.code for criterion in CRITERIA] == [
        "referral",
        "experts",
        "information",
        "communication",
        "continuity",
    ]


def test_criteria_are_worded_in_both_languages_with_both_ends_anchored():
    for criterion in CRITERIA:
        for wording in (criterion.name, criterion.text, criterion.low, criterion.high):
            assert set(wording) == {"zh", "en"}
            assert all(wording.values())
        assert criterion.low != criterion.high


def test_criteria_short_names_fit_a_narrow_screen():
    assert all(len(criterion.name["zh"]) <= 6 and len(criterion.name["en"]) <= 14 for criterion in CRITERIA)


def test_criteria_document_is_read_back_equal():
    assert parse_criteria(criteria_document(CRITERIA)) == CRITERIA


def test_criteria_document_shares_nothing_with_the_criteria():
    document = criteria_document(CRITERIA)
    document[0]["text"]["zh"] = "改过"
    assert CRITERIA[0].text["zh"] != "改过"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.clear(),
        lambda document: document.append(copy.deepcopy(document[0])),
        lambda document: document[1].pop("low"),
        lambda document: document[1].update(weight=2),
        lambda document: document[1].update(code="Two Words"),
        lambda document: document[1].update(code=7),
        lambda document: document[1]["text"].pop("en"),
        lambda document: document[1]["text"].update(fr="…"),
        lambda document: document[1]["text"].update(en="  "),
        lambda document: document[1].update(text="only one language"),
    ],
)
def test_criteria_document_refuses_what_is_not_whole(spoil):
    document = criteria_document(CRITERIA)
    spoil(document)
    with pytest.raises(ValueError, match="criteri"):
        parse_criteria(document)


def test_marks_one_to_five_each_are_legal():
    assert MARKS == "12345"
    assert all(are_legal_marks(mark * 5, 5) for mark in MARKS)
    assert are_legal_marks("34512", 5)


def test_marks_no_dealings_is_legal_for_the_whole_unit():
    assert no_dealings(5) == "-----"
    assert are_legal_marks("-----", 5)


@pytest.mark.parametrize(
    "marks", ["", "3451", "345121", "34510", "34516", "3451-", "----", "------", "3 512", "３4512", "3451²", "34512\n"]
)
def test_marks_of_another_shape_are_not_legal(marks):
    assert not are_legal_marks(marks, 5)


def test_marks_for_no_criteria_are_not_legal():
    assert not are_legal_marks("", 0)


@pytest.mark.parametrize(
    ("marks", "is_legal", "with_gaps"),
    [("345", True, True), ("---", True, True), ("3-5", False, True), ("--5", False, True), ("", False, False),
     ("34", False, False), ("3456", False, False), ("306", False, False), ("3 5", False, False)],
)  # fmt: skip
def test_marks_with_single_gaps_are_legal_only_where_gaps_are(marks, is_legal, with_gaps):
    assert are_legal_marks(marks, 3) is is_legal
    assert are_legal_marks(marks, 3, with_gaps=True) is with_gaps
