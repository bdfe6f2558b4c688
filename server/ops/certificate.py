"""The certificate that the server shows: the city's own files, or one that the server makes for itself.

A gym's network has no authority that could sign one, so that stations pin the fingerprint when they pair. It is made
once and for long: a new one asks every station to pair again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.columns import now
from server.ops.private_file import create_private, read_private
from server.settings import LOOPBACK, Settings

YEARS: Final = 10
_EARLIER: Final = dt.timedelta(days=1)
"""A station's clock may be behind."""


class CertificateError(RuntimeError):
    """A certificate or its key cannot be read, or they do not belong together."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and where it lies.

    Attributes:
        file: PEM file of the certificate, with its chain if it has one.
        key_file: PEM file of its private key.
        fingerprint: SHA-256 over the certificate (DER), 64 hexadecimal digits: what a station pins.
        names: names and addresses that it was made for.
        ends_at: when it ends.
        own: whether the server made it for itself.
    """

    file: Path
    key_file: Path
    fingerprint: str
    names: frozenset[str]
    ends_at: dt.datetime
    own: bool

    @property
    def shown(self) -> str:
        """The fingerprint as people compare it: 16 groups of four."""
        return " ".join(self.fingerprint[at : at + 4].upper() for at in range(0, 64, 4))


def is_loopback(host: str) -> bool:
    """Tell whether an address to bind to is reached from this machine alone."""
    return host in (*LOOPBACK, "::1")


def serves_tls(settings: Settings) -> bool:
    """Tell whether the server speaks TLS itself: beyond this machine unless a named proxy does, and where asked to."""
    asked = settings.tls or settings.tls_certificate is not None
    return asked or not (is_loopback(settings.host) or settings.trusted_proxies)


def certificate_of(settings: Settings) -> Certificate:
    """Return the certificate that the server shows: the files named in the settings, else its own, made at need.

    Raises:
        CertificateError: a file is missing or damaged, or certificate and key do not belong together.
        KeyFileError: others may read the private key.
    """
    if settings.tls_certificate is None and settings.tls_key is None:
        return own_certificate(settings)
    if settings.tls_certificate is None or settings.tls_key is None:
        msg = "tls_certificate and tls_key belong together: set both, or neither to use the server's own certificate"
        raise CertificateError(msg)
    return _read(settings.tls_certificate, settings.tls_key, own=False)


def own_certificate(settings: Settings) -> Certificate:
    """Return the server's own certificate; it is made at the first call.

    Raises:
        CertificateError: its file is damaged.
    """
    folder = settings.data_dir / "keys"
    file, key_file = folder / "tls.crt", folder / "tls.key"
    if not file.exists():
        settings.make_data_dir()
        _make(file, key_file, wanted_names(settings))
    return _read(file, key_file, own=True)


def wanted_names(settings: Settings) -> list[str]:
    """Return the names and addresses that the own certificate is made for."""
    public = settings.public_url.partition("://")[2].rpartition(":")[0] or settings.public_url.partition("://")[2]
    bound = [] if is_loopback(settings.host) or settings.host in ("0.0.0.0", "::") else [settings.host]  # noqa: S104 - compared, not bound
    names = [*settings.tls_names, *bound, public, *settings.allowed_hosts, *LOOPBACK, "::1", socket.gethostname()]
    return list(dict.fromkeys(name.strip("[]") for name in names if name and "*" not in name))


def lacking_names(certificate: Certificate, names: Sequence[str]) -> list[str]:
    """Return the names that a certificate was not made for."""
    wild = tuple(name[1:] for name in certificate.names if name.startswith("*."))
    return [
        name
        for name in (name.strip("[]") for name in names)
        if name not in certificate.names and "." + name.partition(".")[2] not in wild
    ]


def _make(file: Path, key_file: Path, names: Sequence[str]) -> None:
    # The key first: when a power cut comes between the two, the next start makes the certificate for this key.
    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    create_private(key_file, pem.decode("ascii"))
    key = load_pem_private_key(read_private(key_file).encode("ascii"), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        msg = f"{key_file} is no key on an elliptic curve; move it away, and start again to have one made"
        raise CertificateError(msg)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sonae")])
    begins = now() - _EARLIER
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    create_private(file, certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def _read(file: Path, key_file: Path, *, own: bool) -> Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = load_pem_private_key(read_private(key_file).encode("ascii"), None)
    except FileNotFoundError as error:
        msg = f"{error.filename} is not there: put the certificate and its key where the settings say"
        raise CertificateError(msg) from None
    except (ValueError, TypeError):
        msg = f"{file} or {key_file} is no PEM file of a certificate and of its key without a pass phrase"
        raise CertificateError(msg) from None
    public = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*public) != certificate.public_key().public_bytes(*public):
        msg = f"{key_file} is not the key of the certificate {file}"
        raise CertificateError(msg)
    return Certificate(
        file=file,
        key_file=key_file,
        fingerprint=hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest(),
        names=frozenset(_names(certificate)),
        ends_at=certificate.not_valid_after_utc,
        own=own,
    )


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]
