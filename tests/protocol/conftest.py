"""A real server in a process of its own, as a stranger meets it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from drill.record.run import RecordedRun
from server.db import Database
from server.devices import service as devices
from server.features import load_models
from server.live.service import recorded_run
from server.ops.certificate import own_certificate
from server.settings import Settings

HERE = Path(__file__).parent
RECORD_FIXTURES = HERE.parent / "drill" / "record" / "conftest.py"


@dataclass
class RunningServer:
    """A server: its address, and what only staff can do."""

    address: str
    data_dir: Path

    def pairing_code(self, name: str) -> str:
        with self._database() as database, database.session() as db:
            return devices.new_pairing_code(db, self._settings, name=name)

    @property
    def fingerprint(self) -> str:
        """The certificate's fingerprint as the page of machines shows it."""
        return own_certificate(self._settings).shown

    def want_new_key(self, device_id: str) -> None:
        with self._database() as database, database.session() as db:
            assert devices.want_new_key(db, device_id)

    def revoke(self, device_id: str) -> None:
        with self._database() as database, database.session() as db:
            assert devices.revoke_device(db, device_id)

    def run(self, run_id: str) -> RecordedRun:
        """Return a run as the server keeps it."""
        with self._database() as database, database.reading() as db:
            return recorded_run(db, run_id)

    @contextmanager
    def staff(self) -> Iterator[Session]:
        """Do what staff do, in one transaction."""
        with self._database() as database, database.session() as db:
            yield db

    @property
    def _settings(self) -> Settings:
        return Settings(data_dir=self.data_dir, database_url="")

    @contextmanager
    def _database(self) -> Iterator[Database]:
        load_models()
        database = Database(self._settings)
        try:
            yield database
        finally:
            database.close()


def _arguments(data_dir: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "server.cli", "--data-dir", str(data_dir), *words]


@contextmanager
def started(data_dir: Path, *words: str, port: int = 0) -> Iterator[RunningServer]:
    """Serve in a process of its own until the block ends."""
    log = (data_dir / "log").open("w")
    process = subprocess.Popen(
        _arguments(data_dir, "serve", "--port", str(port), *words), stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout is not None
    try:
        address = ""
        for line in process.stdout:
            if line.startswith("Sonae: "):
                address = line.split()[1].rstrip("/")
                break
        if not address:
            log.close()
            pytest.fail(f"the server did not start: {(data_dir / 'log').read_text()[-2000:]}")
        yield RunningServer(address, data_dir)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
        log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def serving() -> Callable[..., AbstractContextManager[RunningServer]]:
    """Start a server of one's own."""
    return started


@pytest.fixture(scope="session")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that speaks TLS with a certificate of its own, as on a gym's network."""
    with started(tmp_path_factory.mktemp("gym"), "--tls") as running:
        yield running


@pytest.fixture(scope="session")
def strangers() -> ModuleType:
    """The stranger's program, loaded from its file; it shares nothing with ours."""
    return _loaded("stranger", HERE / "stranger.py")


@pytest.fixture
def frames() -> Any:
    """Made-up frames of a drill, as in the tests of the recorder."""
    return _loaded("record_fixtures", RECORD_FIXTURES).make_run


@pytest.fixture
def header() -> Any:
    """A made-up run header, as in the tests of the recorder."""
    return _loaded("record_fixtures", RECORD_FIXTURES).make_header


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
