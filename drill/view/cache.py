"""What is made at first use and kept on this machine: where it lies, how much of it, and for how long.

Below the cache's folder every family of made things (`light`, `sound`, `speech`, `surfaces`) has a folder for each
version of the code that makes them, `FAMILY-VERSION`. What is used is touched, so that the time of a file is that of
its last use. Whoever adds to the cache tidies it: an older version that nobody used for an hour goes, and beyond
`MOST_BYTES` what was used longest ago. Nothing else in that folder is ever touched, and a cache that cannot be read or
written costs time at the next start and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE_VARIABLE: Final = "SONAE_CACHE"
FAMILIES: Final = ("light", "sound", "speech", "surfaces")
MOST_BYTES: Final = 1 << 30
IN_USE_S: Final = 3600.0
"""A program of another version may still be playing a drill with what it made; no drill is as long as this."""
_ENTRY: Final = re.compile(rf"({'|'.join(FAMILIES)})-[0-9a-f]{{16}}(\.npz)?")
"""A folder of a version; with `.npz` a file as the first versions kept it."""


def cache_folder() -> Path:
    """Return the folder of this user in which made things are kept; `SONAE_CACHE` names another. It need not exist."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Sonae" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "Sonae"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sonae"


def used(path: Path) -> None:
    """Note that a kept file was used now."""
    with contextlib.suppress(OSError):
        os.utime(path)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    used_s: float
    size: int


def tidy(root: Path | None = None, *, most_bytes: int = MOST_BYTES, now_s: float | None = None) -> list[Path]:
    """Let go of what is of an older version and of what is too much; return it. It raises nothing.

    Args:
        root: the cache's folder; None means the user's.
        most_bytes: what all families together may take.
        now_s: time of day, seconds since 1970; None takes the clock's.
    """
    now_s = time.time() if now_s is None else now_s
    entries = _entries(cache_folder() if root is None else root)
    newest: dict[str, tuple[float, Path]] = {}
    last = {entry: max((f.used_s for f in files), default=0.0) for entry, files in entries.items()}
    for entry, used_s in last.items():
        if entry.is_dir():
            family = entry.name.split("-")[0]
            newest[family] = max(newest.get(family, (-1.0, entry)), (used_s, entry))
    gone: list[Path] = []
    for entry in list(entries):
        current = newest.get(entry.name.split("-")[0], (0.0, entry))[1]
        if entry != current and now_s - last[entry] > IN_USE_S:
            gone += [f.path for f in entries.pop(entry)]
            _remove(entry)
    files = sorted((f for files in entries.values() for f in files), key=lambda f: (f.used_s, f.path))
    total = sum(f.size for f in files)
    for file in files:
        if total <= most_bytes:
            break
        total -= file.size
        gone.append(file.path)
        _remove(file.path)
    return gone


def _entries(root: Path) -> dict[Path, list[_File]]:
    """Return the folders of all versions with their files. What is no such folder is not ours."""
    found: dict[Path, list[_File]] = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(root):
            if _ENTRY.fullmatch(entry.name) is None or entry.is_symlink():
                continue
            path = Path(entry.path)
            found[path] = list(_files(path)) if entry.is_dir() else [f for f in [_file(entry)] if f is not None]
    return found


def _files(folder: Path) -> list[_File]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [f for f in map(_file, entries) if f is not None]
    return []


def _file(entry: os.DirEntry[str]) -> _File | None:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return None if entry.is_dir(follow_symlinks=False) else _File(Path(entry.path), state.st_mtime, state.st_size)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
