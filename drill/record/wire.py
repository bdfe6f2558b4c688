"""The wire format: control messages as JSON texts, batches as binary DATA frames.

`docs/protocol.md` describes it for strangers; this module is its one implementation. The server imports it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

from drill.record.channels import CHANNELS, POSE

PROTO: Final = "sonae-wire/1"
MAX_FRAME: Final = 65_536
MAGIC: Final = b"SND1"
HEADER: Final = struct.Struct("<4sQBBHIQIII")
"""magic, seq, channel, flags, reserved, segment, t0_us, n, length, crc32."""
FLAG_SEALED: Final = 1
FLAG_GAZE: Final = 2
MAX_ROWS: Final = 65_536

CLOSE_NEWER_HELLO: Final = 4001
CLOSE_BAD_FRAME: Final = 4400
CLOSE_REFUSED: Final = 4403
CLOSE_UNKNOWN_RUN: Final = 4404
CLOSE_CONFLICT: Final = 4409
CLOSE_TRY_LATER: Final = 1013


class WireError(ValueError):
    """A frame or message that breaks the protocol. The text quotes the value and says what is allowed."""


@dataclass(frozen=True, slots=True)
class Data:
    """A DATA frame.

    Attributes:
        seq: number of the batch in its run, gapless from 0.
        channel: name of the channel.
        t0_us: run time of the first row, µs.
        n: rows (columnar channels) or records (MessagePack channels).
        payload: the columns as sent: ciphertext when `segment` is not 0.
        segment: number of the spool segment whose key seals the payload, from 1; 0 means not sealed.
        gaze: whether the pose batch has the gaze column.
    """

    seq: int
    channel: str
    t0_us: int
    n: int
    payload: bytes
    segment: int = 0
    gaze: bool = False

    @property
    def crc32(self) -> int:
        """CRC-32 (zlib) of the payload as sent."""
        return zlib.crc32(self.payload)

    def header(self) -> bytes:
        """Return the 40 bytes of the header with the crc of the payload as sent."""
        flags = (FLAG_SEALED if self.segment else 0) | (FLAG_GAZE if self.gaze else 0)
        return HEADER.pack(
            MAGIC,
            self.seq,
            CHANNELS.index(self.channel),
            flags,
            0,
            self.segment,
            self.t0_us,
            self.n,
            len(self.payload),
            self.crc32,
        )

    def encode(self) -> bytes:
        """Return the frame. Raise WireError when it would pass the frame cap."""
        size = HEADER.size + len(self.payload)
        if size > MAX_FRAME:
            msg = f"frame of {size} bytes passes the cap of {MAX_FRAME}; split the batch into several seq"
            raise WireError(msg)
        return self.header() + self.payload


def decode_data(frame: bytes) -> Data:
    """Return the DATA frame in `frame`; nothing is allocated before every length is checked.

    Raises:
        WireError: too short or long, wrong magic, unknown channel, lying length, wrong crc, too many rows, unknown
            flags.
    """
    if len(frame) > MAX_FRAME:
        msg = f"frame of {len(frame)} bytes passes the cap of {MAX_FRAME}"
        raise WireError(msg)
    if len(frame) < HEADER.size:
        msg = f"frame of {len(frame)} bytes is shorter than its {HEADER.size} byte header"
        raise WireError(msg)
    magic, seq, channel, flags, reserved, segment, t0_us, n, length, crc = HEADER.unpack_from(frame)
    if magic != MAGIC:
        msg = f"frame begins with {magic!r}, not {MAGIC!r}"
        raise WireError(msg)
    if channel >= len(CHANNELS):
        msg = f"channel {channel} is unknown; known are 0 to {len(CHANNELS) - 1}"
        raise WireError(msg)
    if length != len(frame) - HEADER.size:
        msg = f"header says {length} bytes of payload, frame has {len(frame) - HEADER.size}"
        raise WireError(msg)
    if n > MAX_ROWS:
        msg = f"{n} rows in one frame; at most {MAX_ROWS}"
        raise WireError(msg)
    if bool(flags & FLAG_SEALED) != bool(segment):
        msg = f"flag 'sealed' is {bool(flags & FLAG_SEALED)} but segment is {segment}"
        raise WireError(msg)
    if flags & ~(FLAG_SEALED | FLAG_GAZE) or reserved:
        msg = f"flags {flags:#04x} and reserved {reserved}: only bits 0 and 1 are known, the rest is 0"
        raise WireError(msg)
    if flags & FLAG_GAZE and CHANNELS[channel] != POSE:
        msg = f"flag 'gaze' is set on channel {CHANNELS[channel]}; only {POSE} has it"
        raise WireError(msg)
    payload = frame[HEADER.size :]
    if zlib.crc32(payload) != crc:
        msg = f"crc32 of seq {seq} is {zlib.crc32(payload):08x}, header says {crc:08x}"
        raise WireError(msg)
    return Data(seq, CHANNELS[channel], t0_us, n, payload, segment, bool(flags & FLAG_GAZE))


# --- the upload socket -------------------------------------------------------------------------------------------


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Base of the control messages: a JSON object whose `type` names it."""


class Hello(Message, frozen=True, tag="hello"):
    """Station: opens a run on this socket.

    `header` is base64 of the RunHeader as JSON in a sealed box to the city's key (what a spool keeps), or
    plain base64 JSON when `sealed` is false. A run that the server knows needs none.
    """

    proto: str
    run_id: str
    first_seq: int
    next_seq: int
    header: str = ""
    sealed: bool = True


class Welcome(Message, frozen=True, tag="welcome"):
    """Server: `w` is the lowest seq not yet durable; send from there."""

    w: int
    epoch: int
    max_inflight_bytes: int
    server_time: str


class Segment(Message, frozen=True, tag="segment"):
    """Station: the key of a spool segment, in a sealed box to the city's key, base64. Before its first DATA."""

    segment: int
    key: str


class JsonBatch(Message, frozen=True, tag="data"):
    """Station: a batch as JSON, the easy path, never sealed.

    `columns` maps a column's name to its flat list of values; for `inputs` and `events`, `records` is the list.
    """

    seq: int
    channel: str
    t0_us: int
    n: int
    columns: dict[str, list[float]] = {}
    records: list[dict[str, object]] = []


class Ack(Message, frozen=True, tag="ack"):
    """Server: everything below `w` is durable."""

    w: int


class Nack(Message, frozen=True, tag="nack"):
    """Server: a seq came too early; send from `expected`."""

    expected: int


class End(Message, frozen=True, tag="end"):
    """Station: the run is over. `hash` is SHA-256 over the crc32s (u32 little-endian) in seq order, hexadecimal.

    `rows` counts the rows of each channel that has any. `complete` is False when the station died during the run and
    offers what its spool kept: the run becomes `abandoned` instead of `complete`.
    """

    batches: int
    rows: dict[str, int]
    hash: str
    complete: bool = True


class Done(Message, frozen=True, tag="done"):
    """Server: counts and hash verified, all durable: the spool may go."""

    run_id: str
    w: int


class Refusal(Message, frozen=True, tag="error"):
    """Server: what is wrong and what to do. `code` is the close code that follows, or 0 when the socket stays."""

    code: int
    message: str
    seq: int | None = None


# --- the control socket ------------------------------------------------------------------------------------------

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""What a browser's number holds too."""
Small = Annotated[int, msgspec.Meta(ge=-128, le=127)]
Clock = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class TimeRequest(Message, frozen=True, tag="time"):
    """Station: t0 is its monotonic clock in µs."""

    t0: Clock


class TimeReply(Message, frozen=True, tag="time_reply"):
    """Server: wall clock in µs since 1970 when the request came (t1) and the reply left (t2)."""

    t0: Clock
    t1: Clock
    t2: Clock


class StationState(Message, frozen=True, tag="station_state"):
    """Station: how it is. `spool_batches` is its backlog."""

    state: Literal["idle", "running", "paused", "stopped", "uploading"]
    run_id: str = ""
    scenario: str = ""
    spool_batches: Count = 0
    disk_free_mb: Count = 0
    battery_pct: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    rate_hz: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    message: str = ""


class Live(Message, frozen=True, tag="live"):
    """Station: the latest picture, 10 Hz, unacknowledged, droppable.

    `crowd` holds x cm, y cm, floor, state of each person in turn; `hazards` the values of each hazard in the form of
    the hazard channel (level or layers), keyed by hazard id. Both may be left out of most messages.
    """

    run_id: str
    t_s: float
    x: float
    y: float
    z: float
    yaw: float
    floor: Small
    posture: Small
    state: Small
    depth_m: float = 0.0
    extinction_per_m: float = 0.0
    fed: float = 0.0
    warning_level: Small = 0
    crowd: list[int] | None = None
    hazards: dict[str, list[float]] | None = None
    ended: str = ""


class Command(Message, frozen=True, tag="command"):
    """Server: do `action`. Commands with the same id are done once."""

    id: str
    action: Literal["start", "stop", "pause", "resume", "inject", "room_stop"]
    scenario: str = ""
    seed: int | None = None
    inject: str = ""
    session: str = ""


class CommandAck(Message, frozen=True, tag="command_ack"):
    """Station: the command was done, or why not."""

    id: str
    ok: bool
    error: str = ""


FromUploader = Hello | Segment | JsonBatch | End
ToUploader = Welcome | Ack | Nack | Done | Refusal
FromStation = TimeRequest | StationState | Live | CommandAck
ToStation = TimeReply | Command | Refusal

encode = msgspec.json.encode
"""Return a message as JSON bytes; send it as a text frame."""
decode_from_uploader = msgspec.json.Decoder(FromUploader).decode
decode_to_uploader = msgspec.json.Decoder(ToUploader).decode
decode_from_station = msgspec.json.Decoder(FromStation).decode
decode_to_station = msgspec.json.Decoder(ToStation).decode
"""Decoders raise msgspec.ValidationError or msgspec.DecodeError on what is not a message."""
