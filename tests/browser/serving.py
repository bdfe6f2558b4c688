"""A server on loopback for as long as a test wants it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from server.app import create_app
from server.settings import Settings


@contextmanager
def serving(settings: Settings, *, port: int = 0) -> Iterator[str]:
    """Serve and yield the address: by name, for browsers use passkeys at no number."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=3
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            if time.monotonic() > deadline:
                pytest.fail("the server did not start within a minute")
            time.sleep(0.05)
        try:
            yield f"http://localhost:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
