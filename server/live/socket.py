"""What an upload or a control link needs of a socket, and the word that it is gone."""

from __future__ import annotations

from typing import Protocol


class Socket(Protocol):
    """What an upload needs of a socket. `receive` returns None when the other side is gone."""

    async def receive(self) -> bytes | str | None:
        """Return the next frame or message, None when the other side is gone."""

    async def send(self, text: str) -> None:
        """Send a message."""

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason of the protocol."""


class Gone(Exception):  # noqa: N818 - no fault: the other side left, or the stream was taken over
    """The socket is of no more use."""
