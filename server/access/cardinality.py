"""Nobody reads through the town: staff who open many different people's records in an hour are stopped and reported.

Counted in the audit record, so that neither a restart nor another sign-in begins anew.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from server.access.limits import TooOften
from server.accounts.principal import Principal
from server.audit import service as audit
from server.columns import now
from server.settings import Settings

WINDOW: Final = timedelta(hours=1)
VIEW: Final = "person.view"
REPORT: Final = "limit:people"


class TooManyPeople(TooOften):
    """A staff member opened as many different people's records as an hour allows."""

    def __init__(self, retry_after: int, *, actor: str, first: bool) -> None:
        super().__init__("people", retry_after, report=(REPORT,) if first else (), actor=actor)
        minutes = max(1, math.ceil(retry_after / 60))
        self.ja = f"1時間に開ける人数に達しました。{minutes}分ほど待ってください。このことは監査担当に知らされます。"
        self.en = (
            "You have opened as many people's records as an hour allows. "
            f"Wait about {minutes} minutes. The auditor is told."
        )


def check(db: Session, who: Principal, person_id: str) -> None:
    """Let a staff member open a person's record, or stop them. Call it before the opening is recorded.

    A person whose record they opened within the hour may be opened again. The record of an opening is the entry
    `person.view` of target `person:<id>`.

    Raises:
        TooManyPeople: `settings.people_per_hour` different people within the hour; answers 429, and the first refusal
            of the hour is written to the audit record once the route's own work is undone.
    """
    settings: Settings = db.info["settings"]
    since = now() - WINDOW
    opened = audit.newest_of_each(db, actor=who.actor, action=VIEW, since=since)
    opened.pop(f"person:{person_id}", None)
    if len(opened) < settings.people_per_hour:
        return
    oldest = sorted(opened.values())[len(opened) - settings.people_per_hour]
    wait = math.ceil((oldest + WINDOW - now()).total_seconds())
    first = not audit.found(db, actor=who.actor, action="limit.reached", target=REPORT, since=since)
    raise TooManyPeople(max(1, wait), actor=who.actor, first=first)
