"""The table of acts that ask for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base

PROPOSED: Final = "proposed"
WAITING: Final = "waiting"
"""Approved by its own proposer, who is alone on duty: carried out when the delay is over, unless somebody stops it."""
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"
DONE: Final = "done"
FAILED: Final = "failed"
STATES: Final = (PROPOSED, WAITING, REFUSED, WITHDRAWN, EXPIRED, DONE, FAILED)
OPEN: Final = (PROPOSED, WAITING)


class Approval(Base):
    """An act that one person proposed and, as a rule, another decides. `payload` holds ids, never personal data."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        # What the rules promise, once more where no mistake in the rules reaches.
        CheckConstraint(
            "state <> 'done' OR alone OR (decided_by IS NOT NULL AND decided_by <> proposed_by)", name="two_people"
        ),
        CheckConstraint(
            "state <> 'done' OR NOT alone OR (run_after IS NOT NULL AND settled_at >= run_after)", name="alone_waits"
        ),
        Index("ix_approval_state", "state", "proposed_at"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    act: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(16))
    """Id of the staff member."""
    department: Mapped[str] = mapped_column(String(80), default="")
    """Of the proposer: who of another department is no reader of it."""
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    alone: Mapped[bool] = mapped_column(default=False)
    """Whether the proposer decided alone, as the only person on duty: then a later review is due."""
    decided_by: Mapped[str | None] = mapped_column(String(16))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    run_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was done, refused, withdrawn, expired or failed."""
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(String(200), default="")
    reviewed_by: Mapped[str | None] = mapped_column(String(16))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review_note: Mapped[str] = mapped_column(Text, default="")

    @property
    def proposer(self) -> str:
        """How the audit record calls who proposed it."""
        return f"staff:{self.proposed_by}"

    @property
    def is_open(self) -> bool:
        """Whether it may still be carried out."""
        return self.state in OPEN

    @property
    def needs_review(self) -> bool:
        """Whether it was carried out by one person alone and nobody has looked at it since."""
        return self.state == DONE and self.alone and self.reviewed_at is None
