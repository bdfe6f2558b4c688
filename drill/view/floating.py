"""Things that float: balls, slippers, boxes, branches. They drift with the water and bump into what stands in it.

They are picture alone: where each is follows from the run time, the levels of the flood and a seed, and from where
people stand. Nobody feels them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import LQuaternion, NodePath
from shapely.ops import unary_union

from drill.hazards.picture import WaterPicture
from drill.site.site import Site
from drill.view.floods import Levels
from drill.view.materials import srgb
from drill.view.media import rectangles
from drill.view.mesh import Mesh
from drill.view.shapes import ball, beam, box, polygons
from drill.view.shore import LOW_M, Shore, footprint
from drill.view.wading import Waders

M2_EACH: Final = 22.0
MOST: Final = 26
FAST_MPS: Final = 0.15
"""Flow from which things go with it to the end of the water and come in again at its beginning."""
BODY_M: Final = 0.28
LARGE_M2: Final = 1.5
"""Nothing drifts through solid things from this size on; it is pushed off smaller ones."""

Floats = npt.NDArray[np.float64]
Area = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """What floats: how deep it sinks in and how wide it is, metres, and how often it is met."""

    name: str
    draught_m: float
    radius_m: float
    share: float


KINDS: Final = (
    Kind("slipper", 0.02, 0.15, 0.30),
    Kind("ball", 0.04, 0.13, 0.20),
    Kind("box", 0.07, 0.30, 0.20),
    Kind("bottle", 0.02, 0.12, 0.12),
    Kind("branch", 0.04, 0.45, 0.18),
)
RIVER_KINDS: Final = (
    Kind("branch", 0.04, 0.45, 0.55),
    Kind("box", 0.07, 0.30, 0.20),
    Kind("bottle", 0.02, 0.12, 0.25),
)


@dataclass(slots=True)
class _Thing:
    kind: Kind
    area: Area
    start: tuple[float, float]
    way: tuple[float, float]
    sway: tuple[float, float, float, float]
    yaw: float
    node: NodePath


class Floating:
    """What floats on every flood, under `root`."""

    def __init__(self, site: Site, levels: Levels, *, seed: int = 0) -> None:
        self.root = NodePath("floating")
        self._site = site
        self._levels = levels
        self._seed = seed
        self._things: dict[str, list[_Thing]] = {}

    def show(self, picture: WaterPicture, *, ground_m: float, shore: Shore, waders: Waders, t_s: float) -> None:
        """Set what floats on one flood."""
        if picture.hazard not in self._things:
            self._things[picture.hazard] = self._scatter(picture)
        things = self._things[picture.hazard]
        depth = picture.level_m - ground_m
        if not things or depth <= 0:
            for thing in things:
                thing.node.hide()
            return
        places = self.places(picture, ground_m=ground_m, shore=shore, waders=waders, t_s=t_s)
        adrift = self._drifted(picture, things, ground_m, t_s)
        for i, (thing, (x, y)) in enumerate(zip(things, places.tolist(), strict=True)):
            floats = min(1.0, max(0.0, depth / thing.kind.draught_m))
            bob = floats * 0.012 * math.sin(1.9 * t_s + 2.1 * i)
            thing.node.show()
            thing.node.set_pos(x, y, max(ground_m, picture.level_m - thing.kind.draught_m) + bob)
            drifted = adrift[thing.kind]
            yaw = thing.yaw + 0.5 * math.sin(0.11 * drifted + i) + 0.02 * drifted * (-1) ** i
            pitch, roll = floats * 0.07 * math.sin(1.3 * t_s + i), floats * 0.09 * math.sin(1.7 * t_s + 2 * i)
            turn = LQuaternion()
            turn.set_hpr((math.degrees(yaw), math.degrees(pitch), math.degrees(roll)))
            thing.node.set_quat(turn)

    def _drifted(self, picture: WaterPicture, things: list[_Thing], ground_m: float, t_s: float) -> dict[Kind, float]:
        """Return for how long things of each kind have drifted, seconds: how deep they lie in the water tells it."""
        return {
            kind: self._levels.drift_s(picture.hazard, t_s, ground_m=ground_m, draught_m=kind.draught_m)
            for kind in {thing.kind for thing in things}
        }

    def places(self, picture: WaterPicture, *, ground_m: float, shore: Shore, waders: Waders, t_s: float) -> Floats:
        """Return where the things of a flood are at `t_s`, shape (N, 2), clear of walls, people and one another."""
        if picture.hazard not in self._things:
            self._things[picture.hazard] = self._scatter(picture)
        things = self._things[picture.hazard]
        places = np.zeros((len(things), 2))
        drifted = self._drifted(picture, things, ground_m, t_s)
        for i, thing in enumerate(things):
            places[i] = _adrift(thing, drifted[thing.kind], picture.flow_mps)
        radius = np.array([t.kind.radius_m for t in things])
        for _ in range(3):
            _part(places, radius)
            _clear(places, radius, waders)
            away, way = shore.away(places)
            places += way * np.maximum(radius - away, 0)[:, None]
        return places

    def _scatter(self, picture: WaterPicture) -> list[_Thing]:
        rng = np.random.default_rng([self._seed, *picture.hazard.encode()])
        zones = [z for z in self._site.zones if z.id in picture.zones]
        solid = [(p.floor, footprint(p)) for p in self._site.props if p.solid and p.size_m[2] > LOW_M]
        areas: list[tuple[Area, float]] = []
        for zone in zones:
            large = [shape for floor, shape in solid if floor == zone.floor and shape.area > LARGE_M2]
            for free in polygons(zone.polygon.difference(unary_union(large))):
                areas += [(r, zone.ceiling_m) for r in rectangles(free) if (r[2] - r[0]) * (r[3] - r[1]) > 4]
        things: list[_Thing] = []
        for (x0, y0, x1, y1), ceiling in areas:
            wanted = min((x1 - x0) * (y1 - y0) / M2_EACH, MOST - len(things))
            count = max(0, int(wanted + rng.random()))
            kinds = RIVER_KINDS if ceiling >= 15 else KINDS
            share = np.array([k.share for k in kinds])
            for _ in range(count):
                kind = kinds[int(rng.choice(len(kinds), p=share / share.sum()))]
                start = (float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1)))
                angle, pace = rng.uniform(0, 2 * math.pi), rng.uniform(0.02, 0.09)
                node = self.root.attach_new_node(_mesh(kind.name, rng).node(f"floats-{kind.name}"))
                things.append(
                    _Thing(
                        kind,
                        (x0, y0, x1, y1),
                        start,
                        (math.cos(angle) * pace, math.sin(angle) * pace),
                        (rng.uniform(9, 17), rng.uniform(11, 23), rng.uniform(0, 6), rng.uniform(0, 6)),
                        float(rng.uniform(0, 2 * math.pi)),
                        node,
                    )
                )
        return things


def _adrift(thing: _Thing, drifted_s: float, flow: tuple[float, float]) -> tuple[float, float]:
    """Return where a thing is once it has drifted for so long: it turns back at the sides, or comes in anew."""
    x0, y0, x1, y1 = thing.area
    tx, ty, px, py = thing.sway
    found = []
    for low, high, start, way, run, period, phase in (
        (x0, x1, thing.start[0], thing.way[0], flow[0], tx, px),
        (y0, y1, thing.start[1], thing.way[1], flow[1], ty, py),
    ):
        sway = 0.3 * (math.sin(2 * math.pi * drifted_s / period + phase) - math.sin(phase))
        u = start - low + (way + run) * drifted_s + sway
        wide = max(high - low, 0.1)
        if abs(run) >= FAST_MPS:
            found.append(low + u % wide)
        else:
            folded = u % (2 * wide)
            found.append(low + (folded if folded <= wide else 2 * wide - folded))
    return found[0], found[1]


def _part(places: Floats, radius: Floats) -> None:
    """Push things apart that touch, half the way each."""
    way = places[:, None] - places[None]
    far = np.linalg.norm(way, axis=2)
    reach = radius[:, None] + radius[None]
    np.fill_diagonal(far, np.inf)
    push = np.maximum(reach - far, 0) / 2
    far = np.where(np.isfinite(far), np.maximum(far, 1e-6), 1.0)
    places += (way / far[..., None] * push[..., None]).sum(axis=1)


def _clear(places: Floats, radius: Floats, waders: Waders) -> None:
    """Push things off the bodies that stand in the water."""
    if not len(waders) or not len(places):
        return
    way = places[:, None] - waders.xy[None]
    far = np.maximum(np.linalg.norm(way, axis=2), 1e-6)
    push = np.maximum(radius[:, None] + BODY_M - far, 0)
    places += (way / far[..., None] * push[..., None]).sum(axis=1)


def _mesh(name: str, rng: np.random.Generator) -> Mesh:
    mesh = Mesh()
    if name == "ball":
        points, normals = ball(rings=8, segments=14)
        tone = srgb(("c8642a", "e8e4da", "3f78b0", "d9b13a")[int(rng.integers(4))])
        mesh.triangles(points * 0.115 + (0, 0, 0.115), colour=tone, normals=normals)
    elif name == "slipper":
        tone = srgb(("8a4f2d", "3f6f4f", "7a3540", "4a5f80")[int(rng.integers(4))])
        for y, turn in ((-0.08, 0.0), (0.10, float(rng.uniform(-0.9, 0.9)))):
            _slipper(mesh, y, turn, tone)
    elif name == "box":
        size = (float(rng.uniform(0.30, 0.46)), float(rng.uniform(0.24, 0.34)), float(rng.uniform(0.18, 0.3)))
        _carton(mesh, size)
    elif name == "bottle":
        tone = srgb(("cfe3ea", "d8ead0", "e9dcc0")[int(rng.integers(3))])
        points, normals = ball(rings=6, segments=10)
        mesh.triangles(points * (0.10, 0.034, 0.034) + (0, 0, 0.03), colour=tone, normals=normals)
        box(mesh, (0.115, 0, 0.03), (0.03, 0.026, 0.026), colour=srgb("2f7fc2"))
    else:
        _branch(mesh, rng)
    return mesh


def _slipper(mesh: Mesh, y: float, turn: float, tone: tuple[float, float, float]) -> None:
    part = Mesh()
    box(part, (0, 0, 0.012), (0.25, 0.085, 0.022), colour=(tone[0] * 0.6, tone[1] * 0.6, tone[2] * 0.6))
    points, normals = ball(rings=6, segments=10)
    upper = points[:, 2] >= -0.01
    keep = upper.reshape(-1, 3).all(axis=1).repeat(3)
    mesh_points = points * (0.085, 0.046, 0.055) + (0.045, 0, 0.018)
    part.triangles(mesh_points[keep], colour=tone, normals=normals[keep])
    mesh.add(part.turned(turn), at=(0, y, 0))


def _carton(mesh: Mesh, size: tuple[float, float, float]) -> None:
    board, tape = srgb("b98f5c"), srgb("d8c49a")
    box(mesh, (0, 0, size[2] / 2), size, colour=board)
    box(mesh, (0, 0, size[2] / 2), (size[0] + 0.004, 0.05, size[2] + 0.004), colour=tape)
    for side in (-1, 1):
        # A flap that stands open.
        a, b = side * size[1] / 2, side * (size[1] / 2 + 0.10)
        x, z = size[0] / 2, size[2]
        corners = [(-x, a, z), (x, a, z), (x, b, z + 0.05), (-x, b, z + 0.05)]
        mesh.quad(corners, colour=board)
        mesh.quad(corners[::-1], colour=(board[0] * 0.7, board[1] * 0.7, board[2] * 0.7))


def _branch(mesh: Mesh, rng: np.random.Generator) -> None:
    bark, leaf = srgb("6a5238"), srgb("5d6b35")
    long_ = float(rng.uniform(0.7, 1.3))
    points = [np.array([-long_ / 2 + long_ * i / 4, float(rng.normal(0, 0.04)), 0.03]) for i in range(5)]
    for i in range(4):
        beam(mesh, points[i], points[i + 1], 0.05 - 0.008 * i, colour=bark)
    for i in range(1, 5):
        for side in (-1, 1):
            tip = points[i] + np.array([0.15, side * float(rng.uniform(0.12, 0.3)), float(rng.uniform(0.0, 0.12))])
            beam(mesh, points[i], tip, 0.015, colour=bark)
            for share in (0.6, 1.0):
                place = points[i] + (tip - points[i]) * share
                box(
                    mesh,
                    (place[0], place[1], place[2]),
                    (0.09, 0.045, 0.006),
                    colour=leaf,
                    yaw=float(rng.uniform(0, 3)),
                )
