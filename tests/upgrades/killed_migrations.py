"""Migrates databases in processes that die after a given statement; everything is imported once, each is a fork.

Reads a JSON object a line: `data_dir`, `database_url`, `after` (statements; 0: never), `safe`. Answers a JSON object:
`status` of the process and `statements` that it executed, where it lived to tell.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

import server.db as db_module
from server.db import Database
from server.features import load_models
from server.migrations.applying import migrate
from server.settings import Settings


def work(order: dict[str, Any], told: int) -> None:
    """Migrate; die hard after the n-th statement, with what it did not yet commit."""
    database = Database(Settings(data_dir=Path(order["data_dir"]), database_url=order["database_url"]))
    if not order["safe"]:
        # Alembic's own way on SQLite: every statement is committed by itself.
        event.remove(database.engine, "begin", db_module._begin)
    made = 0

    @event.listens_for(database.engine, "after_cursor_execute")
    def count(*_given: Any) -> None:
        nonlocal made
        made += 1
        if made == order["after"]:
            os._exit(9)

    migrate(database)
    os.write(told, str(made).encode())
    database.close()


def main() -> None:
    load_models()
    for line in sys.stdin:
        order = json.loads(line)
        heard, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(heard)
            status = 1
            try:
                work(order, told)
                status = 0
            finally:
                os._exit(status)
        os.close(told)
        with os.fdopen(heard) as pipe:
            statements = pipe.read()
        _, status = os.waitpid(pid, 0)
        answer = {"status": os.waitstatus_to_exitcode(status), "statements": int(statements or 0)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
