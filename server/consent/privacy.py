"""What consent keeps: who agreed to what and when, known by ticket hash or run id."""

from typing import Any

from sqlalchemy.orm import Session

from server.consent import store
from server.privacy import Kept, Privacy, Subject


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    consents = store.of_subjects(db, "ticket", subject.tickets)
    if not consents:
        return {}
    return {
        "consents": [
            {
                "purpose": c.purpose,
                "version": c.version,
                "given_at": c.given_at.isoformat(),
                "withdrawn_at": c.withdrawn_at.isoformat() if c.withdrawn_at else None,
            }
            for c in consents
        ]
    }


def _erase(db: Session, subject: Subject) -> int:
    return sum(store.erase(db, kind="ticket", subject=ticket) for ticket in subject.tickets)


PRIVACY = Privacy(
    feature="consent",
    keeps=(Kept("consent", personal=True, days=1095, why="proof of the consent for as long as it may be asked for"),),
    discloses=_disclose,
    erases=_erase,
)
