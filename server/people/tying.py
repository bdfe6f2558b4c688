"""Tying a ticket to a person: with their consent for it, or a guardian's, and never without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from server.consent import ages, service, wording
from server.people import known
from server.people import service as people
from server.people.models import TicketClaim
from server.settings import Settings

PURPOSE: Final = service.RESULTS


def has_agreed(db: Session, person_id: str) -> bool:
    """Tell whether a live consent is there, so that nobody need be asked again."""
    return service.person_agrees(db, known.ids_of(db, person_id), PURPOSE) is not None


def words(language: str) -> wording.Wording:
    """Return the words that are agreed to."""
    return wording.wording(wording.current(PURPOSE), language)


def tie(
    db: Session,
    settings: Settings,
    person_id: str,
    ticket_hash: str,
    *,
    version: str,
    language: str,
    given_by: service.GivenBy,
    actor: str,
    detail: Mapping[str, Any] | None = None,
) -> TicketClaim:
    """Note that a person agreed, if they had not, and tie a ticket to them.

    Args:
        db: a session that may write.
        settings: where the age is set below which a guardian speaks.
        person_id: whose ticket it is from now on.
        ticket_hash: the ticket; the caller has checked its PIN or has just made it.
        version: of the words that were shown and agreed to; empty when nobody agreed.
        language: of those words.
        given_by: who agreed: the person, a guardian, or staff who were told so by the person.
        actor: who does this.
        detail: by which mandate, when somebody else acts.

    Raises:
        ConsentError: nobody agreed, or to words that were replaced meanwhile.
        GuardianNeededError: a child agreed alone.
        ClaimedError: the ticket belongs to another person.
    """
    owner = known.get(db, person_id)
    if not has_agreed(db, owner.id):
        if version != wording.current(PURPOSE):
            msg = f"tying a ticket needs agreement to {wording.current(PURPOSE)!r}; given is {version[:60]!r}"
            raise service.ConsentError(msg)
        service.give(
            db,
            kind="person",
            subject=owner.id,
            purpose=PURPOSE,
            version=version,
            source=actor,
            language=language,
            given_by=given_by,
            guardian_needed=given_by == "self" and ages.guardian_needed(settings, born=owner.birth_date),
        )
    return people.claim_ticket(db, owner.id, ticket_hash, actor=actor, detail=detail)
