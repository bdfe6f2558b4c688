from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.db import Database
from server.settings import Settings


@pytest.fixture
def sqlite_database(sqlite_settings: Settings) -> Iterator[Database]:
    """A migrated, empty database on SQLite alone."""
    made = Database(sqlite_settings)
    yield made
    made.close()
