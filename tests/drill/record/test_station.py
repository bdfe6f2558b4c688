"""The station's configuration and its HTTP calls: keys stay private, plain text stays at home, mistakes are named."""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from drill.record.api import DeviceRefusedError, ServerError, bundle, call, pair, socket_pass
from drill.record.config import (
    ConfigError,
    StationConfig,
    default_config_path,
    is_loopback,
    load_config,
    read_city_key,
    read_server,
    save_config,
)
from drill.record.pinning import pinned_certificate, pinned_context, tls_of

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
GOOD = {"server": "https://x", "device_id": "d", "device_key": "k", "city_public_key": KEY}
CONFIG = StationConfig("https://sonae.example", "d1", "secret", KEY, "gym")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://sonae.example", "https://sonae.example"),
        (" https://sonae.example:8443/ ", "https://sonae.example:8443"),
        ("http://127.0.0.1:8350", "http://127.0.0.1:8350"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_addresses(url, address):
    assert read_server(url) == address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://192.168.1.10:8350", "plain http"),
        ("http://sonae.example", "plain http"),
        ("http://127.0.0.1.sonae.example", "plain http"),
        ("http://localhost.sonae.example", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("ws://127.0.0.1", "not a server's address"),
        ("file:///etc/passwd", "not a server's address"),
        ("sonae.example", "not a server's address"),
        ("", "not a server's address"),
        ("https://a@sonae.example", "more than a host"),
        ("https://sonae.example/path", "more than a host"),
        ("https://sonae.example:99999", "not an address"),
    ],
)
def test_addresses_that_are_refused(url, says):
    with pytest.raises(ConfigError, match=says):
        read_server(url)


def test_loopback():
    assert is_loopback("127.8.8.8")
    assert not is_loopback("10.0.0.1")


def test_the_configuration_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "sonae" / "station.json"
    save_config(path, CONFIG)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_config(path) == CONFIG
    assert [p.name for p in path.parent.iterdir()] == ["station.json"]
    save_config(path, CONFIG)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_config(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "not paired"),
        ("", "not a station's configuration"),
        ('{"server": "https://x"}', "device_id"),
        (
            json.dumps({"server": "http://x.example", "device_id": "", "device_key": "", "city_public_key": KEY}),
            "plain",
        ),
        (json.dumps({"server": "https://x", "device_id": "", "device_key": "", "city_public_key": "AA=="}), "32 bytes"),
        (json.dumps({"server": "https://x", "device_id": "", "device_key": "", "city_public_key": KEY, "a": 1}), "`a`"),
    ],
)
def test_configurations_that_are_refused(tmp_path, content, says):
    path = tmp_path / "station.json"
    if content is not None:
        path.touch(0o600)
        path.write_text(content)
    with pytest.raises(ConfigError, match=says):
        load_config(path)


def test_small_parts(monkeypatch, tmp_path):
    assert read_city_key(KEY) == bytes(range(32))
    assert CONFIG.socket_url("/ws/upload") == "wss://sonae.example/ws/upload"
    assert StationConfig("http://[::1]:1", "", "", "").socket_url("/x") == "ws://[::1]:1/x"
    assert CONFIG.authorization == "Device d1.secret"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_config_path() == tmp_path / "sonae" / "station.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_config_path() == tmp_path / ".config" / "sonae" / "station.json"


def test_tls_trusts_what_was_pinned_or_the_system():
    assert tls_of(StationConfig("http://127.0.0.1", "", "", "")) is None
    usual = tls_of(CONFIG)
    assert usual is not None
    assert usual.check_hostname
    assert usual.verify_mode == ssl.CERT_REQUIRED
    with pytest.raises(ConfigError, match="pair this station again"):
        pinned_context("no certificate")


@pytest.mark.parametrize(
    ("server", "digits", "says"),
    [
        ("http://127.0.0.1", "ab" * 32, "only https"),
        ("https://x", "ab", "fingerprint"),
        ("https://x", "ab" * 33, "fingerprint"),
        ("https://x", "xy" * 32, "fingerprint"),
    ],
)
def test_fingerprints_that_are_none(server, digits, says):
    with pytest.raises(ConfigError, match=says):
        pinned_certificate(server, digits)


def self_signed(folder: Path, name: str) -> tuple[Path, Path, str]:
    """Return key, certificate and fingerprint of a server's own certificate."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate for this test, is not here")
    words = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=gym",
    ]
    subprocess.run(["openssl", *words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    return key, certificate, hashlib.sha256(der).hexdigest()


def test_a_server_with_its_own_certificate_is_pinned(tmp_path):
    """A gym's server has a certificate that no authority signed and whatever address the gym gives it."""
    key, certificate, fingerprint = self_signed(tmp_path, "gym")
    _, other, other_fingerprint = self_signed(tmp_path, "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"https://127.0.0.1:{server.server_address[1]}"
    Answers.answer = (200, b"{}")
    try:
        spaced = ":".join(fingerprint[i : i + 2] for i in range(0, 20, 2)).upper()
        pem = pinned_certificate(address, spaced)
        assert call(address, "/", certificate=pem) == b"{}"
        with pytest.raises(ConfigError, match="another machine; do not pair"):
            pinned_certificate(address, other_fingerprint)
        for wrong in ("", other.read_text()):
            with pytest.raises(ServerError, match="certificate"):
                call(address, "/", certificate=wrong)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Answers(BaseHTTPRequestHandler):
    """Answers each call with what the test wants."""

    answer: tuple[int, bytes] = (200, b"{}")
    asked: list[tuple[str, str, str]] = []  # noqa: RUF012  # cleared by the fixture

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        self.asked.append((self.path, self.headers.get("Authorization", ""), body))
        status, content = self.answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  # the name that the library calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    Answers.asked.clear()
    Answers.answer = (200, b"{}")
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pairing(web):
    Answers.answer = (
        200,
        json.dumps({"device_id": "d", "device_key": "k", "city_public_key": KEY, "more": 1}).encode(),
    )
    assert pair(web, "ABCD-EFGH", "gym") == StationConfig(web, "d", "k", KEY, "gym")
    assert Answers.asked == [("/api/station/pair", "", '{"code":"ABCD-EFGH","name":"gym"}')]


def test_passes_and_bundle(web):
    config = StationConfig(web, "d", "k", KEY)
    Answers.answer = (200, b'{"pass": "p1", "expires_in": 60}')
    assert socket_pass(config, "upload") == "p1"
    assert Answers.asked == [("/api/station/pass", "Device d.k", '{"purpose":"upload"}')]
    Answers.answer = (200, b'{"scenarios": []}')
    assert bundle(config) == {"scenarios": []}


def test_errors_in_the_servers_words(web):
    Answers.answer = (403, '{"error": {"code": "pairing", "ja": "期限切れ", "en": "Ask for a new one."}}'.encode())
    with pytest.raises(ServerError, match=r"Ask for a new one\. 期限切れ") as refused:
        pair(web, "x", "y")
    assert refused.value.status == 403
    Answers.answer = (500, b"<html>")
    with pytest.raises(ServerError, match="<html>"):
        pair(web, "x", "y")
    Answers.answer = (401, b"{}")
    with pytest.raises(DeviceRefusedError):
        socket_pass(StationConfig(web, "d", "k", KEY), "upload")
    for content in (b"", b"[]", b'{"pass": 3}', b"\xff"):
        Answers.answer = (200, content)
        with pytest.raises(ServerError, match="cannot be read"):
            socket_pass(StationConfig(web, "d", "k", KEY), "upload")


def test_a_city_key_that_is_none_is_not_kept(web):
    Answers.answer = (200, b'{"device_id": "d", "device_key": "k", "city_public_key": "AA=="}')
    with pytest.raises(ConfigError, match="32 bytes"):
        pair(web, "x", "y")


def test_the_key_follows_no_redirect(web):
    Answers.answer = (302, b"")
    with pytest.raises(ServerError, match="302"):
        socket_pass(StationConfig(web, "d", "k", KEY), "upload")
    assert [path for path, _, _ in Answers.asked] == ["/api/station/pass"]


def test_a_server_that_is_not_there():
    with pytest.raises(ServerError, match="was not reached") as error:
        call("http://127.0.0.1:1", "/")
    assert error.value.status == 0
