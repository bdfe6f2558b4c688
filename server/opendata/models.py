"""Tables of what was published and of one-time tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, new_id, now
from server.db import Base


class PublishedTable(Base):
    """A table of numbers as it was published. The next one of its series is checked against it."""

    __tablename__ = "published_table"
    __table_args__ = (Index("ix_published_table_series", "series", "at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    series: Mapped[str] = mapped_column(String(80))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`server.opendata.cells.Release.as_dict`: also the true counts, which stay in the office."""


class AnswerToken(Base):
    """A one-time token that thanks for an answer. It says neither whose nor which: only a hash and a day.

    Tokens are written many at a time before anybody answers, and stand in the order of their hashes: neither time nor
    place in the table leads to an answer.
    """

    __tablename__ = "answer_token"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    expires_on: Mapped[dt.date] = mapped_column(Date)
    redeemed_on: Mapped[dt.date | None] = mapped_column(Date)
