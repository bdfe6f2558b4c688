"""What the ingest does at night."""

from typing import Any, Final

from server.db import Database
from server.jobs.registry import job
from server.live import service

SWEEP: Final = "live.sweep"


@job(SWEEP)
def sweep(database: Database, _payload: dict[str, Any]) -> None:
    """Call silent runs gapped."""
    with database.session() as db:
        service.sweep(db)
