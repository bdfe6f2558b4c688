"""`sonae-server audit-verify` and `audit-head`: the audit record, from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from server.audit import heads
from server.audit import service as audit
from server.db import Database
from server.settings import Settings


def add_parser(commands: Any) -> None:
    """Add `audit-verify` and `audit-head` to the command line."""
    verify = commands.add_parser("audit-verify", help="check the chain of the audit record")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="heads kept elsewhere, one a line")
    verify.set_defaults(act=_audit_verify)
    head = commands.add_parser("audit-head", help="print the audit record's head, to be kept elsewhere")
    head.set_defaults(act=_audit_head)


def _audit_head(_arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings)
    try:
        with database.reading() as db:
            print(heads.line_of(db))
    finally:
        database.close()
    return 0


def _audit_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    kept = heads.read(arguments.heads) if arguments.heads else {}
    database = Database(settings)
    try:
        with database.reading() as db:
            faults, head = audit.verify(db, heads=kept), audit.head(db)
    finally:
        database.close()
    if faults:
        print(f"the audit record does not hold at entries {faults}", file=sys.stderr)
        return 1
    print(f"the audit record is whole; head {head}")
    return 0
