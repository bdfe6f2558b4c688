"""Rules of tickets: shown once when issued, kept as hashes, revocable."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from drill.ticket import new_ticket, read_ticket, ticket_hash
from server.audit.service import record
from server.columns import now
from server.tickets import store
from server.tickets.models import Ticket


def issue(
    db: Session,
    *,
    count: int = 1,
    session_id: str | None = None,
    expires_at: datetime | None = None,
    age_band: str = "",
    language: str = "ja",
    comfort: dict[str, Any] | None = None,
    actor: str = "system",
) -> list[str]:
    """Make tickets and return their codes: the only time that anybody sees them, for only hashes are kept."""
    codes: list[str] = []
    while len(codes) < count:
        code = new_ticket()
        key = ticket_hash(code)
        if db.get(Ticket, key) is not None:
            continue
        db.add(
            Ticket(
                hash=key,
                session_id=session_id,
                expires_at=expires_at,
                age_band=age_band,
                language=language,
                comfort=comfort or {},
            )
        )
        codes.append(code)
    db.flush()
    record(db, actor, "ticket.issue", f"session:{session_id or ''}", {"count": count})
    return codes


def lookup(db: Session, code: str) -> Ticket | None:
    """Return the good ticket with this code as a person typed it, or None (unknown, expired or revoked).

    Raises:
        TicketError: the text cannot be a ticket.
    """
    return by_hash(db, ticket_hash(read_ticket(code)))


def by_hash(db: Session, key: str) -> Ticket | None:
    """Return the good ticket with this hash, or None."""
    ticket = db.get(Ticket, key)
    if ticket is None or ticket.revoked_at is not None:
        return None
    if ticket.expires_at is not None and ticket.expires_at <= now():
        return None
    return ticket


def revoke(db: Session, key: str, *, actor: str = "system") -> bool:
    """Revoke the ticket with this hash; return whether it was good before."""
    done = store.revoke(db, key, at=now())
    if done:
        record(db, actor, "ticket.revoke", f"ticket:{key[:12]}")
    return done


def of_sessions(db: Session, session_ids: Collection[str]) -> list[Ticket]:
    """Return the good tickets of some drill sessions."""
    return store.of_sessions(db, session_ids, at=now())
