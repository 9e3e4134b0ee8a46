"""The benchmark of scoring measures what it says: the same totals both ways, and a command that ran."""

from __future__ import annotations

import json

import pytest

from benchmarks.scoring import main


def test_benchmark_compares_what_gives_the_same_totals(capsys: pytest.CaptureFixture[str]) -> None:
    """It stops where floats and fractions differ by more than 1e-9; the ratio itself is nobody's test."""
    main(["--units", "9", "--indicators", "14", "--runs", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["exact, seconds", "floats, seconds", "exact ÷ floats", "command, seconds"]
    assert found["command, seconds"] > 0
