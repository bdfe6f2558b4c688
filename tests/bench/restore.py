"""Backs up and restores a database of a given size and prints how long each step takes.

    python tests/bench/restore.py [--mib 1024] [--postgresql URL]

The figures are reported in docs/performance.md; a city must be back within ten minutes for 1 GB.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, text

from server import privacy
from server.columns import now
from server.db import Database
from server.drills.models import Run, ScenarioVersion
from server.features import load_models
from server.live.models import Chunk, RunStream
from server.migrations.applying import migrate
from server.ops.backup import make_backup
from server.ops.recovery import make_recovery_key
from server.ops.restore import restore
from server.people import service as people
from server.requests import tombstones
from server.settings import Settings

BATCH_BYTES = 24_000
"""About a second of a run's poses."""
ERASED = 20


@contextmanager
def timed(what: str, took: dict[str, float]) -> Iterator[None]:
    began = time.monotonic()
    yield
    took[what] = time.monotonic() - began
    sys.stdout.write(f"{what:<28}{took[what]:8.1f} s\n")
    sys.stdout.flush()


def fill(database: Database, mib: int) -> int:
    """Put runs into the database until they make up so many MiB; return the number of batches."""
    rng = random.Random(1)
    batches = mib * (1 << 20) // BATCH_BYTES
    each = 400
    with database.session() as db:
        db.add(ScenarioVersion(hash="0" * 64, scenario_id="x", version=1, title={}, summary={}))
    for first in range(0, batches, each):
        run_id = rng.randbytes(16).hex()
        with database.session() as db:
            db.add(
                Run(
                    run_id=run_id,
                    code="0" * 8,
                    header={},
                    scenario_hash="0" * 64,
                    locomotion="walked",
                    counted=True,
                    started_at=now(),
                )
            )
            db.flush()
            stream = RunStream(run_id=run_id, w=each)
            db.add(stream)
            db.flush()
            rows = [
                {
                    "stream_id": stream.id,
                    "seq": seq,
                    "channel": 0,
                    "t0_us": seq,
                    "n": 90,
                    "gaze": False,
                    "segment": 0,
                    "length": BATCH_BYTES,
                    "crc32": 0,
                    "payload": rng.randbytes(BATCH_BYTES),
                }
                for seq in range(min(each, batches - first))
            ]
            db.execute(insert(Chunk), rows)
    return batches


def trial(
    folder: Path, mib: int, url: str = "", target_url: str = "", programs: Path | None = None
) -> dict[str, float]:
    """Fill, back up, erase some people, restore elsewhere; return what took how long, and check what came out."""
    load_models()
    took: dict[str, float] = {}
    settings = Settings(data_dir=folder / "var", database_url=url, postgres_programs=programs)
    database = Database(settings)
    migrate(database)
    _, key_file = make_recovery_key(settings, folder / "recovery-key.txt")
    with timed(f"fill with {mib} MiB", took):
        fill(database, mib)
        with database.session() as db:
            ids = [people.new_person(db, name=f"架空 {n}", actor="system").id for n in range(10 * ERASED)]
    with timed("backup, read back", took):
        made = make_backup(database)
    with database.session() as db:
        tombstones.note(db, "person", ids[:ERASED])
        for person in ids[:ERASED]:
            privacy.erase(db, privacy.Subject(person_id=person))
    database.close()
    target = Settings(data_dir=folder / "other", database_url=target_url, postgres_programs=programs)
    with timed("restore, compared, erased", took):
        done = restore(target, made.file, key_file, graves=[tombstones.file_of(settings)])
    sys.stdout.write(
        f"backup of {made.size / (1 << 20):.0f} MiB, {sum(t.rows for t in done.contents.tables.values()):,} rows\n"
    )
    restored = Database(target)
    with restored.reading() as db:
        left = db.execute(text("SELECT count(*) FROM person")).scalar_one()
    restored.close()
    if done.erased_again != {"person": ERASED} or left != 9 * ERASED:
        msg = f"{done.erased_again} erased again and {left} people left; expected {ERASED} and {9 * ERASED}"
        raise RuntimeError(msg)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--folder", type=Path, help="where there is room for four times as much")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder or os.environ.get("TMPDIR")) as scratch:
        trial(Path(scratch), arguments.mib)


if __name__ == "__main__":
    main()
