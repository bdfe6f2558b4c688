"""Work that runs beside the requests: a table, an atomic claim, retries."""

from server.jobs.registry import job
from server.jobs.service import enqueue

__all__ = ["enqueue", "job"]
