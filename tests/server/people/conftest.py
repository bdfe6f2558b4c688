"""A small town of invented people, and residents who are signed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from server.accounts import sign_ins
from server.accounts.models import Staff
from server.accounts.principal import ROLES, Principal
from server.consent import service as consent
from server.db import Database
from server.people import service as people

TOWN: dict[str, dict[str, Any]] = {
    "aoi": {"name": "髙﨑 葵", "name_kana": "たかさき あおい", "birth_date": dt.date(1986, 4, 2)},
    "haruto": {"name": "髙﨑 陽翔", "name_kana": "タカサキ ハルト", "birth_date": dt.date(2016, 2, 29)},
    "kiyo": {"name": "𠮷田 キヨ", "name_kana": "ヨシダ キヨ", "birth_date": dt.date(1940, 12, 3)},
    "kiyo again": {"name": "吉田 きよ", "name_kana": "よしだ　きよ", "birth_date": dt.date(1940, 12, 3)},
}


@pytest.fixture
def add() -> Callable[..., str]:
    """Add one of the people above to a database; `agreed` to have tickets tied to them; keywords change who they are.

    Returns the id.
    """

    def added(database: Database, who: str, *, agreed: bool = False, **changes: Any) -> str:
        with database.session() as db:
            made = people.new_person(db, **(TOWN[who] | changes), actor="staff:test").id
            if agreed:
                consent.give(
                    db,
                    kind="person",
                    subject=made,
                    purpose=consent.RESULTS,
                    version="results-1",
                    source="test",
                    given_by="guardian",
                )
            return made

    return added


@pytest.fixture
def clerk() -> Callable[..., Principal]:
    """Add a staff member who is signed in and return them as principal. Without roles: with all."""

    def made(database: Database, login: str = "clerk@city.example", *roles: str) -> Principal:
        with database.session() as db:
            staff = Staff(login=login, name="窓口 花子", roles=list(roles or ROLES))
            db.add(staff)
            db.flush()
            key = sign_ins.sign_in_staff(db, database.settings, staff, method="totp")
            return sign_ins.principal_of(db, database.settings, key)

    return made


@pytest.fixture
def resident_key() -> Callable[..., str]:
    """Sign a person or a ticket in and return the key that the cookie holds."""

    def made(database: Database, *, person_id: str = "", ticket_hash: str = "") -> str:
        with database.session() as db:
            return sign_ins.sign_in_resident(
                db, database.settings, method="oidc", person_id=person_id, ticket_hash=ticket_hash
            )

    return made
