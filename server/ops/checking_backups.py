"""Looks at backups: whether there can be any, how old the last is, and whether a copy lies elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.columns import now
from server.ops.backup import last_made_at
from server.ops.findings import Finding, finding
from server.ops.private_file import KeyFileError
from server.ops.recovery import RecoveryKeyError, recovery_key
from server.settings import Settings

GRACE: Final = 2
"""A backup is old after so many times its interval."""


def check_backups(settings: Settings) -> Iterator[Finding]:
    """Yield what is unsafe about backups and about the copies that must lie elsewhere."""
    key = None
    with suppress(RecoveryKeyError, KeyFileError):  # told by the look at the keys
        key = recovery_key(settings)
        if key is None:
            yield finding("no-recovery-key")
    if key is not None:
        yield from _age(settings)
    yield from _copies(settings)
    if settings.audit_head_dir is None:
        yield finding("audit-head-nowhere")


def _age(settings: Settings) -> Iterator[Finding]:
    if settings.backup_hours == 0:
        yield finding("backup-off")
    last = last_made_at(settings)
    if last is None:
        yield finding("backup-none")
        return
    hours = (now() - last).total_seconds() / 3600
    if hours > GRACE * (settings.backup_hours or 24):
        yield finding("backup-old", hours=round(hours))


def _copies(settings: Settings) -> Iterator[Finding]:
    place = settings.backup_copy_dir
    if place is None:
        yield finding("backup-no-copy")
    elif not place.is_dir() or not os.access(place, os.W_OK):
        yield finding("backup-copy-gone", path=place)
    elif _same_disk(place, settings.data_dir):
        yield finding("backup-copy-near", path=place)


def _same_disk(one: Path, other: Path) -> bool:
    return other.exists() and one.stat().st_dev == other.stat().st_dev
