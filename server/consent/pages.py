"""What a resident's consent page shows: for themselves and for each of their tickets, purpose by purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from server.consent import ages, service, wording
from server.consent.models import Consent, PersonConsent
from server.consent.wording import Wording
from server.people.acting import About
from server.settings import Settings
from server.tickets import service as tickets

ME: Final = "me"
Speaker = Literal["self", "guardian", "declared", "nobody"]
"""Who may say yes here: who is signed in, a guardian by mandate, who declares to be one, or nobody who is here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose, as the page asks or shows it."""

    whose: str
    purpose: str
    text: Wording
    live: Consent | PersonConsent | None
    given_text: Wording | None
    """The words that were agreed to, when they are not the newest."""
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Whose:
    """A person or a ticket, with the ids by which consents of it are kept."""

    key: str
    kind: service.Kind
    subjects: tuple[str, ...]
    age_band: str = ""


def all_of(db: Session, own: About) -> list[Whose]:
    """Return for whom the consents of a page are: the person, then each ticket."""
    found: list[Whose] = []
    subject = own.subject
    if subject.person_id:
        found.append(Whose(ME, "person", (subject.person_id, *subject.merged)))
    for ticket in subject.tickets:
        known = tickets.by_hash(db, ticket)
        found.append(Whose(f"ticket-{ticket[:12]}", "ticket", (ticket,), known.age_band if known else ""))
    return found


def asked(db: Session, settings: Settings, own: About, whose: Whose, language: str) -> Iterator[Asked]:
    """Yield the purposes that somebody is asked about. The headset is asked about where a guardian's word counts."""
    for purpose in service.ABOUT[whose.kind]:
        live = live_of(db, whose, purpose)
        if purpose == service.HEADSET and live is None and not _headset_asked(settings, own, whose):
            continue
        newest = wording.wording(wording.current(purpose), language)
        old = live is not None and live.version != newest.version and wording.has(live.version)
        given = wording.wording(live.version, language) if live is not None and old else None
        yield Asked(whose.key, purpose, newest, live, given, speaker(settings, own, whose, purpose))


def live_of(db: Session, whose: Whose, purpose: str) -> Consent | PersonConsent | None:
    """Return the consent that holds."""
    if whose.kind == "person":
        return service.person_agrees(db, whose.subjects, purpose)
    return service.live(db, kind=whose.kind, subject=whose.subjects[0], purpose=purpose)


def speaker(settings: Settings, own: About, whose: Whose, purpose: str) -> Speaker:
    """Return who may say yes.

    A carer may not: consent is nobody's to give but the person's own or their guardian's. With a ticket alone nobody
    knows who holds it, so that a child's guardian declares to be one.
    """
    if not own.fully:
        return "nobody"
    if own.mandate is not None:
        return "guardian"
    needed = _guardian_needed(settings, own, whose) or purpose == service.HEADSET
    if not needed:
        return "self"
    grown_up = own.person is None or (
        own.person.birth_date is not None and not ages.guardian_needed(settings, born=own.person.birth_date)
    )
    return "declared" if whose.kind == "ticket" and grown_up else "nobody"


def _guardian_needed(settings: Settings, own: About, whose: Whose) -> bool:
    if whose.kind == "ticket":
        return ages.guardian_needed(settings, age_band=whose.age_band)
    born = own.person.birth_date if own.person is not None else None
    return ages.guardian_needed(settings, born=born)


def _headset_asked(settings: Settings, own: About, whose: Whose) -> bool:
    born = own.person.birth_date if own.mandate is not None and own.person is not None else None
    return ages.view_for(settings, age_band=whose.age_band, born=born).guardian == "needed"
