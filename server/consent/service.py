"""Rules of consent: by purpose, in a version, to be taken back at any time, and nothing kept without it.

Taking a consent back deletes what was kept on its strength alone (each feature says what: `privacy.Privacy.ends`) and
leaves a tombstone, so that a restored backup knows of it too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from server import privacy
from server.audit.service import record
from server.columns import now
from server.consent import store
from server.consent.models import Consent, PersonConsent
from server.requests import tombstones

Kind = Literal["ticket", "run", "person"]
GivenBy = Literal["self", "guardian", "proxy"]
RECORDING: Final = "recording"
GAZE: Final = "gaze"
RESEARCH: Final = "research"
HEADSET: Final = "headset"
RESULTS: Final = "results"
OPENDATA: Final = "opendata"
PURPOSES: Final = (RECORDING, GAZE, RESEARCH, HEADSET, RESULTS, OPENDATA)
ABOUT: Final[Mapping[Kind, tuple[str, ...]]] = {
    "ticket": (RECORDING, GAZE, RESEARCH, HEADSET),
    "run": (RECORDING, GAZE, RESEARCH),
    "person": (RESULTS, RESEARCH, OPENDATA),
}
"""Which purposes each kind of subject is asked about: what a drill records belongs to its ticket or run."""
NEVER_GIVEN: Final = "never-given"
"""Version of a consent that was taken back before anybody had noted it: it only says no."""


class ConsentError(ValueError):
    """A consent for an unknown purpose or without version, or one that is needed and missing."""


class GuardianNeededError(ConsentError):
    """Below the configured age a guardian gives consents."""


def give(
    db: Session,
    *,
    kind: Kind,
    subject: str,
    purpose: str,
    version: str,
    source: str,
    language: str = "",
    given_by: GivenBy = "self",
    guardian_needed: bool = False,
) -> Consent | PersonConsent:
    """Note that a subject agreed. The same consent given twice is kept once.

    Args:
        db: a session that may write.
        kind: what the subject is: a ticket, a run without ticket, a person.
        subject: ticket's hash, run id or person id.
        purpose: one of PURPOSES.
        version: of the text that was agreed to.
        source: who or what brought it, such as `device:<id>` or `person:<id>`.
        language: in which the text was shown, if known.
        given_by: who spoke.
        guardian_needed: whether the subject is too young to speak alone (`ages.guardian_needed`).

    Raises:
        GuardianNeededError: a child spoke alone.
        ConsentError: the purpose is unknown or not this kind's, or version or subject is empty.
    """
    if purpose not in PURPOSES:
        msg = f"purpose {purpose!r} is unknown; known are {', '.join(PURPOSES)}"
        raise ConsentError(msg)
    if purpose not in ABOUT[kind]:
        msg = f"purpose {purpose!r} is not asked of a {kind}; of one are {', '.join(ABOUT[kind])}"
        raise ConsentError(msg)
    if not version or not subject:
        msg = f"a consent needs a subject and the version of the text agreed to; version is {version!r}"
        raise ConsentError(msg)
    if given_by == "self" and (guardian_needed or purpose == HEADSET):
        msg = f"for {purpose!r} a guardian speaks here: give it with given_by='guardian'"
        raise GuardianNeededError(msg)
    known = store.live(db, kind=kind, subject=subject, purpose=purpose)
    if known is not None and known.version == version:
        return known
    consent = _new(kind, subject)
    consent.purpose, consent.version, consent.language = purpose, version, language
    consent.given_by, consent.source, consent.given_at = given_by, source, now()
    db.add(consent)
    db.flush()
    detail = {"purpose": purpose, "version": version, "by": given_by}
    record(db, source, "consent.give", f"consent:{consent.id}", detail)
    return consent


def withdraw(db: Session, *, kind: Kind, subject: str, purpose: str, source: str) -> int:
    """Take a subject's consents for a purpose back and delete what stood on them; return how many were live.

    What was never noted here can be taken back too: the station may tell of the "no" before it tells of the run.
    """
    ids = store.withdraw(db, kind=kind, subject=subject, purpose=purpose, at=now())
    tombstones.note(db, "consent", ids)
    if kind == "run" and purpose == RECORDING:
        tombstones.note(db, "run", [subject])
    if not ids and not store.of_subjects(db, kind, [subject], purpose=purpose):
        refusal = _new(kind, subject)
        refusal.purpose, refusal.version, refusal.source = purpose, NEVER_GIVEN, source
        refusal.given_at = refusal.withdrawn_at = now()
        db.add(refusal)
        db.flush()
    gone = privacy.consent_ended(db, kind=kind, subject=subject, purpose=purpose)
    if ids or any(gone.values()):
        detail = {"count": len(ids), "erased": {feature: rows for feature, rows in gone.items() if rows}}
        record(db, source, "consent.withdraw", f"consent:{purpose}", detail)
    return len(ids)


def live(db: Session, *, kind: Kind, subject: str, purpose: str) -> Consent | PersonConsent | None:
    """Return the consent that holds now, or None."""
    return store.live(db, kind=kind, subject=subject, purpose=purpose)


def forget(db: Session, *, kind: Kind, subject: str) -> int:
    """Delete a subject's consents: what they were given for is gone. Return how many there were."""
    return store.erase(db, kind=kind, subject=subject)


def withdrawn_since(db: Session, *, kind: Kind, subject: str, purpose: str, since: datetime) -> bool:
    """Tell whether a subject took a consent for a purpose back after a moment."""
    return any(
        c.withdrawn_at is not None and c.withdrawn_at >= since
        for c in store.of_subjects(db, kind, [subject], purpose=purpose)
    )


def was_withdrawn(db: Session, *, kind: Kind, subject: str, purpose: str) -> bool:
    """Tell whether a subject took its consent back and has not given it again. Holds the rows until the end.

    A station's word of an older consent does not undo that: its bundle may be of this morning.
    """
    found = store.of_subjects(db, kind, [subject], purpose=purpose, lock=True)
    return bool(found) and all(c.withdrawn_at is not None for c in found)


def require(db: Session, *, kind: Kind, subject: str, purpose: str) -> Consent | PersonConsent:
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
            found.setdefault(store.subject_of(consent), {})[consent.purpose] = consent.version
    return found


def history(db: Session, *, kind: Kind, subject: str) -> list[Consent | PersonConsent]:
    """Return all consents of a subject, oldest first, those that were taken back too."""
    return store.of_subjects(db, kind, [subject])


def person_agrees(db: Session, ids: Collection[str], purpose: str) -> Consent | PersonConsent | None:
    """Return the newest live consent of a person, by all ids that ever were theirs; None when there is none.

    Where two people turned out to be one, the last word of either counts: an older yes does not outvote a newer no.
    """
    said = store.of_subjects(db, "person", ids, purpose=purpose)
    newest = max((c for c in said if c.withdrawn_at is None), key=lambda c: c.given_at, default=None)
    no = max((c.withdrawn_at for c in said if c.withdrawn_at is not None), default=None)
    return None if newest is None or (no is not None and no > newest.given_at) else newest


def _new(kind: Kind, subject: str) -> Consent | PersonConsent:
    if kind == "person":
        return PersonConsent(person_id=subject)
    return Consent(subject_kind=kind, subject=subject)
