"""The city's key pair: stations seal runs to the public half, only the server holds the private half."""

from __future__ import annotations

from pathlib import Path

from drill.record.sealing import CityKeys, new_city_keys, public_of
from server.ops.private_file import KeyFileError, create_private, read_private
from server.settings import Settings

__all__ = ["KeyFileError", "city_keys", "key_file"]


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
        create_private(path, new_city_keys().private.hex() + "\n")
    try:
        private = bytes.fromhex(read_private(path).strip())
    except ValueError:
        private = b""
    if len(private) != 32:
        msg = f"{path} is not a key of 64 hexadecimal digits; put back the copy from your backup"
        raise KeyFileError(msg)
    return CityKeys(private, public_of(private))
