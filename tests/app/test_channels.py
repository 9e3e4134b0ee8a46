"""The channels of the example, once written in earnest: `check` asks for their files, `apply` makes them chats."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.configuration import read_configuration
from app.example_folder import EXAMPLE
from consortium.models import Chat
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.serving import serving
from tests.app.small_group import APPLIED, edit
from tests.channel_doubles import HookDouble

FILES = {
    "staff.url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
    "partners.url": "https://oapi.dingtalk.com/robot/send?access_token=1",
    "partners.secret": "SEC1",
    "post.password": "correct horse",
    "board.secret": "whsec_c2VjcmV0",
}


def channels_of_the_example() -> str:
    """The commented tables, without the sign that makes them comments."""
    text = (EXAMPLE / "consortium.toml").read_text(encoding="utf-8")
    lines = text[text.index("# [[channels]]") :].splitlines()
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)


@pytest.fixture
def folder(shell: CommandLine) -> Path:
    made = shell.folder / "group"
    shell.done("init", made, CLOCK=APPLIED)
    edit(made)
    consortium = made / "consortium.toml"
    consortium.write_text(consortium.read_text(encoding="utf-8") + channels_of_the_example(), encoding="utf-8")
    return made


def test_channels_of_the_example_hold_once_their_files_are_there(folder: Path, shell: CommandLine) -> None:
    _, findings = read_configuration(folder)
    assert {(one.code, str(one.details["file"])) for one in findings} == {
        ("channel_file_missing", name) for name in FILES
    }
    for name, content in FILES.items():
        (folder / name).write_text(f"{content}\n", encoding="utf-8")
    shell.done("check", folder)
    shell.done("apply", folder, CLOCK=APPLIED)
    database = Database(f"sqlite:///{shell.folder / 'tongping.sqlite3'}")
    with database.transaction() as session:
        chats = session.scalars(select(Chat).where(Chat.purpose == "bulletin", Chat.channel != "local")).all()
        found = sorted((chat.channel, chat.address) for chat in chats if chat.channel != "telegram")
    database.close()
    assert found == [
        ("dingtalk", "partners"), ("email", "h1@example.org"), ("email", "h2@example.org"), ("webhook", "board"),
        ("wecom", "staff"),
    ]  # fmt: skip


@pytest.mark.journey
def test_server_without_telegram_delivers_to_a_channel_applied_while_it_runs(shell: CommandLine) -> None:
    made = shell.folder / "group"
    shell.done("init", made, CLOCK=APPLIED)
    edit(made)
    shell.done("apply", made)
    with HookDouble("wecom") as double, serving(shell):
        (made / "staff.url").write_text(double.url, encoding="utf-8")
        consortium = made / "consortium.toml"
        channel = '\n[[channels]]\nid = "staff"\nkind = "wecom"\nurl_file = "staff.url"\n'
        consortium.write_text(consortium.read_text(encoding="utf-8") + channel, encoding="utf-8")
        shell.done("apply", made)
        database = Database(shell.database_url)
        with database.transaction() as session:
            owed = enqueue(
                session, dedupe_key="a", channel="wecom", address="staff", kind="bulletin", message=Message("十月简报"),
                now=datetime.now(UTC),
            )  # fmt: skip
        until = time.monotonic() + 30
        while _state(database, owed) != "sent" and time.monotonic() < until:
            time.sleep(0.1)
        assert (_state(database, owed), double.arrived) == ("sent", [("text", "十月简报")])
        database.close()


def _state(database: Database, delivery: int) -> str:
    with database.transaction() as session:
        return session.get_one(Delivery, delivery).state
