"""Devices, the codes that pair them and the passes that open their sockets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base


class Device(Base):
    """A paired station machine. Its key is known by hash; a revoked one opens nothing.

    A station changes its key from time to time (`service.new_key`). Until the new one was used, and an hour longer, the
    one before still opens: the answer that carried the new key may have been lost on the way.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64))
    paired_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last asked for something or had a socket open, to the minute."""
    key_made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its key was changed last; empty for the key that it was paired with."""
    key_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a changed key was first used; empty until then."""
    previous_key_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    key_wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When staff asked that it changes its key; empty once it has."""


class PairingCode(Base):
    """A code shown to staff: `selector` finds it, the hash of its secret half proves it."""

    __tablename__ = "pairing_code"

    selector: Mapped[str] = mapped_column(String(4), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(80))
    station_id: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SocketPass(Base):
    """Opens one socket once, for one purpose."""

    __tablename__ = "socket_pass"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    purpose: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
