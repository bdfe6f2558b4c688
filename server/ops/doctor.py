"""The doctor: looks at an installation and says, in Japanese and English, what is unsafe and what mends it."""

from __future__ import annotations

from server.ops.checking_backups import check_backups
from server.ops.checking_database import check_database
from server.ops.checking_files import check_files
from server.ops.checking_network import check_network
from server.ops.findings import Finding
from server.settings import Settings


def examine(settings: Settings, *, deep: bool = True) -> list[Finding]:
    """Return what is unsafe, the refusals first; `deep` also reads the whole database and its audit record."""
    found = [
        *check_files(settings),
        *check_network(settings),
        *check_database(settings, deep=deep),
        *check_backups(settings),
    ]
    return sorted(found, key=lambda one: one.level != "refuse")


def refusals(settings: Settings) -> list[Finding]:
    """Return what must be mended before anything is served."""
    return [one for one in examine(settings, deep=False) if one.level == "refuse"]


def written(found: Finding) -> str:
    """Return a finding in three lines: what it is in Japanese and in English, and the command."""
    mark = "✕ 停止" if found.level == "refuse" else "△ 注意"
    return f"{mark} [{found.code}]\n  {found.ja}\n  {found.en}\n  → {found.remedy}"
