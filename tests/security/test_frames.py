"""Requirement 22: mutated frames before the sockets' own code, with a real store behind it.

Whatever comes, the server answers or closes as the protocol says: nothing else may happen, memory stays flat, what was
stored lies within its bounds, and the next good run is taken whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from house_asking import send
from house_asks import Ask
from house_frames import Run, changed_data, changed_text, control_messages
from house_memory import MEGABYTE, resident_bytes
from house_world import World

from drill.record.batches import Batch
from drill.record.bounds import MAX_ABS, MAX_TICK
from drill.record.channels import CHANNELS
from drill.record.events import Cue, Ended
from drill.record.inputs import Inputs
from drill.record.wire import End, decode_to_station, decode_to_uploader, encode
from server.db import Database
from server.devices.models import Device
from server.drills import service as drills
from server.drills.models import Run as RunRow
from server.live import service
from server.live.hub import Hub, Place
from server.live.ingest import MAX_T0_US
from server.live.links import Links
from server.live.models import Chunk, RunStream
from server.live.uploads import Uploads
from server.ops.keys import city_keys
from server.settings import Settings

RUNS = 24
"""Runs that the frames are for: few enough that each is met in every state."""


class Wire:
    """A socket whose other side says what it was told to say, then leaves."""

    def __init__(self, frames: list[bytes | str]) -> None:
        self.frames = iter(frames)
        self.said: list[Any] = []
        self.read = 0
        self.closed: int | None = None

    async def receive(self) -> bytes | str | None:
        await asyncio.sleep(0)
        if self.closed is not None:
            return None
        frame = next(self.frames, None)
        self.read += frame is not None
        return frame

    async def send(self, text: str) -> None:
        self.said.append(text)

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or code


def talk(rng: random.Random, run: Run, stored: int) -> list[bytes | str]:
    """Return what one connection says: it opens, mostly well, and then each frame may be good or gone wrong."""
    hello = rng.choice((run.hello, run.hello, run.open_hello))()
    pick = rng.random()
    opening = changed_text(rng, hello) if pick < 0.1 else run.open_hello(rng) if pick < 0.3 and not stored else hello
    frames: list[bytes | str] = [opening]
    if rng.random() < 0.8:
        frames.append(changed_text(rng, run.segment()) if rng.random() < 0.1 else run.segment())
    seq = stored
    for _ in range(rng.randint(1, 24)):
        pick = rng.random()
        at = seq if rng.random() < 0.8 else max(0, seq + rng.randint(-6, 6))
        good = run.data(at, sealed=rng.random() < 0.5)
        if pick < 0.35:
            frames.append(good)
            seq = at + 1
        elif pick < 0.65:
            frames.append(changed_data(rng, good))
        elif pick < 0.72:
            frames.append(run.json_batch(at))
        elif pick < 0.85:
            frames.append(changed_text(rng, run.json_batch(at)))
        elif pick < 0.92:
            frames.append(changed_text(rng, run.end(rng.choice((0, at, at + 1)))))
        else:
            frames.append(rng.choice((run.segment(), hello, run.end(at))))
    return frames


class Siege:
    """Uploads before a real database, and what came of the frames that were thrown at them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.public = city_keys(settings).public
        self.uploads = Uploads(database, city_keys(settings).private)
        self.codes: Counter[int | None] = Counter()
        self.frames = 0
        with database.session() as db:
            device = Device(name="gym left", key_hash="0" * 64)
            db.add(device)
            db.flush()
            self.device_id = device.id

    async def throw(self, count: int, seed: int) -> None:
        """Throw about `count` frames."""
        rng = random.Random(seed)
        until = self.frames + count
        while self.frames < until:
            # Now and then a new one: only there is a header looked at.
            run = Run(self.public, f"{rng.randrange(RUNS) if rng.random() < 0.8 else rng.getrandbits(128):032x}")
            stored = self._stored(run.run_id)
            # Two sockets of one run now and then: the newer takes the stream over.
            wires = [Wire(talk(rng, run, stored)) for _ in range(2 if rng.random() < 0.1 else 1)]
            await asyncio.gather(*(self.uploads.handle(wire, self.device_id) for wire in wires))
            for wire in wires:
                self.frames += wire.read
                self.codes[wire.closed] += 1
                for text in wire.said:
                    decode_to_uploader(text)  # whatever is answered is a message of the protocol
        await asyncio.wrap_future(self.uploads.writer.flush())
        await asyncio.sleep(0.05)

    def _stored(self, run_id: str) -> int:
        with self.database.reading() as db:
            found = db.query(RunStream.w).filter(RunStream.run_id == run_id).one_or_none()
        return found[0] if found else 0

    async def send_whole_run(self) -> str:
        """Send a good run after all that; return its id."""
        run = Run(self.public, secrets.token_hex(16))
        frames = [run.data(seq, sealed=True) for seq in range(20)]
        crcs = np.array([int.from_bytes(frame[36:40], "little") for frame in frames], "<u4").tobytes()
        rows: Counter[str] = Counter()
        for frame in frames:
            rows[CHANNELS[frame[12]]] += int.from_bytes(frame[28:32], "little")
        end = encode(End(len(frames), dict(rows), hashlib.sha256(crcs).hexdigest())).decode()
        wire = Wire([run.hello(), run.segment(), *frames, end])
        await self.uploads.handle(wire, self.device_id)
        assert '"type":"done"' in wire.said[-1], wire.said
        return run.run_id


async def besiege(
    database: Database, settings: Settings, count: int, seed: int, time_left: Callable[[], float] = lambda: math.inf
) -> tuple[Siege, int]:
    """Throw frames, a tenth at a time; return what came of it and by how many bytes memory grew after the first."""
    siege = Siege(database, settings)
    siege.uploads.start()
    try:
        await siege.throw(count // 10, seed)
        before = resident_bytes()
        while siege.frames < count and time_left() > 0:
            seed += 1
            await siege.throw(min(count // 10, count - siege.frames), seed)
        grown = resident_bytes() - before
        await siege.send_whole_run()
    finally:
        await siege.uploads.stop()
    assert siege.uploads.devices() == set()
    assert siege.uploads._locks == {}
    assert [t for t in asyncio.all_tasks() if t is not asyncio.current_task()] == []
    return siege, grown


def assert_within_bounds(database: Database) -> int:
    """Look at everything that was stored; return how many batches that is."""
    with database.reading() as db:
        for run in db.query(RunRow):
            recorded = service.recorded_run(db, run.run_id)  # decodes every batch by its channel's rules
            for track in (recorded.pose.head, recorded.pose.left, recorded.pose.right):
                assert np.isfinite(track).all()
                assert (np.abs(track) <= MAX_ABS).all()
            assert (recorded.crowd.floor >= 0).all()
            for row in (*recorded.inputs, *recorded.events):
                assert 0 <= row.tick <= MAX_TICK
                assert_numbers(msgspec.to_builtins(row))
            for hazard in recorded.hazards:
                assert (np.abs(hazard.values) <= MAX_ABS).all()
            assert_header(msgspec.to_builtins(recorded.header))
        chunks = db.query(Chunk.t0_us, Chunk.n, Chunk.channel, Chunk.segment, Chunk.payload)
        count = 0
        for t0_us, n, channel, segment, payload in chunks.yield_per(1000):
            assert 0 <= t0_us <= MAX_T0_US
            assert 0 <= n <= 65_536
            assert 0 <= channel < len(CHANNELS)
            assert 0 <= segment < 2**32
            assert len(payload) <= 65_536
            count += 1
    return count


def assert_numbers(tree: Any) -> None:
    if isinstance(tree, float):
        assert abs(tree) <= MAX_ABS
    elif isinstance(tree, dict | list | tuple):
        for value in tree.values() if isinstance(tree, dict) else tree:
            assert_numbers(value)


def assert_header(header: dict[str, Any]) -> None:
    for name, value in header.items():
        if isinstance(value, int):
            assert -(2**63) <= value < 2**63, name
        elif isinstance(value, float):
            assert math.isfinite(value), name


def test_mutated_frames_are_answered_or_refused_and_nothing_else(
    settings: Settings,
) -> None:
    database = Database(settings)
    with faults_logged() as faults:
        siege, _ = asyncio.run(besiege(database, settings, 3_000, seed=20_261_124))
    assert faults == []
    assert siege.codes.keys() <= {None, 1013, 4001, 4400, 4403, 4404, 4409}
    assert min(siege.codes[None], siege.codes[4400], siege.codes[4409]) > 10, (
        "good, bad and conflicting talks all occur"
    )
    assert assert_within_bounds(database) > 200, "many frames are good: the inside is reached"
    database.close()


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_million_mutated_frames(
    settings: Settings, tell: Callable[[str], None], time_left: Callable[[], float]
) -> None:
    database = Database(settings)
    with faults_logged() as faults:
        siege, grown = asyncio.run(besiege(database, settings, 1_000_000, seed=1, time_left=time_left))
    assert faults == []
    assert siege.frames >= 1_000_000 or time_left() <= 0
    assert grown < 64 * MEGABYTE, f"{grown / MEGABYTE:.0f} MiB more after {siege.frames} frames"
    stored = assert_within_bounds(database)
    tell(f"{siege.frames} mutated frames: {stored} batches stored, memory {grown / MEGABYTE:+.1f} MiB")
    database.close()


@contextlib.contextmanager
def faults_logged() -> Iterator[list[str]]:
    """Collect what the log says of faults, and nothing else: kept lines would look like memory that is not freed.

    A frame in quarantine is no fault; a store that refused a value is one.
    """
    found: list[str] = []
    log = logging.getLogger("sonae")

    class Faults(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR and "quarantined" not in record.getMessage():
                found.append(record.getMessage())

    handler, before = Faults(), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield found
    finally:
        log.propagate = before
        log.removeHandler(handler)


# --- the control socket ----------------------------------------------------------------------------------------------


def talk_of_control(rng: random.Random) -> list[bytes | str]:
    """Return what a control link says: good messages and messages gone wrong, now and then a binary frame."""
    good = control_messages(f"{rng.randrange(4):032x}")
    frames: list[bytes | str] = []
    for _ in range(rng.randint(1, 12)):
        message = rng.choice(good)
        pick = rng.random()
        frames.append(message if pick < 0.2 else b"\x00" if pick > 0.99 else changed_text(rng, message))
    return frames


async def throw_at_control(links: Links, device_id: str, wire: Wire) -> None:
    await links.handle(wire, device_id)
    for text in wire.said:
        decode_to_station(text)


def test_mutated_control_messages() -> None:
    """Without pages: each message is taken, answered or refused, and what the hub shows is finite JSON."""
    assert asyncio.run(besiege_control(20_000, seed=5)) > 1_000


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_million_control_messages() -> None:
    assert asyncio.run(besiege_control(1_000_000, seed=6)) > 50_000


async def besiege_control(count: int, seed: int) -> int:
    """Throw about `count` messages; return how many pictures were seen."""
    rng = random.Random(seed)
    hub = Hub()
    links = Links(hub)
    links.start()
    thrown = pictures = 0
    place = Place("station", "ステーション1", "device", None)
    while thrown < count:
        wire = Wire(talk_of_control(rng))
        await throw_at_control(links, "device", wire)
        thrown += wire.read
        picture = json.loads(msgspec.json.encode(hub.picture("day", [place])), parse_constant=_no_constant)
        assert_in_a_browsers_numbers(picture)
        pictures += picture["stations"][0]["live"] is not None
    assert links.devices() == set()
    return pictures


def assert_in_a_browsers_numbers(tree: Any) -> None:
    if isinstance(tree, int | float):
        assert abs(tree) <= 2**53
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            assert_in_a_browsers_numbers(value)


def _no_constant(name: str) -> None:
    pytest.fail(f"the picture holds {name}")


def test_whatever_a_station_says_the_page_of_staff_stands(world: World) -> None:
    """A machine that is broken or stolen takes no page away from staff."""
    rng = random.Random(7)
    day = world.day()
    station = world.station(day)
    device = world.device(station).device_id
    with world.writing() as db:
        drills.assign_scenario(db, station, world.scenario_in(db, "gym-flood"))
    staff = world.staff("instructor")
    links = world.client.app.state.live.links
    for _ in range(60):
        assert world.client.portal is not None
        # A link that stays open: the page shows what it said.
        world.client.portal.call(throw_at_control, links, device, Wire(talk_of_control(rng)))
        links.hub.connected(device, connected=True)
        for path in (f"/days/{day}/live", f"/live/{day}.json"):
            answer = send(world.client, "GET", Ask(path), staff)
            assert answer.status == 200, (path, links.hub.picture(day, []), links.hub._seen[device])


# --- a run's pages ---------------------------------------------------------------------------------------------------


def wild_batches(rng: random.Random) -> list[Batch]:
    """Return batches that keep every bound and fit no site: what the decoder lets through."""
    n = 4
    floats = lambda count: np.array([rng.choice((0.0, 1.0, -3.5, 1e6, -1e6)) for _ in range(count)], "<f4")  # noqa: E731
    times = np.array(sorted(rng.randrange(2**32) for _ in range(n)), "<u4")
    pose = times.tobytes() + floats(21 * n).tobytes() + np.array([rng.randrange(16) for _ in range(n)], "<u1").tobytes()
    crowd = b"".join(
        np.array([rng.choice(choices) for _ in range(n)], dtype).tobytes()
        for dtype, choices in (
            ("<u4", (0, 1, MAX_TICK, 2**32 - 1)), ("<u2", (0, 7, 65_535)), ("<i4", (0, -(2**31), 2**31 - 1)),
            ("<i4", (0, -(2**31), 2**31 - 1)), ("<i1", (0, 1, 9, 127)), ("<u1", (0, 3, 4, 5)),
        )
    )  # fmt: skip
    count = rng.choice((0, 1, 3, 5, 8))
    hazard = (
        np.array([rng.choice((0, 60, MAX_TICK))], "<u4").tobytes()
        + bytes([rng.choice((0, 1, 9, 255)), rng.choice((1, 2, 3))])
        + np.array([count], "<u4").tobytes()
        + floats(count).tobytes()
    )
    tick = rng.choice((0, 60, MAX_TICK))
    events = [
        Cue(tick, rng.choice(("alarm", "", "x" * 500, "<b>"))),
        Ended(tick=rng.choice((0, MAX_TICK)), reason=rng.choice(("refuge", "time", "stopped"))),
    ]
    batches = [
        Batch("pose", n, 0, pose),
        Batch("crowd", n, 0, crowd),
        Batch("hazard", 1, 0, hazard),
        Batch("inputs", 1, 0, msgspec.msgpack.encode([Inputs(tick, forward=rng.choice((0.0, 1e6)))])),
        Batch("events", len(events), 0, msgspec.msgpack.encode(events)),
    ]
    return rng.sample(batches, rng.randint(1, len(batches)))


def test_whatever_a_run_holds_its_pages_stand(world: World) -> None:
    rng = random.Random(11)
    scenario = world.scenario()
    staff = world.staff("instructor")
    for turn in range(8):
        run = world.run(scenario_hash=scenario, batches=wild_batches(rng))
        for end in ("", "/replay", "/replay.json"):
            answer = send(world.client, "GET", Ask(f"/runs/{run}{end}"), staff)
            assert answer.status == 200, (turn, end)
