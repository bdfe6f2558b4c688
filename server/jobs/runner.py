"""The runner: one thread that takes jobs and does them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server.columns import now
from server.db import Database
from server.jobs import service, store
from server.jobs.models import Job
from server.jobs.registry import handler_of

log = logging.getLogger("sonae.jobs")


class Runner:
    """Takes due jobs one at a time. It wakes when a job was committed in this process, and now and then by itself."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._wake = threading.Event()
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work in a thread until the block ends; the job at hand is finished first."""
        self._stop.clear()
        with self.database.session() as db:
            store.purge_done(db, before=now() - service.KEEP_DONE)
            if self.database.dialect == "sqlite":
                store.requeue_running(db)
        thread = threading.Thread(target=self._work, name="sonae-jobs", daemon=True)
        event.listen(self.database.writing, "after_commit", self._on_commit)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._wake.set()
            thread.join()
            event.remove(self.database.writing, "after_commit", self._on_commit)

    def run_next(self) -> bool:
        """Take and do one job that is due; return whether there was one."""
        with self.database.session() as db:
            job = store.claim(db, at=now(), lease=service.LEASE)
        if job is None:
            return False
        with self._lease(job):
            error = _done(self.database, job)
        with self.database.session() as db:
            if error is None:
                store.finish(db, job.id, at=now())
            else:
                again = service.fail(db, job, error, at=now())
                state = "will be tried again" if again else "given up"
                log.error("job %s of kind %s failed (%s), %s", job.id, job.kind, type(error).__name__, state)
        return True

    def drain(self) -> int:
        """Do every job that is due; return how many."""
        count = 0
        while self.run_next():
            count += 1
        return count

    @contextmanager
    def _lease(self, job: Job) -> Iterator[None]:
        """Keep the lease of a long job alive."""
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(service.LEASE.total_seconds() / 3):
                with self.database.session() as db:
                    store.extend(db, job.id, until=now() + service.LEASE)

        thread = threading.Thread(target=renew, name="sonae-job-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                while not self._stop.is_set() and self.run_next():
                    pass
            except OperationalError as error:
                log.error("the job runner cannot reach the database (%s); it will try again", type(error).__name__)
            self._wake.wait(self.database.settings.job_poll_s)

    def _on_commit(self, session: Session) -> None:
        if session.info.pop(service.ENQUEUED, False):
            self._wake.set()


def _done(database: Database, job: Job) -> Exception | None:
    """Do a job; return what went wrong, or None."""
    try:
        handler_of(job.kind)(database, job.payload)
    except Exception as error:
        return error
    return None
