"""The key of a room: from the day's bundle, or from a file that was carried there on a USB stick."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import Final

from drill.record.config import ConfigError
from drill.session.roomcall import KEY_BYTES
from drill.session.station import StationRun, room_key_of_day

HEX: Final = 2 * KEY_BYTES


def room_key(args: argparse.Namespace, station: StationRun | None) -> bytes | None:
    """Return the key that the command line names, else the day's; None: this station hears no room.

    Raises:
        ConfigError: the file that is named holds no key.
    """
    named: Path | None = getattr(args, "room_key", None)
    if named is not None:
        return read_room_key(named)
    if station is None:
        return None
    text = room_key_of_day(station.config, folder=station.config_file.parent)
    return _key(text, "the day's bundle") if text else None


def read_room_key(path: Path) -> bytes:
    """Return the key in a file. Raise ConfigError when there is none, or others may read it."""
    try:
        mode, text = path.stat().st_mode, path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} is no room's key: {error}; make one with sonae-drill room-key {path}"
        raise ConfigError(msg) from error
    if sys.platform != "win32" and mode & 0o077:
        msg = f"{path} can stop every station of a room and others may read it (mode {mode & 0o777:o}): chmod 600"
        raise ConfigError(msg)
    return _key(text.strip(), str(path))


def room_key_command(args: argparse.Namespace) -> int:
    """Make a new room's key in a file; exit code 0, or 1 with the reason on standard error."""
    try:
        descriptor = os.open(args.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        sys.stderr.write(f"{args.path} cannot be made: {error.strerror}; a key is never written over\n")
        return 1
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
    sys.stdout.write(f"{args.path}: carry it to every station of the room and name it there by --room-key\n")
    return 0


def _key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        msg = f"{where}: a room's key has {HEX} hexadecimal digits, this one is {len(text)} characters long"
        raise ConfigError(msg)
    return key
