"""The uplink against a server that is killed, slow, full or of another mind: nothing goes before its DONE."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from drill.record import uplink as uplink_module
from drill.record import wire
from drill.record.api import DeviceRefusedError, ServerError
from drill.record.backoff import Backoff
from drill.record.batches import Batch
from drill.record.channels import EVENTS
from drill.record.config import StationConfig
from drill.record.spool import Spool
from drill.record.spooled import aside_folders, run_folders, segment_path
from drill.record.tally import Tally
from drill.record.uplink import Uplink
from drill.record.wire import Ack, Done, Nack, Refusal, Welcome

CONFIG = StationConfig("http://127.0.0.1:1", "device", "key", "")


class Server:
    """What a server keeps, and a plan for how it misbehaves on each connection in turn."""

    def __init__(self) -> None:
        self.stored: dict[str, list[bytes]] = defaultdict(list)
        self.done: list[str] = []
        self.order: list[str] = []
        self.plans: list[Callable[[int], str]] = []
        self.connections = 0
        self.forgets_unless_done = False

    async def __call__(self, socket: ServerConnection) -> None:
        self.connections += 1
        plan = self.plans.pop(0) if self.plans else lambda _: ""
        try:
            await self._serve(socket, plan)
        except ConnectionClosed:
            return

    async def _serve(self, socket: ServerConnection, plan: Callable[[int], str]) -> None:
        run_id, keys, count = "", set(), 0
        async for frame in socket:
            act = plan(count)
            count += 1
            if act == "cut":
                socket.transport.abort()
                return
            if act == "silent":
                await socket.wait_closed()
                return
            if act.isdigit():
                await self._say(socket, Refusal(int(act), "so it is"))
                await socket.close(int(act), "so it is")
                return
            if isinstance(frame, bytes):
                data = wire.decode_data(frame)
                assert data.segment in keys
                if data.seq > len(self.stored[run_id]):
                    await self._say(socket, Nack(len(self.stored[run_id])))
                    continue
                if data.seq == len(self.stored[run_id]):
                    self.stored[run_id].append(frame)
                assert self.stored[run_id][data.seq] == frame
                await self._say(socket, Ack(len(self.stored[run_id])))
                continue
            message = wire.decode_from_uploader(frame)
            if isinstance(message, wire.Hello):
                run_id = message.run_id
                self.order.append(run_id)
                await self._say(socket, Welcome(len(self.stored[run_id]), 1, 2000, "now"))
            elif isinstance(message, wire.Segment):
                keys.add(message.segment)
            elif isinstance(message, wire.End):
                tally = Tally()
                for kept in self.stored[run_id]:
                    data = wire.decode_data(kept)
                    tally.add(data.channel, data.n, data.crc32)
                assert tally.end(complete=message.complete) == message
                self.done.append(run_id)
                await self._say(socket, Done(run_id, len(self.stored[run_id])))

    async def _say(self, socket: ServerConnection, message: object) -> None:
        await socket.send(wire.encode(message).decode())


@pytest.fixture
def passes(monkeypatch):
    """Hand out passes without a web server; a list of errors to raise first."""
    errors: list[Exception] = []

    def give(config: StationConfig, purpose: str) -> str:
        assert purpose == "upload"
        if errors:
            raise errors.pop(0)
        return "pass"

    monkeypatch.setattr(uplink_module, "socket_pass", give)
    return errors


@asynccontextmanager
async def serving(server: Server):
    async with serve(server, "127.0.0.1", 0, max_size=wire.MAX_FRAME, max_queue=None) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield StationConfig(f"http://127.0.0.1:{port}", "device", "key", "")


def record(root: Path, header, city, *, run_id: str, count: int = 30, close: bool = True) -> Spool:
    spool = Spool.create(
        root, header(run_id=run_id), city.public, least_free_bytes=0, sync_thread=False, segment_bytes=1500
    )
    for index in range(count):
        spool.append(Batch(EVENTS, 0, index, b"\x90"))
    spool.sync()
    if close:
        spool.close()
    return spool


def quick(seed: int = 0) -> Backoff:
    return Backoff(first_s=0.001, most_s=0.005, rng=random.Random(seed))


def upload(server: Server, root: Path, **kwargs) -> Uplink:
    async def main() -> Uplink:
        async with serving(server) as config:
            uplink = Uplink(config, root, backoff=quick(), **kwargs)
            await asyncio.wait_for(uplink.drain(), 60)
            return uplink

    return asyncio.run(main())


def ids(count: int) -> list[str]:
    return [f"{i:032x}" for i in range(1, count + 1)]


def test_a_backlog_goes_up_in_order_and_is_dropped(tmp_path, header, city, passes):
    for run_id in ids(5):
        record(tmp_path, header, city, run_id=run_id)
    server, seen = Server(), []
    upload(server, tmp_path, on_state=seen.append)
    assert server.done == ids(5)
    assert run_folders(tmp_path) == []
    assert [len(server.stored[i]) for i in ids(5)] == [30] * 5
    assert {(s.acknowledged, s.batches) for s in seen} >= {(30, 30)}
    assert seen[-1].runs_done == 5


def test_connections_cut_at_every_message(tmp_path, header, city, passes):
    record(tmp_path, header, city, run_id=ids(1)[0], count=12)
    server = Server()
    server.plans = [lambda n, k=k: "cut" if n == k else "" for k in range(20)]
    upload(server, tmp_path)
    assert server.done
    assert len(server.stored[ids(1)[0]]) == 12
    assert server.connections > 3


def test_a_run_goes_only_after_done(tmp_path, header, city, passes):
    """The spool must be whole at the moment the server says DONE, however often the END was lost before."""
    record(tmp_path, header, city, run_id=ids(1)[0], count=5)
    there: list[bool] = []

    class Watching(Server):
        async def _say(self, socket, message):
            there.append(len(run_folders(tmp_path)) == 1 and segment_path(run_folders(tmp_path)[0], 1).exists())
            if isinstance(message, Done) and len(self.done) < 4:
                socket.transport.abort()
                return
            await super()._say(socket, message)

    server = Watching()
    upload(server, tmp_path)
    assert all(there)
    assert len(server.done) == 4
    assert run_folders(tmp_path) == []


def test_planted_fault_a_run_that_goes_before_done_is_seen(tmp_path, header, city, passes, monkeypatch):
    """The check above must be able to fail: an uplink that deletes when END is sent is caught by it."""
    record(tmp_path, header, city, run_id=ids(1)[0], count=5)
    real = uplink_module.Upload.next_frame

    def hasty(self, now):
        frame = real(self, now)
        if isinstance(frame, str) and '"end"' in frame:
            self.run.remove()
        return frame

    monkeypatch.setattr(uplink_module.Upload, "next_frame", hasty)
    server = Server()
    server.plans = [lambda n: "cut" if n == 7 else ""] * 50
    upload(server, tmp_path)
    assert server.done == [], "the run is lost: gone from the station, never finished on the server"
    assert run_folders(tmp_path) == []


def test_a_silent_server_is_left(tmp_path, header, city, passes, monkeypatch):
    monkeypatch.setattr("drill.record.upload.ACK_DEADLINE_S", 0.3)
    record(tmp_path, header, city, run_id=ids(1)[0])
    server = Server()
    server.plans = [lambda n: "silent" if n == 6 else ""]
    upload(server, tmp_path)
    assert server.done == ids(1)
    assert server.connections == 2


@pytest.mark.parametrize("code", [4400, 4404, 4409])
def test_a_refused_run_is_set_aside_and_the_next_goes_up(tmp_path, header, city, passes, code):
    for run_id in ids(2):
        record(tmp_path, header, city, run_id=run_id)
    server = Server()
    server.plans = [lambda n: str(code) if n == 3 else ""]
    uplink = upload(server, tmp_path)
    assert server.done == [ids(2)[1]]
    (aside,) = aside_folders(tmp_path)
    assert "so it is" in (aside / "why.txt").read_text()
    assert uplink.set_aside == [(ids(2)[0], f"{code}: so it is")]


@pytest.mark.parametrize("code", [4001, 4403])
def test_a_run_that_another_has_stays_and_the_next_goes_up(tmp_path, header, city, passes, code):
    for run_id in ids(2):
        record(tmp_path, header, city, run_id=run_id)
    server = Server()
    server.plans = [lambda n: str(code) if n == 3 else ""]
    upload(server, tmp_path)
    assert server.done == [ids(2)[1]]
    assert [p.name[9:] for p in run_folders(tmp_path)] == [ids(2)[0]]


def test_a_server_that_says_try_later_is_tried_later(tmp_path, header, city, passes):
    record(tmp_path, header, city, run_id=ids(1)[0])
    server = Server()
    server.plans = [lambda n: "1013"] * 3
    upload(server, tmp_path)
    assert server.done == ids(1)
    assert server.connections == 4


def test_a_server_that_is_down_and_comes_back(tmp_path, header, city, passes):
    passes += [ServerError("not reached")] * 3
    record(tmp_path, header, city, run_id=ids(1)[0])
    server = Server()
    upload(server, tmp_path)
    assert server.done == ids(1)


def test_a_revoked_device_stops_and_keeps_everything(tmp_path, header, city, passes):
    passes.append(DeviceRefusedError("revoked", status=401))
    record(tmp_path, header, city, run_id=ids(1)[0])
    with pytest.raises(DeviceRefusedError):
        upload(Server(), tmp_path)
    assert len(run_folders(tmp_path)) == 1


def test_a_run_is_sent_while_it_is_played(tmp_path, header, city, passes):
    spool = record(tmp_path, header, city, run_id=ids(1)[0], count=4, close=False)
    server = Server()

    async def main() -> None:
        async with serving(server) as config:
            uplink = Uplink(config, tmp_path, backoff=quick())
            task = asyncio.create_task(uplink.drain())
            while len(server.stored[ids(1)[0]]) < 4:
                await asyncio.sleep(0.01)
            assert server.done == []
            spool.append(Batch(EVENTS, 0, 4, b"\x90"))
            await asyncio.sleep(0.3)
            assert len(server.stored[ids(1)[0]]) == 4, "not synced, not sent"
            spool.sync()
            while len(server.stored[ids(1)[0]]) < 5:
                await asyncio.sleep(0.01)
            spool.close()
            await asyncio.wait_for(task, 20)

    asyncio.run(main())
    assert server.done == ids(1)
    assert run_folders(tmp_path) == []


def test_a_recording_that_stops_on_the_way_is_sent_as_abandoned(tmp_path, header, city, passes):
    spool = record(tmp_path, header, city, run_id=ids(1)[0], count=4, close=False)
    server = Server()

    async def main() -> None:
        async with serving(server) as config:
            task = asyncio.create_task(Uplink(config, tmp_path, backoff=quick()).drain())
            while len(server.stored[ids(1)[0]]) < 4:
                await asyncio.sleep(0.01)
            spool.abandon()
            await asyncio.wait_for(task, 20)

    asyncio.run(main())
    assert server.done == ids(1)


def test_a_damaged_run_is_uploaded_as_far_as_it_goes_and_kept(tmp_path, header, city, passes):
    spool = record(tmp_path, header, city, run_id=ids(1)[0], count=8)
    entry = spool.run.entries[5]
    path = segment_path(spool.run.folder, entry.segment)
    content = bytearray(path.read_bytes())
    content[entry.offset + 45] ^= 1
    path.write_bytes(content)
    uplink_module.forget_live(spool.run.folder)
    server = Server()
    uplink = upload(server, tmp_path)
    assert len(server.stored[ids(1)[0]]) == 5
    assert len(aside_folders(tmp_path)) == 1
    assert "damaged" in uplink.set_aside[0][1]


def test_the_thread_uploads_beside_a_drill_and_stops(tmp_path, header, city, passes):
    record(tmp_path, header, city, run_id=ids(1)[0])
    server = Server()

    async def main() -> None:
        async with serving(server) as config:
            uplink = Uplink(config, tmp_path, backoff=quick())
            uplink.start()
            assert await asyncio.to_thread(uplink.wait_until_empty, 20)
            await asyncio.to_thread(uplink.stop)
            assert uplink.state.state == "stopped"

    asyncio.run(main())
    assert server.done == ids(1)


def test_the_backoff_grows_and_scatters():
    rng = random.Random(1)
    waits = [[b.next_s() for _ in range(9)] for b in (Backoff(rng=rng), Backoff(rng=rng))]
    for wait in waits:
        assert all(0.5 * min(0.5 * 2**i, 30) <= w <= 1.5 * min(0.5 * 2**i, 30) for i, w in enumerate(wait))
    assert waits[0] != waits[1]
    backoff = Backoff()
    for _ in range(99):
        backoff.next_s()
    assert backoff.next_s() <= 45
    backoff.reset()
    assert backoff.next_s() <= 0.75
