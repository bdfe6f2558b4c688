"""Carries out what waited for its hour."""

from __future__ import annotations

from typing import Any

from server.approvals import service
from server.db import Database
from server.jobs.registry import job


@job(service.EXECUTE)
def execute(database: Database, payload: dict[str, Any]) -> None:
    """Carry out an act whose delay is over."""
    with database.session() as db:
        service.carry_out_due(db, str(payload["approval"]))
