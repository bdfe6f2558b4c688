"""Rules of links by e-mail: one use, a quarter of an hour, and the same answer whether the address is known or not.

Opening a link shows a button; only pressing it uses the link. Mail programs open links by themselves, to look whether
they are harmless, and would use it up.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from server.columns import now
from server.mail import service as mail
from server.mail.addresses import read_address
from server.settings import Settings
from server.signin import store
from server.signin.models import MailLink
from server.web.texts import Words

Purpose = Literal["sign_in", "add"]
KEY_BYTES: Final = 24


def ask(
    db: Session,
    settings: Settings,
    words: Words,
    *,
    typed: str,
    base: str,
    leads_to: str = "/my",
    purpose: Purpose = "sign_in",
    person_id: str = "",
) -> None:
    """Send a link to an address, known or not: what an unknown one does is found out by whoever reads its letters.

    Args:
        db: a session that may write.
        settings: of the server.
        words: the letter's language.
        typed: the address as typed.
        base: our own address, such as `https://sonae.city.example`.
        leads_to: the page that follows, a path of ours.
        purpose: to sign in, or to add the address to a person's ways.
        person_id: with `add`: whose way it becomes.

    Raises:
        AddressError: what was typed is no address.
    """
    address = read_address(typed)
    at = now()
    store.delete_expired(db, at=at)
    key = secrets.token_urlsafe(KEY_BYTES)
    until = at + timedelta(minutes=settings.mail_link_minutes)
    link = MailLink(
        key_hash=_hash(key),
        address=address,
        purpose=purpose,
        person_id=person_id or None,
        leads_to=leads_to,
        created_at=at,
        expires_at=until,
    )
    db.add(link)
    mail.post(
        db,
        kind="sign_in" if purpose == "sign_in" else "add_address",
        address=address,
        subject=words.plain("signin_mail.subject"),
        body=words.plain("signin_mail.body", link=f"{base}/signin/mail/{key}", minutes=settings.mail_link_minutes),
        person_id=person_id,
        expires_at=until,
    )


def look(db: Session, key: str) -> MailLink | None:
    """Return a link that may still be used, without using it."""
    return store.open_link(db, _hash(key), at=now())


def use(db: Session, key: str) -> MailLink | None:
    """Use a link up and return it; None when it is unknown, was used or is too old."""
    found = look(db, key)
    return found if found is not None and store.use(db, found.id) else None


def forget_all(db: Session) -> None:
    """Forget every link: after a restore, those that were used since the backup would serve once more."""
    store.delete_expired(db, at=datetime.max.replace(tzinfo=UTC))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
