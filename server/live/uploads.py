"""The uploads that are open: one socket a run, what the writer made durable told to each.

A newer HELLO for a run takes the stream over. It first lets the writer commit what the older socket sent, so that
`w` is read from the database when nothing of that run is under way any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from drill.record.wire import (
    CLOSE_NEWER_HELLO,
    CLOSE_TRY_LATER,
)
from server.db import Database
from server.live.ingest import Refused
from server.live.socket import Gone, Socket
from server.live.upload import Upload
from server.live.writer import Committed, Writer

log = logging.getLogger("sonae.live")

T = TypeVar("T")

MAX_SOCKETS: Final = 8
"""Upload sockets that one device may have open: a station needs one, a stranger's perhaps a few."""


class Uploads:
    """The registry of open uploads, between the sockets (event loop) and the writer (its own thread).

    Args:
        database: where runs are kept.
        private_key: the city's private key, 32 bytes.
    """

    def __init__(self, database: Database, private_key: bytes) -> None:
        self.database = database
        self.private_key = private_key
        self.writer = Writer(
            connect=self._connect,
            dialect=database.dialect,
            committed=self._from_writer(self._on_committed),
            failed=self._from_writer(self._on_failed),
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current: dict[int, Upload] = {}
        self._open: set[Upload] = set()
        self._locks: dict[str, tuple[asyncio.Lock, list[None]]] = {}
        self._blocked: set[Upload] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the writer. Call it on the event loop."""
        self._loop = asyncio.get_running_loop()
        self.writer.start()

    async def stop(self) -> None:
        """Commit what waits. What is committed but not acknowledged any more is offered again and known."""
        await asyncio.to_thread(self.writer.stop)

    async def handle(self, socket: Socket, device_id: str) -> None:
        """Serve one upload socket to its end."""
        if sum(upload.device_id == device_id for upload in self._open) >= MAX_SOCKETS:
            await socket.close(CLOSE_TRY_LATER, f"{MAX_SOCKETS} upload sockets of this device are open already")
            return
        upload = Upload(self, socket, device_id)
        self._open.add(upload)
        try:
            await upload.serve()
        except Gone:
            pass
        except Refused as error:
            await upload.refuse(error)
        finally:
            self._open.discard(upload)
            self._leave(upload)

    def devices(self) -> set[str]:
        """Return the devices that have an upload socket open, also one that has not said HELLO yet."""
        return {upload.device_id for upload in self._open}

    def progress(self) -> dict[str, int]:
        """Return `w` of every run that is being uploaded, by run id."""
        return {u.ingest.run_id: u.ingest.w for u in self._current.values() if u.ingest is not None}

    def close_device(self, device_id: str, code: int, reason: str) -> None:
        """Close a device's uploads."""
        for upload in [u for u in self._open if u.device_id == device_id]:
            self._drop(upload, code, reason)

    # --- for Upload ----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def run_lock(self, run_id: str) -> Any:
        """Let one HELLO of a run through at a time."""
        lock, users = self._locks.setdefault(run_id, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                yield
        finally:
            users.pop()
            if not users:
                self._locks.pop(run_id, None)

    async def supersede(self, run_id: str) -> None:
        """Take the stream of a run away from the socket that has it; return when all it sent is committed."""
        for upload in [u for u in self._current.values() if u.ingest is not None and u.ingest.run_id == run_id]:
            self._drop(upload, CLOSE_NEWER_HELLO, "a newer HELLO has taken this run over")
        await asyncio.wrap_future(self.writer.flush())

    def enter(self, upload: Upload, stream_id: int) -> None:
        """Give a stream to a socket."""
        self._current[stream_id] = upload

    async def wait_for_room(self, upload: Upload) -> None:
        """Return when the writer has room for more of this upload: the socket is not read meanwhile."""
        self._blocked.add(upload)
        try:
            await upload.progress.wait()
        finally:
            self._blocked.discard(upload)

    async def call(self, act: Callable[[Session], T]) -> T:
        """Do something in the database in a worker thread and its own transaction."""

        def work() -> T:
            with self.database.session() as db:
                return act(db)

        return await asyncio.to_thread(work)

    # --- from the writer -----------------------------------------------------------------------------------------

    def _connect(self) -> Any:
        connection = self.database.raw_connection()
        connection.detach()
        return connection

    def _from_writer(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        def tell(what: Any) -> None:
            if self._loop is not None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                    self._loop.call_soon_threadsafe(act, what)

        return tell

    def _on_committed(self, done: Committed) -> None:
        for stream_id, w in done.w.items():
            upload = self._current.get(stream_id)
            if upload is not None:
                upload.committed(w)
        for ingest, error in done.refused:
            upload = self._current.get(ingest.stream_id)
            if upload is not None and upload.ingest is ingest:
                upload.gone = True
                self._later(upload.refuse(error))
        for conflict in done.conflicts:
            upload = self._current.get(conflict.row.stream_id)
            if upload is not None:
                self._later(upload.conflicted(conflict))
        for upload in list(self._blocked):
            upload.progress.set()

    def _on_failed(self, error: BaseException) -> None:
        log.error("uploads are put off: the store refused a group (%s)", type(error).__name__)
        for upload in [u for u in self._current.values() if u.ingest is not None and u.ingest.closed]:
            self._drop(upload, CLOSE_TRY_LATER, "the store cannot take batches now; try again later")

    # --- inside --------------------------------------------------------------------------------------------------

    def _drop(self, upload: Upload, code: int, reason: str) -> None:
        self._leave(upload)
        self._later(upload.end(code, reason))

    def _leave(self, upload: Upload) -> None:
        upload.gone = True
        upload.progress.set()
        ingest = upload.ingest
        if ingest is not None and self._current.get(ingest.stream_id) is upload:
            del self._current[ingest.stream_id]

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
