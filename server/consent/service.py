"""Rules of consent: by purpose, in a version, to be taken back at any time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from server.audit.service import record
from server.columns import now
from server.consent import store
from server.consent.models import Consent

Kind = Literal["ticket", "run"]
RECORDING: Final = "recording"
GAZE: Final = "gaze"
RESEARCH: Final = "research"
PURPOSES: Final = (RECORDING, GAZE, RESEARCH)


class ConsentError(ValueError):
    """A consent for an unknown purpose or without version, or one that is needed and missing."""


def give(db: Session, *, kind: Kind, subject: str, purpose: str, version: str, source: str) -> Consent:
    """Note that a subject agreed. The same consent given twice is kept once.

    Raises:
        ConsentError: the purpose is unknown, or version or subject is empty.
    """
    if purpose not in PURPOSES:
        msg = f"purpose {purpose!r} is unknown; known are {', '.join(PURPOSES)}"
        raise ConsentError(msg)
    if not version or not subject:
        msg = f"a consent needs a subject and the version of the text agreed to; version is {version!r}"
        raise ConsentError(msg)
    known = store.live(db, kind=kind, subject=subject, purpose=purpose)
    if known is not None and known.version == version:
        return known
    consent = Consent(
        subject_kind=kind, subject=subject, purpose=purpose, version=version, source=source, given_at=now()
    )
    db.add(consent)
    db.flush()
    record(db, source, "consent.give", f"consent:{consent.id}", {"purpose": purpose, "version": version})
    return consent


def withdraw(db: Session, *, kind: Kind, subject: str, purpose: str, source: str) -> int:
    """Take a subject's consents for a purpose back; return how many were live."""
    count = store.withdraw(db, kind=kind, subject=subject, purpose=purpose, at=now())
    if count:
        record(db, source, "consent.withdraw", f"consent:{purpose}", {"count": count})
    return count


def live(db: Session, *, kind: Kind, subject: str, purpose: str) -> Consent | None:
    """Return the consent that holds now, or None."""
    return store.live(db, kind=kind, subject=subject, purpose=purpose)


def forget(db: Session, *, kind: Kind, subject: str) -> int:
    """Delete a subject's consents: what they were given for is gone. Return how many there were."""
    return store.erase(db, kind=kind, subject=subject)


def withdrawn_since(db: Session, *, kind: Kind, subject: str, purpose: str, since: datetime) -> bool:
    """Tell whether a subject took a consent for a purpose back after a moment."""
    return any(
        c.withdrawn_at is not None and c.withdrawn_at >= since and c.purpose == purpose
        for c in store.of_subjects(db, kind, [subject])
    )


def require(db: Session, *, kind: Kind, subject: str, purpose: str) -> Consent:
    """Return the consent that holds now. Raise ConsentError when there is none: then nothing may be stored."""
    consent = live(db, kind=kind, subject=subject, purpose=purpose)
    if consent is None:
        msg = f"no live consent for {purpose!r} of this {kind}: nothing may be kept"
        raise ConsentError(msg)
    return consent


def live_by_ticket(db: Session, tickets: Collection[str]) -> dict[str, dict[str, str]]:
    """Return purpose and version of every live consent of some tickets (hashes), by ticket."""
    found: dict[str, dict[str, str]] = {}
    for consent in store.of_subjects(db, "ticket", tickets):
        if consent.withdrawn_at is None:
            found.setdefault(consent.subject, {})[consent.purpose] = consent.version
    return found
