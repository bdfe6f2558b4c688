"""Rules of the outbox: what is queued, what is sent and when it is too late."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from server.columns import now
from server.db import Database
from server.jobs import enqueue
from server.mail import sending, store
from server.mail.addresses import read_address
from server.mail.models import EXPIRED, REFUSED, SENT, MailMessage
from server.settings import Settings

JOB: Final = "mail.send"
SUBJECT_LENGTH: Final = 200


def is_on(settings: Settings) -> bool:
    """Tell whether letters can leave this house."""
    return bool(settings.mail_host and settings.mail_from)


def post(
    db: Session,
    *,
    kind: str,
    address: str,
    subject: str,
    body: str,
    person_id: str = "",
    expires_at: datetime | None = None,
) -> MailMessage:
    """Put a letter into the outbox in the caller's transaction; it leaves once that is committed.

    Raises:
        AddressError: the address is none.
        ValueError: the subject is empty, too long or of several lines.
    """
    message = new_message(kind=kind, address=address, subject=subject, body=body, person_id=person_id)
    message.expires_at = expires_at
    db.add(message)
    db.flush()
    enqueue(db, JOB, {"message": message.id})
    return message


def new_message(*, kind: str, address: str, subject: str, body: str, person_id: str = "") -> MailMessage:
    """Return a letter that stands in no outbox yet. Raises as `post` does."""
    if not subject.strip() or len(subject) > SUBJECT_LENGTH or not subject.isprintable():
        msg = f"a letter's subject is one line of 1 to {SUBJECT_LENGTH} characters; this one has {len(subject)}"
        raise ValueError(msg)
    return MailMessage(
        kind=kind, address=read_address(address), subject=subject, body=body, person_id=person_id or None
    )


def send_one(database: Database, message_id: str) -> str:
    """Send a letter if it still has to be; return its state, "" when there is no such letter to send.

    Raises:
        MailLineError: not now; the job is tried again.
    """
    with database.reading() as db:
        message = store.queued(db, message_id)
    if message is None:
        return ""
    return _send_all(database, [message])


def send_many(database: Database, ids: list[str]) -> int:
    """Send letters over one line; return how many were settled. Raises MailLineError as `send_one` does."""
    with database.reading() as db:
        messages = [one for key in ids if (one := store.queued(db, key)) is not None]
    _send_all(database, messages)
    return len(messages)


def _send_all(database: Database, messages: list[MailMessage]) -> str:
    late = [one for one in messages if one.expires_at is not None and one.expires_at <= now()]
    state = ""
    for message in late:
        state = _settle(database, message, EXPIRED)
    current = [one for one in messages if one not in late]
    if not current:
        return state
    with sending.line(database.settings) as server:
        for message in current:
            with database.reading() as db:
                if store.queued(db, message.id) is None:  # cancelled meanwhile
                    continue
            try:
                letter = sending.letter_of(message, database.settings, at=now())
                sending.send(server, letter, to=message.address)
            except sending.RefusedLetterError as error:
                state = _settle(database, message, REFUSED, refusal=error.code)
            else:
                state = _settle(database, message, SENT)
    return state


def _settle(database: Database, message: MailMessage, state: str, *, refusal: int = 0) -> str:
    with database.session() as db:
        store.settle(db, [message.id], state, at=now(), refusal=refusal)
    return state
