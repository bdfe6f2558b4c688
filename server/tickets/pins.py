"""The PIN of a ticket: printed apart from it, so that a ticket found on the street opens nothing.

Only a hash with the server's own secret is kept. A few wrong tries, then a wait that doubles each time. A ticket that
does not exist is counted, hashed, compared and made to wait just as one that does: nobody learns which tickets exist.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import unicodedata
from typing import Final, Literal

from sqlalchemy.orm import Session

from drill.ticket import read_ticket, ticket_hash
from server.audit.service import record
from server.columns import now
from server.ops.secrets import keyed_hash, keyed_hashes
from server.settings import Settings
from server.tickets import service, store
from server.tickets.models import Ticket

DIGITS: Final = 6
LONGEST_WAIT: Final = dt.timedelta(days=1)
_PURPOSE: Final = "ticket pin"
_NOBODYS: Final = "0" * 64
"""Stands for the hash of a ticket without PIN: no text has it."""


class PinRefused(Exception):  # noqa: N818 - an answer, not a fault
    """Ticket and PIN do not fit ("wrong"), or were tried too often ("wait", until `until`)."""

    def __init__(self, *, fault: Literal["wrong", "wait"], until: dt.datetime | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.until = until


def new_pin() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def read_pin(text: str) -> str:
    """Return a PIN as somebody typed it: full-width digits, spaces and hyphens are forgiven."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def set_pin(db: Session, settings: Settings, ticket: Ticket) -> str:
    """Give a ticket a new PIN and return it: the only time that anybody sees it."""
    pin = new_pin()
    ticket.pin_hash = keyed_hash(settings, _PURPOSE, f"{ticket.hash}:{pin}")
    db.flush()
    return pin


def renew(db: Session, settings: Settings, code: str, *, actor: str) -> str | None:
    """Give the ticket with this code a new PIN, the slip being lost; None when there is no such good ticket.

    Raises:
        TicketError: the text cannot be a ticket.
    """
    ticket = service.lookup(db, code)
    if ticket is None:
        return None
    pin = set_pin(db, settings, ticket)
    store.forget_tries(db, ticket.hash)
    record(db, actor, "ticket.renew_pin", f"ticket:{ticket.hash[:12]}")
    return pin


def check(db: Session, settings: Settings, code: str, pin: str) -> Ticket:
    """Return the good ticket that code and PIN open. The try is counted in the caller's transaction: commit it.

    Raises:
        TicketError: the text cannot be a ticket: everyone can tell that without the server.
        PinRefused: they do not fit, or it is not yet time to try again.
    """
    key = ticket_hash(read_ticket(code))
    at = now()
    tries = store.count_try(db, key, at=at)
    if tries.wait_until is not None and tries.wait_until > at:
        raise PinRefused(fault="wait", until=tries.wait_until)
    ticket = service.by_hash(db, key)
    kept = ticket.pin_hash if ticket is not None and ticket.pin_hash else _NOBODYS
    given = keyed_hashes(settings, _PURPOSE, f"{key}:{read_pin(pin)}")
    fits = [hmac.compare_digest(kept, one) for one in given]
    if ticket is not None and any(fits):
        store.forget_tries(db, key)
        return ticket
    tries.tries += 1
    over = tries.tries - settings.ticket_tries
    if over >= 0:
        tries.wait_until = at + min(
            dt.timedelta(minutes=settings.ticket_wait_minutes) * 2 ** min(over, 12), LONGEST_WAIT
        )
        record(db, "nobody", "ticket.pin_wait", f"ticket:{key[:12]}", {"tries": tries.tries})
    db.flush()
    raise PinRefused(fault="wrong" if over < 0 else "wait", until=tries.wait_until)
