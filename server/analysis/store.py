"""Queries of analyses and measured trajectories."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.analysis.models import MeasuredTrajectories, RunAnalysis


def analysis(db: Session, run_id: str) -> RunAnalysis | None:
    """Return the analysis of a run."""
    return db.get(RunAnalysis, run_id)


def analyses(db: Session, run_ids: Collection[str]) -> list[RunAnalysis]:
    """Return the analyses of several runs that have metrics, by run id."""
    wanted = select(RunAnalysis).where(RunAnalysis.run_id.in_(run_ids)).order_by(RunAnalysis.run_id)
    return [row for row in db.scalars(wanted) if row.metrics is not None]


def measured(db: Session, run_id: str) -> MeasuredTrajectories | None:
    """Return the measured trajectories that a run stands for."""
    return db.get(MeasuredTrajectories, run_id)


def measured_by_hash(db: Session, file_hash: str) -> MeasuredTrajectories | None:
    """Return the measured trajectories of a file that was taken in before."""
    return db.scalars(select(MeasuredTrajectories).where(MeasuredTrajectories.file_hash == file_hash)).one_or_none()


def delete_analyses(db: Session, run_ids: Collection[str]) -> int:
    """Delete the analyses of runs; return how many there were."""
    gone = delete(RunAnalysis).where(RunAnalysis.run_id.in_(run_ids)).returning(RunAnalysis.run_id)
    return len(db.scalars(gone).all())
