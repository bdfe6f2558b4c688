"""Queries of the job table."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from server.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job


def claim(db: Session, *, at: datetime, lease: timedelta) -> Job | None:
    """Take the oldest job that is due, or None. Two runners never take the same one, on either engine.

    A job whose lease ran out counts as due: its runner died.
    """
    due = or_(
        and_(Job.state == QUEUED, Job.run_after <= at),
        and_(Job.state == RUNNING, Job.lease_until < at),
    )
    oldest = select(Job.id).where(due).order_by(Job.run_after, Job.id).limit(1).with_for_update(skip_locked=True)
    taken = (
        update(Job)
        .where(Job.id == oldest.scalar_subquery())
        .values(state=RUNNING, attempts=Job.attempts + 1, lease_until=at + lease)
        .returning(Job)
    )
    return db.scalars(taken, execution_options={"synchronize_session": False}).one_or_none()


def extend(db: Session, job_id: str, *, until: datetime) -> None:
    """Tell that the runner of a job is alive."""
    db.execute(update(Job).where(Job.id == job_id, Job.state == RUNNING).values(lease_until=until))


def finish(db: Session, job_id: str, *, at: datetime) -> None:
    """Mark a job as done."""
    db.execute(update(Job).where(Job.id == job_id).values(state=DONE, finished_at=at, lease_until=None, error=""))


def put_back(db: Session, job_id: str, *, run_after: datetime, error: str) -> None:
    """Queue a job again after a failure."""
    values = {"state": QUEUED, "run_after": run_after, "lease_until": None, "error": error}
    db.execute(update(Job).where(Job.id == job_id).values(**values))


def give_up(db: Session, job_id: str, *, at: datetime, error: str) -> None:
    """Mark a job as failed for good."""
    values = {"state": FAILED, "finished_at": at, "lease_until": None, "error": error}
    db.execute(update(Job).where(Job.id == job_id).values(**values))


def requeue_running(db: Session) -> int:
    """Queue every running job again: right only where no other runner lives (the embedded database)."""
    count = db.scalar(select(func.count()).select_from(Job).where(Job.state == RUNNING)) or 0
    db.execute(update(Job).where(Job.state == RUNNING).values(state=QUEUED, lease_until=None))
    return count


def with_state(db: Session, state: str, *, limit: int) -> list[Job]:
    """Return jobs in a state, newest first."""
    return list(db.scalars(select(Job).where(Job.state == state).order_by(Job.created_at.desc()).limit(limit)))


def count_by_state(db: Session) -> dict[str, int]:
    """Return how many jobs are in each state."""
    rows = db.execute(select(Job.state, func.count()).group_by(Job.state))
    return {row[0]: row[1] for row in rows}


def purge_done(db: Session, *, before: datetime) -> int:
    """Delete jobs that were done before a moment; return how many."""
    return len(db.scalars(delete(Job).where(Job.state == DONE, Job.finished_at < before).returning(Job.id)).all())
