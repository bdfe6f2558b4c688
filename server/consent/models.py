"""The table of consents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id
from server.db import Base


class Consent(Base):
    """A consent of a subject for one purpose, in one version of its text. A withdrawn one stays as proof.

    `subject` is a ticket's hash (`subject_kind` "ticket") or a run id ("run": asked at the station, anonymous).
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('ticket', 'run')", name="subject_kind"),
        Index("ix_consent_subject", "subject_kind", "subject", "purpose"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    subject_kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(60))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(80))
    """Where it was given, such as `device:<id>`."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
