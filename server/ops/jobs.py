"""What the house does for itself: a backup when one is due, and the list of what was erased kept apart all the time."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from server.columns import now
from server.db import Database
from server.jobs import service as jobs
from server.jobs.registry import job
from server.jobs.repeating import repeated
from server.ops.backup import copy_list_of_erased, is_due, make_backup
from server.ops.private_file import KeyFileError
from server.ops.recovery import RecoveryKeyError

BACKUP: Final = "ops.backup"
LOOK_EVERY_S: Final = 600.0
ASK_AGAIN: Final = timedelta(hours=6)
log = logging.getLogger("sonae.ops")


@job(BACKUP)
def back_up(database: Database, _payload: dict[str, Any]) -> None:
    """Make a backup, unless another server has just made it."""
    if is_due(database.settings):
        make_backup(database)


def look(database: Database, *, asked_at: datetime | None = None) -> bool:
    """Keep the list of what was erased apart, and ask for a backup when one is due; return whether one was asked for.

    One that was asked for a short while ago may be under way, or stand among the failed jobs.

    Raises:
        OSError: the folder of copies is not there or full.
    """
    settings = database.settings
    if settings.backup_copy_dir is not None and settings.backup_copy_dir.is_dir():
        copy_list_of_erased(settings, settings.backup_copy_dir)
    if not is_due(settings) or (asked_at is not None and now() - asked_at < ASK_AGAIN):
        return False
    with database.session() as db:
        jobs.enqueue(db, BACKUP, {})
    return True


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Look at the start and then every ten minutes, until the block ends."""
    database: Database = app.state.database
    asked_at: datetime | None = None

    def often() -> None:
        nonlocal asked_at
        if look(database, asked_at=asked_at):
            asked_at = now()

    async with repeated(
        often,
        every_s=LOOK_EVERY_S,
        faults=(OSError, SQLAlchemyError, KeyFileError, RecoveryKeyError),
        log=log,
        failed="looking after backups failed",
    ):
        yield
