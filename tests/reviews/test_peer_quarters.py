"""The benchmark of quarters: intervals from published figures hold what they say, whatever is truly alike."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import peer_quarters
from benchmarks.peer_quarters import held, main, months, played


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.8])
def test_intervals_of_published_quarters_hold_nine_in_ten(alike: float) -> None:
    found = played(6, 3, 26, None, alike)
    assert found["month"].cover > 0.88
    assert found["quarter"].cover > 0.9
    assert found["quarter"].width < found["month"].width


def test_places_outside_their_intervals_are_seen() -> None:
    worth = np.array([3.0, 2.0, 1.0])
    assert held({"u0": (1, 1), "u1": (2, 3), "u2": (1, 2)}, worth).cover == pytest.approx(2 / 3)
    assert held({"u0": (1, 1), "u2": (2, 2)}, worth) == peer_quarters.Held(1.0, 0.0)  # among those shown


def test_months_publish_one_document_each() -> None:
    random = np.random.default_rng(1)
    documents = months(random, random.standard_normal(12), 8, 0.5)
    assert [len(each) for each in documents] == [1, 1, 1]
    assert {unit["raters"] for each in documents for unit in each[0]["units"]} <= {5}


def test_table_and_document_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(peer_quarters, "SHAPES", {"ten": (10, None)})
    main(["--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| round | views truly alike | month: cover, width | quarter: cover, width |"
    assert [line.split(" | ")[1] for line in lines[2:]] == ["0.0", "0.5", "0.8"]
    main(["--runs", "1", "--json"])
    assert [row["alike"] for row in json.loads(capsys.readouterr().out)] == [0.0, 0.5, 0.8]
