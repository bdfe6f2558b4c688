"""How many rows a table holds and a digest of them, alike in any order: what a copy is compared by."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, inspect

_SIZE: Final = 32
_MODULUS: Final = 1 << (8 * _SIZE)
_BLOCK: Final = 2_000


class TableDigest(NamedTuple):
    """Rows of a table, and the sum of their SHA-256 modulo 2^256 as 64 hexadecimal digits."""

    rows: int
    digest: str


def table_names(connection: Connection) -> list[str]:
    """Return the tables that hold what the house knows; not the migrations' own."""
    return sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})


def digests(
    connection: Connection, columns: Mapping[str, Collection[str]] | None = None, *, but: Collection[str] = ()
) -> dict[str, TableDigest]:
    """Return the digest of every table over all its columns, or over those that `columns` names.

    The order of rows does not count: two engines and two collations may give them differently.
    """
    wanted = columns or {
        name: [column["name"] for column in inspect(connection).get_columns(name)]
        for name in table_names(connection)
        if name not in but
    }
    return {name: _digest(connection, name, sorted(chosen)) for name, chosen in wanted.items()}


def columns_of(connection: Connection) -> dict[str, list[str]]:
    """Return the columns of every table: to compare, after a change of the schema, what was there before."""
    return {
        name: sorted(column["name"] for column in inspect(connection).get_columns(name))
        for name in table_names(connection)
    }


def _digest(connection: Connection, table: str, columns: list[str]) -> TableDigest:
    quote = connection.dialect.identifier_preparer.quote
    listed = ", ".join(quote(column) for column in columns)
    statement = f"SELECT {listed} FROM {quote(table)}"  # noqa: S608 - names from the database's own catalogue, quoted
    result = connection.execution_options(stream_results=True, yield_per=_BLOCK).exec_driver_sql(statement)
    rows, total = 0, 0
    for block in result.partitions(_BLOCK):
        for row in block:
            check = hashlib.sha256()
            for value in row:
                kind, data = _encoded(value)
                check.update(b"%c%d:" % (kind, len(data)))
                check.update(data)
            total += int.from_bytes(check.digest(), "big")
            rows += 1
    return TableDigest(rows, f"{total % _MODULUS:064x}")


def _encoded(value: Any) -> tuple[int, bytes]:
    """Return a letter for the type and the value's bytes."""
    if value is None:
        return ord("n"), b""
    if isinstance(value, str):
        return ord("s"), value.encode()
    if isinstance(value, bool | int):
        return ord("i"), b"%d" % value
    if isinstance(value, float):
        return ord("f"), value.hex().encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return ord("b"), bytes(value)
    if isinstance(value, dt.datetime):
        return ord("t"), value.astimezone(dt.UTC).isoformat().encode()
    if isinstance(value, dt.date | dt.time):
        return ord("d"), value.isoformat().encode()
    if isinstance(value, dict | list):
        return ord("j"), json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    if isinstance(value, Decimal):
        return ord("i"), str(value).encode()
    msg = f"a column holds a {type(value).__name__}, which no digest knows"
    raise TypeError(msg)
