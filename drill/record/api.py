"""The few HTTP calls of a station: pairing, socket passes, a new key, consents, the day's bundle."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from drill.record.config import StationConfig, is_loopback, read_server
from drill.record.pinning import certificate_changed, fingerprint_of, pinned_context

TIMEOUT_S: Final = 10.0
MAX_REPLY: Final = 32 * 1024 * 1024


class ServerError(RuntimeError):
    """The server did not do what was asked. `status` is that of HTTP, 0 when it was not reached."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class DeviceRefusedError(ServerError):
    """The server does not know this device, or not any more: it must be paired again."""


class CertificateError(ServerError):
    """The server shows another certificate than the one that is pinned, or one that nobody known has signed."""


class Paired(msgspec.Struct, frozen=True):
    """The server's answer to pairing."""

    device_id: str
    device_key: str
    city_public_key: str
    server_time: str = ""
    public_url: str = ""


class SocketPass(msgspec.Struct, frozen=True):
    """A pass that opens one socket once."""

    token: str = msgspec.field(name="pass")
    expires_in: float = 60.0


class _NewKey(msgspec.Struct, frozen=True):
    device_key: str


def pair(server: str, code: str, name: str, *, certificate: str = "") -> StationConfig:
    """Pair with a server by the short code that it shows, and return the station's configuration.

    Raises:
        ConfigError: the address is not allowed.
        CertificateError: its certificate is unknown.
        ServerError: the server was not reached or refuses the code.
    """
    address = read_server(server)
    body = {"code": code, "name": name}
    if certificate:
        body["certificate"] = fingerprint_of(certificate)
    reply = call(address, "/api/station/pair", body=body, certificate=certificate)
    paired = _decoded(reply, Paired, "pairing")
    config = StationConfig(
        address,
        paired.device_id,
        paired.device_key,
        paired.city_public_key,
        name,
        certificate=certificate,
        public_url=paired.public_url,
    )
    _ = config.city_key
    return config


def socket_pass(config: StationConfig, purpose: str) -> str:
    """Return a fresh pass for the `control` or `upload` socket. Raise ServerError or DeviceRefusedError."""
    reply = call(
        config.server,
        "/api/station/pass",
        body={"purpose": purpose},
        authorization=config.authorization,
        certificate=config.certificate,
    )
    granted: SocketPass = _decoded(reply, SocketPass, "a socket pass")
    return granted.token


def new_key(config: StationConfig, *, only_if_due: bool) -> str:
    """Return a new key for this device, "" when none is due. Raise ServerError or DeviceRefusedError."""
    reply = call(
        config.server,
        "/api/station/key",
        body={"only_if_due": only_if_due},
        authorization=config.authorization,
        certificate=config.certificate,
    )
    given: _NewKey = _decoded(reply, _NewKey, "a new key")
    return given.device_key


def tell_withdrawn(config: StationConfig, run_id: str, version: str) -> None:
    """Tell the server that who played a run took the consent back. Raise ServerError or DeviceRefusedError."""
    told = {"kind": "run", "subject": run_id, "purpose": "recording", "version": version, "given": False}
    call(
        config.server,
        "/api/station/consent",
        body=told,
        authorization=config.authorization,
        certificate=config.certificate,
    )


def bundle(config: StationConfig) -> Any:
    """Return the day's bundle. Raise ServerError or DeviceRefusedError."""
    reply = call(
        config.server, "/api/station/bundle", authorization=config.authorization, certificate=config.certificate
    )
    return _decoded(reply, Any, "the bundle")


def call(server: str, path: str, *, body: object = None, authorization: str = "", certificate: str = "") -> bytes:
    """Send a JSON body (POST) or nothing (GET) and return the reply's bytes.

    Redirects are not followed: they would carry the device's key to another place.

    Raises:
        CertificateError: the server shows another certificate than it should; nothing was sent.
        ServerError: not reached, or a status other than 2xx; DeviceRefusedError for 401 to a device's key.
    """
    server = read_server(server)
    headers = {"Accept": "application/json", "User-Agent": "sonae-drill"}
    if authorization:
        headers["Authorization"] = authorization
    data = None
    if body is not None:
        data = msgspec.json.encode(body)
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(server + path, data=data, headers=headers)  # noqa: S310  # read_server allows http(s)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if server.startswith("https://"):
        handlers.append(urllib.request.HTTPSHandler(context=pinned_context(certificate)))
    if is_loopback(urlsplit(server).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S) as reply:
            content: bytes = reply.read(MAX_REPLY + 1)
    except urllib.error.HTTPError as error:
        with error:
            detail = error.read(2000).decode("utf-8", "replace")
        msg = f"{server}{path}: {error.code} {error.reason}: {_reason(detail)}"
        if error.code == 401 and authorization:
            raise DeviceRefusedError(msg, status=401) from error
        raise ServerError(msg, status=error.code) from error
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
            raise CertificateError(certificate_changed(server, certificate)) from error
        msg = f"{server}{path} was not reached: {error}"
        raise ServerError(msg) from error
    if len(content) > MAX_REPLY:
        msg = f"{server}{path} answered more than {MAX_REPLY} bytes"
        raise ServerError(msg)
    return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _decoded(reply: bytes, kind: Any, what: str) -> Any:
    try:
        return msgspec.json.decode(reply, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        msg = f"the server's answer to {what} cannot be read: {error}"
        raise ServerError(msg) from error


def _reason(detail: str) -> str:
    """Return what the server says in words: English and Japanese of `error`, else the text itself."""
    try:
        error = msgspec.json.decode(detail, type=_Problem).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return detail[:300]
    return f"{error.en} {error.ja}"[:600]


class _Words(msgspec.Struct, frozen=True):
    ja: str = ""
    en: str = ""


class _Problem(msgspec.Struct, frozen=True):
    error: _Words
