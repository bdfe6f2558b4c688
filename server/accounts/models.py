"""Staff and the sign-ins that are open, of staff and residents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base


class Staff(Base):
    """A staff member. Without second factor nothing is open to them but its set-up."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    department: Mapped[str] = mapped_column(String(80), default="")
    """Empty means the whole city."""
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    """Argon2id in PHC form; empty for staff who sign in otherwise."""
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed with the server's own key."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The last time step whose code was used: each serves once."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A sign-in that somebody opened. The cookie holds its key, of which only the hash is kept."""

    __tablename__ = "sign_in"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'resident')", name="kind"),
        Index("ix_sign_in_staff", "staff_id"),
        Index("ix_sign_in_person", "person_id"),
        Index("ix_sign_in_ticket", "ticket_hash"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[str | None] = mapped_column(String(16))
    ticket_hash: Mapped[str | None] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(20))
    """How it was proved: password, totp, passkey, oidc, mail, ticket, code."""
    limited: Mapped[bool] = mapped_column(default=False)
    """Staff who proved a password but no second factor."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    proved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    """To the minute: it is what the idle limit counts from."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
