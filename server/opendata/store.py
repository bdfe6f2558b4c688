"""Queries of published tables and answer tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.opendata.models import AnswerToken, PublishedTable


def published(db: Session, series: str) -> list[PublishedTable]:
    """Return the tables of a series that were published, oldest first."""
    wanted = select(PublishedTable).where(PublishedTable.series == series)
    return list(db.scalars(wanted.order_by(PublishedTable.at, PublishedTable.id)))


def add_tokens(db: Session, hashes: Iterable[str], *, purpose: str, expires_on: dt.date) -> None:
    """Keep tokens, in the order of their hashes."""
    db.add_all(AnswerToken(hash=key, purpose=purpose, expires_on=expires_on) for key in sorted(hashes))
    db.flush()


def token(db: Session, key: str) -> AnswerToken | None:
    """Return a token by its hash."""
    return db.get(AnswerToken, key, populate_existing=True)


def redeem(db: Session, key: str, *, on: dt.date) -> str | None:
    """Mark a token as used if it is good on a day; return its purpose, or None."""
    good = (
        update(AnswerToken)
        .where(AnswerToken.hash == key, AnswerToken.redeemed_on.is_(None), AnswerToken.expires_on >= on)
        .values(redeemed_on=on)
    )
    return db.scalars(good.returning(AnswerToken.purpose)).one_or_none()
