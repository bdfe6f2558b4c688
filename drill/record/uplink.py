"""The uplink: brings the runs in a spool to the server, oldest first, and drops each only after its DONE."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from drill.record import wire
from drill.record.api import DeviceRefusedError, ServerError, socket_pass, tell_withdrawn
from drill.record.background import Background
from drill.record.backoff import Backoff
from drill.record.config import StationConfig
from drill.record.sockets import open_socket, why
from drill.record.spool import forget_live, live_run
from drill.record.spooled import SpooledRun, SpoolError, recover, run_folders
from drill.record.takeback import forget_takeback, takebacks
from drill.record.upload import ProtocolError, Upload, UploadRefusedError

UPLOAD_PATH: Final = "/ws/upload"
POLL_S: Final = 0.1
IDLE_S: Final = 0.5
SKIP_S: Final = 60.0
"""A run that another socket or process works on is left alone for so long."""
SET_ASIDE: Final = frozenset({wire.CLOSE_BAD_FRAME, wire.CLOSE_UNKNOWN_RUN, wire.CLOSE_CONFLICT})
"""Codes after which sending the same bytes again would change nothing: a person must look."""


@dataclass(frozen=True, slots=True)
class UplinkState:
    """How the uplink stands.

    Attributes:
        state: what it does: `waiting` is between two tries.
        run_id: the run that it works on.
        acknowledged: batches of it that are durable on the server.
        batches: batches of it so far.
        runs_left: runs in the spool, this one among them.
        runs_done: runs that this uplink finished.
        message: what went wrong last, or was remarked.
    """

    state: Literal["idle", "connecting", "sending", "waiting", "stopped"]
    run_id: str = ""
    acknowledged: int = 0
    batches: int = 0
    runs_left: int = 0
    runs_done: int = 0
    message: str = ""


class Uplink:
    """Uploads every run in a spool root.

    Args:
        config: the paired server.
        spool_root: the folder that holds the runs.
        on_state: told on each change; called in the uplink's thread.
        backoff: how to wait between two tries.
    """

    def __init__(
        self,
        config: StationConfig,
        spool_root: Path,
        *,
        on_state: Callable[[UplinkState], None] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.config = config
        self.spool_root = spool_root
        self.state = UplinkState("idle")
        self.fault: Exception | None = None
        self.set_aside: list[tuple[str, str]] = []
        """Runs that the server refused, and why."""
        self._on_state = on_state
        self._backoff = backoff or Backoff()
        self._skip: dict[str, float] = {}
        self._tell_due = 0.0
        self._done = 0
        self._background = Background("uplink", self._main, ended=self._tell_stopped)

    async def run(self) -> None:
        """Upload whatever comes into the spool, until cancelled. Raise DeviceRefusedError when the key is dead."""
        while True:
            if not await self._step():
                self._tell("idle")
                await asyncio.sleep(IDLE_S)

    async def drain(self) -> int:
        """Upload all runs that wait and return how many were done; a run that is being played is waited for.

        Raises:
            DeviceRefusedError: the server does not know this device any more.
        """
        while await self._step():
            pass
        self._tell("idle")
        return self._done

    def start(self) -> None:
        """Run in a thread of its own beside a drill."""
        self._background.start()

    def stop(self) -> None:
        """Stop the thread; what was not acknowledged stays in the spool."""
        self._background.stop()

    def wait_until_empty(self, timeout_s: float) -> bool:
        """Wait until the spool holds no run any more, at most `timeout_s`, and return whether it does."""
        until = time.monotonic() + timeout_s
        while run_folders(self.spool_root) or takebacks(self.spool_root):
            if time.monotonic() > until or self.fault is not None:
                return False
            time.sleep(0.05)
        return True

    def _tell_stopped(self) -> None:
        self._tell("stopped", message=str(self.fault or ""))

    async def _main(self) -> None:
        try:
            await self.run()
        except DeviceRefusedError as error:
            self.fault = error

    async def _step(self) -> bool:
        """Work on the oldest run once; False when there is none to work on. What was taken back goes first."""
        if time.monotonic() >= self._tell_due:
            await self._take_back()
        for folder in run_folders(self.spool_root):
            if self._skip.get(folder.name, 0.0) > time.monotonic():
                continue
            run = self._claim(folder)
            if run is not None:
                await self._work(run)
                return True
        return False

    async def _take_back(self) -> None:
        """Delete here what a person took back, and tell the server, which may have some of it or all."""
        for run_id, version in takebacks(self.spool_root).items():
            for folder in run_folders(self.spool_root):
                if folder.name.endswith(f"-{run_id}") and (run := self._claim(folder)) is not None:
                    forget_live(folder)
                    run.remove()
            try:
                await asyncio.to_thread(tell_withdrawn, self.config, run_id, version)
            except DeviceRefusedError:
                raise
            except ServerError as error:
                wait = self._backoff.next_s()
                self._tell_due = time.monotonic() + wait
                self._tell("waiting", message=f"a record that was taken back: {error}; next try in {wait:.1f} s")
                return
            forget_takeback(self.spool_root, run_id)

    def _claim(self, folder: Path) -> SpooledRun | None:
        run = live_run(folder)
        if run is not None and not run.cut_off:
            return run
        try:
            return recover(folder)
        except (BlockingIOError, FileNotFoundError):
            pass
        except SpoolError as error:
            self._tell("waiting", message=str(error))
        self._skip[folder.name] = time.monotonic() + SKIP_S
        return None

    async def _work(self, run: SpooledRun) -> None:
        try:
            await self._try(run)
        except UploadRefusedError as error:
            self._refused(run, error)
        except (ServerError, ProtocolError, SpoolError, OSError, InvalidHandshake, ConnectionClosed) as error:
            if isinstance(error, DeviceRefusedError):
                raise
            if isinstance(error, InvalidStatus) and error.response.status_code == 403:
                message = "the server did not take the socket pass"
            else:
                message = why(self.config, error)
            wait = self._backoff.next_s()
            self._tell("waiting", run, f"{message}; next try in {wait:.1f} s")
            await asyncio.sleep(wait)
        finally:
            if live_run(run.folder) is not run:
                run.release()

    async def _try(self, run: SpooledRun) -> None:
        self._tell("connecting", run)
        token = await asyncio.to_thread(socket_pass, self.config, "upload")
        async with open_socket(self.config, UPLOAD_PATH, token) as socket:
            upload = Upload(run)
            await self._pump(socket, upload)
        for note in upload.notes:
            self._tell("sending", run, note)
        forget_live(run.folder)
        if run.damaged:
            run.set_aside(
                "all that could be read was uploaded; more lies behind a damaged place\n" + "\n".join(run.report)
            )
            self.set_aside.append((run.run_id, "damaged; what could be read was uploaded"))
        else:
            run.remove()
        self._done += 1
        self._backoff.reset()

    async def _pump(self, socket: ClientConnection, upload: Upload) -> None:
        wake = asyncio.Event()
        await socket.send(upload.hello(time.monotonic()).decode("ascii"))
        reader = asyncio.create_task(self._read(socket, upload, wake))
        try:
            while not upload.done:
                if reader.done():
                    reader.result()
                frame = upload.next_frame(time.monotonic())
                if frame is not None:
                    await socket.send(frame)
                    continue
                if upload.overdue(time.monotonic()):
                    msg = f"no answer for too long at batch {upload.w}"
                    raise ProtocolError(msg)
                if upload.run.cut_off:
                    msg = "the recording stopped; what was kept is sent as an abandoned run"
                    raise ProtocolError(msg)
                wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):  # wait_for of Python 3.11 can swallow a cancellation
                        await wake.wait()
        except ConnectionClosed:
            if not reader.done():
                await asyncio.wait({reader}, timeout=1.0)
            if reader.done() and not reader.cancelled():
                reader.result()
            raise
        finally:
            reader.cancel()
            await asyncio.wait({reader})
            if not reader.cancelled():
                reader.exception()

    async def _read(self, socket: ClientConnection, upload: Upload, wake: asyncio.Event) -> None:
        try:
            async for text in socket:
                try:
                    message = wire.decode_to_uploader(text)
                except msgspec.MsgspecError as error:
                    msg = f"the server said what is no message: {error}"
                    raise ProtocolError(msg) from error
                before = upload.w
                upload.receive(message, time.monotonic())
                if upload.w > before:
                    self._backoff.reset()
                    self._tell("sending", upload.run, acknowledged=upload.w)
                wake.set()
                if upload.done:
                    return
            close_code, reason = socket.close_code, socket.close_reason
        except ConnectionClosed as error:
            close_code = error.rcvd.code if error.rcvd is not None else None
            reason = error.rcvd.reason if error.rcvd is not None else str(error)
        finally:
            wake.set()
        if close_code is not None and 4000 <= close_code < 5000:
            raise UploadRefusedError(close_code, reason or "")
        msg = f"the server closed the socket ({close_code}) {reason or ''}"
        raise ProtocolError(msg)

    def _refused(self, run: SpooledRun, error: UploadRefusedError) -> None:
        message = str(error)
        if error.code in SET_ASIDE and (run.end is not None or run.cut_off):
            forget_live(run.folder)
            run.set_aside(message)
            self.set_aside.append((run.run_id, message))
        else:
            self._skip[run.folder.name] = time.monotonic() + SKIP_S
        self._tell("waiting", run, message)

    def _tell(
        self,
        state: Literal["idle", "connecting", "sending", "waiting", "stopped"],
        run: SpooledRun | None = None,
        message: str = "",
        *,
        acknowledged: int = 0,
    ) -> None:
        told = UplinkState(
            state=state,
            run_id=run.run_id if run is not None else "",
            acknowledged=acknowledged,
            batches=len(run.entries) if run is not None else 0,
            runs_left=len(run_folders(self.spool_root)),
            runs_done=self._done,
            message=message,
        )
        if told != self.state:
            self.state = told
            if self._on_state is not None:
                self._on_state(told)
