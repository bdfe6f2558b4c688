"""Exports of runs: what is in the file, and who may fetch it when.

The file names nobody and no clock: runs are numbered anew in each file and stand with date and half-day. It is made
when it is fetched, so that what was withdrawn or erased since the approval is not in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy.orm import Session

from drill.metrics.definitions import definitions
from server.accounts.principal import Principal
from server.analysis import service as analysis
from server.approvals import service as approvals
from server.approvals.acts import act
from server.approvals.models import DONE, Approval
from server.audit.service import record
from server.columns import JST, now
from server.drills import service as drills
from server.drills.models import Run
from server.spreadsheet import Cell, csv_bytes
from server.web.pages import NOON

ACT: Final = "runs.export"
FETCH_WITHIN: Final = dt.timedelta(days=7)
PAGE: Final = 500
HEAD: Final = ("番号", "シナリオ", "実施日", "午前・午後", "体験のしかた", "状態", "集計に入れる")


class RunsExport(BaseModel):
    """Which runs: those of a time, of a day, of a department's business."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: dt.date
    until: dt.date
    department: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> RunsExport:
        if self.until < self.since:
            msg = f"until {self.until} lies before since {self.since}"
            raise ValueError(msg)
        return self


def _describe(db: Session, wanted: RunsExport) -> dict[str, str]:
    return {
        "exports.since": wanted.since.isoformat(),
        "exports.until": wanted.until.isoformat(),
        "exports.count": str(sum(1 for _ in runs_of(db, wanted))),
    }


@act(ACT, RunsExport, proposes="export", describe=_describe)
def approve(db: Session, wanted: RunsExport, _approval: Approval) -> dict[str, Any]:
    """Open the file to who proposed it; nothing is written yet."""
    return {"runs": sum(1 for _ in runs_of(db, wanted))}


def runs_of(db: Session, wanted: RunsExport) -> Iterator[Run]:
    """Yield the runs of an export, newest half-day first, in no order within one."""
    offset = 0
    while True:
        page = drills.list_runs(db, department=wanted.department, by_half_day=True, limit=PAGE, offset=offset)
        for run in page:
            if wanted.since <= run.started_at.astimezone(JST).date() <= wanted.until:
                yield run
        if len(page) < PAGE:
            return
        offset += PAGE


def files_of(db: Session, who: Principal) -> list[Approval]:
    """Return the exports that this staff member proposed, newest first."""
    return [found for found in approvals.listed(db, who) if found.act == ACT and found.proposed_by == who.id]


def is_open(found: Approval) -> bool:
    """Tell whether an export may still be fetched."""
    return found.state == DONE and found.settled_at is not None and now() - found.settled_at < FETCH_WITHIN


def fetch(db: Session, who: Principal, approval_id: str) -> bytes:
    """Return the file of an approved export as CSV, and record that it was fetched.

    Raises:
        LookupError: this staff member proposed no such export, or it is not open (any more).
    """
    found = approvals.get(db, who, approval_id)
    if found.act != ACT or found.proposed_by != who.id or not is_open(found):
        raise LookupError(approval_id)
    wanted = RunsExport.model_validate(found.payload)
    names = list(definitions())
    rows = list(_rows(db, wanted, names))
    record(db, who.actor, "export.fetch", f"approval:{found.id}", {"rows": len(rows)})
    return csv_bytes((*HEAD, *names), rows)


def _rows(db: Session, wanted: RunsExport, names: list[str]) -> Iterator[list[Cell]]:
    chosen = list(runs_of(db, wanted))
    figures = analysis.metrics_by_run(db, [run.run_id for run in chosen])
    for number, run in enumerate(chosen, start=1):
        at = run.started_at.astimezone(JST)
        known = figures.get(run.run_id)
        by_name = {one.id: one.value for one in known.figures} if known else {}
        half = "午前" if at.hour < NOON else "午後"
        row: list[Cell] = [number, run.header["scenario"], at.date(), half, run.locomotion, run.state, run.in_figures]
        yield [*row, *(by_name.get(name) for name in names)]
