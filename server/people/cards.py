"""Printed cards: how somebody without mail and telephone signs in. A ticket with a PIN that stands for the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from server.consent.service import GivenBy
from server.people import service
from server.people.tying import tie
from server.settings import Settings
from server.tickets import printing
from server.tickets import service as tickets


def new_card(
    db: Session,
    settings: Settings,
    person_id: str,
    *,
    version: str,
    language: str,
    given_by: GivenBy,
    actor: str,
    detail: Mapping[str, Any] | None = None,
) -> printing.Printed:
    """Print a card for a person and return it: the only time that it is seen. Cards before it stop working.

    The card is a ticket of theirs, so that it asks for the same consent; arguments and errors as of `tying.tie`.
    """
    made = printing.print_tickets(db, settings, count=1, actor=actor)[0]
    tie(
        db,
        settings,
        person_id,
        made.hash,
        version=version,
        language=language,
        given_by=given_by,
        actor=actor,
        detail=detail,
    )
    for old in service.identities_of(db, person_id):
        if old.kind == "paper":
            service.remove_identity(db, person_id, old.id, actor=actor)
            tickets.revoke(db, old.subject, actor=actor)
    service.add_identity(db, person_id, kind="paper", subject=made.hash, actor=actor)
    return made
