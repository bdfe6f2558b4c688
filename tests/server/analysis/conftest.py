"""A drill that was really played, as a run on the server."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from drill.play import play, run_header
from drill.record.batches import Batch
from drill.record.channels import CHANNELS
from drill.record.decoding import decode_batches
from drill.record.recorder import Recorder
from drill.record.run import RecordedRun, RunHeader
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from server.db import Database
from server.drills import service as drills
from server.live.models import Chunk, RunStream

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


class Batches:
    """Keeps the batches of a run."""

    sealed = True

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def append(self, batch: Batch) -> None:
        self.batches.append(batch)

    def close(self, *, complete: bool = True) -> None:
        """Nothing is written."""


class Played(NamedTuple):
    """A drill that was played, with its batches as they would be sent."""

    scenario: Scenario
    header: RunHeader
    sink: Batches

    @property
    def run(self) -> RecordedRun:
        batches = ((b.channel, b.n, b.t0_us, b.payload, b.gaze) for b in self.sink.batches)
        return decode_batches(self.header, batches)


@pytest.fixture(scope="session")
def played() -> Played:
    """One run of the smoke scenario, which is the shorter one."""
    scenario = load_scenario(SCENARIOS / "school-smoke")
    header = run_header(scenario, seed=1, locomotion="scripted", device="test")
    sink = Batches()
    play(scenario, seed=1, resident=AutomaticResident(scenario, seed=1), recorder=Recorder(header, sink), header=header)
    return Played(scenario, header, sink)


Keep = Callable[..., str]


@pytest.fixture
def keep(played: Played) -> Keep:
    """Put the run on a server, under a fresh id; keywords change its header. Returns the id."""

    def kept(database: Database, *, library: bool = True, **changes: object) -> str:
        header = msgspec.structs.replace(played.header, **({"run_id": secrets.token_hex(16)} | changes))
        with database.session() as db:
            if library:
                drills.import_scenario(db, SCENARIOS / "school-smoke")
            run = drills.register_run(db, header)
            stream = RunStream(run_id=run.run_id, w=len(played.sink.batches), batches=len(played.sink.batches))
            db.add(stream)
            db.flush()
            for seq, batch in enumerate(played.sink.batches):
                db.add(
                    Chunk(
                        stream_id=stream.id,
                        seq=seq,
                        channel=CHANNELS.index(batch.channel),
                        t0_us=batch.t0_us,
                        n=batch.n,
                        gaze=batch.gaze,
                        segment=0,
                        length=len(batch.payload),
                        crc32=zlib.crc32(batch.payload),
                        payload=batch.payload,
                    )
                )
            drills.set_run_state(db, run.run_id, "complete")
        return run.run_id

    return kept
