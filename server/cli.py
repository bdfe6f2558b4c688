"""`sonae-server`: set up, serve and look after the server. Each feature brings its own commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from drill.scenario.loading import ScenarioError
from server.accounts import command as staff_command
from server.audit import command as audit_command
from server.audit import heads
from server.devices import command as devices_command
from server.drills import command as drills_command
from server.drills import service as drills
from server.migrations.applying import NewerDatabaseError
from server.ops import backup_command, doctor_command, house_command, incident_command, logs, serve_command
from server.ops.backup import BackupError
from server.ops.certificate import CertificateError
from server.ops.crate import CrateError
from server.ops.lock import AlreadyServedError
from server.ops.postgres import PostgresProgramError
from server.ops.private_file import KeyFileError
from server.ops.recovery import RecoveryKeyError
from server.ops.restore import RestoreError
from server.ops.snapshots import SnapshotError
from server.requests.tombstones import TombstoneFileError
from server.settings import Settings

PARTS: Final = (
    house_command,
    serve_command,
    doctor_command,
    backup_command,
    incident_command,
    staff_command,
    devices_command,
    drills_command,
    audit_command,
)
FAULTS: Final = (
    AlreadyServedError,
    BackupError,
    CertificateError,
    CrateError,
    heads.HeadsError,
    KeyFileError,
    NewerDatabaseError,
    OSError,
    PostgresProgramError,
    RecoveryKeyError,
    RestoreError,
    ScenarioError,
    SnapshotError,
    TombstoneFileError,
    drills.UnknownRowError,
)
"""What a person can mend: their message is all that is shown."""
OWNER_ALONE: Final = 0o077


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    before = os.umask(OWNER_ALONE)
    logs.to_stderr()
    arguments = _parser().parse_args(argv)
    act: Callable[[argparse.Namespace, Settings], int] = arguments.act
    try:
        return act(arguments, _settings(arguments))
    except ValidationError as error:
        print(f"sonae-server: {_faulty_settings(error)}", file=sys.stderr)
        return 2
    except FAULTS as error:
        print(f"sonae-server: {error}", file=sys.stderr)
        return 1
    finally:
        os.umask(before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sonae-server", description="The server of Sonae.")
    parser.add_argument("--data-dir", type=Path, help="where database, keys and scenarios live (SONAE_DATA_DIR)")
    parser.add_argument("--database-url", help="a PostgreSQL address, instead of the embedded SQLite")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in PARTS:
        part.add_parser(commands)
    return parser


def _settings(arguments: argparse.Namespace) -> Settings:
    names = ("data_dir", "database_url", "host", "port", "tls")
    given: dict[str, Any] = {name: getattr(arguments, name, None) for name in names}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _faulty_settings(error: ValidationError) -> str:
    """Name the settings that are wrong and the rule that each breaks, never their values: one may be a password."""
    if error.title != Settings.__name__:
        raise error
    lines = [f"SONAE_{'__'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()]
    return "設定に誤りがあります。 These settings are not right:\n  " + "\n  ".join(lines)


if __name__ == "__main__":
    sys.exit(main())
