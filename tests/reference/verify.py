"""Work out the published reference tables and write `docs/verification.md`.

`python tests/reference/verify.py` takes some minutes; `--quick` leaves out the large crowds and says so.
The page is the same whenever the code is: no time, machine or version stands in it. Exit status 1 when a row fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from rows import Row
from tables import LONG, QUICK

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verification.md"
HEAD = """# Verification

Published values beside ours, written by `./run verify`. A row passes when ours lies within the stated tolerance or
range; a row marked "reported" is shown and not judged, because no tolerance is published or because two sources
contradict each other. The time gap of the crowd profile `imo` was calibrated to the cap of IMO 4; other seeds than
those judge it here. The crowd is played with fixed seeds. The code behind every row stands in
`tests/reference/`; the tests judge the same rows.
"""
LEFT_OUT = "\nLeft out by `--quick`: {names}.\n"


def page_of(tables: Mapping[str, list[Row]], *, left_out: list[str]) -> str:
    """Return the page."""
    lines = [HEAD]
    judged = [row for rows in tables.values() for row in rows if row.ok is not None]
    lines.append(f"{sum(bool(row.ok) for row in judged)} of {len(judged)} judged rows pass.\n")
    for name, rows in tables.items():
        lines.append(f"## {name}\n")
        lines.append("| test | source | published | ours | tolerance | result |")
        lines.append("|---|---|---|---|---|---|")
        for row in rows:
            result = {True: "pass", False: "**FAIL**", None: "reported"}[row.ok]
            lines.append(f"| {row.test} | {row.source} | {row.published} | {row.ours} | {row.tolerance} | {result} |")
        lines.append("")
    if left_out:
        lines.append(LEFT_OUT.format(names=", ".join(left_out)))
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the page and return the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/verification.md from the reference tables.")
    parser.add_argument("--quick", action="store_true", help="leave out the large crowds")
    parser.add_argument("--out", type=Path, default=PAGE, help="where to write the page")
    chosen = parser.parse_args(arguments)
    work = QUICK if chosen.quick else QUICK | LONG
    tables = {}
    for name, make in work.items():
        sys.stderr.write(f"{name} ...\n")
        tables[name] = make()
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(page_of(tables, left_out=list(LONG) if chosen.quick else []), encoding="utf-8")
    failed = [row for rows in tables.values() for row in rows if row.ok is False]
    for row in failed:
        sys.stderr.write(f"FAIL {row.test}: published {row.published}, ours {row.ours} ({row.tolerance})\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
