"""`sonae-server serve`: over plain HTTP on this machine alone; elsewhere over TLS, or behind a proxy that is named."""

from __future__ import annotations

import argparse
import ssl
import sys
import time
from typing import Any, Final

import httpx
import uvicorn
from starlette.types import ASGIApp

from server.app import create_app
from server.ops import logs
from server.ops.certificate import certificate_of, is_loopback, serves_tls
from server.ops.doctor import refusals, written
from server.ops.house_command import prepare
from server.ops.lock import only_server
from server.ops.proxy import BehindProxy
from server.settings import Settings

PING_S: Final = 5.0
"""A dead socket is noticed within ping interval plus timeout."""
SOCKET_FRAME_BYTES: Final = 131_072
"""Twice the wire's cap: the protocol refuses a frame over its cap with its own message and code."""


def add_parser(commands: Any) -> None:
    """Add `serve` to the command line."""
    serve = commands.add_parser("serve", help="bring the database up to date and serve")
    serve.add_argument("--host", help="address to bind to; beyond this machine over TLS, or behind a named proxy")
    serve.add_argument("--port", type=int, help="port to bind to; 0 takes a free one")
    serve.add_argument("--tls", action="store_true", default=None, help="speak TLS on this machine, too")
    serve.set_defaults(act=_serve)

    status = commands.add_parser("status", help="ask the server on this machine whether it and its database answer")
    status.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="how long it may take to come up")
    status.set_defaults(act=_status)


def _serve(_arguments: argparse.Namespace, settings: Settings) -> int:
    with_faults = refusals(settings)
    for fault in with_faults:
        print(written(fault), file=sys.stderr)
    if with_faults:
        print("sonae-server: 直すまで動きません。 Not served until this is mended.", file=sys.stderr)
        return 2
    with only_server(settings):
        prepare(settings)
        return _serve_app(settings)


def _status(arguments: argparse.Namespace, settings: Settings) -> int:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    tls = serves_tls(settings)
    url = f"{'https' if tls else 'http'}://{f'[{host}]' if host == '::1' else host}:{settings.port}/api/health"
    verify = ssl.create_default_context(cafile=certificate_of(settings).file) if tls else True
    until = time.monotonic() + arguments.wait
    while True:
        try:
            with httpx.Client(trust_env=False, verify=verify) as client:
                answer = client.get(url)
            if answer.status_code == httpx.codes.OK:
                print(f"○ 動いています。 {url} answers.")
                return 0
            said = f"HTTP {answer.status_code}"
        except httpx.HTTPError as error:
            said = type(error).__name__
        if time.monotonic() >= until:
            print(f"✕ 動いていません。 {url} does not answer as it should ({said}).", file=sys.stderr)
            return 1
        time.sleep(0.2)


def _serve_app(settings: Settings) -> int:
    logs.set_up(settings.log_format)
    certificate = certificate_of(settings) if serves_tls(settings) else None
    app: ASGIApp = create_app(settings)
    if settings.trusted_proxies and certificate is None:
        app = BehindProxy(app, settings)
    uvicorn_config = uvicorn.Config(
        app,
        host=settings.host.strip("[]"),
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_max_size=SOCKET_FRAME_BYTES,
        ws_per_message_deflate=False,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=10,
        ssl_certfile=certificate.file if certificate is not None else None,
        ssl_keyfile=certificate.key_file if certificate is not None else None,
    )
    shown = certificate.shown if certificate is not None else ""
    return _run(_Announcing(uvicorn_config, settings, shown))


class _Announcing(uvicorn.Server):
    """Prints the address once it is open: with port 0 nobody knows it before."""

    def __init__(self, config: uvicorn.Config, settings: Settings, fingerprint: str) -> None:
        super().__init__(config)
        self._settings = settings
        self._fingerprint = fingerprint

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        scheme = "https" if self._fingerprint else "http"
        print(f"Sonae: {scheme}://{shown}:{port}/", flush=True)
        if self._fingerprint:
            print(f"証明書 certificate SHA-256: {self._fingerprint}", flush=True)
        if is_loopback(self._settings.host):
            print("このコンピューターの中からだけ使えます。 Reachable from this computer only.", flush=True)
        elif not self._fingerprint:
            print("決められた中継サーバーからだけ使えます。 Reachable through the named proxies only.", flush=True)


def _run(server: uvicorn.Server) -> int:
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    except SystemExit:
        print(
            f"sonae-server: could not start on port {server.config.port}; is another server running there? "
            "Stop it, or choose another with --port.",
            file=sys.stderr,
        )
        return 1
    return 0 if server.started else 1
