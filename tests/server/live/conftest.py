"""A small station for the tests of the ingest: it makes a run, seals it, and speaks the upload socket."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession

from drill.record import wire
from drill.record.events import Cue, Ended
from drill.record.run import RunHeader
from drill.record.sealing import new_segment_key, seal_batch, seal_header, seal_to_city
from server.db import Database
from server.devices import service as devices
from server.devices.models import Device
from server.ops.keys import city_keys


def pose_payload(n: int, *, first_us: int = 0, x: float = 1.0) -> bytes:
    """Return `n` rows of the pose channel."""
    poses = np.zeros((n, 7), "<f4")
    poses[:, 0], poses[:, 6] = x, 1.0
    times = (first_us + np.arange(n) * 11_111).astype("<u4")
    return times.tobytes() + 3 * poses.tobytes() + np.ones(n, "<u1").tobytes()


@dataclass
class Station:
    """A run as a station holds it: sealed frames in order of seq, and what END will say."""

    city_key: bytes
    header: RunHeader
    key: bytes = field(default_factory=new_segment_key)
    frames: list[wire.Data] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        return self.header.run_id

    def add(self, channel: str, n: int, payload: bytes, *, t0_us: int = 0, gaze: bool = False) -> wire.Data:
        """Seal a batch and append it."""
        frame = seal_batch(
            self.key,
            run_id=self.run_id,
            segment=1,
            seq=len(self.frames),
            channel=channel,
            t0_us=t0_us,
            n=n,
            payload=payload,
            gaze=gaze,
        )
        self.frames.append(frame)
        self.rows[channel] = self.rows.get(channel, 0) + n
        return frame

    def fill(self, seconds: int) -> Station:
        """Append `seconds` of pose and events."""
        for second in range(seconds):
            self.add("pose", 90, pose_payload(90, first_us=second * 1_000_000), t0_us=second * 1_000_000)
            event = Ended(tick=60 * second, reason="refuge") if second == seconds - 1 else Cue(60 * second, "alarm")
            self.add("events", 1, msgspec.msgpack.encode([event]), t0_us=second * 1_000_000)
        return self

    def hello(self, **changes: Any) -> wire.Hello:
        header = base64.b64encode(seal_header(self.header, self.city_key)).decode()
        hello = wire.Hello(wire.PROTO, self.run_id, 0, len(self.frames), header)
        return msgspec.structs.replace(hello, **changes)

    def segment(self) -> wire.Segment:
        return wire.Segment(1, base64.b64encode(seal_to_city(self.key, self.city_key)).decode())

    def end(self, **changes: Any) -> wire.End:
        crcs = np.array([f.crc32 for f in self.frames], "<u4").tobytes()
        end = wire.End(len(self.frames), dict(self.rows), hashlib.sha256(crcs).hexdigest())
        return msgspec.structs.replace(end, **changes)


class Line:
    """An upload socket as the station sees it."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket

    def say(self, message: object) -> None:
        if isinstance(message, wire.Data):
            self.socket.send_bytes(message.encode())
        elif isinstance(message, bytes):
            self.socket.send_bytes(message)
        elif isinstance(message, str):
            self.socket.send_text(message)
        else:
            self.socket.send_text(wire.encode(message).decode())

    def hear(self) -> Any:
        """Return the next message, or the close code."""
        got = self.socket.receive()
        if got["type"] == "websocket.close":
            return got["code"]
        return wire.decode_to_uploader(got["text"])

    def hear_until(self, kind: type) -> Any:
        """Return the next message of a kind; acknowledgements before it are passed over."""
        while True:
            got = self.hear()
            if isinstance(got, kind):
                return got
            assert isinstance(got, wire.Ack), got

    def hear_ack(self, w: int) -> None:
        """Return when everything below `w` is acknowledged."""
        while self.hear_until(wire.Ack).w < w:
            pass

    def open(self, station: Station, **changes: Any) -> wire.Welcome:
        """Say HELLO and SEGMENT; return WELCOME."""
        self.say(station.hello(**changes))
        welcome = self.hear()
        assert isinstance(welcome, wire.Welcome), welcome
        self.say(station.segment())
        return welcome


def header_of(run_id: str = "", **changes: Any) -> RunHeader:
    """Return a header of an invented run."""
    header = RunHeader(
        run_id=run_id or secrets.token_hex(16),
        scenario="gym-flood",
        scenario_hash="ab" * 32,
        seed=7,
        build="test",
        profile="lab",
        device="test station",
        locomotion="smooth",
        started_at="2026-11-24T10:00:00+09:00",
        consent="recording-1",
    )
    return msgspec.structs.replace(header, **changes)


@pytest.fixture
def make_station(settings: Any) -> Callable[..., Station]:
    """Make a station with an empty run; arguments change its header."""
    return lambda **changes: Station(city_keys(settings).public, header_of(**changes))


@pytest.fixture
def make_header() -> Callable[..., RunHeader]:
    return header_of


@pytest.fixture
def make_pose() -> Callable[..., bytes]:
    return pose_payload


@pytest.fixture
def device(app: FastAPI) -> Device:
    """A paired device."""
    database: Database = app.state.database
    with database.session() as db:
        made = Device(name="gym left", key_hash="0" * 64)
        db.add(made)
        db.flush()
    return made


@pytest.fixture
def new_pass(app: FastAPI, device: Device) -> Callable[[str], dict[str, str]]:
    """Give the header that opens one socket."""

    def make(purpose: str) -> dict[str, str]:
        database: Database = app.state.database
        with database.session() as db:
            token = devices.new_pass(db, app.state.settings, device=device, purpose=purpose)  # type: ignore[arg-type]  # tests ask for wrong purposes too
        return {"Authorization": f"SocketPass {token}"}

    return make


@pytest.fixture
def line(client: TestClient, new_pass: Callable[[str], dict[str, str]]) -> Iterator[Callable[[], Line]]:
    """Open upload sockets; all are closed at the end."""
    opened: list[WebSocketTestSession] = []

    def connect() -> Line:
        socket = client.websocket_connect("ws://127.0.0.1/ws/upload", headers=new_pass("upload"))
        opened.append(socket.__enter__())
        return Line(opened[-1])

    yield connect
    for socket in opened:
        socket.__exit__(None, None, None)
