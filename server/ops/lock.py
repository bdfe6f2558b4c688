"""One server for one data folder: two would both believe that the embedded database's jobs are theirs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from server.settings import Settings


class AlreadyServedError(RuntimeError):
    """Another server runs on this data folder."""


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the data folder until the block ends; the lock goes with the process, however it dies.

    Raises:
        AlreadyServedError: another process holds it.
    """
    settings.make_data_dir()
    with (settings.data_dir / "serve.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{settings.data_dir} is already served by another process: stop it, or choose another --data-dir"
            raise AlreadyServedError(msg) from None
        yield
