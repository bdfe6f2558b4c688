"""The job that computes the metrics of a run once it has arrived."""

from __future__ import annotations

from typing import Any

from server.analysis import service
from server.db import Database
from server.jobs.registry import job


@job("analysis.run")
def analyse_run(database: Database, payload: dict[str, Any]) -> None:
    """Compute and keep the metrics of `payload["run_id"]`; again is the same."""
    service.analyse(database, str(payload["run_id"]))
