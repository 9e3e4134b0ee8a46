"""`tongping review count` at the shell: from a closed round to results, published receipts, and nothing left over."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import review_count
from app.review_count import erased_lines
from locales.errors import DomainError
from reviews.erasure import Erased
from storage.database import Database
from tests.app.command_line import CommandLine
from tests.app.small_group import APPLIED, CLOSED, SETTLED, Keys, cast_all, edit

COUNT = ("review", "count", "2026-10")
STORE = "ballots_2026_10"


def select(shell: CommandLine, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(shell.database)) as connection:
        return connection.execute(query).fetchall()


def stores(shell: CommandLine) -> list[tuple[object, ...]]:
    return select(shell, "select name from sqlite_master where name like 'ballots%'")


def closed(voting: CommandLine) -> CommandLine:
    assert cast_all(voting.database_url) == 30
    voting.done("review", "close-round", "2026-10", CLOCK=CLOSED)
    return voting


def test_close_and_count_go_their_way_once(voting: CommandLine) -> None:
    assert cast_all(voting.database_url) == 30
    assert voting.run(*COUNT, "--json", CLOCK=CLOSED).refusal == "round_is_open"
    done = voting.done("review", "close-round", "2026-10", "--json", CLOCK=CLOSED)
    assert done.document == {"period": "2026-10", "state": "closed"}
    assert voting.run("review", "close-round", "2026-10", "--json", CLOCK=CLOSED).refusal == "round_is_closed"
    counted = voting.done(*COUNT, "--json", CLOCK=CLOSED)
    [(root, published)] = select(
        voting, "select root, published from review_round join published_receipts using (period)"
    )
    assert counted.document == {
        "period": "2026-10", "state": "erased", "ballots": 30, "void": 0, "units": 6, "scored": 6, "root": root,
        "erased": {"ballots": 30, "files": ["tongping.sqlite3"], "copies": []},
    }  # fmt: skip
    assert root == hashlib.sha256(str(published).encode()).hexdigest()
    assert stores(voting) == []
    assert select(voting, "select distinct raters, score, definition from peer_result") == [
        (5, "75", "peer-severity-1")
    ]


def test_people_are_told_what_was_counted_what_it_adds_up_to_and_what_to_destroy(voting: CommandLine) -> None:
    said = closed(voting).done(*COUNT, CLOCK=CLOSED).out.splitlines()
    [(root,)] = select(voting, "select root from review_round")
    assert said == [
        "2026-10 的互评已计票：计入的评分票 30 张；单位共 6 家，其中 6 家有得分。",
        f"公布名单的校验值（SHA-256）：{root}",
        "评分票已清除；逐一检查了 tongping.sqlite3，没有留下痕迹。",
        "请销毁本轮的密钥文件和全部份额，下一轮用 tongping review keygen 另做一对：旧备份里的评分票从此无人能拆。",
    ]


def test_void_ballots_are_told_by_their_number(voting: CommandLine) -> None:
    closed(voting)
    with closing(sqlite3.connect(voting.database)) as connection, connection:
        connection.execute(f"update {STORE} set sealed = id where id in (select id from {STORE} limit 2)")
    said = voting.done(*COUNT, CLOCK=CLOSED, LC_ALL="en_US.UTF-8").out.splitlines()
    assert said[0].startswith("The round of 2026-10 is counted: 28 ballots count; of 6 units ")
    assert said[1].startswith("Another 2 ballots are void:")


def test_on_a_server_s_database_the_promise_is_the_destroyed_key() -> None:
    class OnServer:
        is_sqlite = False

    [said] = erased_lines(OnServer(), Erased(30), "en")  # type: ignore[arg-type]
    assert "only promise is the destroyed private key" in said


def test_copies_that_hold_ballots_are_named(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'here.sqlite3'}")) as database:
        said = erased_lines(database, Erased(30, ("here.sqlite3",), ("backup.sqlite3",)), "zh")
    assert "这些副本里还有密封的评分票，请删除：backup.sqlite3" in said


def test_count_again_says_the_same_and_needs_no_key(october: CommandLine) -> None:
    before = select(october, "select * from review_round")
    (october.folder / "group" / "review-key.json").unlink()
    document = october.done(*COUNT, "--json", CLOCK=SETTLED).document
    assert (document["ballots"], document["void"], document["units"], document["scored"]) == (30, 0, 6, 6)
    assert document["erased"] == {"ballots": 0, "files": [], "copies": []}
    assert select(october, "select * from review_round") == before


def test_count_that_died_before_erasing_is_finished_by_the_next(
    voting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> Erased:
        raise KeyboardInterrupt

    closed(voting)
    with monkeypatch.context() as patched:
        patched.setattr(review_count.erasure, "erase_round", dies)
        assert voting.run(*COUNT, CLOCK=CLOSED).exit_code != 0
    assert select(voting, "select state from review_round") == [("counted",)]
    (voting.folder / "group" / "review-key.json").unlink()
    voting.done(*COUNT, CLOCK=CLOSED)
    assert select(voting, "select state, token_key from review_round") == [("erased", None)]
    assert stores(voting) == []


def test_erasure_that_is_refused_leaves_the_count_and_says_both(
    voting: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> Erased:
        raise DomainError("erasure_incomplete", files="tongping.sqlite3")

    closed(voting)
    monkeypatch.setattr(review_count.erasure, "erase_round", refuses)
    ran = voting.run(*COUNT, "--json", CLOCK=CLOSED)
    assert ran.refusal == "erasure_incomplete"
    assert "计入的评分票 30 张" in ran.err
    assert select(voting, "select state from review_round") == [("counted",)]


def test_count_without_the_key_file_changes_nothing(voting: CommandLine) -> None:
    closed(voting)
    key = voting.folder / "group" / "review-key.json"
    key.rename(voting.folder / "away.json")
    assert voting.run(*COUNT, "--json", CLOCK=CLOSED).refusal == "file_unreadable"
    voting.done("review", "keygen", "--output", key)
    assert voting.run(*COUNT, "--json", CLOCK=CLOSED).refusal == "review_key_mismatch"
    key.write_text("no key", encoding="utf-8")
    assert voting.run(*COUNT, "--json", CLOCK=CLOSED).refusal == "review_key_invalid"
    assert select(voting, "select state from review_round") == [("closed",)]
    assert select(voting, f"select count(*) from {STORE}") == [(30,)]
    (voting.folder / "away.json").replace(key)
    voting.done(*COUNT, CLOCK=CLOSED)


def test_ballots_that_are_gone_are_refused_at_the_shell(voting: CommandLine) -> None:
    closed(voting)
    with closing(sqlite3.connect(voting.database)) as connection, connection:
        connection.execute(f"delete from {STORE} where id in (select id from {STORE} limit 1)")
    assert voting.run(*COUNT, "--json", CLOCK=CLOSED).refusal == "ballots_missing"
    assert select(voting, "select state from review_round") == [("closed",)]


def test_count_without_a_configured_key_file_is_refused(shell: CommandLine) -> None:
    shell.done("init", "group", CLOCK=APPLIED)
    public = shell.done("review", "keygen", "--output", "away.json").out.strip()
    edit(shell.folder / "group", keys=Keys(public, ""))
    shell.done("apply", "group", CLOCK=APPLIED)
    assert shell.run(*COUNT, "--json").refusal == "no_key_file"


def test_count_takes_a_key_from_elsewhere(voting: CommandLine) -> None:
    closed(voting)
    (voting.folder / "group" / "review-key.json").rename(voting.folder / "medium.json")
    voting.done("review", "keygen", "--output", "other.json")
    count = (*COUNT, "--key-file")
    assert voting.run(*count, "nowhere.json", "--json", CLOCK=CLOSED).refusal == "file_unreadable"
    assert voting.run(*count, "other.json", "--json", CLOCK=CLOSED).refusal == "review_key_mismatch"
    assert voting.done(*count, "medium.json", "--json", CLOCK=CLOSED).document["ballots"] == 30


def test_nothing_is_printed_of_key_or_marks(voting: CommandLine) -> None:
    closed(voting)
    private = (voting.folder / "group" / "review-key.json").read_text("utf-8")
    ran = voting.done(*COUNT, CLOCK=CLOSED)
    assert "44444" not in ran.out + ran.err
    assert private[40:80] not in ran.out + ran.err


def test_unit_s_own_number_of_raters_can_be_given_when_opening(group: CommandLine) -> None:
    words = ("review", "open-round", "2026-10", "--cooperation", "group/cooperation.csv", "--json")
    for odd in ("11", "21", "0", "-1"):
        ran = group.run(*words, "--raters", odd, CLOCK="2026-10-22T09:00:00+08:00")
        assert ran.refusal == "raters_out_of_range"
    assert group.done(*words, "--raters", "12", CLOCK="2026-10-22T09:00:00+08:00").document["state"] == "open"
