"""Queries of devices, pairing codes and socket passes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.devices.models import Device, PairingCode, SocketPass


def count_attempt(db: Session, selector: str, *, at: datetime, limit: int) -> PairingCode | None:
    """Count an attempt on a code that may still be tried and return it, or None. Atomic."""
    tried = (
        update(PairingCode)
        .where(PairingCode.selector == selector, PairingCode.used_at.is_(None), PairingCode.expires_at > at)
        .where(PairingCode.attempts < limit)
        .values(attempts=PairingCode.attempts + 1)
        .returning(PairingCode)
    )
    return db.scalars(tried, execution_options={"populate_existing": True}).one_or_none()


def use_code(db: Session, selector: str, *, at: datetime) -> bool:
    """Use a code up; return False when another was faster."""
    wanted = update(PairingCode).where(PairingCode.selector == selector, PairingCode.used_at.is_(None))
    return db.scalars(wanted.values(used_at=at).returning(PairingCode.selector)).one_or_none() is not None


def purge_codes(db: Session, *, at: datetime) -> None:
    """Delete codes that are used or expired, so that their selectors are free again."""
    db.execute(delete(PairingCode).where((PairingCode.used_at.is_not(None)) | (PairingCode.expires_at <= at)))


def use_pass(db: Session, key: str, purpose: str, *, at: datetime) -> str | None:
    """Use a pass up and return its device, or None when it is unknown, used, expired or for another purpose."""
    used = (
        update(SocketPass)
        .where(SocketPass.hash == key, SocketPass.purpose == purpose)
        .where(SocketPass.used_at.is_(None), SocketPass.expires_at > at)
        .values(used_at=at)
        .returning(SocketPass.device_id)
    )
    return db.scalars(used).one_or_none()


def purge_passes(db: Session, *, at: datetime) -> None:
    """Delete passes that expired."""
    db.execute(delete(SocketPass).where(SocketPass.expires_at <= at))


def revoke(db: Session, device_id: str, *, at: datetime) -> bool:
    """Revoke a device and its passes; return whether it was active."""
    db.execute(delete(SocketPass).where(SocketPass.device_id == device_id))
    wanted = update(Device).where(Device.id == device_id, Device.revoked_at.is_(None))
    return db.scalars(wanted.values(revoked_at=at).returning(Device.id)).one_or_none() is not None


def devices(db: Session) -> list[Device]:
    """Return all devices, newest first."""
    return list(db.scalars(select(Device).order_by(Device.paired_at.desc(), Device.id)))


def seen(db: Session, device_ids: Collection[str], *, at: datetime) -> None:
    """Note when devices were last seen."""
    db.execute(update(Device).where(Device.id.in_(device_ids)).values(seen_at=at))
