"""The server's own certificate: pinned by a fingerprint, whatever its address and dates; another one is told of."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drill.cli import main
from drill.record import pinning
from drill.record.api import CertificateError, ServerError, call
from drill.record.config import ConfigError, StationConfig, load_config, save_config
from drill.record.pinning import (
    asked_certificate,
    certificate_changed,
    fingerprint_of,
    grouped,
    pinned_certificate,
    pinned_context,
    read_fingerprint,
)
from drill.record.sockets import why
from drill.record.station import pair_station

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TODAY = dt.datetime.now(dt.UTC)


class Gym(BaseHTTPRequestHandler):
    """A server of a gym: pairs whoever comes and remembers what it was asked."""

    asked: list[tuple[str, str, bytes]] = []  # noqa: RUF012 - cleared by the fixture

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.path, self.headers.get("Authorization", ""), body))
        answer = {"device_id": "d", "device_key": "new", "city_public_key": KEY}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_POST = do_GET  # noqa: N815 - the name that the library calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def made(folder: Path, name: str, *, begins: int = -1, ends: int = 30) -> tuple[Path, Path]:
    """Make a certificate that is good from one day to another, and return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY + dt.timedelta(days=begins))
        .not_valid_after(TODAY + dt.timedelta(days=ends))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return file, key_file


@contextmanager
def serving(certificate: Path, key: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Gym)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that breaks off is meant here
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    Gym.asked.clear()


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A gym's server: its address and its certificate in PEM."""
    certificate, key = made(tmp_path, "gym")
    with serving(certificate, key) as address:
        yield address, certificate.read_text()


def test_a_fingerprint_is_read_as_it_is_written(tmp_path: Path) -> None:
    pem = made(tmp_path, "gym")[0].read_text()
    whole = fingerprint_of(pem)
    assert whole == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    lines = grouped(whole)
    assert [len(line) for line in lines] == [19, 19, 19, 19]
    assert read_fingerprint(" ".join(lines)) == whole
    assert read_fingerprint(lines[0]) == whole[:16]
    assert read_fingerprint(lines[0].replace(" ", ":").lower()) == whole[:16]


@pytest.mark.parametrize(("begins", "ends"), [(-30, -1), (1, 30)])
def test_a_clock_that_stands_wrong_shuts_nobody_out(tmp_path: Path, begins: int, ends: int) -> None:
    certificate, key = made(tmp_path, "gym", begins=begins, ends=ends)
    with serving(certificate, key) as address:
        assert call(address, "/", certificate=certificate.read_text())


def test_dates_count_where_no_pin_says_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what lets wrong dates pass is the flag that pinned certificates alone get."""
    certificate, key = made(tmp_path, "gym", begins=-30, ends=-1)
    monkeypatch.setattr(pinning, "NO_CHECK_TIME", ssl.VerifyFlags(0))
    pinned_context.cache_clear()
    try:
        with serving(certificate, key) as address, pytest.raises(CertificateError):
            call(address, "/", certificate=certificate.read_text())
    finally:
        pinned_context.cache_clear()


def test_another_certificate_is_told_of_and_nothing_is_sent(gym: tuple[str, str], tmp_path: Path) -> None:
    address, _ = gym
    other = made(tmp_path, "other")[0].read_text()
    config = StationConfig(address, "d", "secret", KEY, certificate=other)
    with pytest.raises(CertificateError, match="Nothing was sent") as refused:
        call(address, "/api/station/pass", body={}, authorization=config.authorization, certificate=other)
    assert "sonae-drill pin" in str(refused.value)
    assert "証明書" in str(refused.value)
    assert grouped(fingerprint_of(other))[0] in str(refused.value)
    assert Gym.asked == []
    broken = ssl.SSLCertVerificationError("certificate verify failed")
    assert why(config, broken) == certificate_changed(address, other) == str(refused.value)
    assert why(config, OSError("line down")) == "line down"


def test_whoever_compares_is_asked_for_what_stands_on_the_page(gym: tuple[str, str]) -> None:
    address, pem = gym
    first = grouped(fingerprint_of(pem))[0]
    asked: list[str] = []

    def typed(answer: str) -> Callable[[str], str]:
        return lambda text: asked.append(text) or answer  # type: ignore[func-returns-value]

    assert asked_certificate(address, typed(first)) == pem
    assert first not in asked[0], "it is not there to be copied"
    for wrong in ("", "yes", first[:4], "0000 0000 0000 0000"):
        with pytest.raises(ConfigError, match="fingerprint"):
            asked_certificate(address, typed(wrong))


def test_pairing_asks_only_where_it_must(gym: tuple[str, str], tmp_path: Path) -> None:
    address, pem = gym
    path = tmp_path / "station" / "station.json"
    with pytest.raises(CertificateError, match="nobody known"):
        pair_station(server=address, code="ABCD-EFGH", name="gym", path=path)
    assert not path.exists()
    first = grouped(fingerprint_of(pem))[0]
    config = pair_station(server=address, code="ABCD-EFGH", name="gym", path=path, ask=lambda _: first)
    assert config.certificate == pem
    assert [json.loads(body)["certificate"] for _, _, body in Gym.asked] == [fingerprint_of(pem)]
    again = pair_station(server=address, code="ABCD-EFGH", name="gym", path=path, fingerprint=first)
    assert again.certificate == pem


def test_a_renewed_certificate_is_pinned_anew(
    gym: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, pem = gym
    path = tmp_path / "station.json"
    old = made(tmp_path, "old")[0].read_text()
    save_config(path, StationConfig(address, "d", "k", KEY, "gym", certificate=old))
    assert main(["pin", "--server-config", str(path)]) == 1
    assert "--fingerprint" in capsys.readouterr().err
    wrong = ["pin", "--server-config", str(path), "--fingerprint", "00" * 32]
    assert main(wrong) == 1
    assert "another machine" in capsys.readouterr().err
    assert load_config(path).certificate == old
    assert main([*wrong[:-1], fingerprint_of(pem)]) == 0
    kept = load_config(path)
    assert (kept.certificate, kept.device_key) == (pem, "k")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_server_that_is_not_there_is_no_other_server() -> None:
    with pytest.raises(ConfigError, match="not reached"):
        pinned_certificate("https://127.0.0.1:1", "00" * 32)
    with pytest.raises(ServerError, match="not reached") as error:
        call("https://127.0.0.1:1", "/")
    assert not isinstance(error.value, CertificateError)
