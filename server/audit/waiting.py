"""What the auditor is told: staff who were stopped because they opened too many people's records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from server.access.cardinality import REPORT
from server.access.policies import POLICIES
from server.accounts.principal import Principal
from server.audit import service
from server.columns import now
from server.web.tasks import Waiting

TOLD_FOR: Final = timedelta(days=14)


def waiting(db: Session, who: Principal) -> Iterator[Waiting]:
    """Yield how often staff were stopped in the last two weeks, to who may read the record."""
    if not POLICIES["audit"].admits(who):
        return
    stopped = service.newest(db, action="limit.reached", target=REPORT, since=now() - TOLD_FOR)
    yield Waiting("audit.waiting_people", len(stopped), f"/audit?target={REPORT}", urgent=True)
