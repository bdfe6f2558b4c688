"""One upload socket from HELLO to DONE."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from drill.record.jsonbatch import json_crc32, json_payload
from drill.record.sealing import run_bytes
from drill.record.wire import (
    CLOSE_BAD_FRAME,
    CLOSE_CONFLICT,
    CLOSE_TRY_LATER,
    HEADER,
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
    encode,
)
from server.columns import now
from server.live import service
from server.live.ingest import MAX_BATCHES, MAX_INFLIGHT, Refused, RunIngest, Verdict
from server.live.messages import read_key, read_message, read_run_header
from server.live.socket import Gone, Socket
from server.live.writer import Conflict

log = logging.getLogger("sonae.live")

HELLO_S: Final = 10.0
"""A socket that says nothing for so long is closed."""
_CRC: Final = slice(HEADER.size - 4, HEADER.size)


if TYPE_CHECKING:
    from server.live.uploads import Uploads


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
        header = read_run_header(hello, self.uploads.private_key)
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
                gaze=opened.gaze,
            )
            if self.gone:  # its device was revoked meanwhile
                raise Gone
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
        message = read_message(first) if isinstance(first, str) else None
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
        message = read_message(frame)
        if isinstance(message, JsonBatch):
            raw = frame.encode()
            try:
                data = json_payload(message)
            except WireError as error:
                raise Refused(CLOSE_BAD_FRAME, f"seq {message.seq}: {error}", message.seq) from error
            await self._batch(ingest, data, json_crc32(raw), raw)
        elif isinstance(message, Segment):
            ingest.add_key(message.segment, read_key(message, self.uploads.private_key))
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
