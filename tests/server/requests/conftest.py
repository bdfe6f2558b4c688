"""Invented people with tickets and runs, signed in or at the counter."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import NamedTuple

import pytest
from fastapi.testclient import TestClient

from drill.record.run import RunHeader
from server.access.enforcing import COOKIE
from server.accounts import sign_ins
from server.consent import service as consent
from server.db import Database
from server.drills import service as drills
from server.people import mandates
from server.people import service as people
from server.tickets import service as tickets


class Resident(NamedTuple):
    """A person, or nobody known, with a ticket and the run played with it."""

    id: str
    ticket: str
    code: str
    run: str


def run_of(ticket: str, run_id: str = "") -> RunHeader:
    return RunHeader(
        run_id=run_id or secrets.token_hex(16), scenario="gym-flood", scenario_hash="f" * 64, seed=7, build="0.1.0",
        profile="lab", device="test", locomotion="walked", started_at="2026-11-24T10:00:00+09:00", consent="1",
        ticket_hash=ticket,
    )  # fmt: skip


@pytest.fixture
def resident() -> Callable[..., Resident]:
    """Add a resident; `name` empty means a ticket alone."""

    def made(
        database: Database, name: str = "髙﨑 葵", born: dt.date | None = dt.date(1986, 4, 2), band: str = "16-64"
    ) -> Resident:
        with database.session() as db:
            code = tickets.issue(db, age_band=band)[0]
            known = tickets.lookup(db, code)
            assert known is not None
            person = ""
            if name:
                person = people.new_person(db, name=name, birth_date=born, actor="staff:test").id
                consent.give(
                    db,
                    kind="person",
                    subject=person,
                    purpose=consent.RESULTS,
                    version="results-1",
                    source="test",
                    given_by="guardian",
                )
                people.claim_ticket(db, person, known.hash, actor="test")
            run = drills.register_run(db, run_of(known.hash)).run_id
        return Resident(person, known.hash, code, run)

    return made


@pytest.fixture
def sign_in() -> Callable[..., None]:
    """Let a client be a resident's browser."""

    def signed(client: TestClient, who: Resident) -> None:
        database: Database = client.app.state.database  # type: ignore[attr-defined]  # the app keeps it there
        with database.session() as db:
            key = sign_ins.sign_in_resident(
                db, database.settings, method="ticket", person_id=who.id, ticket_hash="" if who.id else who.ticket
            )
        client.cookies.set(COOKIE, key)

    return signed


@pytest.fixture
def act_for() -> Callable[..., None]:
    """Let a resident who is signed in act for another by a mandate."""

    def acting(client: TestClient, holder: Resident, other: Resident, kind: mandates.Kind = "parent") -> None:
        database: Database = client.app.state.database  # type: ignore[attr-defined]  # the app keeps it there
        with database.session() as db:
            made = mandates.give(
                db,
                kind=kind,
                for_person_id=other.id,
                holder_person_id=holder.id,
                channel="counter",
                proof="household" if kind == "parent" else "letter",
                actor="staff:test",
            ).id
        answer = client.post("/my/acting", data={"mandate": made}, follow_redirects=False)
        assert answer.status_code == 303

    return acting
