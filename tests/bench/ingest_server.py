"""The servers that `ingest.py` measures: `sonae DATA_DIR` (the real app) or `echo` (a bare FastAPI echo)."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect

from server.app import create_app
from server.settings import Settings


def echo_app() -> FastAPI:
    """Return an app that sends every binary frame back."""
    app = FastAPI()

    @app.websocket("/ws/upload")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_bytes(await websocket.receive_bytes())
        except WebSocketDisconnect:
            return

    return app


def sonae_app(data_dir: str) -> FastAPI:
    """Return the real app on an embedded database."""
    return create_app(Settings(data_dir=Path(data_dir), database_url=""))


def main() -> None:
    """Serve on a free port and print it."""
    logging.basicConfig(level=logging.ERROR)
    app = echo_app() if sys.argv[1] == "echo" else sonae_app(sys.argv[2])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        ws="websockets-sansio",
        ws_max_size=131_072,
        ws_ping_interval=5.0,
        ws_ping_timeout=5.0,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
