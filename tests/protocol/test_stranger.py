"""A station written from docs/protocol.md alone works with the real server, and so does ours."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import json
import sys
import time
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from drill.record.events import Cue, Ended


def whole_run(strangers, station, **changes):
    """Return a run of two seconds in all five channels."""
    scenario = station.bundle()["scenarios"][0]
    header = {
        "scenario": scenario["id"],
        "scenario_hash": scenario["hash"],
        "seed": 7,
        "build": "stranger 1",
        "profile": "lab",
        "device": "a station of another make",
        "locomotion": "scripted",
        "started_at": "2026-07-01T09:00:00+09:00",
        "consent": "recording/1",
    } | changes
    batches = []
    for second in range(2):
        t_us = [second * 1_000_000 + i * 16_667 for i in range(60)]
        batches.append(strangers.pose_batch(t_us, [[t / 1e6, 2.0, 1.5, 0.0, 0.0, 0.0, 1.0] for t in t_us]))
        rows = [(60 * second + 12 * k, i, 100 * i, -5, 0, 1) for k in range(5) for i in range(3)]
        batches.append(strangers.crowd_batch(rows))
        batches.append(strangers.hazard_batch(60 * second, [0.25 * second, 0.0, 0.0]))
    batches.append(strangers.records_batch("inputs", [{"kind": "inputs", "tick": 1, "forward": 1.0}]))
    events = [{"kind": "cue", "tick": 0, "cue": "siren", "first": True}, {"kind": "end", "tick": 120, "reason": "time"}]
    batches.append(strangers.records_batch("events", events))
    return strangers.Run(header, batches)


@pytest.fixture(scope="module")
def station(server, strangers):
    made = strangers.Stranger(server.address)
    made.pair(server.pairing_code("stranger"), "stranger")
    return made


def check(kept):
    assert len(kept.pose.t_s) == 120
    np.testing.assert_allclose(kept.pose.head[:, 0], kept.pose.t_s, atol=1e-5)
    assert len(kept.crowd.id) == 30
    assert (kept.crowd.y_m == -0.05).all()
    assert [h.values.tolist() for h in kept.hazards] == [[0.0, 0.0, 0.0], [0.25, 0.0, 0.0]]
    assert kept.inputs[0].forward == 1.0
    assert kept.events == (Cue(0, "siren", first=True), Ended(120, "time"))
    assert kept.flags == ()


def test_the_stranger_is_one():
    """It may use the standard library, websockets and PyNaCl: else it would prove nothing about the page."""
    tree = ast.parse((Path(__file__).parent / "stranger.py").read_text(encoding="utf-8"))
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add(str(node.module).split(".")[0])
    assert roots - set(sys.stdlib_module_names) == {"websockets", "nacl"}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_whole_run(server, strangers, station, as_json):
    run = whole_run(strangers, station)
    assert asyncio.run(station.upload(run, as_json=as_json))
    kept = server.run(run.run_id)
    assert kept.state == "complete"
    assert kept.header.device == "a station of another make"
    check(kept)
    assert run.seen_w[-1] == len(run.batches)
    assert asyncio.run(station.upload(run, as_json=as_json)), "the same run again gets its DONE again"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_connection_that_breaks_at_every_batch(server, strangers, station, as_json):
    run = whole_run(strangers, station)
    for cut in range(len(run.batches)):
        assert not asyncio.run(station.upload(run, as_json=as_json, cut_after=cut))
    assert asyncio.run(station.upload(run, as_json=as_json))
    kept = server.run(run.run_id)
    assert kept.state == "complete"
    check(kept)


def test_a_run_that_was_cut_off(server, strangers, station):
    run = whole_run(strangers, station)
    del run.batches[5:]
    assert asyncio.run(station.upload(run, complete=False))
    assert server.run(run.run_id).state == "abandoned"


def test_other_bytes_under_a_known_seq(server, strangers, station):
    run = whole_run(strangers, station)
    asyncio.run(station.upload(run, cut_after=6))
    other = whole_run(strangers, station)
    other.run_id, other.header, other.key = run.run_id, run.header, run.key
    other.batches[0] = strangers.pose_batch([0], [[9.0, 9.0, 9.0, 0.0, 0.0, 0.0, 1.0]])

    async def resend() -> int:
        async with station.socket("/ws/upload", "upload") as socket:
            hello = {"type": "hello", "proto": "sonae-wire/1", "run_id": run.run_id, "first_seq": 0, "next_seq": 1}
            await socket.send(json.dumps(hello))
            await station.hear(socket, "welcome")
            await socket.send(json.dumps({"type": "segment", "segment": 1, "key": station.seal(run.key)}))
            await socket.send(other.binary_frame(0))
            try:
                await station.hear(socket, "ack")
            except strangers.RefusedError as error:
                return error.code
        return 0

    deadline = time.monotonic() + 10
    while not (code := asyncio.run(resend())) and time.monotonic() < deadline:
        pass
    assert code == 4409


def test_what_the_server_refuses(server, strangers, station):
    async def said(*frames) -> int:
        async with station.socket("/ws/upload", "upload") as socket:
            for frame in frames:
                await socket.send(frame)
            try:
                await station.hear(socket, "done")
            except strangers.RefusedError as error:
                return error.code
        return 0

    run = whole_run(strangers, station, locomotion="walked", consent="")
    with pytest.raises(strangers.RefusedError) as refused:
        asyncio.run(station.upload(run))
    assert refused.value.code == 4403
    hello = {"type": "hello", "proto": "sonae-wire/1", "run_id": "ab" * 16, "first_seq": 0, "next_seq": 1}
    assert asyncio.run(said(json.dumps(hello))) == 4404
    assert asyncio.run(said(json.dumps(hello | {"proto": "sonae-wire/9"}))) == 4400
    assert asyncio.run(said(json.dumps(hello | {"run_id": "AB" * 16}))) == 4400
    assert asyncio.run(said("[" * 5000)) == 4400
    assert asyncio.run(said(b"SND1")) == 4400


def test_a_broken_frame_in_a_run(server, strangers, station):
    for spoil in (
        lambda f: f[:-1],
        lambda f: f[:60] + bytes([f[60] ^ 1]) + f[61:],
        lambda f: f[:28] + b"\xff\xff\x00\x00" + f[32:],
    ):
        run = whole_run(strangers, station)
        good = run.binary_frame

        def frame(seq, good=good, spoil=spoil):
            return spoil(good(seq)) if seq == 3 else good(seq)

        run.binary_frame = frame
        with pytest.raises(strangers.RefusedError) as refused:
            asyncio.run(station.upload(run))
        assert refused.value.code == 4400
        run.binary_frame = good
        assert asyncio.run(station.upload(run)), "the right bytes are taken afterwards"


def test_a_batch_too_early_is_asked_for(server, strangers, station):
    run = whole_run(strangers, station)

    async def early() -> int:
        async with station.socket("/ws/upload", "upload") as socket:
            header = station.seal(json.dumps(run.header).encode())
            hello = {"type": "hello", "proto": "sonae-wire/1", "run_id": run.run_id, "first_seq": 0, "next_seq": 8}
            await socket.send(json.dumps(hello | {"header": header}))
            await station.hear(socket, "welcome")
            await socket.send(json.dumps({"type": "segment", "segment": 1, "key": station.seal(run.key)}))
            await socket.send(run.binary_frame(0))
            await socket.send(run.binary_frame(2))
            return (await station.hear(socket, "nack"))["expected"]

    assert asyncio.run(early()) == 1


def test_passes_and_keys(server, strangers, station):
    with pytest.raises(urllib.error.HTTPError) as wrong:
        strangers.Stranger(server.address).pair("0000-0000", "x")
    wrong.value.close()
    assert wrong.value.code == 403
    with pytest.raises(urllib.error.HTTPError) as unknown:
        strangers.Stranger(server.address).socket("/ws/upload", "upload")
    unknown.value.close()
    assert unknown.value.code == 401


def test_control(server, strangers, station):
    async def talk() -> tuple[float, float]:
        async with station.socket("/ws/station", "control") as socket:
            offset, uncertainty = await station.exchange_time(socket)
            await socket.send(json.dumps({"type": "station_state", "state": "idle"}))
            live = {"type": "live", "run_id": "ab" * 16, "t_s": 0.1, "x": 1, "y": 2, "z": 0, "yaw": 0}
            await socket.send(json.dumps(live | {"floor": 0, "posture": 0, "state": 1}))
            await station.exchange_time(socket)
            return offset, uncertainty

    offset, uncertainty = asyncio.run(talk())
    assert abs(offset + time.monotonic() - time.time()) < 1 + uncertainty, "the same machine, the same clock"


@pytest.mark.parametrize("as_json", [False, True])
def test_the_stranger_pins_too(gym, strangers, as_json):
    made = strangers.Stranger(gym.address, gym.fingerprint)
    made.pair(gym.pairing_code("stranger"), "stranger")
    run = whole_run(strangers, made)
    assert asyncio.run(made.upload(run, as_json=as_json))
    check(gym.run(run.run_id))
    with pytest.raises(ValueError, match=r"[0-9a-f]{64}"):
        strangers.Stranger(gym.address, "AB" * 32)


def test_a_key_is_changed_and_a_record_taken_back(server, strangers):
    made = strangers.Stranger(server.address)
    made.pair(server.pairing_code("stranger"), "stranger")
    assert not made.new_key(only_if_due=True)
    assert made.new_key(only_if_due=False)
    code = "0000000000"
    run = whole_run(strangers, made, locomotion="walked")
    run.header["withdrawal"] = hashlib.sha256(f"{run.run_id}.{code}".encode()).hexdigest()
    assert asyncio.run(made.upload(run))
    assert server.run(run.run_id).header.withdrawal == run.header["withdrawal"]
    made.take_back(run.run_id, "recording/1")
    with pytest.raises(strangers.RefusedError) as refused:
        asyncio.run(made.upload(run))
    assert refused.value.code == 4403


def test_a_run_id_alone_lets_no_other_device_speak_for_a_run(server, strangers, station):
    run = whole_run(strangers, station)
    asyncio.run(station.upload(run, cut_after=3))
    other = strangers.Stranger(server.address)
    other.pair(server.pairing_code("other"), "other")
    hello = {"type": "hello", "proto": "sonae-wire/1", "run_id": run.run_id, "first_seq": 0, "next_seq": 9}

    async def said(device) -> str:
        async with device.socket("/ws/upload", "upload") as socket:
            await socket.send(json.dumps(hello))
            try:
                return str((await device.hear(socket, "welcome"))["type"])
            except strangers.RefusedError as error:
                return str(error.code)

    assert asyncio.run(said(other)) == "4404"
    assert asyncio.run(said(station)) == "welcome"
    assert asyncio.run(other.upload(run)), "whoever has the spool has its header, and may bring it to the end"
    assert server.run(run.run_id).state == "complete"
