"""Rules of requests about one's data: 開示・訂正・利用停止・消去, each with a day by which it is answered.

Periods are settings: 30 days and once 30 more by the Act on the Protection of Personal Information (art. 83, 94 and
102); a city's ordinance may shorten them. Days count from the day after the request (Civil Code art. 140).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from server import privacy
from server.approvals.acts import act
from server.approvals.models import Approval
from server.audit.service import record
from server.columns import now, today
from server.db import settings_of
from server.drills import service as drills
from server.people import service as people
from server.privacy import Subject
from server.requests import store, suspensions, tombstones
from server.requests.models import (
    CLOSED,
    CORRECTION,
    ERASURE,
    KINDS,
    OPEN,
    OUTCOMES,
    SUSPENSION,
    Correction,
    DataRequest,
)
from server.retention import service as retention

Kind = Literal["disclosure", "correction", "suspension", "erasure"]
AskedBy = Literal["self", "guardian", "agent"]
Outcome = Literal["granted", "partly", "refused", "nothing_kept", "taken_back"]
ERASE: Final = "data.erase"
LONGEST: Final = 1000
FIELDS: Final = ("name", "name_kana", "birth_date")


class RequestError(ValueError):
    """A request cannot be made or answered so. `fault` says why.

    Faults: kind, subject, outcome, reason (a refusal is explained in writing), closed, extended (once only), held (a
    legal hold stands in the way), field.
    """

    def __init__(self, *, fault: str) -> None:
        super().__init__(f"this request cannot be answered so: {fault}")
        self.fault = fault


def make(
    db: Session,
    *,
    kind: str,
    person_id: str = "",
    ticket_hash: str = "",
    asked_by: AskedBy = "self",
    asker_id: str = "",
    about: str = "",
    received_on: dt.date | None = None,
    actor: str,
) -> DataRequest:
    """Write a request into the ledger. Raise RequestError (kind, subject)."""
    if kind not in KINDS:
        raise RequestError(fault="kind")
    if not person_id and not ticket_hash:
        raise RequestError(fault="subject")
    received = received_on or today()
    made = DataRequest(
        kind=kind,
        person_id=person_id,
        ticket_hash=ticket_hash,
        asked_by=asked_by,
        asker_id=asker_id,
        about=about.strip()[:LONGEST],
        received_on=received,
        due_on=received + dt.timedelta(days=settings_of(db).request_days),
        made_by=actor,
    )
    db.add(made)
    db.flush()
    record(db, actor, "request.make", f"request:{made.id}", {"kind": kind, "asked_by": asked_by})
    return made


def get(db: Session, request_id: str) -> DataRequest:
    """Return a request. Raise LookupError."""
    found = store.request(db, request_id)
    if found is None:
        raise LookupError(request_id)
    return found


def subject_of(db: Session, one: DataRequest) -> Subject:
    """Return whom a request is about, as every feature's privacy is asked; nobody once they were erased."""
    if not one.person_id:
        return Subject(tickets=(one.ticket_hash,) if one.ticket_hash else ())
    try:
        return people.subject_of(db, one.person_id)
    except people.UnknownPersonError:
        return Subject()


def extend(db: Session, one: DataRequest, *, reason: str, actor: str) -> None:
    """Extend the period, once, saying why. Raise RequestError (closed, extended, reason)."""
    _must_be_open(one)
    if one.extended:
        raise RequestError(fault="extended")
    if not reason.strip():
        raise RequestError(fault="reason")
    one.extended = reason.strip()[:LONGEST]
    one.due_on += dt.timedelta(days=settings_of(db).request_extension_days)
    db.flush()
    record(db, actor, "request.extend", f"request:{one.id}", {"due_on": one.due_on.isoformat()})


def close(db: Session, one: DataRequest, *, outcome: str, reason: str = "", actor: str) -> None:
    """Answer a request. Raise RequestError (closed, outcome, reason: a no or half a yes is explained)."""
    _must_be_open(one)
    if outcome not in OUTCOMES:
        raise RequestError(fault="outcome")
    if outcome in ("partly", "refused") and not reason.strip():
        raise RequestError(fault="reason")
    one.state, one.outcome, one.reason = CLOSED, outcome, reason.strip()[:LONGEST]
    one.closed_by, one.closed_at = actor, now()
    db.flush()
    record(db, actor, "request.close", f"request:{one.id}", {"kind": one.kind, "outcome": outcome})


def correct(db: Session, one: DataRequest, *, field: str, value: str, actor: str) -> Correction | None:
    """Correct a field of the person under a request and keep what it was; None when it was so already.

    Raises:
        RequestError: `closed`, `kind` (it is no request for correction), `field` (none of FIELDS, or no such date).
        UnusableNameError: a name that cannot be kept.
    """
    _must_be_open(one)
    if one.kind != CORRECTION or not one.person_id:
        raise RequestError(fault="kind")
    if field not in FIELDS:
        raise RequestError(fault="field")
    person = people.get(db, one.person_id)
    before: dict[str, Any] = {name: getattr(person, name) for name in FIELDS}
    try:
        wanted = dt.date.fromisoformat(value) if field == "birth_date" and value else value or None
        after = before | {field: wanted if field == "birth_date" else value}
        people.change_person(db, person.id, **after, actor=actor)
    except ValueError as error:
        raise RequestError(fault="field") from error
    new = getattr(person, field)
    if new == before[field]:
        return None
    made = Correction(
        request_id=one.id,
        person_id=person.id,
        field=field,
        before=_text(before[field]),
        after=_text(new),
        actor=actor,
    )
    db.add(made)
    db.flush()
    record(db, actor, "request.correct", f"request:{one.id}", {"field": field})
    return made


def suspend(db: Session, one: DataRequest, *, actor: str) -> int:
    """Let nothing of the subject be used any more; the rows stay. Raise RequestError (closed, kind)."""
    _must_be_open(one)
    if one.kind != SUSPENSION:
        raise RequestError(fault="kind")
    return suspensions.suspend(db, subject_of(db, one), request_id=one.id, actor=actor)


def erase(db: Session, subject: Subject, *, actor: str, request_id: str = "") -> dict[str, int]:
    """Erase a subject in every feature for good, so that no backup brings it back; return rows touched, by feature.

    Raises:
        RequestError: `held`, a legal hold stands in the way; `subject`, there is nobody to erase.
    """
    ids = [one for one in (subject.person_id, *subject.merged) if one]
    if not ids and not subject.tickets:
        raise RequestError(fault="subject")
    if is_held(db, subject):
        raise RequestError(fault="held")
    runs = [run.run_id for ticket in subject.tickets for run in drills.runs_of_ticket(db, ticket)]
    tombstones.note(db, "run", runs)
    tombstones.note(db, "ticket", subject.tickets)
    tombstones.note(db, "person", ids)
    touched = privacy.erase(db, subject)
    record(db, actor, "data.erase", f"request:{request_id}", {name: rows for name, rows in touched.items() if rows})
    return touched


def is_held(db: Session, subject: Subject) -> bool:
    """Tell whether a legal hold stands in the way of erasing a subject."""
    ids = (subject.person_id, *subject.merged)
    return any(retention.is_held(db, person_id=one, tickets=subject.tickets) for one in ids)


class Erasure(BaseModel):
    """Which request for erasure is carried out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: str


def _describe(db: Session, wanted: Erasure) -> dict[str, str]:
    one = store.request(db, wanted.request)
    if one is None:
        return {}
    subject = subject_of(db, one)
    rows = sum(len(said) for said in privacy.disclose(db, subject).values())
    return {"requests.received_on": one.received_on.isoformat(), "requests.kinds_kept": str(rows)}


@act(ERASE, Erasure, proposes="requests.erase", describe=_describe)
def carry_out_erasure(db: Session, wanted: Erasure, approval: Approval) -> dict[str, Any]:
    """Erase whom a request for erasure is about and answer the request."""
    one = get(db, wanted.request)
    if one.kind != ERASURE:
        raise RequestError(fault="kind")
    _must_be_open(one)
    actor = f"staff:{approval.decided_by}"
    touched = erase(db, subject_of(db, one), actor=actor, request_id=one.id)
    db.refresh(one)
    close(db, one, outcome="granted", actor=actor)
    return {"rows": sum(touched.values())}


def listed(db: Session, *, state: str = OPEN, limit: int = 200) -> list[DataRequest]:
    """Return the ledger: open ones by their day, closed ones newest first."""
    return store.requests(db, state=state, limit=limit)


def of_subject(db: Session, subject: Subject) -> list[DataRequest]:
    """Return the requests about a subject, newest first."""
    ids = [one for one in (subject.person_id, *subject.merged) if one] or [""]
    found = {r.id: r for one in ids for r in store.of_subject(db, person_id=one, tickets=subject.tickets)}
    return sorted(found.values(), key=lambda r: (r.created_at, r.id), reverse=True)


def corrections(db: Session, request_id: str) -> list[Correction]:
    """Return what was corrected under a request, oldest first."""
    return store.corrections(db, request_id=request_id)


def _must_be_open(one: DataRequest) -> None:
    if one.state != OPEN:
        raise RequestError(fault="closed")


def _text(value: Any) -> str:
    return "" if value is None else str(value)
