"""What stays open is asked again: whoever signed out, was disabled or lost a role sees no more of it."""

from __future__ import annotations

from fastapi.requests import HTTPConnection

from server.access.enforcing import COOKIE
from server.access.policies import POLICIES
from server.accounts import sign_ins
from server.accounts.principal import Principal
from server.db import Database
from server.settings import Settings


class Watch:
    """The sign-in behind a stream or a browser's socket. Ask it at least every few seconds while that is open."""

    def __init__(self, connection: HTTPConnection, policy: str) -> None:
        self._database: Database = connection.app.state.database
        self._settings: Settings = connection.app.state.settings
        self._key = connection.cookies.get(COOKIE, "")
        self._policy = POLICIES[policy]

    def principal(self) -> Principal | None:
        """Return who still may, as they stand now; None when nobody does. Watching counts as using."""
        with self._database.reading() as db:
            found = sign_ins.principal_of(db, self._settings, self._key)
            due = bool(found.sign_in) and sign_ins.is_idle_note_due(db, found.sign_in)
        if not self._policy.admits(found):
            return None
        if due:
            with self._database.session() as db:
                sign_ins.note_seen(db, found.sign_in)
        return found
