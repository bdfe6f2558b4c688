"""What becomes of letters while the mail server is away: they wait, longer each time, for two days at most."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final

from server.columns import now
from server.db import Database
from server.jobs import enqueue
from server.mail import store
from server.mail.models import EXPIRED
from server.mail.sending import MailLineError

GIVE_UP: Final = timedelta(days=2)
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=15)
log = logging.getLogger("sonae.mail")


def wait_before(tries: int) -> timedelta:
    """Return the pause after the n-th failed try (from 1): 5, 10, 20 s and so on up to a quarter of an hour."""
    doubled: int = 2 ** min(tries - 1, 16)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def put_off(database: Database, kind: str, payload: dict[str, Any], messages: list[str], error: MailLineError) -> None:
    """Queue a job again for letters that could not leave; empty those that are older than two days."""
    tries = int(payload.get("tries", 0)) + 1
    at = now()
    with database.session() as db:
        old = store.older_than(db, messages, at - GIVE_UP)
        store.settle(db, old, EXPIRED, at=at)
        left = len(messages) - len(old)
        if left:
            enqueue(db, kind, payload | {"tries": tries}, after=at + wait_before(tries))
    log.warning("%d letters wait, %d given up after try %d: %s", left, len(old), tries, error)
