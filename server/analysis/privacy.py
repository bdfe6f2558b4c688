"""What the analysis keeps: figures about a run, which stand and fall with it, and measured files without names."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.analysis import store
from server.drills import service as drills
from server.privacy import Kept, Privacy, Subject


def _runs(db: Session, subject: Subject) -> list[str]:
    return [run.run_id for ticket in subject.tickets for run in drills.runs_of_ticket(db, ticket)]


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = store.analyses(db, _runs(db, subject))
    return {"analyses": [{"run_id": row.run_id, "metrics": row.metrics} for row in found]} if found else {}


def _erase(db: Session, subject: Subject) -> int:
    return store.delete_analyses(db, _runs(db, subject))


PRIVACY = Privacy(
    feature="analysis",
    keeps=(
        Kept(
            "run_analysis",
            personal=True,
            days=1095,
            why="the run's own debrief and figures over many runs",
            follows="run",
        ),
        Kept("measured_trajectories", personal=False, days=None, why="published measurements without names"),
    ),
    discloses=_disclose,
    erases=_erase,
)
"""Where the runs were erased first, their analyses went with them (ON DELETE CASCADE)."""
