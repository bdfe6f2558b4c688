"""Carries out what waited for its hour, and lets lapse what nobody decided."""

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


@job(service.EXPIRE)
def expire(database: Database, _payload: dict[str, Any]) -> None:
    """Let proposals lapse that nobody decided in time."""
    with database.session() as db:
        service.expire(db)
