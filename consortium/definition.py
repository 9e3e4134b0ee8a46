"""`consortium.toml` as a value: the installation, its units, people and groups; or findings by file and key. PURE."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consortium.channel_definitions import MOST_CHANNELS, ChannelDefinition, parse_channels
from consortium.document import CODE, Findings, Form, Table
from consortium.duty_definitions import MOST_DUTIES, DutyDefinition, check_duties, parse_duties
from consortium.honour_kinds import HonourKind, parse_honours
from consortium.permissions import ROLES, UNIT_ROLES
from locales.errors import Finding
from locales.texts import LANGUAGES

TIERS = ("tertiary", "secondary", "primary", "partner")
CHANNELS = ("telegram", "local")
AUDIT_DAYS, KEPT_DAYS = 1100, (184, 36500)  # how long the audit trail is kept; six months at least
RATERS = (12, 20)  # how many may score a unit where there are more than about thirty
MOST_UNITS = 3000
MOST_PEOPLE = 20000
MOST_CHATS = 10000

_PERSON = Form(re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}"), "code_malformed")
_ACCOUNT = Form(re.compile(r"[1-9][0-9]{0,19}"), "account_malformed")
_ADDRESS = Form(re.compile(r"-?[A-Za-z0-9][A-Za-z0-9:_.-]{0,62}"), "address_malformed")
_BOT = Form(re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}"), "bot_name_malformed")
_FILE = Form(re.compile(r"[^\x00-\x1f]{1,400}"), "file_name_malformed")
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A member unit; `joined` is its first day as a member and `left` its last, where they are stated."""

    code: str
    name: Mapping[str, str]
    tier: str
    district: str
    ownership: str
    joined: date | None = None
    left: date | None = None


@dataclass(frozen=True, slots=True)
class PersonDefinition:
    id: str
    name: str
    language: str
    roles: tuple[str, ...]
    units: tuple[str, ...]
    telegram: str | None


@dataclass(frozen=True, slots=True)
class ChatDefinition:
    """A group that the configuration already knows; others are bound in chat."""

    channel: str
    address: str
    title: str
    purpose: str
    unit_code: str | None
    language: str


@dataclass(frozen=True, slots=True)
class ConsortiumDefinition:
    name: Mapping[str, str]
    aims: Mapping[str, str]
    time_zone: str
    bot_name: str | None
    public_key: str | None
    key_file: str | None
    auditor_key: str | None = None
    raters: int | None = None
    patients_may_chat: bool = True
    audit_days: int = AUDIT_DAYS
    units: tuple[UnitDefinition, ...] = field(default=())
    people: tuple[PersonDefinition, ...] = field(default=())
    chats: tuple[ChatDefinition, ...] = field(default=())
    honours: tuple[HonourKind, ...] = field(default=())
    channels: tuple[ChannelDefinition, ...] = field(default=())
    duties: tuple[DutyDefinition, ...] = field(default=())


def parse_consortium(document: Mapping[str, Any], *, file: str) -> tuple[ConsortiumDefinition, list[Finding]]:
    """Read the document; the value is only to be used if there are no findings."""
    findings = Findings(file)
    root = Table(document, "", findings)
    head = root.table("consortium")
    telegram = root.table("telegram", required=False)
    review = root.table("review", required=False)
    patients = root.table("patients", required=False)
    audit = root.table("audit", required=False)
    definition = ConsortiumDefinition(
        name=head.wording("name", longest=_NAME_LENGTH),
        aims=head.wording("aims", longest=300, required=False),
        time_zone=_time_zone(head),
        bot_name=telegram.string("bot", _BOT, default="") or None,
        public_key=_public_key(review, "public_key"),
        key_file=review.string("key_file", _FILE, default="") or None,
        auditor_key=_public_key(review, "auditor_key"),
        raters=review.whole("raters", *RATERS) if review.has("raters") else None,
        patients_may_chat=patients.truth("chat", default=True),
        audit_days=audit.whole("keep_days", *KEPT_DAYS) if audit.has("keep_days") else AUDIT_DAYS,
        units=tuple(_unit(table) for table in root.tables("units", least=1, most=MOST_UNITS)),
        people=tuple(_person(table) for table in root.tables("people", least=0, most=MOST_PEOPLE)),
        chats=tuple(_chat(table) for table in root.tables("chats", least=0, most=MOST_CHATS)),
        honours=parse_honours(root),
        channels=parse_channels(root.tables("channels", least=0, most=MOST_CHANNELS)),
        duties=parse_duties(root.tables("duties", least=0, most=MOST_DUTIES), person=_PERSON),
    )
    for table in (head, telegram, review, patients, audit, root):
        table.refuse_unread()
    _cross_check(definition, findings)
    return definition, findings.found


def _time_zone(table: Table) -> str:
    name = table.take("time_zone") or "Asia/Shanghai"
    if not isinstance(name, str) or name not in zoneinfo.available_timezones():
        table.fault("time_zone", "time_zone_unknown")
    return str(name)


def _public_key(table: Table, name: str) -> str | None:
    """The JSON that `review keygen` printed; whether it is a usable key is found where it is used."""
    key = table.text(name, 4000, default="")
    if key and not key.lstrip().startswith("{"):
        return table.refuse(name, "public_key_malformed", None)
    return key or None


def _unit(table: Table) -> UnitDefinition:
    unit = UnitDefinition(
        code=table.string("code", CODE),
        name=table.wording("name", longest=_NAME_LENGTH),
        tier=table.choice("tier", TIERS),
        district=table.text("district", _NAME_LENGTH, default=""),
        ownership=table.text("ownership", 40, default=""),
        joined=table.day("joined"),
        left=table.day("left"),
    )
    if unit.joined is not None and unit.left is not None and unit.left < unit.joined:
        table.fault("left", "unit_left_before_joined", joined=unit.joined.isoformat())
    table.refuse_unread()
    return unit


def _person(table: Table) -> PersonDefinition:
    roles = table.choices("roles", ROLES)
    person = PersonDefinition(
        id=table.string("id", _PERSON),
        name=table.text("name", _NAME_LENGTH),
        language=table.choice("language", LANGUAGES, default="zh"),
        roles=roles,
        units=table.strings("units", CODE, MOST_UNITS) if table.has("units") else (),
        telegram=_account(table),
    )
    if any(role in UNIT_ROLES for role in roles) and not person.units:
        table.fault("units", "unit_role_without_unit")
    table.refuse_unread()
    return person


def _account(table: Table) -> str | None:
    value = table.take("telegram")
    if value is None:
        return None
    if isinstance(value, list):
        return table.refuse("telegram", "person_with_two_accounts", None)
    written = str(value)
    return written if _ACCOUNT.fits(written) and not isinstance(value, bool) else table.refuse(
        "telegram", _ACCOUNT.code, None
    )  # fmt: skip


def _chat(table: Table) -> ChatDefinition:
    purpose = table.choice("purpose", ("bulletin", "unit"))
    chat = ChatDefinition(
        channel=table.choice("channel", CHANNELS, default="telegram"),
        address=table.string("address", _ADDRESS),
        title=table.text("title", _NAME_LENGTH, default=""),
        purpose=purpose,
        unit_code=table.string("unit", CODE) if purpose == "unit" else None,
        language=table.choice("language", LANGUAGES, default="zh"),
    )
    table.refuse_unread()
    return chat


def _cross_check(definition: ConsortiumDefinition, findings: Findings) -> None:
    codes = [unit.code for unit in definition.units]
    _refuse_repeats([f"units[{i}].code" for i in range(len(codes))], codes, "unit_twice", findings)
    ids = [person.id for person in definition.people]
    _refuse_repeats([f"people[{i}].id" for i in range(len(ids))], ids, "person_twice", findings)
    accounts = [person.telegram for person in definition.people]
    _refuse_repeats([f"people[{i}].telegram" for i in range(len(ids))], accounts, "account_twice", findings)
    addresses = [f"{chat.channel}:{chat.address}" for chat in definition.chats]
    _refuse_repeats([f"chats[{i}].address" for i in range(len(addresses))], addresses, "chat_twice", findings)
    known = set(codes)
    check_duties(definition.duties, units=known, people=set(ids), findings=findings)
    for place, person in enumerate(definition.people):
        for code in person.units:
            if code not in known:
                findings.add(f"people[{place}].units", "unit_not_listed", unit=code)
    for place, chat in enumerate(definition.chats):
        if chat.unit_code and chat.unit_code not in known:
            findings.add(f"chats[{place}].unit", "unit_not_listed", unit=chat.unit_code)


def _refuse_repeats(keys: list[str], values: list[Any], code: str, findings: Findings) -> None:
    first: dict[Any, str] = {}
    for key, value in zip(keys, values, strict=True):
        if not value:
            continue
        if value in first:
            findings.add(key, code, value=value, first=first[value])
        first.setdefault(value, key)
