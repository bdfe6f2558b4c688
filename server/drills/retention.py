"""Deletes what was promised to be deleted: people's runs once their period is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from server.columns import now
from server.db import Database
from server.drills import service

EVERY_S: Final = 86_400.0
log = logging.getLogger("sonae.drills")


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Look once at the start and then every day, until the block ends."""
    task = asyncio.create_task(_daily(app.state.database))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _daily(database: Database) -> None:
    while True:
        try:
            await asyncio.to_thread(expire, database)
        except SQLAlchemyError as error:
            log.error("runs whose period is over were not deleted (%s)", type(error).__name__)
        await asyncio.sleep(EVERY_S)


def expire(database: Database) -> int:
    """Delete people's runs whose period is over; return how many. Writes only when there are any."""
    with database.reading() as db:
        if not service.expired_runs(db, at=now()):
            return 0
    with database.session() as db:
        return service.expire_runs(db, at=now())
