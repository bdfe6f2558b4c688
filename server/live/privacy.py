"""What the ingest keeps: the batches of runs, a person's movements. Each belongs to a run and goes with it."""

from typing import Any

from sqlalchemy.orm import Session

from server.consent.service import GAZE
from server.drills import service as drills
from server.live import store
from server.privacy import Kept, Privacy, Subject


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = []
    for run in [run for ticket in subject.tickets for run in drills.runs_of_ticket(db, ticket)]:
        stream = store.stream_of_run(db, run.run_id)
        if stream is not None:
            found.append({"run_id": run.run_id, "batches": stream.w, "rows": stream.rows})
    return {"recorded": found} if found else {}


def _erase(db: Session, subject: Subject) -> int:
    """Erase what is left: a run that is erased takes its stream along by the foreign key."""
    runs = [run for ticket in subject.tickets for run in drills.runs_of_ticket(db, ticket)]
    return store.delete_streams(db, [run.run_id for run in runs])


def _ends(db: Session, kind: str, subject: str, purpose: str) -> int:
    """Take the gaze out of runs, now that the consent to keep it is taken back; the movement stays."""
    if purpose != GAZE or kind not in ("ticket", "run"):
        return 0
    runs = [subject] if kind == "run" else [run.run_id for run in drills.runs_of_ticket(db, subject)]
    return store.blank_gaze(db, runs)


PRIVACY = Privacy(
    feature="live",
    keeps=(
        Kept(
            "run_streams", personal=True, days=1095, why="how much of a run arrived; goes with its run", follows="run"
        ),
        Kept("chunks", personal=True, days=1095, why="the recorded run itself; goes with its run", follows="run"),
        Kept(
            "quarantine",
            personal=True,
            days=1095,
            why="frames that contradict a run, to be looked at; go with it",
            follows="run",
        ),
    ),
    discloses=_disclose,
    erases=_erase,
    ends=_ends,
)
