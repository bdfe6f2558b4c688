"""Stands before the app where a proxy speaks TLS for it: nobody else may come in over the plain line."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.errors import problem
from server.settings import Settings


class BehindProxy:
    """Lets the proxies of the settings in, and this machine; anyone else is refused before anything is read.

    A request that a proxy took in over TLS is https for us as well: so says its X-Forwarded-Proto.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.proxies = settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if not self._is_known(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": "not by a proxy"})
            else:
                await problem(403, "refused")(scope, receive, send)
            return
        if Headers(scope=scope).get("x-forwarded-proto", "") == "https":
            scope = {**scope, "scheme": "wss" if scope["type"] == "websocket" else "https"}
        await self.app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        client = scope.get("client")
        try:
            address = ipaddress.ip_address(client[0] if client else "")
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address.is_loopback or any(address in proxy for proxy in self.proxies)
