"""Queries of approvals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.approvals.models import DONE, OPEN, PROPOSED, Approval


def locked(db: Session, approval_id: str) -> Approval | None:
    """Return an approval as it stands now; nobody else changes it before this transaction ends."""
    wanted = select(Approval).where(Approval.id == approval_id).with_for_update()
    return db.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def newest(db: Session, *, limit: int) -> list[Approval]:
    """Return approvals, newest first."""
    return list(db.scalars(select(Approval).order_by(Approval.proposed_at.desc(), Approval.id).limit(limit)))


def pending(db: Session) -> list[Approval]:
    """Return what is open, and what one person did alone and nobody reviewed; oldest first."""
    unreviewed = and_(Approval.state == DONE, Approval.alone, Approval.reviewed_at.is_(None))
    wanted = select(Approval).where(or_(Approval.state.in_(OPEN), unreviewed))
    return list(db.scalars(wanted.order_by(Approval.proposed_at, Approval.id)))


def undecided(db: Session, *, at: datetime) -> list[Approval]:
    """Return proposals whose time is over at a moment."""
    wanted = select(Approval).where(Approval.state == PROPOSED, Approval.expires_at <= at).with_for_update()
    return list(db.scalars(wanted.order_by(Approval.proposed_at, Approval.id)))
