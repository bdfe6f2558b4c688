"""An app on a migrated SQLite database, every route that its features have, and a world to ask questions of."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute

with warnings.catch_warnings():
    # The test client says so while httpx2 is not installed; httpx does all that these tests need.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
sys.path.insert(0, str(Path(__file__).parent))

from house_routes import addresses
from house_world import World

from server.access.enforcing import COOKIE, Allow
from server.access.limits import RULES
from server.app import create_app
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings

BASE = "http://127.0.0.1"
CELLS = pytest.StashKey[int]()
FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a migrated, empty database."""
    made = Settings(
        data_dir=tmp_path_factory.mktemp("var"),
        database_url="",
        # All come from one address here; what limits do is tested where they are made.
        rate_limits={f"{rule}.{of}": "1000000/hour" for rule, kinds in RULES.items() for of in kinds},
        people_per_hour=1000,
        mail_host="127.0.0.1",
        mail_port=9,
        mail_security="none",
        mail_from="sonae@city.example",
    )
    database = Database(made)
    migrate(database)
    database.close()
    return made


@pytest.fixture(scope="module")
def client(settings: Settings, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    """Staff with every role before the running app."""
    with TestClient(create_app(settings), base_url=BASE, raise_server_exceptions=False) as made:
        made.cookies.set(COOKIE, staff_key(made.app.state.database))
        yield made


@pytest.fixture(scope="module")
def world(settings: Settings, store_run: Callable[..., str]) -> Iterator[World]:
    """The running app, with somebody of every kind to ask and things to ask about."""
    passed: list[str] = []
    look = Allow.__call__

    def watched(self: Allow, connection: HTTPConnection) -> None:
        look(self, connection)
        passed.append(self.policy.name)

    app = create_app(settings)
    with pytest.MonkeyPatch.context() as patch, TestClient(app, base_url=BASE, raise_server_exceptions=False) as made:
        patch.setattr(Allow, "__call__", watched)
        yield World(made, store_run, passed)


@pytest.fixture(scope="module")
def routes(client: TestClient) -> list[APIRoute]:
    """Every HTTP route of every feature, with its whole path."""
    return [a.route for a in addresses(client.app) if isinstance(a.route, APIRoute)]


@pytest.fixture
def sqlite_file(settings: Settings) -> Path:
    """The database file of the app."""
    return settings.sqlite_file


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Callable[[int], None]:
    """Count cells of the matrix that were asked for; the run's summary tells how many."""
    stash = request.config.stash

    def count(cells: int) -> None:
        stash[CELLS] = stash.get(CELLS, 0) + cells

    return count


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Let the run's summary say a figure."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    cells = config.stash.get(CELLS, 0)
    if cells:
        terminalreporter.write_line(f"cells of the role matrix asked for: {cells}")
    for figure in config.stash.get(FIGURES, []):
        terminalreporter.write_line(figure)
