"""The city's key pair: stations seal runs to the public half, only the server holds the private half."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from drill.record.sealing import CityKeys, new_city_keys, public_of
from server.settings import Settings


class KeyFileError(RuntimeError):
    """The key file is damaged or open to others. Without it no sealed run can be read, so it is never replaced."""


def key_file(settings: Settings) -> Path:
    """Return where the private key is kept."""
    return settings.data_dir / "keys" / "city.key"


def city_keys(settings: Settings) -> CityKeys:
    """Return the city's keys (private, public), made at the first call.

    Raises:
        KeyFileError: the file is not a key, or users other than its owner may read it.
    """
    path = key_file(settings)
    if not path.exists():
        settings.make_data_dir()
        _create(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        msg = f"{path} may be read by others (mode {mode:o}); set it to 600 and think about who read it"
        raise KeyFileError(msg)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        private = bytes.fromhex(text)
    except ValueError:
        private = b""
    if len(private) != 32:
        msg = f"{path} is not a key of 64 hexadecimal digits; put back the copy from your backup"
        raise KeyFileError(msg)
    return CityKeys(private, public_of(private))


def _create(path: Path) -> None:
    """Write a new key completely before it gets its name; when two do so at once, the first stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_city_keys().private.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
