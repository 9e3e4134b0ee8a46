"""The benchmark's worlds and figures: attacks gain less, are seen, and honest rounds are left in peace."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import peer_attacks
from benchmarks.peer_attacks import agreement, main, trimmed_means
from benchmarks.peer_worlds import brigade, pair_at_war, ring, together, world
from reviews.severity_ballots import ballots_of


def test_worlds_are_what_they_say() -> None:
    honest, attacked = world(3), world(3, together(ring(3), pair_at_war, brigade))
    changed = {key for key in attacked.scores if attacked.scores[key] != honest.scores.get(key)}
    assert len(changed) <= 6 + 2 + 3
    assert sorted(attacked.guilty.values()) == ["brigade", "retaliating_pair", "ring"]
    assert sum(len(members) for members in attacked.guilty) == 9  # nobody does two things
    assert {mark for held in honest.scores.values() for mark in held.values()} <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert all(rater != unit for rater, unit, _ in honest.scores)
    for members, kind in attacked.guilty.items():
        if kind == "ring":
            pairs = [(one, other) for one in members for other in members if one != other]
            assert {mark for one, other in pairs for mark in attacked.scores[one, other, ""].values()} == {5.0}


def test_districts_score_mostly_themselves() -> None:
    scores = world(1, units=300, raters=20, districts=True).scores
    inside = np.mean([int(rater[1:]) % 15 == int(unit[1:]) % 15 for rater, unit, _ in scores])
    assert 0.75 < inside < 0.95


def test_trimmed_mean_leaves_the_ends_out() -> None:
    marks = {f"r{at}": float(mark) for at, mark in enumerate((1, 3, 4, 5, 9))}
    ballots = ballots_of({(rater, "a", ""): {"c": mark} for rater, mark in marks.items()})
    assert trimmed_means(ballots).tolist() == [4.0]


def test_agreement_is_kendalls() -> None:
    assert agreement(np.array([1.0, 2, 3]), np.array([1.0, 2, 3])) == 1.0
    assert agreement(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == -1.0
    assert agreement(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(1 / 3)


def test_figures_of_a_short_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("clean", "ring of 3 + pair at war", "brigade of 3")
    monkeypatch.setattr(peer_attacks, "WORLDS", {name: peer_attacks.WORLDS[name] for name in chosen})
    main(["--runs", "4", "--large", "0", "--seed", "40", "--json"])
    document = json.loads(capsys.readouterr().out)
    found = document["worlds"]
    for figures in found.values():
        if figures["rounds"]:
            assert figures["tau"]["robust"] > 0.75
            assert figures["cover"]["robust"] > 0.85
            assert sum(figures["false_flags"].values()) <= 0.5
    assert found["ring of 3 + pair at war"]["power"] == {"ring": pytest.approx(1, abs=0.5), "retaliating_pair": 1.0}
    assert found["ring of 3 + pair at war"]["gained"]["robust"] < found["ring of 3 + pair at war"]["gained"]["raw"]
    assert found["brigade of 3"]["lost"]["robust"] < found["brigade of 3"]["lost"]["raw"]
    assert document["quarter"]["width"] < document["quarter"]["month_width"]


def test_table_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(peer_attacks, "WORLDS", {"clean": (None, {"units": 10})})
    main(["--runs", "1", "--large", "0", "--quick"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| world | tau raw / trimmed / plain / robust |")
    assert lines[2].startswith("| clean | ")
    assert lines[-1].startswith("quarter of three months")
