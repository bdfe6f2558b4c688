from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
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
    assert main(here(tmp_path, "init", "--recovery-key", str(tmp_path / "stick.txt"))) == 0
    first = capsys.readouterr().out
    assert "gym-flood" in first
    assert "city.key" in first
    assert "first administrator" in first
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
    assert main(here(tmp_path, "init")) == 0
    second = capsys.readouterr().out
    kept = [line for line in first.splitlines() if "復旧鍵" not in line and "recovery key" not in line]
    assert second.splitlines()[:-1] == kept[:-1]  # the last line is the code, made anew while nobody used it
    assert second.splitlines()[-1] != kept[-1]


def test_the_first_administrators_code_is_shown_once_and_kept_as_a_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Requirement 13: no default password; a one-time code."""
    main(here(tmp_path, "init"))
    code = capsys.readouterr().out.splitlines()[-1].rpartition("/")[2].replace("-", "")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "var").rglob("*") if path.is_file())
    assert code.encode() not in kept


def test_a_private_key_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "stick.txt"
    file.write_text("the older key")
    assert main(here(tmp_path, "init", "--recovery-key", str(file))) == 1
    assert "never written over" in capsys.readouterr().err
    assert file.read_text() == "the older key"


def test_all_files_are_their_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    main(here(tmp_path, "init"))
    files = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_setting_that_is_wrong_is_named_without_its_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONAE_PORT", "hunter2")
    assert main(here(tmp_path, "init")) == 2
    said = capsys.readouterr().err
    assert "SONAE_PORT" in said
    assert "hunter2" not in said


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
def test_a_host_that_nobody_could_open_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    assert main(here(tmp_path, "serve", "--host", host)) == 2
    said = capsys.readouterr().err
    assert repr(host) in said
    assert "SONAE_ALLOWED_HOSTS" in said
    assert not (tmp_path / "var").exists()


def test_a_database_of_a_newer_sonae_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(here(tmp_path, "migrate"))
    database = Database(Settings(data_dir=tmp_path / "var", database_url=""))
    with database.session() as db:
        db.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    database.close()
    assert main(here(tmp_path, "serve", "--port", "0")) == 2
    assert "update Sonae" in capsys.readouterr().err


class Served:
    """A server in a process of its own."""

    def __init__(self, data_dir: Path, *more: str, **settings: str) -> None:
        call = [sys.executable, "-m", "server.cli", "--data-dir", str(data_dir), "serve", *more]
        environment = os.environ | {f"SONAE_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.process = process
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
            if found := re.match(r"Sonae: (https?://\S+)/", line):
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
    assert {"at", "level", "logger", "message"} <= json.loads(served.log[0]).keys()


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        call = [sys.executable, "-m", "server.cli", "--data-dir", str(tmp_path / "var"), "serve", "--port", port]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"could not start on port {port}" in done.stderr


def machine_address() -> str:
    """Return an address of this machine beyond loopback; the test skips where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # nothing is sent: the system only picks the way
        except OSError:
            pytest.skip("this machine has no address beyond loopback")
        return str(asking.getsockname()[0])


def test_beyond_loopback_only_tls_is_spoken(tmp_path: Path) -> None:
    """Requirement 32: the server's own certificate, which a client can pin; plain HTTP finds nobody."""
    address = machine_address()
    server = Served(tmp_path / "var", "--port", "0", "--host", address, allowed_hosts=json.dumps([address]))
    try:
        assert server.address.startswith(f"https://{address}:")
        fingerprint = server.lines.readline().partition(": ")[2].replace(" ", "").strip().lower()
        context = ssl.create_default_context(cafile=tmp_path / "var" / "keys" / "tls.crt")
        with urllib.request.urlopen(f"{server.address}/api/health", context=context) as answer:
            assert answer.read() == b'{"status":"ok"}'
            assert answer.headers["Strict-Transport-Security"]
        port = int(server.address.rpartition(":")[2])
        shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((address, port)))
        assert hashlib.sha256(shown).hexdigest() == fingerprint
        with pytest.raises((urllib.error.URLError, OSError)):
            urllib.request.urlopen(f"http://{address}:{port}/api/health")
    finally:
        assert server.stop() in (0, -signal.SIGTERM)


def test_behind_a_proxy_others_are_refused(tmp_path: Path) -> None:
    address = machine_address()
    given = {"allowed_hosts": json.dumps([address]), "trusted_proxies": json.dumps(["192.0.2.10/32"])}
    server = Served(tmp_path / "var", "--port", "0", "--host", address, **given)
    try:
        assert server.address.startswith(f"http://{address}:")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.address}/api/health")
        assert refused.value.code == 403
        refused.value.close()
    finally:
        assert server.stop() in (0, -signal.SIGTERM)


def test_behind_a_proxy_the_proxy_is_let_in_and_its_tls_is_ours(tmp_path: Path) -> None:
    address = machine_address()
    given = {"allowed_hosts": json.dumps([address]), "trusted_proxies": json.dumps([f"{address}/32"])}
    server = Served(tmp_path / "var", "--port", "0", "--host", address, **given)
    try:
        asked = urllib.request.Request(f"{server.address}/api/health", headers={"X-Forwarded-Proto": "https"})
        with urllib.request.urlopen(asked) as answer:
            assert answer.headers["Strict-Transport-Security"]
    finally:
        assert server.stop() in (0, -signal.SIGTERM)
