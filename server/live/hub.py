"""The moving picture: of each device only the newest state and pose. Whoever watches reads it at their own pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from drill.record.bounds import MAX_ABS
from drill.record.wire import CLOSE_BAD_FRAME, Live, StationState
from server.columns import now
from server.live.ingest import Refused

STALE_S: Final = 1.0
"""A running station is stale when its last frame is older; the state of its socket says nothing."""
IDLE_STALE_S: Final = 12.0
"""One that does not run says how it is every 5 s."""
RATE_HZ: Final = 5.0
MAX_HAZARDS: Final = 64


@dataclass(slots=True)
class Seen:
    """What is known of one device. Times are monotonic, in seconds."""

    connected: bool = False
    state: StationState | None = None
    live: Live | None = None
    crowd: list[int] | None = None
    hazards: dict[str, list[float]] | None = None
    heard_at: float = 0.0
    live_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A station as the picture names it."""

    id: str
    name: str
    device_id: str | None
    scenario_hash: str | None


class Hub:
    """Latest wins: nothing is queued, so nobody who reads slowly holds up anybody.

    Args:
        clock: monotonic clock in seconds.
        progress: gives `w` of each run that is being uploaded.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, progress: Callable[[], dict[str, int]] = dict
    ) -> None:
        self._clock = clock
        self._progress = progress
        self._seen: dict[str, Seen] = {}
        self._encoded: dict[str, tuple[int, bytes]] = {}

    def connected(self, device_id: str, *, connected: bool) -> None:
        """Take note that a device's link opened or closed."""
        self._of(device_id).connected = connected

    def state(self, device_id: str, state: StationState) -> None:
        """Take how a station says it is."""
        seen = self._of(device_id)
        seen.state = state
        seen.heard_at = self._clock()

    def live(self, device_id: str, live: Live) -> None:
        """Take the newest picture of a run. Crowd and hazards stay until the run changes or newer ones come."""
        seen = self._of(device_id)
        if seen.live is None or seen.live.run_id != live.run_id:
            seen.crowd = seen.hazards = None
        if live.crowd is not None:
            seen.crowd = live.crowd
        if live.hazards is not None:
            seen.hazards = live.hazards
        seen.live = live
        seen.heard_at = seen.live_at = self._clock()

    def picture(self, day_id: str, places: Sequence[Place]) -> dict[str, Any]:
        """Return the picture of a day, plain JSON."""
        uploading = self._progress()
        return {
            "day": day_id,
            "at": now().isoformat(timespec="milliseconds"),
            "stations": [self._station(place, uploading) for place in places],
        }

    def encoded(self, day_id: str, places: Sequence[Place]) -> bytes:
        """Return the picture as JSON bytes, made once for all who watch the day in this fifth of a second."""
        slot = int(self._clock() * RATE_HZ)
        known = self._encoded.get(day_id)
        if known is None or known[0] != slot:
            known = (slot, msgspec.json.encode(self.picture(day_id, places)))
            self._encoded[day_id] = known
        return known[1]

    def _of(self, device_id: str) -> Seen:
        return self._seen.setdefault(device_id, Seen())

    def _station(self, place: Place, uploading: dict[str, int]) -> dict[str, Any]:
        seen = self._seen.get(place.device_id or "", Seen())
        age_s = self._clock() - seen.heard_at if seen.heard_at else None
        running = seen.state is not None and seen.state.state == "running"
        stale = age_s is None or age_s > (STALE_S if running else IDLE_STALE_S)
        run_id = seen.live.run_id if seen.live is not None else ""
        return {
            "id": place.id,
            "name": place.name,
            "device": place.device_id,
            "scenario_hash": place.scenario_hash,
            "connected": seen.connected,
            "stale": stale,
            "age_s": None if age_s is None else round(age_s, 1),
            "state": msgspec.to_builtins(seen.state) if seen.state is not None else None,
            "live": self._live(seen),
            "stored_batches": uploading.get(run_id),
        }

    def _live(self, seen: Seen) -> dict[str, Any] | None:
        if seen.live is None:
            return None
        picture: dict[str, Any] = {
            name: getattr(seen.live, name) for name in Live.__struct_fields__ if name not in ("crowd", "hazards")
        }
        picture["age_s"] = round(self._clock() - seen.live_at, 1)
        picture["crowd"] = seen.crowd or []
        picture["hazards"] = seen.hazards or {}
        return picture


def check_live(live: Live) -> None:
    """Raise Refused when a live message holds what no picture can show."""
    numbers = [live.t_s, live.x, live.y, live.z, live.yaw, live.depth_m, live.extinction_per_m, live.fed]
    crowd = live.crowd or []
    hazards = live.hazards or {}
    if len(crowd) % 4:
        raise Refused(
            CLOSE_BAD_FRAME, f"crowd has {len(crowd)} numbers; x, y, floor and state of each person: four each"
        )
    if len(hazards) > MAX_HAZARDS:
        raise Refused(CLOSE_BAD_FRAME, f"{len(hazards)} hazards; at most {MAX_HAZARDS}")
    for values in (numbers, *hazards.values()):
        for value in values:
            if not -MAX_ABS <= value <= MAX_ABS:
                raise Refused(CLOSE_BAD_FRAME, f"live value {value} passes the bound of {MAX_ABS:g}")
    if crowd and not (min(crowd) >= -(2**31) and max(crowd) < 2**31):
        raise Refused(CLOSE_BAD_FRAME, "a crowd value does not fit 32 bits")
