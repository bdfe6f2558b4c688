"""`incident report`: who saw how many people's which data, and since when, from the audit record, in minutes.

A municipality reports a leak to the Personal Information Protection Commission (Act on the Protection of Personal
Information, art. 68, and rule 43) when more than 100 people are concerned, when special-care information is in it, or
when malice is suspected: then one person is enough. First report within 3 to 5 days of knowing, the final one within
30, or 60 where malice is suspected. The city's counsel decides; this gives the facts.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from server.audit import service as audit
from server.audit.models import AuditEntry
from server.db import Base
from server.people import known
from server.privacy import statements
from server.requests import register
from server.requests import service as requests
from server.settings import Settings

FILE: Final = Path(__file__).with_name("incident.toml")
MANY: Final = 100
"""More people than this and the leak is reported."""
FIRST_DAYS: Final = (3, 5)
FINAL_DAYS: Final = 30
FINAL_DAYS_MALICE: Final = 60
_MOST_ENTRIES: Final = 10_000_000


@dataclass(slots=True)
class Doer:
    """What one actor did within the time looked at. `people` are ids; `at_most` counts those on lists beside."""

    actor: str
    acts: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    at_most: int = 0
    files: set[str] = field(default_factory=set)
    first: dt.datetime | None = None
    last: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The facts of an incident.

    Attributes:
        since: from when was looked.
        until: until when.
        doers: who did what, those with most people first.
        people: ids of the persons whose records were opened.
        at_most: how many more may stand on lists and in files that were shown.
        items: what may have been seen, by file of the register: keys of its items.
        special_care: files among them that the city marks as holding special-care information.
        first: first act that showed data.
        last: last one.
        faults: entries where the audit record does not hold.
        head: hash of its newest entry, to be compared with one kept elsewhere.
        malice: whether malice is suspected.
    """

    since: dt.datetime
    until: dt.datetime
    doers: tuple[Doer, ...]
    people: tuple[str, ...]
    at_most: int
    items: dict[str, tuple[str, ...]]
    special_care: tuple[str, ...]
    first: dt.datetime | None
    last: dt.datetime | None
    faults: tuple[int, ...]
    head: str
    malice: bool

    @property
    def count(self) -> int:
        """How many people at most."""
        return len(self.people) + self.at_most

    @property
    def reasons(self) -> list[str]:
        """Why it is to be reported: `many`, `special_care`, `malice`; empty when nothing says so."""
        if not self.count:
            return []
        reasons = ["many"] if self.count > MANY else []
        return [*reasons, *(["special_care"] if self.special_care else []), *(["malice"] if self.malice else [])]

    def deadlines(self, known_on: dt.date) -> tuple[dt.date, dt.date, dt.date]:
        """Return the first and the last day for the first report, and the last day for the final one."""
        final = FINAL_DAYS_MALICE if self.malice else FINAL_DAYS
        days = (*FIRST_DAYS, final)
        first, last, end = (known_on + dt.timedelta(days=count) for count in days)
        return first, last, end


def report(
    db: Session,
    settings: Settings,
    *,
    since: dt.datetime,
    until: dt.datetime,
    actors: Sequence[str] = (),
    malice: bool = False,
) -> Report:
    """Return who saw what between two moments.

    Args:
        db: a session that reads.
        settings: which files hold special-care information.
        since: from this moment.
        until: before this moment.
        actors: look at these alone, as the audit record calls them; all when empty.
        malice: whether malice is suspected.
    """
    doers: dict[str, Doer] = {}
    for entry in reversed(audit.newest(db, limit=_MOST_ENTRIES, since=since, until=until)):
        if actors and entry.actor not in actors:
            continue
        _add(db, doers, entry)
    seen = [doer for doer in doers.values() if doer.acts]
    people = sorted({person for doer in seen for person in doer.people})
    files = {name for doer in seen for name in doer.files}
    moments = [at for doer in seen for at in (doer.first, doer.last) if at is not None]
    return Report(
        since=since,
        until=until,
        doers=tuple(sorted(doers.values(), key=lambda doer: (-len(doer.people) - doer.at_most, doer.actor))),
        people=tuple(people),
        at_most=sum(doer.at_most for doer in seen),
        items=_items(files),
        special_care=tuple(sorted(files & set(settings.register_special_care))),
        first=min(moments, default=None),
        last=max(moments, default=None),
        faults=tuple(audit.verify(db)),
        head=audit.head(db),
        malice=malice,
    )


def _add(db: Session, doers: dict[str, Doer], entry: AuditEntry) -> None:
    said = content()
    shows = said["shows"].get(entry.action)
    if shows is None:
        if entry.action in said["tries"]["acts"]:
            doers.setdefault(entry.actor, Doer(entry.actor)).tries[entry.action] += 1
        return
    doer = doers.setdefault(entry.actor, Doer(entry.actor))
    doer.acts[entry.action] += 1
    doer.first = doer.first or entry.at
    doer.last = entry.at
    doer.files.update(shows["files"])
    how = shows["people"]
    if how in ("target", "request", "detail"):
        doer.people.update(_people(db, entry, how))
    else:
        number = entry.detail.get(how, 0)
        doer.at_most += number if isinstance(number, int) else 0


def _people(db: Session, entry: AuditEntry, how: str) -> Iterable[str]:
    """Return whose data an act showed, each person by the id that they have now."""
    kind, _, key = entry.target.partition(":")
    if how == "detail":
        ids = [*entry.detail.get("people", []), *(entry.detail.get(name, "") for name in ("kept", "gone"))]
    elif how == "target":
        ids = [key] if kind == "person" else []
    else:
        try:
            one = requests.get(db, key)
            ids = [one.person_id or f"ticket:{one.ticket_hash[:12]}"]
        except LookupError:
            ids = [entry.target]  # the request is gone: it still was about one person
    return [_now(db, person) for person in ids if person]


def _now(db: Session, person: str) -> str:
    """Return the id by which somebody is known after a merger; their own where they were erased since."""
    try:
        return known.get(db, person).id
    except known.UnknownPersonError:
        return person


def _items(files: set[str]) -> dict[str, tuple[str, ...]]:
    return {
        said.feature: tuple(register.items_of(said, Base.metadata))
        for said in register.with_persons(statements())
        if said.feature in files
    }


@cache
def content() -> dict[str, Any]:
    """Return what incident.toml says."""
    return tomllib.loads(FILE.read_text("utf-8"))
