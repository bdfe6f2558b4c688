"""The jobs that carry letters out."""

from __future__ import annotations

from typing import Any

from server.db import Database
from server.jobs.registry import job
from server.mail import batches, outage, service
from server.mail.sending import MailLineError


@job(service.JOB)
def send(database: Database, payload: dict[str, Any]) -> None:
    """Send one letter, or put it off while the mail server is away."""
    message: str = payload["message"]
    try:
        service.send_one(database, message)
    except MailLineError as error:
        outage.put_off(database, service.JOB, payload, [message], error)


@job(batches.JOB)
def send_batch(database: Database, payload: dict[str, Any]) -> None:
    """Send a batch whose delay is over, or put the rest of it off while the mail server is away."""
    batch: str = payload["batch"]
    try:
        batches.send(database, batch)
    except MailLineError as error:
        outage.put_off(database, batches.JOB, payload, batches.unsent(database, batch), error)
