"""Reading back, sweeping and erasing, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from server.columns import now
from server.drills import service as drills
from server.live import service, store
from server.live.models import Chunk, RunStream
from server.privacy import Subject, disclose, erase


def test_a_run_of_which_nothing_arrived_reads_as_empty(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station = make_station().fill(1)
    line().open(station)
    with app.state.database.reading() as db:
        run = service.recorded_run(db, station.run_id)
        assert (len(run.pose.t_s), run.state) == (0, "running")
        with pytest.raises(drills.UnknownRowError):
            service.recorded_run(db, "0" * 32)


def test_a_silent_run_is_called_gapped_and_may_still_complete(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    station, socket = make_station().fill(1), line()
    socket.open(station)
    socket.say(station.frames[0])
    socket.hear_ack(1)
    with app.state.database.session() as db:
        assert service.sweep(db) == 0
        stream = store.stream_of_run(db, station.run_id)
        assert stream is not None
        stream.heard_at = now() - service.SILENT_AFTER - timedelta(minutes=1)
        db.flush()
        assert service.sweep(db) == 1
        assert drills.get_run(db, station.run_id).state == "gapped"
    again = line()
    assert again.open(station).w == 1
    again.say(station.frames[1])
    again.say(station.end())
    again.hear_until(type(service.Done("", 0)))
    with app.state.database.reading() as db:
        assert drills.get_run(db, station.run_id).state == "complete"


def test_a_person_is_told_what_is_kept_and_erased_with_every_batch(
    app: FastAPI, line: Callable[[], Any], make_station: Callable[..., Any]
) -> None:
    ticket = "cd" * 32
    station, other, socket = make_station(ticket_hash=ticket).fill(1), make_station().fill(1), line()
    for run, connection in ((station, socket), (other, line())):
        connection.open(run)
        for frame in run.frames:
            connection.say(frame)
        connection.hear_ack(2)
    with app.state.database.session() as db:
        assert disclose(db, Subject(tickets=(ticket,)))["live"] == {
            "recorded": [{"run_id": station.run_id, "batches": 2, "rows": {}}]
        }
        erase(db, Subject(tickets=(ticket,)))
    with app.state.database.reading() as db:
        assert [stream.run_id for stream in db.query(RunStream)] == [other.run_id]
        assert db.query(Chunk).count() == 2
