"""A spooled run: what lies on a station's disk of one run, as the uplink reads it.

A spool root holds one folder a run, `NNNNNNNN-<run id>`, in the order in which the runs began. A folder holds
segments `00001.seg`, `00002.seg`, ... (see `drill.record.records`), each self-contained: run header and key first.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from drill.record.disk import LOCK_NAME, FolderLock, sync_data
from drill.record.recorder import RecordingError
from drill.record.records import FILE_MAGIC, Damage, Record, RecordType, pack_record, read_records
from drill.record.tally import Tally
from drill.record.wire import HEADER, End, WireError, decode_data, encode

SEGMENT_SUFFIX: Final = ".seg"
ASIDE: Final = "aside-"
GONE: Final = ".gone-"
WHY_NAME: Final = "why.txt"
YOUNG_S: Final = 60.0
"""A folder without a header that is younger may still be in the making."""


class SpoolError(RecordingError):
    """The spool cannot be written or read. The text names the place and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a batch lies: its segment, where its frame begins there and how long it is; its crc, channel and rows."""

    segment: int
    offset: int
    length: int
    crc32: int
    channel: str
    n: int


@dataclass(slots=True)
class SpooledRun:
    """One run in the spool.

    Attributes:
        folder: its folder.
        run_id: 32 hexadecimal digits.
        sealed_header: the run header in a sealed box to the city.
        keys: the sealed key of each segment.
        entries: one a batch, in the order of `seq`.
        durable: how many batches are known to be on the disk; only these are sent.
        end: the END message once the run is over.
        report: what was cut off or found damaged, in words.
        damaged: whether batches lie behind a damaged place, out of reach of the uplink but not of a rescue.
        cut_off: whether its writer gave up without an end: it is to be recovered before it is sent.
        lock: keeps other processes out while this one writes or sends it.
    """

    folder: Path
    run_id: str
    sealed_header: bytes
    keys: dict[int, bytes] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    durable: int = 0
    end: End | None = None
    report: list[str] = field(default_factory=list)
    damaged: bool = False
    cut_off: bool = False
    lock: FolderLock | None = None

    def frame(self, seq: int) -> bytes:
        """Return a batch as its DATA frame. Raise SpoolError when the disk gives other bytes than were written."""
        entry = self.entries[seq]
        path = segment_path(self.folder, entry.segment)
        try:
            with path.open("rb") as file:
                file.seek(entry.offset)
                frame = file.read(entry.length)
        except OSError as error:
            msg = f"{path}: batch {seq} cannot be read: {error}"
            raise SpoolError(msg) from error
        if len(frame) != entry.length or zlib.crc32(frame[HEADER.size :]) != entry.crc32:
            msg = f"{path}: batch {seq} reads other bytes than were written; look after this disk"
            raise SpoolError(msg)
        return frame

    def release(self) -> None:
        """Let other processes have the folder."""
        if self.lock is not None:
            self.lock.release()
            self.lock = None

    def remove(self) -> None:
        """Delete the run: only after the server's DONE. A crash in the middle is cleaned up by the next listing."""
        self.release()
        gone = self.folder.with_name(GONE + self.folder.name)
        os.replace(self.folder, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def set_aside(self, why: str) -> Path:
        """Keep the run for a person to look at, out of the uplink's way, and return its new folder."""
        self.release()
        with contextlib.suppress(OSError):
            (self.folder / WHY_NAME).write_text(why + "\n", encoding="utf-8")
        aside = self.folder.with_name(ASIDE + self.folder.name)
        os.replace(self.folder, aside)
        return aside


def segment_path(folder: Path, segment: int) -> Path:
    """Return the path of a segment."""
    return folder / f"{segment:05d}{SEGMENT_SUFFIX}"


def run_folders(root: Path) -> list[Path]:
    """Return the folders of the runs in a spool, oldest first; clears away what a crash left half deleted."""
    if not root.is_dir():
        return []
    for left in root.glob(GONE + "*"):
        shutil.rmtree(left, ignore_errors=True)
    return sorted(p for p in root.iterdir() if p.is_dir() and p.name[:8].isdigit() and p.name[8:9] == "-")


def aside_folders(root: Path) -> list[Path]:
    """Return the folders that were set aside."""
    return sorted(root.glob(ASIDE + "*"))


def recover(folder: Path) -> SpooledRun | None:
    """Open the run that a station left in `folder`; None when nothing of it ever reached the disk.

    A torn tail is cut off, and a run without an end gets one that says `complete: false`. Nothing that can still be
    read is ever cut: behind a damaged place the file stays as it is.

    Raises:
        BlockingIOError: a running station works there.
        SpoolError: batches are there and no header, or the disk fails.
    """
    lock = FolderLock(folder)
    try:
        run = _scan(folder)
        if run is None:
            _clear(folder, lock)
            return None
        if run.end is None:
            _finish(run)
    except OSError as error:
        lock.release()
        msg = f"{folder} cannot be recovered: {error}"
        raise SpoolError(msg) from error
    except SpoolError:
        lock.release()
        raise
    run.lock = lock
    run.durable = len(run.entries)
    return run


def _scan(folder: Path) -> SpooledRun | None:
    files = sorted(folder.glob("*" + SEGMENT_SUFFIX))
    run: SpooledRun | None = None
    orphans = 0
    for file in files:
        content = file.read_bytes()
        for part in read_records(content):
            if isinstance(part, Damage):
                if part.tail and file is files[-1]:
                    if part.length == 0:
                        continue
                    _cut(file, part.offset)
                    words = f"{file.name}: cut {part.length} torn bytes after byte {part.offset}"
                else:
                    words = f"{file.name}: {part.length} damaged bytes at byte {part.offset}"
                if run is None:
                    orphans += part.length if not part.tail else 0
                    continue
                run.damaged |= not (part.tail and file is files[-1])
                run.report.append(words)
                continue
            if part.type is RecordType.SEALED_HEADER and run is None:
                run = SpooledRun(folder, part.body[:16].hex(), part.body[16:])
            elif run is None:
                orphans += 1
            else:
                _take(run, part, int(file.stem))
    if run is None and orphans:
        msg = f"{folder} has batches and no readable run header; keep the folder and tell the operator"
        raise SpoolError(msg)
    return run


def _take(run: SpooledRun, record: Record, segment: int) -> None:
    if run.damaged:
        return
    try:
        if record.type is RecordType.KEY:
            run.keys[int.from_bytes(record.body[:4], "little")] = record.body[4:]
        elif record.type is RecordType.DATA:
            data = decode_data(record.body)
            if data.seq != len(run.entries) or data.segment not in run.keys:
                msg = f"batch {data.seq} of segment {data.segment} stands where {len(run.entries)} should"
                raise WireError(msg)
            place = (segment, record.body_offset, len(record.body))
            run.entries.append(Entry(*place, data.crc32, data.channel, data.n))
        elif record.type is RecordType.END:
            run.end = msgspec.json.decode(record.body, type=End)
    except (WireError, msgspec.MsgspecError) as error:
        run.damaged = True
        run.report.append(f"{segment:05d}{SEGMENT_SUFFIX}: record at byte {record.offset}: {error}")


def _finish(run: SpooledRun) -> None:
    """Give a run that was cut off its end: on disk where nothing is damaged, else in memory alone."""
    tally = Tally()
    for entry in run.entries:
        tally.add(entry.channel, entry.n, entry.crc32)
    run.end = tally.end(complete=False)
    run.report.append(f"the station stopped during this run; {len(run.entries)} batches were kept")
    if run.damaged:
        return
    last = max(run.folder.glob("*" + SEGMENT_SUFFIX))
    size = last.stat().st_size
    try:
        with last.open("ab") as file:
            if size < len(FILE_MAGIC):
                file.truncate(0)
                file.write(FILE_MAGIC)
            file.write(pack_record(RecordType.END, encode(run.end)))
            file.flush()
            sync_data(file.fileno())
    except OSError as error:
        _cut(last, size)
        run.report.append(f"the disk did not take the run's end ({error}); it is sent all the same")


def _cut(file: Path, offset: int) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.ftruncate(descriptor, offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path, lock: FolderLock) -> None:
    young = time.time() - folder.stat().st_mtime < YOUNG_S
    lock.release()
    if not young:
        for file in (*folder.glob("*" + SEGMENT_SUFFIX), folder / LOCK_NAME):
            file.unlink(missing_ok=True)
        folder.rmdir()
