"""Whoever played without ticket deletes the record by two codes; nobody else can, and nobody learns what is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from drill.record.run import RunHeader
from drill.ticket import new_ticket, run_code, ticket_hash
from drill.withdrawal import (
    format_withdrawal_code,
    is_withdrawal,
    new_withdrawal_code,
    withdrawal_address,
    withdrawal_hash,
)
from server.audit.models import AuditEntry
from server.consent import service as consent
from server.consent.service import ConsentError
from server.db import Database
from server.drills import service as drills
from server.drills.models import Run

RUN_ID = "7f" * 16
STORE = Callable[..., str]


def played(database: Database, store_run: STORE, *, code: str = "", **changes: Any) -> RunHeader:
    """Keep a run whose person got a code, and return its header."""
    values: dict[str, Any] = {
        "run_id": RUN_ID,
        "scenario": "gym-flood",
        "scenario_hash": "ab" * 32,
        "seed": 7,
        "build": "test",
        "profile": "lab",
        "device": "test",
        "locomotion": "screen",
        "started_at": "2026-12-06T10:00:00+09:00",
        "consent": "station-1",
    }
    values |= changes
    header = RunHeader(**values, withdrawal=withdrawal_hash(values["run_id"], code) if code else "")
    with database.session() as db:
        store_run(db, header, [])
    return header


def is_there(database: Database) -> bool:
    with database.reading() as db:
        return db.get(Run, RUN_ID) is not None


def ask(client: TestClient, own: str, *, run: str = "", sure: str = "") -> Any:
    data = {"run": run or run_code(RUN_ID), "own": own, "sure": sure}
    return client.post("/run-code", data=data, follow_redirects=False)


def test_the_two_codes_show_the_record_and_delete_it(visitor: TestClient, store_run: STORE) -> None:
    database = visitor.app.state.database
    code = new_withdrawal_code()
    header = played(database, store_run, code=code)
    shown = ask(visitor, format_withdrawal_code(code).lower(), run=f"{run_code(RUN_ID)[:4]} {run_code(RUN_ID)[4:]}")
    assert shown.status_code == 200
    assert "2026年12月6日" in shown.text
    assert is_there(database), "looking deletes nothing"
    done = ask(visitor, code, sure="yes")
    assert (done.status_code, done.headers["location"]) == (303, "/run-code/deleted")
    assert "消えました" in visitor.get("/run-code/deleted").text
    assert not is_there(database)
    with database.reading() as db:
        assert consent.live(db, kind="run", subject=RUN_ID, purpose=consent.RECORDING) is None
        kept = db.scalars(select(AuditEntry).where(AuditEntry.action == "consent.withdraw")).one()
        assert kept.actor == f"run:{RUN_ID}"
        assert code not in str(kept.detail)
    with database.session() as db, pytest.raises(ConsentError):
        drills.register_run(db, header)
    assert ask(visitor, code).status_code == 422


def test_what_does_not_belong_to_the_run_deletes_nothing(visitor: TestClient, store_run: STORE) -> None:
    database = visitor.app.state.database
    code = new_withdrawal_code()
    played(database, store_run, code=code)
    pages = set()
    asked = (
        (new_withdrawal_code(), "", ""),
        (new_withdrawal_code(), "", "yes"),
        ("", "", "yes"),
        ("x" * 10, "", "yes"),
        (code, "00000000", "yes"),
        (code, "𠮷" * 8, ""),
    )
    for own, run, sure in asked:
        answer = ask(visitor, own, run=run, sure=sure)
        assert answer.status_code == 422
        pages.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(pages) == 1, "an unknown run and a wrong code look alike"
    assert is_there(database)


@pytest.mark.parametrize("ticket", [False, True])
def test_a_run_without_a_code_or_with_a_ticket_is_not_for_this_page(
    visitor: TestClient, store_run: STORE, ticket: bool
) -> None:
    database = visitor.app.state.database
    code = new_withdrawal_code()
    if ticket:
        played(database, store_run, code=code, ticket_hash=ticket_hash(new_ticket()))
    else:
        played(database, store_run)
    assert ask(visitor, code, sure="yes").status_code == 422
    assert is_there(database)


def test_a_code_is_not_for_guessing(visitor: TestClient, store_run: STORE) -> None:
    code = new_withdrawal_code()
    played(visitor.app.state.database, store_run, code=code)
    statuses = [ask(visitor, new_withdrawal_code()).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert ask(visitor, code, sure="yes").status_code == 429
    assert is_there(visitor.app.state.database)


def test_the_codes_stand_in_no_address_that_leaves_the_phone(visitor: TestClient) -> None:
    code = new_withdrawal_code()
    address = withdrawal_address("https://sonae.example", RUN_ID, code)
    before, _, behind = address.partition("#")
    assert before == "https://sonae.example/run-code"
    assert behind == f"{run_code(RUN_ID)}.{code}"
    page = visitor.get("/run-code", params={"run": run_code(RUN_ID), "own": code}).text
    assert code not in page.replace(f"own={code}", ""), "a code in a query is not taken"
    assert 'method="post"' in page


def test_a_hash_belongs_to_one_run() -> None:
    code = new_withdrawal_code()
    known = withdrawal_hash(RUN_ID, code)
    assert is_withdrawal(RUN_ID, code, known)
    assert not is_withdrawal("ab" * 16, code, known)
    assert not is_withdrawal(RUN_ID, new_withdrawal_code(), known)
    assert not is_withdrawal(RUN_ID, code, "")
