"""Rules of letters to many: a wrong list of recipients is the commonest leak of a city hall.

A batch is made as a draft. A clerk sees how many it goes to, to which domains, and a sample; types the number of
recipients; and then it waits, and can be cancelled, before the first letter leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from server.audit.service import record
from server.columns import now
from server.db import Database
from server.jobs import enqueue
from server.mail import service, store
from server.mail.addresses import masked
from server.mail.models import CANCELLED, DONE, DRAFT, HELD, WAITING, MailBatch
from server.settings import Settings

JOB: Final = "mail.batch"
SAMPLE: Final = 5


class BatchError(ValueError):
    """A batch cannot be made or confirmed. `code` says why: none, double, count, state."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter of a batch goes to, and its words."""

    address: str
    body: str
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a clerk sees of a batch before it leaves."""

    count: int
    domains: tuple[tuple[str, int], ...]
    sample: tuple[str, ...]


def draft(
    db: Session,
    *,
    kind: str,
    subject: str,
    preview: str,
    recipients: Iterable[Recipient],
    actor: str,
    department: str = "",
) -> MailBatch:
    """Make a batch that nobody confirmed yet; nothing of it leaves.

    Args:
        db: a session that may write.
        kind: what it is about.
        subject: of every letter.
        preview: the letter as a clerk sees it, with 〇〇 where each recipient's own words stand.
        recipients: whom it goes to, each with the words of their letter.
        actor: who makes it.
        department: whose business it is; empty means the whole city's.

    Raises:
        BatchError: there is no recipient, or one address stands there twice.
        AddressError, ValueError: as `service.post`.
    """
    batch = MailBatch(kind=kind, subject=subject, preview=preview, made_by=actor, department=department)
    db.add(batch)
    db.flush()
    known: set[str] = set()
    for recipient in recipients:
        message = service.new_message(
            kind=kind, address=recipient.address, subject=subject, body=recipient.body, person_id=recipient.person_id
        )
        if message.address in known:
            msg = f"one address stands twice among the recipients; {len(known)} came before it"
            raise BatchError(msg, code="double")
        known.add(message.address)
        message.batch_id, message.state = batch.id, HELD
        db.add(message)
    if not known:
        msg = "a batch needs at least one recipient"
        raise BatchError(msg, code="none")
    record(db, actor, "mail.draft", f"mail_batch:{batch.id}", {"kind": kind, "count": len(known)})
    return batch


def look(db: Session, batch: MailBatch) -> Look:
    """Return what a clerk sees of a batch: from a settled one, only how many letters there were."""
    letters = store.of_batch(db, batch.id)
    live = [one for one in letters if one.address]
    domains = Counter(one.address.rpartition("@")[2] for one in live)
    step = max(1, len(live) // SAMPLE)  # from all over the list: a wrong tail shows too
    return Look(
        count=len(letters),
        domains=tuple(domains.most_common(8)),
        sample=tuple(masked(one.address) for one in live[::step][:SAMPLE]),
    )


def confirm(db: Session, settings: Settings, batch: MailBatch, *, count: int, actor: str) -> None:
    """Let a batch go after the delay of `mail_batch_minutes`.

    Raises:
        BatchError: `count` is not the number of recipients, or the batch is no draft any more.
    """
    if batch.state != DRAFT:
        msg = f"the batch is {batch.state!r}, not a draft"
        raise BatchError(msg, code="state")
    if count != look(db, batch).count:
        msg = f"the number typed, {count}, is not the number of recipients"
        raise BatchError(msg, code="count")
    batch.state = WAITING
    batch.send_after = now() + timedelta(minutes=settings.mail_batch_minutes)
    enqueue(db, JOB, {"batch": batch.id}, after=batch.send_after)
    record(db, actor, "mail.confirm", f"mail_batch:{batch.id}", {"count": count})


def cancel(db: Session, batch: MailBatch, *, actor: str) -> int:
    """Stop a batch; return how many letters will not leave. Letters that left already stay sent.

    Raises:
        BatchError: it is over already.
    """
    if batch.state not in (DRAFT, WAITING):
        msg = f"the batch is {batch.state!r}: there is nothing to stop"
        raise BatchError(msg, code="state")
    stopped = store.settle(db, [one.id for one in store.of_batch(db, batch.id)], CANCELLED, at=now())
    batch.state, batch.ended_at = CANCELLED, now()
    record(db, actor, "mail.cancel", f"mail_batch:{batch.id}", {"count": stopped})
    return stopped


def send(database: Database, batch_id: str) -> int:
    """Send a batch whose delay is over; return how many letters were settled now.

    Raises:
        MailLineError: not now; the job is tried again and goes on where it broke off.
    """
    with database.session() as db:
        batch = db.get(MailBatch, batch_id)
        if batch is None or batch.state != WAITING or batch.send_after is None or batch.send_after > now():
            return 0
        store.release(db, batch_id)
    settled = service.send_many(database, unsent(database, batch_id))
    with database.session() as db:
        batch = db.get(MailBatch, batch_id)
        if batch is not None and batch.state == WAITING:
            batch.state, batch.ended_at = DONE, now()
            record(db, "system", "mail.sent", f"mail_batch:{batch_id}", store.counts_of_batch(db, batch_id))
    return settled


def unsent(database: Database, batch_id: str) -> list[str]:
    """Return the letters of a batch that were let go and are not settled."""
    with database.reading() as db:
        return store.queued_of_batch(db, batch_id)
