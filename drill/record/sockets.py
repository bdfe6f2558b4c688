"""The station's side of opening a socket to the server."""

from __future__ import annotations

import ssl
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

from drill.record.config import StationConfig, is_loopback
from drill.record.pinning import certificate_changed, tls_of
from drill.record.wire import MAX_FRAME

PING_S: Final = 5.0
"""A dead line is noticed within one ping's interval and its time-out."""
OPEN_S: Final = 10.0
CLOSE_S: Final = 1.0


def open_socket(config: StationConfig, path: str, token: str) -> connect:
    """Return the connection to one of the server's sockets, to be used with `async with`."""
    host = urlsplit(config.server).hostname or ""
    return connect(
        config.socket_url(path),
        additional_headers={"Authorization": f"SocketPass {token}"},
        ssl=tls_of(config),
        proxy=None if is_loopback(host) else True,
        compression=None,
        open_timeout=OPEN_S,
        ping_interval=PING_S,
        ping_timeout=PING_S,
        close_timeout=CLOSE_S,
        max_size=MAX_FRAME,
        user_agent_header="sonae-drill",
    )


def why(config: StationConfig, error: Exception) -> str:
    """Return in words why a socket did not open or broke."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_changed(config.server, config.certificate)
    return str(error) or type(error).__name__
