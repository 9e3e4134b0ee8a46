"""`tongping restore`: the backup's day is back, nothing of it goes on by itself, and nothing that was there is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import restore as restore_module
from app.serving_lock import serving
from consortium.models import SignInLink, WebSession
from outbox.deliveries import claim, enqueue
from outbox.message import Message
from outbox.models import Delivery
from scheduler.models import Occurrence
from storage.audit import AuditRow
from storage.database import Database
from tests.app.command_line import CommandLine

BACKED_UP = "2026-11-10T09:00:00+08:00"
RESTORED = "2026-11-12T09:00:00+08:00"
NOW = datetime.fromisoformat(BACKED_UP).astimezone(UTC)


def owes(shell: CommandLine, *keys: str, kind: str = "bulletin", claims: int = 0) -> None:
    with closing(Database(shell.database_url)) as database, database.transaction() as session:
        for key in keys:
            enqueue(session, dedupe_key=key, channel="telegram", address=f"-{key}", kind=kind, message=Message(key), now=NOW)  # fmt: skip
        claim(session, now=NOW, lease=timedelta(minutes=1), limit=claims, channel="telegram")


def rows(shell: CommandLine, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(shell.database)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def backed_up(group: CommandLine) -> CommandLine:
    """Yesterday: deliveries in every state, a run under way, somebody signed in; and a backup of it."""
    owes(group, "n1", "n2", kind="notice", claims=1)
    owes(group, "b1", "b2")
    with closing(Database(group.database_url)) as database, database.transaction() as session:
        session.add(Occurrence(job="draft", due_at=NOW, period="2026-10", late="run", state="running", fence=1,
                               failures=0, lease_until=NOW + timedelta(minutes=1), noted_at=NOW))  # fmt: skip
        session.add(WebSession(token_hash="x" * 64, person_id="chen", created_at=NOW, expires_at=NOW + timedelta(days=3)))  # fmt: skip
        session.add(SignInLink(token_hash="y" * 64, purpose="bind", person_id="chen", created_at=NOW, expires_at=NOW + timedelta(days=7)))  # fmt: skip
    assert group.run("backup", "yesterday", CLOCK=BACKED_UP).exit_code == 0
    return group


def test_everything_unfinished_is_held_and_listed(backed_up: CommandLine, tmp_path: Path) -> None:
    new = CommandLine(tmp_path / "new")
    new.folder.mkdir()
    sent = rows(backed_up, "select count(*) from delivery where state in ('sent', 'refused')")
    ran = new.run("restore", backed_up.folder / "yesterday", "--json", CLOCK=RESTORED)
    assert ran.exit_code == 0, ran
    document = ran.document
    assert (document["held"], document["kept"], document["sessions_ended"]) == (4, None, 1)
    states = "select state, code, lease_until, count(*) from delivery where state not in ('sent', 'refused') group by 1, 2, 3"
    assert rows(new, states) == [("held", "restored", None, 4)]
    assert rows(new, "select count(*) from delivery where state in ('sent', 'refused')") == sent
    assert rows(new, "select count(*) from web_session") == [(0,)]
    assert rows(new, "select count(*) from sign_in_link where used_at is null and expires_at > '2026-11-12 02'") == [
        (0,)
    ]
    assert ".key" in ran.err


def test_runs_that_were_due_since_are_passed_over_and_listed(backed_up: CommandLine) -> None:
    document = backed_up.run("restore", "yesterday", "--replace", "--json", CLOCK=RESTORED).document
    assert {"job": "draft", "due_at": NOW.isoformat(), "period": "2026-10"} in document["skipped"]
    assert all(datetime.fromisoformat(run["due_at"]) <= datetime.fromisoformat(RESTORED) for run in document["skipped"])
    assert rows(backed_up, "select distinct state from occurrence where outcome = 'skipped_by_restore'") == [
        ("skipped",)
    ]
    assert rows(backed_up, "select count(*) from occurrence where state in ('due', 'running')") == [(0,)]
    assert str(rows(backed_up, "select noted_until from schedule_mark")[0][0]).startswith("2026-11-12 01:00:0")
    details = rows(backed_up, "select details from audit where action = 'restore_database'")
    assert json.loads(str(details[0][0]))["skipped"] == len(document["skipped"]) > 0
    said = backed_up.run("restore", "yesterday", "--replace", LANG="en_GB.UTF-8", CLOCK="2026-11-12T10:00:00+08:00").out
    assert "Messages that were not finished: 4" in said


def test_database_with_a_consortium_is_replaced_on_demand_alone_and_kept(backed_up: CommandLine) -> None:
    owes(backed_up, "after the backup")
    journal = Path(f"{backed_up.database}-journal")
    before = backed_up.database.read_bytes()
    assert backed_up.run("restore", "yesterday", "--json", CLOCK=RESTORED).refusal == "restore_not_empty"
    assert backed_up.database.read_bytes() == before
    journal.write_bytes(b"left by a crash")
    ran = backed_up.run("restore", "yesterday", "--replace", "--json", CLOCK=RESTORED)
    kept = Path(ran.document["kept"])
    assert (kept.name, journal.exists()) == ("tongping.sqlite3.before-restore-20261112T010000Z", False)
    assert (backed_up.database.stat().st_mode & 0o777) == 0o600
    assert "after the backup" not in str(rows(backed_up, "select dedupe_key from delivery"))
    with closing(sqlite3.connect(f"{kept.as_uri()}?mode=ro&immutable=1", uri=True)) as old:
        assert old.execute("select count(*) from delivery where dedupe_key = 'after the backup'").fetchone() == (1,)
    assert backed_up.done("doctor", "--json").document["broken"] == []
    assert backed_up.done("verify", "--json").document["clean"] is True


def test_restore_waits_for_no_server_and_two_servers_are_refused(backed_up: CommandLine) -> None:
    with closing(Database(backed_up.database_url)) as database, serving(database, backed_up.database, parts=["web"]):
        assert backed_up.run("restore", "yesterday", "--replace", "--json").refusal == "server_is_running"
        said = backed_up.run("serve", LANG="en_GB.UTF-8", PORT="0")
        assert (said.exit_code, said.err.split(";")[0]) == (2, "Another process already runs these parts")
    assert backed_up.run("restore", "yesterday", "--replace", CLOCK=RESTORED).exit_code == 0


def test_restore_that_breaks_off_leaves_what_was_there(backed_up: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = backed_up.database.read_bytes()

    def breaks(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restore_module, "settle_journal", breaks)
    assert backed_up.run("restore", "yesterday", "--replace", "--json", CLOCK=RESTORED).refusal == "file_not_writable"
    assert backed_up.database.read_bytes() == before
    assert [each.name for each in backed_up.folder.iterdir() if "restoring" in each.name] == []


def test_held_delivery_goes_out_on_a_persons_word_and_no_other(backed_up: CommandLine) -> None:
    from outbox.deliveries import resolve_uncertain

    backed_up.run("restore", "yesterday", "--replace", CLOCK=RESTORED)
    later = NOW + timedelta(days=5)
    with closing(Database(backed_up.database_url)) as database, database.transaction() as session:
        assert claim(session, now=later, lease=timedelta(minutes=1), limit=50, channel="telegram") == []
        number = session.query(Delivery.id).filter(Delivery.dedupe_key == "b2").scalar()
        resolve_uncertain(session, delivery_id=number, actor="person:chen", decision="send_again", now=later)
        claimed = claim(session, now=later, lease=timedelta(minutes=1), limit=50, channel="telegram")
        assert [each.id for each in claimed] == [number]
        assert session.query(AuditRow).filter(AuditRow.action == "resolve_delivery").count() == 1
