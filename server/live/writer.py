"""The one writer: group commit of all streams' batches on a driver connection of its own.

Every 50 ms, or once a mebibyte waits, one transaction inserts what all streams have taken and moves each stream's
`w`. Only after COMMIT has returned is anything told that it is durable. When the disk refuses, nothing of the group
is told durable, the connection is thrown away (after a failed fsync nobody knows what it holds) and the next group
gets a fresh one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from server.live.ingest import Row

log = logging.getLogger(__name__)

WINDOW_S: Final = 0.05
GROUP_BYTES: Final = 1 << 20
QUEUE_BYTES: Final = 64 << 20
ROW_OVERHEAD: Final = 256
"""Bytes that a waiting row costs beside its payload."""


class WriterError(RuntimeError):
    """The store is not what durability needs; the text says which setting."""


class Conflict(NamedTuple):
    """A row whose seq was stored with another crc32 before it: its stream must be closed, not acked."""

    row: Row
    stored_crc32: int


class Committed(NamedTuple):
    """What one transaction made durable.

    Attributes:
        w: new `w` of each stream, by stream id.
        conflicts: rows that were not stored because their seq holds other bytes.
    """

    w: dict[int, int]
    conflicts: list[Conflict]


class Statements(NamedTuple):
    """The hot statements in the driver's own parameter style."""

    begin: str
    insert: str
    mark: str
    known: str


_COLUMNS: Final = "stream_id, seq, channel, t0_us, n, gaze, segment, length, crc32, payload"


def statements(mark: str, *, begin: str) -> Statements:
    """Return the statements for a driver whose parameter mark is `mark`."""
    marks = ", ".join([mark] * len(Row._fields))
    return Statements(
        begin=begin,
        insert=f"INSERT INTO chunks ({_COLUMNS}) VALUES ({marks}) ON CONFLICT (stream_id, seq) DO NOTHING",  # noqa: S608 constants
        mark=f"UPDATE run_streams SET w = {mark} WHERE id = {mark} AND w = {mark}",  # noqa: S608 constants
        known=f"SELECT crc32 FROM chunks WHERE stream_id = {mark} AND seq = {mark}",  # noqa: S608 constants
    )


SQLITE: Final = statements("?", begin="BEGIN IMMEDIATE")
POSTGRESQL: Final = statements("%s", begin="")
"""psycopg begins a transaction by itself."""


class Writer:
    """Takes rows from the event loop, commits them in groups on its own thread.

    Args:
        connect: opens a driver connection; called on the writer's thread.
        dialect: `sqlite` or `postgresql`.
        committed: told after each COMMIT, on the writer's thread.
        failed: told when a group was lost (its rows are not durable), on the writer's thread.
        window_s: longest time that a row waits for its group.
        group_bytes: a group of so many bytes does not wait.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Any],
        dialect: str,
        committed: Callable[[Committed], None],
        failed: Callable[[BaseException], None],
        window_s: float = WINDOW_S,
        group_bytes: int = GROUP_BYTES,
    ) -> None:
        self._connect = connect
        self._dialect = dialect
        self._sql = SQLITE if dialect == "sqlite" else POSTGRESQL
        self._committed = committed
        self._failed = failed
        self._window_s = window_s
        self._group_bytes = group_bytes
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._urgent = threading.Event()
        self._rows: list[Row] = []
        self._barriers: list[Future[None]] = []
        self._waiting_bytes = 0
        self._stopping = False
        self._connection: Any = None
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)
        self.generation = 0
        """How many groups were lost."""
        self.groups = 0
        """Transactions committed since the start."""

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for their COMMIT, those in the running transaction included."""
        return self._waiting_bytes

    @property
    def full(self) -> bool:
        """Whether so much waits that no socket may be read."""
        return self._waiting_bytes >= QUEUE_BYTES

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, row: Row, generation: int) -> None:
        """Queue a row. Never blocks.

        `generation` is that of the writer when the row's stream was opened. When a group was lost since, the row has
        a gap before it and is dropped: only a stream opened anew may go on.
        """
        with self._lock:
            if generation != self.generation:
                return
            self._rows.append(row)
            self._waiting_bytes += len(row.payload) + ROW_OVERHEAD
            first = len(self._rows) == 1
            urgent = self._waiting_bytes >= self._group_bytes
        if first:
            self._work.set()
        if urgent:
            self._urgent.set()

    def flush(self) -> Future[None]:
        """Return a future that is done when everything queued before is committed; it fails as the group fails."""
        future: Future[None] = Future()
        with self._lock:
            self._barriers.append(future)
        self._work.set()
        self._urgent.set()
        return future

    def stop(self, *, timeout_s: float = 10.0) -> None:
        """Commit what waits and end the thread."""
        self._stopping = True
        self._work.set()
        self._urgent.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            self._work.wait()
            if not self._stopping:
                self._urgent.wait(self._window_s)
            self._work.clear()
            self._urgent.clear()
            with self._lock:
                rows, self._rows = self._rows, []
                barriers, self._barriers = self._barriers, []
            if rows or barriers:
                self._commit(rows, barriers)
            if self._stopping and not self._rows and not self._barriers:
                self._close()
                return

    def _commit(self, rows: list[Row], barriers: list[Future[None]]) -> None:
        size = sum(len(row.payload) + ROW_OVERHEAD for row in rows)
        try:
            done = self._transaction(rows) if rows else Committed({}, [])
        except Exception as error:
            log.warning("ingest: a group of %d batches is not stored: %s", len(rows), error)
            with self._lock:
                self.generation += 1
                self._rows = []
                self._waiting_bytes = 0
            self._close()
            for barrier in barriers:
                barrier.set_exception(error)
            self._failed(error)
            time.sleep(self._window_s)
            return
        self._released(size)
        self.groups += 1 if rows else 0
        if rows:
            self._committed(done)
        for barrier in barriers:
            barrier.set_result(None)

    def _released(self, size: int) -> None:
        with self._lock:
            self._waiting_bytes -= size

    def _transaction(self, rows: list[Row]) -> Committed:
        connection = self._opened()
        cursor = connection.cursor()
        try:
            if self._sql.begin:
                cursor.execute(self._sql.begin)
            cursor.executemany(self._sql.insert, rows)
            conflicts = self._conflicts(cursor, rows) if cursor.rowcount != len(rows) else []
            spans = _spans(rows)
            w = {stream: after for stream, (_, after) in spans.items()}
            for row, _ in conflicts:
                w[row.stream_id] = min(w[row.stream_id], row.seq)
            cursor.executemany(self._sql.mark, [(w[stream], stream, first) for stream, (first, _) in spans.items()])
            if cursor.rowcount != len(spans):
                msg = f"{len(spans) - cursor.rowcount} of {len(spans)} streams do not stand where their rows begin"
                raise WriterError(msg)
        finally:
            cursor.close()
        connection.commit()
        return Committed(w, conflicts)

    def _conflicts(self, cursor: Any, rows: list[Row]) -> list[Conflict]:
        """Return the rows that ON CONFLICT passed over although their bytes are others."""
        found = []
        for row in rows:
            cursor.execute(self._sql.known, (row.stream_id, row.seq))
            stored = cursor.fetchone()
            if stored is None:
                msg = f"stream {row.stream_id} seq {row.seq} was neither stored nor known"
                raise WriterError(msg)
            if stored[0] != row.crc32:
                found.append(Conflict(row, stored[0]))
        return found

    def _opened(self) -> Any:
        if self._connection is None:
            connection = self._connect()
            try:
                assert_durable(connection, self._dialect)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.rollback()
            connection.close()
        except Exception as error:
            log.debug("ingest: closing a failed connection: %s", error)


def _spans(rows: list[Row]) -> dict[int, tuple[int, int]]:
    """Return first seq and the seq after the last of each stream. Raise WriterError when its rows have a gap."""
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        first, after = spans.get(row.stream_id, (row.seq, row.seq))
        if row.seq != after:
            msg = f"stream {row.stream_id}: seq {row.seq} came where {after} is next"
            raise WriterError(msg)
        spans[row.stream_id] = (first, after + 1)
    return spans


def assert_durable(connection: Any, dialect: str) -> None:
    """Read back what makes COMMIT mean "durable" on this connection. Raise WriterError when it is not so."""
    cursor = connection.cursor()
    try:
        if dialect == "sqlite":
            wanted: dict[str, Any] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
            found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
        else:
            wanted = {"synchronous_commit": "on"}
            cursor.execute("SHOW synchronous_commit")
            found = {"synchronous_commit": cursor.fetchone()[0]}
            connection.commit()
    finally:
        cursor.close()
    if found != wanted:
        msg = f"the database is not durable: {found}, needed {wanted}; an acknowledgement would promise too much"
        raise WriterError(msg)
