"""The benchmark of speed: every program beside the fit must agree with it; what is not there is a dash."""

from __future__ import annotations

import json

import pytest

from benchmarks import peer_speed
from benchmarks.peer_speed import main, measured
from benchmarks.peer_worlds import world
from reviews.severity_ballots import ballots_of


def test_rows_and_document_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(peer_speed, "SHAPES", {"eight": {"units": 8}})
    monkeypatch.setattr(peer_speed.shutil, "which", lambda _: None)
    main(["--json"])
    [row] = json.loads(capsys.readouterr().out)
    assert list(row) == ["round", "ballots", "plain", "counts", "rest", "lme4", "statsmodels", "textbook"]
    assert (row["round"], row["lme4"]) == ("eight", None)
    assert None not in {row["plain"], row["counts"], row["rest"], row["textbook"]}
    main([])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| eight | ")
    assert " | - | " in lines[2]


def test_program_that_disagrees_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_speed.shutil, "which", lambda _: None)
    monkeypatch.setattr(peer_speed, "_textbook", lambda _: ((1.0, 2.0, 3.0), 0.1))
    with pytest.raises(ArithmeticError, match="finds"):
        measured("eight", ballots_of(world(1, units=8).scores))
