"""Servers that can be killed, stations that remember what they were promised, and the check of both."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import importlib.util
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from drill.record import wire
from drill.record.config import StationConfig
from drill.record.run import RunHeader
from drill.record.sealing import new_segment_key, seal_batch, seal_header, seal_to_city
from server.db import Database
from server.devices import service as devices
from server.live import service, store
from server.ops.keys import city_keys
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LOST = (OSError, ConnectionClosed, InvalidHandshake, httpx.HTTPError, EOFError, TimeoutError)


def _shared() -> Any:
    """Return the server tests' fixtures, which make databases on both engines."""
    path = ROOT / "tests" / "server" / "conftest.py"
    spec = importlib.util.spec_from_file_location("server_test_fixtures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_FIXTURES = _shared()
postgres = _FIXTURES.postgres
postgres_template = _FIXTURES.postgres_template
sqlite_template = _FIXTURES.sqlite_template


# --- servers -----------------------------------------------------------------------------------------------------


class Server:
    """A running server process."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        self.end(signal.SIGKILL)

    def end(self, number: int) -> None:
        """Send a signal and wait until the process is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
            until = time.monotonic() + 20
            while time.monotonic() < until:
                os.kill(self.pid, 0)
                time.sleep(0.002)
            pytest.fail(f"server {self.pid} outlives signal {number}")


class Zygote:
    """Starts servers on a database, each in about the time of a fork."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "zygote.py")],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._started: list[Server] = []

    def start(self, settings: Settings, *, fault: str = "") -> Server:
        order = {"data_dir": str(settings.data_dir), "database_url": settings.database_url, "fault": fault}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        self._started.append(Server(answer["pid"], answer["port"]))
        return self._started[-1]

    def close(self) -> None:
        for server in self._started:
            server.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def sqlite_settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "var", database_url="")
    made.data_dir.mkdir()
    shutil.copyfile(sqlite_template, made.sqlite_file)
    return made


@pytest.fixture
def postgres_settings(postgres: Any, postgres_template: str, tmp_path: Path) -> Iterator[Settings]:
    name = f"f_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    yield Settings(data_dir=tmp_path / "var", database_url=postgres.url(name))
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class House:
    """A database, the servers on it, and paired devices."""

    settings: Settings
    zygote: Zygote

    def __post_init__(self) -> None:
        self.city_key = city_keys(self.settings).public

    def start(self, *, fault: str = "") -> Server:
        return self.zygote.start(self.settings, fault=fault)

    def pair(self, name: str) -> tuple[str, str]:
        """Return id and key of a new device."""
        with self.database() as database, database.session() as db:
            code = devices.new_pairing_code(db, self.settings, name=name)
            paired = devices.pair(db, code=code)
            assert paired is not None
            return paired.device.id, paired.key

    def config(self, url: str, device: tuple[str, str]) -> StationConfig:
        """Return the configuration of our own station for a server."""
        return StationConfig(url, *device, base64.b64encode(self.city_key).decode())

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(self.settings)
        try:
            yield database
        finally:
            database.close()

    def stored(self, run_id: str) -> list[tuple[int, int]]:
        """Return seq and crc32 of every stored batch, from a fresh connection."""
        with self.database() as database, database.reading() as db:
            stream = store.stream_of_run(db, run_id)
            return [] if stream is None else [(mark.seq, mark.crc32) for mark in store.marks(db, stream.id)]

    def state(self, run_id: str) -> str:
        with self.database() as database, database.reading() as db:
            return service.recorded_run(db, run_id).state


@pytest.fixture
def house(sqlite_settings: Settings, zygote: Zygote) -> House:
    return House(sqlite_settings, zygote)


@pytest.fixture
def postgres_house(postgres_settings: Settings, zygote: Zygote) -> House:
    return House(postgres_settings, zygote)


# --- stations ----------------------------------------------------------------------------------------------------


def pose_payload(n: int, rng: random.Random) -> bytes:
    """Return `n` rows of the pose channel, with random positions."""
    poses = np.zeros((n, 7), "<f4")
    poses[:, 0], poses[:, 6] = rng.uniform(-10, 10), 1.0
    return np.arange(n, dtype="<u4").tobytes() + 3 * poses.tobytes() + np.ones(n, "<u1").tobytes()


@dataclass
class Promised:
    """A run that a station made, and what the server has promised about it."""

    run_id: str
    frames: list[wire.Data] = field(default_factory=list)
    sent: int = 0
    acked: int = 0
    done: bool = False


class Station:
    """Makes runs of small batches and uploads them one after another; remembers every acknowledgement."""

    def __init__(self, house: House, name: str, *, batches: int, rng: random.Random, pace_s: float = 0.002) -> None:
        self._house = house
        self._device = house.pair(name)
        self._batches = batches
        self._rng = rng
        self._pace_s = pace_s
        self.runs: list[Promised] = []
        self._key = b""
        self._header = b""

    @property
    def run(self) -> Promised:
        """The run that is not done yet; a new one when all are."""
        if not self.runs or self.runs[-1].done:
            self._begin()
        return self.runs[-1]

    async def upload(self, server: Server) -> None:
        """Upload until the server goes away."""
        with contextlib.suppress(*LOST):
            while True:
                await self.upload_one(server)

    async def finish(self, server: Server) -> None:
        """Upload the run at hand to its DONE."""
        if self.runs and not self.runs[-1].done:
            await self.upload_one(server)

    async def upload_one(self, server: Server) -> None:
        run = self.run
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            credential = f"Device {self._device[0]}.{self._device[1]}"
            answer = await client.post(
                "/api/station/pass", json={"purpose": "upload"}, headers={"Authorization": credential}
            )
            answer.raise_for_status()
        headers = {"Authorization": f"SocketPass {answer.json()['pass']}"}
        address = f"ws://127.0.0.1:{server.port}/ws/upload"
        async with connect(
            address, additional_headers=headers, proxy=None, compression=None, close_timeout=1
        ) as socket:
            await self._talk(socket, run)

    async def _talk(self, socket: Any, run: Promised) -> None:
        header = base64.b64encode(self._header).decode()
        await _say(socket, wire.Hello(wire.PROTO, run.run_id, 0, len(run.frames), header))
        welcome = await _hear(socket)
        assert isinstance(welcome, wire.Welcome), welcome
        assert welcome.w >= run.acked, f"run {run.run_id}: W {welcome.w} is below the acknowledged {run.acked}"
        run.acked = welcome.w
        await _say(socket, wire.Segment(1, base64.b64encode(seal_to_city(self._key, self._house.city_key)).decode()))
        listener = asyncio.create_task(self._listen(socket, run))
        try:
            for frame in run.frames[welcome.w :]:
                run.sent = max(run.sent, frame.seq + 1)
                await socket.send(frame.encode())
                await asyncio.sleep(self._rng.uniform(0, 2 * self._pace_s))
            crcs = np.array([f.crc32 for f in run.frames], "<u4").tobytes()
            rows = {"pose": sum(f.n for f in run.frames)}
            await _say(socket, wire.End(len(run.frames), rows, hashlib.sha256(crcs).hexdigest()))
            await asyncio.wait_for(listener, 20)
        finally:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError, *LOST):
                await listener

    async def _listen(self, socket: Any, run: Promised) -> None:
        while not run.done:
            message = await _hear(socket)
            if isinstance(message, wire.Ack):
                run.acked = max(run.acked, message.w)
            elif isinstance(message, wire.Done):
                run.acked, run.done = len(run.frames), True
            else:
                pytest.fail(f"the server said {message}")

    def _begin(self) -> None:
        run = Promised(self._rng.randbytes(16).hex())
        self._key = new_segment_key()
        header = RunHeader(
            run_id=run.run_id,
            scenario="gym-flood",
            scenario_hash="ab" * 32,
            seed=1,
            build="test",
            profile="lab",
            device="test",
            locomotion="scripted",
            started_at="2026-11-24T10:00:00+09:00",
            consent="",
        )
        self._header = seal_header(header, self._house.city_key)
        for seq in range(self._batches):
            n = self._rng.randint(1, 12)
            run.frames.append(
                seal_batch(
                    self._key,
                    run_id=run.run_id,
                    segment=1,
                    seq=seq,
                    channel="pose",
                    t0_us=seq,
                    n=n,
                    payload=pose_payload(n, self._rng),
                )
            )
        self.runs.append(run)


async def _say(socket: Any, message: object) -> None:
    await socket.send(wire.encode(message).decode())


async def _hear(socket: Any) -> Any:
    return wire.decode_to_uploader(await socket.recv())


def lost_batches(house: House, stations: list[Station]) -> int:
    """Return how many acknowledged batches are not stored; fail on anything stored that was not sent so."""
    lost = 0
    for station in stations:
        for run in station.runs:
            stored = house.stored(run.run_id)
            seqs = [seq for seq, _ in stored]
            assert len(seqs) == len(set(seqs)), f"run {run.run_id} holds a seq twice"
            lost += len(set(range(run.acked)) - set(seqs))
            sent = [(frame.seq, frame.crc32) for frame in run.frames[: run.sent]]
            assert set(stored) <= set(sent), f"run {run.run_id} holds what was never sent"
    return lost


@pytest.fixture
def make_stations() -> Callable[..., list[Station]]:
    def make(
        house: House, count: int, *, rng: random.Random, batches: int = 60, pace_s: float = 0.002
    ) -> list[Station]:
        return [Station(house, f"station {i}", batches=batches, rng=rng, pace_s=pace_s) for i in range(count)]

    return make


@pytest.fixture
def count_lost() -> Callable[[House, list[Station]], int]:
    return lost_batches


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A seed that is printed when the test fails; SONAE_TEST_SEED repeats it."""
    made = int(os.environ.get("SONAE_TEST_SEED", "") or 20_261_124)
    sys.stdout.write(f"SONAE_TEST_SEED={made} repeats {request.node.name}\n")
    return made
