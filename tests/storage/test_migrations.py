"""The migrations make exactly the tables of the models, on both databases, up and down."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from app.schema import differences, metadata
from consortium.disclosure import PEER_THRESHOLDS
from storage.database import Database
from storage.upgrade import changing_tables, configuration, is_current, newest, upgrade

VERSIONS = Path(__file__).parents[2] / "storage" / "migrations" / "versions"


def test_migrations_match_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert differences(connection) == []


def test_a_migrated_database_is_current(database: Database) -> None:
    assert is_current(database)
    assert newest() is not None


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(database)

    assert is_current(database)


def test_down_and_up_again(database: Database) -> None:
    with changing_tables(database) as connection:
        command.downgrade(configuration(connection), "base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade(database)
    with database.engine.connect() as connection:
        assert differences(connection) == []


def test_what_was_answered_before_is_kept(database: Database) -> None:
    with changing_tables(database) as connection:
        command.downgrade(configuration(connection), "0001")
        for statement in _BEFORE:
            connection.exec_driver_sql(statement)
    upgrade(database)
    with database.engine.begin() as connection:
        kept = connection.exec_driver_sql("select question_id, place, value from answer").one()
        stands = connection.exec_driver_sql("select disposition, changes from fielded").one()
        streams = connection.exec_driver_sql(
            "select i.stream, r.stream, t.stream from invitation i, response r, tally t"
        ).one()
    with changing_tables(database) as connection:
        command.downgrade(configuration(connection), "0001")
        assert connection.exec_driver_sql("select question_id, value from answer").one() == ("clean", "5")
    upgrade(database)
    assert (kept, stands, streams) == (("clean", 0, "5"), ("complete", 1), ("visit", "visit", "visit"))


_BEFORE = (
    "insert into unit (code, name, tier, district, ownership, active, position) values ('jia', '{}', 'tertiary', '', '', true, 0)",
    (
        "insert into questionnaire_version (id, version, digest, content, kinds, applied_at)"
        " values ('outpatient', '1', 'd', '{}', '[]', '2026-10-01')"
    ),
    (
        "insert into invitation (id, unit_code, visit, kind, discharged_at, language, questionnaire_id,"
        " questionnaire_version, created_at, expires_at)"
        " values ('i', 'jia', 'V-1', 'outpatient', '2026-10-01', 'zh', 'outpatient', '1', '2026-10-01', '2026-11-01')"
    ),
    (
        "insert into response (id, invitation_id, unit_code, state, revision, language, mode, touched_at, consented_at,"
        " notice_version, period, sent_at, receipt_hash)"
        " values ('r', 'i', 'jia', 'sent', 1, 'zh', 'page', '2026-10-02', '2026-10-02', '1', '2026-10', '2026-10-02', 'h')"
    ),
    "insert into answer (response_id, question_id, value) values ('r', 'clean', '5')",
    "insert into tally values ('2026-10', 'jia', 'outpatient', '1', 'clean', '5', 1)",
)


def test_an_interrupted_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    database = Database(f"sqlite:///{tmp_path / 'half.sqlite3'}")
    made: list[str] = []
    create = op.create_table

    def break_off(name: str, *columns: object, **options: object) -> object:
        made.append(name)
        if len(made) == 5:
            raise OSError("the power is gone")
        return create(name, *columns, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(op, "create_table", break_off)
    with pytest.raises(OSError, match="the power is gone"):
        upgrade(database)
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()


def test_a_round_under_way_is_counted_before_its_ballots_change_form(database: Database) -> None:
    with changing_tables(database) as connection:
        command.downgrade(configuration(connection), "0004")
        for statement in _ROUND:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("insert into ballot values ('a', '2026-10', 'x')")
    with pytest.raises(RuntimeError, match="count and erase"):
        upgrade(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("delete from ballot")
    upgrade(database)
    with database.engine.begin() as connection:
        results = connection.exec_driver_sql("select unit_code, raters, score from peer_result order by unit_code")
        assert results.all() == [("bing", 20, "1/1"), ("jia", 0, None), ("yi", 5, "3/2")]
        thresholds = connection.exec_driver_sql("select distinct thresholds from review_round").scalar_one()
        keys = dict(connection.exec_driver_sql("select period, token_key from review_round").all())
        assert (keys["2026-10"], len(keys["2026-11"])) == (None, 64)
        assert connection.exec_driver_sql("select id, sealed from ballots_2026_11").all() == []
        connection.exec_driver_sql("drop table ballots_2026_11")
        connection.exec_driver_sql("delete from peer_result")
        connection.exec_driver_sql("delete from review_round")
    assert json.loads(thresholds) == PEER_THRESHOLDS


_ROUND = (
    *(
        "insert into unit (code, name, tier, district, ownership, active, position)"
        f" values ('{code}', '{{}}', 'tertiary', '', '', true, 0)"
        for code in ("jia", "yi", "bing")
    ),
    (
        "insert into review_round (period, state, public_key, criteria, opened_at)"
        " values ('2026-10', 'erased', 'k', '[]', '2026-10-01'), ('2026-11', 'open', 'k', '[]', '2026-11-01')"
    ),
    "insert into peer_result values ('2026-10', 'jia', 4, null, 'peer-mean-1')",
    "insert into peer_result values ('2026-10', 'yi', 9, '3/2', 'peer-mean-1')",
    "insert into peer_result values ('2026-10', 'bing', 25, '1/1', 'peer-mean-1')",
)


def test_migrations_import_no_model() -> None:
    for path in VERSIONS.glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(imported) <= {"__future__", "sqlalchemy", "alembic", "secrets", "hashlib", "json", "datetime"}


def test_every_table_belongs_to_a_domain() -> None:
    assert len(metadata().tables) > 20
