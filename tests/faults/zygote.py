"""Starts servers quickly: everything is imported once, then each server is a fork of this process.

Reads a JSON object a line: `data_dir`, `database_url`, `fault`. Answers `{"pid", "port"}` and serves the real app on
the real database until it is killed. `fault` plants what a test must be able to see:

- `ack-first`: batches are acknowledged when they are queued, before COMMIT;
- empty: none.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import warnings

import uvicorn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from server import app as app_module
from server.live.ingest import Taken
from server.live.writer import Committed, Writer
from server.settings import Settings


def plant(fault: str) -> None:
    """Plant a fault in this process."""
    if fault == "ack-first":
        submit = Writer.submit

        def submit_and_tell(self: Writer, taken: Taken) -> None:
            submit(self, taken)
            self._committed(Committed({taken.ingest.stream_id: taken.data.seq + 1}, [], []))

        Writer.submit = submit_and_tell  # type: ignore[method-assign]  # the planted fault
    elif fault:
        msg = f"unknown fault {fault!r}"
        raise ValueError(msg)


def serve(order: dict[str, str], listener: socket.socket) -> None:
    """Serve until killed."""
    plant(order["fault"])
    settings = Settings(data_dir=order["data_dir"], database_url=order["database_url"])
    config = uvicorn.Config(
        app_module.create_app(settings),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=131_072,
        ws_ping_interval=5.0,
        ws_ping_timeout=5.0,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
    )
    uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    """Fork a server for each order."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app_module.load_models()
    app_module.modules("routes")
    gc.freeze()
    for line in sys.stdin:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                serve(json.loads(line), listener)
            finally:
                os._exit(0)
        port = listener.getsockname()[1]
        listener.close()
        sys.stdout.write(json.dumps({"pid": pid, "port": port}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
