"""How often something was tried, where several processes must count together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime
from server.db import Base


class TryCount(Base):
    """Tries of one window. `key` names the rule and holds a keyed hash of whom it counts, never who it is."""

    __tablename__ = "try_count"
    __table_args__ = (Index("ix_try_count_ends", "ends_at"),)

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
