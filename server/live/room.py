"""The live room of an app: uploads, links and hub together, and the watch over revoked devices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from drill.record.wire import CLOSE_REFUSED
from server.db import Database
from server.devices import service as devices
from server.jobs import service as jobs
from server.live.hub import Hub
from server.live.jobs import SWEEP
from server.live.links import Links
from server.live.uploads import Uploads
from server.ops.keys import city_keys
from server.settings import Settings

log = logging.getLogger("sonae.live")

WATCH_S: Final = 2.0
"""A revoked device's sockets are closed within this and the time of one query."""
PRESENT_S: Final = 60.0
"""How often it is noted which devices are there."""
SWEEP_EVERY_S: Final = 6 * 3600.0


class Room:
    """What the sockets of one app share."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.uploads = Uploads(database, city_keys(settings).private)
        self.hub = Hub(progress=self.uploads.progress)
        self.links = Links(self.hub)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve until the block ends; what was taken by then is committed."""
        self.uploads.start()
        self.links.start()
        tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._sweep())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.uploads.stop()

    async def _watch(self) -> None:
        """Close the sockets of devices that were revoked while they were open; note now and then who is there."""
        noted_s = -PRESENT_S
        while True:
            await asyncio.sleep(WATCH_S)
            present = self.uploads.devices() | self.links.devices()
            if not present:
                continue
            try:
                active = await asyncio.to_thread(self._active)
            except SQLAlchemyError as error:
                log.error("devices cannot be looked up (%s)", type(error).__name__)
                continue
            for device_id in present - active:
                self.uploads.close_device(device_id, CLOSE_REFUSED, "this device was revoked")
                self.links.close_device(device_id, CLOSE_REFUSED, "this device was revoked")
            if time.monotonic() - noted_s >= PRESENT_S:
                noted_s = time.monotonic()
                with contextlib.suppress(SQLAlchemyError):  # it is noted the next time
                    await asyncio.to_thread(self._note_present, present & active)

    def _active(self) -> set[str]:
        with self.database.reading() as db:
            return {device.id for device in devices.devices(db) if device.revoked_at is None}

    def _note_present(self, device_ids: set[str]) -> None:
        with self.database.session() as db:
            devices.note_present(db, device_ids)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            with contextlib.suppress(SQLAlchemyError):
                await asyncio.to_thread(self._enqueue_sweep)

    def _enqueue_sweep(self) -> None:
        with self.database.session() as db:
            jobs.enqueue(db, SWEEP, {})


def room_of(app: FastAPI) -> Room:
    """Return the app's live room."""
    room: Room = app.state.live
    return room
