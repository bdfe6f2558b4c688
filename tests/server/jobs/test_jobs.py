from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from server.columns import now
from server.db import Database
from server.jobs import enqueue, service, store
from server.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from server.jobs.registry import JobError, forget, handler_of, job
from server.jobs.runner import Runner

KIND = "test.work"


@pytest.fixture
def done() -> Iterator[list[dict[str, Any]]]:
    """Payloads that the test's handler was called with. A payload with `fail` makes it raise."""
    payloads: list[dict[str, Any]] = []

    @job(KIND)
    def work(_database: Database, payload: dict[str, Any]) -> None:
        payloads.append(payload)
        if payload.get("fail"):
            msg = "planted"
            raise RuntimeError(msg)

    yield payloads
    forget(KIND)


def _enqueue_and_fail(database: Database) -> None:
    with database.session() as db:
        enqueue(db, KIND, {})
        raise RuntimeError


def only_job(database: Database) -> Job:
    with database.reading() as db:
        return db.scalars(select(Job)).one()


def test_a_job_runs_once_after_its_transaction(database: Database, done: list[dict[str, Any]]) -> None:
    runner = Runner(database)
    with database.session() as db:
        enqueue(db, KIND, {"run_id": "a"})
        if database.dialect == "postgresql":
            assert runner.drain() == 0
    assert runner.drain() == 1
    assert runner.drain() == 0
    assert done == [{"run_id": "a"}]
    assert only_job(database).state == DONE


def test_a_job_of_a_failed_transaction_never_runs(database: Database, done: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError):
        _enqueue_and_fail(database)
    assert Runner(database).drain() == 0
    assert done == []


def test_a_failing_job_is_tried_five_times_then_given_up_in_sight(
    client: TestClient, done: list[dict[str, Any]]
) -> None:
    database: Database = client.app.state.database
    runner = Runner(database)
    with database.session() as db:
        key = service.enqueue(db, KIND, {"fail": True}, after=now() + timedelta(days=1))
    for attempt in range(1, service.MAX_ATTEMPTS + 1):
        with database.session() as db:
            db.execute(update(Job).values(run_after=now() - timedelta(days=1)))
        runner.drain()
        _wait(database, lambda db, n=attempt: db.get(Job, key).attempts >= n)
    _wait(database, lambda db: db.get(Job, key).state == FAILED)
    shown = client.get("/api/jobs").json()
    assert shown["failed"][0]["error"] == "RuntimeError: planted"
    assert shown["counts"][FAILED] == 1  # what the house queues for itself stands beside it
    assert len(done) == service.MAX_ATTEMPTS
    assert client.post(f"/api/jobs/{key}/retry").json() == {"queued": True}
    _wait(database, lambda db: db.get(Job, key).attempts >= 1)
    assert client.post("/api/jobs/none/retry").status_code == 404


def _wait(database: Database, true: Any) -> None:
    """Wait until something holds in the database; the test's own time limit ends it otherwise."""
    pause = threading.Event()
    while True:
        with database.reading() as db:
            if true(db):
                return
        pause.wait(0.01)


def test_waits_grow() -> None:
    assert [service.wait_before(n).total_seconds() for n in (1, 2, 3, 4)] == [2, 8, 32, 128]


def test_a_job_put_back_waits(database: Database, done: list[dict[str, Any]]) -> None:
    with database.session() as db:
        enqueue(db, KIND, {"fail": True})
    runner = Runner(database)
    assert runner.drain() == 1
    assert only_job(database).state == QUEUED
    assert only_job(database).run_after > now()


def test_a_job_of_an_unknown_kind_fails_in_words(database: Database) -> None:
    with database.session() as db:
        enqueue(db, "nobody.knows", {})
    Runner(database).drain()
    assert "no handler for jobs of kind 'nobody.knows'" in only_job(database).error


def claims_of_many(database: Database, claim: Any, *, jobs: int, threads: int) -> list[str]:
    """Return the ids that many threads claimed at the same time."""
    with database.session() as db:
        for _ in range(jobs):
            enqueue(db, KIND, {})
    taken: list[str] = []
    start = threading.Barrier(threads)

    def take() -> None:
        start.wait()
        while (key := claim(database)) is not None:
            taken.append(key)

    workers = [threading.Thread(target=take) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return taken


def atomic_claim(database: Database) -> str | None:
    with database.session() as db:
        found = store.claim(db, at=now(), lease=service.LEASE)
        return found.id if found else None


def test_two_runners_never_take_the_same_job(database: Database) -> None:
    taken = claims_of_many(database, atomic_claim, jobs=60, threads=6)
    assert len(taken) == 60
    assert len(set(taken)) == 60


def test_looking_before_taking_would_take_twice(database: Database) -> None:
    """The control: the rig sees the race that the atomic claim avoids."""
    together = threading.Barrier(6)

    def naive(base: Database) -> str | None:
        with base.reading() as db:
            found = db.scalars(select(Job).where(Job.state == QUEUED).limit(1)).one_or_none()
        together.wait()
        if found is None:
            return None
        with base.session() as db:
            db.execute(update(Job).where(Job.id == found.id).values(state=RUNNING))
        together.wait()
        return found.id

    taken = claims_of_many(database, naive, jobs=1, threads=6)
    assert len(taken) == 6


def test_a_dead_runners_job_is_taken_over_when_its_lease_ends(database: Database) -> None:
    with database.session() as db:
        enqueue(db, KIND, {})
    assert atomic_claim(database) is not None
    assert atomic_claim(database) is None
    with database.session() as db:
        db.execute(update(Job).values(lease_until=now() - timedelta(seconds=1)))
    assert atomic_claim(database) is not None
    assert only_job(database).attempts == 2


def test_a_lease_can_be_extended(database: Database) -> None:
    with database.session() as db:
        key = enqueue(db, KIND, {})
    atomic_claim(database)
    later = now() + timedelta(hours=1)
    with database.session() as db:
        store.extend(db, key, until=later)
    assert only_job(database).lease_until == later


def test_the_thread_wakes_on_commit_and_ends_with_its_block(database: Database, done: list[dict[str, Any]]) -> None:
    runner = Runner(database)
    with runner.running():
        with database.session() as db:
            enqueue(db, KIND, {})
        _wait(database, lambda db: db.scalars(select(Job.state)).one() == DONE)
    assert not [t for t in threading.enumerate() if t.name.startswith("sonae-job")]


def test_the_embedded_databases_running_jobs_start_again(database: Database, done: list[dict[str, Any]]) -> None:
    if database.dialect != "sqlite":
        pytest.skip("where other runners may live, the lease decides")
    with database.session() as db:
        enqueue(db, KIND, {})
    atomic_claim(database)
    with Runner(database).running():
        _wait(database, lambda db: db.scalars(select(Job.state)).one() == DONE)


def test_done_jobs_are_purged(database: Database, done: list[dict[str, Any]]) -> None:
    with database.session() as db:
        enqueue(db, KIND, {})
    Runner(database).drain()
    with database.session() as db:
        store.purge_done(db, before=now() - timedelta(days=1))
        assert db.scalars(select(Job)).all()
        store.purge_done(db, before=now() + timedelta(days=1))
        assert not db.scalars(select(Job)).all()


def test_a_kind_is_registered_once() -> None:
    @job("test.twice")
    def first(_database: Database, _payload: dict[str, Any]) -> None:
        """Do nothing."""

    def second(_database: Database, _payload: dict[str, Any]) -> None:
        """Do nothing."""

    try:
        assert handler_of("test.twice") is first
        with pytest.raises(JobError, match="registered twice"):
            job("test.twice")(second)
    finally:
        forget("test.twice")
    with pytest.raises(JobError, match="no handler"):
        handler_of("test.twice")
