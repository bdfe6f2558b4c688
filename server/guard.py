"""The door of the house: who may knock, how large a parcel may be, what every answer carries.

Pure ASGI, so that it also stands before sockets and counts a body as it streams in.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.db import SAFE_METHODS
from server.errors import problem, unhandled
from server.settings import Settings

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: that turns the Origin of a page's own form into "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def host_name(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def same_origin(headers: Headers) -> bool:
    """Tell whether a browser sent this from one of our own pages, or no browser did.

    Sec-Fetch-Site decides where a browser sends it (secure and loopback addresses), else Origin must name the Host.
    A client that sends neither is no browser and carries no cookie of ours by itself.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def socket_origin_allowed(headers: Headers) -> bool:
    """Tell whether a socket may open: without Origin (a station) or with our own (a page).

    No cross-origin rule of the browser covers sockets, so this is the only guard.
    """
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


class Guard:
    """Checks host, origin and size of what comes in and dresses every answer with the security headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = frozenset(settings.allowed_hosts)
        self.limit = settings.body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request or socket before anything of it is read, then hand it on."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if host_name(headers.get("host", "")) in self.hosts and socket_origin_allowed(headers):
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "host or origin not allowed"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _dress(MutableHeaders(scope=message), secure=scope["scheme"] == "https")
            await send(message)

        if host_name(headers.get("host", "")) not in self.hosts:
            await problem(400, "host")(scope, receive, dressed)
            return
        if scope["method"] not in SAFE_METHODS and not same_origin(headers):
            await problem(403, "origin")(scope, receive, dressed)
            return
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.limit:
            await problem(413, "size")(scope, receive, dressed)
            return

        left = self.limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                # The framework lets this one through; any other error while reading becomes its 400.
                raise HTTPException(413)
            return message

        try:
            await self.app(scope, counted, dressed)
        except Exception as error:
            # Caught here and not by the framework: its answer would lack the headers, its log would hold values.
            response = unhandled(Request(scope), error)
            if started:
                msg = "an answer broke off; the log line before this one says where"
                raise RuntimeError(msg) from None
            await response(scope, receive, dressed)


def _dress(headers: MutableHeaders, *, secure: bool) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
