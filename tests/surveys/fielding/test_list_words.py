"""What is told of a list: how many rows of each kind, and where a fault stands."""

from __future__ import annotations

import pytest

from locales.errors import Finding
from surveys.fielding.list_words import count_outcomes, fault_place
from surveys.fielding.visit_lists import ListedVisit
from tests.surveys.cast import LEFT


def rows(*outcomes: str) -> list[ListedVisit]:
    return [
        ListedVisit(number, f"v{number}", "outpatient", LEFT, "zh", None, outcome)
        for number, outcome in enumerate(outcomes, start=2)
    ]


def test_outcomes_are_counted_in_one_order_and_new_ones_in_any_case():
    assert count_outcomes(rows("repeated", "known", "new", "known")) == [("new", 1), ("known", 2), ("repeated", 1)]
    assert count_outcomes(rows("undrawn", "recent")) == [("new", 0), ("undrawn", 1), ("recent", 1)]
    assert count_outcomes([]) == [("new", 0)]


@pytest.mark.parametrize(
    ("key", "zh", "en"),
    [("line 3, kind", "第 3 行 kind", "Line 3 kind"), ("line 3", "第 3 行", "Line 3"), ("list!C7", "list!C7", "list!C7"),
     ("line ?", "line ?", "line ?"), ("line 3, kind\n", "line 3, kind\n", "line 3, kind\n")],
)  # fmt: skip
def test_places_are_said_as_people_say_them(key, zh, en):
    finding = Finding("list", key, "cell_empty")
    assert (fault_place(finding, "zh"), fault_place(finding, "en")) == (zh, en)


def test_a_fault_of_the_whole_file_says_so():
    assert fault_place(Finding("list", "file", "visits_missing"), "zh") == "整个文件"
