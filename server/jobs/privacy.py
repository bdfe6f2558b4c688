"""What jobs keep: ids only, never a person's data."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.jobs import store
from server.jobs.service import KEEP_DONE
from server.privacy import Held, Kept, Privacy, nothing_to_disclose, nothing_to_erase


def _purge(db: Session, before: datetime, _held: Held) -> int:
    return store.purge_done(db, before=before)


PRIVACY = Privacy(
    feature="jobs",
    keeps=(
        Kept(
            "job",
            personal=False,
            days=KEEP_DONE.days,
            why="payloads hold ids; failures stay to be looked at",
            purges=_purge,
        ),
    ),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
