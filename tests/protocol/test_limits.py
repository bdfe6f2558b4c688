"""Requirements 19, 20, 21 and 23 at the real server: passes, caps, a line that is cut, clocks that stand wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import struct
import zlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from drill.record.wire import CLOSE_TRY_LATER, MAX_FRAME
from server.live.models import RunStream
from server.live.uploads import MAX_SOCKETS

HELLO = {"type": "hello", "proto": "sonae-wire/1", "first_seq": 0, "next_seq": 1}


@pytest.fixture
def station(server, strangers):
    made = strangers.Stranger(server.address)
    made.pair(server.pairing_code("limits"), "limits")
    return made


def header(**changes):
    known = {
        "scenario": "gym-flood",
        "scenario_hash": "ab" * 32,
        "seed": 7,
        "build": "stranger 1",
        "profile": "lab",
        "device": "a station of another make",
        "locomotion": "scripted",
        "started_at": "2026-12-06T10:00:00+09:00",
        "consent": "",
    }
    return known | changes


def opened(server, path, **headers):
    address = server.address.replace("http://", "ws://") + path
    return connect(address, additional_headers=headers, compression=None, proxy=None, max_size=None)


async def refused(server, path, **headers):
    """Return the status with which a handshake is refused; 101 when it is not."""
    try:
        async with opened(server, path, **headers):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def end_of(socket):
    """Return the code with which a socket is closed."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 15)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 1006


async def end_of_one_let_in(station):
    """Ask until the server has seen that a socket was closed; return how a run it does not know ends."""
    for _ in range(50):
        socket = await station.socket("/ws/upload", "upload")
        with contextlib.suppress(ConnectionClosed):
            await socket.send(json.dumps(HELLO | {"run_id": "ab" * 16}))
        code = await end_of(socket)
        if code != CLOSE_TRY_LATER:
            break
        await asyncio.sleep(0.1)
    return code


# --- 19: who may open --------------------------------------------------------------------------------------------


def test_a_pass_is_for_one_socket_of_one_purpose(server, station):
    device = f"Device {station.device_id}.{station.device_key}"

    def fresh(purpose):
        return str(station.post("/api/station/pass", {"purpose": purpose}, device)["pass"])

    async def tried():
        upload = fresh("upload")
        answers = [
            await refused(server, "/ws/station", Authorization=f"SocketPass {upload}"),
            await refused(server, "/ws/upload", Authorization=f"SocketPass {fresh('control')}"),
            await refused(server, "/ws/upload", Authorization=f"SocketPass {secrets.token_urlsafe(32)}"),
            await refused(server, "/ws/upload", Authorization=device),
            await refused(server, f"/ws/upload?pass={fresh('upload')}"),
            await refused(server, "/ws/upload"),
            await refused(
                server, "/ws/upload", Authorization=f"SocketPass {fresh('upload')}", Origin="http://evil.example"
            ),
        ]
        good = await refused(server, "/ws/upload", Authorization=f"SocketPass {upload}")
        again = await refused(server, "/ws/upload", Authorization=f"SocketPass {upload}")
        return answers, good, again

    answers, good, again = asyncio.run(tried())
    assert set(answers) == {403}
    assert (good, again) == (101, 403), "the pass was good all the while, once, for its own socket"


# --- 20: how much ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("over", "code"), [(0, 4400), (1, 4400), (2 * MAX_FRAME, 1009)])
def test_a_frame_has_a_cap(station, over, code):
    """A frame at the cap is judged by what it says; one over it is refused; one far over is not even read."""

    async def sent():
        async with station.socket("/ws/upload", "upload") as socket:
            await socket.send("x" * (MAX_FRAME + over))
            return await end_of(socket)

    assert asyncio.run(sent()) == code


def test_a_device_has_so_many_sockets_and_no_more(station):
    async def many():
        sockets = [await station.socket("/ws/upload", "upload") for _ in range(MAX_SOCKETS)]
        one_more = await station.socket("/ws/upload", "upload")
        code = await end_of(one_more)
        await sockets.pop().close()
        unknown = await end_of_one_let_in(station)
        for socket in sockets:
            await socket.close()
        return code, unknown

    assert asyncio.run(many()) == (CLOSE_TRY_LATER, 4404)


def test_an_address_has_so_many_sockets_and_no_more(serving, strangers, tmp_path, monkeypatch):
    """Two machines behind one address: together they may hold eight, whichever of them asks."""
    monkeypatch.setenv("SONAE_CONNECTIONS_OF_ADDRESS", "8")

    async def many(first, second):
        sockets = [await first.socket("/ws/upload", "upload") for _ in range(5)]
        sockets += [await second.socket("/ws/upload", "upload") for _ in range(2)]
        sockets.append(await second.socket("/ws/station", "control"))
        codes = [
            await end_of(await second.socket("/ws/station", "control")),
            await end_of(await first.socket("/ws/upload", "upload")),
        ]
        await sockets.pop(0).close()
        codes.append(await end_of_one_let_in(second))
        for socket in sockets:
            await socket.close()
        return codes

    with serving(tmp_path) as small:
        machines = [strangers.Stranger(small.address) for _ in range(2)]
        for number, machine in enumerate(machines):
            machine.pair(small.pairing_code(f"端末{number}"), f"端末{number}")
        assert asyncio.run(many(*machines)) == [CLOSE_TRY_LATER, CLOSE_TRY_LATER, 4404]


# --- 21: again and again -----------------------------------------------------------------------------------------


def test_what_comes_after_the_revocation_is_not_taken(server, strangers, station):
    run = strangers.Run(header(), [strangers.pose_batch([i * 16_667], [[0.0] * 6 + [1.0]]) for i in range(2000)])

    async def sending():
        taken = 0
        async with station.socket("/ws/upload", "upload") as socket:
            sealed = station.seal(json.dumps(run.header).encode())
            await socket.send(json.dumps(HELLO | {"run_id": run.run_id, "next_seq": 2000, "header": sealed}))
            await station.hear(socket, "welcome")
            await socket.send(json.dumps({"type": "segment", "segment": 1, "key": station.seal(run.key)}))
            await socket.send(run.binary_frame(0))
            await station.hear(socket, "ack")
            end = asyncio.create_task(end_of(socket))  # acknowledgements that nobody reads would hold up the close
            await asyncio.to_thread(server.revoke, station.device_id)
            with contextlib.suppress(ConnectionClosed):
                for seq in range(1, 2000):
                    await socket.send(run.binary_frame(seq))
                    taken = seq
                    await asyncio.sleep(0.01)
            return taken, await end

    taken, code = asyncio.run(sending())
    assert code == 4403
    assert taken < 1000, "a thousand would be ten seconds"
    with server.staff() as db:
        kept = db.query(RunStream).filter_by(run_id=run.run_id).one()
    assert 1 <= kept.w <= taken + 1


# --- 23: whose time ----------------------------------------------------------------------------------------------


def expected(batches):
    """Return the checksum of times and heads that every clock must give."""
    times = b"".join(b.payload[: 4 * b.n] for b in batches)
    t_s = [v / 1e6 for v in struct.unpack(f"<{len(times) // 4}I", times)]
    heads = b"".join(b.payload[4 * b.n : 32 * b.n] for b in batches)
    return zlib.crc32(struct.pack(f"<{len(t_s)}d", *t_s) + heads)


@pytest.mark.parametrize(
    "started_at",
    [
        "2026-12-06T09:50:00+09:00",
        "2026-12-06T10:10:00+09:00",
        "2025-12-06T10:00:00+09:00",
        "2027-12-06T10:00:00+09:00",
        "2026-12-05T20:00:00-05:00",
        "1970-01-01T00:00:00Z",
    ],
)
def test_a_clock_that_stands_wrong_changes_nothing_but_itself(server, strangers, station, started_at):
    """Run time and `seq` order everything; the station's wall clock is kept beside them, as it stood."""
    batches = [
        strangers.pose_batch([s * 1_000_000 + i * 16_667 for i in range(60)], [[i / 60, 2.0, 1.5, 0, 0, 0, 1.0]] * 60)
        for s, i in enumerate(range(3))
    ]
    run = strangers.Run(header(started_at=started_at), batches)
    assert asyncio.run(station.upload(run))
    kept = server.run(run.run_id)
    assert kept.state == "complete"
    assert kept.header.started_at == started_at
    assert zlib.crc32(kept.pose.t_s.tobytes() + kept.pose.head.tobytes()) == expected(batches)
