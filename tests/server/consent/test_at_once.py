"""A consent taken back while a run comes in: whichever is first, no run is left without consent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from server.consent import service as consent
from server.consent import store
from server.consent.service import ConsentError
from server.db import Database
from server.drills import service as drills
from tests.server.requests.conftest import run_of

Add = Callable[..., Any]


def at_once(database: Database, first: Callable[[Any], None], second: Callable[[Any], None]) -> list[Exception]:
    """Begin `first`, let `second` come while it is not committed yet, and return what went wrong in `second`."""
    begun, wrong = threading.Event(), []

    def follow() -> None:
        begun.wait(10)
        try:
            with database.session() as db:
                second(db)
        except Exception as error:  # handed to the test
            wrong.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    with database.session() as db:
        first(db)
        begun.set()
        thread.join(0.5)  # it waits for our commit: how long does not matter
    thread.join(20)
    assert not thread.is_alive()
    return wrong


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_no_run_is_left(database: Database, resident: Add, *, withdrawn_first: bool) -> None:
    who = resident(database)

    def take_back(db: Any) -> None:
        consent.withdraw(db, kind="ticket", subject=who.ticket, purpose=consent.RECORDING, source="x")

    def come_in(db: Any) -> None:
        drills.register_run(db, run_of(who.ticket))

    order = (take_back, come_in) if withdrawn_first else (come_in, take_back)
    wrong = at_once(database, *order)
    assert [type(error) for error in wrong] == ([ConsentError] if withdrawn_first else [])
    with database.reading() as db:
        assert drills.list_runs(db) == []
        assert consent.live(db, kind="ticket", subject=who.ticket, purpose=consent.RECORDING) is None


def test_without_the_lock_one_would_be_left(database: Database, resident: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control, on PostgreSQL: SQLite lets one writer in at a time anyway."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer")
    who = resident(database)
    of_subjects = store.of_subjects
    monkeypatch.setattr(store, "of_subjects", lambda *of, **how: of_subjects(*of, **(how | {"lock": False})))

    def take_back(db: Any) -> None:
        consent.withdraw(db, kind="ticket", subject=who.ticket, purpose=consent.RECORDING, source="x")

    assert at_once(database, take_back, lambda db: drills.register_run(db, run_of(who.ticket))) == []
    with database.reading() as db:
        assert len(drills.list_runs(db)) == 1
