"""What the job runner is doing and what it gave up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from server.access.enforcing import allow
from server.db import Db
from server.errors import Refused
from server.jobs import service

router = APIRouter(prefix="/api/jobs")


@router.get("", dependencies=[allow("jobs")])
def jobs(db: Db) -> dict[str, Any]:
    """Return counts by state and the jobs that were given up, newest first."""
    return {
        "counts": service.counts(db),
        "failed": [
            {
                "id": j.id,
                "kind": j.kind,
                "attempts": j.attempts,
                "created_at": j.created_at.isoformat(),
                "error": j.error,
            }
            for j in service.failed(db)
        ],
    }


@router.post("/{job_id}/retry", dependencies=[allow("jobs")])
def retry(db: Db, job_id: str) -> dict[str, bool]:
    """Queue a job that was given up again."""
    if not service.retry(db, job_id):
        ja = "その仕事は見つかりません。"
        raise Refused(ja, "There is no failed job with this id.", status=404)
    return {"queued": True}
