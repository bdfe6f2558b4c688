"""The purge as a job, queued once a day."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from server.columns import now
from server.db import Database
from server.jobs import service as jobs
from server.jobs.registry import job
from server.jobs.repeating import repeated
from server.retention import service

PURGE: Final = "retention.purge"
LOOK_EVERY_S: Final = 3600.0
EVERY: Final = dt.timedelta(hours=23)
log = logging.getLogger("sonae.retention")


@job(PURGE)
def purge(database: Database, _payload: dict[str, Any]) -> None:
    """Delete what the periods say."""
    service.purge(database)


def enqueue_if_due(database: Database) -> bool:
    """Queue a purge when the last one is a day ago; return whether it was."""
    with database.reading() as db:
        last = service.reports(db, limit=1)
        if last and now() - last[0].at < EVERY:
            return False
    with database.session() as db:
        jobs.enqueue(db, PURGE, {})
    return True


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Look at the start and every hour whether a purge is due, until the block ends."""
    async with repeated(
        partial(enqueue_if_due, app.state.database),
        every_s=LOOK_EVERY_S,
        faults=(SQLAlchemyError,),
        log=log,
        failed="a purge could not be queued",
    ):
        yield
