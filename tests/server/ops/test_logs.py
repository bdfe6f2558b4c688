"""Requirement 35: logs hold no name, mail, key or free text, and one record is one line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from server.ops.logs import JsonFormatter, TextFormatter, clean


def line(name: str, message: object, *given: object, error: BaseException | None = None) -> dict[str, Any]:
    info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, given, info)
    written = JsonFormatter().format(record)
    assert "\n" not in written
    assert "\n" not in TextFormatter().format(record)
    found: dict[str, Any] = json.loads(written)
    return found


def test_our_own_records_are_written_out() -> None:
    found = line("sonae.jobs", "job %s of kind %s failed (%s)", "a1b2", "analysis.run", "ValueError")
    assert found["message"] == "job a1b2 of kind analysis.run failed (ValueError)"
    assert (found["level"], found["logger"]) == ("ERROR", "sonae.jobs")


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        ("taro.yoshida@example.jp", "yoshida"),
        ("髙﨑 さくら", "髙﨑"),
        ("𠮷田", "𠮷"),
        ("3f-_Q9zDkPqTn8s7VbXw2LrYcAh5JmEuGi0oKd4WtRyU", "Q9zDk"),
    ],
)
def test_what_slips_into_our_own_is_masked(given: str, secret: str) -> None:
    found = line("sonae", "at %s", f"({given})")
    assert secret not in json.dumps(found, ensure_ascii=False)


def test_ids_and_hashes_stay_readable() -> None:
    assert clean("run 0123456789abcdef0123456789abcdef of " + "ab" * 32).count("[") == 0


@pytest.mark.parametrize("name", ["httpx", "uvicorn.error", "sqlalchemy.engine", "sonaeish"])
def test_of_others_the_template_alone_is_kept(name: str) -> None:
    found = line(name, 'HTTP Request: %s %s "%s"', "GET", "https://x.example/code?key=s3cr3t", "Taro")
    assert found["message"] == 'HTTP Request: %s %s "%s"'
    assert line(name, "Started server process [%d]", 7)["message"] == "Started server process [7]"


def test_an_object_as_message_is_named_by_its_kind() -> None:
    assert line("lib", ValueError("Taro"))["message"] == "ValueError"


def test_of_an_error_only_kind_and_place_are_kept() -> None:
    try:
        try:
            raise KeyError(*["髙﨑"])
        except KeyError as inner:
            raise ValueError(*["taro@example.jp"]) from inner
    except ValueError as error:
        found = line("sonae", "failed", error=error)
    assert found["error"] == ["ValueError", "KeyError"]
    assert found["where"][-1].endswith("test_of_an_error_only_kind_and_place_are_kept")
    assert "taro" not in json.dumps(found)


def test_of_what_others_made_up_the_first_line_is_kept() -> None:
    said = "Task exception was never retrieved\nfuture: <Task exception=ValueError('Taro')>"
    assert line("asyncio", said)["message"] == "Task exception was never retrieved"


def test_a_forged_line_stays_inside_its_own() -> None:
    found = line("sonae", 'x\n{"level": "INFO", "message": "all is well"}\r\n')
    assert found["message"].startswith("x\\n{")


SPEAKING = """
import logging, threading, warnings
from server.ops.logs import set_up
set_up("json")
warnings.warn("Taro")
def fail():
    raise ValueError("taro@example.jp")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
logging.getLogger("httpx").info("GET %s", "Taro")
fail()
"""


def test_errors_that_nobody_caught_and_warnings_go_the_same_way() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", SPEAKING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    lines = [json.loads(one) for one in done.stderr.splitlines()]
    assert [one["level"] for one in lines] == ["WARNING", "CRITICAL", "CRITICAL"]
    assert "taro" not in done.stderr.lower()
