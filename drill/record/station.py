"""What `sonae-drill pair` and `sonae-drill upload` do."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import platform
import ssl
import sys
import urllib.parse
from pathlib import Path
from typing import Final

from drill.record.api import ServerError, pair
from drill.record.config import (
    SPOOL_NAME,
    ConfigError,
    StationConfig,
    default_config_path,
    load_config,
    read_server,
    save_config,
)
from drill.record.spooled import aside_folders, run_folders
from drill.record.uplink import Uplink, UplinkState
from drill.ticket import run_code

FINGERPRINT_DIGITS: Final = 16
"""Digits of the certificate's SHA-256 that must be given at least: 64 bits."""


def config_path(args: argparse.Namespace) -> Path:
    """Return the configuration file named on the command line (`--server-config`), or the usual one."""
    named: Path | None = args.server_config
    return named or default_config_path()


def spool_root(args: argparse.Namespace) -> Path:
    """Return the spool named on the command line (`--spool`, where there is one), or that beside the configuration."""
    named: Path | None = getattr(args, "spool", None)
    return named or config_path(args).parent / SPOOL_NAME


def pair_station(*, server: str, code: str, name: str, path: Path, fingerprint: str = "") -> StationConfig:
    """Pair with a server and keep the configuration in `path`.

    Args:
        server: its address.
        code: the short code that it shows.
        name: what staff call this station.
        path: where the configuration goes.
        fingerprint: SHA-256 of the server's certificate as its pairing page shows it, at least 16 hexadecimal
            digits; the certificate is then pinned. Empty: the certificate must be known to the system.

    Raises:
        ConfigError: the address or the certificate is not accepted.
        ServerError: the server was not reached or refuses the code.
    """
    certificate = pinned_certificate(server, fingerprint) if fingerprint else ""
    config = pair(server, code, name, certificate=certificate)
    save_config(path, config)
    return config


def pinned_certificate(server: str, fingerprint: str) -> str:
    """Return the server's certificate in PEM when its SHA-256 begins with `fingerprint`. Raise ConfigError."""
    parts = urllib.parse.urlsplit(read_server(server))
    wanted = fingerprint.replace(":", "").replace(" ", "").lower()
    if parts.scheme != "https" or len(wanted) < FINGERPRINT_DIGITS or set(wanted) - set("0123456789abcdef"):
        msg = f"fingerprint {fingerprint!r}: give https and at least {FINGERPRINT_DIGITS} hexadecimal digits of it"
        raise ConfigError(msg)
    try:
        pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=10)
    except OSError as error:
        msg = f"{server} was not reached: {error}"
        raise ConfigError(msg) from error
    found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    if not found.startswith(wanted):
        msg = (
            f"the server's certificate has the fingerprint {found}, not {wanted}: this is another machine; do not pair"
        )
        raise ConfigError(msg)
    return pem


def pair_command(args: argparse.Namespace) -> int:
    """Pair this station; exit code 0, or 1 with the reason on standard error."""
    path = config_path(args)
    try:
        config = pair_station(
            server=args.server,
            code=args.code,
            name=args.name or platform.node() or "station",
            path=path,
            fingerprint=args.fingerprint,
        )
    except (ConfigError, ServerError, OSError) as error:
        return _fail(str(error))
    _say(f"{config.name or config.device_id}: paired with {config.server}; kept in {path}")
    return 0


def upload_command(args: argparse.Namespace) -> int:
    """Upload all runs in the spool; exit code 0 when none is left, 1 otherwise."""
    root = spool_root(args)
    try:
        config = load_config(config_path(args))
    except ConfigError as error:
        return _fail(str(error))
    waiting = len(run_folders(root))
    if not waiting:
        _say(f"nothing waits in {root}")
        return _remind(root)
    quiet = bool(args.no_progress)
    uplink = Uplink(config, root, on_state=None if quiet else _Progress(waiting))
    done = 0
    try:
        done = asyncio.run(uplink.drain())
    except ServerError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        _fail("stopped; what the server has not confirmed stays in the spool")
        return 130
    _say(f"{done} of {waiting} runs uploaded")
    left = run_folders(root)
    if left:
        _fail(f"{len(left)} runs stay in {root}: {uplink.state.message or 'in use by a running station'}")
    for run_id, why in uplink.set_aside:
        _fail(f"run {run_code(run_id)} was set aside: {why}")
    return 1 if left or uplink.set_aside else _remind(root)


class _Progress:
    """Shows the upload on one line of a terminal, or a line for each run elsewhere."""

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._terminal = sys.stderr.isatty()
        self._shown = ""

    def __call__(self, state: UplinkState) -> None:
        if not state.run_id:
            if self._terminal:
                _write("\n")
            return
        number = min(state.runs_done + 1, self._waiting)
        line = f"run {number}/{self._waiting} {run_code(state.run_id)} {state.acknowledged}/{state.batches}"
        if state.message:
            line += f" {state.message}"
        if self._terminal:
            _write(f"\r\x1b[K{line}")
        elif state.message or state.acknowledged == state.batches > 0:
            if line != self._shown:
                _write(line + "\n")
            self._shown = line


def _remind(root: Path) -> int:
    for folder in aside_folders(root):
        _fail(f"{folder} was set aside earlier and waits for a person: see why.txt there")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _fail(text: str) -> int:
    _write(text + "\n")
    return 1
