"""Every judged row of the reference tables holds."""

from __future__ import annotations

import pytest
from tables import LONG, QUICK, Row, near, within


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
