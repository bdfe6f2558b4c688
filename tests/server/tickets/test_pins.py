from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select

from drill.ticket import ALPHABET, new_ticket, ticket_hash
from server.audit.models import AuditEntry
from server.columns import now
from server.db import Database
from server.ops import secrets
from server.tickets import pins, printing, store
from server.tickets import service as tickets
from server.tickets.models import PinTry, Ticket
from server.tickets.pins import PinRefused

START = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)


def printed(database: Database) -> printing.Printed:
    with database.session() as db:
        return printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]


def attempt(database: Database, code: str, pin: str) -> PinRefused | str:
    """Try once, as a request does: what it counted is committed. Returns the refusal or the ticket's hash."""
    with database.session() as db:
        try:
            return pins.check(db, database.settings, code, pin).hash
        except PinRefused as refusal:
            return refusal


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


def test_ticket_and_pin_open_together_and_as_people_type_them(database: Database) -> None:
    one = printed(database)
    full_width = one.pin.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for pin in (one.pin, f"{one.pin[:3]} {one.pin[3:]}", full_width):
        assert attempt(database, one.code.lower(), pin) == one.hash
    with database.reading() as db:
        kept = db.get_one(Ticket, one.hash)
        assert one.pin not in kept.pin_hash
        assert len(kept.pin_hash) == 64


def test_five_wrong_tries_then_a_wait_that_even_the_right_pin_keeps(database: Database) -> None:
    one, other = printed(database), printed(database)
    with time_machine.travel(START, tick=False) as clock:
        refusals = [attempt(database, one.code, wrong(one.pin)) for _ in range(5)]
        assert [r.fault for r in refusals if isinstance(r, PinRefused)] == ["wrong"] * 4 + ["wait"]
        refused = attempt(database, one.code, one.pin)
        assert isinstance(refused, PinRefused)
        assert refused.until == START + dt.timedelta(minutes=15)
        assert attempt(database, other.code, other.pin) == other.hash  # another ticket waits for nothing
        clock.shift(dt.timedelta(minutes=15))
        assert attempt(database, one.code, one.pin) == one.hash
        assert isinstance(attempt(database, one.code, wrong(one.pin)), PinRefused)
        assert attempt(database, one.code, one.pin) == one.hash  # the count began anew


def test_each_further_wait_is_twice_as_long_up_to_a_day(database: Database) -> None:
    one = printed(database)
    waits: list[dt.timedelta] = []
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(4 + 10):
            refused = attempt(database, one.code, wrong(one.pin))
            assert isinstance(refused, PinRefused)
            if refused.until is not None:
                waits.append(refused.until - now())
                clock.shift(waits[-1])
    minutes = [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]
    assert waits == [dt.timedelta(minutes=one) for one in minutes]


def behaviour(database: Database, code: str, pin: str) -> tuple[list[Any], list[str], int]:
    """Try nine times; return the answers, the statements sent to the database, and how many hashes were made."""
    statements: list[str] = []
    hashes = 0
    real = secrets.keyed_hashes

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def counted(*arguments: Any) -> list[str]:
        nonlocal hashes
        hashes += 1
        return real(*arguments)

    event.listen(database.engine, "before_cursor_execute", note)
    patch = pytest.MonkeyPatch()
    patch.setattr(pins, "keyed_hashes", counted)
    try:
        answers = []
        for _ in range(9):
            refusal = attempt(database, code, pin)
            assert isinstance(refusal, PinRefused)
            answers.append((refusal.fault, refusal.until))
    finally:
        patch.undo()
        event.remove(database.engine, "before_cursor_execute", note)
    return answers, statements, hashes


def test_a_ticket_that_does_not_exist_answers_and_works_as_one_that_does(database: Database) -> None:
    """Counted as work, not as time: the same answers, the same statements, the same number of hashes."""
    one = printed(database)
    with database.session() as db:
        without, revoked = tickets.issue(db, count=2)
        tickets.revoke(db, ticket_hash(revoked))
    with time_machine.travel(START, tick=False):
        known = behaviour(database, one.code, wrong(one.pin))
        assert known[2] == 5
        for code in (new_ticket(), without, revoked):
            assert behaviour(database, code, "000000") == known


def test_a_look_before_the_work_is_seen_by_this_test(database: Database) -> None:
    """The control of the test above: a check that skips the hash for unknown tickets differs."""

    def skipping(db: Any, settings: Any, code: str, pin: str) -> Ticket:
        if tickets.lookup(db, code) is None:
            raise PinRefused(fault="wrong")
        return real(db, settings, code, pin)

    one = printed(database)
    real = pins.check
    patch = pytest.MonkeyPatch()
    patch.setattr(pins, "check", skipping)
    with time_machine.travel(START, tick=False):
        try:
            assert behaviour(database, new_ticket(), "000000") != behaviour(database, one.code, wrong(one.pin))
        finally:
            patch.undo()


def test_a_ticket_without_pin_opens_with_no_text(database: Database) -> None:
    with database.session() as db:
        code = tickets.issue(db)[0]
    for pin in ("", "0" * 64, "000000"):
        assert isinstance(attempt(database, code, pin), PinRefused)


def test_a_pin_stays_good_when_the_servers_key_changes(database: Database) -> None:
    one = printed(database)
    secrets.rotate(database.settings)
    assert attempt(database, one.code, one.pin) == one.hash


def test_a_lost_slip_gets_a_new_pin_and_the_old_one_opens_nothing(database: Database) -> None:
    one = printed(database)
    for _ in range(5):
        attempt(database, one.code, wrong(one.pin))
    with database.session() as db:
        fresh = pins.renew(db, database.settings, one.shown, actor="staff:2")
        assert pins.renew(db, database.settings, new_ticket(), actor="staff:2") is None
    assert fresh is not None
    assert attempt(database, one.code, fresh) == one.hash
    if fresh != one.pin:
        assert isinstance(attempt(database, one.code, one.pin), PinRefused)
    with database.reading() as db:
        entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "ticket.renew_pin")).one()
        assert (entry.actor, entry.detail) == ("staff:2", {})


def test_erasing_a_ticket_erases_the_tries_at_it(database: Database) -> None:
    one = printed(database)
    attempt(database, one.code, wrong(one.pin))
    with database.session() as db:
        store.erase(db, one.hash)
        assert db.get(PinTry, one.hash) is None


def test_pins_are_six_digits_and_codes_are_drawn_as_a_picture(database: Database) -> None:
    one = printed(database)
    assert len(one.pin) == 6
    assert one.pin.isdecimal()
    assert set(one.code) <= set(ALPHABET)
    assert one.picture.startswith("<svg")
    assert "style" not in one.picture
    assert one.pin not in one.picture
