"""Tables of legal holds and of what each purge did."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base


class LegalHold(Base):
    """What must not be purged for now, and why: a whole table, or all of one person, ticket or run."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("kind IN ('table', 'person', 'ticket', 'run')", name="kind"),
        Index("ix_legal_hold_subject", "kind", "subject"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    set_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class PurgeReport(Base):
    """What one purge did: by table how many rows went, how many a hold kept, and what went wrong."""

    __tablename__ = "purge_report"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    tables: Mapped[dict[str, Any]] = mapped_column(JSON)
