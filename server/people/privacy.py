"""What people keep: who they are, their ways in, their tickets, for whom they act, and who looked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.consent.service import RESULTS
from server.people import service, store
from server.privacy import Held, Kept, Privacy, Subject, erase

_HERE = "as long as they use the service, and three years after they were last here"


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    person = store.person(db, subject.person_id)
    if person is None:
        return {}
    ids = [person.id]
    return {
        "people": [
            {
                "name": person.name,
                "name_kana": person.name_kana,
                "birth_date": person.birth_date.isoformat() if person.birth_date else None,
                "created_at": person.created_at.isoformat(),
                "seen_at": person.seen_at.isoformat(),
                "verified_at": person.verified_at.isoformat() if person.verified_at else None,
            }
        ],
        "identities": [
            {"kind": i.kind, "issuer": i.issuer, "subject": i.subject, "since": i.created_at.isoformat()}
            for i in store.identities(db, ids)
        ],
        "tickets": [{"claimed_at": claim.claimed_at.isoformat()} for claim in store.claims(db, ids)],
        "mandates": [
            {
                "kind": m.kind,
                "role": "holder" if m.holder_person_id in ids else "represented",
                "channel": m.channel,
                "proof": m.proof,
                "from": m.from_at.isoformat(),
                "until": m.until_at.isoformat(),
                "revoked": m.revoked_at.isoformat() if m.revoked_at else None,
            }
            for m in store.mandates_about(db, ids)
        ],
        "possible_doubles": [
            {"found_at": d.found_at.isoformat(), "decision": d.decision} for d in store.doubles(db, ids)
        ],
        "opened_by_staff": [{"at": v.opened_at.isoformat(), "purpose": v.purpose} for v in store.viewings(db, ids)],
    }


def _erase(db: Session, subject: Subject) -> int:
    claims = store.erase_claims_of_tickets(db, subject.tickets)
    return claims + store.erase(db, subject.person_id)


def _purge_people(db: Session, before: datetime, held: Held) -> int:
    """Erase people who were not here since a moment, with everything that any feature keeps of them."""
    gone = [one.id for one in store.unseen_since(db, before) if one.id not in held.get("person", ())]
    return sum(sum(erase(db, service.subject_of(db, one)).values()) for one in gone)


def _ends(db: Session, kind: str, subject: str, purpose: str) -> int:
    """Cut the links to a person's tickets, now that the consent to have them is taken back."""
    if kind != "person" or purpose != RESULTS:
        return 0
    try:
        ids = service.ids_of(db, subject)
    except service.UnknownPersonError:
        ids = [subject]
    return store.erase_claims_of_tickets(db, [claim.ticket_hash for claim in store.claims(db, ids)])


def _knows(db: Session, kind: str) -> list[str]:
    return store.person_ids(db) if kind == "person" else store.claimed_tickets(db) if kind == "ticket" else []


PRIVACY = Privacy(
    feature="people",
    keeps=(
        Kept("person", personal=True, days=1095, why=_HERE, purges=_purge_people),
        Kept("identity", personal=True, days=1095, why=_HERE, follows="person"),
        Kept("ticket_claim", personal=True, days=1095, why="until its person cuts it, or is gone", follows="person"),
        Kept(
            "mandate", personal=True, days=1095, why="who acted for whom, three years after it ended", since="until_at"
        ),
        Kept("acting", personal=True, days=2, why="for whom an open sign-in acts", since="since"),
        Kept(
            "double", personal=True, days=1095, why="so that a decided pair is not asked about again", follows="person"
        ),
        Kept("viewing", personal=True, days=1095, why="so that people see who opened their record", since="opened_at"),
    ),
    discloses=_disclose,
    erases=_erase,
    ends=_ends,
    knows=_knows,
)
