"""What `sonae-drill pair`, `sonae-drill pin` and `sonae-drill upload` do."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from drill.record.api import CertificateError, ServerError, new_key, pair
from drill.record.config import (
    SPOOL_NAME,
    ConfigError,
    StationConfig,
    default_config_path,
    load_config,
    save_config,
)
from drill.record.pinning import asked_certificate, fingerprint_of, grouped, pinned_certificate
from drill.record.spooled import aside_folders, run_folders
from drill.record.takeback import takebacks
from drill.record.uplink import Uplink, UplinkState
from drill.ticket import run_code


def config_path(args: argparse.Namespace) -> Path:
    """Return the configuration file named on the command line (`--server-config`), or the usual one."""
    named: Path | None = args.server_config
    return named or default_config_path()


def spool_root(args: argparse.Namespace) -> Path:
    """Return the spool named on the command line (`--spool`, where there is one), or that beside the configuration."""
    named: Path | None = getattr(args, "spool", None)
    return named or config_path(args).parent / SPOOL_NAME


def pair_station(
    *,
    server: str,
    code: str,
    name: str,
    path: Path,
    fingerprint: str = "",
    ask: Callable[[str], str] | None = None,
) -> StationConfig:
    """Pair with a server and keep the configuration in `path`.

    Args:
        server: its address.
        code: the short code that it shows.
        name: what staff call this station.
        path: where the configuration goes.
        fingerprint: SHA-256 of the server's certificate as its pairing page shows it, at least 16 hexadecimal
            digits; the certificate is then pinned. Empty: the certificate must be known to the system.
        ask: asks the person at the station for the fingerprint when it turns out to be needed; None: nobody is there.

    Raises:
        ConfigError: the address or the certificate is not accepted.
        ServerError: the server was not reached or refuses the code.
    """
    certificate = pinned_certificate(server, fingerprint) if fingerprint else ""
    try:
        config = pair(server, code, name, certificate=certificate)
    except CertificateError:
        if certificate or ask is None:
            raise
        config = pair(server, code, name, certificate=asked_certificate(server, ask))
    save_config(path, config)
    return config


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
            ask=_someone(),
        )
    except (ConfigError, ServerError, OSError) as error:
        return _fail(str(error))
    _say(f"{config.name or config.device_id}: paired with {config.server}; kept in {path}")
    return 0


def pin_command(args: argparse.Namespace) -> int:
    """Trust the server's renewed certificate from now on; exit code 0, or 1 with the reason on standard error."""
    path = config_path(args)
    ask = _someone()
    try:
        config = load_config(path)
        if args.fingerprint:
            certificate = pinned_certificate(config.server, args.fingerprint)
        elif ask is not None:
            certificate = asked_certificate(config.server, ask)
        else:
            return _fail("give the fingerprint that the server's page of machines shows: --fingerprint SHA256")
        save_config(path, msgspec.structs.replace(config, certificate=certificate))
    except (ConfigError, OSError) as error:
        return _fail(str(error))
    _say(f"{config.server}: its certificate {grouped(fingerprint_of(certificate))[0]} ... is trusted from now on")
    return 0


def renew_key(config: StationConfig, path: Path) -> bool:
    """Change this device's key if the server says that it is due; return whether it was changed.

    The key before stays good until the new one was used: a power cut between the two locks nobody out. A server that is
    not reached is asked another time.

    Raises:
        ConfigError, OSError: the new key cannot be kept.
    """
    try:
        if load_config(path).device_key != config.device_key:
            return False  # another program on this machine was quicker
        key = new_key(config, only_if_due=True)
    except ServerError:
        return False
    if key:
        save_config(path, msgspec.structs.replace(config, device_key=key))
    return bool(key)


def _someone() -> Callable[[str], str] | None:
    """Return how to ask the person at this terminal, None where there is none."""
    return input if sys.stdin is not None and sys.stdin.isatty() else None


def upload_command(args: argparse.Namespace) -> int:
    """Upload all runs in the spool; exit code 0 when none is left, 1 otherwise."""
    root = spool_root(args)
    try:
        config = load_config(config_path(args))
    except ConfigError as error:
        return _fail(str(error))
    waiting = len(run_folders(root))
    if not waiting and not takebacks(root):
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
    with contextlib.suppress(ConfigError, OSError):
        renew_key(config, config_path(args))
    left = run_folders(root)
    if takebacks(root):
        _fail(
            f"records that people took back are gone from here; the server is told next time ({uplink.state.message})"
        )
    if left:
        _fail(f"{len(left)} runs stay in {root}: {uplink.state.message or 'in use by a running station'}")
    for run_id, why in uplink.set_aside:
        _fail(f"run {run_code(run_id)} was set aside: {why}")
    return 1 if left or uplink.set_aside or takebacks(root) else _remind(root)


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
