"""Rules of jobs: when one is tried again, when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from server.columns import now
from server.jobs import store
from server.jobs.models import FAILED, Job

MAX_ATTEMPTS: Final = 5
LEASE: Final = timedelta(minutes=5)
FIRST_WAIT: Final = timedelta(seconds=2)
ERROR_LENGTH: Final = 500
ENQUEUED: Final = "sonae_enqueued"
KEEP_DONE: Final = timedelta(days=30)


def enqueue(db: Session, kind: str, payload: dict[str, Any], *, after: datetime | None = None) -> str:
    """Put a job into the queue in the caller's transaction; return its id. It runs once that is committed."""
    job = Job(kind=kind, payload=payload, run_after=after or now())
    db.add(job)
    db.flush()
    db.info[ENQUEUED] = True
    return job.id


def wait_before(attempt: int) -> timedelta:
    """Return the pause after the n-th failed attempt (from 1): 2, 8, 32, 128 s."""
    factor: int = 4 ** (attempt - 1)
    return FIRST_WAIT * factor


def fail(db: Session, job: Job, error: Exception, *, at: datetime) -> bool:
    """Note a failure; return whether the job will be tried again."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    if job.attempts >= MAX_ATTEMPTS:
        store.give_up(db, job.id, at=at, error=text)
        return False
    store.put_back(db, job.id, run_after=at + wait_before(job.attempts), error=text)
    return True


def failed(db: Session, *, limit: int = 100) -> list[Job]:
    """Return jobs that were given up, newest first."""
    return store.with_state(db, FAILED, limit=limit)


def retry(db: Session, job_id: str) -> bool:
    """Queue a failed job again from its first attempt; return whether there was one."""
    job = db.get(Job, job_id)
    if job is None or job.state != FAILED:
        return False
    job.attempts = 0
    job.finished_at = None
    store.put_back(db, job.id, run_after=now(), error=job.error)
    return True


def counts(db: Session) -> dict[str, int]:
    """Return how many jobs are in each state."""
    return store.count_by_state(db)
