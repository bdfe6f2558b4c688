"""The doors of a drill: who opens them, how far they stand open, and what keeps them shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from drill.people.doors import opens
from drill.record.events import DoorEvent
from drill.session.frame import DoorState
from drill.site.ground import Ground
from drill.site.site import Door, Site

REACH_M: Final = 1.3
"""How near to a door one must be to use it."""
CLASSMATE_REACH_M: Final = 0.9
SWING_S: Final = 1.2
"""Time in which a door swings from shut to wide open."""
PASSABLE: Final = 0.5
"""Open fraction from which a body gets through."""
ADULT_M: Final = 1.6
"""Height of the person whom `DoorState.blocked` is told for."""
BESIDE_M: Final = 0.5
"""How far from its line the water on both sides of a door is measured."""

Floats = npt.NDArray[np.float64]
Verb = Literal["open", "close", "lock", "unlock"]


class Doors:
    """The doors of a site in the order of the site.

    Attributes:
        open: open fraction of each door, shape (doors,).
        beside: points on both sides of every door: first the side it opens to, then the other; (2 * doors, 2).
        beside_floor, beside_z: floor and ground height of those points.
    """

    def __init__(self, site: Site, ground: Ground) -> None:
        self.doors = site.doors
        n = len(self.doors)
        self._index = {door.id: i for i, door in enumerate(self.doors)}
        self.open = np.array([float(d.open_at_start) for d in self.doors])
        self._target = self.open.copy()
        self._locked = np.zeros(n, np.bool_)
        self._pressed_m = np.zeros(n)
        self._middle = np.array([_middle(d) for d in self.doors]).reshape(n, 2)
        self._floor = np.array([d.floor for d in self.doors], np.int16)
        towards = np.array([_opens_to(d) for d in self.doors]).reshape(n, 2)
        self._slides = np.array([d.swing == "slide" for d in self.doors], np.bool_)
        self.beside = np.concatenate([self._middle + BESIDE_M * towards, self._middle - BESIDE_M * towards])
        self.beside_floor = np.concatenate([self._floor, self._floor])
        self.beside_z = ground.z(self.beside_floor, self.beside)
        self._tried: dict[int, int] = {}

    def press(self, depth_m: Floats) -> None:
        """Take the depth of water at `beside`, shape (2 * doors,), metres."""
        n = len(self.doors)
        self._pressed_m = np.where(self._slides, 0.0, depth_m[:n] - depth_m[n:])

    def blocked(self, index: int, *, height_m: float) -> Literal["", "water", "locked"]:
        """Return why a person of this height cannot open a door, or ""."""
        if self.open[index] >= PASSABLE:
            return ""
        if self._locked[index]:
            return "locked"
        if not opens(depth_difference_m=float(self._pressed_m[index]), height_m=height_m):
            return "water"
        return ""

    def use(self, *, xy: tuple[float, float], floor: int, height_m: float, tick: int) -> DoorEvent | None:
        """Use the nearest door in reach: open it or pull it shut. None when no door is in reach."""
        if not len(self.doors):
            return None
        distance = np.hypot(self._middle[:, 0] - xy[0], self._middle[:, 1] - xy[1])
        distance[self._floor != floor] = np.inf
        index = int(distance.argmin())
        if distance[index] > REACH_M + self.doors[index].width_m / 2:
            return None
        if self._target[index] > 0:
            return self.direct("close", self.doors[index].id, tick=tick)
        if self.blocked(index, height_m=height_m):
            return DoorEvent(tick, self.doors[index].id, "blocked")
        return self.direct("open", self.doors[index].id, tick=tick)

    def help_open(self, *, xy: Floats, floor: npt.NDArray[np.int8], height_m: Floats, tick: int) -> list[DoorEvent]:
        """Let people who come near a shut door open it, if they can.

        Args:
            xy: positions of people who are on the move, (N, 2).
            floor: their floors, (N,).
            height_m: their heights, (N,).
            tick: tick of the events.
        """
        events = []
        for index in np.flatnonzero((self._target == 0) & ~self._locked):
            near = floor == self._floor[index]
            dx, dy = xy[:, 0] - self._middle[index, 0], xy[:, 1] - self._middle[index, 1]
            reach = CLASSMATE_REACH_M + self.doors[index].width_m / 2
            near &= dx * dx + dy * dy < reach * reach
            if near.any() and not self.blocked(int(index), height_m=float(height_m[near].max())):
                event = self.direct("open", self.doors[index].id, tick=tick)
                if event is not None:
                    events.append(event)
        return events

    def direct(self, verb: str, door: str, *, tick: int) -> DoorEvent | None:
        """Do what the scenario says to a door. Returns the event when it opens or closes."""
        index = self._index[door]
        if verb in ("lock", "unlock"):
            self._locked[index] = verb == "lock"
            return None
        before = self._target[index]
        self._target[index] = float(verb == "open")
        if before == self._target[index]:
            return None
        return DoorEvent(tick, door, "open" if verb == "open" else "closed")

    def swing(self, dt: float, *, may_close: Callable[[Door], bool]) -> None:
        """Move every door towards where it is to be. A door with somebody in it waits before it closes."""
        if (self.open == self._target).all():
            return
        step = np.clip(self._target - self.open, -dt / SWING_S, dt / SWING_S)
        for index in np.flatnonzero(step < 0):
            if not may_close(self.doors[index]):
                step[index] = 0.0
        self.open = np.clip(self.open + step, 0.0, 1.0)

    def shut(self) -> frozenset[str]:
        """Return the doors that nobody gets through now."""
        return frozenset(d.id for d, o in zip(self.doors, self.open, strict=True) if o < PASSABLE)

    def impassable(self, *, height_m: float) -> frozenset[str]:
        """Return the doors that are shut and that a person of this height cannot open: locked, or held by water."""
        return frozenset(d.id for i, d in enumerate(self.doors) if self.blocked(i, height_m=height_m))

    def states(self) -> tuple[DoorState, ...]:
        """Return what views show of every door. `blocked` is by what holds an adult."""
        return tuple(
            DoorState(d.id, round(float(self.open[i]), 4), self.blocked(i, height_m=ADULT_M))
            for i, d in enumerate(self.doors)
        )

    def fractions(self) -> dict[str, float]:
        """Return the open fraction of every door by id."""
        return {d.id: float(o) for d, o in zip(self.doors, self.open, strict=True)}


def _middle(door: Door) -> tuple[float, float]:
    middle = door.line.interpolate(0.5, normalized=True)
    return middle.x, middle.y


def _opens_to(door: Door) -> tuple[float, float]:
    """Return the unit normal to the side that a door swings to."""
    x, y = door.outward
    return (-x, -y) if door.swing == "in" else (x, y)
