"""Databases as the first release left them, on both engines."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from alembic import command

from server.db import WRITES, Database
from server.migrations.applying import config
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
RELEASED = "0001_initial"
SEED = 20_261_124


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_FIXTURES = _loaded("server_test_fixtures", ROOT / "tests" / "server" / "conftest.py")
postgres = _FIXTURES.postgres
filling = _loaded("filling", Path(__file__).with_name("filling.py"))


def released(settings: Settings, rows: int) -> int:
    """Make the first release's tables and fill them; return how many rows there are."""
    database = Database(settings)
    try:
        with database.engine.execution_options(**{WRITES: True}).begin() as connection:
            chosen = config()
            chosen.attributes["connection"] = connection
            command.upgrade(chosen, RELEASED)
            made: int = filling.Filler(connection, rows, SEED).fill()
            return made
    finally:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty database, once on each engine."""
    if request.param == "sqlite":
        yield Settings(data_dir=tmp_path / "var", database_url="")
        return
    server = request.getfixturevalue("postgres")
    name = f"u_{random.SystemRandom().randrange(10**12)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield Settings(data_dir=tmp_path / "var", database_url=server.url(name), postgres_programs=server.binaries)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def release() -> Callable[[Settings, int], int]:
    """Call with settings and a number of rows: makes a database as the first release left it."""
    return released


class Killing:
    """Starts migrations that die at a given statement."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("killed_migrations.py"))],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def migrate(self, settings: Settings, *, after: int = 0, safe: bool = True) -> dict[str, Any]:
        order = {
            "data_dir": str(settings.data_dir),
            "database_url": settings.database_url,
            "after": after,
            "safe": safe,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def killing() -> Iterator[Killing]:
    made = Killing()
    yield made
    made.close()
