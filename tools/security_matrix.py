"""Adds rows for new addresses to the role matrix: `python -m tools.security_matrix`.

A row is written as the policy table reads it today and printed, to be read by a person: the file, not this tool, says
who may. Rows that are there are never changed; rows of addresses that are gone are named, and stay until somebody takes
them out.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "security"))

from house_routes import COLUMNS, MATRIX, Address, addresses, matrix  # noqa: E402 - the path comes first

from server.accounts.principal import NOBODY, ROLES, Principal  # noqa: E402 - the path comes first
from server.app import create_app  # noqa: E402 - the path comes first
from server.columns import now  # noqa: E402 - the path comes first
from server.settings import Settings  # noqa: E402 - the path comes first


def principals() -> dict[str, Principal]:
    """Return somebody of each column but device and stale."""
    at = now()
    staff = {role: Principal(kind="staff", id="s", roles=frozenset({role}), proved_at=at) for role in ROLES}
    every = Principal(kind="staff", id="s", roles=frozenset(ROLES), proved_at=at, limited=True)
    resident = Principal(kind="resident", id="p", proved_at=at)
    return {"nobody": NOBODY, "resident": resident, **staff, "limited": every}


def row_of(one: Address) -> dict[str, str]:
    """Return the row of an address as its policy reads today."""
    policy = one.policy
    audience = "anyone" if policy is None else policy.audience
    cells = {column: policy is None or policy.admits(who) for column, who in principals().items()}
    cells["device"] = audience in ("anyone", "device")
    may = [column for column in ("resident", *ROLES) if cells[column]]
    cells["stale"] = bool(may) and not (policy is not None and policy.fresh)
    said = {column: "allow" if cells[column] else "deny" for column in COLUMNS}
    return {"method": one.method, "path": one.path} | said


def main() -> None:
    """Write the rows that are missing."""
    with tempfile.TemporaryDirectory() as scratch:
        app = create_app(Settings(data_dir=Path(scratch), database_url=""))
        there = addresses(app)
        app.state.database.close()
    known = matrix() if MATRIX.exists() else {}
    new = [row_of(one) for one in there if one.name not in known]
    rows = [_written(name, cells) for name, cells in known.items()]
    with MATRIX.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("method", "path", *COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*rows, *new], key=lambda row: (row["path"], row["method"])))
    for row in new:
        sys.stdout.write(f"new, read it: {','.join(row.values())}\n")
    for name in sorted(known.keys() - {one.name for one in there}):
        sys.stdout.write(f"gone, take it out if that is meant: {name}\n")


def _written(name: str, cells: dict[str, bool]) -> dict[str, str]:
    method, _, path = name.partition(" ")
    return {"method": method, "path": path} | {column: "allow" if may else "deny" for column, may in cells.items()}


if __name__ == "__main__":
    main()
