"""An earthquake as it is seen: the eye shakes, lamps swing, things slide and fall, glass breaks, dust comes down."""

from __future__ import annotations

import math
import zlib
from typing import Final

import numpy as np
import shapely
from panda3d.core import LQuaternion, LVector3, NodePath

from drill.hazards.picture import QuakePicture
from drill.session.frame import Frame, ThingState
from drill.site.site import Site
from drill.site.things import nature_of
from drill.view.media import DUST_TINT, ROOF_UP_TO_M
from drill.view.pendulum import Pendulum
from drill.view.shards import MOST_PIECES, Broken, Shards
from drill.view.sprites import Sprites, chance
from drill.view.stage import Stage

LAG: Final = 0.6
"""Share of the ground's movement that the head stays behind the room: what of the shaking is seen."""
CAP_M: Final = 0.15
LAMP_M: Final = 0.55
"""Length of the pendulum that a lamp of the building is."""
MOTES: Final = 260
MOTES_WITHIN_M: Final = 5.0
MOTE_FALL_MPS: Final = 0.55
ENOUGH_DUST_PER_M: Final = 0.15
PANE_FROM_M: Final = 0.95
PANE_M: Final = 1.2
PIECES_A_METRE: Final = 28


class Quake:
    """What moves while the ground shakes. `see` takes every frame, `show` sets the picture to one.

    Args:
        stage: whose lamps and movable things are moved.
        cap_m: the eye is never moved further, metres; smaller in goggles, 0 leaves it still. The horizon stays level
            whatever it is: the eye is moved, never turned.
    """

    def __init__(self, stage: Stage, *, cap_m: float = CAP_M) -> None:
        self.stage = stage
        self.cap_m = cap_m
        self.root = NodePath("quake")
        self.shards = Shards()
        self.shards.root.reparent_to(self.root)
        self.dust = Sprites("dust", most=MOTES)
        self.dust.root.reparent_to(self.root)
        self._site: Site = stage.site
        self._roofs = [
            (z.polygon.bounds, self._site.floors[z.floor].z_m, self._site.floors[z.floor].z_m + z.ceiling_m)
            for z in self._site.zones
            if z.ceiling_m < ROOF_UP_TO_M
        ]
        self._before: tuple[float, QuakePicture] | None = None
        self._after: tuple[float, QuakePicture] | None = None
        self._lamps = [_Swinging(lamp, LAMP_M * (0.85 + 0.3 * _key(str(i)))) for i, lamp in enumerate(stage.lamps)]
        self._rest_z = {id_: float(node.get_z()) for id_, node in stage.movable.items()}
        self._broke: dict[str, float] = {}
        self._t = 0.0

    def see(self, frame: Frame) -> None:
        """Take a frame, in order of time; those that are not shown swing the lamps all the same."""
        picture = next((h for h in frame.hazards if isinstance(h, QuakePicture)), None)
        if frame.t_s < self._t:
            self._before = self._after = None
            self._broke.clear()
        dt, self._t = max(frame.t_s - self._t, 0.0), frame.t_s
        for thing in frame.things:
            if thing.state == "broken":
                self._broke.setdefault(thing.id, frame.t_s)
        if picture is None:
            return
        last = self._after[1] if self._after else picture
        if self._after is None or picture is not self._after[1]:
            self._before, self._after = self._after, (frame.t_s, picture)
        a, b = last.acceleration_mps2, picture.acceleration_mps2
        for lamp in self._lamps:
            lamp.pendulum.swing(dt, (a[0], a[1]), (b[0], b[1]))

    def eye_offset(self, t_s: float) -> tuple[float, float, float]:
        """Return how far the eye is moved at `t_s`, metres: against the ground, softly capped at `cap_m`."""
        if self._after is None:
            return 0.0, 0.0, 0.0
        reached, after = self._after
        ground = np.asarray(after.ground_m)
        if self._before is not None:
            left, before = self._before
            share = min(1.0, max(0.0, (t_s - reached) / max(reached - left, 1e-6)))
            ground = np.asarray(before.ground_m) + (ground - np.asarray(before.ground_m)) * share
        moved = -LAG * ground
        far = float(np.linalg.norm(moved))
        if far < 1e-9 or self.cap_m <= 0:
            return 0.0, 0.0, 0.0
        x, y, z = moved * (self.cap_m * math.tanh(far / self.cap_m) / far)
        return float(x), float(y), float(z)

    def show(self, frame: Frame, t_s: float, eye: tuple[float, float, float]) -> None:
        """Set lamps, things, shards and dust to a frame that was seen."""
        for lamp in self._lamps:
            lamp.show()
        for thing in frame.things:
            node = self.stage.movable.get(thing.id)
            if node is None:
                continue
            x, y, z, w = thing.quat
            turn, at = LQuaternion(w, x, y, z), LVector3(*thing.at)
            if nature_of(thing.kind).mount == "hangs":
                # It is told by the point it hangs from; the node's origin lies below, at the thing itself.
                at += turn.xform(LVector3(0, 0, self._rest_z[thing.id] - thing.at[2]))
            node.set_pos(at)
            node.set_quat(turn)
        broken = {thing.id: thing for thing in frame.things if thing.state == "broken"}
        self.shards.keep(set(broken))
        self.stage.panes.show([_wall_of(thing.id) for thing in broken.values() if thing.kind == "window"])
        for id_, thing in broken.items():
            self.shards.show(self._broken(thing), t_s - self._broke.get(id_, t_s))
        self._dust(t_s, eye)

    def _broken(self, thing: ThingState) -> Broken:
        """Return what is known of a thing that broke; a window sheds its glass along its wall."""
        floor_z = max((f.z_m for f in self._site.floors if f.z_m <= thing.at[2] + 0.05), default=0.0)
        key = zlib.crc32(thing.id.encode())
        if thing.kind != "window":
            return Broken(thing.id, key, (thing.at[0], thing.at[1], max(thing.at[2], floor_z) + 0.15), floor_z)
        wall = self._site.walls[_wall_of(thing.id)]
        (ax, ay), (bx, by) = wall.line.coords[0][:2], wall.line.coords[-1][:2]
        normal = np.array([ay - by, bx - ax]) / wall.line.length
        inside = self.stage.building.enclosed(wall.floor)
        sides = [
            side
            for side in (1.0, -1.0)
            if shapely.intersects_xy(inside, thing.at[0] + side * normal[0] * 0.5, thing.at[1] + side * normal[1] * 0.5)
        ]
        # Glass of an outer wall that falls outside lies in the yard; only what comes in is drawn.
        inward = (0.0, 0.0) if len(sides) != 1 else (float(sides[0] * normal[0]), float(sides[0] * normal[1]))
        return Broken(
            thing.id,
            key,
            (thing.at[0], thing.at[1], floor_z + PANE_FROM_M),
            floor_z,
            along=((bx - ax) / 2, (by - ay) / 2),
            tall_m=PANE_M,
            inward=inward,
            count=min(MOST_PIECES, int(PIECES_A_METRE * wall.line.length)),
        )

    def _dust(self, t_s: float, eye: tuple[float, float, float]) -> None:
        """Let motes fall from the ceiling over the eye. Each falls again and again on a way that its turn decides."""
        amount = self._after[1].dust_per_m / ENOUGH_DUST_PER_M if self._after else 0.0
        roof = next((r for r in self._roofs if _within(r, eye)), None)
        count = min(MOTES, int(MOTES * amount))
        if not count or roof is None:
            self.dust.root.hide()
            return
        (x0, y0, x1, y1), low, high = roof
        number = np.arange(count)
        lasts = (high - low) / (MOTE_FALL_MPS * (0.6 + 0.8 * chance(number, 1)))
        turn = np.floor(t_s / lasts + chance(number, 2))
        share = t_s / lasts + chance(number, 2) - turn
        x = eye[0] + (2 * chance(number, turn, 3) - 1) * MOTES_WITHIN_M + 0.1 * np.sin(t_s * 0.9 + number)
        y = eye[1] + (2 * chance(number, turn, 4) - 1) * MOTES_WITHIN_M + 0.1 * np.cos(t_s * 0.7 + number)
        centres = np.stack([np.clip(x, x0, x1), np.clip(y, y0, y1), high - (high - low) * share], axis=1)
        colours = np.tile((*(2.0 * t for t in DUST_TINT), 0.0), (count, 1))
        colours[:, 3] = 0.5 * np.minimum(1.0, 6 * share) * min(1.0, amount)
        self.dust.show(centres, 0.003 + 0.007 * chance(number, 5) ** 2, colours)


class _Swinging:
    """A lamp of the building and its pendulum."""

    def __init__(self, node: NodePath, length_m: float) -> None:
        self.node = node
        self.pendulum = Pendulum(length_m)
        self._rest = LQuaternion(node.get_quat())

    def show(self) -> None:
        x, y, z, w = self.pendulum.quaternion()
        self.node.set_quat(self._rest * LQuaternion(w, x, y, z))


def _wall_of(window: str) -> int:
    """Return the number of the wall whose window an id names."""
    return int(window.rpartition("-")[2])


def _key(text: str) -> float:
    """Return a number from 0 to 1 of a name's own."""
    return zlib.crc32(text.encode()) / 0xFFFFFFFF


def _within(roof: tuple[tuple[float, ...], float, float], eye: tuple[float, float, float]) -> bool:
    (x0, y0, x1, y1), low, high = roof
    return x0 <= eye[0] <= x1 and y0 <= eye[1] <= y1 and low <= eye[2] <= high
