"""`/healthz` and `/readyz`."""

from __future__ import annotations

from storage.database import Database
from tests.web.cast import Town
from web import health


def test_process_that_answers_is_alive(hamlet, browse):
    assert browse(hamlet.site()).get("/healthz").json() == {"status": "ok"}


def test_ready_when_every_part_is(town, browse):
    response = browse(town.site(ready=lambda: {"bot": True})).get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok", "role": "all", "parts": {"database": True, "migrations": True, "bot": True},
    }  # fmt: skip


def test_part_that_is_not_ready_is_named(hamlet, browse):
    response = browse(hamlet.site(ready=lambda: {"bot": False})).get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"] == {"database": True, "migrations": True, "bot": False}


def test_old_tables_are_not_ready(hamlet, browse, monkeypatch):
    monkeypatch.setattr(health, "is_current", lambda _database: False)
    response = browse(hamlet.site()).get("/readyz")
    assert (response.status_code, response.json()["parts"]) == (503, {"database": True, "migrations": False})


def test_database_that_is_gone_is_not_ready_and_nothing_is_told(browse, tmp_path):
    database = Database(f"sqlite:///{tmp_path}/gone/nowhere.sqlite3")
    response = browse(Town(database).site()).get("/readyz")
    assert (response.status_code, response.json()["parts"]) == (503, {"database": False, "migrations": False})
    assert "nowhere" not in response.text
    database.close()
