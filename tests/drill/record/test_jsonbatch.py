"""JSON batches: the same rows as a DATA frame, and nothing that a column's type cannot hold."""

from __future__ import annotations

import json

import msgspec
import pytest

from drill.record.decoding import decode_batches
from drill.record.jsonbatch import json_crc32, json_payload
from drill.record.wire import JsonBatch, WireError, decode_from_uploader

CROWD = {
    "tick": [12, 12],
    "id": [0, 65_535],
    "x_cm": [-120, 250],
    "y_cm": [80, 2_147_483_647],
    "floor": [0, 127],
    "state": [1, 5],
}
POSE = {"t_us": [0], "head": [1, 2, 1.5, 0, 0, 0, 1], "left": [0] * 7, "right": [0] * 7, "tracked": [1]}
HAZARD = {"tick": [0, 60], "hazard": [0, 1], "kind": [1, 2], "count": [3, 4], "values": [0.5, 0, 0, 2, 1, 0, 60]}


def decoded(header, batch: JsonBatch):
    data = json_payload(batch)
    return decode_batches(header(), [(data.channel, data.n, data.t0_us, data.payload, data.gaze)])


def test_columns(header):
    crowd = decoded(header, JsonBatch(3, "crowd", 0, 2, columns=CROWD)).crowd
    assert crowd.x_m.tolist() == [-1.2, 2.5]
    assert crowd.id.tolist() == [0, 65_535]
    pose = decoded(header, JsonBatch(0, "pose", 0, 1, columns=POSE)).pose
    assert pose.head.tolist() == [[1, 2, 1.5, 0, 0, 0, 1]]
    assert pose.gaze is None
    gaze = decoded(header, JsonBatch(0, "pose", 0, 1, columns=POSE | {"gaze": [0, 1, 0]})).pose.gaze
    assert gaze is not None
    assert gaze.tolist() == [[0, 1, 0]]
    hazards = decoded(header, JsonBatch(0, "hazard", 0, 2, columns=HAZARD)).hazards
    assert [(h.tick, h.kind, len(h.values)) for h in hazards] == [(0, 1, 3), (60, 2, 4)]


def test_records(header):
    records = [{"kind": "cue", "tick": 5, "cue": "siren"}, {"kind": "end", "tick": 9, "reason": "time"}]
    assert [e.tick for e in decoded(header, JsonBatch(0, "events", 0, 2, records=records)).events] == [5, 9]
    inputs = [{"kind": "inputs", "tick": 1, "head": [0, 0, 1, 0, 0, 0, 1], "step_m": [0.1, 0]}]
    assert decoded(header, JsonBatch(0, "inputs", 0, 1, records=inputs)).inputs[0].step_m == (0.1, 0)


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        (JsonBatch(0, "sound", 0, 0), "unknown"),
        (JsonBatch(-1, "crowd", 0, 0), "out of range"),
        (JsonBatch(0, "crowd", -1, 0), "out of range"),
        (JsonBatch(0, "crowd", 0, 70_000), "out of range"),
        (JsonBatch(0, "crowd", 0, 3, columns=CROWD), "3 rows need 3 values, got 2"),
        (JsonBatch(0, "crowd", 0, 2, columns={"tick": [1, 2]}), "has the columns"),
        (JsonBatch(0, "crowd", 0, 2, columns=CROWD | {"name": [1, 2]}), "has the columns"),
        (JsonBatch(0, "crowd", 0, 2, columns=CROWD | {"id": [0, 65_536]}), "uint16 cannot hold"),
        (JsonBatch(0, "crowd", 0, 2, columns=CROWD | {"id": [0, 1.5]}), "uint16 cannot hold"),
        (JsonBatch(0, "crowd", 0, 2, columns=CROWD | {"id": [0, -1]}), "uint16 cannot hold"),
        (JsonBatch(0, "pose", 0, 1, columns=POSE | {"head": [1e39] * 7}), "float32 cannot hold"),
        (JsonBatch(0, "pose", 0, 1, columns=POSE | {"head": [float("nan")] * 7}), "float32 cannot hold"),
        (JsonBatch(0, "hazard", 0, 2, columns=HAZARD | {"values": [1]}), "need"),
        (JsonBatch(0, "events", 0, 1, records=[{"kind": "nothing"}]), "nothing"),
        (JsonBatch(0, "events", 0, 1, records=[{"tick": 1}]), "kind"),
        (JsonBatch(0, "events", 0, 2, records=[{"kind": "comfort_stop", "tick": 1}]), "2 records"),
    ],
)
def test_what_is_refused(batch, says):
    with pytest.raises(WireError, match=says):
        json_payload(batch)


def test_json_has_no_nan_and_no_bottomless_nesting():
    for text in ('{"type":"data","seq":0,"channel":"pose","t0_us":0,"n":1,"columns":{"head":[NaN]}}', "[" * 60_000):
        with pytest.raises((msgspec.MsgspecError, RecursionError)):
            decode_from_uploader(text)


def test_the_crc_is_that_of_the_text():
    assert json_crc32(b"123456789") == 0xCBF43926, "the check value of CRC-32"
    assert json_crc32(json.dumps({"a": 1}).encode()) != json_crc32(b'{"a":1}')
