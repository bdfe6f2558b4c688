"""The control link: commands done once, the latest picture only, a link that comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from drill.record import control as control_module
from drill.record import wire
from drill.record.api import DeviceRefusedError, ServerError
from drill.record.backoff import Backoff
from drill.record.config import StationConfig
from drill.record.control import ControlLink
from drill.record.live import live_message
from drill.record.wire import Command, CommandAck, Live, Refusal, StationState, TimeReply, TimeRequest


class Staff:
    """The server's side: gives commands, answers time, keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.socket: ServerConnection | None = None
        self.connections = 0

    async def __call__(self, socket: ServerConnection) -> None:
        self.connections += 1
        self.socket = socket
        try:
            async for text in socket:
                message = wire.decode_from_station(text)
                self.heard.append(message)
                if isinstance(message, TimeRequest):
                    await self.say(TimeReply(message.t0, 10**15, 10**15))
        except ConnectionClosed:
            return

    async def say(self, message: object) -> None:
        assert self.socket is not None
        await self.socket.send(wire.encode(message).decode())

    def of(self, kind: type) -> list:
        return [m for m in self.heard if isinstance(m, kind)]


@pytest.fixture
def passes(monkeypatch):
    errors: list[Exception] = []

    def give(config: StationConfig, purpose: str) -> str:
        assert purpose == "control"
        if errors:
            raise errors.pop(0)
        return "pass"

    monkeypatch.setattr(control_module, "socket_pass", give)
    return errors


@asynccontextmanager
async def linked(staff: Staff, on_command: Callable[[Command], str] = lambda _: ""):
    async with serve(staff, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        config = StationConfig(f"http://127.0.0.1:{port}", "device", "key", "")
        link = ControlLink(config, on_command, backoff=Backoff(first_s=0.001, most_s=0.01))
        task = asyncio.create_task(link.run())
        try:
            yield link
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


def live(t_s: float) -> Live:
    return Live("ab" * 16, t_s, 0.0, 0.0, 0.0, 0.0, 0, 0, 1)


def test_a_command_is_done_once_and_answered_each_time(passes):
    done: list[str] = []

    def act(command: Command) -> str:
        done.append(command.id)
        if command.action == "stop":
            return "nothing is on"
        if command.action == "pause":
            msg = "stuck"
            raise RuntimeError(msg)
        return ""

    async def main() -> Staff:
        staff = Staff()
        async with linked(staff, act):
            await until(lambda: staff.socket)
            for command in (Command("a", "start"), Command("a", "start"), Command("b", "stop"), Command("c", "pause")):
                await staff.say(command)
            await until(lambda: len(staff.of(CommandAck)) == 4)
            assert staff.socket is not None
            staff.socket.transport.abort()
            await until(lambda: staff.connections == 2)
            await staff.say(Command("a", "start"))
            await until(lambda: len(staff.of(CommandAck)) == 5)
        return staff

    staff = asyncio.run(main())
    assert done == ["a", "b", "c"], "also when it comes again on a new socket"
    answers = [(a.id, a.ok, a.error) for a in staff.of(CommandAck)]
    started = ("a", True, "")
    assert answers == [started, started, ("b", False, "nothing is on"), ("c", False, "RuntimeError: stuck"), started]


def test_only_the_latest_picture_is_sent(passes):
    async def main() -> list[Live]:
        staff = Staff()
        async with linked(staff) as link:
            for index in range(1000):
                link.show(live(index))
            await until(lambda: staff.of(Live))
            for index in range(1000, 2000):
                link.show(live(index))
            await until(lambda: len(staff.of(Live)) >= 2)
            await asyncio.sleep(0.25)
        return staff.of(Live)

    assert [m.t_s for m in asyncio.run(main())] == [999, 1999]


def test_state_is_said_at_once_on_change_and_on_each_new_socket(passes):
    async def main() -> Staff:
        staff = Staff()
        async with linked(staff) as link:
            await until(lambda: staff.of(StationState))
            link.tell(StationState("running", run_id="ab" * 16))
            link.tell(StationState("running", run_id="ab" * 16))
            await until(lambda: len(staff.of(StationState)) == 2)
            assert staff.socket is not None
            staff.socket.transport.abort()
            await until(lambda: len(staff.of(StationState)) == 3)
        return staff

    assert [s.state for s in asyncio.run(main()).of(StationState)] == ["idle", "running", "running"]


def test_the_clock_is_known_and_nonsense_is_survived(passes):
    async def main() -> None:
        staff = Staff()
        async with linked(staff) as link:
            await until(lambda: link.clock)
            assert staff.socket is not None
            await staff.socket.send("nonsense")
            await staff.say(Refusal(0, "take care"))
            await until(lambda: link.message == "0: take care")
            await staff.say(Command("x", "stop"))
            await until(lambda: staff.of(CommandAck))
            assert link.connected

    asyncio.run(main())


def test_a_server_that_is_not_there_is_tried_again(passes):
    passes += [ServerError("not reached")] * 3

    async def main() -> None:
        staff = Staff()
        async with linked(staff) as link:
            await until(lambda: link.clock)

    asyncio.run(main())
    assert passes == []


def test_a_revoked_device_stops(passes):
    passes.append(DeviceRefusedError("revoked", status=401))
    link = ControlLink(StationConfig("http://127.0.0.1:1", "d", "k", ""), lambda _: "")
    link.start()
    for _ in range(1000):
        if link.fault is not None:
            break
        time.sleep(0.005)
    link.stop()
    assert isinstance(link.fault, DeviceRefusedError)


def test_the_last_picture_and_state_are_said_before_it_stops(passes):
    async def main() -> Staff:
        staff = Staff()
        async with serve(staff, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            link = ControlLink(StationConfig(f"http://127.0.0.1:{port}", "device", "key", ""), lambda _: "")
            link.start()
            await until(lambda: link.connected and staff.of(StationState))
            link.show(live(7.0))
            link.tell(StationState("stopped"))
            await asyncio.to_thread(link.stop)
            await until(lambda: staff.socket is not None and staff.socket.close_code is not None)
        return staff

    staff = asyncio.run(main())
    assert staff.of(Live)[-1].t_s == 7.0
    assert staff.of(StationState)[-1].state == "stopped"


def test_the_picture_of_a_frame(frame):
    first = live_message("ab" * 16, frame(0))
    assert first is not None
    assert first.crowd is not None
    assert len(first.crowd) == 4 * 9
    assert first.hazards == {"flood": [0.0, 0.0, 0.0], "smoke": [2.5, 0.4, 0.0, 60.0] * 2}
    assert live_message("ab" * 16, frame(1)) is None
    later = live_message("ab" * 16, frame(6))
    assert later is not None
    assert (later.crowd, later.hazards) == (None, None)
    assert wire.decode_from_station(wire.encode(later)) == later


def test_the_picture_of_a_large_crowd_fits_a_frame(frame):
    picture = live_message("ab" * 16, frame(0, people=20_000))
    assert picture is not None
    assert picture.crowd is not None
    assert 1000 < len(picture.crowd) // 4 <= 2048
    assert len(wire.encode(picture)) < wire.MAX_FRAME
