"""Server-sent events of the moving picture: one latest-wins slot a reader, none waits for another."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.live.hub import RATE_HZ, Place

log = logging.getLogger("sonae.live")

BLOCKED_S: Final = 10.0
"""A reader that takes nothing for so long is let go."""
REFRESH_S: Final = 2.0
"""How often the day's stations, and whether the reader still may see them, are looked up again."""


class PictureStream(Response):
    """Sends the picture five times a second until the reader leaves or may no longer see it.

    Args:
        encoded: gives the newest picture of some stations as JSON bytes.
        places: the day's stations.
        held: counts the stream as open; what it raises is answered before the stream begins.
        refresh: looks them up again; None means that the reader may see nothing more.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        *,
        encoded: Callable[[Sequence[Place]], bytes],
        places: Sequence[Place],
        held: Callable[[], AbstractContextManager[None]],
        refresh: Callable[[], Awaitable[Sequence[Place] | None]],
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._encoded = encoded
        self._places = places
        self._held = held
        self._refresh = refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the latest picture at the fixed rate until the reader leaves or reads nothing for `BLOCKED_S`."""
        del scope
        with self._held():
            await self._stream(receive, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        left = asyncio.create_task(_left(receive))
        refresh_due = time.monotonic() + REFRESH_S
        try:
            while not left.done():
                body = b"data: " + self._encoded(self._places) + b"\n\n"
                async with asyncio.timeout(BLOCKED_S):
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                await asyncio.wait({left}, timeout=1.0 / RATE_HZ)
                if time.monotonic() >= refresh_due:
                    places = await self._refresh()
                    if places is None:
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
                        break
                    self._places = places
                    refresh_due = time.monotonic() + REFRESH_S
        except TimeoutError:
            log.info("a reader of the picture took nothing for %.0f s and is let go", BLOCKED_S)
        except OSError:
            pass  # the reader is gone
        finally:
            left.cancel()


async def _left(receive: Receive) -> None:
    """Return when the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
