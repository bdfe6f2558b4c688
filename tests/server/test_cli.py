from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from server.cli import main
from server.db import Database
from server.devices import service
from server.settings import Settings


def here(tmp_path: Path, *command: str) -> list[str]:
    return ["--data-dir", str(tmp_path / "var"), *command]


def test_init_makes_everything_and_may_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(here(tmp_path, "init")) == 0
    first = capsys.readouterr().out
    assert "gym-flood" in first
    assert "city.key" in first
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
    assert main(here(tmp_path, "init")) == 0
    assert capsys.readouterr().out == first


def test_a_pairing_code_is_printed_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "migrate"))
    capsys.readouterr()
    assert main(here(tmp_path, "pair-code", "体育館 左")) == 0
    shown = capsys.readouterr()
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\n", shown.out)
    assert "15 minutes" in shown.err


def test_a_station_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "migrate"))
    assert main(here(tmp_path, "pair-code", "x", "--station", "nowhere")) == 1
    assert "no station 'nowhere'" in capsys.readouterr().err


def test_devices_are_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "migrate"))
    database = Database(Settings(data_dir=tmp_path / "var", database_url=""))
    with database.session() as db:
        code = service.new_pairing_code(db, database.settings, name="𠮷田")
        paired = service.pair(db, code=code)
    database.close()
    assert paired is not None
    capsys.readouterr()
    assert main(here(tmp_path, "devices")) == 0
    assert f"{paired.device.id}  active" in capsys.readouterr().out
    assert main(here(tmp_path, "devices", "--revoke", paired.device.id)) == 0
    assert "revoked" in capsys.readouterr().out
    assert main(here(tmp_path, "devices", "--revoke", paired.device.id)) == 1


def test_a_faulty_scenario_tells_its_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scenario.yaml").write_text("schema: sonae-scenario/1\n", encoding="utf-8")
    assert main(here(tmp_path, "import", "scenario", str(tmp_path))) == 1
    assert "scenario.yaml" in capsys.readouterr().err


def test_the_audit_record_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "init"))
    assert main(here(tmp_path, "audit-verify")) == 0
    assert "whole" in capsys.readouterr().out


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "example.jp"])
def test_only_loopback_is_served(tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str) -> None:
    assert main(here(tmp_path, "serve", "--host", host)) == 2
    said = capsys.readouterr().err
    assert repr(host) in said
    assert "loopback only" in said
    assert not (tmp_path / "var").exists()


def test_a_database_of_a_newer_sonae_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "migrate"))
    database = Database(Settings(data_dir=tmp_path / "var", database_url=""))
    with database.session() as db:
        db.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    database.close()
    assert main(here(tmp_path, "serve", "--port", "0")) == 1
    assert "update Sonae" in capsys.readouterr().err


class Served:
    """A server in a process of its own."""

    def __init__(self, data_dir: Path, *more: str) -> None:
        call = [sys.executable, "-m", "server.cli", "--data-dir", str(data_dir), "serve", *more]
        self.process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.lines: IO[str] = self.process.stdout
        self.log: list[str] = []
        self.reader = threading.Thread(target=self._read_log)
        self.reader.start()
        self.address = self._address()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self.log += self.process.stderr

    def _address(self) -> str:
        for line in self.lines:
            if found := re.match(r"Sonae: (http://\S+)/", line):
                return found.group(1)
        pytest.fail(f"the server did not start: {''.join(self.log)[-2000:]}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.reader.join()
        self.lines.close()
        if self.process.stderr is not None:
            self.process.stderr.close()
        return self.process.returncode


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "var", "--port", "0")
    yield server
    server.stop()


def test_serving_prints_the_address_answers_and_ends_cleanly(served: Served) -> None:
    assert served.address.startswith("http://127.0.0.1:")
    assert "Reachable from this computer only" in served.lines.readline()
    with urllib.request.urlopen(f"{served.address}/api/health") as answer:
        assert answer.read() == b'{"status":"ok"}'
        assert "server" not in {name.lower() for name in answer.headers}
    twice = subprocess.run(served.process.args, capture_output=True, text=True, timeout=60, check=False)
    assert twice.returncode == 1
    assert "already served" in twice.stderr
    assert served.stop() in (0, -signal.SIGTERM)
    assert not [line for line in served.log if "Traceback" in line or "ERROR" in line]


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        call = [sys.executable, "-m", "server.cli", "--data-dir", str(tmp_path / "var"), "serve", "--port", port]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"could not start on port {port}" in done.stderr
