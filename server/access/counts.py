"""Counts of tries in the database, so that several processes count together.

Each count is a transaction of its own: it stands although the request that is counted fails. That needs an engine that
locks rows; the embedded one has a single lock for writers, which the request may hold already.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from limits.storage import Storage
from sqlalchemy import case, delete, func, select
from sqlalchemy.exc import OperationalError

from server.access.models import TryCount
from server.columns import now
from server.db import Database, insert_into

PURGE_EVERY: Final = 500
"""Windows that are over are deleted about every so many tries."""


class DatabaseStorage(Storage):
    """Fixed windows that begin with the first try, as the storages of `limits` keep them."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._until_purge = PURGE_EVERY

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the engine raises."""
        return OperationalError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count tries in the window of `key`, `expiry` seconds long, and return how many there are in it."""
        at = now()
        fresh = at + timedelta(seconds=expiry)
        over = TryCount.ends_at <= at
        with self._database.session() as db:
            added = insert_into(db, TryCount).values(key=key, count=amount, ends_at=fresh)
            counted = added.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "count": case((over, amount), else_=TryCount.count + amount),
                    "ends_at": case((over, fresh), else_=TryCount.ends_at),
                },
            ).returning(TryCount.count)
            count = db.execute(counted).scalar_one()
            self._until_purge -= 1
            if self._until_purge <= 0:
                self._until_purge = PURGE_EVERY
                db.execute(delete(TryCount).where(TryCount.ends_at <= at, TryCount.key != key))
        return count

    def get(self, key: str) -> int:
        """Return how many tries there are in the window of `key`."""
        row = self._row(key)
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, in seconds of the epoch; now where there is none."""
        row = self._row(key)
        return (row[1] if row else now()).timestamp()

    def check(self) -> bool:
        """Tell whether the database answers."""
        with self._database.reading() as db:
            return db.execute(select(func.count()).select_from(TryCount)).scalar_one() >= 0

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        with self._database.session() as db:
            return len(db.execute(delete(TryCount).returning(TryCount.key)).all())

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._database.session() as db:
            db.execute(delete(TryCount).where(TryCount.key == key))

    def _row(self, key: str) -> tuple[int, datetime] | None:
        with self._database.reading() as db:
            wanted = select(TryCount.count, TryCount.ends_at).where(TryCount.key == key, TryCount.ends_at > now())
            found = db.execute(wanted).one_or_none()
        return None if found is None else (found[0], found[1])
