"""The table of tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, now
from server.db import Base


class Ticket(Base):
    """A ticket, known by its hash alone. `session_id` is the drill session that it is for, if any."""

    __tablename__ = "ticket"
    __table_args__ = (Index("ix_ticket_session", "session_id"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_id: Mapped[str | None] = mapped_column(String(16))
    age_band: Mapped[str] = mapped_column(String(10), default="")
    language: Mapped[str] = mapped_column(String(10), default="ja")
    comfort: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Settings such as seated or teleport, that the station takes over."""
    pin_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """Of the PIN that is printed apart, made with the server's own secret; empty for a ticket without one."""


class PinTry(Base):
    """How often a ticket's PIN was tried. Kept for tickets that do not exist too: nobody learns which do."""

    __tablename__ = "pin_try"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    """Since the last right one."""
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    wait_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
