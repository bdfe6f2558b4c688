"""What the shaking leaves on the floor: broken glass to tread on with care, fallen furniture to go round.

Fallen furniture stops the resident. Where it would shut a place in, it is climbed over instead, slowly: there is
always a way out. People of the crowd are slowed by both and stopped by neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.session.frame import ThingState
from drill.session.things import Things
from drill.site.ground import Ground, prop_outline
from drill.site.site import Site

GLASS_FACTOR: Final = 0.5
"""Share of the walking speed that careful steps on broken glass keep; ours."""
CLIMB_FACTOR: Final = 0.25
"""Share that climbing over fallen furniture keeps; ours."""
WINDOW_REACH_M: Final = 0.8
THING_REACH_M: Final = 0.6
"""How far from a window, and from where a thing broke, most of the glass comes to lie; ours."""
LEAST_M: Final = 0.6
"""Fallen things whose longest side is shorter than this are stepped over."""
BODY_M: Final = 0.2
LEAST_PLACE_M2: Final = 0.05
GATE_M: Final = 0.4

Floats = npt.NDArray[np.float64]


class Debris:
    """Broken glass and fallen furniture on every floor, as far as it has come to rest. `update` takes the things.

    Attributes:
        glass: where glass lies, by the id of what broke, with its floor.
        blocked: what stops the resident, by floor.
        climbed: what is climbed over, by floor.
    """

    def __init__(self, site: Site, ground: Ground) -> None:
        self._site = site
        self._ground = ground
        self._protective = unary_union([prop_outline(p) for p in site.props if p.protective])
        self._props = {prop.id: prop for prop in site.props}
        self._known: tuple[tuple[str, str], ...] = ()
        self._states: Sequence[ThingState] = ()
        self.glass: dict[str, tuple[int, BaseGeometry]] = {}
        self.blocked: dict[int, BaseGeometry] = {}
        self.climbed: dict[int, BaseGeometry] = {}

    def update(self, things: Things) -> None:
        """Take note of what broke or came to lie since."""
        if things.states is self._states:
            return
        self._states = things.states
        known = tuple((t.id, t.state) for t in things.states if t.state in ("broken", "fallen"))
        if known == self._known:
            return
        self._known = known
        for state in things.states:
            if state.state == "broken" and state.id not in self.glass:
                self.glass[state.id] = self._glass(state)
        self._lay(things)

    def footing(self, floor: npt.NDArray[np.integer], xy: Floats) -> npt.NDArray[np.float32]:
        """Return the share of the walking speed that what lies underfoot leaves to bodies at `xy` (N, 2), (N,)."""
        factor = np.ones(len(xy), np.float32)
        lies = [(f, shape, GLASS_FACTOR) for f, shape in self.glass.values()]
        lies += [(f, shape, CLIMB_FACTOR) for part in (self.blocked, self.climbed) for f, shape in part.items()]
        for its_floor, shape, share in lies:
            x0, y0, x1, y1 = shape.bounds
            near = (floor == its_floor) & (xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1)
            here = np.flatnonzero(near)
            here = here[shapely.contains_xy(shape, xy[here, 0], xy[here, 1])]
            factor[here] = np.minimum(factor[here], np.float32(share))
        return factor

    def under(self, floor: int, xy: tuple[float, float]) -> str:
        """Return the id of the thing whose glass lies at a place, or ""."""
        found = (i for i, (f, shape) in self.glass.items() if f == floor and shapely.contains_xy(shape, *xy))
        return next(found, "")

    def _glass(self, state: ThingState) -> tuple[int, BaseGeometry]:
        if state.kind == "window":
            wall = self._site.walls[int(state.id.rpartition("-")[2])]
            shape: BaseGeometry = wall.line.buffer(WINDOW_REACH_M, cap_style="flat")
            floor = wall.floor
        else:
            floor = self._props[state.id].floor
            shape = Point(state.at[0], state.at[1]).buffer(THING_REACH_M)
        shape = shape.intersection(self._ground.walkable(floor))
        shapely.prepare(shape)
        return floor, shape

    def _lay(self, things: Things) -> None:
        """Lay down the furniture that lies now; each piece blocks unless it would shut a place in."""
        blocked: dict[int, list[BaseGeometry]] = {}
        climbed: dict[int, list[BaseGeometry]] = {}
        for row, index in enumerate(things.standing):
            prop = things.props[index]
            theta = float(things.blocks.theta[row])
            rests = abs(theta) > things.blocks.alpha[row] and things.blocks.omega[row] == 0.0
            if not rests or max(prop.size_m) < LEAST_M or prop.z_m > 0.0:
                continue
            shape = _lying(things, row).difference(self._protective)
            if shape.is_empty:
                continue
            before = blocked.setdefault(prop.floor, [])
            shuts = self._shuts_in(prop.floor, unary_union([*before, shape]))
            (climbed.setdefault(prop.floor, []) if shuts else before).append(shape)
        self.blocked = {floor: unary_union(shapes) for floor, shapes in blocked.items() if shapes}
        self.climbed = {floor: unary_union(shapes) for floor, shapes in climbed.items() if shapes}

    def _shuts_in(self, floor: int, blocked: BaseGeometry) -> bool:
        """Return whether there would be a place that nothing leads out of any more."""
        free = self._ground.walkable(floor).buffer(-BODY_M)
        outs = [d.line for d in self._site.doors if d.floor == floor]
        outs += [s.polygon for s in self._site.stairs if floor in (s.lower, s.upper)]
        outs += [r.polygon for r in self._site.refuges if r.floor == floor]
        gates = unary_union(outs).buffer(GATE_M)
        led_out = [piece for piece in shapely.get_parts(free) if piece.intersects(gates)]
        left = unary_union(led_out).difference(blocked.buffer(BODY_M))
        return any(piece.area >= LEAST_PLACE_M2 and not piece.intersects(gates) for piece in shapely.get_parts(left))


def _lying(things: Things, row: int) -> Polygon:
    """Return the outline of a thing that lies or leans, as seen from above."""
    prop = things.props[things.standing[row]]
    axis, depth = things.axis_of(row)
    theta = float(things.blocks.theta[row])
    side = math.copysign(1.0, theta)
    x, y = (float(v) for v in things.place_of(row))
    way = (side * float(axis[0]), side * float(axis[1]))
    width = (prop.size_m[0] + prop.size_m[1] - depth) / 2
    near = depth / 2 - depth * math.cos(theta)
    far = depth / 2 + prop.size_m[2] * math.sin(abs(theta))
    across = (-way[1] * width, way[0] * width)
    return Polygon(
        [
            (x + way[0] * a + s * across[0], y + way[1] * a + s * across[1])
            for a, s in ((near, -1), (far, -1), (far, 1), (near, 1))
        ]
    )
