"""The station's configuration: which server it is paired with, its key, and the city's public key."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from drill.record.sealing import KEY_BYTES

CONFIG_NAME: Final = "station.json"
SPOOL_NAME: Final = "spool"


class ConfigError(ValueError):
    """The configuration cannot be used. The text names the file or address and what to do."""


class StationConfig(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What pairing leaves on a station.

    Attributes:
        server: address of the server, `https://host[:port]`, or `http://` for loopback alone.
        device_id: id of this device.
        device_key: its secret; the server keeps only a hash.
        city_public_key: X25519 public key, 32 bytes in base64.
        name: name of the station.
        certificate: PEM of the server's own certificate when pairing pinned one.
        public_url: address that people open at home, if it is another than `server`.
    """

    server: str
    device_id: str
    device_key: str
    city_public_key: str
    name: str = ""
    certificate: str = ""
    public_url: str = ""

    @property
    def city_key(self) -> bytes:
        """The city's public key. Raise ConfigError when it is not 32 bytes in base64."""
        return read_city_key(self.city_public_key)

    @property
    def authorization(self) -> str:
        """The header that proves who this device is."""
        return f"Device {self.device_id}.{self.device_key}"

    def socket_url(self, path: str) -> str:
        """Return the address of a socket."""
        return "ws" + self.server.removeprefix("http") + path


def read_city_key(text: str) -> bytes:
    """Return the 32 bytes of a public key in base64. Raise ConfigError."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        msg = f"the city's public key {text[:60]!r} is not {KEY_BYTES} bytes in base64; pair this station again"
        raise ConfigError(msg)
    return key


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_server(url: str) -> str:
    """Return the server's address without path.

    Raises:
        ConfigError: not http or https, no host, a path or user in it, or plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        msg = f"{url!r} is not an address: {error}"
        raise ConfigError(msg) from error
    if parts.scheme not in ("http", "https") or not host:
        msg = f"{url!r} is not a server's address; write it as https://host or https://host:port"
        raise ConfigError(msg)
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or parts.password:
        msg = f"{url!r} has more than a host and a port; write it as https://host or https://host:port"
        raise ConfigError(msg)
    if parts.scheme == "http" and not is_loopback(host):
        msg = f"{url!r} is plain http to another machine, where anybody on the network reads along; use https"
        raise ConfigError(msg)
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def load_config(path: Path) -> StationConfig:
    """Return the configuration in a file.

    Raises:
        ConfigError: the file is missing, not a configuration, readable by others, or its server is not allowed.
    """
    try:
        mode = path.stat().st_mode
        config = msgspec.json.decode(path.read_bytes(), type=StationConfig)
    except FileNotFoundError as error:
        msg = f"{path} is missing: this station is not paired; run sonae-drill pair"
        raise ConfigError(msg) from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        msg = f"{path} is not a station's configuration: {error}"
        raise ConfigError(msg) from error
    if sys.platform != "win32" and mode & 0o077:
        msg = f"{path} holds this station's key and others may read it (mode {mode & 0o777:o}); run chmod 600 {path}"
        raise ConfigError(msg)
    read_server(config.server)
    read_city_key(config.city_public_key)
    return config


def save_config(path: Path, config: StationConfig) -> None:
    """Write the configuration so that only its owner reads it (mode 0600): whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def default_config_path() -> Path:
    """Return where a station keeps its configuration when no other file is named; its spool lies beside it."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "Sonae" / CONFIG_NAME
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(named) if named else Path.home() / ".config") / "sonae" / CONFIG_NAME
