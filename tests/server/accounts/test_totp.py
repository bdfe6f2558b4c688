"""Requirement 9: six digits from an app, each serving once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pyotp
import pytest
import time_machine

from server.accounts import totp
from server.accounts.models import Staff
from server.db import Database

AT = datetime(2026, 11, 24, 3, 0, 10, tzinfo=UTC)


@pytest.fixture
def staff(database: Database) -> Staff:
    with database.session() as db:
        made = Staff(login="taka@city.example", name="髙﨑", roles=["clerk"])
        db.add(made)
    return made


def kept(database: Database, staff: Staff) -> str:
    """Register an app at AT and return its secret."""
    with time_machine.travel(AT, tick=False), database.session() as db:
        one = db.get_one(Staff, staff.id)
        secret, sealed = totp.offer(database.settings, one, "s1")
        assert totp.offered(database.settings, sealed, one, "s1") == secret
        assert not totp.take(db, database.settings, one, secret, "000000")
        assert totp.take(db, database.settings, one, secret, pyotp.TOTP(secret).at(AT))
    return secret


def tried(database: Database, staff: Staff, code: str, at: datetime) -> bool:
    with time_machine.travel(at, tick=False), database.session() as db:
        return totp.holds(db, database.settings, db.get_one(Staff, staff.id), code)


def test_a_code_serves_once_and_no_older_one_after_it(database: Database, staff: Staff) -> None:
    app = pyotp.TOTP(kept(database, staff))
    assert not tried(database, staff, app.at(AT), AT), "the code that registered the app was used by that"
    later = AT + timedelta(seconds=60)
    assert tried(database, staff, app.at(later), later)
    assert not tried(database, staff, app.at(later), later), "again"
    assert not tried(database, staff, app.at(later - timedelta(seconds=30)), later), "the one before it"


@pytest.mark.parametrize(("seconds", "good"), [(-30, True), (0, True), (30, True), (-60, False), (60, False)])
def test_clocks_may_differ_by_one_step(database: Database, staff: Staff, seconds: int, good: bool) -> None:
    app, at = pyotp.TOTP(kept(database, staff)), AT + timedelta(minutes=10)
    assert tried(database, staff, app.at(at + timedelta(seconds=seconds)), at) == good


def test_digits_are_read_as_people_type_them(database: Database, staff: Staff) -> None:
    app, at = pyotp.TOTP(kept(database, staff)), AT + timedelta(minutes=10)
    code = app.at(at)
    full = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert tried(database, staff, f" {full[:3]} {full[3:]}", at)
    for wrong in ("", "abc", code + "0", "12345"):
        assert not tried(database, staff, wrong, at + timedelta(minutes=1))


def test_of_two_at_once_one_is_told_no(database: Database, staff: Staff) -> None:
    app, at = pyotp.TOTP(kept(database, staff)), AT + timedelta(minutes=10)
    found: list[bool] = []
    with time_machine.travel(at, tick=False):

        def one() -> None:
            with database.session() as db:
                found.append(totp.holds(db, database.settings, db.get_one(Staff, staff.id), app.at(at)))

        threads = [threading.Thread(target=one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(found) == [False] * 5 + [True]


def test_the_database_does_not_show_the_secret(database: Database, staff: Staff) -> None:
    secret = kept(database, staff)
    with database.reading() as db:
        sealed = db.get_one(Staff, staff.id).totp_secret
    assert sealed is not None
    assert secret.encode() not in sealed


def test_an_offer_is_one_sign_ins_and_soon_too_old(database: Database, staff: Staff) -> None:
    settings = database.settings
    other = Staff(id="0" * 16, login="x", name="x")
    with time_machine.travel(AT, tick=False):
        secret, sealed = totp.offer(settings, staff, "s1")
        assert totp.offered(settings, sealed, staff, "s1") == secret
        assert totp.offered(settings, sealed, staff, "s2") == ""
        assert totp.offered(settings, sealed, other, "s1") == ""
        for damaged in ("", "zz", sealed[:-2], sealed[:-2] + "00"):
            assert totp.offered(settings, damaged, staff, "s1") == ""
    with time_machine.travel(AT + timedelta(minutes=31), tick=False):
        assert totp.offered(settings, sealed, staff, "s1") == ""


def test_the_picture_needs_no_style_of_its_own(staff: Staff) -> None:
    svg = totp.picture(staff, pyotp.random_base32())
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox")
    assert "style" not in svg
    assert "xmlns:xlink" not in svg
