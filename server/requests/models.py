"""Tables of requests about one's data, of corrections and suspensions, and of what was erased."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base

DISCLOSURE: Final = "disclosure"
CORRECTION: Final = "correction"
SUSPENSION: Final = "suspension"
ERASURE: Final = "erasure"
KINDS: Final = (DISCLOSURE, CORRECTION, SUSPENSION, ERASURE)
OPEN: Final = "open"
CLOSED: Final = "closed"
OUTCOMES: Final = ("granted", "partly", "refused", "nothing_kept", "taken_back")


class DataRequest(Base):
    """One request of a person about their data, from the day it came in to its outcome."""

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint("kind IN ('disclosure', 'correction', 'suspension', 'erasure')", name="kind"),
        CheckConstraint("asked_by IN ('self', 'guardian', 'agent')", name="asked_by"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index("ix_data_request_due", "state", "due_on"),
        Index("ix_data_request_person", "person_id"),
        Index("ix_data_request_ticket", "ticket_hash"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[str] = mapped_column(String(16), default="")
    ticket_hash: Mapped[str] = mapped_column(String(64), default="")
    """The ticket that the request is about, where no person is known."""
    asked_by: Mapped[str] = mapped_column(String(10), default="self")
    asker_id: Mapped[str] = mapped_column(String(16), default="")
    """Person id of the guardian or agent, where the house knows them."""
    about: Mapped[str] = mapped_column(Text, default="")
    """What it is about, in the asker's words."""
    received_on: Mapped[dt.date] = mapped_column(Date)
    due_on: Mapped[dt.date] = mapped_column(Date)
    extended: Mapped[str] = mapped_column(Text, default="")
    """Why the period was extended; empty when it was not."""
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused or granted in part: the law asks for it in writing."""
    made_by: Mapped[str] = mapped_column(String(80))
    """Who wrote it down, as the audit record calls them."""
    closed_by: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Correction(Base):
    """One field that was corrected on request, before and after."""

    __tablename__ = "data_correction"
    __table_args__ = (Index("ix_data_correction_person", "person_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("data_request.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(String(16), default="")
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str] = mapped_column(String(80))


class Suspension(Base):
    """A subject whose data are kept and not used until the suspension ends."""

    __tablename__ = "data_suspension"
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'ticket')", name="kind"),
        Index("ix_data_suspension_subject", "kind", "subject"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(16), default="")
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Tombstone(Base):
    """That something was erased, or a consent taken back: only a hash of its id, so that no copy brings it back."""

    __tablename__ = "tombstone"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """person, ticket, run or consent."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
