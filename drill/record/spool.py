"""The spool: a run on the station's disk, sealed, before any of it is sent.

Every batch is appended and then synced: the sync follows at once, at most five times a second, so with one group of
batches a second it is one sync a second. Only what is synced counts as `durable` and may be sent. A power cut
thus costs the second that was being collected and what was not yet synced of the one before, never anything sent.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path
from typing import Final

from drill.record.batches import Batch
from drill.record.disk import FolderLock, sync_data, sync_folder
from drill.record.recorder import check_recordable
from drill.record.records import FILE_MAGIC, HEAD_BYTES, RecordType, pack_record
from drill.record.run import RunHeader
from drill.record.sealing import new_segment_key, run_bytes, seal_batch, seal_header, seal_to_city
from drill.record.spooled import Entry, SpooledRun, SpoolError, run_folders, segment_path
from drill.record.tally import Tally
from drill.record.wire import encode

SEGMENT_BYTES: Final = 4 * 1024 * 1024
SYNC_SPACING_S: Final = 0.2
GATHER_S: Final = 0.01
"""Wait for the other channels' batches of the same second before a sync."""
LEAST_FREE_BYTES: Final = 256 * 1024 * 1024
"""Room that must be free when a run begins: some ten runs of the largest kind."""

_live: dict[Path, SpooledRun] = {}


def live_run(folder: Path) -> SpooledRun | None:
    """Return the run that a `Spool` of this process writes in `folder`, or has written."""
    return _live.get(folder.resolve())


def forget_live(folder: Path) -> None:
    """Drop a run that was uploaded from the list of those written by this process."""
    _live.pop(folder.resolve(), None)


class Spool:
    """A sink that seals each batch and keeps it on the disk. Make one with `create`."""

    sealed = True

    def __init__(self, run: SpooledRun, city_key: bytes, *, segment_bytes: int, sync_thread: bool) -> None:
        self.run = run
        self._city_key = city_key
        self._segment_bytes = segment_bytes
        self._segment = 0
        self._key = b""
        self._descriptor = -1
        self._size = 0
        self._tally = Tally()
        self._failed: SpoolError | None = None
        self._state_lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._dirty = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_synced, name="spool-sync", daemon=True)
        self._next_segment()
        if sync_thread:
            self._thread.start()

    @classmethod
    def create(
        cls,
        root: Path,
        header: RunHeader,
        city_key: bytes,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        least_free_bytes: int = LEAST_FREE_BYTES,
        sync_thread: bool = True,
    ) -> Spool:
        """Begin a run in the spool `root`.

        Args:
            root: the folder that holds all runs of this station.
            header: the run's header.
            city_key: the city's public key, 32 bytes.
            segment_bytes: size at which a new segment with a new key begins.
            least_free_bytes: room that the disk must have.
            sync_thread: False leaves syncing to the caller.

        Raises:
            RecordingError: the run must not be recorded.
            SpoolError: the disk is full or cannot be written; said before the run begins.
        """
        check_recordable(header, sealed=True)
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            free = shutil.disk_usage(root).free
            if free < least_free_bytes:
                msg = (
                    f"{root}: {free // 2**20} MiB are free, a run needs {least_free_bytes // 2**20}: upload the runs "
                    "that wait there (sonae-drill upload) or make room"
                )
                raise SpoolError(msg)
            folder = _new_folder(root, header.run_id)
            lock = FolderLock(folder)
        except OSError as error:
            msg = f"{root} cannot take a run: {error}"
            raise SpoolError(msg) from error
        run = SpooledRun(folder, header.run_id, seal_header(header, city_key), lock=lock)
        try:
            spool = cls(run, city_key, segment_bytes=segment_bytes, sync_thread=sync_thread)
            sync_folder(root)
        except (OSError, SpoolError):
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _live[folder.resolve()] = run
        return spool

    def append(self, batch: Batch) -> None:
        """Seal a batch and append it under the next `seq`. Raise SpoolError when the disk does not take it."""
        if self._failed is not None:
            raise self._failed
        if self._size >= self._segment_bytes:
            self._next_segment()
        run = self.run
        data = seal_batch(
            self._key,
            run_id=run.run_id,
            segment=self._segment,
            seq=len(run.entries),
            channel=batch.channel,
            t0_us=batch.t0_us,
            n=batch.n,
            payload=batch.payload,
            gaze=batch.gaze,
        )
        frame = data.encode()
        with self._state_lock:
            begin = self._size + HEAD_BYTES
            self._write(pack_record(RecordType.DATA, frame))
            self._tally.add(batch.channel, batch.n, data.crc32)
            run.entries.append(Entry(self._segment, begin, len(frame), data.crc32, batch.channel, batch.n))
        self._dirty.set()

    def sync(self) -> int:
        """Return when all that was appended before is on the disk, and how many batches that is.

        Raises:
            SpoolError: the disk failed. What it holds then is unknown, so nothing more is written to this run.
        """
        with self._sync_lock:
            return self._sync()

    def _sync(self) -> int:
        """Do what `sync` does; the caller holds its lock."""
        with self._state_lock:
            count, descriptor = len(self.run.entries), self._descriptor
        if descriptor >= 0:
            try:
                sync_data(descriptor)
            except OSError as error:
                fault = self._fail("cannot be synced", error)
                raise fault from error
        self.run.durable = max(self.run.durable, count)
        return count

    def close(self, *, complete: bool = True) -> None:
        """Write the end of the run, sync it and let the folder go. Does nothing the second time.

        Raises:
            SpoolError: the disk did not take it; the run will count as abandoned.
        """
        if self._descriptor < 0:
            return
        self._stop_thread()
        try:
            if self._failed is None:
                end = self._tally.end(complete=complete)
                with self._state_lock:
                    self._write(pack_record(RecordType.END, encode(end)))
                self.sync()
                self.run.end = end
        finally:
            self._release()
        if self._failed is not None:
            raise self._failed

    def abandon(self) -> None:
        """Stop writing without an end, as a crash would: what is on the disk is uploaded as an abandoned run."""
        self._stop_thread()
        self.run.cut_off = True
        self._release()

    def _release(self) -> None:
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = -1
        self.run.release()
        if self._failed is not None or self.run.cut_off:
            self.run.cut_off = True
            forget_live(self.run.folder)

    def _stop_thread(self) -> None:
        self._stopped.set()
        self._dirty.set()
        if self._thread.is_alive():
            self._thread.join()

    def _next_segment(self) -> None:
        # One lock over both: the thread that syncs must not hold a descriptor that is closed here.
        with self._sync_lock:
            if self._descriptor >= 0:
                self._sync()
                os.close(self._descriptor)
            self._begin_segment()

    def _begin_segment(self) -> None:
        with self._state_lock:
            self._segment += 1
            self._key = new_segment_key()
            sealed_key = seal_to_city(self._key, self._city_key)
            number = self._segment.to_bytes(4, "little")
            head = FILE_MAGIC
            head += pack_record(RecordType.SEALED_HEADER, run_bytes(self.run.run_id) + self.run.sealed_header)
            head += pack_record(RecordType.KEY, number + sealed_key)
            path = segment_path(self.run.folder, self._segment)
            self._size = 0
            try:
                self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
                self._write(head)
                sync_data(self._descriptor)
                sync_folder(self.run.folder)
            except OSError as error:
                fault = self._fail("cannot be begun", error)
                raise fault from error
            self.run.keys[self._segment] = sealed_key

    def _write(self, record: bytes) -> None:
        """Append a record whole, or not at all."""
        done = 0
        try:
            while done < len(record):
                done += os.write(self._descriptor, record[done:])
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            fault = self._fail("cannot be written", error)
            raise fault from error
        self._size += done

    def _fail(self, what: str, error: OSError) -> SpoolError:
        path = segment_path(self.run.folder, self._segment)
        msg = f"{path} {what}: {error}; this run is kept up to batch {len(self.run.entries)}; make room on the disk"
        self._failed = SpoolError(msg)
        return self._failed

    def _keep_synced(self) -> None:
        while True:
            self._dirty.wait()
            if self._stopped.wait(GATHER_S):
                return
            self._dirty.clear()
            with contextlib.suppress(SpoolError):  # the next append raises it
                self.sync()
            if self._stopped.wait(SYNC_SPACING_S):
                return


_BINARY: Final = getattr(os, "O_BINARY", 0)


def _new_folder(root: Path, run_id: str) -> Path:
    """Make the folder of a run: numbered, so that runs go up in the order in which they began."""
    folders = run_folders(root)
    ordinal = int(folders[-1].name[:8]) + 1 if folders else 1
    folder = root / f"{ordinal:08d}-{run_id}"
    folder.mkdir(mode=0o700)
    return folder
