"""Sealing: golden bytes, and nothing opens but with the right key, run, place and bytes."""

from __future__ import annotations

import dataclasses
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.record.sealing import (
    BOX_BYTES,
    TAG_BYTES,
    SealError,
    new_city_keys,
    new_segment_key,
    open_from_city,
    open_header,
    open_payload,
    public_of,
    run_bytes,
    seal_batch,
    seal_header,
    seal_to_city,
)
from drill.record.wire import Data, WireError, decode_data

RUN_ID = "00112233445566778899aabbccddeeff"
KEY = bytes(range(32))
GOLDEN = (
    "534e443107000000000000000401000001000000"
    "40420f00000000000100000032000000e8bb958a"
    "7f40326729c20dc6cea1bfdff4d02500a936d3d5294a12a3"
    "8646d360d267402b5734dbab6d57554f68ef533d5dd03d10de42"
)
PLAIN = bytes.fromhex("9184a46b696e64a3637565a47469636b3ca3637565a5736972656ea56669727374c3")


def sealed(**changes) -> Data:
    fields = {"run_id": RUN_ID, "segment": 1, "seq": 7, "channel": "events", "t0_us": 1_000_000, "n": 1}
    return seal_batch(KEY, payload=PLAIN, **(fields | changes))


def test_golden_bytes():
    frame = sealed().encode()
    assert frame.hex() == GOLDEN
    assert open_payload(KEY, run_id=RUN_ID, data=decode_data(bytes.fromhex(GOLDEN))) == PLAIN


@given(
    payload=st.binary(max_size=300),
    segment=st.integers(1, 2**32 - 1),
    seq=st.integers(0, 2**64 - 1),
    t0_us=st.integers(0, 2**64 - 1),
    n=st.integers(0, 65_536),
    gaze=st.booleans(),
)
def test_round_trip(payload, segment, seq, t0_us, n, gaze):
    place = {"segment": segment, "seq": seq, "t0_us": t0_us, "n": n, "gaze": gaze}
    data = seal_batch(KEY, run_id=RUN_ID, channel="pose", payload=payload, **place)
    assert len(data.payload) == len(payload) + TAG_BYTES
    again = decode_data(data.encode())
    assert again == data
    assert open_payload(KEY, run_id=RUN_ID, data=again) == payload


@pytest.mark.parametrize("change", [{"seq": 8}, {"segment": 2}, {"channel": "inputs"}, {"t0_us": 0}, {"n": 2}])
def test_a_batch_does_not_open_elsewhere(change):
    with pytest.raises(SealError):
        open_payload(KEY, run_id=RUN_ID, data=dataclasses.replace(sealed(), **change))


def test_a_batch_does_not_open_in_another_run_or_with_another_key():
    with pytest.raises(SealError):
        open_payload(KEY, run_id="ff" * 16, data=sealed())
    with pytest.raises(SealError):
        open_payload(bytes(32), run_id=RUN_ID, data=sealed())
    with pytest.raises(SealError, match="32 bytes"):
        open_payload(b"short", run_id=RUN_ID, data=sealed())


def test_every_flipped_bit_of_a_frame_is_seen():
    """The crc is made right again, as somebody who meant it would do: the seal must see it."""
    frame = bytes.fromhex(GOLDEN)
    for bit in range(len(frame) * 8):
        changed = bytearray(frame)
        changed[bit // 8] ^= 1 << (bit % 8)
        changed[36:40] = zlib.crc32(bytes(changed[40:])).to_bytes(4, "little")
        if bytes(changed) == frame:
            continue
        try:
            data = decode_data(bytes(changed))
        except WireError:
            continue
        with pytest.raises(SealError):
            open_payload(KEY, run_id=RUN_ID, data=data)


def test_the_city_opens_what_is_sealed_to_it_and_nobody_else():
    ours, others = new_city_keys(), new_city_keys()
    assert public_of(ours.private) == ours.public
    box = seal_to_city(b"key", ours.public)
    assert len(box) == 3 + BOX_BYTES
    assert box != seal_to_city(b"key", ours.public)
    assert open_from_city(box, ours.private) == b"key"
    for key, content in ((others.private, box), (ours.private, box[:-1]), (ours.private, b""), (b"", box)):
        with pytest.raises(SealError):
            open_from_city(content, key)
    with pytest.raises(SealError):
        seal_to_city(b"key", b"too short")
    assert len({new_segment_key() for _ in range(100)}) == 100


def test_headers(header, city):
    assert open_header(seal_header(header(), city.public), city.private) == header()
    for content in (b"{}", b"[]", b"\xff", b"[" * 5000, b'{"run_id": 3}'):
        with pytest.raises(WireError):
            open_header(seal_to_city(content, city.public), city.private)


@pytest.mark.parametrize("wrong", ["", "00", "g" * 32, "AB" * 16, "00 " * 16, "0" * 33])
def test_run_ids(wrong):
    with pytest.raises(WireError, match="32 lower-case"):
        run_bytes(wrong)
