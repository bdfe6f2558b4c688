"""One-time tokens that thank for an anonymous answer with points or a prize, and lead to no answer.

Tokens are made many at a time. Their hashes are written together, sorted, before any is handed out; handing one out
writes nothing at all. So neither the table nor its order nor any time in the database ties a token to an answer: it is
known only that the answer came while the batch was in use. What was not handed out when the server stops is lost,
which costs nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
from typing import Final

from sqlalchemy.orm import Session

from drill.ticket import TicketError, new_ticket, read_ticket
from server.audit.service import record
from server.columns import today
from server.db import Database
from server.opendata import store

BATCH: Final = 64
GOOD_FOR: Final = dt.timedelta(days=180)


class Tokens:
    """The tokens that wait to be handed out, by purpose; one for a server process.

    A purpose is a prize such as `points-10`, not one survey: the more answers draw on one batch, the less each token
    says.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def hand_out(self, purpose: str) -> str:
        """Return a token's code. Show it once, after the answer is stored: it is kept nowhere."""
        with self._lock:
            waiting = self._waiting.setdefault(purpose, [])
            if not waiting:
                waiting += self._made(purpose)
            return waiting.pop(secrets.randbelow(len(waiting)))

    def _made(self, purpose: str) -> list[str]:
        codes = [new_ticket() for _ in range(BATCH)]
        with self._database.session() as db:
            store.add_tokens(db, map(_hash, codes), purpose=purpose, expires_on=today() + GOOD_FOR)
            record(db, "system", "token.make", "token", {"purpose": purpose, "count": BATCH})
        return codes


def redeem(db: Session, code: str, *, actor: str) -> str | None:
    """Use a token as a person typed it; return what it is good for, or None (unknown, used, expired or mistyped).

    The record tells the purpose and no token, and the table keeps the day alone.
    """
    try:
        key = _hash(read_ticket(code))
    except TicketError:
        return None
    purpose = store.redeem(db, key, on=today())
    if purpose is not None:
        record(db, actor, "token.redeem", "token", {"purpose": purpose})
    return purpose


def _hash(code: str) -> str:
    return hashlib.sha256(f"sonae answer token {code}".encode()).hexdigest()
