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
    invite_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when an administrator may hand out a code that lets them begin anew: two people agreed to it."""
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


class SecondStep(Base):
    """A password was proved and the second factor is still to be shown; the browser holds the key, for minutes."""

    __tablename__ = "second_step"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong second factors so far."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffCode(Base):
    """A code that serves once. Only its hash is kept; the row is deleted when it is used."""

    __tablename__ = "staff_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('setup', 'invite', 'link')", name="purpose"),
        CheckConstraint("(purpose = 'setup') = (staff_id IS NULL)", name="whose"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(10))
    """setup: make the first administrator; invite: set a password, factors anew; link: sign in."""
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A passkey of a staff member or of a person: the public half of a key that never leaves their device."""

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("owner_kind IN ('staff', 'person')", name="owner_kind"),
        Index("ix_passkey_owner", "owner_kind", "owner_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    owner_kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str] = mapped_column(String(16))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE form."""
    sign_count: Mapped[int] = mapped_column(default=0)
    """Always 0 for a passkey that its maker keeps in step between devices."""
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    name: Mapped[str] = mapped_column(String(60), default="")
    """What the owner calls the device."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallenge(Base):
    """A question that a passkey is to answer once, soon, in the browser that asked. Deleted when answered."""

    __tablename__ = "passkey_challenge"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    challenge: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[str] = mapped_column(String(10))
    binding: Mapped[str] = mapped_column(String(64))
    """The sign-in that asked, or the hash of the key of a browser that has none yet."""
    owner_kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str] = mapped_column(String(16), default="")
    """Empty: whoever's key answers."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
