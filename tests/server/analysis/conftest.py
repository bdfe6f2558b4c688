"""A drill that was really played, as a run on the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from drill.play import play, run_header
from drill.record.recorder import Recorder
from drill.record.run import RecordedRun, RunHeader
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from drill.session.playing import MemorySink
from server.db import Database
from server.drills import service as drills

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


class Played(NamedTuple):
    """A drill that was played, with its batches as they would be sent."""

    scenario: Scenario
    header: RunHeader
    sink: MemorySink

    @property
    def run(self) -> RecordedRun:
        return self.sink.run(self.header)


@pytest.fixture(scope="session")
def played() -> Played:
    """One run of the smoke scenario, which is the shorter one."""
    scenario = load_scenario(SCENARIOS / "school-smoke")
    header = run_header(scenario, seed=1, locomotion="scripted", device="test")
    sink = MemorySink()
    play(scenario, seed=1, resident=AutomaticResident(scenario, seed=1), recorder=Recorder(header, sink), header=header)
    return Played(scenario, header, sink)


Keep = Callable[..., str]


@pytest.fixture
def keep(played: Played, store_run: Callable[..., str]) -> Keep:
    """Put the run on a server, under a fresh id; keywords change its header. Returns the id."""

    def kept(database: Database, *, library: bool = True, **changes: object) -> str:
        header = msgspec.structs.replace(played.header, **({"run_id": secrets.token_hex(16)} | changes))
        with database.session() as db:
            if library:
                drills.import_scenario(db, SCENARIOS / "school-smoke")
            return store_run(db, header, played.sink.batches)

    return kept
