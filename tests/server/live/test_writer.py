"""The writer on both engines: groups, guards, and a store that fails."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from drill.record.run import RunHeader
from drill.record.wire import Data
from server.db import Database
from server.drills import service as drills
from server.live import store
from server.live.ingest import RunIngest, Taken
from server.live.models import RunStream
from server.live.writer import Committed, Writer, WriterError


def batch(ingest: RunIngest, *, n: int = 1, x: float = 0.0) -> Taken:
    """Take the next batch of a stream."""
    payload = bytes(4 * n) + np.full(21 * n, x, "<f4").tobytes() + bytes(n)
    data = Data(ingest.expected, "pose", 0, n, payload)
    return ingest.take(data, data.crc32)


def stream_at(stream_id: int, w: int = 0) -> RunIngest:
    return RunIngest(run_id="ab" * 16, stream_id=stream_id, epoch=1, w=w)


class Told:
    """What a writer has told."""

    def __init__(self) -> None:
        self.committed: list[Committed] = []
        self.failed: list[BaseException] = []


@pytest.fixture
def streams(database: Database, make_header: Callable[[], RunHeader]) -> list[int]:
    """Two streams."""
    made = []
    with database.session() as db:
        for _ in range(2):
            header = make_header()
            drills.register_run(db, header)
            stream = RunStream(run_id=header.run_id)
            db.add(stream)
            db.flush()
            made.append(stream.id)
    return made


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make_writer(database: Database, told: Told) -> Iterator[Callable[..., Writer]]:
    made: list[Writer] = []

    def connect() -> Any:
        connection = database.raw_connection()
        connection.detach()
        return connection

    def make(**options: Any) -> Writer:
        writer = Writer(
            **{"connect": connect, "window_s": 0.01}
            | options
            | {"dialect": database.dialect, "committed": told.committed.append, "failed": told.failed.append}
        )
        writer.start()
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.stop()


def seqs(database: Database, stream: int) -> list[int]:
    with database.reading() as db:
        return [mark.seq for mark in store.marks(db, stream)]


def w_of(database: Database, stream: int) -> int:
    with database.reading() as db:
        found = db.get(RunStream, stream)
        assert found is not None
        return found.w


def test_one_transaction_takes_what_all_streams_sent(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    writer = make_writer(window_s=5.0)
    ingests = [stream_at(stream) for stream in streams]
    for _ in range(21):
        for ingest in ingests:
            writer.submit(batch(ingest))
    writer.flush().result(10)
    assert [done.w for done in told.committed] == [dict.fromkeys(streams, 21)]
    assert (writer.groups, writer.queued_bytes) == (1, 0)
    for stream in streams:
        assert seqs(database, stream) == list(range(21))
        assert w_of(database, stream) == 21


def test_a_large_group_does_not_wait_for_its_window(
    streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    writer = make_writer(window_s=60.0, group_bytes=1000)
    writer.submit(batch(stream_at(streams[0]), n=90))
    until = time.monotonic() + 20
    while not told.committed and time.monotonic() < until:
        time.sleep(0.01)
    assert told.committed[0].w == {streams[0]: 1}


def test_stop_commits_what_waits(database: Database, streams: list[int], make_writer: Callable[..., Writer]) -> None:
    writer = make_writer(window_s=60.0)
    writer.submit(batch(stream_at(streams[0])))
    writer.stop()
    assert seqs(database, streams[0]) == [0]


def set_w(database: Database, stream: int, w: int) -> None:
    with database.session() as db:
        found = db.get(RunStream, stream)
        assert found is not None
        found.w = w


def test_the_same_batch_again_is_no_conflict_and_other_bytes_are(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    stream = streams[0]
    writer, first, second, third = make_writer(), stream_at(stream), stream_at(stream), stream_at(stream, 1)
    writer.submit(batch(first))
    writer.flush().result(10)
    set_w(database, stream, 0)
    writer.submit(batch(second))
    writer.submit(batch(second))
    writer.flush().result(10)
    assert (told.committed[-1].w, told.committed[-1].conflicts) == ({stream: 2}, [])
    set_w(database, stream, 1)
    other = batch(third, x=1.0)
    writer.submit(other)
    writer.flush().result(10)
    assert told.committed[-1].w == {stream: 1}
    [conflict] = told.committed[-1].conflicts
    assert (conflict.row.seq, conflict.row.crc32) == (1, other.crc32)
    assert conflict.stored_crc32 != other.crc32


def test_a_bad_batch_closes_its_stream_and_no_other(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    writer, bad, good = make_writer(window_s=5.0), stream_at(streams[0]), stream_at(streams[1])
    for x in (0.0, float("nan"), 0.0):
        writer.submit(batch(bad, x=x))
        writer.submit(batch(good))
    writer.flush().result(10)
    writer.submit(batch(bad))
    writer.submit(batch(good))
    writer.flush().result(10)
    assert (seqs(database, streams[0]), seqs(database, streams[1])) == ([0], [0, 1, 2, 3])
    assert told.committed[0].w == {streams[0]: 1, streams[1]: 3}
    [(ingest, error)] = told.committed[0].refused
    assert ingest is bad
    assert "finite" in str(error)
    assert told.committed[1].w == {streams[1]: 4}


def test_a_stream_with_a_gap_is_never_stored(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    writer = make_writer()
    ahead = stream_at(streams[0], 1)
    writer.submit(batch(ahead))
    assert isinstance(writer.flush().exception(10), WriterError)
    holed = stream_at(streams[0])
    writer.submit(batch(holed))
    batch(holed)
    writer.submit(batch(holed))
    assert isinstance(writer.flush().exception(10), WriterError)
    assert [type(error) for error in told.failed] == [WriterError, WriterError]
    assert (seqs(database, streams[0]), w_of(database, streams[0])) == ([], 0)
    assert ahead.closed
    assert holed.closed


class FailingConnection:
    """A connection whose next commits fail as a full disk does."""

    def __init__(self, connection: Any, failures: list[int]) -> None:
        self._connection = connection
        self._failures = failures

    def commit(self) -> None:
        if self._failures[0]:
            self._failures[0] -= 1
            message = "database or disk is full"
            raise sqlite3.OperationalError(message)
        self._connection.commit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_after_a_lost_group_only_streams_opened_anew_go_on(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    failures, opened = [0], []

    def connect() -> Any:
        connection = database.raw_connection()
        connection.detach()
        opened.append(connection)
        return FailingConnection(connection, failures)

    stream = streams[0]
    writer, ingest = make_writer(connect=connect), stream_at(stream)
    writer.submit(batch(ingest))
    writer.flush().result(10)
    failures[0] = 1
    writer.submit(batch(ingest))
    assert writer.flush().exception(10) is told.failed[0]
    assert (ingest.closed, writer.queued_bytes) == (True, 0)
    writer.submit(batch(ingest))
    writer.flush().result(10)
    assert (seqs(database, stream), w_of(database, stream)) == ([0], 1)
    writer.submit(batch(stream_at(stream, 1)))
    writer.flush().result(10)
    assert seqs(database, stream) == [0, 1]
    assert len(opened) == 2, "the connection that failed must not be used again"
    assert len(told.committed) == 2
