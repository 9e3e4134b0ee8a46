"""`tongping bulletin render`: every form to stdout and to a file, the same bytes from every process; one sentence else."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess

import pytest
from PIL import Image
from pypdf import PdfReader

from app import bulletin_render
from tests.app.command_line import PROGRAM, CommandLine


def undone(shell: CommandLine) -> CommandLine:
    """The released edition of October as the draft that it was."""
    with sqlite3.connect(shell.database) as connection:
        connection.execute(
            "update bulletin set state = 'draft', proposed_by = null, proposed_at = null, expires_at = null,"
            " released_by = null, released_at = null"
        )
    connection.close()
    return shell


def piped(shell: CommandLine, *arguments: str) -> tuple[bytes, str]:
    """Stdout as bytes, from a process of its own."""
    ran = subprocess.run(
        [PROGRAM, "bulletin", "render", "2026-10", *arguments],
        cwd=shell.folder, env=shell._environment({}), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return ran.stdout, ran.stderr.decode()


def test_text_is_what_the_groups_read_and_a_draft_is_called_one(october: CommandLine) -> None:
    ran = october.done("bulletin", "render", "2026-10")
    assert "2026年10月协同简报" in ran.out
    english = october.done("bulletin", "render", "2026-10", "--language", "en")
    assert "Collaboration bulletin, October 2026" in english.out
    draft = undone(october).run("bulletin", "render", "2026-10")
    assert (draft.exit_code, draft.out) == (0, ran.out)
    assert draft.err == "注意：2026-10 第 1 版尚未发布，这是草稿。\n"


def test_every_form_is_the_same_drawn_twice_and_from_two_processes(october: CommandLine) -> None:
    """What is kept is taken away between the runs, so that each of them draws."""
    made = {}
    for form, head in (("html", b"<!DOCTYPE html>"), ("png", b"\x89PNG"), ("pdf", b"%PDF-")):
        file = october.folder / f"october.{form}"
        october.done("bulletin", "render", "2026-10", "--format", form, "--output", file)
        made[form] = file.read_bytes()
        assert made[form].startswith(head)
    with sqlite3.connect(october.database) as connection:
        assert connection.execute("delete from rendering").rowcount >= 3
    connection.close()
    october.done("bulletin", "render", "2026-10", "--format", "html", "--output", october.folder / "again.html")
    assert (october.folder / "again.html").read_bytes() == made["html"]
    assert piped(october, "--format", "pdf") == (made["pdf"], "")
    assert Image.open(io.BytesIO(made["png"])).width == 1080
    assert "2026" in PdfReader(io.BytesIO(made["pdf"])).pages[0].extract_text()
    assert b"http" not in made["html"]


def test_a_file_is_written_whole_and_json_says_what_it_is(october: CommandLine) -> None:
    file = october.folder / "heat.png"
    file.write_bytes(b"old")
    options = ("--format", "png", "--kind", "heat", "--edition", "1", "--output", file, "--json")
    ran = undone(october).run("bulletin", "render", "2026-10", *options)
    written = file.read_bytes()
    assert ran.document == {
        "period": "2026-10", "edition": 1, "state": "draft", "retracted": False, "format": "png", "kind": "heat",
        "language": "zh", "bytes": len(written), "sha256": hashlib.sha256(written).hexdigest(), "output": str(file),
    }  # fmt: skip
    assert json.loads(ran.out) == ran.document
    assert written[:4] == b"\x89PNG"
    assert "草稿" in ran.err
    told = october.run("bulletin", "render", "2026-10", "--output", october.folder / "october.txt")
    assert told.out.startswith("2026-10 第 1 版已写入 ")
    assert not list(october.folder.glob(".*.part"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("2026-13", "--output", "x"), "period_invalid"),
        (("2026-09", "--output", "x"), "bulletin_unknown"),
        (("2026-10", "--edition", "7", "--output", "x"), "bulletin_unknown"),
        (("2026-10",), "render_json_needs_output"),
        (("2026-10", "--format", "pdf", "--kind", "heat", "--output", "x"), "render_kind_needs_png"),
        (("2026-10", "--format", "png", "--kind", "history", "--output", "x"), "picture_unknown"),
        (("2026-10", "--output", "no/such/folder"), "render_not_written"),
        (("2026-10", "--output", "tongping.sqlite3/x"), "render_not_written"),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_sentence(
    october: CommandLine, arguments: tuple[str, ...], code: str
) -> None:
    before = sorted(october.folder.rglob("*"))
    assert october.run("bulletin", "render", *arguments, "--json").refusal == code
    plain = october.run("bulletin", "render", *arguments, "--output", "no/such/folder")
    assert (plain.exit_code, plain.out, plain.err.count("\n")) == (2, "", 1)
    assert sorted(october.folder.rglob("*")) == before


def test_a_terminal_gets_no_picture(october: CommandLine, monkeypatch) -> None:
    monkeypatch.setattr(bulletin_render, "_is_terminal", lambda: True)
    for form in ("png", "pdf"):
        ran = october.run("bulletin", "render", "2026-10", "--format", form)
        assert (ran.exit_code, ran.out) == (2, "")
        assert "--output" in ran.err
    assert october.run("bulletin", "render", "2026-10", "--format", "text").exit_code == 0
