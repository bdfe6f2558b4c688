"""The spool under kills and power cuts at random points: nothing that was called durable is ever lost.

A kill leaves what the system had taken; a power cut is played by cutting each segment to what was synced, with a
torn rest behind it now and then. The planted fault, a station that skips the sync and says it did it, must be seen.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drill.record.reading import read_recording
from drill.record.spooled import recover, run_folders, segment_path
from drill.record.wire import decode_data

WRITER = Path(__file__).parent / "spool_writer.py"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads names of open files from /proc")


def killed_writer(root: Path, city_key: bytes, rng: random.Random, mode: str = "honest") -> tuple[int, dict[int, int]]:
    """Run a writer, kill it at a random moment; return the durable count it told and synced bytes a segment."""
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(root), city_key.hex(), mode], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    durable, synced = 0, {}
    goal, pause = rng.randint(1, 120), rng.random() * 0.002
    for line in process.stdout:
        kind, *numbers = line.split()
        if kind == "D":
            durable = int(numbers[0])
        else:
            synced[int(numbers[0])] = int(numbers[1])
        if durable >= goal:
            break
    time.sleep(pause)
    process.kill()
    rest = process.stdout.read().splitlines()
    for line in rest:
        kind, *numbers = line.split()
        if kind == "D" and len(numbers) == 1:
            durable = int(numbers[0])
        elif kind == "S" and len(numbers) == 2:
            synced[int(numbers[0])] = int(numbers[1])
    process.stdout.close()
    process.wait()
    return durable, synced


def cut_power(folder: Path, synced: dict[int, int], rng: random.Random) -> None:
    """Leave of each segment what was synced, and a piece of the rest or rubbish; nothing of one never synced."""
    for path in sorted(folder.glob("*.seg")):
        content = path.read_bytes()
        kept = synced.get(int(path.stem), 0)
        if kept == 0:
            path.write_bytes(b"")
            continue
        rest = content[kept:]
        torn = rest[: rng.randint(0, len(rest))]
        if rng.random() < 0.3:
            torn = bytes(len(torn))
        path.write_bytes(content[:kept] + torn)


def check(folder: Path, durable: int, city, cue_of) -> int:
    """Recover a run and compare it with what was written; return how many batches are there."""
    run = recover(folder)
    assert run is not None, "the run is gone"
    try:
        count = len(run.entries)
        assert count >= durable, f"{durable} batches were called durable, {count} are there"
        assert not run.damaged
        assert run.end is not None
        assert (run.end.batches, run.end.complete) == (count, False)
        assert [decode_data(run.frame(s)).seq for s in range(count)] == list(range(count))
    finally:
        run.release()
    recording = read_recording(folder, city.private)
    assert recording.losses == ()
    cues = [e.cue for e in recording.run.events]
    assert cues == [cue_of(s) for s in range(count)]
    return count


@pytest.fixture(scope="module")
def cue_of():
    sys.path.insert(0, str(WRITER.parent))
    try:
        import spool_writer  # noqa: PLC0415  # beside this file, also run as a program
    finally:
        sys.path.pop(0)
    return spool_writer.cue_of


def trial(root: Path, seed: int, city, cue_of, *, mode: str = "honest", power: bool) -> int:
    rng = random.Random(seed)
    durable, synced = killed_writer(root, city.public, rng, mode)
    (folder,) = run_folders(root)
    if power:
        cut_power(folder, synced, rng)
    count = check(folder, durable, city, cue_of)
    shutil.rmtree(root)
    return count


@pytest.mark.parametrize("seed", range(20))
def test_kills_and_power_cuts(tmp_path, city, cue_of, seed):
    assert trial(tmp_path / "spool", seed, city, cue_of, power=seed % 2 == 1) > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_hundreds_of_kills_and_power_cuts(tmp_path, city, cue_of, seed):
    trial(tmp_path / "spool", seed, city, cue_of, power=seed % 2 == 1)


@pytest.mark.parametrize(("mode", "seen"), [("forgets", "the run is gone"), ("lazy", "were called durable")])
def test_planted_fault_a_sync_that_is_skipped_is_seen(tmp_path, city, cue_of, mode, seen):
    """Without its syncs a station must fail this trial, or the trial proves nothing."""
    durable, synced = killed_writer(tmp_path, city.public, random.Random(3), mode)
    (folder,) = run_folders(tmp_path)
    for path in folder.glob("*.seg"):
        path.write_bytes(path.read_bytes()[: synced.get(int(path.stem), 0)])
    with pytest.raises(AssertionError, match=seen):
        check(folder, durable, city, cue_of)


def test_planted_fault_a_kill_alone_cannot_tell(tmp_path, city, cue_of):
    """Why the power cut is needed: a kill leaves what the system had taken, synced or not."""
    assert trial(tmp_path / "spool", 1, city, cue_of, mode="forgets", power=False) > 0


def test_recovery_is_itself_killed(tmp_path, city, cue_of):
    """A recovery that dies half way leaves a run that recovers: its end torn at every byte."""
    durable, _ = killed_writer(tmp_path, city.public, random.Random(5))
    (folder,) = run_folders(tmp_path)
    check(folder, durable, city, cue_of)
    last = segment_path(folder, len(list(folder.glob("*.seg"))))
    whole = last.read_bytes()
    for cut in range(1, 60, 7):
        last.write_bytes(whole[:-cut])
        check(folder, durable, city, cue_of)
        assert last.read_bytes() == whole
    assert os.path.getsize(last) == len(whole)
