"""Site -> geometry, for any site: what stands still in one mesh, each door leaf a node that swings."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from panda3d.core import NodePath
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.session.frame import DoorState
from drill.site.site import Door, Site, Wall, Zone
from drill.view import materials as m
from drill.view.building import Building, is_rail, window_heights
from drill.view.court import draw_court
from drill.view.dressing import dress
from drill.view.furniture import Furniture
from drill.view.gltf import ModelError, fit, read_model
from drill.view.lamps import hang_lamps, lamp_rows, spread
from drill.view.leaf import door_frame, door_leaves
from drill.view.lighting import LightMap, light_map
from drill.view.making import Told, untold
from drill.view.mesh import Mesh, Pattern
from drill.view.panes import Pane, Panes
from drill.view.shapes import beam, lay, prism
from drill.view.signs import draw_sign
from drill.view.steps import draw_stair
from drill.view.surroundings import surround

log = logging.getLogger(__name__)

SLAB_M = 0.2
HALL_LAMP, ROOM_LAMP = 4.0, 1.0
"""How much light a lamp of a hall gives, and one of a room."""


class Stage:
    """The site as nodes under `root`. `panes` are drawn apart, after all that does not shine through."""

    def __init__(self, site: Site, *, model: Path | None = None, told: Told = untold) -> None:
        told("stage", 0.0)
        self.site = site
        self.building = Building(site)
        self.root = NodePath("stage")
        self.solid = Mesh()
        self.overhead = Mesh()
        """Ceilings: they cast no shade from above."""
        self.panes = Panes()
        """The glass of windows, by the number of their wall."""
        self.around = Mesh()
        """Yard, street, river and hills, where nobody gets to."""
        self._floors()
        self._ceilings()
        self._openings = self._door_openings()
        for number, wall in enumerate(site.walls):
            self._rail(wall) if is_rail(wall) else self._wall(number, wall)
        told("stage", 0.2)
        for stair in site.stairs:
            draw_stair(self.solid, stair, site)
        for refuge in site.refuges:
            self._refuge(refuge.polygon, refuge.floor)
        self.power, self.daylight = True, 1.0
        self.rows = lamp_rows(self.building)
        self.lamps: list[NodePath] = hang_lamps(self.root, self.rows)
        """Lamps of the building that hang; each swings about its own origin."""
        furniture = Furniture(site, self.building, self.root)
        furniture.stand(self.solid)
        told("stage", 0.6)
        self.movable: dict[str, NodePath] = furniture.movable
        """A node for every prop that may move, by its id; its origin and axes are those of `ThingState`."""
        dress(self.solid, site, self.building)
        surround(self.around, self.overhead, site, self.building)
        for door in site.doors:
            self._door_frame(door)
        told("stage", 0.8)
        self.solid_node = self.root.attach_new_node(self.solid.node("solid"))
        self.overhead_node = self.root.attach_new_node(self.overhead.node("overhead"))
        self.around_node = self.root.attach_new_node(self.around.node("around"))
        self.panes.build()
        self.glass_node = self.panes.node
        self.glass_node.reparent_to(self.root)
        self.model_node = self._own_model(model) if model is not None else None
        """The city's own model where there is a sound one: it stands for floors, walls and roofs."""
        self.leaves = {d.id: door_leaves(self.root, d, self._z(d.floor)) for d in site.doors}
        self._light: LightMap | None = None
        told("stage", 1.0)

    def _own_model(self, path: Path) -> NodePath | None:
        """Show a model in place of what was built, or say what is wrong with it and keep what was built."""
        try:
            mesh = read_model(path)
            fit(mesh, self.site, path)
        except ModelError as error:
            log.warning("%s", error)
            return None
        for built in (self.solid_node, self.overhead_node, self.glass_node):
            built.hide()
        return self.root.attach_new_node(mesh.node("model"))

    def light(self, power: bool, daylight: float) -> None:
        """Set lamps and windows: `power` is whether the mains light is on, `daylight` 0 at night to 1 by day."""
        self.power, self.daylight = power, daylight

    def light_map(self, told: Told = untold) -> LightMap:
        """Return how the light of sky and lamps spreads through the rooms; worked out once, and `told` meanwhile."""
        if self._light is None:
            self._light = self._spread(told)
        return self._light

    def _spread(self, told: Told) -> LightMap:
        lamps = [
            (x, y, row.ceiling_z - row.drop_m, HALL_LAMP if row.hall else ROOM_LAMP)
            for row in self.rows
            for x, y in row.places
        ]
        lamps += [(p.at.x, p.at.y, self._z(p.floor) + p.z_m, ROOM_LAMP) for p in self.site.props if p.kind == "lamp"]
        return light_map(self.site, self.building, lamps, told)

    def _z(self, floor: int) -> float:
        return self.site.floors[floor].z_m

    def _floors(self) -> None:
        for floor in self.site.floors:
            open_ground = floor.outline
            if floor.index:
                heads = [s.polygon for s in self.site.stairs if s.upper == floor.index]
                open_ground = open_ground.difference(unary_union(heads)) if heads else open_ground
                prism(self.solid, open_ground, floor.z_m - SLAB_M, floor.z_m - 0.004, colour=m.TRIM, bottom=True)
            left = open_ground
            for zone in self.building.rooms(floor.index):
                area = zone.polygon.intersection(open_ground)
                left = left.difference(zone.polygon)
                if not self.building.indoors(zone) and floor.index == 0:
                    lay(self.solid, area, floor.z_m, colour=m.GROUND, pattern=Pattern.GROUND)
                elif self.building.is_hall(zone) or floor.index:
                    along_y = _tall(zone.polygon)
                    lay(self.solid, area, floor.z_m, colour=m.WOOD_FLOOR, pattern=Pattern.WOOD, along_y=along_y)
                else:
                    lay(self.solid, area, floor.z_m, colour=m.PALE_FLOOR, pattern=Pattern.TILES)
                if self.building.has_court(zone):
                    draw_court(self.solid, zone.polygon, floor.z_m + 0.006)
            indoors = left.intersection(self.building.enclosed(floor.index))
            lay(self.solid, indoors, floor.z_m, colour=m.PALE_FLOOR, pattern=Pattern.TILES)
            outdoors = left.difference(self.building.enclosed(floor.index))
            lay(self.solid, outdoors, floor.z_m, colour=m.CONCRETE, pattern=Pattern.GROUND)

    def _ceilings(self) -> None:
        for zone in (z for floor in self.site.floors for z in self.building.rooms(floor.index)):
            if not self.building.indoors(zone):
                continue
            z = self._z(zone.floor) + zone.ceiling_m
            under = zone.polygon.buffer(0.04, join_style="mitre")
            cover = Pattern.DECK if self.building.is_hall(zone) else Pattern.PANEL
            lay(self.overhead, under, z, colour=m.CEILING, pattern=cover, up=False)
            if self.building.is_hall(zone):
                self._trusses(zone, z)

    def _trusses(self, zone: Zone, z: float) -> None:
        x0, y0, x1, y1 = zone.polygon.bounds
        for x in spread(x0, x1, 5.0):
            low, high = z - 0.55, z - 0.08
            beam(self.overhead, (x, y0, high), (x, y1, high), 0.16, colour=m.RAIL)
            beam(self.overhead, (x, y0, low), (x, y1, low), 0.12, colour=m.RAIL)
            knots = np.linspace(y0, y1, max(3, round((y1 - y0) / 1.2)))
            for i, (a, b) in enumerate(itertools.pairwise(knots)):
                down, up = (low, high) if i % 2 else (high, low)
                beam(self.overhead, (x, a, down), (x, b, up), 0.06, colour=m.RAIL)

    def _door_openings(self) -> list[BaseGeometry]:
        openings = []
        for floor in self.site.floors:
            cut = [d.line.buffer(0.6, cap_style="flat") for d in self.site.doors if d.floor == floor.index]
            openings.append(unary_union(cut) if cut else Polygon())
        return openings

    def _wall(self, number: int, wall: Wall) -> None:
        z = self._z(wall.floor)
        footprint = wall.line.buffer(wall.thickness_m / 2, cap_style="square", join_style="mitre")
        body = footprint.difference(self._openings[wall.floor]).difference(self._walls_from_below(wall))
        hall = wall.height_m >= 4.5
        pattern = Pattern.HALL_WALL if hall else Pattern.PLASTER
        indoors = self.building.enclosed(wall.floor)
        style: dict[str, Any] = {"colour": m.PLASTER, "pattern": pattern, "floor_z": z, "indoors": indoors}
        if not wall.window:
            prism(self.solid, body, z, z + wall.height_m, **style)
            return
        sill, high = window_heights(wall)
        prism(self.solid, body, z, z + sill, **style)
        prism(self.solid, body, z + high, z + wall.height_m, bottom=True, **style)
        self._panes(number, wall, body, z + sill, z + high)

    def _walls_from_below(self, wall: Wall) -> BaseGeometry:
        """Return where a lower floor's wall already reaches as high: two of them in one place would flicker."""
        top = self._z(wall.floor) + wall.height_m
        high = [
            w.line.buffer(w.thickness_m / 2 + 0.002, cap_style="square", join_style="mitre")
            for w in self.site.walls
            if w.floor < wall.floor and self._z(w.floor) + w.height_m >= top - 0.3
        ]
        return unary_union(high) if high else Polygon()

    def _panes(self, number: int, wall: Wall, body: BaseGeometry, low: float, high: float) -> None:
        pane = wall.line.buffer(0.012, cap_style="flat", join_style="mitre").intersection(body)
        self.panes.add(number, Pane(pane, wall.line, low, high))
        line = wall.line.intersection(body)
        for piece in getattr(line, "geoms", [line]):
            if not isinstance(piece, LineString) or piece.length < 0.05:
                continue
            frame = wall.thickness_m * 0.7
            for at in np.linspace(0, piece.length, max(2, round(piece.length / 1.6) + 1)):
                point = piece.interpolate(at)
                beam(self.solid, (point.x, point.y, low), (point.x, point.y, high), 0.07, colour=m.FRAME)
            coords = np.asarray(piece.coords)[:, :2]
            for a, b in itertools.pairwise(coords):
                for z, thick in ((low, frame), ((low + high) / 2, 0.05), (high, 0.07)):
                    beam(self.solid, (*a, z), (*b, z), min(thick, 0.12), colour=m.FRAME)

    def _rail(self, wall: Wall) -> None:
        z = self._z(wall.floor)
        coords = np.asarray(wall.line.coords)[:, :2]
        for a, b in itertools.pairwise(coords):
            length = float(np.linalg.norm(b - a))
            for height, thick in ((wall.height_m, 0.07), (wall.height_m * 0.12, 0.04)):
                beam(self.solid, (*a, z + height), (*b, z + height), thick, colour=m.RAIL)
            for share in np.linspace(0, 1, max(2, round(length / 0.14) + 1)):
                point = a + (b - a) * share
                foot, top = (*point, z), (*point, z + wall.height_m)
                beam(self.solid, foot, top, 0.025, colour=m.RAIL)

    def _refuge(self, area: Polygon, floor: int) -> None:
        z = self._z(floor) + 0.008
        strip = area.difference(area.buffer(-0.14, join_style="mitre"))
        lay(self.solid, strip, z, colour=m.REFUGE)

    def _door_frame(self, door: Door) -> None:
        z = self._z(door.floor)
        indoors = self.building.enclosed(door.floor)
        high = self.building.wall_height(door)
        door_frame(self.solid, door, z, self.building.thickness(door), high, indoors=indoors)
        if door.leads_out:
            self._exit_signs(door.line, door.outward, z + door.height_m + 0.28)

    def _exit_signs(self, line: LineString, outward: tuple[float, float], z: float) -> None:
        middle = line.interpolate(0.5, normalized=True)
        for side in (-1, 1):
            x = middle.x + side * outward[0] * 0.16
            y = middle.y + side * outward[1] * 0.16
            yaw = math.atan2(side * outward[1], side * outward[0])
            draw_sign(self.solid, (x, y, z), (0.6, 0.2), yaw)

    def swing(self, doors: Sequence[DoorState]) -> None:
        """Set every door leaf as the frame says."""
        for state in doors:
            for leaf in self.leaves.get(state.id, ()):
                leaf.set(state.open)


def _tall(polygon: Polygon) -> bool:
    x0, y0, x1, y1 = polygon.bounds
    return bool(y1 - y0 > x1 - x0)
