"""All tables together, and writing the next migration from what the models have beyond the migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import schema
from app.schema import MODELS, metadata, write_revision


def test_every_folder_with_tables_is_listed() -> None:
    root = Path(__file__).parents[2]
    names = ("*/models.py", "*/*_models.py", "*/*/models.py")
    files = {path.relative_to(root).with_suffix("") for name in names for path in root.glob(name)}
    packages = {file for file in files if (root / file.parent / "__init__.py").exists() and "tests" not in file.parts}
    assert {".".join(file.parts) for file in packages} | {"storage.audit"} == set(MODELS)


def test_every_table_belongs_to_one_metadata() -> None:
    assert {
        "audit",
        "unit",
        "response",
        "assignment",
        "scorecard",
        "bulletin",
        "delivery",
        "occurrence",
        "handled_update",
    } <= set(metadata().tables)


def test_revision_is_written_in_the_databases_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, object] = {}

    def revision(config: object, **options: object) -> None:
        written.update(options, metadata=config.attributes["metadata"], item=config.attributes["render_item"])  # type: ignore[attr-defined]

    monkeypatch.setattr(schema.command, "revision", revision)
    write_revision("0002", "what changes")
    assert {name: written[name] for name in ("message", "autogenerate", "rev_id")} == {
        "message": "what changes",
        "autogenerate": True,
        "rev_id": "0002",
    }
    assert written["metadata"] is metadata()
    assert [schema._plain_type("type", kind(), None) for kind in schema._PLAIN] == list(schema._PLAIN.values())  # type: ignore[arg-type]
    assert schema._plain_type("type", object(), None) is False  # type: ignore[arg-type]
    assert schema._plain_type("column", next(iter(schema._PLAIN))(), None) is False  # type: ignore[arg-type]
