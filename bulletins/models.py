"""Tables of the bulletins: editions, and the pictures drawn of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
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


class BulletinPicture(Base):
    """A picture drawn once and kept: delivery and web send the same bytes. Good for one content only, named by hash."""

    __tablename__ = "bulletin_picture"
    __table_args__ = (CheckConstraint("kind in ('ranking', 'history')", name="kind"),)

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    png: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
