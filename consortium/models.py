"""Tables of the consortium: units, people, roles, accounts, chats, one-time links, sessions, keys, the installation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Unit(Base):
    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(Json)
    tier: Mapped[str] = mapped_column(String(20))
    district: Mapped[str] = mapped_column(String(80))
    ownership: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    active: Mapped[bool]
    joined_on: Mapped[date | None] = mapped_column(Date)  # first day as a member; None: from the beginning
    left_on: Mapped[date | None] = mapped_column(Date)  # last day as a member


class WorkdayException(Base):
    """A day on which the official calendar differs from Monday to Friday, of a year imported here (rule 29)."""

    __tablename__ = "workday_exception"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_workday: Mapped[bool]


class Person(Base):
    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool]


class Role(Base):
    __tablename__ = "role"
    __table_args__ = (
        CheckConstraint(
            "(role in ('representative', 'staff', 'head')) = (unit_code is not null)", name="unit_role_has_unit"
        ),
        Index("uq_role_of_person", "person_id", "role", unique=True, sqlite_where=text("unit_code is null"),
              postgresql_where=text("unit_code is null")),
        UniqueConstraint("person_id", "role", "unit_code"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(20))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"), index=True)


class Account(Base):
    """A person's account in a chat platform. Until it is confirmed it opens nothing."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("channel", "account"),
        Index("uq_account_of_person", "channel", "person_id", unique=True,
              sqlite_where=text("confirmed_at is not null"), postgresql_where=text("confirmed_at is not null")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    display_name: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Chat(Base):
    """A place where messages can go: a private chat or a group, on Telegram, in this machine's simulator, or behind a
    channel of the configuration (a robot's group, a mailbox, a webhook).
    """

    __tablename__ = "chat"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        CheckConstraint("kind in ('private', 'group')", name="kind"),
        CheckConstraint("state in ('active', 'blocked', 'gone')", name="state"),
        CheckConstraint("purpose in ('bulletin', 'unit', 'office')", name="purpose"),
        CheckConstraint("(purpose = 'unit') = (unit_code is not null) or purpose is null", name="unit_chat_has_unit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str | None] = mapped_column(String(10))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInLink(Base):
    """A one-time link: for one person, one purpose, once. Only its hash is kept."""

    __tablename__ = "sign_in_link"
    __table_args__ = (CheckConstraint("purpose in ('web', 'bind')", name="purpose"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # None: at the command line
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebSession(Base):
    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiKey(Base):
    """A hospital system's key, for one unit. Only its hash is kept."""

    __tablename__ = "api_key"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Installation(Base):
    """The one row that says which consortium this is, as last applied. `workdays_until`: the last day that the imported
    official calendar knows (None: only the one that comes with the program).
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(Json)
    aims: Mapped[dict[str, str]] = mapped_column(Json)
    time_zone: Mapped[str] = mapped_column(String(40))
    review: Mapped[dict[str, Any]] = mapped_column(Json)  # public_key, key_file; patients: chat
    schedule: Mapped[dict[str, Any]] = mapped_column(Json)
    folder: Mapped[str] = mapped_column(String(1000))  # where the configuration was read: files it names lie there
    bot_name: Mapped[str | None] = mapped_column(String(64))
    workdays_until: Mapped[date | None] = mapped_column(Date)
    first_applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
