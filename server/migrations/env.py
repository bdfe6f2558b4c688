"""Alembic's environment. The connection comes from `server.migrations.applying`, already in a transaction.

Alembic on SQLite is not crash-safe by default: the driver commits before each DDL statement, so that a kill inside a
revision leaves half of it behind and every retry fails. Here the driver commits nothing by itself and `BEGIN
IMMEDIATE` stands before the first statement (see `server.db`), so that a revision happens whole or not at all.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from server.columns import UtcDateTime
from server.db import Base
from server.features import load_models


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write our own column type as the plain one it stands on: a revision imports nothing of the house."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


load_models()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
