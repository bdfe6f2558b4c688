"""Column types and small values that mean the same on both engines."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator

JST: Final = timezone(timedelta(hours=9), "JST")
"""Japan's time, which knows no summer."""


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date in Japan."""
    return now().astimezone(JST).date()


def new_id() -> str:
    """Return a fresh id of 64 random bits, 16 hexadecimal digits: harmless in an address, not to be guessed."""
    return secrets.token_hex(8)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a datetime without time zone, gives one with it, also where the engine has none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as the engine keeps it. Raise ValueError when it has no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"the moment {value!r} has no time zone; give one in UTC"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the moment with its zone, UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
