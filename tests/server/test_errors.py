from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from server import errors
from server.db import Database, Db
from server.errors import Refused
from server.guard import Guard
from server.settings import Settings


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[TestClient]:
    """An app whose routes go wrong in every way."""
    settings = Settings(data_dir=tmp_path, database_url="")
    app = FastAPI()
    app.state.database = Database(settings)
    errors.install(app)
    app.add_middleware(Guard, settings=settings)

    @app.get("/writes")
    def writes(db: Db) -> None:
        db.execute(text("CREATE TABLE x (id INTEGER)"))

    @app.post("/asks")
    def asks(db: Db) -> None:
        db.execute(text("SELECT * FROM no_such_table"))

    @app.post("/writes-then-fails")
    def writes_then_fails(db: Db) -> None:
        db.execute(text("CREATE TABLE y (id INTEGER)"))
        ja = "できません。"
        raise Refused(ja, "It cannot be done.", code="because")

    @app.post("/waits")
    def waits() -> None:
        raise PoolTimeoutError

    @app.post("/fills")
    def fills(db: Db) -> None:
        db.execute(text("CREATE TABLE z (content BLOB)"))
        pages = db.execute(text("PRAGMA page_count")).scalar()
        db.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        db.execute(text("INSERT INTO z VALUES (zeroblob(100000))"))

    @app.get("/breaks-off")
    def breaks_off() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"x"
            msg = "hunter2"
            raise ValueError(msg)

        return StreamingResponse(parts())

    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client
    app.state.database.close()


def test_a_read_that_writes_is_our_fault_not_a_busy_database(
    broken: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert broken.get("/writes").status_code == 500
    assert "may only read tried to write at /writes" in caplog.text


def test_a_database_that_does_not_answer_means_later(broken: TestClient) -> None:
    answer = broken.post("/asks")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["error"]["code"] == "busy"
    assert "no_such_table" not in answer.text


def test_a_full_disk_is_said_and_the_rest_runs_on(broken: TestClient) -> None:
    answer = broken.post("/fills")
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "full"
    with broken.app.state.database.reading() as db:
        assert db.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_no_free_connection_means_later(broken: TestClient) -> None:
    assert broken.post("/waits").status_code == 503


def test_a_refusal_keeps_nothing_of_what_was_written(broken: TestClient) -> None:
    answer = broken.post("/writes-then-fails")
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "because", "ja": "できません。", "en": "It cannot be done."}}
    with broken.app.state.database.reading() as db:
        assert db.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'y'")).scalar() == 0


def test_an_answer_that_breaks_off_says_so_without_values(broken: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError, match="broke off"):
        broken.get("/breaks-off")
    assert "unhandled ValueError at /breaks-off" in caplog.text
    assert "hunter2" not in caplog.text
