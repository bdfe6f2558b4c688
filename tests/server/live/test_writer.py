"""The writer on both engines: groups, guards, and a store that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drill.record.run import RunHeader
from server.db import Database
from server.drills import service as drills
from server.live import store
from server.live.ingest import Row
from server.live.models import RunStream
from server.live.writer import Committed, Writer, WriterError


def row(seq: int, *, stream: int = 1, crc32: int = 0, payload: bytes = b"columns") -> Row:
    return Row(
        stream, seq, 0, 0, 1, gaze=False, segment=0, length=len(payload), crc32=crc32 or seq + 1, payload=payload
    )


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
    for seq in range(20):
        for stream in streams:
            writer.submit(row(seq, stream=stream), 0)
    writer.flush().result(10)
    assert [done.w for done in told.committed] == [dict.fromkeys(streams, 20)]
    assert (writer.groups, writer.queued_bytes) == (1, 0)
    for stream in streams:
        assert seqs(database, stream) == list(range(20))
        assert w_of(database, stream) == 20


def test_a_large_group_does_not_wait_for_its_window(
    streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    writer = make_writer(window_s=60.0, group_bytes=1000)
    writer.submit(row(0, stream=streams[0], payload=bytes(2000)), 0)
    writer.flush().result(10)
    assert told.committed[0].w == {streams[0]: 1}


def test_stop_commits_what_waits(database: Database, streams: list[int], make_writer: Callable[..., Writer]) -> None:
    writer = make_writer(window_s=60.0)
    writer.submit(row(0, stream=streams[0]), 0)
    writer.stop()
    assert seqs(database, streams[0]) == [0]


def test_the_same_batch_again_is_no_conflict_and_other_bytes_are(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer]
) -> None:
    stream = streams[0]
    writer = make_writer()
    writer.submit(row(0, stream=stream), 0)
    writer.flush().result(10)
    with database.session() as db:
        found = db.get(RunStream, stream)
        assert found is not None
        found.w = 0
    writer.submit(row(0, stream=stream), 0)
    writer.submit(row(1, stream=stream), 0)
    writer.flush().result(10)
    assert (told.committed[-1].w, told.committed[-1].conflicts) == ({stream: 2}, [])
    with database.session() as db:
        found = db.get(RunStream, stream)
        assert found is not None
        found.w = 1
    writer.submit(row(1, stream=stream, crc32=99), 0)
    writer.flush().result(10)
    assert told.committed[-1].w == {stream: 1}
    assert [(c.row.seq, c.stored_crc32) for c in told.committed[-1].conflicts] == [(1, 2)]


@pytest.mark.parametrize("wrong", [(0, 2), (1, 2)])
def test_a_stream_with_a_gap_is_never_stored(
    database: Database, streams: list[int], told: Told, make_writer: Callable[..., Writer], wrong: tuple[int, int]
) -> None:
    writer = make_writer()
    for seq in wrong:
        writer.submit(row(seq, stream=streams[0]), 0)
    assert isinstance(writer.flush().exception(10), WriterError)
    assert isinstance(told.failed[0], WriterError)
    assert seqs(database, streams[0]) == []
    assert w_of(database, streams[0]) == 0


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
    writer = make_writer(connect=connect)
    writer.submit(row(0, stream=stream), writer.generation)
    writer.flush().result(10)
    failures[0] = 1
    writer.submit(row(1, stream=stream), 0)
    assert writer.flush().exception(10) is told.failed[0]
    assert (writer.generation, writer.queued_bytes) == (1, 0)
    writer.submit(row(2, stream=stream), 0)
    writer.flush().result(10)
    assert seqs(database, stream) == [0]
    assert w_of(database, stream) == 1
    writer.submit(row(1, stream=stream), writer.generation)
    writer.flush().result(10)
    assert seqs(database, stream) == [0, 1]
    assert len(opened) == 2, "the connection that failed must not be used again"
    assert len(told.committed) == 2
