"""What tickets keep: age band, language and comfort settings by hash."""

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject
from server.tickets import store
from server.tickets.models import Ticket


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = [ticket for key in subject.tickets if (ticket := db.get(Ticket, key)) is not None]
    return {"tickets": [_told(ticket) for ticket in found]} if found else {}


def _told(ticket: Ticket) -> dict[str, Any]:
    return {
        "created_at": ticket.created_at.isoformat(),
        "expires_at": ticket.expires_at.isoformat() if ticket.expires_at else None,
        "revoked_at": ticket.revoked_at.isoformat() if ticket.revoked_at else None,
        "session": ticket.session_id,
        "age_band": ticket.age_band,
        "language": ticket.language,
        "comfort": ticket.comfort,
    }


def _erase(db: Session, subject: Subject) -> int:
    return sum(store.erase(db, ticket) for ticket in subject.tickets)


def _knows(db: Session, kind: str) -> list[str]:
    return store.hashes(db) if kind == "ticket" else []


PRIVACY = Privacy(
    feature="tickets",
    keeps=(
        Kept(
            "ticket",
            personal=True,
            days=365,
            why="ties a run to its holder until the results were read at home",
            since="created_at",
        ),
        Kept("pin_try", personal=False, days=2, why="to slow down who guesses at PINs", since="last_at"),
    ),
    discloses=_disclose,
    erases=_erase,
    knows=_knows,
)
