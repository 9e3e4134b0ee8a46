"""`tongping review keygen --trustee …` and counting with two shares: files, terminal, and every way to get it wrong."""

from __future__ import annotations

import getpass
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from app.review_keys import private_key_in
from locales.errors import DomainError
from reviews.sealing import check_public_key, open_private_key, thumbprint
from reviews.trustees import key_text, read_key_text, read_share, share_private_key, unwrap
from tests.app.command_line import CommandLine
from tests.app.small_group import CLOSED, cast_all

TRUSTEES = ("--trustee", "陈", "--trustee", "李", "--trustee", "王")
ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def files(shell: CommandLine) -> list[str]:
    return sorted(path.name for path in shell.folder.iterdir())


# --- making --------------------------------------------------------------------------------------------------------


def test_keygen_for_trustees_writes_a_key_that_opens_nothing_and_a_file_for_each(shell):
    ran = shell.done("review", "keygen", "--output", "key.json", *TRUSTEES)
    assert files(shell) == ["key.json", "key.json.share-1", "key.json.share-2", "key.json.share-3"]
    assert {mode(shell.folder / name) for name in files(shell)} == {0o600}
    check_public_key(ran.out.strip())
    with pytest.raises(DomainError):
        open_private_key((shell.folder / "key.json").read_text("utf-8"))
    assert '"d"' not in ran.out


def test_any_two_share_files_open_the_key_that_was_printed(shell):
    public = shell.done("review", "keygen", "--output", "key.json", *TRUSTEES).out.strip()
    key = read_key_text((shell.folder / "key.json").read_text("utf-8"))
    shares = [read_share(key, (shell.folder / f"key.json.share-{n}").read_text("utf-8")) for n in (1, 2, 3)]
    assert [share.trustee for share in shares] == ["陈", "李", "王"]
    for pair in ((0, 1), (2, 0), (1, 2)):
        assert thumbprint(unwrap(key, [shares[place] for place in pair])) == thumbprint(public)


def test_a_share_file_tells_its_trustee_what_it_is_and_numbers_the_words(shell):
    shell.done("review", "keygen", "--output", "key.json", *TRUSTEES, LANG="en_GB.UTF-8")
    lines = (shell.folder / "key.json.share-2").read_text("utf-8").splitlines()
    assert lines[0] == "# Share 2 of 3 of a key for blind ballots, held by 李"
    words = [line for line in lines if not line.startswith("#")]
    assert len(words) == 11
    assert [int(number) for line in words for number in re.findall(r"\d+", line)] == list(range(1, 34))


def test_keygen_for_trustees_answers_in_one_document_without_a_secret(shell):
    ran = shell.done("review", "keygen", "--output", "key.json", *TRUSTEES, "--json")
    assert list(ran.document) == ["public_key", "key_file", "trustees", "share_files"]
    assert ran.document["trustees"] == ["陈", "李", "王"]
    assert ran.document["share_files"] == [f"key.json.share-{number}" for number in (1, 2, 3)]
    for name in ran.document["share_files"]:
        lines = (shell.folder / name).read_text("utf-8").splitlines()
        assert not [line for line in lines if not line.startswith("#") and line in ran.out]


def test_keygen_without_trustees_is_for_a_single_holder_as_before(shell):
    ran = shell.done("review", "keygen", "--output", "key.json", "--json")
    assert list(ran.document) == ["public_key", "key_file"]
    assert files(shell) == ["key.json"]
    assert thumbprint((shell.folder / "key.json").read_text("utf-8")) == thumbprint(ran.document["public_key"])


@pytest.mark.parametrize("there", ["key.json", "key.json.share-1", "key.json.share-3"])
def test_keygen_for_trustees_overwrites_nothing_and_leaves_nothing_half_done(shell, there):
    (shell.folder / there).write_text("mine", "utf-8")
    assert shell.run("review", "keygen", "--output", "key.json", *TRUSTEES, "--json").refusal == "file_exists"
    assert files(shell) == [there]
    assert (shell.folder / there).read_text("utf-8") == "mine"


def test_keygen_takes_its_files_back_if_the_last_cannot_be_written(shell):
    from app import review_keys

    real, calls = review_keys.make_private_file, []

    def fails_at_the_fourth(path, content):
        calls.append(path)
        if len(calls) == 4:
            raise DomainError("file_not_writable", file=str(path), reason="full")
        real(path, content)

    with mock.patch.object(review_keys, "make_private_file", fails_at_the_fourth):
        ran = shell.run("review", "keygen", "--output", "key.json", *TRUSTEES, "--json")
    assert ran.refusal == "file_not_writable"
    assert files(shell) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (TRUSTEES[:2], "trustees_number"),
        ((*TRUSTEES, "--trustee", "赵"), "trustees_number"),
        ((*TRUSTEES[:4], "--trustee", "陈"), "trustee_twice"),
        ((*TRUSTEES[:4], "--trustee", " "), "trustee_name"),
        (("--screen",), "trustees_number"),
        ((*TRUSTEES, "--screen"), "screen_needs_terminal"),
    ],
)
def test_keygen_refuses_other_than_three_named_trustees_and_leaves_nothing(shell, words, code):
    assert shell.run("review", "keygen", "--output", "key.json", *words, "--json").refusal == code
    assert files(shell) == []


def test_keygen_shows_the_shares_on_a_terminal_one_by_one_and_writes_none(shell):
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-c", "from app.cli import main; main()",
               "review", "keygen", "--output", "key.json", *TRUSTEES, "--screen"]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "en_GB.UTF-8"}
    os.write(terminal, b"\n" * 6)
    with subprocess.Popen(
        command, cwd=shell.folder, env=environment, stdin=other_end, stderr=other_end, stdout=subprocess.PIPE
    ) as running:
        os.close(other_end)
        seen = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break  # the other end is closed: the program has ended
            if not piece:
                break
            seen += piece
        out = running.stdout.read()
    os.close(terminal)
    assert running.returncode == 0
    check_public_key(out.decode().strip())
    assert files(shell) == ["key.json"]
    key = read_key_text((shell.folder / "key.json").read_text("utf-8"))
    pages = [page for page in seen.decode().split("\x1b[2J\x1b[3J\x1b[H") if "# Share" in page]
    assert len(pages) == 3
    shares = [read_share(key, page[page.index("#") : page.index("Once all words")]) for page in pages]
    assert [share.trustee for share in shares] == ["陈", "李", "王"]
    assert thumbprint(unwrap(key, shares[1:])) == key.thumbprint


# --- using ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(voting: CommandLine) -> CommandLine:
    """The small group after its round has closed, its key in the hands of trustees."""
    cast_all(voting.database_url)
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    file = voting.folder / "group" / "review-key.json"
    key, shares = share_private_key(file.read_text("utf-8"), trustees=("陈", "李", "王"), wrapping_key=b"w" * 32)
    file.write_text(key_text(key), "utf-8")
    for share in shares:
        (voting.folder / f"share-{share.number}").write_text(share.words, "utf-8")
    return voting


def count(shell: CommandLine, *words: str):
    return shell.run("review", "count", "2026-10", *words, "--json", CLOCK=CLOSED)


def test_two_trustees_count_a_round_with_their_share_files(shared):
    ran = count(shared, "--share", "share-3", "--share", "share-1")
    assert (ran.document["state"], ran.document["ballots"], ran.document["scored"]) == ("erased", 30, 6)


def test_one_share_or_the_same_twice_or_a_stranger_counts_nothing(shared):
    (shared.folder / "typo").write_text("academic " * 33, "utf-8")
    for words, code in [
        ((), "shares_missing"),
        (("--share", "share-1"), "shares_missing"),
        (("--share", "share-1", "--share", "share-1"), "share_twice"),
        (("--share", "share-1", "--share", "typo"), "share_mistyped"),
        (("--share", "share-1", "--share", "nowhere"), "file_unreadable"),
        (("--share", "share-1", "--share", "group/consortium.toml"), "share_words"),
    ]:
        assert count(shared, *words).refusal == code
    assert count(shared, "--share", "share-1", "--share", "share-2").exit_code == 0


def test_a_share_for_the_key_of_a_single_holder_is_refused(shell):
    shell.done("review", "keygen", "--output", "key.json")
    with pytest.raises(DomainError) as refused:
        private_key_in(shell.folder / "key.json", share_files=[shell.folder / "share-1"])
    assert refused.value.code == "shares_unused"


def typed(monkeypatch, *lines: str) -> list[str]:
    """What is typed at the terminal, without an echo; the prompts that were seen."""
    prompts, waiting = [], list(lines)

    def answers(prompt: str) -> str:
        prompts.append(prompt)
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    monkeypatch.setattr(getpass, "getpass", answers)
    monkeypatch.setattr(sys, "stdin", mock.Mock(isatty=lambda: True))
    return prompts


def test_trustees_type_their_shares_and_a_slip_is_said_at_once(shared, monkeypatch, capsys):
    first, second = ((shared.folder / f"share-{number}").read_text("utf-8") for number in (1, 2))
    prompts = typed(monkeypatch, "academic " * 33, first, first.upper(), second)
    private = private_key_in(shared.folder / "group" / "review-key.json", share_files=[])
    assert json.loads(private)["d"]
    said = capsys.readouterr()
    assert said.out == ""
    assert [("1" in prompt, "2" in prompt) for prompt in prompts] == [(True, True)] * 2 + [(False, True)] * 2
    assert not [word for word in first.split() if word in said.err]
    whose, slip, twice = said.err.splitlines()
    assert "陈, 李, 王" in whose
    assert "核对" in slip
    assert "陈" in twice


def test_trustees_who_go_away_leave_nothing_counted(shared, monkeypatch):
    typed(monkeypatch, (shared.folder / "share-1").read_text("utf-8"))
    with pytest.raises(DomainError) as refused:
        private_key_in(shared.folder / "group" / "review-key.json", share_files=[])
    assert (refused.value.code, refused.value.details["given"]) == ("shares_missing", 1)
