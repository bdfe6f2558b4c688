from __future__ import annotations

import datetime as dt
import threading

from fastapi.testclient import TestClient

from server.app import create_app
from server.columns import now
from server.consent import service as consent
from server.db import Database
from server.drills import service
from server.drills.models import Run
from server.drills.retention import expire
from server.settings import Settings


def played(database: Database, header, number: int, days: int, **changes: object) -> str:
    """Keep a run that came in so many days ago."""
    run_id = f"{number:032x}"
    with database.session() as db:
        run = service.register_run(db, header(run_id=run_id, **changes))
        run.received_at = now() - dt.timedelta(days=days)
    return run_id


def left(database: Database) -> set[str]:
    with database.reading() as db:
        return {run.run_id for run in db.query(Run)}


def test_a_persons_run_goes_when_its_period_is_over(database: Database, header) -> None:
    person = {"locomotion": "screen", "consent": "station-1"}
    old = played(database, header, 1, 1096, **person)
    young = played(database, header, 2, 1094, **person)
    script = played(database, header, 3, 4000)
    measured = played(
        database, header, 4, 4000, locomotion="walked", consent="published-measurement", profile="measured"
    )
    assert expire(database) == 1
    assert left(database) == {young, script, measured}
    with database.reading() as db:
        assert consent.live(db, kind="run", subject=old, purpose=consent.RECORDING) is None
        assert consent.live(db, kind="run", subject=young, purpose=consent.RECORDING) is not None
    assert expire(database) == 0


def test_the_server_looks_when_it_starts(sqlite_settings: Settings, header, monkeypatch) -> None:
    app = create_app(sqlite_settings)
    database = app.state.database
    played(database, header, 1, 2000, locomotion="screen", consent="station-1")
    looked = threading.Event()
    counts = []

    def seen(known: Database) -> int:
        counts.append(expire(known))
        looked.set()
        return counts[-1]

    monkeypatch.setattr("server.drills.retention.expire", seen)
    with TestClient(app, base_url="http://127.0.0.1"):
        assert looked.wait(20)
        assert left(database) == set()
    assert counts == [1]
