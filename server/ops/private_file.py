"""Files that only the server's own user may read: keys. Written whole or not at all; not read when open to others."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class KeyFileError(RuntimeError):
    """A key file is damaged or open to others. What it locks cannot be read without it, so it is never replaced."""


def read_private(path: Path) -> str:
    """Return the text of a key file.

    Raises:
        KeyFileError: users other than its owner may read it.
        FileNotFoundError: it is not there.
    """
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        msg = f"{path} may be read by others (mode {mode:o}); set it to 600 and think about who read it"
        raise KeyFileError(msg)
    return path.read_text(encoding="utf-8", errors="replace")


def create_private(path: Path, text: str) -> bool:
    """Write a new key file completely before it gets its name; return False when one was there: the first stays."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _settle(path.parent)
    return True


def replace_private(path: Path, text: str) -> None:
    """Put a new key file in the place of an old one in one step."""
    _draft(path, text).replace(path)
    _settle(path.parent)


def _draft(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _settle(folder: Path) -> None:
    """Let the folder's entries survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
