"""The outbox: letters, and batches of letters that wait for a second look."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base

HELD: Final = "held"
QUEUED: Final = "queued"
SENT: Final = "sent"
REFUSED: Final = "refused"
EXPIRED: Final = "expired"
CANCELLED: Final = "cancelled"
SETTLED: Final = (SENT, REFUSED, EXPIRED, CANCELLED)

DRAFT: Final = "draft"
WAITING: Final = "waiting"
DONE: Final = "done"


class MailMessage(Base):
    """A letter to one address. Address and words are emptied once it is settled: sent, refused, too late, cancelled."""

    __tablename__ = "mail_message"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'queued', 'sent', 'refused', 'expired', 'cancelled')", name="state"),
        Index("ix_mail_message_batch", "batch_id"),
        Index("ix_mail_message_person", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    """What it is about, such as `sign_in`."""
    person_id: Mapped[str | None] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("mail_batch.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """After this it is of no use and is not sent."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[int] = mapped_column(default=0)
    """The code that the mail server refused it with."""


class MailBatch(Base):
    """Letters to many: a draft that a clerk looks at and confirms, then a wait in which it can be cancelled."""

    __tablename__ = "mail_batch"
    __table_args__ = (CheckConstraint("state IN ('draft', 'waiting', 'done', 'cancelled')", name="state"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    preview: Mapped[str] = mapped_column(Text)
    """The letter as a clerk sees it, with nobody's own words in it."""
    department: Mapped[str] = mapped_column(String(80), default="")
    """Whose business it is; empty means the whole city's."""
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    send_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
