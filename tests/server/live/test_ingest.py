"""The rules of a stream, without socket and database."""

from __future__ import annotations

import random

import numpy as np
import pytest

from drill.record import wire
from drill.record.sealing import new_segment_key, seal_batch
from server.live.ingest import MAX_INFLIGHT, MAX_SEGMENTS, Refused, RunIngest, Verdict, open_batch

RUN = "ab" * 16


def pose(seq: int, *, n: int = 1, x: float = 0.0) -> wire.Data:
    poses = np.full((n, 7), x, "<f4")
    payload = np.zeros(n, "<u4").tobytes() + 3 * poses.tobytes() + np.ones(n, "<u1").tobytes()
    return wire.Data(seq, "pose", 0, n, payload)


def taken(ingest: RunIngest, data: wire.Data) -> None:
    assert ingest.judge(data, data.crc32) is Verdict.NEXT
    ingest.take(data, data.crc32)


@pytest.fixture
def ingest() -> RunIngest:
    return RunIngest(run_id=RUN, stream_id=1, epoch=1, w=3)


def test_only_the_next_seq_is_taken(ingest: RunIngest) -> None:
    assert ingest.judge(pose(4), 0) is Verdict.EARLY
    assert ingest.judge(pose(2), 0) is Verdict.STORED
    taken(ingest, pose(3))
    assert (ingest.expected, ingest.w) == (4, 3)
    assert ingest.judge(pose(3), pose(3).crc32) is Verdict.PENDING
    ingest.committed(4)
    assert ingest.judge(pose(3), 0) is Verdict.STORED


def test_a_pending_seq_with_other_bytes_is_a_conflict(ingest: RunIngest) -> None:
    taken(ingest, pose(3))
    with pytest.raises(Refused) as refused:
        ingest.judge(pose(3, x=1.0), pose(3, x=1.0).crc32)
    assert (refused.value.code, refused.value.seq) == (wire.CLOSE_CONFLICT, 3)
    assert refused.value.stored == pose(3).crc32


def test_a_gap_is_named_once_until_it_is_filled(ingest: RunIngest) -> None:
    assert [ingest.nack_due() for _ in range(3)] == [True, False, False]
    taken(ingest, pose(3))
    assert ingest.nack_due()


def test_reading_stops_when_too_much_is_pending(ingest: RunIngest) -> None:
    while not ingest.full:
        taken(ingest, pose(ingest.expected, n=700))
    assert ingest.pending_bytes >= MAX_INFLIGHT
    ingest.committed(ingest.expected)
    assert (ingest.full, ingest.pending_bytes) == (False, 0)


def test_random_orders_end_in_the_same_stream() -> None:
    rng = random.Random(5)
    frames = [pose(seq, x=seq) for seq in range(50)]
    for _ in range(20):
        ingest, stored = RunIngest(run_id=RUN, stream_id=1, epoch=1, w=0), []
        while ingest.expected < len(frames):
            data = frames[min(max(0, ingest.expected + rng.randint(-4, 2)), len(frames) - 1)]
            if ingest.judge(data, data.crc32) is Verdict.NEXT:
                stored.append(open_batch(ingest.take(data, data.crc32)).seq)
            if rng.random() < 0.3:
                ingest.committed(rng.randint(ingest.w, ingest.expected))
        assert stored == list(range(50))


def test_sealed_batches_open_with_the_segments_key(ingest: RunIngest) -> None:
    key, plain = new_segment_key(), pose(3)
    sealed = seal_batch(key, run_id=RUN, segment=2, seq=3, channel="pose", t0_us=0, n=1, payload=plain.payload)
    with pytest.raises(Refused, match="segment 2 has no key"):
        ingest.take(sealed, sealed.crc32)
    other = RunIngest(run_id=RUN, stream_id=1, epoch=1, w=3)
    other.add_key(2, new_segment_key())
    with pytest.raises(Refused, match="does not open"):
        open_batch(other.take(sealed, sealed.crc32))
    ingest.add_key(2, key)
    row = open_batch(ingest.take(sealed, sealed.crc32))
    assert (row.payload, row.length, row.crc32) == (plain.payload, len(plain.payload) + 16, sealed.crc32)


def test_keys_of_one_connection_are_bounded(ingest: RunIngest) -> None:
    for segment in range(1, MAX_SEGMENTS + 1):
        ingest.add_key(segment, b"k")
    ingest.add_key(1, b"again")
    for segment in (0, -1, MAX_SEGMENTS + 1, 2**32):
        with pytest.raises(Refused):
            ingest.add_key(segment, b"k")


@pytest.mark.parametrize(
    ("end", "code", "says"),
    [
        (wire.End(5, {}, ""), 0, "seq 3 to 4"),
        (wire.End(2, {}, ""), wire.CLOSE_CONFLICT, "3 have arrived"),
        (wire.End(-1, {}, ""), wire.CLOSE_BAD_FRAME, "allowed"),
        (wire.End(2**60, {}, ""), wire.CLOSE_BAD_FRAME, "allowed"),
    ],
)
def test_an_end_that_cannot_be(ingest: RunIngest, end: wire.End, code: int, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        ingest.check_end(end)
    assert refused.value.code == code


def test_a_station_that_died_may_end_before_what_arrived(ingest: RunIngest) -> None:
    ingest.check_end(wire.End(2, {}, "", complete=False))
    ingest.check_end(wire.End(3, {}, ""))


def test_nothing_comes_after_a_verified_end() -> None:
    ingest = RunIngest(run_id=RUN, stream_id=1, epoch=1, w=3, batches=3)
    with pytest.raises(Refused, match="after END"):
        ingest.judge(pose(3), 0)
