"""The one writer: group commit of all streams' batches on a driver connection of its own.

Every 50 ms, or once a mebibyte waits, one transaction inserts what all streams have taken and moves each stream's
`w`. Only after COMMIT has returned is anything told that it is durable. When the disk refuses, nothing of the group
is told durable, the connection is thrown away (after a failed fsync nobody knows what it holds) and the next group
gets a fresh one. A stream with a frame that was refused or lost is closed: what comes after it would leave a gap.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import chain
from typing import Any, Final, NamedTuple

from drill.record.wire import CLOSE_BAD_FRAME
from server.live.ingest import Refused, Row, RunIngest, Taken, open_batch

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
        refused: streams whose next frame does not open or breaks its channel's rules, and why.
    """

    w: dict[int, int]
    conflicts: list[Conflict]
    refused: list[tuple[RunIngest, Refused]]


class Statements(NamedTuple):
    """The hot statements in the driver's own parameter style."""

    begin: str
    insert: str
    insert_block: str
    mark: str
    known: str


BLOCK: Final = 8
"""Rows of one INSERT. Each statement hands the interpreter's lock over twice, so fewer cost the event loop less."""
_COLUMNS: Final = "stream_id, seq, channel, t0_us, n, gaze, segment, length, crc32, payload"


def statements(mark: str, *, begin: str) -> Statements:
    """Return the statements for a driver whose parameter mark is `mark`."""
    marks = f"({', '.join([mark] * len(Row._fields))})"
    once = f"INSERT INTO chunks ({_COLUMNS}) VALUES {{}} ON CONFLICT (stream_id, seq) DO NOTHING"  # noqa: S608 constants
    return Statements(
        begin=begin,
        insert=once.format(marks),
        insert_block=once.format(", ".join([marks] * BLOCK)),
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
        self._queue: list[Taken] = []
        self._barriers: list[Future[None]] = []
        self._waiting_bytes = 0
        self._stopping = False
        self._connection: Any = None
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)
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

    def submit(self, taken: Taken) -> None:
        """Queue a frame. Never blocks."""
        with self._lock:
            self._queue.append(taken)
            self._waiting_bytes += len(taken.data.payload) + ROW_OVERHEAD
            first = len(self._queue) == 1
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
                group, self._queue = self._queue, []
                barriers, self._barriers = self._barriers, []
            if group or barriers:
                self._commit(group, barriers)
            if self._stopping and not self._queue and not self._barriers:
                self._close()
                return

    def _commit(self, group: list[Taken], barriers: list[Future[None]]) -> None:
        try:
            rows, refused = _opened_rows(group)
            w, conflicts = self._transaction(rows) if rows else ({}, [])
        except Exception as error:
            log.warning("ingest: a group of %d batches is not stored: %s", len(group), error)
            for taken in group:
                taken.ingest.closed = True
            self._close()
            self._release(group)
            for barrier in barriers:
                barrier.set_exception(error)
            self._failed(error)
            time.sleep(self._window_s)
            return
        self._release(group)
        if rows:
            self.groups += 1
        if rows or refused:
            self._committed(Committed(w, conflicts, refused))
        for barrier in barriers:
            barrier.set_result(None)

    def _release(self, group: list[Taken]) -> None:
        with self._lock:
            self._waiting_bytes -= sum(len(taken.data.payload) + ROW_OVERHEAD for taken in group)

    def _transaction(self, rows: list[Row]) -> tuple[dict[int, int], list[Conflict]]:
        connection = self._opened()
        cursor = connection.cursor()
        try:
            if self._sql.begin:
                cursor.execute(self._sql.begin)
            conflicts = self._conflicts(cursor, rows) if self._insert(cursor, rows) != len(rows) else []
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
        return w, conflicts

    def _insert(self, cursor: Any, rows: list[Row]) -> int:
        """Insert rows, a block a statement and the rest one by one; return how many were new."""
        whole = len(rows) - len(rows) % BLOCK
        new = 0
        for begin in range(0, whole, BLOCK):
            cursor.execute(self._sql.insert_block, tuple(chain.from_iterable(rows[begin : begin + BLOCK])))
            new += cursor.rowcount
        if whole < len(rows):
            cursor.executemany(self._sql.insert, rows[whole:])
            new += cursor.rowcount
        return new

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


def _opened_rows(group: list[Taken]) -> tuple[list[Row], list[tuple[RunIngest, Refused]]]:
    """Open a group's frames; a frame that is refused closes its stream."""
    rows: list[Row] = []
    refused: list[tuple[RunIngest, Refused]] = []
    for taken in group:
        if taken.ingest.closed:
            continue
        try:
            rows.append(open_batch(taken))
        except Refused as error:
            taken.ingest.closed = True
            refused.append((taken.ingest, error))
        except Exception as error:  # one station's frame must not cost the others their group
            seq = taken.data.seq
            log.exception("ingest: run %s seq %d cannot be read", taken.ingest.run_id, seq)
            taken.ingest.closed = True
            what = f"seq {seq} cannot be read ({type(error).__name__})"
            refused.append((taken.ingest, Refused(CLOSE_BAD_FRAME, what, seq)))
    return rows, refused


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
