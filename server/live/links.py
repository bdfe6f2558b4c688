"""The control links that are open: one a device, commands to it and their answers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import TimeoutError as LateError
from typing import Final

import msgspec

from drill.record.wire import (
    CLOSE_BAD_FRAME,
    CLOSE_NEWER_HELLO,
    MAX_FRAME,
    Command,
    CommandAck,
    Live,
    Refusal,
    StationState,
    TimeReply,
    TimeRequest,
    ToStation,
    decode_from_station,
    encode,
)
from server.live.hub import Hub, check_live
from server.live.ingest import Refused
from server.live.socket import Socket

ANSWER_S: Final = 5.0
"""A command that is not answered within this is reported as unanswered; it may still be done."""


class StationAbsentError(LookupError):
    """No control link of this device is open: the command cannot be sent."""


class Links:
    """The registry of control links. Its async methods run on the event loop."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[str, Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Remember the event loop. Call it there."""
        self._loop = asyncio.get_running_loop()

    async def handle(self, socket: Socket, device_id: str) -> None:
        """Serve one control socket to its end. A newer one of the same device takes its place."""
        link = Link(socket, device_id, self.hub)
        older = self._open.get(device_id)
        self._open[device_id] = link
        if older is not None:
            self._later(older, CLOSE_NEWER_HELLO, "a newer control socket of this device is open")
        self.hub.connected(device_id, connected=True)
        try:
            await link.serve()
        except Refused as error:
            await link.refuse(error)
        finally:
            link.fail_waiting()
            if self._open.get(device_id) is link:
                del self._open[device_id]
                self.hub.connected(device_id, connected=False)

    def devices(self) -> set[str]:
        """Return the devices that have a link open."""
        return set(self._open)

    def close_device(self, device_id: str, code: int, reason: str) -> None:
        """Close a device's link."""
        link = self._open.get(device_id)
        if link is not None:
            self._later(link, code, reason)

    def command(self, device_id: str, command: Command, *, timeout_s: float = ANSWER_S) -> CommandAck:
        """Send a command from another thread and return the station's answer.

        Raises:
            StationAbsentError: the device has no link open.
        """
        loop = self._loop
        if loop is None or device_id not in self._open:
            msg = f"device {device_id} has no control link open: is the station on, and does it reach this server?"
            raise StationAbsentError(msg)
        waiting = asyncio.run_coroutine_threadsafe(self._command(device_id, command), loop)
        try:
            return waiting.result(timeout_s)
        except LateError:
            waiting.cancel()
            return CommandAck(command.id, ok=False, error=f"no answer within {timeout_s:g} s")

    async def _command(self, device_id: str, command: Command) -> CommandAck:
        link = self._open.get(device_id)
        if link is None:
            return CommandAck(command.id, ok=False, error="the control link was closed")
        return await link.command(command)

    def _later(self, link: Link, code: int, reason: str) -> None:
        task = asyncio.get_running_loop().create_task(link.end(code, reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Link:
    """One control socket."""

    def __init__(self, socket: Socket, device_id: str, hub: Hub) -> None:
        self._socket = socket
        self._device_id = device_id
        self._hub = hub
        self._waiting: dict[str, asyncio.Future[CommandAck]] = {}

    async def serve(self) -> None:
        """Read until the station leaves. Raise Refused for what is no message."""
        while True:
            text = await self._socket.receive()
            came_us = time.time_ns() // 1000
            if text is None:
                return
            message = _message(text)
            if isinstance(message, Live):
                check_live(message)
                self._hub.live(self._device_id, message)
            elif isinstance(message, StationState):
                self._hub.state(self._device_id, message)
            elif isinstance(message, TimeRequest):
                await self._send(TimeReply(message.t0, came_us, time.time_ns() // 1000))
            else:
                waiting = self._waiting.pop(message.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)

    async def command(self, command: Command) -> CommandAck:
        """Send a command and return the answer."""
        waiting: asyncio.Future[CommandAck] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = waiting
        try:
            await self._send(command)
            return await waiting
        finally:
            self._waiting.pop(command.id, None)

    def fail_waiting(self) -> None:
        """Answer the commands that the station can answer no more."""
        for name, waiting in list(self._waiting.items()):
            if not waiting.done():
                waiting.set_result(CommandAck(name, ok=False, error="the station left before it answered"))

    async def refuse(self, error: Refused) -> None:
        """Say why and close."""
        with contextlib.suppress(Exception):  # the other side may be gone, which is as good
            await self._send(Refusal(error.code, str(error)))
            await self._socket.close(error.code, str(error))

    async def end(self, code: int, reason: str) -> None:
        """Close without another word."""
        with contextlib.suppress(Exception):  # the other side may be gone, which is as good
            await self._socket.close(code, reason)

    async def _send(self, message: ToStation) -> None:
        await self._socket.send(encode(message).decode())


def _message(text: bytes | str) -> TimeRequest | StationState | Live | CommandAck:
    if isinstance(text, bytes):
        raise Refused(CLOSE_BAD_FRAME, "the control socket takes JSON texts, no binary frames")
    if len(text) > MAX_FRAME:
        raise Refused(CLOSE_BAD_FRAME, f"message of {len(text)} characters passes the cap of {MAX_FRAME}")
    try:
        message: TimeRequest | StationState | Live | CommandAck = decode_from_station(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"not a message of the control socket: {str(error)[:200]}") from error
    return message
