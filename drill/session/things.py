"""Things that shaking moves: furniture that slides, rocks and falls, lamps that swing, windows that break.

Furniture is a rigid block by itself (`drill.hazards.rocking`); what stands on it slides off or falls with it. Lamps
and curtains are damped pendulums. A window breaks when the running intensity passes a threshold of its own between
5.3 and 6.5: from class 5+ on some break, from 6- on many (気象庁震度階級関連解説表); the spread is ours.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from drill.hazards.rocking import GRAVITY_MPS2, Blocks
from drill.seismic.groundmotion import STEP_S as SAMPLE_S
from drill.session.frame import ThingState
from drill.site.clearance import Clearances, support_of
from drill.site.ground import Ground
from drill.site.site import Prop, Site
from drill.site.things import movable_props, nature_of

Floats = npt.NDArray[np.float64]
What = Literal["standing", "sliding", "falling", "fallen", "broken"]

SLIDING_MPS: Final = 0.03
WINDOW_FROM: Final = 5.3
WINDOW_SPREAD: Final = 1.2
LAMP_DAMPING: Final = 0.04
CURTAIN_DAMPING: Final = 0.2
MOST_SWING_RAD: Final = 1.0
LEAST_HANG_M: Final = 0.12
"""A lamp that hangs from less than this is screwed to the ceiling and does not swing."""
ON_FURNITURE: Final = 2.0
"""By how much the top of a piece of furniture shakes harder than the floor; an estimate of ours."""
TUMBLE_RAD_PER_S: Final = 2.5


@dataclass(slots=True)
class Drop:
    """A thing in the air or on the ground after it left what it stood on: place of its underside, speed, turn."""

    xy: Floats
    z_m: float
    velocity: Floats
    fall_mps: float = 0.0
    turned: float = 0.0
    down: bool = False


@dataclass(frozen=True, slots=True)
class Landing:
    """Something came down or ran into its surroundings in this step.

    Attributes:
        prop: the thing.
        at: middle of where it struck (x, y, z).
        energy_j: energy that it brought.
        broke: whether it broke.
    """

    prop: Prop
    at: tuple[float, float, float]
    energy_j: float
    broke: bool


class Things:
    """Every movable thing of a site, and its windows.

    Attributes:
        states: what frames show, in the order of the site, then the windows by their place among the walls.
        props: the movable props.
        blocks: those that stand, as blocks; rows go with `standing`.
        standing: index in `props` of each block.
    """

    def __init__(self, site: Site, ground: Ground) -> None:
        self.props = movable_props(site)
        self._site = site
        self.standing = [n for n, p in enumerate(self.props) if nature_of(p.kind).mount == "stands"]
        self._hanging = [n for n, p in enumerate(self.props) if nature_of(p.kind).mount == "hangs"]
        at = np.array([(p.at.x, p.at.y) for p in self.props]).reshape(-1, 2)
        floor = np.array([p.floor for p in self.props], np.int64)
        self._base = ground.z(floor, at) + np.array([p.z_m for p in self.props]) if len(at) else np.zeros(0)
        self._yaw = np.radians([p.yaw_deg for p in self.props]) if len(at) else np.zeros(0)
        self._at = at
        clearances = Clearances(site)
        self._axis, self._depth, self.blocks = self._block(clearances)
        self._free = np.array([clearances.slide_m(self.props[n]) for n in self.standing]).reshape(-1, 4)
        by_id = {p.id: row for row, p in enumerate(self.props[n] for n in self.standing)}
        supports = [support_of(self.props[n], site.props) for n in self.standing]
        self._support = [None if s is None else (s, by_id.get(s.id, -1)) for s in supports]
        self._drops: dict[int, Drop] = {}
        self._broken: set[int] = set()
        self._swing = np.zeros((len(self._hanging), 2))
        self._swing_rate = np.zeros((len(self._hanging), 2))
        self._length = self._lengths()
        damping = [CURTAIN_DAMPING if self.props[n].kind == "curtain" else LAMP_DAMPING for n in self._hanging]
        self._damping = np.array(damping, np.float64)
        self._windows = [n for n, wall in enumerate(site.walls) if wall.window]
        self._window_from = {n: _threshold(n) for n in self._windows}
        self.broken_windows: set[int] = set()
        self._window_states = tuple(self._window(n) for n in self._windows)
        self._quiet = False
        self._told: list[ThingState] = []
        self._pose = np.zeros((0, 6))
        self.states: tuple[ThingState, ...] = ()
        self._tell()

    def _block(self, clearances: Clearances) -> tuple[Floats, Floats, Blocks]:
        n = len(self.standing)
        axis, depth, rests = np.zeros((n, 2)), np.ones(n), np.full((n, 2), math.pi / 2)
        for row, index in enumerate(self.standing):
            prop, yaw = self.props[index], float(self._yaw[index])
            along_x = prop.size_m[0] <= prop.size_m[1]
            depth[row] = prop.size_m[0] if along_x else prop.size_m[1]
            turn = yaw if along_x else yaw + math.pi / 2
            way = (math.cos(turn), math.sin(turn))
            axis[row] = way
            if prop.topples:
                rests[row, 0] = clearances.rest_rad(prop, (-way[0], -way[1]), depth_m=float(depth[row]))
                rests[row, 1] = clearances.rest_rad(prop, way, depth_m=float(depth[row]))
        props = [self.props[i] for i in self.standing]
        return (
            axis,
            depth,
            Blocks(
                depth_m=depth,
                height_m=np.array([p.size_m[2] for p in props], np.float64),
                axis=axis,
                friction=np.array([nature_of(p.kind).friction for p in props], np.float64),
                may_rock=np.array([p.topples for p in props], np.bool_),
                may_slide=np.ones(n, np.bool_),
                rests_at=rests,
                gain=np.array([ON_FURNITURE if p.z_m > 0.0 else 1.0 for p in props], np.float64),
            ),
        )

    def _lengths(self) -> Floats:
        found = []
        for n in self._hanging:
            prop = self.props[n]
            height = self._site.floors[prop.floor].height_m
            hung = max(0.0, height - prop.z_m - prop.size_m[2])
            long = 2.0 / 3.0 * prop.size_m[2] if prop.kind == "curtain" else hung + prop.size_m[2] / 2.0
            found.append(long if prop.kind == "curtain" or hung >= LEAST_HANG_M else math.inf)
        return np.array(found, np.float64)

    def step(self, samples: Floats, *, intensity: float) -> list[Landing]:
        """Advance over acceleration samples (M, 3) at 100 Hz and return what came down.

        Args:
            samples: acceleration of the ground, m/s².
            intensity: running intensity at their end.
        """
        for n in self._windows:
            if n not in self.broken_windows and intensity >= self._window_from[n]:
                self.broken_windows.add(n)
                self._window_states = tuple(self._window(k) for k in self._windows)
                self._quiet = False
        if not samples.any() and self._quiet:
            return []
        before = np.abs(self.blocks.theta)
        speed = self.blocks.omega.copy()
        still = self.blocks.quiet and not samples.any()
        for a in samples:
            if not still:
                self.blocks.step(a)
                self.blocks.step(a)
                self._clamp()
            self._sway(a)
        came = self._come_down(before, speed)
        came += self._leave_supports()
        came += self._fall(len(samples) * SAMPLE_S)
        moving = any(not d.down for d in self._drops.values())
        swinging = bool((np.abs(self._swing) > 1e-3).any() or (np.abs(self._swing_rate) > 1e-3).any())
        if not swinging:
            self._swing[:] = 0.0
            self._swing_rate[:] = 0.0
        self._quiet = self.blocks.quiet and not moving and not swinging and not samples.any()
        self._tell()
        return came

    def place_of(self, row: int) -> Floats:
        """Return where the middle of a standing thing's outline is now, (2,), metres."""
        place: Floats = self._at[self.standing[row]] + self.blocks.slid[row]
        return place

    def axis_of(self, row: int) -> tuple[Floats, float]:
        """Return the unit vector along which a block may overturn, and its depth along it."""
        return self._axis[row], float(self._depth[row])

    def _clamp(self) -> None:
        slid, free = self.blocks.slid, self._free
        if not len(slid):
            return
        for c in (0, 1):
            low, high = -free[:, 2 * c], free[:, 2 * c + 1]
            out = (slid[:, c] < low) | (slid[:, c] > high)
            if out.any():
                self.blocks.slid[:, c] = np.clip(slid[:, c], low, high)
                self.blocks.stop(out, axis=c)

    def _sway(self, a: Floats) -> None:
        if not len(self._length):
            return
        length = self._length[:, None]
        rate = np.sqrt(GRAVITY_MPS2 / length)
        pull = -(rate**2) * np.sin(self._swing) - 2.0 * self._damping[:, None] * rate * self._swing_rate
        pull = pull - a[None, :2] / length * np.cos(self._swing)
        self._swing_rate += pull * SAMPLE_S
        self._swing += self._swing_rate * SAMPLE_S
        over = np.abs(self._swing) > MOST_SWING_RAD
        self._swing = np.clip(self._swing, -MOST_SWING_RAD, MOST_SWING_RAD)
        self._swing_rate[over] = 0.0

    def _come_down(self, before: Floats, speed: Floats) -> list[Landing]:
        blocks = self.blocks
        done = (np.abs(blocks.theta) > blocks.alpha) & (blocks.omega == 0.0) & (speed != 0.0) & (before > 0.0)
        found = []
        for row in np.flatnonzero(done):
            index = self.standing[row]
            prop = self.props[index]
            axis, depth = self.axis_of(int(row))
            side = math.copysign(1.0, float(blocks.theta[row]))
            reach = depth / 2 + prop.size_m[2] / 2 * math.sin(abs(float(blocks.theta[row])))
            x, y = self.place_of(int(row)) + side * axis * reach
            inertia = prop.mass_kg * (depth**2 + prop.size_m[2] ** 2) / 3.0
            energy = 0.5 * inertia * float(speed[row]) ** 2
            broke = nature_of(prop.kind).breaks
            if broke:
                self._broken.add(index)
            floor = float(self._base[index])
            found.append(Landing(prop, (float(x), float(y), floor), energy, broke))
        return found

    def _leave_supports(self) -> list[Landing]:
        blocks = self.blocks
        for row, support in enumerate(self._support):
            if support is None or row in self._drops:
                continue
            under, its_row = support
            place = self.place_of(row)
            middle = np.array([under.at.x, under.at.y])
            tipped = 0.0
            if its_row >= 0:
                middle = self.place_of(its_row)
                tipped = float(blocks.theta[its_row])
                if abs(tipped) <= blocks.alpha[its_row]:
                    tipped = 0.0
            yaw = math.radians(under.yaw_deg)
            off = place - middle
            local = (
                abs(off[0] * math.cos(yaw) + off[1] * math.sin(yaw)),
                abs(-off[0] * math.sin(yaw) + off[1] * math.cos(yaw)),
            )
            if tipped == 0.0 and local[0] <= under.size_m[0] / 2 and local[1] <= under.size_m[1] / 2:
                continue
            velocity = blocks.velocity[row].copy()
            if tipped:
                top = under.size_m[2] * float(blocks.omega[its_row])
                velocity = velocity + self._axis[its_row] * top
            self._drops[row] = Drop(place, float(self._base[self.standing[row]]), velocity)
        return []

    def _fall(self, dt_s: float) -> list[Landing]:
        found = []
        for row, drop in self._drops.items():
            if drop.down:
                continue
            prop = self.props[self.standing[row]]
            floor = float(self._base[self.standing[row]]) - prop.z_m
            drop.fall_mps += GRAVITY_MPS2 * dt_s
            drop.z_m -= drop.fall_mps * dt_s
            drop.xy = drop.xy + drop.velocity * dt_s
            drop.turned = min(math.pi / 2, drop.turned + TUMBLE_RAD_PER_S * dt_s)
            if drop.z_m <= floor:
                drop.z_m, drop.down, drop.turned = floor, True, math.pi / 2
                energy = 0.5 * prop.mass_kg * (drop.fall_mps**2 + float(drop.velocity @ drop.velocity))
                broke = nature_of(prop.kind).breaks
                if broke:
                    self._broken.add(self.standing[row])
                x, y = (float(v) for v in drop.xy)
                found.append(Landing(prop, (x, y, floor), energy, broke))
        return found

    def _tell(self) -> None:
        if not self._told:
            self._told = [ThingState(p.id, p.kind, (0.0, 0.0, 0.0), UPRIGHT, "standing") for p in self.props]
            moved: Iterable[int] = range(len(self.standing))
        else:
            now = self.blocks
            pose = np.column_stack((now.theta, now.omega, now.slid, now.velocity))
            changed = (pose != self._pose).any(axis=1)
            moved = sorted({*np.flatnonzero(changed).tolist(), *self._drops})
        self._pose = np.column_stack((self.blocks.theta, self.blocks.omega, self.blocks.slid, self.blocks.velocity))
        told = self._told
        for row in moved:
            told[self.standing[row]] = self._standing_state(row, self.standing[row])
        for row, n in enumerate(self._hanging):
            prop = self.props[n]
            height = self._site.floors[prop.floor].height_m
            top = prop.z_m + prop.size_m[2] if prop.kind == "curtain" else max(height, prop.z_m + prop.size_m[2])
            x, y = (float(v) for v in self._swing[row])
            # A swing towards +x turns about -y: the lower end goes to +x.
            quat = _product(_about((0.0, -1.0, 0.0), x), _about((1.0, 0.0, 0.0), y))
            quat = _product(quat, _about((0.0, 0.0, 1.0), float(self._yaw[n])))
            z = float(self._base[n]) - prop.z_m + top
            told[n] = ThingState(prop.id, prop.kind, (prop.at.x, prop.at.y, z), quat, "standing")
        self.states = (*told, *self._window_states)

    def _standing_state(self, row: int, n: int) -> ThingState:
        prop, blocks = self.props[n], self.blocks
        yaw = _about((0.0, 0.0, 1.0), float(self._yaw[n]))
        x, y = (float(v) for v in self.place_of(row))
        z = float(self._base[n])
        axis, depth = self.axis_of(row)
        drop = self._drops.get(row)
        if drop is not None:
            way = drop.velocity if drop.velocity.any() else axis
            way = way / math.hypot(*way)
            quat = _product(_about((-float(way[1]), float(way[0]), 0.0), drop.turned), yaw)
            # Turned on its side, the middle of its underside lies half its depth above the floor.
            lift = depth / 2 * math.sin(drop.turned)
            what: What = "falling" if not drop.down else "broken" if n in self._broken else "fallen"
            return ThingState(prop.id, prop.kind, (float(drop.xy[0]), float(drop.xy[1]), drop.z_m + lift), quat, what)
        theta = float(blocks.theta[row])
        if theta == 0.0:
            fast = math.hypot(*blocks.velocity[row]) > SLIDING_MPS
            return ThingState(prop.id, prop.kind, (x, y, z), yaw, "sliding" if fast else "standing")
        # About the lower edge on the side to which it tips.
        side = math.copysign(1.0, theta)
        inward = depth / 2 * (1.0 - math.cos(theta))
        x += side * float(axis[0]) * inward
        y += side * float(axis[1]) * inward
        z += depth / 2 * math.sin(abs(theta))
        quat = _product(_about((-float(axis[1]), float(axis[0]), 0.0), theta), yaw)
        if abs(theta) <= blocks.alpha[row]:
            return ThingState(prop.id, prop.kind, (x, y, z), quat, "standing")
        resting = blocks.omega[row] == 0.0
        what = "falling" if not resting else "broken" if n in self._broken else "fallen"
        return ThingState(prop.id, prop.kind, (x, y, z), quat, what)

    def _window(self, n: int) -> ThingState:
        wall = self._site.walls[n]
        middle = wall.line.interpolate(0.5, normalized=True)
        (ax, ay), (bx, by) = wall.line.coords[0], wall.line.coords[-1]
        turn = _about((0.0, 0.0, 1.0), math.atan2(by - ay, bx - ax))
        at = (middle.x, middle.y, self._site.floors[wall.floor].z_m)
        return ThingState(f"window-{n}", "window", at, turn, "broken" if n in self.broken_windows else "standing")


Quat = tuple[float, float, float, float]
UPRIGHT: Final[Quat] = (0.0, 0.0, 0.0, 1.0)


def _threshold(n: int) -> float:
    return WINDOW_FROM + WINDOW_SPREAD * (zlib.crc32(f"window {n}".encode()) % 1000) / 1000.0


def _about(axis: tuple[float, float, float], angle: float) -> Quat:
    """Return the turn by `angle` about a unit axis, anticlockwise when it points at the onlooker."""
    s = math.sin(angle / 2)
    return axis[0] * s, axis[1] * s, axis[2] * s, math.cos(angle / 2)


def _product(a: Quat, b: Quat) -> Quat:
    """Return the turn `b` followed by the turn `a`, both about the axes of the site."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )
