"""Power cuts: the writer's own transactions on a file system that forgets what was not synced.

SIGKILL cannot tell a synced commit from an unsynced one, as the page cache outlives the process. Here SQLite runs on
a VFS that keeps, of each file, what stood there at its last sync and the writes since. A cut leaves the synced
content and any subset of the later writes. Each image is opened by another SQLite and compared with what the writer
had told durable at that moment. With `synchronous=NORMAL` planted, acknowledged batches vanish.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from drill.record.wire import Data
from server.live import writer as writer_module
from server.live.ingest import RunIngest
from server.live.writer import Committed, Writer, WriterError, assert_durable

SCHEMA = """
CREATE TABLE run_streams (id INTEGER PRIMARY KEY, w BIGINT NOT NULL);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL REFERENCES run_streams(id), seq BIGINT NOT NULL,
    channel SMALLINT NOT NULL, t0_us BIGINT NOT NULL, n INTEGER NOT NULL, gaze BOOLEAN NOT NULL,
    segment BIGINT NOT NULL, length INTEGER NOT NULL, crc32 BIGINT NOT NULL, payload BLOB NOT NULL,
    UNIQUE (stream_id, seq));
"""
STREAMS = 4
GROUPS = 150


class Disk:
    """Of each file: what was synced, and the writes since."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.synced: dict[str, bytes] = {}
        self.writes: dict[str, list[tuple[int, bytes]]] = {}
        self.cuts: list[tuple[dict[str, bytes], dict[int, int]]] = []
        self.durable: dict[int, int] = {}
        self.operations = 0
        self.every = 0

    def touched(self) -> None:
        """Now and then, in the middle of the writer's work, take what a cut at this moment would leave."""
        self.operations += 1
        if self.every and self.operations % self.every == 0:
            self.cut()

    def cut(self) -> None:
        """Keep what a power cut now leaves, and what the writer has told durable so far."""
        image = {}
        for name, content in self.synced.items():
            left = bytearray(content)
            for offset, data in self.writes.get(name, []):
                if self.rng.random() < 0.3:
                    if len(left) < offset + len(data):
                        left.extend(bytes(offset + len(data) - len(left)))
                    left[offset : offset + len(data)] = data
            image[name] = bytes(left)
        self.cuts.append((image, dict(self.durable)))


class ForgetfulVFS(apsw.VFS):
    """SQLite's file system, watched."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.disk = disk
        self.label = name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> Any:  # noqa: N802  SQLite's name
        return WatchedFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802  SQLite's name
        super().xDelete(filename, syncdir)
        self.disk.synced.pop(filename, None)
        self.disk.writes.pop(filename, None)


class WatchedFile(apsw.VFSFile):
    """A file whose writes and syncs the disk hears of."""

    def __init__(self, vfs: ForgetfulVFS, name: Any, flags: Any) -> None:
        self.disk = vfs.disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's name
        super().xWrite(data, offset)
        self.disk.writes.setdefault(self.path, []).append((offset, bytes(data)))
        self.disk.touched()

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  SQLite's name
        super().xTruncate(newsize)
        self.disk.touched()

    def xSync(self, flags: int) -> None:  # noqa: N802  SQLite's name
        super().xSync(flags)
        self.disk.synced[self.path] = Path(self.path).read_bytes()
        self.disk.writes[self.path] = []
        self.disk.touched()


class DriverCursor:
    """An apsw cursor with the parts of the driver interface that the writer uses."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self.rowcount = -1

    def execute(self, sql: str, parameters: tuple[Any, ...] = ()) -> DriverCursor:
        before = self._connection.total_changes()
        self._cursor.execute(sql, parameters)
        self.rowcount = self._connection.total_changes() - before
        return self

    def executemany(self, sql: str, parameters: list[Any]) -> None:
        before = self._connection.total_changes()
        self._cursor.executemany(sql, [tuple(row) for row in parameters])
        self.rowcount = self._connection.total_changes() - before

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def close(self) -> None:
        self._cursor.close()


class DriverConnection:
    """An apsw connection as the writer's driver connection."""

    def __init__(self, path: Path, vfs: ForgetfulVFS, synchronous: str) -> None:
        self._connection = apsw.Connection(str(path), vfs=vfs.label)
        for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        self._connection.wal_autocheckpoint(40)

    def cursor(self) -> DriverCursor:
        return DriverCursor(self._connection)

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def disk(seed: int) -> Disk:
    return Disk(random.Random(seed))


@pytest.fixture
def vfs(disk: Disk) -> Iterator[ForgetfulVFS]:
    made = ForgetfulVFS("forgetful", disk)
    yield made
    made.unregister()


def play(path: Path, vfs: ForgetfulVFS, synchronous: str) -> list[BaseException]:
    """Let the real writer commit groups of random size while the disk takes cuts; return what failed."""
    disk, failures = vfs.disk, []
    setup = DriverConnection(path, vfs, "FULL")
    for statement in SCHEMA.split(";"):
        setup.cursor().execute(statement)
    setup.cursor().executemany("INSERT INTO run_streams VALUES (?, ?)", [(i, 0) for i in range(1, STREAMS + 1)])
    disk.every = 7

    def committed(done: Committed) -> None:
        disk.durable.update(done.w)
        disk.cut()

    writer = Writer(
        connect=lambda: DriverConnection(path, vfs, synchronous),
        dialect="sqlite",
        committed=committed,
        failed=failures.append,
        window_s=0.0,
    )
    writer.start()
    streams = [RunIngest(run_id="ab" * 16, stream_id=i, epoch=1, w=0) for i in range(1, STREAMS + 1)]
    for _ in range(GROUPS):
        for stream in streams:
            for _ in range(disk.rng.randint(0, 3)):
                n = disk.rng.randint(1, 30)
                poses = np.full((n, 7), disk.rng.uniform(-5, 5), "<f4").tobytes()
                payload = bytes(4 * n) + 3 * poses + bytes(n)
                data = Data(stream.expected, "pose", 0, n, payload)
                writer.submit(stream.take(data, data.crc32))
        if failures:
            break
        writer.flush().exception(20)
    writer.stop()
    setup.close()
    return failures


def lost_after(image: dict[str, bytes], durable: dict[int, int], folder: Path) -> int:
    """Return how many batches that were told durable are missing in what a cut left."""
    folder.mkdir()
    for name, content in image.items():
        if not name.endswith("-shm"):
            (folder / Path(name).name).write_bytes(content)
    connection = sqlite3.connect(folder / "cut.sqlite")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept: dict[int, set[int]] = {}
        for stream, seq in connection.execute("SELECT stream_id, seq FROM chunks"):
            kept.setdefault(stream, set()).add(seq)
        marks = dict(connection.execute("SELECT id, w FROM run_streams"))
    finally:
        connection.close()
    for stream, w in marks.items():
        assert set(range(w)) == kept.get(stream, set()), f"stream {stream}: w {w} and its batches disagree"
    return sum(len(set(range(w)) - kept.get(stream, set())) for stream, w in durable.items())


def losses(disk: Disk, tmp_path: Path) -> list[int]:
    return [
        lost_after(image, durable, tmp_path / str(number))
        for number, (image, durable) in enumerate(disk.cuts)
        if durable
    ]


def test_what_was_told_durable_survives_every_cut(tmp_path: Path, vfs: ForgetfulVFS) -> None:
    assert play(tmp_path / "cut.sqlite", vfs, "FULL") == []
    lost = losses(vfs.disk, tmp_path)
    assert len(lost) > 2 * GROUPS
    assert sum(vfs.disk.durable.values()) > GROUPS
    assert sum(lost) == 0


def test_a_writer_without_full_sync_is_caught(
    tmp_path: Path, vfs: ForgetfulVFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "assert_durable", lambda connection, dialect: None)
    assert play(tmp_path / "cut.sqlite", vfs, "NORMAL") == []
    assert sum(losses(vfs.disk, tmp_path)) > 0


def test_the_writer_refuses_a_connection_without_full_sync(tmp_path: Path, vfs: ForgetfulVFS) -> None:
    failures = play(tmp_path / "cut.sqlite", vfs, "NORMAL")
    assert isinstance(failures[0], WriterError)
    assert "durable" in str(failures[0])
    with pytest.raises(WriterError, match="synchronous"):
        assert_durable(DriverConnection(tmp_path / "other.sqlite", vfs, "OFF"), "sqlite")
