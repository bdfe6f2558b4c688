"""`sonae-server import`: takes scenarios and measured trajectories in."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from server.db import Database
from server.drills import service as drills
from server.migrations.applying import migrate
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `import` to the command line."""
    taken = commands.add_parser("import", help="take a scenario or measured trajectories in")
    taken.add_argument("kind", choices=("scenario", "trajectories"))
    taken.add_argument("path", type=Path, metavar="FILE")
    measured = taken.add_argument_group("measured trajectories", "where the file does not say, or to measure elsewhere")
    measured.add_argument("--frame-rate", type=float, metavar="FPS", help="frames a second")
    measured.add_argument("--unit", choices=("m", "cm"), help="unit of the positions")
    measured.add_argument("--line", metavar="WKT", help="line to count at, metres: LINESTRING (0 0, 2 0)")
    measured.add_argument("--area", metavar="WKT", help="convex area of density and speed: POLYGON ((...))")
    measured.add_argument("--walkable", metavar="WKT", help="walkable ground: POLYGON ((...))")
    taken.set_defaults(act=_import)


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.kind == "trajectories":
        if find_spec("server.analysis.importing") is None:
            print("sonae-server: this build cannot import trajectories", file=sys.stderr)
            return 2
        status: int = import_module("server.analysis.importing").import_command(arguments, settings)
        return status
    database = Database(settings)
    try:
        migrate(database)
        with database.session() as db:
            version = drills.import_scenario(db, arguments.path)
    finally:
        database.close()
    print(f"scenario {version.scenario_id} version {version.version} ({version.title['ja']}), hash {version.hash}")
    return 0
