"""Options of the whole suite: `--long` and its budget, and where the real data files are."""

from __future__ import annotations

import math
import os
import random
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from drill.record.batches import Batch
from drill.record.channels import CHANNELS
from drill.record.run import RunHeader
from server.accounts import sign_ins
from server.accounts.models import Staff
from server.accounts.principal import ROLES
from server.db import Database
from server.drills import service as drills
from server.live.models import Chunk, RunStream


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long trials instead of the quick tests")
    parser.addoption("--budget", type=float, metavar="MINUTES", help="with --long: a seeded slice of about so long")
    parser.addoption("--slice-seed", type=int, default=None, help="with --budget: the seed that chose the slice")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = config.getoption("--long")
    kept = [item for item in items if bool(item.get_closest_marker("long")) == long]
    gone = [item for item in items if bool(item.get_closest_marker("long")) != long]
    if gone:
        config.hook.pytest_deselected(items=gone)
    if long and config.getoption("--budget"):
        seed = config.getoption("--slice-seed")
        seed = random.SystemRandom().randrange(10**6) if seed is None else seed
        config.stash[SLICE] = (seed, time.monotonic() + 60 * config.getoption("--budget"), [])
        random.Random(seed).shuffle(kept)
    # A real browser's event loop and server live until the session ends; nothing else may meet them.
    items[:] = sorted(kept, key=lambda item: BROWSER in item.path.parents)


BROWSER = Path(__file__).parent / "browser"
SLICE = pytest.StashKey[tuple[int, float, list[str]]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    chosen = item.config.stash.get(SLICE, None)
    if chosen and time.monotonic() > chosen[1]:
        chosen[2].append(item.nodeid)
        pytest.skip("over the budget of this slice")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    chosen = config.stash.get(SLICE, None)
    if not chosen:
        return
    seed, _, left = chosen
    terminalreporter.write_line(f"slice of the long trials, --slice-seed {seed}; left out: {len(left)}")
    for nodeid in left:
        terminalreporter.write_line(f"  left out: {nodeid}")


@pytest.fixture(scope="session")
def time_left(request: pytest.FixtureRequest) -> Callable[[], float]:
    """Say how many seconds a trial that counts to a million may go on; without a budget it is never over."""
    chosen = request.config.stash.get(SLICE, None)
    return lambda: math.inf if chosen is None else chosen[1] - time.monotonic()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real files made elsewhere; the test skips where it is not set."""
    folder = os.environ.get("SONAE_TEST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"SONAE_TEST_DATA names no folder of real data files (it is {folder!r})")
    return Path(folder)


@pytest.fixture(scope="session")
def store_run() -> Callable[..., str]:
    """Put a played run on a server as if it had been uploaded whole. Returns its id."""

    def stored(db: Session, header: RunHeader, batches: Sequence[Batch]) -> str:
        run = drills.register_run(db, header)
        stream = RunStream(run_id=run.run_id, w=len(batches), batches=len(batches))
        db.add(stream)
        db.flush()
        for seq, batch in enumerate(batches):
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

    return stored


@pytest.fixture(scope="session")
def staff_key() -> Callable[..., str]:
    """Sign a new staff member in and return the key that the cookie `__Host-sonae` holds. Without roles: with all."""

    def made(database: Database, *roles: str, department: str = "", limited: bool = False) -> str:
        with database.session() as db:
            staff = Staff(
                login=f"s{os.urandom(6).hex()}@city.example",
                name="髙﨑 職員",
                roles=list(roles or ROLES),
                department=department,
            )
            db.add(staff)
            db.flush()
            return sign_ins.sign_in_staff(db, database.settings, staff, method="totp", limited=limited)

    return made
