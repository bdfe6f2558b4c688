"""The library of scenarios: a copy of each version's files, by hash.

So a run always finds what it was played in, whatever became of the folder that it was taken from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from drill.scenario.loading import FILE_NAME, load_scenario
from drill.scenario.scenario import Scenario
from server.settings import Settings


class LibraryError(RuntimeError):
    """A scenario that the library does not hold, or whose copy changed since it was taken in."""


def folder_of(settings: Settings, scenario_hash: str) -> Path:
    """Return where the copy of a version lies. Raise LibraryError when the hash is none."""
    if len(scenario_hash) != 64 or set(scenario_hash) - set("0123456789abcdef"):
        msg = f"{scenario_hash[:70]!r} is no scenario hash: it has 64 hexadecimal digits"
        raise LibraryError(msg)
    return settings.data_dir / "scenarios" / scenario_hash


def take_in(settings: Settings, path: Path) -> Scenario:
    """Check the scenario at `path` and copy its files into the library; return the copy.

    Raises:
        ScenarioError: with every fault that was found.
        LibraryError: a file changed while it was read.
    """
    scenario = load_scenario(path)
    target = folder_of(settings, scenario.hash)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
        try:
            for name, expected in scenario.files.items():
                content = (scenario.folder / name).read_bytes()
                if hashlib.sha256(content).hexdigest() != expected:
                    msg = f"{scenario.folder / name} changed while it was read; take the scenario in again"
                    raise LibraryError(msg)
                copy = draft / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                _write_synced(copy, content)
            try:
                draft.rename(target)
            except OSError:
                if not target.exists():  # else another took the same version in meanwhile
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return scenario_by_hash(settings, scenario.hash)


def scenario_by_hash(settings: Settings, scenario_hash: str) -> Scenario:
    """Return a version of the library, from memory where it can.

    Raises:
        LibraryError: it is not there, or its files are not those that were taken in.
    """
    folder = folder_of(settings, scenario_hash)
    if not folder.is_dir():
        msg = f"scenario {scenario_hash[:12]} is not in the library; take it in with: sonae-server import scenario PATH"
        raise LibraryError(msg)
    scenario = _load(folder)
    if scenario.hash != scenario_hash:
        _load.cache_clear()
        msg = f"the files in {folder} changed, their hash is {scenario.hash[:12]}: put back the copy from your backup"
        raise LibraryError(msg)
    return scenario


def files_of(settings: Settings, scenario_hash: str) -> dict[str, bytes]:
    """Return the files of a version by name. Raises as `scenario_by_hash`."""
    scenario = scenario_by_hash(settings, scenario_hash)
    return {name: (scenario.folder / name).read_bytes() for name in scenario.files}


def shipped(settings: Settings) -> list[Path]:
    """Return the folders of `settings.scenarios_dir` that hold a scenario."""
    if not settings.scenarios_dir.is_dir():
        return []
    return sorted(file.parent for file in settings.scenarios_dir.glob(f"*/{FILE_NAME}"))


@lru_cache(maxsize=32)
def _load(folder: Path) -> Scenario:
    return load_scenario(folder)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
