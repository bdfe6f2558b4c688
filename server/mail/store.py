"""Queries of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from server.mail.models import HELD, QUEUED, MailBatch, MailMessage


def queued(db: Session, message_id: str) -> MailMessage | None:
    """Return a letter that is still to be sent."""
    wanted = select(MailMessage).where(MailMessage.id == message_id, MailMessage.state == QUEUED)
    return db.scalars(wanted).one_or_none()


def queued_of_batch(db: Session, batch_id: str) -> list[str]:
    """Return the ids of a batch's letters that are still to be sent."""
    wanted = select(MailMessage.id).where(MailMessage.batch_id == batch_id, MailMessage.state == QUEUED)
    return list(db.scalars(wanted.order_by(MailMessage.id)))


def older_than(db: Session, ids: Sequence[str], at: datetime) -> list[str]:
    """Return those of some letters that were made before a moment."""
    wanted = select(MailMessage.id).where(MailMessage.id.in_(ids), MailMessage.created_at < at)
    return list(db.scalars(wanted))


def settle(db: Session, ids: Sequence[str], state: str, *, at: datetime, refusal: int = 0) -> int:
    """Note what became of letters and empty their address and words; return how many were not settled before."""
    wanted = update(MailMessage).where(MailMessage.id.in_(ids), MailMessage.state.in_((HELD, QUEUED)))
    emptied = wanted.values(state=state, settled_at=at, refusal=refusal, address="", subject="", body="")
    return len(db.scalars(emptied.returning(MailMessage.id)).all())


def of_batch(db: Session, batch_id: str) -> list[MailMessage]:
    """Return a batch's letters."""
    wanted = select(MailMessage).where(MailMessage.batch_id == batch_id)
    return list(db.scalars(wanted.order_by(MailMessage.id)))


def release(db: Session, batch_id: str) -> int:
    """Queue the held letters of a batch; return how many."""
    wanted = update(MailMessage).where(MailMessage.batch_id == batch_id, MailMessage.state == HELD)
    return len(db.scalars(wanted.values(state=QUEUED).returning(MailMessage.id)).all())


def counts_of_batch(db: Session, batch_id: str) -> dict[str, int]:
    """Return how many letters of a batch are in each state."""
    wanted = select(MailMessage.state, func.count()).where(MailMessage.batch_id == batch_id)
    return {str(state): int(count) for state, count in db.execute(wanted.group_by(MailMessage.state))}


def batches(db: Session, *, limit: int) -> list[MailBatch]:
    """Return batches, newest first."""
    return list(db.scalars(select(MailBatch).order_by(MailBatch.made_at.desc(), MailBatch.id).limit(limit)))


def of_person(db: Session, person_id: str) -> list[MailMessage]:
    """Return the letters to a person, oldest first."""
    wanted = select(MailMessage).where(MailMessage.person_id == person_id)
    return list(db.scalars(wanted.order_by(MailMessage.created_at, MailMessage.id)))


def delete_of_person(db: Session, person_id: str) -> int:
    """Delete the letters to a person; return how many."""
    gone = delete(MailMessage).where(MailMessage.person_id == person_id).returning(MailMessage.id)
    return len(db.scalars(gone).all())
