"""Requirement 28: no cell of a file of ours is run as a formula; numbers stay numbers."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.spreadsheet import BOM, Cell, csv_bytes, neutral, plain, written

RUNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
CELL = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.none())


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+81-3", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\ufeff=1", "＝1", "＋1", "－1",
        "＠x", "−1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")',
    ],
)  # fmt: skip
def test_what_begins_as_a_formula_is_text(text: str) -> None:
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["", "髙﨑 𠮷田", "1=1", "a+b", "体育館（-1階）", "川原谷小学校"])
def test_other_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@given(TEXT)
@example("'=1")
@example("=1")
def test_each_text_comes_back(text: str) -> None:
    cell = neutral(text)
    assert plain(cell) == text
    assert not cell.startswith(RUNS)
    assert not cell.lstrip(" \u3000\ufeff\u200b").startswith(RUNS)


@given(
    st.lists(st.lists(st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.none()), min_size=2, max_size=4))
)
def test_a_file_is_read_back_by_csv(rows: list[list[Cell]]) -> None:
    made = csv_bytes(["番号", "=名前"], rows)
    assert made.startswith(BOM)
    read = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert read[0] == ["番号", "'=名前"]
    assert len(read) == len(rows) + 1
    for row, cells in zip(rows, read[1:], strict=True):
        for value, cell in zip(row, cells, strict=True):
            if isinstance(value, str):
                assert plain(cell) == value
            elif value is not None:
                assert type(value)(cell) == value


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-1.5, "-1.5"), (-3, "-3"), (True, "1"), (False, "0"), (None, ""), (dt.date(2026, 12, 6), "2026-12-06"), (0, "0")],
)
def test_numbers_stay_numbers(value: Cell, cell: str) -> None:
    assert written(value) == cell
