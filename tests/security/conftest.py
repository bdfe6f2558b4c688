"""An app on a migrated SQLite database, and every route that its features have."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from server.access.enforcing import COOKIE
from server.app import create_app
from server.db import Database
from server.features import modules
from server.migrations.applying import migrate
from server.settings import Settings

with warnings.catch_warnings():
    # The test client says so while httpx2 is not installed; httpx does all that these tests need.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("var"), database_url="")
    database = Database(settings)
    migrate(database)
    database.close()
    with TestClient(create_app(settings), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        made.cookies.set(COOKIE, staff_key(made.app.state.database))
        yield made


@pytest.fixture(scope="module")
def routes() -> list[APIRoute]:
    """Every HTTP route of every feature, with its whole path."""
    return [r for module in modules("routes") for r in module.router.routes if isinstance(r, APIRoute)]


@pytest.fixture
def sqlite_file(client: TestClient) -> Path:
    """The database file of the app."""
    settings: Settings = client.app.state.settings
    return settings.sqlite_file
