"""The settings of the running program: the only reader of the environment.

Every `TONGPING_*` variable is listed in `SETTINGS`; an unknown one is refused, so that a misspelt secret is noticed.
A secret may come from a file instead: `TONGPING_TELEGRAM_TOKEN_FILE=/run/secrets/token`.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.moved_clock import Clock, moved_clock, real_clock
from locales.errors import DomainError
from locales.texts import known_language

PREFIX = "TONGPING_"
DEFAULT_DATABASE = "sqlite:///tongping.sqlite3"
TELEGRAM_API = "https://api.telegram.org"
SECRETS = ("TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "SECRET_KEY", "DATABASE_URL")
SETTINGS = (
    "DATABASE_URL", "TELEGRAM_TOKEN", "TELEGRAM_API", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL",
    "HOST", "PORT", "SECRET_KEY", "CLOCK", "CALLS_IN_FLIGHT",
)  # fmt: skip
_KNOWN = frozenset(SETTINGS) | {f"{name}_FILE" for name in SECRETS}
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_PORT = re.compile(r"[0-9]{1,5}")
_SHORTEST_KEY = 32  # characters of TONGPING_SECRET_KEY
_LARGEST_PORT = 65535
_COUNT = re.compile(r"[0-9]{1,2}")
_CALLS_IN_FLIGHT = range(1, 17)  # to each channel at the same time
_FASTEST = 100_000
_YEARS = range(2000, 2099)  # the years that a period can name


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str
    telegram_token: str | None
    telegram_api: str
    webhook_url: str | None
    webhook_secret: str | None
    public_url: str | None
    host: str
    port: int
    secret_key: str | None
    clock: Clock
    calls_in_flight: int = 4

    @property
    def telegram_is_loopback(self) -> bool:
        return is_loopback(urlsplit(self.telegram_api).hostname)

    @property
    def base_url(self) -> str:
        """The address under which people reach the pages."""
        return self.public_url or local_url(self.host, self.port)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings, or `setting_unknown` / `setting_invalid` naming the variable."""
    given = os.environ if environment is None else environment
    values = _values(given)
    webhook_url, webhook_secret = values.get("TELEGRAM_WEBHOOK_URL"), values.get("TELEGRAM_WEBHOOK_SECRET")
    if (webhook_url is None) != (webhook_secret is None):
        raise DomainError("webhook_half_set")
    settings = Settings(
        database_url=values.get("DATABASE_URL", DEFAULT_DATABASE),
        telegram_token=_matching("TELEGRAM_TOKEN", values, _TOKEN),
        telegram_api=_address("TELEGRAM_API", values) or TELEGRAM_API,
        webhook_url=_address("TELEGRAM_WEBHOOK_URL", values),
        webhook_secret=_matching("TELEGRAM_WEBHOOK_SECRET", values, _WEBHOOK_SECRET),
        public_url=_address("PUBLIC_URL", values),
        host=values.get("HOST", "127.0.0.1"),
        port=_port(values.get("PORT", "8000")),
        secret_key=_secret_key(values.get("SECRET_KEY")),
        clock=_clock(values.get("CLOCK")),
        calls_in_flight=_calls_in_flight(values.get("CALLS_IN_FLIGHT", "4")),
    )
    _check_together(settings)
    return settings


def terminal_language(environment: Mapping[str, str] | None = None) -> str:
    """The language of the command line: English where the terminal speaks it, otherwise Chinese."""
    given = os.environ if environment is None else environment
    return known_language(next((given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), None))


def secret_key(settings: Settings) -> bytes:
    """The key that signs buttons and forms: from the setting, else made once in a file (mode 600) beside the database.

    Errors: `secret_key_needed` where there is no file to lie beside, `secret_key_file_short` for a damaged key file.
    """
    if settings.secret_key is not None:
        return settings.secret_key.encode()
    database = sqlite_file(settings.database_url)
    if database is None:
        raise DomainError("secret_key_needed")
    path = database.with_suffix(".key")
    if not path.exists():
        _make_key(path)
    key = file_text(path)
    if len(key) < _SHORTEST_KEY:
        raise DomainError("secret_key_file_short", file=str(path))
    return key.encode()


def sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite database; None for other engines and for a database in memory."""
    parts = urlsplit(database_url)
    path = parts.path.removeprefix("/")
    return Path(path) if parts.scheme.split("+")[0] == "sqlite" and path and path != ":memory:" else None


def file_text(path: Path) -> str:
    """A small text file; `file_unreadable` if it cannot be taken."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError("file_unreadable", file=str(path), reason=getattr(error, "strerror", None) or "") from None


def _make_key(path: Path) -> None:
    """Whole or not at all: a process that starts at the same time reads this key or its own made first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    make_private_file(draft, secrets.token_urlsafe(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # somebody else's key stands there now: that one is good
    except OSError:  # a file system without hard links
        draft.replace(path)
        return
    finally:
        draft.unlink(missing_ok=True)


def make_private_file(path: Path, content: str) -> None:
    """Write a new file that only its owner can read; an existing one is never overwritten (`file_exists`)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DomainError("file_exists", file=str(path)) from None
    except OSError as error:
        raise DomainError("file_not_writable", file=str(path), reason=error.strerror or "") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def local_url(host: str, port: int) -> str:
    """The address of a server on this machine."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _values(given: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for variable in sorted(name for name in given if name.startswith(PREFIX)):
        name = variable.removeprefix(PREFIX)
        if name not in _KNOWN:
            raise DomainError("setting_unknown", setting=variable)
        written = given[variable].strip()
        if name.endswith("_FILE"):
            if PREFIX + name.removesuffix("_FILE") in given:
                raise DomainError("setting_twice", setting=variable)
            written = _file(variable, written)
        if written:
            values[name.removesuffix("_FILE")] = written
    return values


def _file(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise DomainError("setting_file_unreadable", setting=variable) from None


def _matching(name: str, values: Mapping[str, str], pattern: re.Pattern[str]) -> str | None:
    written = values.get(name)
    if written is not None and pattern.fullmatch(written) is None:
        raise DomainError("setting_invalid", setting=PREFIX + name)
    return written


def _address(name: str, values: Mapping[str, str]) -> str | None:
    written = values.get(name)
    if written is None:
        return None
    try:
        parts = urlsplit(written)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_fine = False
    if not is_fine:
        raise DomainError("setting_invalid", setting=PREFIX + name)
    return written.rstrip("/")


def _port(written: str) -> int:
    if _PORT.fullmatch(written) is None or int(written) > _LARGEST_PORT:
        raise DomainError("setting_invalid", setting=PREFIX + "PORT")
    return int(written)


def _calls_in_flight(written: str) -> int:
    if _COUNT.fullmatch(written) is None or int(written) not in _CALLS_IN_FLIGHT:
        raise DomainError("setting_invalid", setting=PREFIX + "CALLS_IN_FLIGHT")
    return int(written)


def _secret_key(written: str | None) -> str | None:
    if written is not None and len(written) < _SHORTEST_KEY:
        raise DomainError("setting_invalid", setting=PREFIX + "SECRET_KEY")
    return written


def _clock(written: str | None) -> Clock:
    """`START[,xSPEED]`: START with its zone, SPEED 1 to 100000."""
    if written is None:
        return real_clock()
    start, _, speed = written.partition(",")
    try:
        begins = datetime.fromisoformat(start.strip())
        factor = float(speed.strip().removeprefix("x")) if speed else 1.0
    except ValueError:
        raise DomainError("setting_invalid", setting=PREFIX + "CLOCK") from None
    is_fine = begins.tzinfo is not None and begins.year in _YEARS and 1 <= factor <= _FASTEST
    if not is_fine or (speed and not speed.strip().startswith("x")):
        raise DomainError("setting_invalid", setting=PREFIX + "CLOCK")
    return moved_clock(begins, factor)


def _check_together(settings: Settings) -> None:
    if settings.webhook_url is not None and settings.telegram_token is None:
        raise DomainError("webhook_without_token")
    if settings.clock.is_moved and settings.telegram_token is not None and not settings.telegram_is_loopback:
        raise DomainError("clock_moved_with_real_telegram")
    try:
        scheme = urlsplit(settings.database_url).scheme.split("+")[0]
    except ValueError:
        scheme = ""
    has_file = scheme != "sqlite" or sqlite_file(settings.database_url) is not None
    if scheme not in ("sqlite", "postgresql") or not has_file:
        raise DomainError("setting_invalid", setting=PREFIX + "DATABASE_URL")
