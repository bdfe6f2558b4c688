"""Links by e-mail that are not used yet, and who was shown to live in the city."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base


class MailLink(Base):
    """A link that was sent to an address. Only the hash of its key is kept; it is deleted when it is used."""

    __tablename__ = "mail_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'add')", name="purpose"),
        Index("ix_mail_link_address", "address"),
        Index("ix_mail_link_person", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(254))
    purpose: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[str | None] = mapped_column(String(16))
    """With purpose `add`: whose way it becomes."""
    leads_to: Mapped[str] = mapped_column(String(400), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Residence(Base):
    """When a sign-in service last told whether a person lives in the city. The address itself is not kept."""

    __tablename__ = "residence"

    person_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    lives_here: Mapped[bool]
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
