"""One run's stream on one connection, as rules without a socket or a database.

Frames are taken in the order of their seq alone, so that one number, `w`, is a complete acknowledgement. What is
taken is pending until the writer says that it is durable.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from drill.record.batches import row_bytes
from drill.record.bounds import MAX_TICK
from drill.record.channels import CHANNELS, POSE_COLUMNS, POSE_GAZE_COLUMNS
from drill.record.decoding import check_batch
from drill.record.sealing import open_payload
from drill.record.wire import CLOSE_BAD_FRAME, CLOSE_CONFLICT, Data, End, WireError

MAX_INFLIGHT: Final = 256 * 1024
"""Bytes of one stream that may be pending before the socket is read no further."""
MAX_T0_US: Final = MAX_TICK * 1_000_000 // 60
MAX_BATCHES: Final = 4_000_000
"""Batches of one run: a day's run with all channels has a tenth of it."""
MAX_SEGMENTS: Final = 4096
"""Keys held for one connection: a segment covers minutes, so a day's run has far fewer."""


class Refused(Exception):  # noqa: N818  the word of the protocol
    """The stream or message is refused; the text says why and what to do.

    Attributes:
        code: close code that follows; 0 when the socket stays open.
        seq: batch that it is about.
        stored: crc32 that is stored for it, when that is what it contradicts.
    """

    def __init__(self, code: int, message: str, seq: int | None = None, *, stored: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.seq = seq
        self.stored = stored


class Verdict(enum.Enum):
    """What a frame is to the stream."""

    NEXT = "next"
    PENDING = "pending"
    STORED = "stored"
    EARLY = "early"


class Fingerprint(NamedTuple):
    """What must be equal when a seq comes twice."""

    crc32: int
    length: int
    channel: int
    t0_us: int
    n: int
    gaze: bool
    segment: int


class Row(NamedTuple):
    """A chunk in the order of the writer's INSERT."""

    stream_id: int
    seq: int
    channel: int
    t0_us: int
    n: int
    gaze: bool
    segment: int
    length: int
    crc32: int
    payload: bytes


class Taken(NamedTuple):
    """A frame on its way to the writer: not opened yet."""

    ingest: RunIngest
    data: Data
    crc32: int
    key: bytes | None


_GAZE_BYTES: Final = row_bytes(POSE_GAZE_COLUMNS) - row_bytes(POSE_COLUMNS)
_NUMBER: Final = {name: number for number, name in enumerate(CHANNELS)}


class RunIngest:
    """The stream of one run on one connection.

    Attributes:
        run_id: the run.
        stream_id: its row.
        epoch: which HELLO this connection is.
        w: lowest seq that is not durable.
        expected: the only seq that is taken next.
        batches: how many the run has, once END was verified; None before.
        gaze: whether the person agreed to have their gaze kept; else it is taken out before anything is stored.
        pending_bytes: bytes taken but not durable.
        closed: set by the writer when a frame was refused or lost: nothing after it may be stored.
    """

    def __init__(
        self, *, run_id: str, stream_id: int, epoch: int, w: int, batches: int | None = None, gaze: bool = False
    ) -> None:
        self.run_id = run_id
        self.stream_id = stream_id
        self.epoch = epoch
        self.w = w
        self.expected = w
        self.batches = batches
        self.gaze = gaze
        self.pending_bytes = 0
        self.closed = False
        self._pending: dict[int, Taken] = {}
        self._keys: dict[int, bytes] = {}
        self._nacked = -1

    @property
    def full(self) -> bool:
        """Whether so much is pending that nothing more may be read."""
        return self.pending_bytes >= MAX_INFLIGHT

    def add_key(self, segment: int, key: bytes) -> None:
        """Hold a segment's key for this connection. Raise Refused for segment 0 or too many."""
        if not 1 <= segment < 2**32:
            msg = f"segment {segment} has no key: sealed segments count from 1"
            raise Refused(CLOSE_BAD_FRAME, msg)
        if len(self._keys) >= MAX_SEGMENTS and segment not in self._keys:
            msg = f"more than {MAX_SEGMENTS} segments on one connection"
            raise Refused(CLOSE_BAD_FRAME, msg)
        self._keys[segment] = key

    def judge(self, data: Data, crc32: int) -> Verdict:
        """Return what a frame is to the stream; `crc32` is its identity on the wire.

        Raises:
            Refused: a pending seq with other bytes, or a batch behind the verified end of the run.
        """
        seq = data.seq
        if seq == self.expected:
            if seq >= MAX_BATCHES:
                msg = f"seq {seq}: a run has at most {MAX_BATCHES} batches"
                raise Refused(CLOSE_BAD_FRAME, msg, seq)
            if self.batches is not None and seq >= self.batches:
                msg = f"seq {seq} comes after END: the run has {self.batches} batches and is closed"
                raise Refused(CLOSE_BAD_FRAME, msg, seq)
            return Verdict.NEXT
        if seq > self.expected:
            return Verdict.EARLY
        known = self._pending.get(seq)
        if known is None:
            return Verdict.STORED
        if fingerprint_of(known.data, known.crc32) != fingerprint_of(data, crc32):
            raise conflict(seq, known.crc32, crc32)
        return Verdict.PENDING

    def take(self, data: Data, crc32: int) -> Taken:
        """Count a frame that is NEXT as pending and return what the writer needs of it.

        Raises:
            Refused: its segment has no key here, or its time is no run time.
        """
        if data.t0_us > MAX_T0_US:
            msg = f"t0 {data.t0_us} µs is more than a day after the run began"
            raise Refused(CLOSE_BAD_FRAME, msg, data.seq)
        key = self._keys.get(data.segment)
        if key is None and data.segment:
            msg = f"segment {data.segment} has no key on this connection: send SEGMENT before its first DATA"
            raise Refused(CLOSE_BAD_FRAME, msg, data.seq)
        taken = Taken(self, data, crc32, key)
        self._pending[data.seq] = taken
        self.pending_bytes += len(data.payload)
        self.expected = data.seq + 1
        self._nacked = -1
        return taken

    def committed(self, w: int) -> None:
        """Take note that everything below `w` is durable."""
        for seq in range(self.w, w):
            known = self._pending.pop(seq, None)
            if known is not None:
                self.pending_bytes -= len(known.data.payload)
        self.w = max(self.w, w)

    def nack_due(self) -> bool:
        """Return whether a NACK is to be sent now: once for each gap, however many frames follow it."""
        if self._nacked == self.expected:
            return False
        self._nacked = self.expected
        return True

    def check_end(self, end: End) -> None:
        """Raise Refused when END comes before its batches, or says fewer than a live run has sent."""
        if not 0 <= end.batches <= MAX_BATCHES:
            msg = f"END says {end.batches} batches; 0 to {MAX_BATCHES} are allowed"
            raise Refused(CLOSE_BAD_FRAME, msg)
        if end.batches > self.expected:
            missing = f"seq {self.expected} to {end.batches - 1}"
            msg = f"END says {end.batches} batches, {self.expected} have arrived: send {missing}, then END again"
            raise Refused(0, msg, self.expected)
        if end.batches < self.expected and end.complete:
            msg = f"END says {end.batches} batches, but {self.expected} have arrived: not the same run's spool"
            raise Refused(CLOSE_CONFLICT, msg, end.batches)


def open_batch(taken: Taken) -> Row:
    """Return the row of a taken frame: opened with its segment's key and checked.

    The writer does it for a whole group at once: one batch after another costs less than half of what each costs
    between two reads of sockets, as code and tables stay in the processor's caches.

    Raises:
        Refused: the payload does not open or breaks its channel's rules.
    """
    ingest, data, crc32, key = taken
    payload = data.payload
    try:
        if key is not None:
            payload = open_payload(key, run_id=ingest.run_id, data=data)
        check_batch(data.channel, data.n, payload, gaze=data.gaze)
    except WireError as error:
        raise Refused(CLOSE_BAD_FRAME, f"seq {data.seq}: {error}", data.seq) from error
    if data.gaze and not ingest.gaze:
        payload = without_gaze(payload, data.n)
    return Row(
        ingest.stream_id,
        data.seq,
        _NUMBER[data.channel],
        data.t0_us,
        data.n,
        data.gaze,
        data.segment,
        len(data.payload),
        crc32,
        payload,
    )


def without_gaze(payload: bytes, n: int) -> bytes:
    """Return an open pose payload of `n` rows with its gaze column zeroed: no direction, where nobody agreed to one.

    The column stays, so that the frame is known again when it comes twice.
    """
    size = n * _GAZE_BYTES
    return payload[: len(payload) - size] + bytes(size)


def fingerprint_of(data: Data, crc32: int) -> Fingerprint:
    """Return what must be equal when this frame's seq comes again."""
    return Fingerprint(crc32, len(data.payload), _NUMBER[data.channel], data.t0_us, data.n, data.gaze, data.segment)


def conflict(seq: int, stored: int, got: int) -> Refused:
    """Return the refusal of a seq that is known with other bytes."""
    msg = (
        f"seq {seq} is stored with crc32 {stored:08x} and came again with {got:08x}: "
        "the frame is quarantined; check whether the device or its spool was copied"
    )
    return Refused(CLOSE_CONFLICT, msg, seq, stored=stored)
