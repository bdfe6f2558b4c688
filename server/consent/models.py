"""The tables of consents: those of tickets and runs, and those of persons."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
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
    language: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    """Language in which the text was shown; empty where the station did not say."""
    given_by: Mapped[str] = mapped_column(String(10), default="self", server_default=text("'self'"))
    """Who spoke: self, guardian, or proxy (a carer, or staff who wrote it down)."""
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(80))
    """Where it was given, such as `device:<id>`."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PersonConsent(Base):
    """A person's consent for one purpose, in one version and language of its text. A withdrawn one stays as proof."""

    __tablename__ = "person_consent"
    __table_args__ = (
        CheckConstraint("given_by IN ('self', 'guardian', 'proxy')", name="given_by"),
        Index("ix_person_consent_person", "person_id", "purpose"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(10), default="")
    given_by: Mapped[str] = mapped_column(String(10), default="self")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(80))
    """Who gave it, as the audit record calls them: `person:<id>`, `staff:<id>`."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
