"""The list of requirements in docs/security.md: complete, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]*) ?\| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
STATES = ("held", "partly", "later")


class Row(NamedTuple):
    number: int
    requirement: str
    tests: list[tuple[str, str]]
    state: str


def rows(text: str) -> list[Row]:
    return [Row(int(m[1]), m[2].strip(), NAMED.findall(m[3]), m[4].strip()) for m in ROW.finditer(text)]


@lru_cache
def names_in(path: str) -> frozenset[str]:
    """Return the tests of a file, at its top or in a class of it."""
    file = ROOT / path
    if not file.exists():
        return frozenset()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, kinds))


def faults(text: str) -> list[str]:
    """Return what is wrong with a list."""
    found, known = [], rows(text)
    numbers = [row.number for row in known]
    if numbers != list(range(1, 44)):
        found.append(f"numbers 1 to 43 in order, not {numbers}")
    for row in known:
        state, _, why = row.state.partition(": ")
        if state not in STATES or (state != "held" and not why):
            found.append(f"{row.number}: state {row.state!r}")
        if not row.tests and state != "later":
            found.append(f"{row.number}: no test")
        found += [
            f"{row.number}: {path}::{name} is not there" for path, name in row.tests if name not in names_in(path)
        ]
    return found


def test_every_requirement_names_tests_that_are_there() -> None:
    assert faults(PAGE.read_text("utf-8")) == []


def test_a_gap_and_a_test_that_is_not_there_would_be_seen() -> None:
    text = PAGE.read_text("utf-8")
    assert faults(re.sub(r"^\| 7 \|.*\n", "", text, flags=re.MULTILINE))
    assert faults(text.replace("::test_a_row`", "::test_no_row`")) == [
        "2: tests/security/test_matrix.py::test_no_row is not there"
    ]
    assert faults(text.replace("| held |", "| perhaps |", 1)) == ["1: state 'perhaps'"]
