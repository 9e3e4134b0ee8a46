"""Tables of the bulletins: editions, what was drawn and printed of them, and those taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UtcDateTime


class Bulletin(Base):
    """One edition 版次 of a month's bulletin. Two different people stand behind a released one, by constraint."""

    __tablename__ = "bulletin"
    __table_args__ = (
        UniqueConstraint("period", "edition"),
        CheckConstraint("state in ('draft', 'proposed', 'released')", name="state"),
        CheckConstraint("edition > 0", name="edition_positive"),
        CheckConstraint("(edition = 1) = (note is null)", name="corrections_say_what"),
        CheckConstraint("proposed_by <> released_by", name="released_by_another"),
        CheckConstraint(
            "(state = 'draft') = (proposed_by is null) and (proposed_by is null) = (proposed_at is null)"
            " and (proposed_by is null) = (expires_at is null)",
            name="proposal_is_whole",
        ),
        CheckConstraint(
            "(state = 'released') = (released_by is not null) and (released_by is null) = (released_at is null)",
            name="release_is_whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(ForeignKey("settlement.period"))
    edition: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    content_hash: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None]  # what a correction corrects
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Rendering(Base):
    """A picture or a printed edition, made once and kept: every way out and the web send the same bytes.

    Good for one content only, named by its hash.
    """

    __tablename__ = "rendering"
    __table_args__ = (
        CheckConstraint("kind in ('ranking', 'history', 'trends', 'heat', 'edition')", name="kind"),
        CheckConstraint("form in ('png', 'svg', 'pdf')", name="form"),
    )

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    form: Mapped[str] = mapped_column(String(3), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))


class Retraction(Base):
    """A released edition taken back, by two people: what was sent is edited to say so, and why; nothing vanishes."""

    __tablename__ = "retraction"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'done', 'withdrawn')", name="state"),
        CheckConstraint("proposed_by <> agreed_by", name="agreed_by_another"),
        CheckConstraint(
            "(state = 'done') = (agreed_by is not null) and (agreed_by is null) = (agreed_at is null)",
            name="agreement_is_whole",
        ),
        Index("uq_retraction_standing", "bulletin_id", unique=True, sqlite_where=text("state <> 'withdrawn'"),
              postgresql_where=text("state <> 'withdrawn'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
