"""The jobs that carry letters out."""

from __future__ import annotations

from typing import Any

from server.db import Database
from server.jobs.registry import job
from server.mail import batches, service


@job(service.JOB)
def send(database: Database, payload: dict[str, Any]) -> None:
    """Send one letter."""
    service.send_one(database, payload["message"])


@job(batches.JOB)
def send_batch(database: Database, payload: dict[str, Any]) -> None:
    """Send a batch whose delay is over."""
    batches.send(database, payload["batch"])
