"""What tickets keep: age band, language and comfort settings by hash."""

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject
from server.tickets import store
from server.tickets.models import Ticket


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    ticket = db.get(Ticket, subject.ticket_hash)
    if ticket is None:
        return {}
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
    return store.erase(db, subject.ticket_hash)


PRIVACY = Privacy(
    feature="tickets",
    keeps=(
        Kept("ticket", personal=True, days=365, why="ties a run to its holder until the results were read at home"),
    ),
    discloses=_disclose,
    erases=_erase,
)
