"""Figures of the ingest, side by side with their anchors in one run; one JSON object a line.

- `ingest_cpu`: server CPU of a one-second batch with commit and acknowledgement, against a bare FastAPI echo of the
  same frames at the same pace. Taken twice: pose alone, and all channels.
- `persist`: a group of batches through the writer's transaction, against appending the same bytes to a file and
  `fdatasync`.
- `stations`: 100 stations at 90 Hz: share of a core, and the time from the last byte sent to its acknowledgement.

CPU is the run time that the scheduler counted for the server's threads, so that other work on the machine does not
pass for it. Rounds alternate between server and anchor; medians are given. Usage: `ingest.py [--seconds N]
[--rounds N] [--stations N]`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from websockets.asyncio.client import connect

from drill.record import wire
from drill.record.events import Cue
from drill.record.inputs import Inputs, Pose
from drill.record.run import RunHeader
from drill.record.sealing import new_segment_key, seal_batch, seal_header, seal_to_city
from server.db import Database
from server.devices import service as devices
from server.devices.models import Device
from server.drills import service as drills
from server.features import load_models
from server.live.ingest import Row
from server.live.models import RunStream
from server.live.writer import SQLITE, Writer
from server.migrations.applying import migrate
from server.ops.keys import city_keys
from server.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
ALL: Final = ("pose", "crowd", "hazard", "inputs", "events")
PEOPLE: Final = 30


def batch(channel: str, second: int, rng: np.random.Generator) -> tuple[int, bytes]:
    """Return rows and payload of one second of a channel, as a drill with 30 people makes it."""
    tick = 60 * second
    if channel == "pose":
        poses = [rng.uniform(-5, 5, (90, 7)).astype("<f4").tobytes() for _ in range(3)]
        return 90, np.arange(90, dtype="<u4").tobytes() + b"".join(poses) + np.full(90, 7, "<u1").tobytes()
    if channel == "crowd":
        n = 5 * PEOPLE
        columns = [
            np.repeat(np.arange(tick, tick + 60, 12, dtype="<u4"), PEOPLE),
            np.tile(np.arange(PEOPLE, dtype="<u2"), 5),
            rng.integers(-500, 3000, n, dtype="<i4"),
            rng.integers(-500, 3000, n, dtype="<i4"),
            np.zeros(n, "<i1"),
            np.zeros(n, "<u1"),
        ]
        return n, b"".join(column.tobytes() for column in columns)
    if channel == "hazard":
        head = np.array([tick, tick], "<u4").tobytes() + bytes([0, 1, 1, 1]) + np.array([3, 3], "<u4").tobytes()
        return 2, head + rng.uniform(0, 1, 6).astype("<f4").tobytes()
    if channel == "inputs":
        pose = Pose(*rng.uniform(-1, 1, 7).tolist())
        return 60, msgspec.msgpack.encode(
            [Inputs(tick + i, forward=0.5, turn_rad=0.01, head=pose, left=pose, right_hand=pose) for i in range(60)]
        )
    return 1, msgspec.msgpack.encode([Cue(tick, "alarm")])


# --- servers -----------------------------------------------------------------------------------------------------


class Server:
    """A server process and its CPU."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("ingest_server.py")), *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def cpu_s(self) -> float:
        """Return the CPU time of all its threads, as the scheduler counted it."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[tuple[Server, Server, Settings]]:
    """Start the real server and the echo."""
    settings = Settings(data_dir=folder / "var", database_url="")
    load_models()
    database = Database(settings)
    migrate(database)
    database.close()
    city_keys(settings)
    sonae, echo = Server("sonae", str(settings.data_dir)), Server("echo")
    try:
        yield sonae, echo, settings
    finally:
        sonae.stop()
        echo.stop()


def passes(settings: Settings, count: int) -> list[str]:
    """Return socket passes of `count` new devices."""
    database = Database(settings)
    try:
        with database.session() as db:
            tokens = []
            for number in range(count):
                device = Device(name=f"station {number}", key_hash="0" * 64)
                db.add(device)
                db.flush()
                tokens.append(devices.new_pass(db, settings, device=device, purpose="upload"))
        return tokens
    finally:
        database.close()


# --- stations ----------------------------------------------------------------------------------------------------


class Station:
    """A station whose frames are made before the measurement."""

    def __init__(self, channels: tuple[str, ...], seconds: int, city_key: bytes, rng: np.random.Generator) -> None:
        self.run_id = rng.bytes(16).hex()
        self._city_key = city_key
        self._key = new_segment_key()
        self.seconds: list[list[bytes]] = []
        for second in range(seconds):
            frames = []
            for index, channel in enumerate(channels):
                n, payload = batch(channel, second, rng)
                frames.append(
                    seal_batch(
                        self._key,
                        run_id=self.run_id,
                        segment=1,
                        seq=second * len(channels) + index,
                        channel=channel,
                        t0_us=second * 1_000_000,
                        n=n,
                        payload=payload,
                    ).encode()
                )
            self.seconds.append(frames)
        self.waits_s: list[float] = []

    def opening(self) -> list[str]:
        """Return HELLO and SEGMENT."""
        header = RunHeader(
            run_id=self.run_id,
            scenario="gym-flood",
            scenario_hash="ab" * 32,
            seed=1,
            build="bench",
            profile="lab",
            device="bench",
            locomotion="scripted",
            started_at="2026-11-24T10:00:00+09:00",
            consent="",
        )
        sealed = base64.b64encode(seal_header(header, self._city_key)).decode()
        key = base64.b64encode(seal_to_city(self._key, self._city_key)).decode()
        hello = wire.Hello(wire.PROTO, self.run_id, 0, sum(map(len, self.seconds)), sealed)
        return [wire.encode(hello).decode(), wire.encode(wire.Segment(1, key)).decode()]


async def upload(port: int, station: Station, token: str, start: asyncio.Barrier, offset_s: float) -> None:
    """Send a second's batches each second; measure from the last of them to its acknowledgement or echo."""
    headers = {"Authorization": f"SocketPass {token}"} if token else {}
    address = f"ws://127.0.0.1:{port}/ws/upload"
    async with connect(
        address, additional_headers=headers, proxy=None, compression=None, ping_interval=None, max_queue=None
    ) as socket:
        if token:
            hello, segment = station.opening()
            await socket.send(hello)
            await socket.recv()
            await socket.send(segment)
        await start.wait()
        begin, sent = time.monotonic() + offset_s, 0
        for second, frames in enumerate(station.seconds):
            await asyncio.sleep(max(0.0, begin + second - time.monotonic()))
            for frame in frames:
                await socket.send(frame)
            sent += len(frames)
            sent_at = time.monotonic()
            echoes = 0
            while True:
                answer: Any = await socket.recv()
                echoes += 1
                if echoes == len(frames) if isinstance(answer, bytes) else json.loads(answer).get("w") == sent:
                    break
            station.waits_s.append(time.monotonic() - sent_at)
        await start.wait()


async def load(server: Server, stations: list[Station], tokens: list[str]) -> float:
    """Let all stations upload, spread over the second; return the server's CPU seconds."""
    start = asyncio.Barrier(len(stations) + 1)
    tasks = [
        asyncio.create_task(upload(server.port, station, token, start, number / len(stations)))
        for number, (station, token) in enumerate(zip(stations, tokens, strict=True))
    ]
    await start.wait()
    before = server.cpu_s()
    await start.wait()
    spent = server.cpu_s() - before
    await asyncio.gather(*tasks)
    return spent


def measure_ingest(folder: Path, channels: tuple[str, ...], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the CPU ratio and the figures of the stations for some channels."""
    rng = np.random.default_rng(1)
    count, seconds = arguments.stations, arguments.seconds
    ours, bare, waits = [], [], []
    with servers(folder) as (sonae, echo, settings):
        city_key = city_keys(settings).public
        for round_number in range(arguments.rounds + 1):
            stations = [Station(channels, seconds, city_key, rng) for _ in range(count)]
            bare_s = asyncio.run(load(echo, stations, [""] * count))
            for station in stations:
                station.waits_s.clear()
            ours_s = asyncio.run(load(sonae, stations, passes(settings, count)))
            if round_number:  # the first warms both up
                bare.append(bare_s)
                ours.append(ours_s)
                waits += [wait for station in stations for wait in station.waits_s]
    batches = count * seconds * len(channels)
    name = "pose" if channels == ("pose",) else "all channels"
    per_batch, anchor = statistics.median(ours) / batches, statistics.median(bare) / batches
    centiles = statistics.quantiles(waits, n=100)
    return [
        {
            "figure": "ingest_cpu",
            "channels": name,
            "us_per_batch": round(per_batch * 1e6, 1),
            "anchor": "bare FastAPI echo of the same frames",
            "anchor_us_per_batch": round(anchor * 1e6, 1),
            "ratio": round(per_batch / anchor, 2),
            "target": 3.5,
            "batches": batches,
            "rounds": len(ours),
        },
        {
            "figure": "stations",
            "channels": name,
            "stations": count,
            "batches_per_s": count * len(channels),
            "core_percent": round(100 * statistics.median(ours) / seconds, 1),
            "target_core_percent": 15.0,
            "ack_p50_ms": round(1e3 * centiles[49], 1),
            "ack_p99_ms": round(1e3 * centiles[98], 1),
            "target_ack_p99_ms": 100.0,
        },
    ]


# --- persist -----------------------------------------------------------------------------------------------------


def measure_persist(folder: Path, *, group: int, groups: int) -> dict[str, Any]:
    """Return the writer's transaction against append and fdatasync, group by group in turn."""
    settings = Settings(data_dir=folder / "persist", database_url="")
    load_models()
    database = Database(settings)
    migrate(database)
    with database.session() as db:
        _add_streams(db, group)
    writer = Writer(
        connect=lambda: _detached(database), dialect="sqlite", committed=lambda done: None, failed=lambda error: None
    )
    rng = np.random.default_rng(2)
    made = [batch(channel, 1, rng) for channel in ALL]
    descriptor = os.open(folder / "anchor", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ours, bare, ours_cpu, bare_cpu, size = [], [], [], [], 0
    try:
        for number in range(groups):
            rows = []
            for index in range(group):
                n, payload = made[index % len(ALL)]
                rows.append(
                    Row(
                        index + 1,
                        number,
                        0,
                        0,
                        n,
                        gaze=False,
                        segment=1,
                        length=len(payload),
                        crc32=number,
                        payload=payload,
                    )
                )
            begin, cpu = time.perf_counter(), time.thread_time()
            for row in rows:
                os.write(descriptor, row.payload)
            os.fdatasync(descriptor)
            bare.append(time.perf_counter() - begin)
            bare_cpu.append(time.thread_time() - cpu)
            begin, cpu = time.perf_counter(), time.thread_time()
            writer._transaction(rows)
            ours.append(time.perf_counter() - begin)
            ours_cpu.append(time.thread_time() - cpu)
            size = sum(len(row.payload) for row in rows)
    finally:
        os.close(descriptor)
        writer._close()
        database.close()
    mean, anchor = statistics.fmean(ours), statistics.fmean(bare)
    return {
        "figure": "persist",
        "batches_per_group": group,
        "bytes_per_group": size,
        "ms_per_group": round(1e3 * mean, 3),
        "anchor": "append file and fdatasync",
        "anchor_ms_per_group": round(1e3 * anchor, 3),
        "ratio": round(mean / anchor, 2),
        "ratio_of_medians": round(statistics.median(ours) / statistics.median(bare), 2),
        "cpu_us_per_batch": round(1e6 * statistics.fmean(ours_cpu) / group, 1),
        "anchor_cpu_us_per_batch": round(1e6 * statistics.fmean(bare_cpu) / group, 1),
        "target": 2.5,
        "groups": groups,
        "statement": SQLITE.insert.split(" (")[0],
    }


def _detached(database: Database) -> Any:
    connection = database.raw_connection()
    connection.detach()
    return connection


def _add_streams(db: Any, count: int) -> None:
    for number in range(count):
        header = RunHeader(
            run_id=random.Random(number).randbytes(16).hex(),
            scenario="gym-flood",
            scenario_hash="ab" * 32,
            seed=1,
            build="bench",
            profile="lab",
            device="bench",
            locomotion="scripted",
            started_at="2026-11-24T10:00:00+09:00",
            consent="",
        )
        drills.register_run(db, header)
        db.add(RunStream(id=number + 1, run_id=header.run_id))
    db.flush()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Figures of the ingest, one JSON object a line.")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--groups", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sonae-bench-") as scratch:
        folder = Path(scratch)
        for name, group in (("a", 25), ("b", 100)):
            (folder / name).mkdir()
            _say(measure_persist(folder / name, group=group, groups=arguments.groups))
        for name, channels in (("c", ("pose",)), ("d", ALL)):
            (folder / name).mkdir()
            for figure in measure_ingest(folder / name, channels, arguments):
                _say(figure)
    return 0


def _say(figure: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figure) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
