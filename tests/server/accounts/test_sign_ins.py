from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from server.accounts import sign_ins
from server.accounts.models import SignIn, Staff
from server.accounts.principal import NOBODY
from server.columns import now
from server.db import Database


@pytest.fixture
def staff(database: Database) -> Staff:
    with database.session() as db:
        made = Staff(login="taka@city.example", name="髙﨑 𠮷", roles=["clerk", "nonsense"], department="防災課")
        db.add(made)
    return made


def opened(database: Database, staff: Staff) -> str:
    with database.session() as db:
        return sign_ins.sign_in_staff(db, database.settings, staff, method="totp")


def test_a_key_leads_to_its_staff_and_is_kept_by_hash_alone(database: Database, staff: Staff) -> None:
    key = opened(database, staff)
    with database.reading() as db:
        principal = sign_ins.principal_of(db, database.settings, key)
        rows = db.query(SignIn).all()
    assert (principal.kind, principal.id, principal.name) == ("staff", staff.id, "髙﨑 𠮷")
    assert principal.roles == {"clerk"}, "a role that is not known is none"
    assert key not in {rows[0].key_hash, rows[0].id}


@pytest.mark.parametrize("key", ["", "nonsense", "x" * 500])
def test_a_wrong_key_is_nobodys(database: Database, key: str) -> None:
    with database.reading() as db:
        assert sign_ins.principal_of(db, database.settings, key) is NOBODY


@pytest.mark.parametrize(("minutes", "good"), [(29, True), (31, False)])
def test_an_idle_sign_in_ends(database: Database, staff: Staff, minutes: int, good: bool) -> None:
    key = opened(database, staff)
    with time_machine.travel(now() + timedelta(minutes=minutes)), database.reading() as db:
        assert (sign_ins.principal_of(db, database.settings, key) is not NOBODY) == good


def test_an_old_sign_in_ends_however_busy(database: Database, staff: Staff) -> None:
    key = opened(database, staff)
    for hour in range(1, 12):
        with time_machine.travel(now() + timedelta(hours=hour)), database.session() as db:
            db.query(SignIn).update({"seen_at": now()})
            assert sign_ins.principal_of(db, database.settings, key).id == staff.id
    with time_machine.travel(now() + timedelta(hours=12, seconds=1)), database.session() as db:
        db.query(SignIn).update({"seen_at": now()})
        assert sign_ins.principal_of(db, database.settings, key) is NOBODY


def test_ending_disabling_and_ending_all_close_the_door(database: Database, staff: Staff) -> None:
    first, second, third = (opened(database, staff) for _ in range(3))
    with database.session() as db:
        of_first = sign_ins.principal_of(db, database.settings, first).sign_in
        assert sign_ins.end(db, of_first, actor="staff:x")
        assert not sign_ins.end(db, of_first, actor="staff:x")
        assert not sign_ins.is_open(db, of_first)
        kept = sign_ins.principal_of(db, database.settings, third).sign_in
        assert sign_ins.end_all(db, staff_id=staff.id, but=kept, actor="staff:x") == 1
        assert sign_ins.principal_of(db, database.settings, second) is NOBODY
        assert sign_ins.is_open(db, kept)
    with database.session() as db:
        db.get_one(Staff, staff.id).disabled_at = now()
    with database.reading() as db:
        assert sign_ins.principal_of(db, database.settings, third) is NOBODY
        assert not sign_ins.is_open(db, kept)


def test_whose_sign_ins_must_be_said(database: Database) -> None:
    with database.session() as db, pytest.raises(ValueError, match="whose sign-ins"):
        sign_ins.end_all(db, actor="staff:x")
