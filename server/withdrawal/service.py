"""Rules of taking back: the two codes prove that somebody played a run; nothing else is known of them.

A wrong code, a run that is not there (not yet, or no more) and one that has a ticket all look the same from outside.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from drill.ticket import TicketError, read_run_code
from drill.withdrawal import is_withdrawal, read_withdrawal_code
from server.consent import service as consent
from server.drills import service as drills
from server.drills.models import Run


def run_of_codes(db: Session, *, run: str, own: str) -> Run | None:
    """Return the run that two codes, as a person typed them, belong to; None when they belong to none."""
    try:
        code, proof = read_run_code(run), read_withdrawal_code(own)
    except TicketError:
        return None
    found = [one for one in drills.runs_of_code(db, code) if _proves(one, proof)]
    return found[0] if found else None


def take_back(db: Session, run: Run) -> None:
    """Take the consent of a run back and delete all that stood on it; no station brings it back."""
    subject, source = run.run_id, f"run:{run.run_id}"
    for purpose in (consent.GAZE, consent.RESEARCH):
        if consent.live(db, kind="run", subject=subject, purpose=purpose) is not None:
            consent.withdraw(db, kind="run", subject=subject, purpose=purpose, source=source)
    consent.withdraw(db, kind="run", subject=subject, purpose=consent.RECORDING, source=source)


def _proves(run: Run, proof: str) -> bool:
    known = str(run.header.get("withdrawal", ""))
    return is_withdrawal(run.run_id, proof, known) and run.ticket_hash is None
