"""The sockets of stations and the picture for staff."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from drill.record.wire import CLOSE_TRY_LATER
from server.access import connections
from server.access.enforcing import Who, allow
from server.access.watching import Watch
from server.accounts.principal import Principal
from server.db import Database, Db
from server.devices import service as devices
from server.drills import service as drills
from server.errors import Refused
from server.live.hub import Place
from server.live.room import Room, room_of
from server.live.socket import Socket
from server.live.sse import PictureStream

router = APIRouter()

REASON_BYTES: Final = 123
"""RFC 6455: a close frame has 125 bytes, two of them the code."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Serve the sockets while the server runs."""
    room = Room(app.state.database, app.state.settings)
    app.state.live = room
    async with room.open():
        yield


class StationSocket:
    """A Starlette socket as uploads and links use it."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> bytes | str | None:
        """Return the next frame, or None when the other side is gone."""
        try:
            message = await self._socket.receive()
        except RuntimeError:  # closed from our side meanwhile
            return None
        if message["type"] != "websocket.receive":
            return None
        frame: bytes | str | None = message.get("bytes")
        return frame if frame is not None else message["text"]

    async def send(self, text: str) -> None:
        """Send a text frame."""
        await self._socket.send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and as much of the reason as a close frame holds."""
        cut = reason.encode()[:REASON_BYTES].decode(errors="ignore")
        await self._socket.close(code, cut)


@router.websocket("/ws/upload", dependencies=[allow("station")])
async def upload(socket: WebSocket) -> None:
    """A station's runs. Policy: a one-use socket pass for `upload`."""
    device_id = await _admitted(socket, "upload")
    if device_id is not None:
        room: Room = room_of(socket.app)
        await _served(socket, room.uploads.handle, device_id)


@router.websocket("/ws/station", dependencies=[allow("station")])
async def station(socket: WebSocket) -> None:
    """A station's control link. Policy: a one-use socket pass for `control`."""
    device_id = await _admitted(socket, "control")
    if device_id is not None:
        room: Room = room_of(socket.app)
        await _served(socket, room.links.handle, device_id)


@router.get("/live/{day_id}.json", dependencies=[allow("live")])
def picture(request: Request, db: Db, who: Who, day_id: str) -> Response:
    """The picture of a day at this moment. Policy: live."""
    places = _places(db, who, day_id)
    return Response(room_of(request.app).hub.encoded(day_id, places), media_type="application/json")


@router.get("/live/{day_id}/stream", dependencies=[allow("live")])
def stream(request: Request, db: Db, who: Who, day_id: str) -> Response:
    """The picture of a day as server-sent events, five a second, while who watches it still may. Policy: live."""
    database: Database = request.app.state.database
    hub = room_of(request.app).hub
    places = _places(db, who, day_id)
    watch = Watch(request, "live")

    def refreshed() -> list[Place] | None:
        still = watch.principal()
        if still is None:
            return None
        try:
            with database.reading() as session:
                return _places(session, still, day_id)
        except Refused:
            return None

    return PictureStream(
        encoded=lambda shown: hub.encoded(day_id, shown),
        places=places,
        held=lambda: connections.held(request),
        refresh=lambda: run_in_threadpool(refreshed),
    )


async def _admitted(socket: WebSocket, purpose: devices.Purpose) -> str | None:
    """Accept a socket that shows a pass for its purpose and return its device; refuse it before it opens else."""
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    database: Database = socket.app.state.database

    def redeem() -> str:
        with database.session() as db:
            return devices.redeem_pass(db, token.strip(), purpose).id

    try:
        if scheme.lower() != "socketpass":
            msg = "a socket opens with Authorization: SocketPass <pass>"
            raise devices.PassRefused(msg)
        device_id = await run_in_threadpool(redeem)
    except devices.PassRefused as error:
        await socket.close(1008, str(error)[:REASON_BYTES])
        return None
    await socket.accept()
    return device_id


async def _served(socket: WebSocket, handle: Callable[[Socket, str], Awaitable[None]], device_id: str) -> None:
    """Serve an open socket to its end; that the other side left in the middle of an answer is no fault."""
    ours = StationSocket(socket)
    with contextlib.suppress(WebSocketDisconnect, OSError):
        try:
            with connections.held(socket):
                await handle(ours, device_id)
        except connections.TooManyOpen as error:
            await ours.close(CLOSE_TRY_LATER, error.en)


def _places(db: Session, who: Principal, day_id: str) -> list[Place]:
    try:
        day = drills.get_day(db, day_id)
    except drills.UnknownRowError:
        day = None
    if day is None or not who.of_department(day.department):
        ja, en = "その訓練日はありません。", "There is no such drill day."
        raise Refused(ja, en, status=404, code="not_found")
    return [Place(s.id, s.name, s.device_id, s.scenario_hash) for s in day.stations]
