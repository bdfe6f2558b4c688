"""Rules of analysis: metrics are computed once a run has arrived, and stand with the version of their definitions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from drill.metrics.compute import compute_metrics
from drill.metrics.definitions import definitions_version
from drill.metrics.figures import Metrics
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario
from server.analysis import store
from server.analysis.fitting import fitted
from server.analysis.models import MeasuredTrajectories, RunAnalysis
from server.columns import now
from server.db import Database
from server.drills import service as drills
from server.drills.library import LibraryError
from server.drills.models import Run
from server.live import service as live

log = logging.getLogger("sonae.analysis")

COHORT_LIMIT: Final = 2000


@dataclass(frozen=True, slots=True)
class RunAndScenario:
    """A recorded run with the scenario that it was played in."""

    row: Run
    recorded: RecordedRun
    scenario: Scenario


def load(db: Session, run_id: str) -> RunAndScenario:
    """Return a run, decoded, with its scenario.

    Raises:
        UnknownRowError: there is no such run.
        LibraryError: the library does not hold its scenario.
    """
    row = drills.get_run(db, run_id)
    scenario = drills.scenario_of(db, row)
    return RunAndScenario(row, fitted(live.recorded_run(db, row.run_id), scenario), scenario)


def analyse(database: Database, run_id: str) -> Metrics | None:
    """Compute the metrics of a run and keep them; a run whose scenario is not there keeps the reason instead.

    The computing happens outside of any transaction.
    """
    with database.reading() as db:
        try:
            loaded = load(db, run_id)
        except LibraryError as error:
            problem = str(error)
            loaded = None
    metrics = None if loaded is None else compute_metrics(loaded.recorded, loaded.scenario)
    with database.session() as db:
        row = store.analysis(db, run_id) or RunAnalysis(run_id=run_id)
        row.definitions_version = definitions_version()
        row.metrics = None if metrics is None else metrics.as_dict()
        row.problem = "" if metrics is not None else problem
        row.made_at = now()
        db.add(row)
    if metrics is None:
        log.warning("run %s has no metrics: its scenario is not in the library", run_id)
    return metrics


def metrics_of(db: Session, loaded: RunAndScenario) -> Metrics:
    """Return the kept metrics of a run; computed now where they are not kept yet or follow older definitions."""
    row = store.analysis(db, loaded.row.run_id)
    if row is not None and row.metrics is not None and row.definitions_version == definitions_version():
        try:
            return Metrics.from_dict(row.metrics)
        except msgspec.ValidationError:
            log.warning("kept metrics of run %s are of another form and are computed anew", loaded.row.run_id)
    return compute_metrics(loaded.recorded, loaded.scenario)


def others(db: Session, run: Run) -> list[Metrics]:
    """Return the metrics of the runs that this one may stand beside.

    The same scenario version and variant, the same locomotion mode (neither is ever pooled), the same definitions,
    counted, complete and not left out by staff; never the run itself.
    """
    return _metrics_of_runs(db, _like(db, run))


def others_outside(db: Session, run: Run, at_least: int) -> list[Metrics]:
    """Return the others as somebody outside of the office may see them: the oldest, in whole groups of `at_least`.

    So nobody is shown among fewer, and two looks at different times never differ by a few people who can be told.
    """
    found = _metrics_of_runs(db, list(reversed(_like(db, run))))
    return found[: len(found) // at_least * at_least]


def _like(db: Session, run: Run) -> list[str]:
    """Return the ids of runs like this one, newest first."""
    same = drills.list_runs(db, scenario_hash=run.scenario_hash, in_figures=True, limit=COHORT_LIMIT)
    like = [one for one in same if one.locomotion == run.locomotion and _gentle(one) == _gentle(run)]
    return [one.run_id for one in like if one.run_id != run.run_id]


def _gentle(run: Run) -> bool:
    """Whether a run played the gentle variant of its scenario, which is never pooled with the other."""
    return bool(run.header.get("gentle", False))


def metrics_by_run(db: Session, ids: Sequence[str]) -> dict[str, Metrics]:
    """Return the metrics that are kept of some runs, by run; those of older definitions are left out."""
    return {one.run_id: one for one in _metrics_of_runs(db, ids)}


def _metrics_of_runs(db: Session, ids: Sequence[str]) -> list[Metrics]:
    """Return the metrics of some runs that are of our definitions, in the same order."""
    version = definitions_version()
    found = {row.run_id: row for row in store.analyses(db, ids) if row.definitions_version == version}
    rows = [found[one] for one in ids if one in found]
    return [Metrics.from_dict(row.metrics) for row in rows if row.metrics is not None]


def values_of(cohort: Sequence[Metrics], figure: str) -> list[float]:
    """Return the values of one figure over a cohort; runs without a value are left out, never counted as zero."""
    values = (one[figure].value for one in cohort)
    return [value for value in values if value is not None]


def measured(db: Session, run_id: str) -> MeasuredTrajectories | None:
    """Return the measured trajectories that a run stands for, if it is such a run."""
    return store.measured(db, run_id)
