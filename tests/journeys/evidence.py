"""What an installation has stored: rows, and every byte. Reads beside the running program, as an inspector would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


class Stored:
    """The database behind an address."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
        driver = address if self._file else address.set(drivername="postgresql+psycopg")
        arguments = {"timeout": 20} if self._file else {}
        self._engine = create_engine(driver, poolclass=NullPool, connect_args=arguments)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def one(self, statement: str, **values: Any) -> Any:
        """The only value of the only row."""
        rows = self.rows(statement, **values)
        assert len(rows) == 1, rows
        assert len(rows[0]) == 1, rows
        return rows[0][0]

    def changes(self, statement: str, **values: Any) -> int:
        """Changes rows behind the program's back, while it is not running; how many."""
        with self._engine.begin() as connection:
            return connection.execute(text(statement), values).rowcount

    @contextmanager
    def is_locked(self) -> Iterator[None]:
        """Meanwhile nobody can commit that an update was handled."""
        lock = "begin immediate" if self._file else "lock table handled_update in access exclusive mode"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(lock)
            yield
            connection.rollback()

    def cells(self) -> list[str]:
        """Every value of every row of every table, as text."""
        with self._engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            rows = [row for table in tables for row in connection.execute(text(f'select * from "{table}"'))]
        return [str(value) for row in rows for value in row if value is not None]

    def everything(self) -> bytes:
        """Every byte: the file with its journals; where there is no file, every value."""
        if self._file is None:
            return "\n".join(self.cells()).encode()
        files = sorted(self._file.parent.glob(f"{self._file.name}*"))
        return b"".join(file.read_bytes() for file in files)
