"""PostgreSQL's own programs for dumping and loading, called without a password on the command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from server.settings import Settings

DEBIAN: Final = Path("/usr/lib/postgresql")
_VARIABLES: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
}


class PostgresProgramError(RuntimeError):
    """A program of PostgreSQL is missing, too old, or failed."""


def program(settings: Settings, name: str, *, at_least: int) -> str:
    """Return the path of one of PostgreSQL's programs of this major version or a later one.

    Raises:
        PostgresProgramError: there is none; says what to install.
    """
    if settings.postgres_programs is not None:
        places = [settings.postgres_programs / name]
    else:
        found = shutil.which(name)
        places = [Path(found)] if found else []
        places += sorted(DEBIAN.glob(f"*/bin/{name}"), reverse=True)
    versions = {place: _major(place) for place in places if place.exists()}
    for place, version in versions.items():
        if version >= at_least:
            return str(place)
    seen = ", ".join(f"{place} (version {version})" for place, version in versions.items()) or "none"
    msg = (
        f"the database runs PostgreSQL {at_least} and needs {name} of that version or a later one; found: {seen}. "
        f"Install postgresql-client-{at_least}, or name its folder in SONAE_POSTGRES_PROGRAMS"
    )
    raise PostgresProgramError(msg)


def run(settings: Settings, call: Sequence[str], *, database: str = "") -> None:
    """Run a program against the database of the settings, or against another one of the same server.

    Raises:
        PostgresProgramError: it failed; its own words are quoted without any row.
    """
    environment = _environment(settings)
    if database:
        environment["PGDATABASE"] = database
    done = subprocess.run(list(call), env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - a program found above
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line.lower()), done.stderr[-300:])
        msg = f"{Path(call[0]).name} ended with {done.returncode}: {first[:300]}"
        raise PostgresProgramError(msg)


def _environment(settings: Settings) -> dict[str, str]:
    """Return what the programs are told: the address by variables, which other users' `ps` does not show."""
    url = make_url(settings.sqlalchemy_url)
    given = {
        "host": url.host,
        "port": str(url.port) if url.port else None,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    } | {name: value for name, value in url.query.items() if isinstance(value, str)}
    told = {_VARIABLES[name]: value for name, value in given.items() if value and name in _VARIABLES}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PGAPPNAME": "sonae-backup", **told}


def _major(place: Path) -> int:
    shown = subprocess.run([str(place), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - PostgreSQL's own
    found = re.search(r"(\d+)(?:\.\d+|[a-z]+\d+)", shown)
    return int(found.group(1)) if found else 0
