"""A station that records until it is killed; tells its parent what it knows to be on the disk.

Lines on standard output: `D n` (n batches are durable) and, after each sync, `S segment bytes` (so much of that
segment would survive a power cut). With `forgets` as third argument it never syncs and says it did, with `lazy`
it syncs the first time alone: the faults that the test must see.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from drill.record import spool as spool_module
from drill.record.batches import record_batches
from drill.record.events import Cue
from drill.record.run import RunHeader
from drill.record.spool import Spool


def cue_of(seq: int) -> str:
    """Return the cue that batch `seq` holds: it names the batch and varies in length."""
    return f"{seq}-" + "x" * (seq * 37 % 300)


def main(root: str, city_key: str, mode: str) -> None:
    real = spool_module.sync_data
    begun: list[int] = []

    def synced(descriptor: int) -> None:
        if mode == "forgets" or (mode == "lazy" and begun):
            return
        begun.append(descriptor)
        size = os.fstat(descriptor).st_size
        name = os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)
        say(f"S {int(name[:5])} {size}")

    spool_module.sync_data = synced
    header = RunHeader(
        run_id="00112233445566778899aabbccddeeff",
        scenario="made-up",
        scenario_hash="ab" * 32,
        seed=1,
        build="test",
        profile="lab",
        device="test",
        locomotion="walked",
        started_at="2026-07-01T09:00:00+09:00",
        consent="recording/1",
    )
    spool = Spool.create(
        Path(root), header, bytes.fromhex(city_key), least_free_bytes=0, segment_bytes=20_000, sync_thread=False
    )
    seq = 0
    while True:
        for _ in range(1 + seq % 5):
            spool.append(next(iter(record_batches("events", [Cue(1, cue_of(seq))]))))
            seq += 1
        say(f"D {spool.sync()}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
