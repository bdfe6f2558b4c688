"""Every judged row of the reference tables holds."""

from __future__ import annotations

import pytest
from rows import Row, near, within
from tables import LONG, QUICK
from verify import PAGE, page_of


def failed(rows: list[Row]) -> list[Row]:
    assert rows
    return [row for row in rows if row.ok is False]


@pytest.mark.parametrize("name", QUICK)
def test_quick_tables(name: str) -> None:
    assert failed(QUICK[name]()) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", LONG)
def test_long_tables(name: str) -> None:
    assert failed(LONG[name]()) == []


def test_a_row_that_misses_is_caught() -> None:
    assert near("x", "y", published=1.0, ours=1.011, relative=0.01).ok is False
    assert near("x", "y", published=1.0, ours=1.009, relative=0.01).ok is True
    assert within("x", "y", low=0.0, high=1.0, ours=float("nan")).ok is False


def test_the_page_shows_the_rows_of_the_closed_forms() -> None:
    """`docs/verification.md` is the one that this code writes; crowds are left out, they take minutes."""
    page = PAGE.read_text(encoding="utf-8")
    quick = {name: make() for name, make in QUICK.items() if name != "Crowd"}
    for line in page_of(quick, left_out=[]).splitlines():
        if line.startswith("| "):
            assert line in page, f"docs/verification.md is out of date: run ./run verify. Missing: {line}"
