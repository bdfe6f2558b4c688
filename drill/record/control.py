"""The control link: commands from staff, the common clock, the station's state and the live lane."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from drill.record import wire
from drill.record.api import DeviceRefusedError, ServerError, socket_pass
from drill.record.background import Background
from drill.record.backoff import Backoff
from drill.record.clock import ClockEstimate, ClockFilter
from drill.record.config import StationConfig
from drill.record.sockets import open_socket, why
from drill.record.wire import Command, CommandAck, Live, Refusal, StationState, TimeReply, TimeRequest

CONTROL_PATH: Final = "/ws/station"
TIME_EVERY_S: Final = 5.0
STATE_EVERY_S: Final = 5.0
LIVE_EVERY_S: Final = 0.1
LAST_WORDS_S: Final = 0.5
REMEMBERED: Final = 1000
"""Commands whose outcome is remembered, so that one that comes again is answered and not done again."""

Doing = Callable[[Command], str]
"""Does a command and returns "", or says why not. Called in the link's thread: hand over, do not work here."""


class ControlLink:
    """Keeps the control socket of a station open, whatever the network does.

    Args:
        config: the paired server.
        on_command: what to do with a command.
        backoff: how to wait between two tries.
        now_us: monotonic clock in µs, the one that run time is taken from.
    """

    def __init__(
        self,
        config: StationConfig,
        on_command: Doing,
        *,
        backoff: Backoff | None = None,
        now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self.config = config
        self.connected = False
        self.fault: Exception | None = None
        self.message = ""
        self._on_command = on_command
        self._backoff = backoff or Backoff()
        self._now_us = now_us
        self._clock = ClockFilter()
        self._done: OrderedDict[str, CommandAck] = OrderedDict()
        self._state = StationState("idle")
        self._state_news = True
        self._live: Live | None = None
        self._background = Background("control", self._main)

    @property
    def clock(self) -> ClockEstimate | None:
        """The server's clock against this station's monotonic one, None before the first exchange."""
        return self._clock.best

    def show(self, live: Live) -> None:
        """Offer the latest picture. One that was not sent yet is replaced; from any thread, never waits."""
        self._live = live

    def tell(self, state: StationState) -> None:
        """Say how the station is; from any thread, never waits. A change is sent within 0.1 s."""
        if state != self._state:
            self._state = state
            self._state_news = True

    def start(self) -> None:
        """Run in a thread of its own beside a drill."""
        self._background.start()

    def stop(self) -> None:
        """Say what is still to be said (half a second at most), close the socket and stop the thread."""
        if not self._background.running:
            return
        until = time.monotonic() + LAST_WORDS_S
        while self.connected and (self._state_news or self._live is not None) and time.monotonic() < until:
            time.sleep(0.01)
        self._background.stop()

    async def run(self) -> None:
        """Keep the link until cancelled. Raise DeviceRefusedError when the server knows this device no more."""
        while True:
            try:
                token = await asyncio.to_thread(socket_pass, self.config, "control")
                async with open_socket(self.config, CONTROL_PATH, token) as socket:
                    await self._talk(socket)
            except DeviceRefusedError:
                raise
            except (ServerError, OSError, InvalidHandshake, ConnectionClosed) as error:
                self.message = why(self.config, error)
            finally:
                self.connected = False
            await asyncio.sleep(self._backoff.next_s())

    async def _main(self) -> None:
        try:
            await self.run()
        except DeviceRefusedError as error:
            self.fault = error

    async def _talk(self, socket: ClientConnection) -> None:
        self.connected = True
        self._state_news = True
        jobs: list[Coroutine[Any, Any, None]] = [self._listen(socket), self._ask_time(socket), self._send_news(socket)]
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            came_us = self._now_us()
            try:
                message = wire.decode_to_station(text)
            except msgspec.MsgspecError as error:
                self.message = f"the server said what is no message: {error}"
                continue
            if isinstance(message, TimeReply):
                with contextlib.suppress(ValueError):
                    self._clock.add(message.t0, message.t1, message.t2, came_us)
                self._backoff.reset()
            elif isinstance(message, Command):
                await socket.send(wire.encode(self._do(message)).decode("utf-8"))
            elif isinstance(message, Refusal):
                self.message = f"{message.code}: {message.message}"

    def _do(self, command: Command) -> CommandAck:
        known = self._done.get(command.id)
        if known is not None:
            return known
        try:
            error = self._on_command(command)
        except Exception as raised:  # whatever a command does, the link stays and staff are told
            error = f"{type(raised).__name__}: {raised}"
        answer = CommandAck(command.id, not error, error)
        self._done[command.id] = answer
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return answer

    async def _ask_time(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(wire.encode(TimeRequest(self._now_us())).decode("ascii"))
            await asyncio.sleep(TIME_EVERY_S)

    async def _send_news(self, socket: ClientConnection) -> None:
        state_due = 0.0
        while True:
            now = time.monotonic()
            if self._state_news or now >= state_due:
                state = self._state
                await socket.send(wire.encode(state).decode("utf-8"))
                self._state_news = state is not self._state
                state_due = now + STATE_EVERY_S
            live = self._live
            if live is not None:
                await socket.send(wire.encode(live).decode("utf-8"))
                if self._live is live:
                    self._live = None
            await asyncio.sleep(LIVE_EVERY_S)
