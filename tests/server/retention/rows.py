"""One row for any table, made from its columns alone: a table of tomorrow is tested without a word about it."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Date, Integer, LargeBinary, String, Table
from sqlalchemy.orm import Session

from server.columns import UtcDateTime
from server.db import Base

PARTICULAR: dict[str, dict[str, Any]] = {
    "mandate": {"holder_staff_id": None},
    "staff_code": {"staff_id": None},
    "legal_hold": {"kind": "table", "subject": "nothing"},
}
"""What the checks of a table ask for beyond one of a list."""
_IN = re.compile(r"^(\w+) IN \('([^']+)'")


def make_row(db: Session, table: Table, at: dt.datetime, /, **given: Any) -> dict[str, Any]:
    """Insert a row whose moments are all `at`, with the rows that it refers to; return it."""
    given = PARTICULAR.get(table.name, {}) | given
    row = {column.name: _value(db, table, column, at) for column in table.c if column.name not in given} | given
    if "from_at" in row:  # what ends does so after it began
        row["from_at"] = at - dt.timedelta(seconds=1)
    db.execute(table.insert().values(row))
    return row


def key_of(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _value(db: Session, table: Table, column: Column[Any], at: dt.datetime) -> Any:
    for foreign in column.foreign_keys:
        parent = foreign.column.table
        return make_row(db, parent, dt.datetime.now(dt.UTC))[foreign.column.name]
    if isinstance(column.type, UtcDateTime):
        return at
    if isinstance(column.type, Date):
        return at.date()
    allowed = _allowed(table, column.name)
    if allowed:
        return allowed
    if isinstance(column.type, LargeBinary):
        return secrets.token_bytes(8)
    if isinstance(column.type, String):
        return secrets.token_hex(32)[: column.type.length or 20]
    if isinstance(column.type, JSON):
        return {}
    return secrets.randbelow(10**6) + 1 if isinstance(column.type, Integer) else True


def _allowed(table: Table, name: str) -> str:
    for constraint in table.constraints:
        found = _IN.match(str(constraint.sqltext)) if isinstance(constraint, CheckConstraint) else None
        if found and found[1] == name:
            return found[2]
    return ""


def table_of(name: str) -> Table:
    return Base.metadata.tables[name]
