"""Takes measured trajectories in: a file becomes a recorded run, with figures by PedPy; it belongs to no drill day."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from drill.record.run import RunHeader
from server.analysis import store
from server.analysis.kept import pack
from server.analysis.measuring import Setup, measure, setup_for
from server.analysis.models import MeasuredTrajectories
from server.analysis.trajectories import Trajectories, TrajectoryError, Unit, read_trajectories
from server.columns import now
from server.db import Database
from server.drills import service as drills
from server.migrations.applying import migrate
from server.settings import Settings

SCENARIO: Final = "measured"
CONSENT: Final = "published-measurement"
"""The people agreed when they were measured; the file holds no names."""


def import_trajectories(
    database: Database,
    path: Path,
    *,
    frame_rate: float | None = None,
    unit: Unit | None = None,
    line: str | None = None,
    area: str | None = None,
    walkable: str | None = None,
) -> tuple[str, bool]:
    """Take a file in; return its run id and whether it is new. The same file again returns the run that is there.

    Raises:
        TrajectoryError: the file or an option is not as it should be.
        OSError: the file cannot be read.
    """
    read = read_trajectories(path, frame_rate=frame_rate, unit=unit)
    with database.reading() as db:
        known = store.measured_by_hash(db, read.hash)
    if known is not None:
        return known.run_id, False
    setup = setup_for(read, line=line, area=area, walkable=walkable)
    figures = measure(read, setup)
    with database.session() as db:
        run_id = _keep(db, read, setup, figures)
    return run_id, True


def _keep(db: Session, read: Trajectories, setup: Setup, figures: dict[str, object]) -> str:
    moment = now()
    header = RunHeader(
        run_id=read.hash[:32],
        scenario=SCENARIO,
        scenario_hash=read.hash,
        seed=0,
        build="import",
        profile="measured",
        device=f"{read.name}, {read.frame_rate:g} fps, {read.unit}",
        locomotion="walked",
        started_at=moment.isoformat(),
        consent=CONSENT,
        counted=False,
    )
    run = drills.register_run(db, header)
    drills.set_run_state(db, run.run_id, "complete")
    db.add(
        MeasuredTrajectories(
            run_id=run.run_id,
            file_name=read.name[:200],
            file_hash=read.hash,
            frame_rate=read.frame_rate,
            unit=read.unit,
            samples=pack(read),
            setup=setup.as_dict(),
            figures=figures,
        )
    )
    return run.run_id


def import_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run `sonae-server import trajectories FILE`; return its exit status."""
    database = Database(settings)
    try:
        migrate(database)
        run_id, new = import_trajectories(
            database,
            arguments.path,
            frame_rate=arguments.frame_rate,
            unit=arguments.unit,
            line=arguments.line,
            area=arguments.area,
            walkable=arguments.walkable,
        )
    except (TrajectoryError, OSError) as error:
        sys.stderr.write(f"sonae-server: {error}\n")
        return 1
    finally:
        database.close()
    said = "taken in" if new else "was taken in before"
    sys.stdout.write(f"{arguments.path.name} {said}: run {run_id}, page /runs/{run_id}\n")
    return 0
