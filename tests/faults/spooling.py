"""A station process that records to a real spool and uploads beside it, until it is killed.

Arguments: spool root, station configuration (JSON), run id, seed. Prints, a line each time, how many batches are
known to be on the disk.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from drill.record.backoff import Backoff
from drill.record.batches import Batch
from drill.record.config import StationConfig
from drill.record.run import RunHeader
from drill.record.spool import Spool
from drill.record.uplink import Uplink


def main() -> None:
    """Record and upload."""
    root, config_text, run_id, seed = sys.argv[1:]
    config = msgspec.json.decode(config_text, type=StationConfig)
    rng = random.Random(int(seed))
    header = RunHeader(
        run_id=run_id,
        scenario="gym-flood",
        scenario_hash="ab" * 32,
        seed=1,
        build="test",
        profile="lab",
        device="test",
        locomotion="scripted",
        started_at="2026-11-24T10:00:00+09:00",
        consent="",
    )
    spool = Spool.create(Path(root), header, config.city_key, segment_bytes=30_000, least_free_bytes=0)
    Uplink(config, Path(root), backoff=Backoff(first_s=0.01, most_s=0.1)).start()
    for _ in range(100_000):
        n = rng.randint(1, 20)
        poses = np.zeros((n, 7), "<f4")
        payload = np.arange(n, dtype="<u4").tobytes() + 3 * poses.tobytes() + np.ones(n, "<u1").tobytes()
        spool.append(Batch("pose", n, 0, payload))
        if rng.random() < 0.1:
            sys.stdout.write(f"{spool.sync()}\n")
            sys.stdout.flush()
        time.sleep(rng.uniform(0, 0.004))


if __name__ == "__main__":
    main()
