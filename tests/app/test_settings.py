"""Settings: every variable, what is refused, secrets from files, and the key that signs buttons."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import (
    SECRETS,
    SETTINGS,
    Settings,
    is_loopback,
    make_private_file,
    read_settings,
    secret_key,
    terminal_language,
)
from locales.errors import DomainError

TOKEN = "123456:AbCdEfGhIjKlMnOpQrSt_-"
WEBHOOK_SECRET = "0123456789abcdef"
KEY = "k" * 32
FULL = {
    "TONGPING_DATABASE_URL": "postgresql://tongping:secret@db/tongping",
    "TONGPING_TELEGRAM_TOKEN": TOKEN,
    "TONGPING_TELEGRAM_API": "http://127.0.0.1:8081",
    "TONGPING_TELEGRAM_WEBHOOK_URL": "https://example.org/telegram",
    "TONGPING_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "TONGPING_PUBLIC_URL": "https://example.org",
    "TONGPING_HOST": "0.0.0.0",
    "TONGPING_PORT": "8080",
    "TONGPING_SECRET_KEY": KEY,
    "TONGPING_CLOCK": "2026-10-01T08:00:00+08:00,x60",
    "TONGPING_CALLS_IN_FLIGHT": "16",
}


def refused(environment: dict[str, str]) -> tuple[str, object]:
    """The code, and the variable that it names."""
    with pytest.raises(DomainError) as caught:
        read_settings(environment)
    return caught.value.code, caught.value.details.get("setting")


def test_settings_without_any_variable_are_those_of_one_machine() -> None:
    settings = read_settings({})
    assert replace(settings, clock=None) == Settings(
        database_url="sqlite:///tongping.sqlite3",
        telegram_token=None,
        telegram_api="https://api.telegram.org",
        webhook_url=None,
        webhook_secret=None,
        public_url=None,
        host="127.0.0.1",
        port=8000,
        secret_key=None,
        clock=None,
        calls_in_flight=4,
    )
    assert not settings.clock.is_moved


def test_settings_take_every_variable() -> None:
    settings = read_settings(FULL)
    assert replace(settings, clock=None) == Settings(
        database_url="postgresql://tongping:secret@db/tongping",
        telegram_token=TOKEN,
        telegram_api="http://127.0.0.1:8081",
        webhook_url="https://example.org/telegram",
        webhook_secret=WEBHOOK_SECRET,
        public_url="https://example.org",
        host="0.0.0.0",
        port=8080,
        secret_key=KEY,
        clock=None,
        calls_in_flight=16,
    )
    assert (settings.clock.is_moved, settings.clock.speed) == (True, 60.0)


def test_full_example_names_every_setting_there_is() -> None:
    assert {f"TONGPING_{name}" for name in SETTINGS} == set(FULL)


@pytest.mark.parametrize("written", ["0", "17", "-1", "4.0", "four", "100", "４"])
def test_calls_in_flight_are_one_to_sixteen(written: str) -> None:
    assert refused({"TONGPING_CALLS_IN_FLIGHT": written}) == ("setting_invalid", "TONGPING_CALLS_IN_FLIGHT")
    assert [read_settings({"TONGPING_CALLS_IN_FLIGHT": fine}).calls_in_flight for fine in ("1", " 16 ")] == [1, 16]


def test_settings_do_not_show_what_is_secret_in_other_variables() -> None:
    assert read_settings({"PATH": "/bin", "TONGPINGX": "1", "tongping_port": "9"}).port == 8000


@pytest.mark.parametrize(
    "name", ["TONGPING_TELEGRAM_TOKN", "TONGPING_", "TONGPING_PORT_FILE", "TONGPING_HOST_FILE", "TONGPING_port"]
)
def test_unknown_setting_is_refused_by_name(name: str) -> None:
    assert refused({name: "x"}) == ("setting_unknown", name)


@pytest.mark.parametrize("name", SETTINGS)
def test_empty_setting_counts_as_not_set(name: str) -> None:
    assert replace(read_settings({f"TONGPING_{name}": "  "}), clock=None) == replace(read_settings({}), clock=None)


@pytest.mark.parametrize("name", SECRETS)
def test_secret_comes_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(FULL[f"TONGPING_{name}"] + "\n", encoding="utf-8")
    others = {key: value for key, value in FULL.items() if key != f"TONGPING_{name}"}
    given = read_settings(others | {f"TONGPING_{name}_FILE": str(file)})
    assert replace(given, clock=None) == replace(read_settings(FULL), clock=None)


def test_secret_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    given = {"TONGPING_TELEGRAM_TOKEN": TOKEN, "TONGPING_TELEGRAM_TOKEN_FILE": str(file)}
    assert refused(given) == ("setting_twice", "TONGPING_TELEGRAM_TOKEN_FILE")


@pytest.mark.parametrize("kind", ["missing", "folder", "not text", "no name"])
def test_secret_file_that_cannot_be_read_is_refused(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if kind == "folder":
        file.mkdir()
    elif kind == "not text":
        file.write_bytes(b"\xff\xfe\x00")
    given = {"TONGPING_TELEGRAM_TOKEN_FILE": "" if kind == "no name" else str(file)}
    assert refused(given) == ("setting_file_unreadable", "TONGPING_TELEGRAM_TOKEN_FILE")


def test_secret_file_is_judged_like_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("no token", encoding="utf-8")
    assert refused({"TONGPING_TELEGRAM_TOKEN_FILE": str(file)}) == ("setting_invalid", "TONGPING_TELEGRAM_TOKEN")


@pytest.mark.parametrize(
    "token", ["abc", "123456", "123456:short", ":AbCdEfGhIjKl", TOKEN + "/x", TOKEN + " x", "bot" + TOKEN]
)
def test_token_that_telegram_cannot_have_given_is_refused(token: str) -> None:
    assert refused({"TONGPING_TELEGRAM_TOKEN": token}) == ("setting_invalid", "TONGPING_TELEGRAM_TOKEN")


@pytest.mark.parametrize("given", ["TONGPING_TELEGRAM_WEBHOOK_URL", "TONGPING_TELEGRAM_WEBHOOK_SECRET"])
def test_webhook_half_set_is_refused(given: str) -> None:
    assert refused({given: FULL[given]}) == ("webhook_half_set", None)
    other = {"TONGPING_TELEGRAM_WEBHOOK_URL", "TONGPING_TELEGRAM_WEBHOOK_SECRET"} - {given}
    assert refused({given: FULL[given], other.pop(): ""}) == ("webhook_half_set", None)


def test_webhook_without_a_token_is_refused() -> None:
    assert refused({name: FULL[name] for name in FULL if "WEBHOOK" in name}) == ("webhook_without_token", None)


@pytest.mark.parametrize("secret", ["x" * 15, "x" * 257, "with a space 16+", "umlaut-ä-0123456789"])
def test_webhook_secret_that_is_short_or_odd_is_refused(secret: str) -> None:
    given = {name: FULL[name] for name in FULL if "TELEGRAM" in name} | {"TONGPING_TELEGRAM_WEBHOOK_SECRET": secret}
    assert refused(given) == ("setting_invalid", "TONGPING_TELEGRAM_WEBHOOK_SECRET")


@pytest.mark.parametrize("length", [16, 256])
def test_webhook_secret_of_shortest_and_longest_length_is_taken(length: int) -> None:
    given = {name: FULL[name] for name in FULL if "TELEGRAM" in name} | {
        "TONGPING_TELEGRAM_WEBHOOK_SECRET": "x" * length
    }
    assert read_settings(given).webhook_secret == "x" * length


@pytest.mark.parametrize("name", ["TONGPING_TELEGRAM_API", "TONGPING_PUBLIC_URL"])
@pytest.mark.parametrize(
    "address", ["example.org", "ftp://example.org", "https://", "//example.org", "javascript:alert(1)", "http://[::1"]
)
def test_address_that_is_none_is_refused(name: str, address: str) -> None:
    assert refused({name: address}) == ("setting_invalid", name)


def test_address_loses_its_last_slash() -> None:
    assert (
        read_settings({"TONGPING_PUBLIC_URL": "https://example.org/tongping/"}).public_url
        == "https://example.org/tongping"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "80 80", "http", "8e3", "٨٠", "1" * 5000])
def test_port_that_is_none_is_refused(port: str) -> None:
    assert refused({"TONGPING_PORT": port}) == ("setting_invalid", "TONGPING_PORT")


@pytest.mark.parametrize("port", [0, 65535])
def test_port_on_the_edge_is_taken(port: int) -> None:
    assert read_settings({"TONGPING_PORT": str(port)}).port == port


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/x",
        "tongping.sqlite3",
        "/var/lib/tongping.sqlite3",
        "sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://[",
        "postgres://h/d",
        "http://db",
    ],
)
def test_database_of_another_kind_is_refused(url: str) -> None:
    assert refused({"TONGPING_DATABASE_URL": url}) == ("setting_invalid", "TONGPING_DATABASE_URL")


@pytest.mark.parametrize(
    "url", ["sqlite:///x.sqlite3", "sqlite:////var/x.sqlite3", "postgresql://h/d", "postgresql+psycopg://h/d"]
)
def test_database_of_either_kind_is_taken(url: str) -> None:
    assert read_settings({"TONGPING_DATABASE_URL": url}).database_url == url


def test_secret_key_of_31_characters_is_refused_and_of_32_taken() -> None:
    assert refused({"TONGPING_SECRET_KEY": "k" * 31}) == ("setting_invalid", "TONGPING_SECRET_KEY")
    assert read_settings({"TONGPING_SECRET_KEY": "k" * 32}).secret_key == "k" * 32


@pytest.mark.parametrize(
    "clock",
    ["tomorrow", "2026-10-01", "2026-10-01T08:00:00", "2026-10-01T08:00:00+08:00,60", "2026-10-01T08:00:00+08:00,x",
     "2026-10-01T08:00:00+08:00,x0.5", "2026-10-01T08:00:00+08:00,x100001", "2026-10-01T08:00:00+08:00,xnan",
     "2026-10-01T08:00:00+08:00,xinf", "2026-10-01T08:00:00+08:00,x-60", ",x60", "9999-12-31T23:59:59-12:00",
     "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_clock_that_is_none_is_refused(clock: str) -> None:
    assert refused({"TONGPING_CLOCK": clock}) == ("setting_invalid", "TONGPING_CLOCK")


@pytest.mark.parametrize(
    ("written", "speed"),
    [("2026-10-01T08:00:00+08:00", 1.0), ("2026-10-01T00:00:00Z", 1.0), ("2026-10-01T08:00+08:00,x1", 1.0),
     ("2026-10-01T08:00+08:00, x100000", 100_000.0), ("2026-10-01T08:00+08:00,x1.5", 1.5)],
)  # fmt: skip
def test_clock_starts_where_it_says(written: str, speed: float) -> None:
    clock = read_settings({"TONGPING_CLOCK": written}).clock
    assert (clock.is_moved, clock.speed) == (True, speed)
    assert clock.now() >= datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize("api", [None, "https://api.telegram.org", "https://bots.example.org", "http://10.0.0.7:8081"])
def test_moved_clock_beside_a_real_telegram_is_refused(api: str | None) -> None:
    given = {"TONGPING_CLOCK": FULL["TONGPING_CLOCK"], "TONGPING_TELEGRAM_TOKEN": TOKEN}
    assert refused(given | ({"TONGPING_TELEGRAM_API": api} if api else {})) == ("clock_moved_with_real_telegram", None)


@pytest.mark.parametrize(
    "api", ["http://127.0.0.1:8081", "http://localhost:8081", "http://[::1]:8081", "http://127.8.8.8"]
)
def test_moved_clock_beside_a_telegram_of_this_machine_is_taken(api: str) -> None:
    given = {"TONGPING_CLOCK": FULL["TONGPING_CLOCK"], "TONGPING_TELEGRAM_TOKEN": TOKEN, "TONGPING_TELEGRAM_API": api}
    assert read_settings(given).clock.is_moved


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.255.255.254", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("128.0.0.1", False), ("127.0.0.1.example.org", False), ("localhost.example.org", False), ("", False), (None, False)],
)  # fmt: skip
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(host: str | None, *, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("environment", "language"),
    [({}, "zh"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "EN"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"),
     ({"LANG": "C.UTF-8"}, "zh"), ({"LANG": "de_DE.UTF-8"}, "zh"), ({"LANG": "en_GB", "LC_ALL": "zh_CN"}, "zh"),
     ({"LANG": "zh_CN", "LC_MESSAGES": "en_US"}, "en"), ({"LANG": "en_GB", "LC_ALL": ""}, "en")],
)  # fmt: skip
def test_terminal_speaks_chinese_unless_it_says_english(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


def settings_for(url: str, *, key: str | None = None) -> Settings:
    return read_settings({"TONGPING_DATABASE_URL": url} | ({"TONGPING_SECRET_KEY": key} if key else {}))


def test_secret_key_is_made_once_beside_the_database_for_its_owner_only(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/tongping.sqlite3")
    first = secret_key(settings)
    assert stat.S_IMODE((tmp_path / "tongping.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tongping.key"]
    assert len(first) >= 32
    assert secret_key(settings) == first


def test_secret_keys_of_two_installations_differ(tmp_path: Path) -> None:
    assert secret_key(settings_for(f"sqlite:///{tmp_path}/a.sqlite3")) != secret_key(
        settings_for(f"sqlite:///{tmp_path}/b.sqlite3")
    )


def test_secret_key_that_is_given_leaves_no_file(tmp_path: Path) -> None:
    assert secret_key(settings_for(f"sqlite:///{tmp_path}/tongping.sqlite3", key=KEY)) == KEY.encode()
    assert list(tmp_path.iterdir()) == []


def test_secret_key_must_be_given_with_postgresql() -> None:
    with pytest.raises(DomainError) as caught:
        secret_key(settings_for("postgresql://db/tongping"))
    assert caught.value.code == "secret_key_needed"
    assert secret_key(settings_for("postgresql://db/tongping", key=KEY)) == KEY.encode()


@pytest.mark.parametrize("content", ["", "\n", "k" * 31])
def test_secret_key_file_that_is_empty_or_short_is_refused(content: str, tmp_path: Path) -> None:
    """Whoever knows the key can forge every button; a half-written file must not become one."""
    (tmp_path / "tongping.key").write_text(content, encoding="ascii")
    with pytest.raises(DomainError):
        secret_key(settings_for(f"sqlite:///{tmp_path}/tongping.sqlite3"))
    assert (tmp_path / "tongping.key").read_text(encoding="ascii") == content


def test_secret_key_made_at_once_by_two_is_the_same_for_both(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/tongping.sqlite3")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key, [settings] * 40))
    assert len(keys) == 1


def test_secret_key_of_an_address_with_driver_lies_beside_its_file(tmp_path: Path) -> None:
    secret_key(settings_for(f"sqlite+pysqlite:///{tmp_path}/tongping.sqlite3"))
    assert [path.name for path in tmp_path.iterdir()] == ["tongping.key"]


def test_private_file_is_readable_for_its_owner_only_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    make_private_file(file, "钥匙")
    assert (file.read_text(encoding="utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("钥匙", 0o600)
    with pytest.raises(DomainError) as caught:
        make_private_file(file, "another")
    assert (caught.value.code, caught.value.details) == ("file_exists", {"file": str(file)})
    assert file.read_text(encoding="utf-8") == "钥匙"


def test_private_file_where_none_can_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        make_private_file(tmp_path / "nowhere" / "key.json", "x")
    assert caught.value.code == "file_not_writable"
