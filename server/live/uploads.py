"""The uploads that are open: one socket a run, what the writer made durable told to each.

A newer HELLO for a run takes the stream over. It first lets the writer commit what the older socket sent, so that
`w` is read from the database when nothing of that run is under way any more.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from drill.record.jsonbatch import json_crc32, json_payload
from drill.record.run import RunHeader
from drill.record.sealing import open_from_city, open_header, read_header, run_bytes
from drill.record.wire import (
    CLOSE_BAD_FRAME,
    CLOSE_CONFLICT,
    CLOSE_NEWER_HELLO,
    CLOSE_TRY_LATER,
    HEADER,
    MAX_FRAME,
    PROTO,
    Ack,
    Data,
    End,
    Hello,
    JsonBatch,
    Nack,
    Refusal,
    Segment,
    ToUploader,
    Welcome,
    WireError,
    decode_data,
    decode_from_uploader,
    encode,
)
from server.columns import now
from server.db import Database
from server.live import service
from server.live.ingest import MAX_BATCHES, MAX_INFLIGHT, Refused, RunIngest, Verdict
from server.live.writer import Committed, Conflict, Writer

log = logging.getLogger("sonae.live")

HELLO_S: Final = 10.0
"""A socket that says nothing for so long is closed."""
_CRC: Final = slice(HEADER.size - 4, HEADER.size)
T = TypeVar("T")


class Socket(Protocol):
    """What an upload needs of a socket. `receive` returns None when the other side is gone."""

    async def receive(self) -> bytes | str | None:
        """Return the next frame or message, None when the other side is gone."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason of the protocol."""


class Gone(Exception):  # noqa: N818 - no fault: the other side left, or the stream was taken over
    """The socket is of no more use."""


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
        upload = Upload(self, socket, device_id)
        try:
            await upload.serve()
        except Gone:
            pass
        except Refused as error:
            await upload.refuse(error)
        finally:
            self._leave(upload)

    def devices(self) -> set[str]:
        """Return the devices that have an upload open."""
        return {upload.device_id for upload in self._current.values()}

    def progress(self) -> dict[str, int]:
        """Return `w` of every run that is being uploaded, by run id."""
        return {u.ingest.run_id: u.ingest.w for u in self._current.values() if u.ingest is not None}

    def close_device(self, device_id: str, code: int, reason: str) -> None:
        """Close a device's uploads."""
        for upload in [u for u in self._current.values() if u.device_id == device_id]:
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


class Upload:
    """One upload socket. What it reads is judged by its `RunIngest`; what it must answer it sends itself."""

    def __init__(self, uploads: Uploads, socket: Socket, device_id: str) -> None:
        self.uploads = uploads
        self.device_id = device_id
        self.ingest: RunIngest | None = None
        self.gone = False
        self.progress = asyncio.Event()
        self._socket = socket
        self._ack_due = asyncio.Event()

    async def serve(self) -> None:
        """Read until the other side leaves. Raise Refused for what ends the upload."""
        ingest = await self._open()
        acks = asyncio.create_task(self._send_acks(ingest))
        try:
            while True:
                frame = await self._socket.receive()
                if frame is None or self.gone:
                    return
                try:
                    if not self._take_next(ingest, frame):
                        await self._take(ingest, frame)
                    elif ingest.full or self.uploads.writer.full:
                        await self._room(ingest)
                except Refused as error:
                    if error.code:
                        raise
                    await self._send(Refusal(0, str(error), error.seq))
        finally:
            acks.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await acks

    def committed(self, w: int) -> None:
        """Take note of what is durable and let it be acknowledged."""
        if self.ingest is not None:
            self.ingest.committed(w)
            self.progress.set()
            self._ack_due.set()

    async def conflicted(self, conflict: Conflict) -> None:
        """Answer a conflict that only the writer could see."""
        row, stored = conflict
        self.gone = True
        await self._quarantine(row.seq, stored, row.crc32, row.payload)
        message = f"seq {row.seq} is stored with other bytes: the frame is quarantined"
        await self.refuse(Refused(CLOSE_CONFLICT, message, row.seq))

    async def refuse(self, error: Refused) -> None:
        """Say why and close."""
        self.gone = True
        with contextlib.suppress(Exception):  # the other side may be gone, which is as good
            await self._send(Refusal(error.code, str(error), error.seq))
            await self._socket.close(error.code, str(error))

    async def end(self, code: int, reason: str) -> None:
        """Close without another word."""
        with contextlib.suppress(Exception):  # the other side may be gone, which is as good
            await self._socket.close(code, reason)

    # --- opening -------------------------------------------------------------------------------------------------

    async def _open(self) -> RunIngest:
        hello = await self._hello()
        header = _header(hello, self.uploads.private_key)
        async with self.uploads.run_lock(hello.run_id):
            try:
                await self.uploads.supersede(hello.run_id)
                opened = await self.uploads.call(
                    lambda db: service.open_stream(db, hello, header, device_id=self.device_id)
                )
            except Refused:
                raise
            except Exception as error:
                log.error("a HELLO cannot be answered: the store refused it (%s)", type(error).__name__)
                await self.end(CLOSE_TRY_LATER, "the store cannot take batches now; try again later")
                raise Gone from error
            self.ingest = RunIngest(
                run_id=hello.run_id,
                stream_id=opened.stream_id,
                epoch=opened.epoch,
                w=opened.w,
                batches=opened.batches,
            )
            self.uploads.enter(self, opened.stream_id)
        await self._send(Welcome(opened.w, opened.epoch, MAX_INFLIGHT, now().isoformat()))
        return self.ingest

    async def _hello(self) -> Hello:
        try:
            first = await asyncio.wait_for(self._socket.receive(), HELLO_S)
        except TimeoutError as error:
            raise Refused(CLOSE_BAD_FRAME, f"no HELLO within {HELLO_S:.0f} s") from error
        if first is None:
            raise Gone
        message = _message(first) if isinstance(first, str) else None
        if not isinstance(message, Hello):
            raise Refused(CLOSE_BAD_FRAME, "the first message of an upload is HELLO")
        if message.proto != PROTO:
            raise Refused(CLOSE_BAD_FRAME, f"protocol {message.proto[:40]!r} is not spoken here; {PROTO} is")
        try:
            run_bytes(message.run_id)
        except WireError as error:
            raise Refused(CLOSE_BAD_FRAME, str(error)) from error
        if not 0 <= message.first_seq <= message.next_seq <= MAX_BATCHES:
            msg = f"first_seq {message.first_seq}, next_seq {message.next_seq}: 0 <= first <= next <= {MAX_BATCHES}"
            raise Refused(CLOSE_BAD_FRAME, msg)
        return message

    # --- taking --------------------------------------------------------------------------------------------------

    def _take_next(self, ingest: RunIngest, frame: bytes | str) -> bool:
        """Take a DATA frame that is the next one, the path of nearly every frame; return False for all else."""
        if not isinstance(frame, bytes):
            return False
        try:
            data = decode_data(frame)
        except WireError as error:
            raise Refused(CLOSE_BAD_FRAME, str(error)) from error
        if data.seq != ingest.expected:
            return False
        crc32 = int.from_bytes(frame[_CRC], "little")
        ingest.judge(data, crc32)
        self.uploads.writer.submit(ingest.take(data, crc32))
        return True

    async def _room(self, ingest: RunIngest) -> None:
        """Read no further until the writer has room."""
        while (ingest.full or self.uploads.writer.full) and not self.gone:
            self.progress.clear()
            await self.uploads.wait_for_room(self)

    async def _take(self, ingest: RunIngest, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            try:
                data = decode_data(frame)
            except WireError as error:
                raise Refused(CLOSE_BAD_FRAME, str(error)) from error
            await self._batch(ingest, data, int.from_bytes(frame[_CRC], "little"), frame)
            return
        message = _message(frame)
        if isinstance(message, JsonBatch):
            raw = frame.encode()
            try:
                data = json_payload(message)
            except WireError as error:
                raise Refused(CLOSE_BAD_FRAME, f"seq {message.seq}: {error}", message.seq) from error
            await self._batch(ingest, data, json_crc32(raw), raw)
        elif isinstance(message, Segment):
            ingest.add_key(message.segment, _key(message, self.uploads.private_key))
        elif isinstance(message, End):
            await self._end(ingest, message)
        else:
            raise Refused(CLOSE_BAD_FRAME, "HELLO opens a socket once; open another one for another run")

    async def _batch(self, ingest: RunIngest, data: Data, crc32: int, frame: bytes) -> None:
        try:
            verdict = ingest.judge(data, crc32)
            if verdict is Verdict.STORED:
                await self._read(lambda db: service.check_known(db, ingest.stream_id, data, crc32))
        except Refused as error:
            if error.stored is not None:
                await self._quarantine(data.seq, error.stored, crc32, frame)
            raise
        if self.gone:
            raise Gone
        if verdict is Verdict.NEXT:
            self.uploads.writer.submit(ingest.take(data, crc32))
            await self._room(ingest)
        elif verdict is Verdict.STORED:
            self._ack_due.set()
        elif verdict is Verdict.EARLY and ingest.nack_due():
            await self._send(Nack(ingest.expected))

    async def _end(self, ingest: RunIngest, end: End) -> None:
        ingest.check_end(end)
        try:
            await asyncio.wrap_future(self.uploads.writer.flush())
            if self.gone:
                raise Gone
            done = await self.uploads.call(lambda db: service.finish(db, ingest.stream_id, end))
        except (Refused, Gone):
            raise
        except Exception as error:
            log.error("an END cannot be verified: the store refused it (%s)", type(error).__name__)
            await self.end(CLOSE_TRY_LATER, "the store cannot verify the run now; try again later")
            raise Gone from error
        if self.gone:
            raise Gone
        ingest.batches = done.w
        await self._send(done)

    async def _read(self, act: Callable[[Session], None]) -> None:
        def work() -> None:
            with self.uploads.database.reading() as db:
                act(db)

        try:
            await asyncio.to_thread(work)
        except SQLAlchemyError as error:
            await self.end(CLOSE_TRY_LATER, "the store cannot be read now; try again later")
            raise Gone from error

    async def _quarantine(self, seq: int, stored: int, crc32: int, frame: bytes) -> None:
        ingest = self.ingest
        if ingest is None:
            return
        log.error("run %s: seq %d came again with other bytes; quarantined", ingest.run_id, seq)
        try:
            await self.uploads.call(
                lambda db: service.quarantine(
                    db, ingest.stream_id, seq=seq, stored=stored, crc32=crc32, frame=frame, device_id=self.device_id
                )
            )
        except SQLAlchemyError as error:
            log.error("a frame could not be quarantined: the store refused it (%s)", type(error).__name__)

    async def _send_acks(self, ingest: RunIngest) -> None:
        while True:
            await self._ack_due.wait()
            self._ack_due.clear()
            if self.gone:
                return
            await self._send(Ack(ingest.w))

    async def _send(self, message: ToUploader) -> None:
        await self._socket.send(encode(message).decode())


def _message(text: str) -> Hello | Segment | JsonBatch | End:
    if len(text) > MAX_FRAME:
        raise Refused(CLOSE_BAD_FRAME, f"message of {len(text)} characters passes the cap of {MAX_FRAME}")
    try:
        message: Hello | Segment | JsonBatch | End = decode_from_uploader(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"not a message of {PROTO}: {str(error)[:200]}") from error
    return message


def _header(hello: Hello, private_key: bytes) -> RunHeader | None:
    if not hello.header:
        return None
    try:
        content = base64.b64decode(hello.header, validate=True)
        header = open_header(content, private_key) if hello.sealed else read_header(content)
    except (WireError, binascii.Error, ValueError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"the header of run {hello.run_id} does not open: {error}") from error
    if header.run_id != hello.run_id:
        raise Refused(CLOSE_BAD_FRAME, f"HELLO is for run {hello.run_id}, its header for {header.run_id}")
    return header


def _key(message: Segment, private_key: bytes) -> bytes:
    try:
        return open_from_city(base64.b64decode(message.key, validate=True), private_key)
    except (WireError, binascii.Error, ValueError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"key of segment {message.segment} does not open: {error}") from error
