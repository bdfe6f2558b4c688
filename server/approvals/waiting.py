"""What waits for a second person, or for the review of what one did alone."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from server.accounts.principal import Principal
from server.approvals import service
from server.web.tasks import Waiting


def waiting(db: Session, who: Principal) -> Iterator[Waiting]:
    """Yield the proposals that this staff member may decide, stop or review."""
    due = service.due(db, who)
    reviews = sum(found.needs_review for found in due)
    yield Waiting("approvals.waiting_review", reviews, "/approvals", urgent=True)
    alone = sum(found.state == "waiting" for found in due)
    yield Waiting("approvals.waiting_alone", alone, "/approvals", urgent=True)
    yield Waiting("approvals.waiting_decide", len(due) - reviews - alone, "/approvals")
