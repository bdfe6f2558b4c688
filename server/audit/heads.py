"""The head of the audit record, kept where who could change the record cannot reach: one line a day in a file.

A chain of hashes shows a change in the middle; that its end was cut off shows only against a head kept elsewhere.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.audit import service
from server.columns import now
from server.db import Database
from server.jobs.repeating import repeated

FILE: Final = "sonae-audit-heads.txt"
LOOK_EVERY_S: Final = 3600.0
HASH_DIGITS: Final = 64
log = logging.getLogger("sonae.audit")


class HeadsError(ValueError):
    """A file of heads holds a line that is none."""


def line_of(db: Session) -> str:
    """Return the head as it is kept: the moment, the number of the newest entry, its hash."""
    return f"{now().isoformat(timespec='seconds')} {service.count(db)} {service.head(db)}"


def read(path: Path) -> dict[int, str]:
    """Return hash by entry number from a file of heads. Raise HeadsError at a line that is none."""
    found: dict[int, str] = {}
    for number, line in enumerate(path.read_text("ascii").splitlines(), start=1):
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdecimal() or len(parts[2]) != HASH_DIGITS:
            msg = f"{path}, line {number}: {line[:90]!r} is no head; a head is a moment, a number and 64 digits"
            raise HeadsError(msg)
        found[int(parts[1])] = parts[2]
    return found


def keep(database: Database) -> bool:
    """Append today's head to the file, once a day (UTC); return whether it was appended.

    Raises:
        OSError: the folder is not there or full.
    """
    folder = database.settings.audit_head_dir
    if folder is None:
        return False
    path = folder / FILE
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    if lines and lines[-1][:10] == now().date().isoformat():
        return False
    with database.reading() as db:
        line = line_of(db)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())
    return True


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Keep a head at the start and then daily, until the block ends."""
    async with repeated(
        partial(keep, app.state.database),
        every_s=LOOK_EVERY_S,
        faults=(OSError, SQLAlchemyError),
        log=log,
        failed="the audit record's head was not kept elsewhere",
    ):
        yield
