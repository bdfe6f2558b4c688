"""The upload socket on both engines: what is taken, what is refused, what is verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from drill.record import wire
from drill.record.jsonbatch import json_crc32
from server.drills import service as drills
from server.jobs.models import Job
from server.live import service, store
from server.live.models import Chunk, Quarantined


def stored(app: FastAPI, run_id: str) -> list[int]:
    with app.state.database.reading() as db:
        stream = store.stream_of_run(db, run_id)
        return [] if stream is None else [mark.seq for mark in store.marks(db, stream.id)]


def state(app: FastAPI, run_id: str) -> str:
    with app.state.database.reading() as db:
        return drills.get_run(db, run_id).state


def test_a_run_arrives_is_acknowledged_verified_and_read_back(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(3), line()
    welcome = socket.open(station)
    assert (welcome.w, welcome.epoch) == (0, 1)
    for frame in station.frames:
        socket.say(frame)
    socket.hear_ack(6)
    socket.say(station.end())
    assert socket.hear_until(wire.Done) == wire.Done(station.run_id, 6)
    assert state(app, station.run_id) == "complete"
    with app.state.database.reading() as db:
        run = service.recorded_run(db, station.run_id)
        assert [job.payload for job in db.query(Job).filter_by(kind="analysis.run")] == [{"run_id": station.run_id}]
    assert run.header == station.header
    assert len(run.pose.t_s) == 270
    assert [event.tick for event in run.events] == [0, 60, 120]
    assert (run.state, run.missing_seq) == ("complete", ())


def test_payloads_lie_opened_in_the_database_and_keys_do_not(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any], make_pose: Callable[..., bytes]
) -> None:
    station, socket = make_station(), line()
    payload = make_pose(90)
    station.add("pose", 90, payload)
    socket.open(station)
    socket.say(station.frames[0])
    socket.hear_ack(1)
    with app.state.database.reading() as db:
        chunk = db.query(Chunk).one()
        assert chunk.payload == payload
        assert chunk.crc32 == station.frames[0].crc32
        assert chunk.length == len(payload) + 16


def test_acknowledgement_comes_only_after_the_batch_is_stored(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(5), line()
    socket.open(station)
    for frame in station.frames:
        socket.say(frame)
        w = socket.hear_until(wire.Ack).w
        assert stored(app, station.run_id)[:w] == list(range(w))


def test_a_batch_that_comes_early_is_asked_for_once(line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, socket = make_station().fill(3), line()
    socket.open(station)
    for seq in (1, 2, 3, 4):
        socket.say(station.frames[seq])
    assert socket.hear() == wire.Nack(0)
    for frame in station.frames:
        socket.say(frame)
    socket.hear_ack(6)


def test_a_repeated_batch_is_acknowledged_again(line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, socket = make_station().fill(1), line()
    socket.open(station)
    socket.say(station.frames[0])
    socket.hear_ack(1)
    socket.say(station.frames[0])
    assert socket.hear() == wire.Ack(1)


def test_other_bytes_under_a_stored_seq_are_quarantined(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any], make_pose: Callable[..., bytes]
) -> None:
    station, socket = make_station().fill(1), line()
    socket.open(station)
    for frame in station.frames:
        socket.say(frame)
    socket.hear_ack(2)
    clone = make_station(run_id=station.run_id)
    clone.key = station.key
    clone.add("pose", 90, make_pose(90, x=2.0))
    socket.say(clone.frames[0])
    refusal = socket.hear_until(wire.Refusal)
    assert (refusal.code, refusal.seq) == (wire.CLOSE_CONFLICT, 0)
    assert f"{station.frames[0].crc32:08x}" in refusal.message
    assert socket.hear() == wire.CLOSE_CONFLICT
    with app.state.database.reading() as db:
        kept = db.query(Quarantined).one()
        assert kept.frame == clone.frames[0].encode()
        assert "conflicting_batches" in service.recorded_run(db, station.run_id).flags
    again = line()
    assert again.open(station).w == 2


def test_a_newer_hello_takes_the_run_over(line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, older, newer = make_station().fill(2), line(), line()
    older.open(station)
    older.say(station.frames[0])
    older.hear_ack(1)
    welcome = newer.open(station)
    assert (welcome.w, welcome.epoch) == (1, 2)
    assert older.hear() == wire.CLOSE_NEWER_HELLO
    for frame in station.frames[1:]:
        newer.say(frame)
    newer.hear_ack(4)


def test_end_before_its_batches_names_what_is_missing(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(2), line()
    socket.open(station)
    for frame in station.frames[:2]:
        socket.say(frame)
    socket.say(station.end())
    refusal = socket.hear_until(wire.Refusal)
    assert (refusal.code, refusal.seq) == (0, 2)
    assert "2 to 3" in refusal.message
    assert state(app, station.run_id) == "running"
    for frame in station.frames[2:]:
        socket.say(frame)
    socket.say(station.end())
    assert socket.hear_until(wire.Done).w == 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hash": "0" * 64}, "hash"),
        ({"rows": {"pose": 89, "events": 1}}, "pose: END says 89 rows, 90 are stored"),
        ({"rows": {"pose": 90, "events": 1, "crowd": 5}}, "crowd: END says 5 rows, 0 are stored"),
    ],
)
def test_end_with_another_count_or_hash_is_refused(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any], change: dict[str, Any], says: str
) -> None:
    station, socket = make_station().fill(1), line()
    socket.open(station)
    for frame in station.frames:
        socket.say(frame)
    socket.say(station.end(**change))
    refusal = socket.hear_until(wire.Refusal)
    assert refusal.code == wire.CLOSE_CONFLICT
    assert says in refusal.message
    assert state(app, station.run_id) == "running"


def test_end_twice_is_done_twice_and_analysed_once(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station = make_station().fill(1)
    for _ in range(2):
        socket = line()
        welcome = socket.open(station)
        for frame in station.frames[welcome.w :]:
            socket.say(frame)
        socket.say(station.end())
        assert socket.hear_until(wire.Done).w == 2
    with app.state.database.reading() as db:
        assert db.query(Job).filter_by(kind="analysis.run").count() == 1


def test_a_batch_after_the_end_is_refused(line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, socket = make_station().fill(1), line()
    socket.open(station)
    for frame in station.frames:
        socket.say(frame)
    socket.say(station.end())
    socket.hear_until(wire.Done)
    station.fill(1)
    socket.say(station.frames[2])
    assert "after END" in socket.hear_until(wire.Refusal).message
    assert socket.hear() == wire.CLOSE_BAD_FRAME


def test_a_station_that_died_ends_abandoned(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(2), line()
    socket.open(station)
    for frame in station.frames:
        socket.say(frame)
    socket.hear_ack(4)
    kept = make_station(run_id=station.run_id)
    kept.frames, kept.rows = station.frames[:2], {"pose": 90, "events": 1}
    socket.say(kept.end(complete=False))
    assert socket.hear_until(wire.Done).w == 4
    assert state(app, station.run_id) == "abandoned"
    with app.state.database.reading() as db:
        assert len(service.recorded_run(db, station.run_id).pose.t_s) == 180


def test_what_the_station_lost_is_a_known_gap(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(3), line()
    assert socket.open(station, first_seq=2).w == 2
    for frame in station.frames[2:]:
        socket.say(frame)
    socket.say(station.end())
    assert socket.hear_until(wire.Done).w == 6
    assert state(app, station.run_id) == "gapped"
    with app.state.database.reading() as db:
        run = service.recorded_run(db, station.run_id)
    assert (run.state, run.missing_seq) == ("gapped", ((0, 2),))


def test_a_run_without_consent_is_refused_before_anything_is_kept(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station(consent="").fill(1), line()
    socket.say(station.hello())
    refusal = socket.hear()
    assert refusal.code == wire.CLOSE_REFUSED
    assert "consent" in refusal.message
    assert socket.hear() == wire.CLOSE_REFUSED
    assert stored(app, station.run_id) == []
    scripted = make_station(consent="", locomotion="scripted").fill(1)
    assert line().open(scripted).w == 0


def test_an_unknown_run_without_header_is_refused(line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, socket = make_station().fill(1), line()
    socket.say(station.hello(header=""))
    assert socket.hear().code == wire.CLOSE_UNKNOWN_RUN
    assert socket.hear() == wire.CLOSE_UNKNOWN_RUN
    line().open(station)
    assert line().open(station, header="").epoch == 2


def bad_frames(station: Any, make_pose: Callable[..., bytes]) -> dict[str, object]:
    """Return frames that break a rule, by what the refusal says; each would be seq 0."""
    nan = bytearray(make_pose(90))
    nan[90 * 4 : 90 * 4 + 4] = np.float32("nan").tobytes()
    good = station.frames[0].encode()
    return {
        "finite": wire.Data(0, "pose", 0, 90, bytes(nan)),
        "91 rows need": wire.Data(0, "pose", 0, 91, make_pose(90)),
        "does not open": wire.Data(0, "pose", 0, 91, station.frames[0].payload, 1),
        "header says": good[:-1],
        "crc32": good[:-1] + bytes([good[-1] ^ 1]),
        "shorter than": b"SND1",
        "passes the cap": bytes(70_000),
        "has no key": wire.Data(0, "pose", 0, 90, bytes(8026), 9),
        "not a message": "{",
        "HELLO opens": station.hello(),
        "more than a day": wire.Data(0, "pose", 2**60, 90, make_pose(90)),
        "segment 2 does not open": wire.Segment(2, "AAAA"),
        "segment 0": wire.Segment(0, station.segment().key),
    }


def test_each_bad_frame_is_refused_and_the_others_go_on(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any], make_pose: Callable[..., bytes]
) -> None:
    healthy, bystander = make_station().fill(30), line()
    bystander.open(healthy)
    station = make_station().fill(1)
    for sent, (says, frame) in enumerate(bad_frames(station, make_pose).items()):
        socket = line()
        socket.open(station)
        socket.say(frame)
        refusal = socket.hear()
        assert isinstance(refusal, wire.Refusal), says
        assert refusal.code == wire.CLOSE_BAD_FRAME, says
        assert says in refusal.message
        assert socket.hear() == wire.CLOSE_BAD_FRAME
        assert stored(app, station.run_id) == []
        bystander.say(healthy.frames[sent])
        bystander.hear_ack(sent + 1)
    assert line().open(station).w == 0


def test_a_json_batch_is_the_same_run(app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]) -> None:
    station, socket = make_station(), line()
    socket.open(station)
    pose = [0.0, 0.0, 1.5, 0.0, 0.0, 0.0, 1.0]
    texts = [
        wire.encode(
            wire.JsonBatch(
                seq,
                "pose",
                seq * 1_000_000,
                1,
                {"t_us": [seq], "head": pose, "left": pose, "right": pose, "tracked": [1]},
            )
        ).decode()
        for seq in range(3)
    ]
    for text in texts:
        socket.say(text)
    socket.hear_ack(3)
    crcs = np.array([json_crc32(text.encode()) for text in texts], "<u4").tobytes()
    socket.say(wire.End(3, {"pose": 3}, hashlib.sha256(crcs).hexdigest()))
    assert socket.hear_until(wire.Done).w == 3
    with app.state.database.reading() as db:
        assert service.recorded_run(db, station.run_id).pose.head[:, 2].tolist() == [1.5, 1.5, 1.5]


def test_a_socket_needs_a_fresh_pass_for_its_purpose(
    client: TestClient, new_pass: Callable[[str], dict[str, str]]
) -> None:
    used = new_pass("upload")
    with client.websocket_connect("ws://127.0.0.1/ws/upload", headers=used):
        pass
    for headers in (used, new_pass("control"), {}, {"Authorization": "SocketPass "}, {"Authorization": "Device x.y"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/ws/upload", headers=headers):
            pass


def test_a_foreign_page_opens_no_socket(client: TestClient, new_pass: Callable[[str], dict[str, str]]) -> None:
    headers = new_pass("upload") | {"Origin": "http://evil.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/ws/upload", headers=headers):
        pass
