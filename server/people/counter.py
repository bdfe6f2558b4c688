"""What happens at the counter: looking somebody up, reading forms, giving mandates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

from sqlalchemy.orm import Session

from server.accounts.principal import Principal
from server.audit.service import record
from server.columns import JST, today
from server.people import mandates, names, service, store, viewing
from server.people.models import Mandate, Person

MOST_FOUND: Final = 10
SHORTEST: Final = 2
PROOFS_BY_FORM: Final = {
    "parent": mandates.PROOFS["parent", "counter"],
    "carer": mandates.PROOFS["carer", "counter"],
    "counter": mandates.PROOFS["proxy", "counter"],
    "telephone": mandates.PROOFS["proxy", "telephone"],
}


class SearchError(ValueError):
    """A search cannot be answered: `little` was given, `date` is none, or `many` people fit."""

    def __init__(self, *, fault: Literal["little", "date", "many"]) -> None:
        super().__init__(f"the search cannot be answered: {fault}")
        self.fault = fault


class WrongFieldsError(ValueError):
    """Fields of a form are wrong. `faults` gives for each field the key of its message; no value is repeated."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(f"wrong fields: {', '.join(sorted(faults))}")
        self.faults = dict(faults)


class PersonFields(TypedDict):
    """Who a person is, as read from a form."""

    name: str
    name_kana: str
    birth_date: dt.date | None


def search(db: Session, who: Principal, *, name: str, birth_date: str) -> list[Person]:
    """Return people whose name or reading begins so and who were born on that day, at most 10.

    The record tells that somebody searched and how many fitted, never for whom.

    Raises:
        SearchError: less than two characters and no date, no date at all, or more than 10 people.
    """
    key = names.key_of_name(name)
    born = _day(birth_date)
    if birth_date.strip() and born is None:
        raise SearchError(fault="date")
    if len(key) < SHORTEST and born is None:
        raise SearchError(fault="little")
    kana = names.key_of_kana(name)
    found = store.search(db, kana_key=kana, name_key=key, birth_date=born, limit=MOST_FOUND + 1)
    record(db, who.actor, "person.search", "people", {"found": len(found)})
    if len(found) > MOST_FOUND:
        raise SearchError(fault="many")
    return found


def read_person(values: Mapping[str, str]) -> PersonFields:
    """Return who a person is, as a form says it. Raise WrongFieldsError."""
    faults: dict[str, str] = {}
    for field, read in (("name", names.kept), ("name_kana", names.kept_kana)):
        try:
            read(values[field])
        except names.UnusableNameError as error:
            faults[field] = f"{field}_{error.fault}" if error.fault in ("empty", "kana") else f"name_{error.fault}"
    born = _day(values["birth_date"])
    if values["birth_date"].strip() and (born is None or not dt.date(1900, 1, 1) <= born <= today()):
        faults["birth_date"] = "birth_date"
    if faults:
        raise WrongFieldsError(faults)
    return {"name": values["name"], "name_kana": values["name_kana"], "birth_date": born}


def give_mandate(db: Session, who: Principal, person: Person, values: Mapping[str, str]) -> Mandate:
    """Let a parent or carer act for a person, as a form says it.

    The holder is found by reading and birth date, both exact: they stand at the counter and say them.

    Raises:
        WrongFieldsError: the holder is not one known person, or the mandate cannot be given so.
    """
    if values["kind"] not in ("parent", "carer"):
        raise WrongFieldsError({"kind": "kind"})
    kind: mandates.Kind = "parent" if values["kind"] == "parent" else "carer"
    born = _day(values["holder_birth_date"])
    kana = names.key_of_kana(values["holder_kana"])
    found = store.exactly(db, kana_key=kana, birth_date=born) if kana and born is not None else []
    if len(found) != 1:
        raise WrongFieldsError({"holder_kana": "holder"})
    try:
        until = _end_of(values["until"])
        return mandates.give(
            db,
            kind=kind,
            for_person_id=person.id,
            holder_person_id=found[0].id,
            channel="counter",
            proof=values["proof"],
            until=until,
            actor=who.actor,
        )
    except mandates.MandateError as error:
        raise WrongFieldsError({_FIELD_OF[error.fault]: f"mandate_{error.fault}"}) from None


def become_proxy(db: Session, who: Principal, person: Person, *, channel: str, proof: str) -> Mandate:
    """Let a staff member act for a person for a few hours. Raise WrongFieldsError."""
    if channel not in ("counter", "telephone"):
        raise WrongFieldsError({"channel": "channel"})
    where: mandates.Channel = "counter" if channel == "counter" else "telephone"
    try:
        return mandates.give(
            db,
            kind="proxy",
            for_person_id=person.id,
            holder_staff_id=who.id,
            channel=where,
            proof=proof,
            actor=who.actor,
        )
    except mandates.MandateError as error:
        raise WrongFieldsError({"proxy_proof": f"mandate_{error.fault}"}) from None


def shown(db: Session, person: Person) -> dict[str, Any]:
    """Return what the counter shows of a person: nothing that was recorded in a drill."""
    given = mandates.given_for(db, person.id)
    held = mandates.held_by(db, person.id)
    return {
        "ways": service.identities_of(db, person.id),
        "claims": service.claims_of(db, person.id),
        "given": [{"mandate": m, "good": mandates.is_good(m), "name": _holder(db, m)} for m in given],
        "held": [{"mandate": m, "name": service.get(db, m.for_person_id).name} for m in held],
        "openings": viewing.openings_of(db, person.id)[:10],
        "doubles": [d for d in store.doubles(db, service.ids_of(db, person.id)) if not d.decision],
    }


_FIELD_OF: Final = {
    "self": "holder_kana",
    "holder": "holder_kana",
    "age": "kind",
    "birth": "kind",
    "end": "until",
    "proof": "proof",
}


def _holder(db: Session, mandate: Mandate) -> str:
    return service.get(db, mandate.holder_person_id).name if mandate.holder_person_id else ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _end_of(text: str) -> dt.datetime | None:
    """Return the end of a day in Japan, None for the latest that may be. Raise MandateError("end")."""
    if not text.strip():
        return None
    day = _day(text)
    if day is None or day.year > dt.MAXYEAR - 1:
        raise mandates.MandateError(fault="end")
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=JST)
