"""How many sockets and streams one address may hold open at once, so that none uses up what all others need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.requests import HTTPConnection

from server.access.limits import client_address
from server.errors import Refused
from server.settings import Settings

TRY_AGAIN_S: Final = 5


class TooManyOpen(Refused):
    """This address holds as many sockets and streams open as it may."""

    def __init__(self, limit: int) -> None:
        ja = f"同時につなげる数（{limit}）をこえました。使わない画面を閉じてから、もう一度開いてください。"
        en = f"{limit} connections of this address are open already. Close a page that you do not need, then try again."
        super().__init__(ja, en, status=503, code="too_many_open", headers={"Retry-After": str(TRY_AGAIN_S)})


class Connections:
    """The open sockets and streams of one process. Used from its event loop alone.

    Args:
        limit: how many one address may hold open at once.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str) -> Iterator[None]:
        """Hold one connection of an address. Raise TooManyOpen."""
        if self._open[address] >= self.limit:
            raise TooManyOpen(self.limit)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def __len__(self) -> int:
        return self._open.total()


def install(app: FastAPI) -> None:
    """Give the app its count of what is open."""
    settings: Settings = app.state.settings
    app.state.connections = Connections(settings.connections_of_address)


@contextmanager
def held(connection: HTTPConnection) -> Iterator[None]:
    """Hold a request's or socket's connection while it is open. Raise TooManyOpen."""
    connections: Connections = connection.app.state.connections
    with connections.one_more(client_address(connection)):
        yield
