"""Tables as files for the spreadsheet programs of an office.

A cell that begins as a formula would be run by them, so text that does so is given an apostrophe, which they hide
(OWASP, CSV injection). Numbers stay numbers, negative ones too. A byte order mark tells Excel that it is UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

Cell = str | int | float | bool | date | None
BOM: Final = b"\xef\xbb\xbf"
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "−", "＠", "'")
"""Beginnings that a program may take for a formula, full-width ones too; and the apostrophe itself, so that each text
can be told from the one it stands for."""

_SKIPPED: Final = " \u3000\ufeff\u200b\0"
"""What a program may skip before it looks."""


def neutral(text: str) -> str:
    """Return a text that no program runs: one that begins as a formula, also behind spaces, gets an apostrophe."""
    return f"'{text}" if text.lstrip(_SKIPPED).startswith(_RISKY) else text


def plain(cell: str) -> str:
    """Return the text that `neutral` was given."""
    return cell.removeprefix("'")


def written(value: Cell) -> str:
    """Return how a value stands in a cell: numbers as they are, a truth as 1 or 0, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    return value.isoformat() if isinstance(value, date) else neutral(value)


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV: UTF-8 with byte order mark, CR LF, commas (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in head])
    writer.writerows([written(value) for value in row] for row in rows)
    return BOM + text.getvalue().encode()
