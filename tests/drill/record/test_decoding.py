"""Decoding: round trips of anything a recorder may write, WireError and nothing else for anything else."""

from __future__ import annotations

import random
import struct
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from drill.record.batches import Batch, HazardEntry, columnar_batches, hazard_batches, record_batches
from drill.record.bounds import MAX_ABS
from drill.record.channels import CHANNELS, CROWD, CROWD_COLUMNS, EVENTS, INPUTS, POSE, POSE_COLUMNS, POSE_GAZE_COLUMNS
from drill.record.decoding import check_batch, decode_batches
from drill.record.events import AnyEvent, Cue, Decided, Ended, ExposureLimit
from drill.record.inputs import Inputs, Pose
from drill.record.sealing import open_payload, seal_batch
from drill.record.wire import HEADER, Data, WireError, decode_data

floats = st.floats(-MAX_ABS, MAX_ABS, width=32)
KEY, RUN_ID = bytes(range(32)), "00112233445566778899aabbccddeeff"


def raw(batches: list[Batch]):
    return [(b.channel, b.n, b.t0_us, b.payload, b.gaze) for b in batches]


@given(st.data(), st.integers(0, 40), st.booleans())
def test_poses(header, data, n, gaze):
    columns = POSE_GAZE_COLUMNS if gaze else POSE_COLUMNS
    t_us = np.sort(data.draw(npst.arrays("<u4", n)))
    values = [t_us] + [
        data.draw(npst.arrays(c.dtype, (n, c.width) if c.width > 1 else n, elements=floats if "f" in c.dtype else None))
        for c in columns[1:]
    ]
    run = decode_batches(header(), raw(list(columnar_batches(POSE, columns, values, t_us=t_us, gaze=gaze))))
    np.testing.assert_array_equal(run.pose.t_s, t_us / 1e6)
    for got, put in zip((run.pose.head, run.pose.left, run.pose.right, run.pose.tracked), values[1:5], strict=True):
        np.testing.assert_array_equal(got, put)
    if gaze and n:
        np.testing.assert_array_equal(run.pose.gaze, values[5])
    else:
        assert run.pose.gaze is None
    assert run.flags == ()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.integers(0, 255),
            st.sampled_from([1, 2, 3]),
            st.lists(floats, max_size=20),
        ),
        max_size=20,
    )
)
def test_hazards(header, rows):
    rows.sort(key=lambda r: r[0])
    entries = [HazardEntry(t, h, k, np.array(v, "<f4").tobytes()) for t, h, k, v in rows]
    run = decode_batches(header(), raw(list(hazard_batches(entries))))
    assert [(r.tick, r.hazard, r.kind, r.values.tolist()) for r in run.hazards] == rows


@given(
    st.lists(
        st.builds(
            Inputs,
            tick=st.integers(0, 10**6),
            forward=st.floats(-1, 1),
            step_m=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
            head=st.none() | st.builds(Pose, *[st.floats(-9, 9)] * 7),
            buttons=st.integers(0, 31),
            choose=st.text(max_size=10),
            injects=st.lists(st.text(max_size=5), max_size=3).map(tuple),
        ),
        max_size=10,
    )
)
def test_inputs(header, records):
    records.sort(key=lambda r: r.tick)
    run = decode_batches(header(), raw(list(record_batches(INPUTS, records))))
    assert list(run.inputs) == records


def test_a_second_of_long_records_is_split(header):
    records = [Inputs(i, choose="x" * 3000) for i in range(60)]
    batches = list(record_batches(INPUTS, records))
    assert len(batches) > 2
    assert list(decode_batches(header(), raw(batches)).inputs) == records
    with pytest.raises(WireError, match="at most"):
        list(record_batches(INPUTS, [Inputs(0, choose="x" * 70_000)]))


def test_many_hazard_values_are_split(header):
    entries = [HazardEntry(i, 0, 3, bytes(4 * 5000)) for i in range(10)]
    batches = list(hazard_batches(entries))
    assert len(batches) == 4
    assert len(decode_batches(header(), raw(batches)).hazards) == 10
    with pytest.raises(WireError, match="at most"):
        list(hazard_batches([HazardEntry(0, 0, 3, bytes(4 * 20_000))]))


def pose_payload(t_us: list[int], value: float = 0.0) -> bytes:
    n = len(t_us)
    return struct.pack(f"<{n}I", *t_us) + struct.pack("<f", value) * 21 * n + b"\x01" * n


def test_time_that_runs_backwards_is_put_in_order_and_flagged(header):
    crowd = struct.pack("<2I2H2i2i2b2B", 24, 12, 0, 0, 5, 6, 0, 0, 0, 0, 1, 1)
    events = msgspec.msgpack.encode([Cue(60, "b"), Cue(30, "a")])
    run = decode_batches(
        header(),
        [
            (POSE, 3, 0, pose_payload([5, 20, 10]), False),
            (CROWD, 2, 0, crowd, False),
            (EVENTS, 2, 0, events, False),
        ],
    )
    assert run.pose.t_s.tolist() == [5e-6, 10e-6, 20e-6]
    assert run.crowd.tick.tolist() == [12, 24]
    assert run.crowd.x_m.tolist() == [0.06, 0.05]
    assert [e.tick for e in run.events] == [30, 60]
    assert run.flags == ("pose_time_backwards", "crowd_time_backwards", "events_time_backwards")


def test_gaze_for_a_part_of_a_run(header):
    gaze = pose_payload([0]) + struct.pack("<3f", 1, 0, 0)
    run = decode_batches(header(), [(POSE, 1, 0, gaze, True), (POSE, 1, 0, pose_payload([5]), False)])
    assert run.pose.gaze is not None
    assert run.pose.gaze[0].tolist() == [1, 0, 0]
    assert np.isnan(run.pose.gaze[1]).all()


@pytest.mark.parametrize(
    ("channel", "n", "payload", "says"),
    [
        (POSE, 1, pose_payload([0], float("nan")), "finite"),
        (POSE, 1, pose_payload([0], float("inf")), "finite"),
        (POSE, 1, pose_payload([0], 2e6), "at most"),
        (POSE, 2, pose_payload([0]), "need 178 bytes"),
        (POSE, 65_537, b"", "65536"),
        (CROWD, 1, struct.pack("<IHiibB", 0, 0, 0, 0, 0, 9), "state 9"),
        (CROWD, 1, struct.pack("<IHiibB", 0, 0, 0, 0, -1, 0), "floor -1"),
        ("hazard", 1, struct.pack("<IBBI", 0, 0, 1, 2**32 - 1), "need 17179869190"),
        ("hazard", 1, struct.pack("<IBBI", 0, 0, 9, 0), "kind 9"),
        ("hazard", 2, b"", "at least"),
        (EVENTS, 1, b"\x90", "1 records, payload has 0"),
        (EVENTS, 1, msgspec.msgpack.encode([{"kind": "nothing", "tick": 1}]), "not an array"),
        (EVENTS, 1, msgspec.msgpack.encode([{"kind": "cue", "tick": -1, "cue": "x"}]), "tick -1"),
        (EVENTS, 1, msgspec.msgpack.encode([ExposureLimit(1, "fed", float("nan"))]), "finite"),
        (INPUTS, 1, msgspec.msgpack.encode([Inputs(1, head=Pose(float("inf"), 0, 0))]), "finite"),
        (INPUTS, 1, msgspec.msgpack.encode([Inputs(1, step_m=(0.0, 1e9))]), "at most"),
        (EVENTS, 0, b"\x91" * 60_000, "not an array"),
        (EVENTS, 1, b"\x91\x82\xa4kind\xa3cue" + b"\xa1\xff" * 3, "not an array"),
        ("sound", 0, b"", "unknown"),
    ],
)
def test_what_a_batch_must_not_be(header, channel, n, payload, says):
    with pytest.raises(WireError, match=says):
        check_batch(channel, n, payload)
    with pytest.raises(WireError, match="batch 0"):
        decode_batches(header(), [(channel, n, 0, payload, False)])


def samples() -> list[Data]:
    """Return one good open frame of each channel."""
    events: list[AnyEvent] = [Cue(1, "siren", first=True), Decided(5, "door", "west", correct=True), Ended(9, "refuge")]
    crowd = struct.pack("<2I2H2i2i2b2B", 12, 12, 0, 1, 5, 6, 0, 0, 0, 0, 1, 1)
    hazard = hazard_batches([HazardEntry(0, 0, 1, bytes(12)), HazardEntry(60, 1, 2, bytes(32))])
    return [
        Data(0, POSE, 0, 3, pose_payload([0, 1, 2])),
        Data(1, POSE, 0, 1, pose_payload([0]) + bytes(12), gaze=True),
        Data(2, CROWD, 0, 2, crowd),
        *(Data(3, b.channel, b.t0_us, b.n, b.payload) for b in hazard),
        Data(4, INPUTS, 0, 2, msgspec.msgpack.encode([Inputs(1, forward=0.5), Inputs(2, head=Pose(0, 0, 1))])),
        Data(5, EVENTS, 0, 3, msgspec.msgpack.encode(events)),
    ]


def mutated(rng: random.Random, frame: bytes) -> bytes:
    """Return a frame with a few bytes changed, lost, doubled or cut; mostly with a crc that is right again."""
    out = bytearray(frame)
    for _ in range(rng.randint(1, 4)):
        if not out:
            break
        at = rng.randrange(len(out))
        act = rng.randrange(6)
        if act == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif act == 1:
            out[at] = rng.choice((0, 0x7F, 0x80, 0xFF, 0xC1, 0xDD, 0xDF, 0x91, 0x81))
        elif act == 2:
            del out[at : at + rng.randint(1, 8)]
        elif act == 3:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        elif act == 4:
            out[at:at] = out[at : at + rng.randint(1, 64)]
        else:
            del out[at:]
    if len(out) >= HEADER.size and rng.random() < 0.9:
        out[32:36] = (len(out) - HEADER.size).to_bytes(4, "little")
        out[36:40] = zlib.crc32(bytes(out[40:])).to_bytes(4, "little")
        out[0:4] = b"SND1"
    return bytes(out)


def fuzz(count: int, seed: int) -> tuple[int, int]:
    """Return how many mutated frames were accepted and how many refused; anything but WireError goes through."""
    rng = random.Random(seed)
    good = [d.encode() for d in samples()]
    good += [
        seal_batch(
            KEY,
            run_id=RUN_ID,
            segment=1,
            seq=d.seq,
            channel=d.channel,
            t0_us=0,
            n=d.n,
            payload=d.payload,
            gaze=d.gaze,
        ).encode()
        for d in samples()
    ]
    accepted = refused = 0
    for _ in range(count):
        frame = mutated(rng, rng.choice(good))
        try:
            data = decode_data(frame)
            payload = open_payload(KEY, run_id=RUN_ID, data=data)
            check_batch(data.channel, data.n, payload, gaze=data.gaze)
        except WireError:
            refused += 1
            continue
        accepted += 1
        assert data.encode() == frame, "what is accepted is understood to the last bit"
        assert data.n <= 65_536
        assert data.channel in CHANNELS
    return accepted, refused


def test_samples_are_good():
    for data in samples():
        again = decode_data(data.encode())
        check_batch(again.channel, again.n, again.payload, gaze=again.gaze)


def test_mutated_frames_are_accepted_or_refused_and_nothing_else():
    accepted, refused = fuzz(10_000, seed=20260701)
    assert refused > 5_000
    assert accepted > 50, "some mutants are good frames with other values: the fuzzer reaches the inside"


@pytest.mark.long
def test_a_million_mutated_frames():
    accepted, refused = fuzz(1_000_000, seed=1)
    assert accepted + refused == 1_000_000


def test_columns_cover_every_row_once(header):
    n = 20_000
    values = [np.arange(n), np.arange(n) % 65_536, *([np.zeros(n)] * 2), *([np.zeros(n)] * 2)]
    batches = list(columnar_batches(CROWD, CROWD_COLUMNS, values, t_us=np.arange(n)))
    assert sum(b.n for b in batches) == n
    assert [b.t0_us for b in batches] == [0, 4092, 8184, 12_276, 16_368]
