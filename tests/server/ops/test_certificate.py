from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import socket
import ssl
import threading
from pathlib import Path

import pytest

from server.columns import now
from server.ops.certificate import (
    CertificateError,
    certificate_of,
    lacking_names,
    own_certificate,
)
from server.ops.private_file import KeyFileError
from server.settings import Settings


def made(tmp_path: Path, **given: object) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url="", **given)  # type: ignore[arg-type]


def test_the_own_certificate_is_made_once_and_lasts(tmp_path: Path) -> None:
    settings = made(tmp_path, allowed_hosts=("sonae.example.jp", "[::1]"), tls_names=("192.168.10.5",))
    first = own_certificate(settings)
    assert certificate_of(settings) == first
    assert first.own
    assert {"sonae.example.jp", "192.168.10.5", "127.0.0.1", "::1", "localhost"} <= first.names
    assert first.ends_at > now() + dt.timedelta(days=3600)
    assert first.key_file.stat().st_mode & 0o777 == 0o600
    assert len(first.shown) == 79


def test_the_fingerprint_is_what_a_client_sees(tmp_path: Path) -> None:
    found = own_certificate(made(tmp_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found.file, found.key_file)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with context.wrap_socket(listening.accept()[0], server_side=True):
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        client = ssl.create_default_context(cafile=found.file)
        with (
            socket.create_connection(listening.getsockname()) as plain,
            client.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            seen = secured.getpeercert(binary_form=True)
        thread.join()
    assert seen is not None
    assert hashlib.sha256(seen).hexdigest() == found.fingerprint


def test_a_power_cut_between_key_and_certificate_is_mended(tmp_path: Path) -> None:
    settings = made(tmp_path)
    first = own_certificate(settings)
    first.file.unlink()
    assert own_certificate(settings).fingerprint != first.fingerprint


def test_given_files_are_used(tmp_path: Path) -> None:
    own = own_certificate(made(tmp_path))
    given = made(tmp_path / "other", tls_certificate=own.file, tls_key=own.key_file)
    assert certificate_of(given).fingerprint == own.fingerprint
    assert not certificate_of(given).own


def test_half_a_setting_is_refused(tmp_path: Path) -> None:
    own = own_certificate(made(tmp_path))
    with pytest.raises(CertificateError, match="belong together"):
        certificate_of(made(tmp_path, tls_certificate=own.file))


def test_a_foreign_key_is_refused(tmp_path: Path) -> None:
    own, other = own_certificate(made(tmp_path / "a")), own_certificate(made(tmp_path / "b"))
    with pytest.raises(CertificateError, match="is not the key of"):
        certificate_of(made(tmp_path, tls_certificate=own.file, tls_key=other.key_file))


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    own = own_certificate(made(tmp_path))
    gone = tmp_path / "gone.pem"
    with pytest.raises(CertificateError, match=r"gone\.pem is not there"):
        certificate_of(made(tmp_path, tls_certificate=gone, tls_key=own.key_file))
    gone.write_text("no certificate")
    with pytest.raises(CertificateError, match=r"gone\.pem or .* is no PEM file"):
        certificate_of(made(tmp_path, tls_certificate=gone, tls_key=own.key_file))


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    own = own_certificate(made(tmp_path))
    copy = tmp_path / "open.key"
    shutil.copyfile(own.key_file, copy)
    copy.chmod(0o644)
    with pytest.raises(KeyFileError, match="mode 644"):
        certificate_of(made(tmp_path, tls_certificate=own.file, tls_key=copy))


def test_names_that_it_lacks_are_told(tmp_path: Path) -> None:
    own = own_certificate(made(tmp_path, allowed_hosts=("*.city.example.jp", "one.example.jp")))
    assert lacking_names(own, ["one.example.jp", "other.example.jp", "[::1]"]) == ["other.example.jp"]
