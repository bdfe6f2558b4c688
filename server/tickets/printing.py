"""Tickets for printing: sheets of tickets with a QR code, and slips with the PINs, apart."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session

from drill.ticket import format_ticket, ticket_hash
from server.settings import Settings
from server.tickets import pins, service
from server.tickets.models import Ticket
from server.web.pages import markup


@dataclass(frozen=True, slots=True)
class Printed:
    """One ticket as it is printed. `number` ties its two papers together while they are handed out."""

    number: int
    code: str
    pin: str
    picture: Markup

    @property
    def shown(self) -> str:
        """The code in two groups of five."""
        return format_ticket(self.code)

    @property
    def hash(self) -> str:
        """What the ticket is kept by."""
        return ticket_hash(self.code)


def print_tickets(
    db: Session,
    settings: Settings,
    *,
    count: int,
    session_id: str | None = None,
    age_band: str = "",
    language: str = "ja",
    expires_at: datetime | None = None,
    actor: str,
) -> list[Printed]:
    """Make tickets with PINs and return them for printing: the only time that anybody sees either."""
    codes = service.issue(
        db,
        count=count,
        session_id=session_id,
        age_band=age_band,
        language=language,
        expires_at=expires_at,
        actor=actor,
    )
    return [printed(code, pins.set_pin(db, settings, _ticket(db, code)), number=n) for n, code in enumerate(codes, 1)]


def printed(code: str, pin: str, *, number: int = 1) -> Printed:
    """Return a ticket with the picture of its code."""
    return Printed(number, code, pin, qr(code))


def qr(text: str) -> Markup:
    """Return the QR code of a text as SVG, black on white, with its quiet zone. It holds the text and nothing else."""
    kept = io.BytesIO()
    made = segno.make_qr(text, error="m")
    made.save(kept, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, light="#fff")
    return markup(kept.getvalue().decode("utf-8"))


def _ticket(db: Session, code: str) -> Ticket:
    return db.get_one(Ticket, ticket_hash(code))
