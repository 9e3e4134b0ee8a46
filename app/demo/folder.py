"""Where the demo keeps its things: configuration, database, key; and whether a season lies there already."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.example_folder import COOPERATION, cooperation_of_all, make_example, write_scheme
from app.settings import make_private_file
from consortium.periods import Period
from locales.errors import DomainError
from reviews.sealing import generate_keys

_MARK = "demo.txt"  # only a folder with this mark is ever emptied
_WATCHED, _RANGE = "[indicators.first_visit]\n", "range = [20, 40]\n"  # some unit leaves it, and is asked to explain
KEY_FILE = "review-key.json"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    root: Path

    @property
    def configuration(self) -> Path:
        return self.root / "configuration"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.root / 'tongping.sqlite3'}"

    @property
    def is_finished(self) -> bool:
        """Whether a whole season was played here."""
        mark = self.root / _MARK
        return mark.exists() and mark.read_text(encoding="utf-8").strip() == "finished"

    def begin(self) -> None:
        """An empty folder of the demo's own; what is not the demo's is never touched (`folder_not_empty`)."""
        if self.root.exists() and any(self.root.iterdir()):
            if not (self.root / _MARK).exists():
                raise DomainError("folder_not_empty", folder=str(self.root))
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / _MARK).write_text("begun\n", encoding="utf-8")

    def finish(self) -> None:
        (self.root / _MARK).write_text("finished\n", encoding="utf-8")

    def configure(self, *, units: tuple[str, ...], periods: Sequence[Period], now: datetime) -> None:
        """The example configuration with a fresh review key, a scheme for each year, and everybody working together."""
        make_example(self.configuration, now=now, units=units)
        private, public = generate_keys()
        make_private_file(self.configuration / KEY_FILE, private)
        consortium = self.configuration / "consortium.toml"
        text = consortium.read_text(encoding="utf-8")
        text = text.replace('public_key = ""', f"public_key = '{public}'", 1)
        consortium.write_text(text.replace('key_file = ""', f'key_file = "{KEY_FILE}"', 1), encoding="utf-8")
        for year in {period.year for period in periods}:
            self._adapt_scheme(write_scheme(self.configuration, year), first=min(periods))
        (self.configuration / COOPERATION).write_text(cooperation_of_all(units, list(periods)), encoding="utf-8")

    def _adapt_scheme(self, name: str, *, first: Period) -> None:
        """The scheme begins with the first month played, so that a quarter can be settled; and one range is watched."""
        path = self.configuration / name
        text = path.read_text(encoding="utf-8").replace(_WATCHED, _WATCHED + _RANGE, 1)
        if name == f"scheme-{first.year}.toml":
            text = text.replace("[scheme]\n", f'[scheme]\neffective = "{first}"\n', 1)
        path.write_text(text, encoding="utf-8")
