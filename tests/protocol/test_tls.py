"""On a gym's network: TLS with a certificate that pairing pins, a key that changes, and a machine that is shut out."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import ssl
import time
import urllib.parse

import pytest

from drill.cli import main
from drill.record.api import DeviceRefusedError, ServerError, bundle, call, socket_pass
from drill.record.backoff import Backoff
from drill.record.batches import Batch
from drill.record.config import StationConfig, load_config
from drill.record.control import ControlLink
from drill.record.pinning import pinned_context
from drill.record.run import RunHeader
from drill.record.spool import Spool
from drill.record.spooled import run_folders

EMPTY = Batch("events", 0, 0, b"\x90")
DEADLINE_S = 5.0


def pair(server, path):
    code = server.pairing_code("体育館")
    words = ["pair", server.address, code, "--fingerprint", server.fingerprint, "--server-config", str(path)]
    assert main(words) == 0
    return load_config(path)


def spool_run(path, run_id):
    config = load_config(path)
    header = RunHeader(
        run_id=run_id,
        scenario="gym-flood",
        scenario_hash="ab" * 32,
        seed=1,
        build="test",
        profile="lab",
        device="test",
        locomotion="walked",
        started_at="2026-12-06T10:00:00+09:00",
        consent="station-2",
    )
    spool = Spool.create(path.parent / "spool", header, config.city_key, least_free_bytes=0)
    for _ in range(20):
        spool.append(EMPTY)
    spool.close()


@pytest.fixture
def station(gym, tmp_path):
    path = tmp_path / "station" / "station.json"
    pair(gym, path)
    return path


def test_everything_goes_over_the_pinned_line(gym, station):
    config = load_config(station)
    assert gym.address.startswith("https://")
    assert config.certificate.startswith("-----BEGIN CERTIFICATE-----")
    assert bundle(config)["format"] == "sonae-bundle/1"
    spool_run(station, "a1" * 16)
    assert main(["upload", "--server-config", str(station), "--no-progress"]) == 0
    assert gym.run("a1" * 16).state == "complete"
    link = ControlLink(config, lambda _: "", backoff=Backoff(first_s=0.05))
    link.start()
    try:
        until = time.monotonic() + 10
        while link.clock is None and time.monotonic() < until:
            time.sleep(0.02)
        assert link.connected
    finally:
        link.stop()


def test_nothing_goes_without_the_pin(gym, tmp_path, capsys):
    path = tmp_path / "station.json"
    words = ["pair", gym.address, gym.pairing_code("x"), "--server-config", str(path)]
    assert main(words) == 1
    assert "nobody known" in capsys.readouterr().err
    assert main([*words, "--fingerprint", "AB" * 32]) == 1
    assert "another machine" in capsys.readouterr().err
    plain = gym.address.replace("https://", "http://")
    with pytest.raises(ServerError):
        call(plain, "/api/health")
    assert not path.exists()


def test_a_renewed_certificate_stops_the_station_until_it_is_pinned(serving, tmp_path, capsys):
    data_dir, path = tmp_path / "server", tmp_path / "station" / "station.json"
    data_dir.mkdir()
    with serving(data_dir, "--tls") as first:
        before = pair(first, path)
        port = urllib.parse.urlsplit(first.address).port
    for file in ("tls.crt", "tls.key"):
        shutil.move(data_dir / "keys" / file, tmp_path / file)
    with serving(data_dir, "--tls", port=port) as second:
        assert second.address == first.address
        with pytest.raises(ServerError, match="sonae-drill pin"):
            socket_pass(before, "upload")
        spool_run(path, "b1" * 16)
        assert len(run_folders(path.parent / "spool")) == 1
        assert main(["pin", "--server-config", str(path), "--fingerprint", second.fingerprint]) == 0
        assert main(["upload", "--server-config", str(path), "--no-progress"]) == 0
        assert second.run("b1" * 16).state == "complete"
        after = load_config(path)
        assert (after.device_key, after.certificate == before.certificate) == (before.device_key, False)
    capsys.readouterr()


def test_a_key_that_is_due_is_changed_at_the_end_of_an_upload(gym, station):
    before = load_config(station)
    gym.want_new_key(before.device_id)
    for run_id in ("c1" * 16, "c2" * 16):
        spool_run(station, run_id)
        assert main(["upload", "--server-config", str(station), "--no-progress"]) == 0
        assert gym.run(run_id).state == "complete"
    after = load_config(station)
    assert after.device_id == before.device_id
    assert after.device_key != before.device_key
    assert station.stat().st_mode & 0o777 == 0o600
    assert socket_pass(before, "upload"), "for an hour, for what still runs with it"


def opened(config: StationConfig, path: str, purpose: str) -> ssl.SSLSocket:
    """Open a WebSocket by hand and return its line: nothing answers there but what a test says."""
    parts = urllib.parse.urlsplit(config.server)
    token = socket_pass(config, purpose)
    line = pinned_context(config.certificate).wrap_socket(socket.create_connection((parts.hostname, parts.port)))
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: SocketPass {token}\r\n\r\n"
    )
    line.sendall(request.encode())
    line.settimeout(DEADLINE_S + 5)
    head = b""
    while b"\r\n\r\n" not in head:
        head += line.recv(4096)
    assert head.startswith(b"HTTP/1.1 101")
    return line


def closed_after(line: ssl.SSLSocket, began: float) -> tuple[float, int]:
    """Read without a word until the server ends the WebSocket; return after how many seconds, and its code."""
    said = b""
    while (at := said.find(b"\x88")) < 0 or len(said) < at + 4:
        part = line.recv(4096)
        assert part, "the line broke without a word"
        said += part
    return time.monotonic() - began, int.from_bytes(said[at + 2 : at + 4], "big")


def test_a_machine_that_is_shut_out_is_cut_off_within_five_seconds(gym, station):
    """Both its sockets end, also that which has said nothing yet; then its key opens nothing more."""
    config = load_config(station)
    lines = [opened(config, "/ws/station", "control"), opened(config, "/ws/upload", "upload")]
    try:
        began = time.monotonic()
        gym.revoke(config.device_id)
        for line in lines:
            seconds, code = closed_after(line, began)
            assert code == 4403
            assert seconds < DEADLINE_S
    finally:
        for line in lines:
            line.close()
    for ask in (lambda: socket_pass(config, "upload"), lambda: bundle(config)):
        with pytest.raises(DeviceRefusedError):
            ask()


def test_a_machine_that_is_not_shut_out_stays(gym, station):
    """The control: what cut the line above was the revocation."""
    config = load_config(station)
    line = opened(config, "/ws/station", "control")
    line.settimeout(1.0)
    began = time.monotonic()
    while time.monotonic() - began < DEADLINE_S - 1.5:
        try:
            part = line.recv(4096)
        except TimeoutError:
            continue
        assert part[:1] == b"\x89", "a ping at most"
    line.close()


def test_the_bundle_carries_no_key(gym, station):
    config = load_config(station)
    assert config.device_key not in json.dumps(bundle(config))
