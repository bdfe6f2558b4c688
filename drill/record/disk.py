"""Disk: the few calls that differ between systems: syncing data and folders, locking a folder."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "in-use.lock"


def sync_data(descriptor: int) -> None:
    """Return when the file's bytes (and its length) are on the disk. Raise OSError when they are not."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415  # not on Windows

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    elif hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Return when names made or changed in `folder` are on the disk. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FolderLock:
    """Says that a process works in a folder. The system drops it when the process dies.

    Raises:
        BlockingIOError: another process, or another holder in this one, works there.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            msg = f"{folder} is in use by a running station"
            raise BlockingIOError(msg) from error

    def release(self) -> None:
        """Let the folder go. Does nothing the second time."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # only on Windows

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415  # not on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
