"""Frames gone wrong: what a broken or hostile station may send, made from good frames with a seed."""

from __future__ import annotations

import base64
import json
import random
import zlib
from typing import Any, Final

import msgspec
import numpy as np

from drill.record.channels import CROWD_COLUMNS, POSE_COLUMNS
from drill.record.events import Cue, Ended
from drill.record.inputs import Inputs
from drill.record.run import RunHeader
from drill.record.sealing import seal_batch, seal_header, seal_to_city
from drill.record.wire import (
    HEADER,
    PROTO,
    CommandAck,
    Data,
    End,
    Hello,
    Live,
    Segment,
    StationState,
    TimeRequest,
    encode,
)

ODD: Final[tuple[Any, ...]] = (
    None, True, False, -1, 0, 1, 255, 256, 65_536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64,
    10**30, -(2**63), 0.5, -0.0, 1e-320, 1e6, 1.1e6, 3.5e38, 1e308, "", "x", "𠮷", "\ud800", "\x00", "x" * 5_000, [],
    {}, [[]], [0.5], {"": 0}, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "ab" * 32, "0" * 16,
)  # fmt: skip
RAW: Final = ("NaN", "Infinity", "-Infinity", "1e999", "1" * 5_000, "[" * 20_000, '{"a":' * 5_000, '"', "\xff", "//")
"""What no JSON holds, or holds only to hurt."""
WORDS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0xC1, 0xDC, 0xDD, 0xDF, 0x91, 0x81)


def changed_bytes(rng: random.Random, frame: bytes) -> bytes:
    """Return a frame with some bytes changed, lost, doubled, put in or cut off."""
    out = bytearray(frame)
    for _ in range(rng.randint(1, 4)):
        if not out:
            break
        at = rng.randrange(len(out))
        act = rng.randrange(6)
        if act == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif act == 1:
            out[at] = rng.choice(WORDS)
        elif act == 2:
            del out[at : at + rng.randint(1, 8)]
        elif act == 3:
            out[at:at] = rng.randbytes(rng.randint(1, 8))
        elif act == 4:
            out[at:at] = out[at : at + rng.randint(1, 64)]
        else:
            del out[at:]
    return bytes(out)


def changed_data(rng: random.Random, frame: bytes) -> bytes:
    """Return a DATA frame gone wrong; mostly with length and crc that are right again, so that it gets further in."""
    if rng.random() < 0.3:  # a value of the header: seq, channel, flags, reserved, segment, t0, n
        fields = list(HEADER.unpack_from(frame))
        sizes = (None, 8, 1, 1, 2, 4, 8, 4, None, None)
        at = rng.choice([i for i, size in enumerate(sizes) if size])
        fields[at] = rng.choice([0, 1, 2, 3, 255, 65_535, 2**31, 2**32 - 1, 2**63, 2**64 - 1]) % 2 ** (
            8 * (sizes[at] or 0)
        )
        return HEADER.pack(*fields) + frame[HEADER.size :]
    out = bytearray(changed_bytes(rng, frame))
    if len(out) >= HEADER.size and rng.random() < 0.9:
        out[32:36] = (len(out) - HEADER.size).to_bytes(4, "little")
        out[36:40] = zlib.crc32(bytes(out[40:])).to_bytes(4, "little")
        out[0:4] = b"SND1"
    return bytes(out)


def changed_text(rng: random.Random, text: str) -> str:
    """Return a JSON message gone wrong: a value of it replaced, lost or added, or its bytes changed."""
    if rng.random() < 0.3:
        return changed_bytes(rng, text.encode()).decode("utf-8", errors="replace")
    tree = msgspec.json.decode(text)
    holder, key = rng.choice(list(_places(tree)))
    if rng.random() < 0.15:
        holder["more" if isinstance(holder, dict) else 0] = rng.choice(ODD)
    elif rng.random() < 0.15:
        del holder[key]
    elif rng.random() < 0.3:
        holder[key] = "@@"
        return _text(tree).replace('"@@"', rng.choice(RAW), 1)
    else:
        holder[key] = rng.choice(ODD)
    return _text(tree)


def _text(tree: Any) -> str:
    return json.dumps(tree)  # not msgspec: it refuses to write some of what it must refuse to read


def _places(tree: Any) -> Any:
    """Yield every (holder, key) of a JSON tree."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


class Run:
    """A run as a station would send it: good frames by seq, and the messages around them."""

    def __init__(self, city_key: bytes, run_id: str) -> None:
        self.run_id = run_id
        self.city_key = city_key
        self.key = zlib.crc32(run_id.encode()).to_bytes(4, "little") * 8
        self.header = RunHeader(
            run_id=run_id, scenario="gym-flood", scenario_hash="ab" * 32, seed=7, build="test", profile="lab",
            device="test", locomotion="smooth", started_at="2026-11-24T10:00:00+09:00", consent="recording-1",
        )  # fmt: skip

    def hello(self) -> str:
        header = base64.b64encode(seal_header(self.header, self.city_key)).decode()
        return encode(Hello(PROTO, self.run_id, 0, 40, header)).decode()

    def open_hello(self, rng: random.Random | None = None) -> str:
        """Return HELLO with a header that is not sealed; with `rng` the header has gone wrong."""
        content = msgspec.json.encode(self.header).decode()
        wrong = content if rng is None else changed_text(rng, content)
        header = base64.b64encode(wrong.encode(errors="surrogatepass")).decode()
        return encode(Hello(PROTO, self.run_id, 0, 40, header, sealed=False)).decode()

    def segment(self) -> str:
        return encode(Segment(1, base64.b64encode(seal_to_city(self.key, self.city_key)).decode())).decode()

    def data(self, seq: int, *, sealed: bool = False) -> bytes:
        """Return the good frame of a seq, the same each time."""
        channel, n, payload = batch_of(seq)
        if sealed:
            return seal_batch(
                self.key,
                run_id=self.run_id,
                segment=1,
                seq=seq,
                channel=channel,
                t0_us=seq * 1000,
                n=n,
                payload=payload,
            ).encode()
        return Data(seq, channel, seq * 1000, n, payload).encode()

    def json_batch(self, seq: int) -> str:
        record = {"kind": "cue", "tick": seq, "id": "alarm"}
        columns = {name: [0.0] * (2 * width) for name, _, width in POSE_COLUMNS}
        wanted: dict[str, Any] = {"type": "data", "seq": seq, "t0_us": seq * 1000}
        wanted |= (
            {"channel": "events", "n": 1, "records": [record]}
            if seq % 2
            else {"channel": "pose", "n": 2, "columns": columns}
        )
        return msgspec.json.encode(wanted).decode()

    def end(self, batches: int) -> str:
        return encode(End(batches, {"pose": 3}, "ab" * 32)).decode()


def batch_of(seq: int) -> tuple[str, int, bytes]:
    """Return channel, rows and payload of a seq."""
    kind = seq % 5
    if kind == 0:
        n = 3
        parts = [np.full(n * width, 1, dtype).tobytes() for _, dtype, width in POSE_COLUMNS]
        return "pose", n, b"".join(parts)
    if kind == 1:
        n = 4
        return "crowd", n, b"".join(np.full(n * width, 1, dtype).tobytes() for _, dtype, width in CROWD_COLUMNS)
    if kind == 2:
        head = np.array([seq], "<u4").tobytes() + b"\x00\x01" + np.array([3], "<u4").tobytes()
        return "hazard", 1, head + np.array([0.5, 0.1, 0.2], "<f4").tobytes()
    if kind == 3:
        return "inputs", 2, msgspec.msgpack.encode([Inputs(seq, forward=0.5), Inputs(seq + 1)])
    return "events", 2, msgspec.msgpack.encode([Cue(seq, "alarm"), Ended(tick=seq, reason="refuge")])


def control_messages(run_id: str) -> list[str]:
    """Return good messages of the control socket."""
    return [
        encode(message).decode()
        for message in (
            TimeRequest(12_345),
            StationState("running", run_id=run_id, scenario="gym-flood", spool_batches=3, battery_pct=80, rate_hz=60.0),
            Live(
                run_id, 12.5, 1.0, 2.0, 0.0, 90.0, 0, 0, 0, depth_m=0.3, crowd=[100, 200, 0, 0, 110, 220, 0, 1],
                hazards={"flood": [0.3, 0.0, 0.1], "smoke": [1.0, 0.1, 2.0, 20.0]},
            ),
            CommandAck("1", ok=True),
        )
    ]  # fmt: skip
