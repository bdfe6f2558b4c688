"""Connections cut in the middle, and killed stations: our own station with its real spool loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from drill.record.backoff import Backoff
from drill.record.batches import Batch
from drill.record.run import RunHeader
from drill.record.spool import Spool
from drill.record.spooled import run_folders
from drill.record.uplink import Uplink

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
CUTS = 15
BATCHES = 60
STATION_KILLS = 4


class CuttingProxy:
    """Passes bytes on to a server and resets each connection after a random number of them."""

    def __init__(self, port: int, rng: random.Random, *, cuts: int) -> None:
        self._target = port
        self._rng = rng
        self.cuts_left = cuts
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> CuttingProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        left = self._rng.randint(700, 40_000) if self.cuts_left > 0 else 2**60
        budget = [left]

        async def pump(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
            while data := await source.read(self._rng.randint(1, 4096)):
                passed = data[: budget[0]]
                budget[0] -= len(passed)
                drain.write(passed)
                await drain.drain()
                if budget[0] <= 0:
                    return

        pumps = [asyncio.create_task(pump(reader, far_writer)), asyncio.create_task(pump(far_reader, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if budget[0] <= 0:
                self.cuts_left -= 1
            for task in pumps:
                task.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for side in (writer, far_writer):
                side.transport.abort()


def spool_run(root: Path, city_key: bytes, rng: random.Random) -> str:
    """Write a whole run into a spool and return its id."""
    header = RunHeader(
        run_id=rng.randbytes(16).hex(),
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
    spool = Spool.create(root, header, city_key, segment_bytes=60_000, least_free_bytes=0, sync_thread=False)
    for _ in range(BATCHES):
        n = rng.randint(1, 60)
        poses = np.full((n, 7), rng.uniform(-1, 1), "<f4")
        payload = np.arange(n, dtype="<u4").tobytes() + 3 * poses.tobytes() + np.ones(n, "<u1").tobytes()
        spool.append(Batch("pose", n, 0, payload))
    spool.close()
    return header.run_id


def test_cut_connections_lose_nothing(house: Any, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    root = tmp_path / "spool"
    runs = [spool_run(root, house.city_key, rng) for _ in range(RUNS)]
    server = house.start()
    device = house.pair("gym left")

    async def upload() -> int:
        async with CuttingProxy(server.port, rng, cuts=CUTS) as proxy:
            uplink = Uplink(house.config(proxy.url, device), root, backoff=Backoff(first_s=0.01, most_s=0.05, rng=rng))
            done = await asyncio.wait_for(uplink.drain(), 60)
            assert proxy.cuts_left <= 0, "the proxy cut too little: this test saw nothing"
            return done

    assert asyncio.run(upload()) == RUNS
    server.kill()
    assert run_folders(root) == []
    assert [len(house.stored(run)) for run in runs] == [BATCHES] * RUNS
    assert {house.state(run) for run in runs} == {"complete"}


def test_a_killed_station_brings_what_was_on_its_disk(house: Any, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    server = house.start()
    config = house.config(server.url, house.pair("gym left"))
    synced: dict[str, int] = {}
    for _ in range(STATION_KILLS):
        run_id = rng.randbytes(16).hex()
        synced[run_id] = killed_station(tmp_path / "spool", msgspec.json.encode(config).decode(), run_id, rng)
    uplink = Uplink(config, tmp_path / "spool", backoff=Backoff(first_s=0.01, most_s=0.05))
    asyncio.run(asyncio.wait_for(uplink.drain(), 60))
    assert run_folders(tmp_path / "spool") == []
    server.kill()
    for run_id, count in synced.items():
        stored = [seq for seq, _ in house.stored(run_id)]
        assert stored == list(range(len(stored)))
        assert len(stored) >= count > 0
        assert house.state(run_id) == "abandoned"


def killed_station(root: Path, config: str, run_id: str, rng: random.Random) -> int:
    """Let a station record and upload, kill it at a random moment, and return what it knew to be on the disk."""
    station = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "spooling.py"), str(root), config, run_id, str(rng.random())[2:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert station.stdout is not None
    lines = rng.randint(2, 12)
    count = 0
    for _ in range(lines):
        line = station.stdout.readline()
        if not line:
            pytest.fail("the station ended by itself")
        count = int(line)
    station.kill()
    for line in station.stdout:
        with contextlib.suppress(ValueError):
            count = int(line)
    station.wait()
    station.stdout.close()
    return count
