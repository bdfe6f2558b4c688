"""How quick pages stay while many people sign in, or one tries passwords: prints one JSON object a line.

A real server in a process of its own; a page of staff is asked for again and again, in turns with nothing beside it
and with sign-ins beside it. Each sign-in hashes one password (an unknown login costs as much as a known one). The
ratio of the medians is the result; it shows the worst of a rush, as the sign-ins never pause.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from server.access.enforcing import COOKIE
from server.accounts import members, sign_ins
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = "/days"
TARGET: Final = 2.0
UNLIMITED: Final = {"sign_in.address": "100000000/hour", "sign_in.account": "100000000/hour"}
_serial = itertools.count()


def prepare(folder: Path) -> str:
    """Make a database with one instructor who is signed in; return their cookie."""
    settings = Settings(data_dir=folder, database_url="")
    database = Database(settings)
    try:
        migrate(database)
        with database.session() as db:
            one = members.add(db, login="bench@city.example", name="髙﨑", department="", actor="bench")
            members.put_rights(db, one, roles=["instructor"], department="", enabled=True, actor="bench")
            return f"{COOKIE}={sign_ins.sign_in_staff(db, settings, one, method='totp')}"
    finally:
        database.close()


@contextmanager
def served(folder: Path, *, workers: int) -> Iterator[int]:
    """Serve it without limits of tries; yield the port."""
    settings = {"SONAE_RATE_LIMITS": json.dumps(UNLIMITED), "SONAE_PASSWORD_WORKERS": str(workers)}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("ingest_server.py")), "sonae", str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def page_ms(connection: http.client.HTTPConnection, cookie: str) -> float:
    """Ask for the page; return how long it took. Raise RuntimeError when it was not the page."""
    began = time.perf_counter()
    connection.request("GET", PAGE, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        msg = f"{PAGE} answered {answer.status}"
        raise RuntimeError(msg)
    return 1000 * (time.perf_counter() - began)


class Rush:
    """People who sign in without a pause until `stop()`; a refusal because of a full queue counts as `busy`."""

    def __init__(self, port: int, people: int) -> None:
        self.done = 0
        self.busy = 0
        self._port = port
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._sign_in) for _ in range(people)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they began."""
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _sign_in(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._over.is_set():
            body = urllib.parse.urlencode({"login": f"x{next(_serial)}@city.example", "password": "not this one"})
            connection.request("POST", "/staff/signin", body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
            with self._lock:
                self.done += answer.status == 422
                self.busy += answer.status == 503
            if answer.status == 503:
                time.sleep(0.2)
        connection.close()


def measure(folder: Path, cookie: str, *, workers: int, people: int, rounds: int, pages: int) -> dict[str, Any]:
    """Return the figure of a server with so many workers: each round asks for pages without and with a rush."""
    idle: list[float] = []
    loaded: list[float] = []
    ratios: list[float] = []
    done, busy, took = 0, 0, 0.0
    with served(folder, workers=workers) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        for _ in range(30):
            page_ms(connection, cookie)
        for _ in range(rounds):
            quiet = [_spaced(connection, cookie) for _ in range(pages)]
            rush, began = Rush(port, people), time.perf_counter()
            time.sleep(0.3)
            beside = [_spaced(connection, cookie) for _ in range(pages)]
            rush.stop()
            took += time.perf_counter() - began
            done, busy = done + rush.done, busy + rush.busy
            idle += quiet
            loaded += beside
            ratios.append(statistics.median(beside) / statistics.median(quiet))
    ratio = statistics.median(ratios)
    return {
        "figure": "sign_in",
        "workers": workers,
        "people": people,
        "page_p50_ms": _at(loaded, 0.5),
        "page_p95_ms": _at(loaded, 0.95),
        "anchor": "the same page with nobody signing in",
        "anchor_p50_ms": _at(idle, 0.5),
        "anchor_p95_ms": _at(idle, 0.95),
        "ratio": round(ratio, 2),
        "ratio_of_p95": round(_at(loaded, 0.95) / _at(idle, 0.95), 2),
        "sign_ins_per_s": round(done / took, 1),
        "asked_to_wait": busy,
        "pages": len(loaded),
        "rounds": rounds,
    }


def _spaced(connection: http.client.HTTPConnection, cookie: str) -> float:
    """Ask for the page after a short pause, as a person does: back to back it would measure throughput."""
    time.sleep(0.02)
    return page_ms(connection, cookie)


def _at(values: list[float], part: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(part * len(values)))], 2)


def main() -> None:
    """Print the figure of the capped workers, with its target, and of eight workers to see what the cap is for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--people", type=int, default=12)
    options = parser.parse_args()
    for workers in (2, 8):
        with tempfile.TemporaryDirectory() as folder:
            cookie = prepare(Path(folder))
            figure = measure(
                Path(folder), cookie, workers=workers, people=options.people, rounds=options.rounds, pages=options.pages
            )
        if workers == 2:
            figure["target"] = TARGET
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
