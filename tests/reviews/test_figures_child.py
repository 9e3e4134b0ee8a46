"""The child process: the same figures as here, one thread, and no mark on its way into a log, an error or an argument."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from consortium import confined
from consortium.confined import Limits
from locales.errors import DomainError
from locales.texts import text
from reviews import figures_child, figures_program
from reviews.figures import Mark, round_figures
from reviews.figures_child import figures_of_round
from reviews.figures_exchange import figures_document, figures_from, request_from, request_of
from tests.reviews.figures_cast import asked, some_marks


def test_child_gives_what_the_same_call_gives_here() -> None:
    marks = some_marks(1, 9, share=0.95, no_dealings=0.1)
    assert figures_of_round(marks, **asked(marks)) == round_figures(marks, **asked(marks))


def test_figures_come_back_whole_from_their_document() -> None:
    marks = some_marks(2, 11)
    found = round_figures(marks, **asked(marks))
    assert figures_from(json.loads(json.dumps(figures_document(found)))) == found


def test_request_comes_back_whole() -> None:
    marks = some_marks(3, 6, no_dealings=0.3)
    given = asked(marks, unranked={"partner"})
    back = request_from(json.loads(json.dumps(request_of(marks, **given))))
    assert back == {**given, "marks": marks, "criteria": list(given["criteria"]), "unranked": ["partner"]}


def test_empty_round_is_counted_too() -> None:
    found = figures_of_round([], **asked([], units=["jia"], tiers={"jia": "t"}))
    assert [unit.score for unit in found.units] == [None]


def test_failure_is_one_sentence_and_says_nothing_of_marks() -> None:
    marks = [Mark("jia", "yi", "54321"), Mark("jia", "yi", "12345")]  # two ballots of one pair: no count makes them
    with capture_logs() as logs, pytest.raises(DomainError) as failed:
        figures_of_round(marks, **asked(marks))
    assert failed.value.code == "fit_failed"
    assert failed.value.details == {"reason": "reading_failed"}
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)
    written = repr(logs) + repr(failed.value) + text("zh", "errors.fit_failed", reason="x")
    assert not any(secret in written for secret in ("54321", "12345", "jia"))
    [log] = logs
    assert (log["event"], log["reason"]) == ("confined.failed", "ValueError")


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_child, "_LIMITS", Limits(seconds=0.01, megabytes=2048))
    marks = some_marks(1, 6)
    with pytest.raises(DomainError) as failed:
        figures_of_round(marks, **asked(marks))
    assert (failed.value.code, failed.value.details) == ("fit_failed", {"reason": "reading_too_slow"})


def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_child, "_LIMITS", Limits(seconds=60, megabytes=120))
    marks = some_marks(1, 6)
    with capture_logs(), pytest.raises(DomainError) as failed:
        figures_of_round(marks, **asked(marks))
    assert failed.value.code == "fit_failed"


def test_marks_go_through_the_pipe_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def run(words: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        seen.update(words=words, **options)
        return subprocess.CompletedProcess(words, 0, b'{"definition":"d","units":[],"fits":[],"residue":""}', b"")

    monkeypatch.setattr(confined.subprocess, "run", run)
    marks = [Mark("jia", "yi", "54321")]
    figures_of_round(marks, **asked(marks))
    content = seen.pop("input")
    assert b"54321" in content  # type: ignore[operator]
    assert "54321" not in repr(seen)
    assert seen["env"]["OPENBLAS_NUM_THREADS"] == "1"  # type: ignore[index]


def test_program_of_another_name_is_not_known() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        figures_program.read(b"{}", [])


def test_reading_figures_needs_no_numpy() -> None:
    """The server hands over and shows; its child computes."""
    code = "import sys, reviews.figures, reviews.figures_child, reviews.quarters; print('numpy' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=confined._ROOT, env=os.environ
    )
    assert ended.stdout.strip() == "False"
