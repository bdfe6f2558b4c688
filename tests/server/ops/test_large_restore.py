"""A gigabyte is back within ten minutes, with those who were erased since erased again: on both engines."""

from __future__ import annotations

import importlib.util
import secrets
from pathlib import Path
from typing import Any

import psycopg
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "restore.py"
DEADLINE_S = 600.0
MIB = 1024


def trial() -> Any:
    spec = importlib.util.spec_from_file_location("bench_restore", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.trial


def test_a_few_megabytes_come_back_the_same_way(tmp_path: Path) -> None:
    """The quick slice of the long trial below."""
    trial()(tmp_path, 4)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_gigabyte_is_back_in_ten_minutes(tmp_path: Path) -> None:
    assert trial()(tmp_path, MIB)["restore, compared, erased"] < DEADLINE_S


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_gigabyte_is_back_in_ten_minutes_on_postgresql(tmp_path: Path, postgres: Any) -> None:
    names = [f"big_{secrets.token_hex(4)}" for _ in range(2)]
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    try:
        took = trial()(tmp_path, MIB, *map(postgres.url, names), postgres.binaries)
    finally:
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert took["restore, compared, erased"] < DEADLINE_S
