"""What drills keep: runs, tied to a person only by the hash of a ticket."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.consent.service import RECORDING
from server.drills import service, store
from server.drills.service import KEPT_FOR
from server.privacy import Held, Kept, Privacy, Subject
from server.requests import tombstones


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    runs = [run for ticket in subject.tickets for run in store.runs_of_ticket(db, ticket)]
    if not runs:
        return {}
    return {
        "runs": [
            {"run_id": r.run_id, "run_code": r.code, "state": r.state, "received_at": r.received_at.isoformat()}
            | {"header": r.header}
            for r in runs
        ]
    }


def _erase(db: Session, subject: Subject) -> int:
    runs = [run for ticket in subject.tickets for run in store.runs_of_ticket(db, ticket)]
    return store.delete_runs(db, [run.run_id for run in runs])


def _ends(db: Session, kind: str, subject: str, purpose: str) -> int:
    """Delete the runs that a consent to recording was for, now that it is taken back."""
    if purpose != RECORDING or kind not in ("ticket", "run"):
        return 0
    if kind == "run":
        return store.delete_runs(db, [subject])
    runs = [run.run_id for run in store.runs_of_ticket(db, subject)]
    tombstones.note(db, "run", runs)
    return store.delete_runs(db, runs)


def _purge(db: Session, before: datetime, held: Held) -> int:
    return service.expire_runs(db, before=before, held=held)


def _knows(db: Session, kind: str) -> Iterable[str]:
    if kind == "run":
        return store.run_ids(db)
    return store.ticket_hashes(db) if kind == "ticket" else ()


PRIVACY = Privacy(
    feature="drills",
    keeps=(
        Kept("drill_day", personal=False, days=None, why="the record of the city's drills"),
        Kept("drill_session", personal=False, days=None, why="the record of the city's drills"),
        Kept("station", personal=False, days=None, why="the record of the city's drills"),
        Kept("scenario_version", personal=False, days=None, why="a run is read in the version it was played in"),
        Kept(
            "run",
            personal=True,
            days=KEPT_FOR.days,
            why="to compare drills over three years, as its consent says; scripts and published measurements stay",
            purges=_purge,
        ),
    ),
    discloses=_disclose,
    erases=_erase,
    ends=_ends,
    knows=_knows,
)
